"""A mark says that a holder's entitlements under a programme may be stale; it is counted up, never deleted.

`wanted` counts how often somebody asked, `done` which of those were answered; the causes are those that no
answer has seen yet. Whoever takes marks and writes their answer in one transaction loses nothing. Events'
names are sealed under the holder; a change of law is nobody's secret.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import BigInteger, Connection, bindparam, exists, func, literal, select, update
from sqlalchemy.dialects.postgresql import Insert

from duly.entitlements.keys import Key
from duly.entitlements.tables import mark
from duly.vault import Box, Plain, Use, Vault
from duly.vault.tables import subject

__all__ = [
    "CAUSE",
    "Cause",
    "Mark",
    "causes_of",
    "done",
    "marked",
    "take",
    "want",
    "want_all",
    "want_everyone",
]

CAUSE: Final = "decision"
"""The category under which causes are sealed."""

LAW: Final = "!"
"""What begins a line that is not sealed."""


class Cause(msgspec.Struct, frozen=True, array_like=True):
    """What made it stale: an event by its source and id, or a law or rate by its hash or name."""

    source: str
    id: str


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """A stale (holder, programme) as it was read; `text` are the causes as they stand in the row."""

    holder: int
    programme: str
    wanted: int
    text: str


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
_CAUSES = msgspec.msgpack.Decoder(tuple[Cause, ...])


def want(conn: Connection, vault: Vault, stale: Mapping[tuple[int, str], Sequence[Cause]]) -> None:
    """Mark (holder, programme) pairs as stale, each because of its causes; not those of the forgotten."""
    gone = vault.forgotten(conn, {holder for holder, _ in stale})
    pairs = sorted(pair for pair in stale if pair[0] not in gone)
    if not pairs:
        return
    plain = [
        Plain(
            subject=holder,
            category=CAUSE,
            version=_bound(holder, programme),
            data=msgspec.msgpack.encode(stale[holder, programme]),
        )
        for holder, programme in pairs
    ]
    rows = [
        {
            "holder": holder,
            "programme": programme,
            "wanted": 1,
            "done": 0,
            "causes": b64encode(sealed).decode() + "\n",
        }
        for (holder, programme), sealed in zip(pairs, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(_WANT, rows)


def want_all(conn: Connection, programmes: Sequence[str], cause: Cause) -> None:
    """Mark every holder that was ever looked at under these programmes; the cause is a law, not an event."""
    line = f"{LAW}{cause.source}\t{cause.id}\n"
    alive = exists().where(subject.c.number == mark.c.holder, subject.c.wrapped.is_not(None))
    statement = update(mark).where(mark.c.programme.in_(programmes), alive)
    conn.execute(statement.values(wanted=mark.c.wanted + 1, causes=mark.c.causes.concat(line)))


def want_everyone(conn: Connection, programme: str, kind: str, cause: Cause) -> None:
    """Mark every subject of this kind under a programme, who was never looked at under it."""
    line = f"{LAW}{cause.source}\t{cause.id}\n"
    there = exists().where(mark.c.holder == subject.c.number, mark.c.programme == programme)
    new = select(
        subject.c.number, literal(programme), literal(1, BigInteger), literal(0, BigInteger), literal(line)
    ).where(subject.c.kind == kind, subject.c.wrapped.is_not(None), ~there)
    columns = ["holder", "programme", "wanted", "done", "causes"]
    conn.execute(
        _ROWS.from_select(columns, new).on_conflict_do_nothing(index_elements=["holder", "programme"])
    )


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


def marked(conn: Connection, holders: Collection[int]) -> set[tuple[int, str]]:
    """The (holder, programme) pairs of these holders that were ever marked."""
    statement = select(mark.c.holder, mark.c.programme).where(mark.c.holder.in_(holders))
    return {(holder, programme) for holder, programme in conn.execute(statement)}


def causes_of(
    conn: Connection, vault: Vault, use: Use, marks: Sequence[Mark]
) -> dict[tuple[int, str], tuple[Cause, ...]]:
    """The distinct causes of each mark, oldest first, opened for a use."""
    lines = [(one, line) for one in marks for line in one.text.splitlines()]
    boxes = [
        Box(
            subject=one.holder,
            category=CAUSE,
            version=_bound(one.holder, one.programme),
            sealed=b64decode(line),
        )
        for one, line in lines
        if not line.startswith(LAW)
    ]
    opened = iter(vault.open(conn, use, boxes) if boxes else [])
    found: dict[tuple[int, str], dict[Cause, None]] = {(m.holder, m.programme): {} for m in marks}
    for one, line in lines:
        causes = (Cause(*line[1:].split("\t", 1)),) if line.startswith(LAW) else _CAUSES.decode(next(opened))
        found[one.holder, one.programme].update(dict.fromkeys(causes))
    return {pair: tuple(causes) for pair, causes in found.items()}


def done(conn: Connection, taken: Sequence[Mark]) -> None:
    """What was wanted when these were read is answered; what was wanted since stays."""
    rows = [
        {"of": one.holder, "under": one.programme, "read": one.wanted, "seen": len(one.text) + 1}
        for one in taken
    ]
    if rows:
        conn.execute(_DONE, rows)


def _bound(holder: int, programme: str) -> int:
    return Key(holder, programme, 0).bound("mark", 0)
