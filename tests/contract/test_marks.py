"""Marks on both databases: counted up, taken, answered; what was wanted meanwhile stays."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, select

from duly.entitlements import use_of
from duly.entitlements.marks import CAUSE, Cause, Mark, causes_of, done, take, want, want_all, want_everyone
from duly.entitlements.tables import mark
from duly.law import Pack
from duly.store import Store
from duly.vault import Identifier, Vault, Wanted

BIRTH, MOVE, LAW = Cause("folk", "birth-1"), Cause("folk", "move-2"), Cause("law", "abc")
PACK = Pack.load("norway")
USE = use_of(PACK, "nav", "child-benefit", frozenset({CAUSE}), "test")


@pytest.fixture
def people(store: Store, vault: Vault) -> list[int]:
    """Eight subjects, by number."""
    wanted = [Wanted(identifier=Identifier("x", str(n)), kind="Person", near=None) for n in range(8)]
    with store.write() as conn:
        return sorted(vault.ensure(conn, wanted).values())


def causes(conn: Connection, vault: Vault, taken: list[Mark]) -> list[tuple[int, tuple[Cause, ...]]]:
    found = causes_of(conn, vault, USE, taken)
    return [(one.wanted, found[one.holder, one.programme]) for one in taken]


def test_a_mark_gathers_causes_until_it_is_answered(store: Store, vault: Vault, people: list[int]) -> None:
    one, other, *_ = people
    with store.write() as conn:
        want(conn, vault, {(one, "a"): [BIRTH], (one, "b"): [BIRTH], (other, "a"): [BIRTH]})
        want(conn, vault, {(one, "a"): [MOVE]})
        want(conn, vault, {(one, "a"): [MOVE]})
        taken = take(conn, ["a"], 10)
        assert [m.holder for m in taken] == [one, other]
        assert causes(conn, vault, taken) == [(3, (BIRTH, MOVE)), (1, (BIRTH,))]
        done(conn, taken)
        assert take(conn, ["a"], 10) == []
        assert [m.holder for m in take(conn, ["a", "b"], 10)] == [one]


def test_what_was_wanted_while_it_was_answered_stays(store: Store, vault: Vault, people: list[int]) -> None:
    with store.write() as conn:
        want(conn, vault, {(people[0], "a"): [BIRTH]})
        taken = take(conn, ["a"], 10)
        want(conn, vault, {(people[0], "a"): [MOVE]})
        done(conn, taken)
        assert causes(conn, vault, take(conn, ["a"], 10)) == [(2, (MOVE,))]


def test_a_change_of_law_marks_everybody_who_was_ever_looked_at(
    store: Store, vault: Vault, people: list[int]
) -> None:
    with store.write() as conn:
        want(conn, vault, {(people[0], "a"): [BIRTH], (people[1], "b"): [BIRTH]})
        done(conn, take(conn, ["a", "b"], 10))
        want_all(conn, ["a"], LAW)
        assert causes(conn, vault, take(conn, ["a", "b"], 10)) == [(2, (LAW,))]


def test_a_batch_is_bounded_and_rows_are_never_deleted(store: Store, vault: Vault, people: list[int]) -> None:
    with store.write() as conn:
        want(conn, vault, {(n, "a"): [BIRTH] for n in people})
        done(conn, take(conn, ["a"], 5))
        assert [m.holder for m in take(conn, ["a"], 5)] == people[5:]
        assert len(conn.execute(select(mark)).all()) == 8


def test_the_database_does_not_learn_which_event_it_was(
    store: Store, vault: Vault, people: list[int]
) -> None:
    with store.write() as conn:
        want(conn, vault, {(people[0], "a"): [BIRTH]})
        assert BIRTH.id not in conn.execute(select(mark.c.causes)).scalar_one()


def test_a_new_programme_marks_everybody_who_could_hold_it_once(
    store: Store, vault: Vault, people: list[int]
) -> None:
    with store.write() as conn:
        want(conn, vault, {(people[0], "a"): [BIRTH]})
        want_everyone(conn, "a", "Person", LAW)
        want_everyone(conn, "a", "Practice", LAW)
        want_everyone(conn, "a", "Person", LAW)
        taken = take(conn, ["a"], 10)
        assert [m.holder for m in taken] == people
        assert causes(conn, vault, taken) == [(1, (BIRTH,)), *[(1, (LAW,))] * 7]
