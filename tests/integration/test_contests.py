"""A contested fact gives and never takes; its register is asked once, and what comes of it decides anew."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from intake_events import CHILD, FATHER, MOTHER, Event, birth, event
from people import account, moved, registered
from sqlalchemy import select
from town import Town, town

from duly.delivery.tables import contest, correction
from duly.entitlements import Reason
from duly.timeline import from_iso

GONE = "2025-02-10"
HER_KEY = {"person": MOTHER, "fact": "Person.municipality", "held": "null", "first": GONE}


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    """A mother with a child, of whom a register says that she left the country."""
    made = town(store_url, tmp_path, "2024-08-01")
    try:
        made.day("2025-03-05")
        made.tell(
            registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER), birth()
        )
        made.tell(moved(MOTHER, GONE, "gone"))
        yield made
    finally:
        made.app.close()


def says_wrong(id_: str = "c1", **more: Any) -> Event:
    told = {**HER_KEY, "since": "2025-03-05", "words": "I never left.", **more}
    return event("self.fact-contest", id_, told, time="2025-03-05T10:00:00Z")


def taken_back(id_: str = "w1") -> Event:
    return event(
        "self.fact-contest",
        id_,
        {**HER_KEY, "since": "2025-03-05", "withdrawn": True},
        time="2025-03-05T11:00:00Z",
    )


def name_of(place: Town) -> str:
    return str(asked(place)[0]["contest"])


def asked(place: Town) -> list[dict[str, Any]]:
    """What the Population Register was asked, in order."""
    folder = place.app.settings.outbox / "corrections" / "folkeregisteret"
    found = sorted(folder.iterdir()) if folder.exists() else []
    return [msgspec.json.decode(file.read_bytes()) for file in found]


def waits(place: Town) -> set[Reason | None]:
    held = place.entitlement(place.key(MOTHER, about=CHILD))
    assert held is not None
    return {segment.waits for segment in held.waiting}


def kinds(place: Town) -> list[str]:
    return sorted(case.kind for case in place.open_cases())


def granted(place: Town) -> bool:
    return place.stands(place.key(MOTHER, about=CHILD), "2025-06-01") is not None


def state(place: Town) -> str:
    with place.app.store.read() as conn:
        return str(conn.scalar(select(contest.c.state)))


def test_what_a_contested_fact_would_take_waits_and_no_approval_takes_it(place: Town) -> None:
    assert waits(place) == {Reason.TAKES}
    before = place.open_cases()
    place.tell(says_wrong())
    assert waits(place) == {Reason.CONTESTED}
    assert kinds(place) == []
    for case in before:
        place.answer(case.number, "approve")
    assert granted(place)


def test_the_register_is_told_no_more_than_it_needs_and_once(place: Town) -> None:
    place.tell(says_wrong(), says_wrong("c2", words="I have never left at all."))
    place.tell(says_wrong("c3"))
    only = asked(place)
    assert len(only) == 1
    assert {k: v for k, v in only[0].items() if k not in ("contest", "request", "law")} == {
        "asks": "look", "person": MOTHER, "fact": "Person.municipality", "end": None, "from": GONE,
        "until": None, "held": None, "says": "I have never left at all.", "right": None,
        "said_on": "2025-03-05", "answer_by": "2025-04-04",
    }  # fmt: skip


def test_a_correction_ends_it_and_decides_anew(place: Town) -> None:
    place.tell(says_wrong())
    place.tell(event("folkeregisteret.emigration", "no", action="cancel", corrects="gone"))
    assert state(place) == "corrected"
    assert waits(place) <= {None, Reason.MISSING}
    assert granted(place)
    assert kinds(place) == []


def test_a_confirmation_by_its_own_register_ends_it_and_what_would_be_taken_is_a_case(place: Town) -> None:
    place.tell(says_wrong())
    told = {"person": MOTHER, "contest": name_of(place), "since": "2025-03-06"}
    place.tell(event("kontoregisteret.confirmed", "k1", told))
    assert state(place) == "open"
    place.tell(event("folkeregisteret.confirmed", "f1", told))
    assert state(place) == "confirmed"
    assert waits(place) == {Reason.TAKES}
    assert kinds(place) == ["takes"]
    assert granted(place)


def test_taken_back_it_is_as_if_it_had_never_been(place: Town) -> None:
    place.tell(says_wrong())
    place.tell(taken_back())
    assert waits(place) == {Reason.TAKES}
    assert [one["asks"] for one in asked(place)] == ["look", "leave"]
    place.tell(event("self.fact-contest", "again", says_wrong()["data"], time="2025-03-05T12:00:00Z"))
    assert waits(place) == {Reason.CONTESTED}
    assert [one["asks"] for one in asked(place)] == ["look", "leave", "look"]


def test_silence_is_answered_by_a_human_and_takes_nothing(place: Town) -> None:
    place.tell(says_wrong())
    place.day("2025-04-03")
    assert state(place) == "open"
    assert kinds(place) == []
    place.day("2025-04-04")
    assert state(place) == "overdue"
    assert kinds(place) == ["fact"]
    assert waits(place) == {Reason.CONTESTED}
    place.answer(place.open_cases()[0].number, "approve")
    assert kinds(place) == ["fact"]
    assert granted(place)


@pytest.mark.parametrize(("verdict", "ends"), [("right", "upheld"), ("stands", "rejected")])
def test_an_officer_settles_it(place: Town, verdict: str, ends: str) -> None:
    place.tell(says_wrong())
    place.day("2025-04-04")
    data = {"person": MOTHER, "contest": name_of(place), "verdict": verdict, "reason": "I saw the lease."}
    place.tell(event("nav.contest-settled", "s1", {**data, "since": "2025-04-04"}))
    assert state(place) == ends
    assert kinds(place) == (["takes"] if verdict == "stands" else [])
    assert waits(place) == {Reason.TAKES if verdict == "stands" else Reason.CONTESTED}
    place.tell(event("folkeregisteret.emigration", "no", action="cancel", corrects="gone"))
    assert state(place) == "corrected"


def test_a_finding_of_the_officer_acts_at_once(place: Town) -> None:
    place.tell(says_wrong())
    found = {"person": MOTHER, "condition": "resident", "holds": True, "since": GONE}
    place.tell(event("nav.finding", "f1", found))
    assert waits(place) <= {None, Reason.MISSING}
    assert granted(place)


def test_a_later_change_in_the_world_is_no_answer(place: Town) -> None:
    place.tell(says_wrong())
    place.tell(moved(MOTHER, "2025-05-01", "m2", "5601"))
    assert state(place) == "open"


def test_a_request_that_was_handed_over_is_not_ordered_again(place: Town) -> None:
    place.tell(says_wrong())
    with place.app.store.read() as conn:
        rows = conn.execute(select(correction.c.register, correction.c.state, correction.c.asks)).all()
    assert [tuple(row) for row in rows] == [("folkeregisteret", "sent", True)]
    place.day("2025-03-20")
    assert len(asked(place)) == 1


def test_a_contested_death_stops_no_payment(place: Town) -> None:
    place.tell(event("folkeregisteret.emigration", "no", action="cancel", corrects="gone"))
    place.tell(event("folkeregisteret.death", "d1", {"person": MOTHER, "died": "2025-02-20"}))
    place.day("2025-03-28")
    assert "2025-03" not in place.paid(MOTHER)
    data = {
        "person": MOTHER,
        "fact": "Person.died",
        "held": str(from_iso("2025-02-20")),
        "since": "2025-03-28",
    }
    place.tell(event("self.fact-contest", "c9", {**data, "words": "I am alive."}))
    place.day("2025-04-28")
    assert {"2025-03", "2025-04"} <= place.paid(MOTHER).keys()


def test_whoever_asks_for_a_human_is_heard_and_nothing_is_held_back(place: Town) -> None:
    place.tell(
        event(
            "self.human-asked",
            "h1",
            {
                "person": MOTHER,
                "programme": "fastlege.newborn",
                "words": "Please call me.",
                "since": "2025-03-05",
            },
        )
    )
    assert [case.kind for case in place.open_cases("helfo")].count("ask") == 1
    assert waits(place) == {Reason.TAKES}
    number = next(case.number for case in place.open_cases("helfo") if case.kind == "ask")
    place.answer(number, "approve", agency="helfo")
    assert "ask" not in [case.kind for case in place.open_cases("helfo")]
