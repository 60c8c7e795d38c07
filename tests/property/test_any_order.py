"""The same messages in any order, in any batches, with repeats, give the same facts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from intake_events import CHILD, FATHER, MOTHER, NOW, OTHER, Desk, Event, event
from sqlalchemy import select

from duly.access import Policy
from duly.clock import SimulatedClock
from duly.events import queue
from duly.events.tables import inbox
from duly.facts import intake_use
from duly.law import Pack
from duly.ledger import Ledger, Signer
from duly.store import Store
from duly.vault import FileKeys, Vault

PEOPLE = [MOTHER, FATHER, CHILD, OTHER]
NORWAY = Pack.load("norway")
DAYS = st.sampled_from(["2025-01-01", "2025-01-02", "2025-03-01"])
TIMES = st.sampled_from(["2025-06-01T12:00:00Z", "2025-06-02T12:00:00Z", None])
person = st.sampled_from(PEOPLE)
two = st.lists(person, min_size=2, max_size=2, unique=True)

BIRTH, MOVE, CARE, FINDING = (
    "folkeregisteret.birth",
    "folkeregisteret.move",
    "folkeregisteret.care",
    "nav.finding",
)
PAYLOADS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    BIRTH: st.builds(
        lambda pair, day, home: {"child": pair[0], "born": day, "mother": pair[1], "municipality": home},
        two,
        DAYS,
        st.sampled_from(["0301", None]),
    ),
    MOVE: st.fixed_dictionaries(
        {"person": person, "since": DAYS, "municipality": st.sampled_from(["0301", "5601"])}
    ),
    CARE: st.builds(
        lambda pair, more: {"child": pair[0], "carer": pair[1], **more},
        two,
        st.fixed_dictionaries(
            {
                "role": st.sampled_from(["mother", "father"]),
                "since": DAYS,
                "shared": st.sampled_from(["no", "split"]),
            }
        ),
    ),
    FINDING: st.fixed_dictionaries(
        {
            "person": person,
            "condition": st.just("resident"),
            "holds": st.booleans(),
            "since": DAYS,
            "until": st.sampled_from([None, "2025-04-01"]),
        }
    ),
}


@st.composite
def messages(draw: st.DrawFn) -> list[Event]:
    """Up to 9 messages, some of which correct or cancel others, or what never comes."""
    found: list[Event] = []
    for number in range(draw(st.integers(1, 9))):
        action = draw(st.sampled_from(["create", "create", "correct", "cancel"]))
        told: dict[str, Any] = {"time": draw(TIMES)}
        kind = draw(st.sampled_from(sorted(PAYLOADS)))
        if action != "create":
            named = draw(st.sampled_from(found)) if found and draw(st.integers(0, 9)) else None
            told |= {"action": action, "corrects": named["id"] if named else "never"}
            if named and draw(st.integers(0, 4)):  # else one that does not fit
                kind = named["type"].removeprefix("no.").removesuffix(".v1")
        data = None if action == "cancel" else draw(PAYLOADS[kind])
        found.append(event(kind, f"e{number}", data, **told))
    return found


@st.composite
def two_tellings(draw: st.DrawFn) -> tuple[list[list[Event]], list[list[Event]]]:
    """The same messages twice: as they are, and in another order, other batches, with repeats."""
    found = draw(messages())
    again = draw(st.permutations([*found, *draw(st.lists(st.sampled_from(found), max_size=3))]))
    return [found], split(draw, again)


def split(draw: st.DrawFn, events: Sequence[Event]) -> list[list[Event]]:
    batches: list[list[Event]] = [[]]
    for one in events:
        if draw(st.booleans()):
            batches.append([])
        batches[-1].append(one)
    return batches


@contextmanager
def empty_desk() -> Iterator[Desk]:
    with tempfile.TemporaryDirectory() as directory:
        store = Store.open(f"sqlite:///{directory}/duly.db")
        store.create_all()
        keys, clock = FileKeys.create(Path(directory) / "keys.json"), SimulatedClock(NORWAY.zone, NOW)
        signer = Signer.from_seed("duly.example", keys.signing_seed())
        ledger = Ledger(store, signer, "duly.example/uses", clock)
        vault = Vault(store, keys, ledger, Policy.load(NORWAY.directory / "policies"), clock)
        yield Desk(store, vault, keys, NORWAY)
        store.close()


def known_after(batches: Sequence[Sequence[Event]]) -> tuple[dict[str, Any], dict[str, str]]:
    """What is known of everybody, and what became of each message."""
    with empty_desk() as desk:
        for batch in batches:
            desk.send(*batch)
            desk.apply(3 if len(batch) > 4 else 500)
        names = {desk.number(one): one for one in PEOPLE}
        facts = {one: told_of(desk, one, names) for one in PEOPLE if desk.number(one) is not None}
        return {one: told for one, told in facts.items() if told != ({}, {})}, states(desk)


def told_of(desk: Desk, one: str, names: dict[int | None, str]) -> tuple[dict[Any, Any], dict[Any, Any]]:
    """Facts and pointers with people's numbers in place of Duly's, without when Duly learned it."""
    record = desk.record(one)
    facts = {
        (attribute, names.get(member, "")): [segment._replace(recorded_at=0) for segment in segments]
        for (attribute, member), segments in record.facts.items()
    }
    pointers = {relation: sorted(names[o] for o in owners) for relation, owners in record.pointers.items()}
    return facts, pointers


def states(desk: Desk) -> dict[str, str]:
    found: dict[str, str] = {}
    with desk.store.write() as conn:
        for number, state in conn.execute(select(inbox.c.number, inbox.c.state)).all():
            shown = queue.show(conn, desk.vault, intake_use(NORWAY, {"message"}), number)
            found[shown.body.decode().split('"id":"')[1].split('"')[0]] = state
    return found


@settings(max_examples=40, deadline=None)
@given(two_tellings())
def test_any_order_any_batches_and_repeats_give_the_same_facts(
    tellings: tuple[list[list[Event]], list[list[Event]]],
) -> None:
    one, other = tellings
    facts, states_ = known_after(one)
    facts_too, states_too = known_after(other)
    assert facts == facts_too
    assert states_ == states_too
