"""Whatever registers, people and officers say of a fact, in any order: while it is open nothing is taken."""

from __future__ import annotations

import tempfile
from itertools import pairwise
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from intake_events import CHILD, MOTHER, Event, birth, event
from people import account, moved, registered
from recomputed import recompute
from sqlalchemy import select
from town import Town, town

from duly.delivery.tables import contest, correction
from duly.entitlements import Due, Reason

GONE = "2025-02-10"
KEY = {"person": MOTHER, "fact": "Person.municipality", "held": "null", "first": GONE}
FIRST = [registered(MOTHER, "1990-05-05"), account(MOTHER), birth(), moved(MOTHER, GONE, "gone")]
NAME = ""


def said(id_: str, hour: int, **more: Any) -> Event:
    told = {**KEY, "since": "2025-03-05", **more}
    return event("self.fact-contest", id_, told, time=f"2025-03-05T{hour:02}:00:00Z")


def later(name: str) -> list[Event]:
    """What may be said of the contest and of the fact, each once or not at all."""
    answer = {"person": MOTHER, "contest": name, "since": "2025-03-06"}
    settled = {**answer, "reason": "I have looked."}
    return [
        said("c1", 10, words="I never left."),
        said("c2", 12, words="I am here."),
        said("w1", 11, withdrawn=True),
        said("w2", 13, withdrawn=True),
        event("folkeregisteret.confirmed", "f1", answer),
        event("kontoregisteret.confirmed", "k1", answer),
        event("nav.contest-settled", "s1", {**settled, "verdict": "right"}, time="2025-03-06T10:00:00Z"),
        event("nav.contest-settled", "s2", {**settled, "verdict": "stands"}, time="2025-03-06T11:00:00Z"),
        event("folkeregisteret.emigration", "no", action="cancel", corrects="gone"),
        moved(MOTHER, GONE, "m5", "5601", time="2025-06-01T13:00:00Z"),
        moved(MOTHER, "2025-07-01", "m6", "0301"),
    ]


def the_name(folder: Path) -> str:
    """What the contest is called, which is the same wherever it is said."""
    place = town(f"sqlite:///{folder}/name.db", folder / "name", "2024-08-01")
    try:
        place.day("2025-03-05")
        place.tell(*FIRST, said("c1", 10, words="I never left."))
        file = next((place.app.settings.outbox / "corrections").glob("*/*.json"))
        return file.name.partition("-")[0]
    finally:
        place.app.close()


def stands(place: Town) -> Due:
    held = place.entitlement(place.key(MOTHER, about=CHILD))
    return held.standing if held is not None else ()


def state(place: Town) -> str:
    with place.app.store.read() as conn:
        return str(conn.scalar(select(contest.c.state)))


def live(messages: list[Event], name: str, *, answers: bool) -> tuple[str, Due, Due, set[Reason | None]]:
    """Tell the messages one by one; how the contest, what stands, is due and waits in the end."""
    with tempfile.TemporaryDirectory() as folder:
        place = town(f"sqlite:///{folder}/duly.db", Path(folder), "2024-08-01")
        try:
            place.day("2025-03-05")
            place.tell(*FIRST)
            for message in messages:
                before = stands(place)
                place.tell(message)
                if answers:
                    for case in place.open_cases():
                        place.answer(case.number, "approve")
                if state(place) in ("open", "overdue", "upheld"):
                    assert stands(place) == before
            recompute(place)
            with place.app.store.read() as conn:
                asked = conn.execute(select(correction.c.asks).order_by(correction.c.number)).scalars().all()
            assert all(one is not other for one, other in pairwise(asked))
            held = place.entitlement(place.key(MOTHER, about=CHILD))
            assert held is not None
            return state(place), held.due, held.standing, {segment.waits for segment in held.waiting}
        finally:
            place.app.close()


@settings(max_examples=6, deadline=None)
@given(st.data())
def test_any_order_ends_alike_and_nothing_is_taken_while_it_is_open(data: st.DataObject) -> None:
    global NAME
    if not NAME:
        with tempfile.TemporaryDirectory() as folder:
            NAME = the_name(Path(folder))
    some = data.draw(st.lists(st.sampled_from(later(NAME)), unique_by=lambda one: one["id"], max_size=6))
    other = data.draw(st.permutations(some))
    assert live(some, NAME, answers=False) == live(list(other), NAME, answers=False)
    live(some, NAME, answers=True)
