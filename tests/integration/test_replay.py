"""A decision is made again by the facts of its time, whatever was learned since."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from intake_events import CHILD, MOTHER, birth, event
from people import account, registered
from town import Town, town

from duly.entitlements import Decision, Key, value_at
from duly.entitlements.replay import Origin, explain_decision, replay
from duly.errors import Conflict
from duly.law.explain import Explanation, FactUsed
from duly.timeline import from_iso


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2024-10-01")
    yield made
    made.app.close()


def replayed(place: Town, key: Key, decision: Decision, iso: str) -> object:
    app = place.app
    use = app.evaluator.use([key.programme])
    with app.store.write() as conn:
        due = replay(conn, app.vault, use, app.evaluator.law, key, decision)
    return app.profiles.record(key.programme, value_at(due, from_iso(iso)))


def explained(place: Town, key: Key, decision: Decision, iso: str) -> Explanation:
    app = place.app
    use = app.evaluator.use([key.programme])
    with app.store.write() as conn:
        return explain_decision(conn, app.vault, use, app.pack, key, decision, from_iso(iso), "en")


def facts(one: Explanation) -> Iterator[FactUsed]:
    yield from one.facts
    for child in one.children:
        yield from facts(child)


def test_a_decision_replays_with_the_facts_that_it_read(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.day("2025-03-05")
    place.tell(birth(born="2025-01-10"))
    key = place.key(MOTHER, about=CHILD)
    corrected = {"child": CHILD, "born": "2024-11-03", "mother": MOTHER, "municipality": "0301"}
    place.tell(event("folkeregisteret.birth", "b2", corrected, action="correct", corrects="b1"))
    first, second = place.decisions(key)
    assert replayed(place, key, first, "2024-12-01") is None
    assert replayed(place, key, first, "2025-02-01") is not None
    assert replayed(place, key, second, "2024-12-01") is not None


def test_an_explanation_names_the_event_of_each_fact(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"))
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    told = explained(place, key, place.decisions(key)[-1], "2025-01-01")
    origins = {f.provenance.event for f in facts(told) if isinstance(f.provenance, Origin)}
    assert {"b1", f"registered-{MOTHER}"} <= origins


def test_an_undetermined_decision_names_what_would_settle_it(place: Town) -> None:
    place.tell(account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    told = explained(place, key, place.decisions(key)[-1], "2025-01-01")
    assert not told.known
    assert any("municipality" in one.lower() or "lives" in one.lower() for one in told.needed), told.needed


def test_another_version_of_the_law_is_refused(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"))
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    other = msgspec.structs.replace(place.decisions(key)[-1], law="0" * 64)
    with pytest.raises(Conflict, match="Another version of the law"):
        explained(place, key, other, "2025-01-01")
