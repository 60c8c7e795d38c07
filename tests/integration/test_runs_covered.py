"""Whoever a run opens is covered for each use that opened them, or has an entry of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, FATHER, MOTHER, Event, birth, event
from looking import looking
from people import registered
from sqlalchemy import Connection
from town import Town, town

from duly.entitlements.range import People
from duly.facts import apply
from duly.runs import everyone
from duly.web.circle import insight


@pytest.fixture
def place(store_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    monkeypatch.setattr(everyone, "AT_ONCE", 1)
    made = town(store_url, tmp_path, "2025-03-01")
    yield made
    made.app.close()


def uses_of_runs(place: Town, number: int) -> list[tuple[str, bool]]:
    """(purpose, whether it is covered) of each use that a run made of a subject's data."""
    with place.app.store.read() as conn:
        uses = place.app.vault.uses(conn, insight(place.app.pack), number)
    return sorted((one.use.purpose, one.bulk is not None) for one in uses if one.use.about == "run")


def listed(person: str) -> Event:
    data = {"person": person, "practice": "P1001", "since": "2020-01-01"}
    return event("fastlegeregisteret.listing", f"listed-{person}", data)


def numbers_of(place: Town, *people: str) -> dict[int, str]:
    """Those people, by number."""
    found = {place.key(person).holder: person for person in people}
    return dict(sorted(found.items()))


def test_who_is_covered_for_one_use_has_an_entry_for_another(place: Town) -> None:
    """Somebody whom the run has passed becomes a parent, and is opened from the other parent on."""
    place.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"))
    place.tell(listed(MOTHER), listed(FATHER))
    (first, passed), (_, ahead) = numbers_of(place, MOTHER, FATHER).items()
    running = place.app.everyone()
    going = running.begin((), "A test.", None)
    while going.cursor < first:
        going = running.step(going)
    assert uses_of_runs(place, first) == [("general-practitioner", True)]
    place.hear(birth(child=CHILD, mother=ahead, father=passed, lives_with=[ahead, passed]))
    with looking(place.app.store).write() as conn:
        apply(conn, place.app.vault, place.app.pack, 10)  # and no step has looked at anybody
    while going.state == "running":
        going = running.step(going)
    assert uses_of_runs(place, first) == [("child-benefit", False), ("general-practitioner", True)]


def test_who_is_created_while_a_range_is_read_is_left_to_their_own_step(
    place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their records are there when records are read, and they were not when subjects were."""
    place.tell(listed(MOTHER), listed(FATHER))
    (new, parent), (last, _) = numbers_of(place, MOTHER, FATHER).items()
    place.tell(registered(parent, "1990-05-05"), birth(lives_with=[MOTHER, FATHER]))
    read = everyone.people_after

    def before_all_but_one(conn: Connection, after: int, most: int) -> People:
        found = read(conn, after, most)
        mine = slice(found.numbers.index(last), found.numbers.index(last) + 1) if after < last else slice(0)
        return People(after, found.numbers[mine], found.kinds[mine], found.wrapped[mine])

    monkeypatch.setattr(everyone, "AT_ONCE", 10)
    monkeypatch.setattr(everyone, "people_after", before_all_but_one)
    running = place.app.everyone()
    going = running.begin((), "A test.", None)
    while going.state == "running":
        going = running.step(going)
    assert going.passed == 1
    assert [one for one in uses_of_runs(place, last) if one[1]] == [
        ("child-benefit", True),
        ("general-practitioner", True),
    ]
    assert not [one for one in uses_of_runs(place, new) if one[1]]
