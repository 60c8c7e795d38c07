"""Two laws are asked about everybody, range by range in order of numbers; only who was seen is written.

What is opened is one bulk use; each range is covered in the transaction that opened it, and only then is it
given. However many there are, one range is held at a time.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import nullcontext
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from duly.entitlements.due import Law
from duly.entitlements.found import Part
from duly.entitlements.sweep import Clock, Person, Sweep
from duly.store import Store
from duly.vault import Opening, Use, Vault
from duly.vault.tables import subject

__all__ = ["Asked", "Chunk", "compared"]

AT_ONCE: Final = 16_384
"""Subjects in one range."""


class Asked(NamedTuple):
    """A law, those of its programmes that are asked (of one purpose), and the day whose rates are known."""

    law: Law
    programmes: tuple[str, ...]
    day: int


class Chunk(NamedTuple):
    """One range: how many subjects it has, and who of them may hold something, by number.

    `before` and `after` are by programme; a part has a row for each key (holder, about), and its timeline.
    Programmes that a law was not asked about are not in it.
    """

    subjects: int
    holders: tuple[int, ...]
    before: Mapping[str, Part]
    after: Mapping[str, Part]


_PEOPLE = (
    select(subject.c.number, subject.c.kind, subject.c.wrapped)
    .where(subject.c.number > bindparam("after"))
    .order_by(subject.c.number)
    .limit(bindparam("most"))
)


def compared(
    store: Store,
    vault: Vault,
    use: Use,
    before: Asked,
    after: Asked,
    timed: Clock = lambda _: nullcontext(),
) -> Generator[Chunk]:
    """What both laws say is due to everybody. `use` declares every category that either reads.

    The bulk use is closed when the iterator ends or is closed; Denied where no policy permits it.
    """
    sweeps = tuple(Sweep(one.law, one.programmes, use.purpose, timed) for one in (before, after))
    with store.write() as conn:
        bulk = vault.begin_bulk(conn, [use])
    cursor = 0
    try:
        while True:
            with store.write() as conn:
                people = [Person(*row) for row in conn.execute(_PEOPLE, {"after": cursor, "most": AT_ONCE})]
                if not people:
                    break
                opening = vault.in_bulk(conn, bulk)
                chunk = _chunk(conn, vault, use, opening, sweeps, (before, after), people, cursor)
            cursor = people[-1].number
            yield chunk
    finally:
        with store.write() as conn:  # whatever happened, who was seen is entered
            vault.end_bulk(conn, vault.in_bulk(conn, bulk))


def _chunk(
    conn: Connection,
    vault: Vault,
    use: Use,
    opening: Opening,
    sweeps: tuple[Sweep, ...],
    asked: tuple[Asked, Asked],
    people: list[Person],
    cursor: int,
) -> Chunk:
    one, other = (
        sweep.due(conn, opening, people, cursor, side.day) for sweep, side in zip(sweeps, asked, strict=True)
    )
    opening.cover(conn, [(number, 0) for number in sorted({*one.covered, *other.covered})])
    last = people[-1].number
    elsewhere = {
        n: one.elsewhere.get(n, set()) | other.elsewhere.get(n, set())
        for n in {*one.elsewhere, *other.elsewhere}
        if n <= last
    }
    vault.enter(conn, use, elsewhere)
    holders = tuple(sorted({*one.holders, *other.holders}))
    return Chunk(len(people), holders, one.parts, other.parts)
