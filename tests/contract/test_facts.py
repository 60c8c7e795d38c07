"""From received events to facts, on both databases."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from intake_events import CHILD, FATHER, MOTHER, OTHER, Desk, birth, event, move
from sqlalchemy import delete, select

from duly.access import Relation
from duly.events import day_of, queue
from duly.events.tables import inbox
from duly.facts import apply, at_version, intake_use, repair
from duly.facts.tables import assertion, snapshot
from duly.law import ABSENT, UNKNOWN, Pack
from duly.store import Store
from duly.timeline import BEGIN
from duly.vault import Actor, FileKeys, Identifier, Use, Vault, Wanted, bucket


@pytest.fixture
def desk(store: Store, vault: Vault, keys: FileKeys) -> Desk:
    return Desk(store, vault, keys, Pack.load("norway"))


def on(text: str) -> int:
    return day_of(date.fromisoformat(text))


def test_a_newborn_nobody_knows_is_created_near_its_mother_and_linked(desk: Desk) -> None:
    desk.tell(birth(name="Ada"))
    child, mother = desk.number(CHILD), desk.number(MOTHER)
    assert child is not None
    assert mother is not None
    assert bucket(child) == bucket(mother)
    assert desk.values(CHILD, "Person.born") == [(BEGIN, on("2024-11-03"))]
    assert desk.values(CHILD, "Person.municipality") == [(on("2024-11-03"), "0301")]
    assert desk.values(CHILD, "Parenthood.role", FATHER) == [(on("2024-11-03"), "father")]
    assert desk.values(MOTHER, "Care.present", CHILD) == [(on("2024-11-03"), True)]
    assert desk.record(CHILD).owners("Person.cares_for") == (mother,)
    assert desk.record(MOTHER).owners("Person.parents") == (child,)


def test_a_parent_nobody_knows_is_known_by_identifier_only(desk: Desk) -> None:
    desk.tell(birth())
    father = desk.record(FATHER)
    assert father.kind == "Person"
    assert father.facts == {}
    assert father.owners("Person.parents") == (desk.number(CHILD),)


def test_a_correction_replaces_what_its_event_said(desk: Desk) -> None:
    desk.tell(birth())
    desk.tell(
        event(
            "folkeregisteret.birth",
            "b2",
            {"child": CHILD, "born": "2024-11-04", "mother": OTHER},
            action="correct",
            corrects="b1",
        )
    )
    assert desk.values(CHILD, "Person.born") == [(BEGIN, on("2024-11-04"))]
    assert desk.values(MOTHER, "Care.present", CHILD) == []
    assert desk.values(OTHER, "Care.present", CHILD) == [(on("2024-11-04"), True)]
    assert desk.record(CHILD).owners("Person.cares_for") == (desk.number(OTHER),)
    assert desk.record(MOTHER).owners("Person.parents") == ()
    assert states(desk) == ["cancelled", "applied"]


def test_a_correction_that_comes_first_waits_for_its_event(desk: Desk) -> None:
    desk.tell(move("m2", "1103", "2025-02-01", action="correct", corrects="m1"))
    assert states(desk) == ["waiting"]
    assert desk.number(MOTHER) is None
    desk.tell(move("m1", "0301", "2025-02-01"))
    assert states(desk) == ["applied", "cancelled"]
    assert desk.values(MOTHER, "Person.municipality") == [(on("2025-02-01"), "1103")]


def test_a_cancelling_event_undoes_everything_and_can_be_cancelled(desk: Desk) -> None:
    died = event("folkeregisteret.death", "d1", {"person": MOTHER, "died": "2025-03-01"})
    desk.tell(died, event("folkeregisteret.death", "x1", action="cancel", corrects="d1"))
    assert desk.values(MOTHER, "Person.died") == []
    desk.tell(event("folkeregisteret.death", "x2", action="cancel", corrects="x1"))
    assert desk.values(MOTHER, "Person.died") == [(BEGIN, on("2025-03-01"))]


def test_a_correction_of_another_type_is_parked_with_its_reason_and_can_be_replayed(desk: Desk) -> None:
    desk.tell(birth(), move("m1", "0301", "2025-01-01", action="correct", corrects="b1"))
    with desk.store.write() as conn:
        [parked] = queue.listed(conn, "", 10)
        shown = queue.show(conn, desk.vault, intake_use(desk.pack, {"message"}), parked.number)
    assert parked.title == "It does not fit the event that it names"
    assert "no.folkeregisteret.move.v1" in shown.reason
    assert b'"m1"' in shown.body
    with desk.store.write() as conn:
        assert queue.replay(conn, parked.number)
    desk.apply()
    assert states(desk) == ["applied", "parked"]
    with desk.store.write() as conn:
        assert not queue.replay(conn, 1)


@pytest.mark.parametrize("together", [True, False])
def test_what_names_a_parked_message_waits_for_it(desk: Desk, together: bool) -> None:
    misfit = birth("b1") | {"action": "correct", "corrects": "m1"}
    cancel = event("folkeregisteret.birth", "x1", action="cancel", corrects="b1")
    desk.tell(move("m1", "0301", "2025-01-01"))
    if together:
        desk.tell(misfit, cancel)
    else:
        desk.tell(misfit)
        desk.tell(cancel)
    assert states(desk) == ["applied", "parked", "waiting"]


def test_one_message_that_cannot_be_applied_does_not_hold_up_the_others(desk: Desk) -> None:
    moves = [move(f"m{n}", "0301", "2025-01-01", person=f"{n:011}") for n in range(7)]
    assert all(one.status == "accepted" for one in desk.send(*moves))
    spoil(desk, "00000000003")
    desk.apply()
    assert states(desk) == ["applied"] * 3 + ["parked"] + ["applied"] * 3
    assert desk.values("00000000006", "Person.municipality") == [(on("2025-01-01"), "0301")]


def spoil(desk: Desk, number: str) -> None:
    """Make the number another kind of subject's, as no register of the pack could."""
    with desk.store.write() as conn:
        desk.vault.ensure(conn, [Wanted(identifier=Identifier("no.fnr", number), kind="Practice", near=None)])


def test_a_permit_that_ends_is_none_afterwards_and_unknown_while_its_renewal_is_pending(desk: Desk) -> None:
    permit = {"person": MOTHER, "permit": "valid", "since": "2024-01-01", "until": "2025-12-31"}
    desk.tell(event("udi.permit", "u1", permit))
    assert desk.values(MOTHER, "Person.permit") == [(on("2024-01-01"), "valid"), (on("2026-01-01"), "none")]
    desk.tell(event("udi.permit", "u2", permit | {"renewal_pending": True}, action="correct", corrects="u1"))
    assert desk.values(MOTHER, "Person.permit")[1] == (on("2026-01-01"), UNKNOWN)


def test_after_the_last_day_nothing_is_asserted(desk: Desk) -> None:
    desk.tell(
        event("nav.lone-parent", "l1", {"person": MOTHER, "since": "2024-01-01", "until": "2024-06-30"})
    )
    assert desk.values(MOTHER, "Person.lone_parent") == [(on("2024-01-01"), True), (on("2024-07-01"), ABSENT)]


def test_a_protected_birth_is_protected_from_the_first_event(desk: Desk) -> None:
    desk.tell(birth(protected=True))
    assert desk.values(CHILD, "Person.protected") == [(on("2024-11-03"), True)]


def test_a_record_can_be_read_as_it_was_at_an_earlier_version(desk: Desk) -> None:
    desk.tell(birth())
    before = desk.record(MOTHER)
    desk.tell(
        move("m1", "5601", "2025-05-01"), event("folkeregisteret.birth", "x", action="cancel", corrects="b1")
    )
    assert desk.record(MOTHER).version > before.version
    categories = desk.pack.vocabulary.categories()
    use = intake_use(desk.pack, categories)
    with desk.store.write() as conn:
        then = at_version(conn, desk.vault, use, {before.subject: before.version}, categories)
    assert then[before.subject] == before


def test_the_assertions_alone_give_what_the_snapshots_hold(desk: Desk) -> None:
    desk.tell(birth(), move("m1", "5601", "2025-05-01"))
    desk.tell(move("m2", "5605", "2025-05-01", action="correct", corrects="m1"))
    now = desk.record(MOTHER)
    categories = desk.pack.vocabulary.categories()
    with desk.store.write() as conn:
        again = at_version(
            conn, desk.vault, intake_use(desk.pack, categories), {now.subject: now.version}, categories
        )
    assert again[now.subject] == now


def test_snapshots_and_pointers_can_be_lost_and_are_repaired(desk: Desk) -> None:
    desk.tell(birth(), move("m1", "5601", "2025-05-01"))
    people = [MOTHER, FATHER, CHILD]
    before = {one: desk.record(one) for one in people}
    with desk.store.write() as conn:
        conn.execute(delete(snapshot))
    assert desk.record(MOTHER).facts == {}
    use = intake_use(desk.pack, desk.pack.vocabulary.categories())
    with desk.store.write() as conn:
        repair(conn, desk.vault, desk.pack, use, [one.subject for one in before.values()])
    for one in people:
        assert desk.record(one).facts == before[one].facts
        assert desk.record(one).pointers == before[one].pointers


def test_what_changed_is_told_with_the_events_that_changed_it(desk: Desk) -> None:
    desk.send(birth())
    with desk.store.write() as conn:
        touched = {one.subject: one for one in apply(conn, desk.vault, desk.pack, 500).touched}
    mother = touched[desk.number(MOTHER) or 0]
    assert mother.attributes == {"Care.present", "Care.role", "Care.shared"}
    assert mother.events == (("https://folkeregisteret.example", "b1"),)
    assert desk.number(FATHER) not in touched


def test_the_database_reveals_nothing_of_a_message(desk: Desk, tmp_path: Path) -> None:
    desk.tell(birth("id-of-the-birth", name="Adalmina"))
    with desk.store.read() as conn:
        rows: list[Any] = [
            cell
            for table in (inbox, assertion, snapshot)
            for row in conn.execute(select(table))
            for cell in row
        ]
    whole = b"".join(cell if isinstance(cell, bytes) else str(cell).encode() for cell in rows)
    for secret in (b"Adalmina", b"id-of-the-birth", CHILD.encode(), MOTHER.encode(), b"2024-11-03", b"birth"):
        assert secret not in whole


def test_every_subject_whose_record_intake_opened_has_an_entry(desk: Desk) -> None:
    desk.tell(birth())
    desk.tell(
        move("m1", "5601", "2025-05-01"),
        event("nav.lone-parent", "l1", {"person": MOTHER, "since": "2025-01-01"}),
    )
    desk.tell(
        event(
            "folkeregisteret.care",
            "c1",
            {"child": OTHER, "carer": MOTHER, "role": "mother", "since": "2025-01-01"},
        )
    )
    mother = desk.number(MOTHER)
    assert mother is not None
    insight = Use(
        actor=Actor(organisation="self", system="page", officer=""),
        purpose="insight",
        legal_basis="GDPR article 15",
        categories=frozenset({"use"}),
        about="page",
        relation=Relation.OWN,
    )
    with desk.store.read() as conn:
        uses = desk.vault.uses(conn, insight, mother)
    assert [used.use.purpose for used in uses] == ["intake"]
    assert uses[0].use.categories == {"family"}


def states(desk: Desk) -> list[str]:
    with desk.store.read() as conn:
        return list(conn.execute(select(inbox.c.state).order_by(inbox.c.number)).scalars())
