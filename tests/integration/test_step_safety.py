"""What must never be lost, repeated or taken: crashes, many takes at once, reviews by another agency."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from intake_events import CHILD, MOTHER, Event, birth, event
from people import account, moved, registered
from sqlalchemy import Engine, func, select
from sqlalchemy.event import listen, remove
from town import Town, town

from duly.delivery.tables import enrolment_order
from duly.entitlements.tables import mark


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2024-10-01")
    yield made
    made.app.close()


def number(place: int, year: int) -> str:
    return f"{place % 28 + 1:02d}{place // 28 + 1:02d}{year:02d}{10000 + place:05d}"


def families(count: int) -> list[Event]:
    events: list[Event] = []
    for n in range(count):
        mother, child = number(n, 90), number(n, 20)
        events += [registered(mother, "1990-01-01"), registered(child, "2020-01-01"), account(mother)]
        data = {"child": child, "carer": mother, "role": "mother", "since": "2024-09-30"}
        events.append(event("folkeregisteret.care", f"care-{n}", data))
    return events


def test_half_a_register_marked_as_emigrated_waits_for_two_people(place: Town) -> None:
    place.tell(*families(60))
    place.day("2025-01-28")
    due = place.paid(number(0, 90))
    assert due == {"2024-10": 1766, "2024-11": 1766, "2024-12": 1766, "2025-01": 1766}
    place.tell(*(moved(number(n, 90), "2025-01-15", f"out-{n}") for n in range(30)))
    (case,) = place.open_cases()
    assert (case.kind, case.people) == ("brake", 2)
    place.day("2025-02-28")
    assert place.paid(number(0, 90)) == due | {"2025-02": 1766}
    place.answer(case.number, "approve", "Z1")
    assert [c.number for c in place.open_cases()] == [case.number]
    place.answer(case.number, "approve", "Z1")
    assert [c.number for c in place.open_cases()] == [case.number]
    key = place.key(number(0, 90), about=number(0, 20))
    assert place.stands(key, "2025-03-01") is not None
    place.answer(case.number, "approve", "Z2")
    assert place.stands(key, "2025-03-01") is None
    other = place.key(number(40, 90), about=number(40, 20))
    assert place.stands(other, "2025-03-01") is not None


def test_a_register_that_mends_its_mistake_settles_all_of_it(place: Town) -> None:
    place.tell(*families(40))
    place.day("2025-01-28")
    place.tell(*(moved(number(n, 90), "2025-01-15", f"out-{n}") for n in range(25)))
    assert [c.kind for c in place.open_cases()] == ["brake"]
    place.tell(
        *(
            event("folkeregisteret.emigration", f"back-{n}", action="cancel", corrects=f"out-{n}")
            for n in range(25)
        )
    )
    assert place.open_cases() == []
    place.day("2025-02-28")
    assert all("2025-02" in place.paid(number(n, 90)) for n in (0, 24, 39))


def test_few_takes_are_cases_of_their_own(place: Town) -> None:
    place.tell(*families(5))
    place.day("2025-01-28")
    place.tell(*(moved(number(n, 90), "2025-01-15", f"out-{n}") for n in range(3)))
    assert [c.kind for c in place.open_cases()] == ["takes"] * 3


class PowerFailure(Exception):  # noqa: N818 - what it plays is no error of the program's
    """The machine stops in the middle of a statement."""


@contextmanager
def cut_at(which: int) -> Generator[list[int]]:
    """Fail at the statement with this number, counted from 1 (0: at none); gives how many there were."""
    count = [0]

    def before(*_: Any) -> None:
        count[0] += 1
        if count[0] == which:
            raise PowerFailure

    listen(Engine, "before_cursor_execute", before)
    try:
        yield count
    finally:
        remove(Engine, "before_cursor_execute", before)


def test_a_crash_at_any_statement_loses_nothing_and_repeats_nothing(place: Town) -> None:
    """Each mother's child is born while the power fails somewhere else; afterwards all have the same."""
    place.tell(*(registered(number(n, 90), "1990-01-01") for n in range(24)))
    place.tell(*(account(number(n, 90)) for n in range(24)))
    place.day("2025-03-28")
    with cut_at(0) as statements:
        place.tell(newborn(0))
    whole = statements[0]
    for n in range(1, 24):
        place.hear(newborn(n))
        with cut_at(max(1, whole * n // 24)), pytest.raises(PowerFailure):
            place.app.worker.run_until_idle()
    place.app.worker.run_until_idle()
    for n in range(24):
        assert place.paid(number(n, 90)) == dict.fromkeys(("2024-12", "2025-01", "2025-02", "2025-03"), 1766)
        assert len(place.decisions(place.key(number(n, 90), about=number(n, 24)))) == 1
    with place.app.store.read() as conn:
        assert conn.execute(select(func.count()).where(mark.c.wanted > mark.c.done)).scalar_one() == 0


def newborn(n: int) -> Event:
    data = {"child": number(n, 24), "born": "2024-11-03", "mother": number(n, 90), "municipality": "0301"}
    return event("folkeregisteret.birth", f"birth-{n}", data)


def practice(id_: str, *, full: bool, since: str = "2020-01-01") -> Event:
    return event("fastlegeregisteret.practice", id_, {"practice": "P1001", "full": full, "since": since})


def listed(person: str) -> Event:
    data = {"person": person, "practice": "P1001", "since": "2021-01-01"}
    return event("fastlegeregisteret.listing", f"listed-{person}", data)


def test_a_newborn_gets_a_place_from_the_day_of_birth(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), practice("p1", full=False), listed(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(CHILD, "fastlege.newborn")
    assert place.stands(key, "2024-11-02") is None
    assert place.stands(key, "2024-11-03") == {"provider": "P1001"}
    assert enrolments(place) == 1


def test_a_full_list_is_a_case_of_the_agency_and_its_officer_answers(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), practice("p1", full=True), listed(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    (case,) = place.open_cases("helfo")
    assert enrolments(place) == 0
    place.answer(case.number, "approve", agency="helfo")
    assert enrolments(place) == 1


def enrolments(place: Town) -> int:
    with place.app.store.read() as conn:
        return conn.execute(select(func.count()).select_from(enrolment_order)).scalar_one()


def test_a_contest_is_heard_by_a_human_until_it_is_answered(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"))
    data = {"person": MOTHER, "contest": "My child lives with me.", "since": "2024-10-01"}
    place.tell(event("self.contest", "k1", data))
    (case,) = place.open_cases()
    assert case.kind == "contest"
    place.answer(case.number, "differ")
    assert place.open_cases() == []


def test_the_ledger_has_every_use_when_the_work_is_done(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), birth(born="2024-10-01"))
    checkpoint = place.app.ledger.checkpoint()
    assert checkpoint is not None
    assert place.app.ledger.sequence() is None
