"""A mark says that a holder's entitlements under a programme may be stale; it is counted up, never deleted.

`wanted` counts how often somebody asked, `done` which of those were answered; the causes are those that no
answer has seen yet. Whoever takes marks and writes their answer in one transaction loses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec
from sqlalchemy import Connection, bindparam, func, select, update
from sqlalchemy.dialects.postgresql import Insert

from duly.entitlements.tables import mark

__all__ = ["Cause", "Mark", "done", "take", "want", "want_all"]


class Cause(msgspec.Struct, frozen=True, array_like=True):
    """What made it stale: an event by its source and id, or a law or rate by its hash or name."""

    source: str
    id: str

    def line(self) -> str:
        return f"{self.source}\t{self.id}\n"


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A stale (holder, programme), as it was read; `text` are the causes as they stand in the row."""

    holder: int
    programme: str
    wanted: int
    text: str

    def causes(self) -> tuple[Cause, ...]:
        """The distinct causes, oldest first."""
        lines = dict.fromkeys(self.text.splitlines())
        return tuple(Cause(*line.split("\t", 1)) for line in lines)


_ROWS = Insert(mark)
_WANT = _ROWS.on_conflict_do_update(
    index_elements=["holder", "programme"],
    set_={"wanted": mark.c.wanted + 1, "causes": mark.c.causes.concat(_ROWS.excluded["causes"])},
)
_DONE = (
    update(mark)
    .where(mark.c.holder == bindparam("of"), mark.c.programme == bindparam("under"))
    .values(done=bindparam("read"), causes=func.substr(mark.c.causes, bindparam("seen")))
)


def want(conn: Connection, stale: Iterable[tuple[int, str]], causes: Sequence[Cause]) -> None:
    """Mark (holder, programme) pairs as stale because of these causes."""
    lines = "".join(cause.line() for cause in causes)
    rows = [
        {"holder": holder, "programme": programme, "wanted": 1, "done": 0, "causes": lines}
        for holder, programme in sorted(set(stale))
    ]
    if rows:
        conn.execute(_WANT, rows)


def want_all(conn: Connection, programmes: Iterable[str], cause: Cause) -> None:
    """Mark every holder that was ever looked at under these programmes."""
    statement = update(mark).where(mark.c.programme.in_(list(programmes)))
    conn.execute(statement.values(wanted=mark.c.wanted + 1, causes=mark.c.causes.concat(cause.line())))


def take(conn: Connection, programmes: Sequence[str], limit: int) -> list[Mark]:
    """Up to `limit` stale marks of these programmes, by holder; in PostgreSQL locked, locked ones skipped."""
    statement = (
        select(mark.c.holder, mark.c.programme, mark.c.wanted, mark.c.causes)
        .where(mark.c.programme.in_(programmes), mark.c.wanted > mark.c.done)
        .order_by(mark.c.holder)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [
        Mark(holder=holder, programme=programme, wanted=wanted, text=text)
        for holder, programme, wanted, text in conn.execute(statement)
    ]


def done(conn: Connection, taken: Sequence[Mark]) -> None:
    """What was wanted when these were read is answered; what was wanted since stays."""
    rows = [
        {"of": one.holder, "under": one.programme, "read": one.wanted, "seen": len(one.text) + 1}
        for one in taken
    ]
    if rows:
        conn.execute(_DONE, rows)
