"""Marks on both databases: counted up, taken, answered; what was wanted meanwhile stays."""

from __future__ import annotations

from sqlalchemy import select

from duly.entitlements.marks import Cause, done, take, want, want_all
from duly.entitlements.tables import mark
from duly.store import Store

BIRTH, MOVE, LAW = Cause("folk", "1"), Cause("folk", "2"), Cause("law", "abc")


def test_a_mark_gathers_causes_until_it_is_answered(store: Store) -> None:
    with store.write() as conn:
        want(conn, [(7, "a"), (7, "b"), (3, "a")], [BIRTH])
        want(conn, [(7, "a")], [MOVE])
        want(conn, [(7, "a")], [MOVE])
        taken = take(conn, ["a"], 10)
    assert [(m.holder, m.wanted, m.causes()) for m in taken] == [(3, 1, (BIRTH,)), (7, 3, (BIRTH, MOVE))]
    with store.write() as conn:
        done(conn, taken)
        assert take(conn, ["a"], 10) == []
        assert [m.holder for m in take(conn, ["a", "b"], 10)] == [7]


def test_what_was_wanted_while_it_was_answered_stays(store: Store) -> None:
    with store.write() as conn:
        want(conn, [(7, "a")], [BIRTH])
        taken = take(conn, ["a"], 10)
        want(conn, [(7, "a")], [MOVE])
        done(conn, taken)
        left = take(conn, ["a"], 10)
    assert [(m.wanted, m.causes()) for m in left] == [(2, (MOVE,))]


def test_a_change_of_law_marks_everybody_who_was_ever_looked_at(store: Store) -> None:
    with store.write() as conn:
        want(conn, [(7, "a"), (3, "b")], [BIRTH])
        done(conn, take(conn, ["a", "b"], 10))
        want_all(conn, ["a"], LAW)
        assert [(m.holder, m.causes()) for m in take(conn, ["a", "b"], 10)] == [(7, (LAW,))]


def test_a_batch_is_bounded_and_rows_are_never_deleted(store: Store) -> None:
    with store.write() as conn:
        want(conn, [(n, "a") for n in range(1, 8)], [BIRTH])
        first = take(conn, ["a"], 5)
        done(conn, first)
        assert [m.holder for m in take(conn, ["a"], 5)] == [6, 7]
        assert len(conn.execute(select(mark)).all()) == 7
