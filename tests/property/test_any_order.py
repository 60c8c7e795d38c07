"""The same messages in any order and batches, with repeats: the same is due, stands and was paid."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from intake_events import CHILD, FATHER, MOTHER, Event, birth, event
from people import account, moved, registered
from town import Town, town

from duly.entitlements import Due, Key
from duly.entitlements.tables import entitlement

CORRECTED = {"child": CHILD, "born": "2024-09-20", "mother": MOTHER, "father": FATHER, "municipality": "0301"}
MESSAGES: list[Event] = [
    registered(MOTHER, "1990-05-05"),
    registered(FATHER, "1988-01-01"),
    account(MOTHER),
    birth(),
    event("folkeregisteret.birth", "b2", CORRECTED, action="correct", corrects="b1"),
    moved(MOTHER, "2025-01-15", "m1", "5601"),
    moved(CHILD, "2025-01-15", "m2", "5601"),
    moved(MOTHER, "2025-02-10", "m3"),
    event("folkeregisteret.emigration", "m4", action="cancel", corrects="m3"),
    event("nav.lone-parent", "l1", {"person": MOTHER, "since": "2024-12-01"}),
]


def arranged(
    place: Town, batches: list[list[Event]]
) -> tuple[dict[str, Due], dict[str, Due], dict[str, int]]:
    """What is due, what stands when an officer has approved everything, and what was paid."""
    place.day("2025-06-28")
    for batch in batches:
        outcomes = place.desk.send(*batch, now=place.app.clock.now())
        assert {one.status for one in outcomes} <= {"accepted", "repeated"}
        place.app.worker.run_until_idle()
    for case in [*place.open_cases(), *place.open_cases("helfo")]:
        place.answer(case.number, "approve", agency=case.agency)
    held = {name(place, key): one for key in keys(place) if (one := place.entitlement(key)) is not None}
    due = {key: one.due for key, one in held.items()}
    return due, {key: one.standing for key, one in held.items()}, place.paid(MOTHER)


def keys(place: Town) -> list[Key]:
    with place.app.store.read() as conn:
        rows = conn.execute(entitlement.select()).all()
    return [Key(row.holder, row.programme, row.about) for row in rows]


def name(place: Town, key: Key) -> str:
    people = {place.desk.number(person): person for person in (MOTHER, FATHER, CHILD)}
    return f"{people[key.holder]} {key.programme} {people[key.about]}"


@st.composite
def deliveries(draw: st.DrawFn) -> list[list[Event]]:
    ordered: list[Event] = draw(st.permutations(MESSAGES))
    repeated = [*ordered, *draw(st.lists(st.sampled_from(MESSAGES), max_size=3))]
    cuts = sorted(draw(st.sets(st.integers(1, len(repeated) - 1), max_size=3)))
    ends: list[Any] = [*cuts, len(repeated)]
    return [repeated[start:end] for start, end in zip([0, *cuts], ends, strict=True)]


def outcome(batches: list[list[Event]]) -> tuple[dict[str, Due], dict[str, Due], dict[str, int]]:
    with tempfile.TemporaryDirectory() as folder:
        place = town(f"sqlite:///{folder}/duly.db", Path(folder), "2024-08-01")
        try:
            return arranged(place, batches)
        finally:
            place.app.close()


@settings(max_examples=12, deadline=None)
@given(deliveries())
def test_any_order_any_batches_any_repeats(batches: list[list[Event]]) -> None:
    due, stands, paid = outcome(batches)
    in_order = outcome([[message] for message in MESSAGES])
    assert due == in_order[0]
    assert stands == in_order[1]
    assert paid == in_order[2]
