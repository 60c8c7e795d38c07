"""Two laws are asked about everybody, range by range in order of numbers; only who was seen is written.

What is opened is one bulk use; each range is covered in the transaction that opened it, and only then is it
given. However many there are, one range is held at a time.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import nullcontext
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from duly.entitlements.due import Law
from duly.entitlements.found import Part
from duly.entitlements.range import Clock, People, Range, people_after
from duly.entitlements.sweep import Sweep
from duly.store import Store
from duly.vault import Opening, Use, Vault

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
    holders: NDArray[np.int64]
    before: Mapping[str, Part]
    after: Mapping[str, Part]


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
    sweeps = tuple(Sweep(one.law, one.programmes, use.purpose) for one in (before, after))
    store = store.acting(use.context)
    with store.write() as conn:
        bulk = vault.begin_bulk(conn, [use])
    cursor = 0
    try:
        while True:
            with store.write() as conn:
                people = people_after(conn, cursor, AT_ONCE)
                if not people.numbers:
                    break
                opening = vault.in_bulk(conn, bulk)
                chunk = _chunk(conn, vault, use, opening, people, sweeps, (before, after), timed)
            cursor = people.last
            yield chunk
    finally:
        with store.write() as conn:  # whatever happened, who was seen is entered
            vault.end_bulk(conn, vault.in_bulk(conn, bulk))


def _chunk(
    conn: Connection,
    vault: Vault,
    use: Use,
    opening: Opening,
    people: People,
    sweeps: tuple[Sweep, ...],
    asked: tuple[Asked, Asked],
    timed: Clock,
) -> Chunk:
    categories = frozenset[str]().union(*(sweep.categories for sweep in sweeps))
    whole = Range(conn, opening, people, categories, asked[0].law.cache, timed)
    one, other = (sweep.due(whole, side.day) for sweep, side in zip(sweeps, asked, strict=True))
    opening.cover(conn, [(number, 0) for number in np.union1d(one.covered, other.covered).tolist()])
    opened = {n: one.elsewhere.get(n, set()) | cats for n, cats in other.elsewhere.items()}
    behind = {n: cats for n, cats in {**one.elsewhere, **opened}.items() if n <= people.last}
    missed = opening.uncovered(conn, behind, 0)
    vault.enter(conn, use, {number: behind[number] for number in missed})
    return Chunk(len(people.numbers), np.union1d(one.holders, other.holders), one.parts, other.parts)
