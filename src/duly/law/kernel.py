"""The kernel evaluates many keys of a programme over many days, on those days alone when a value may change.

It runs the pack's generated module (see `generate`): compiled, or for a small batch in a fresh process as
plain Python, with equal results. Large batches run on all processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from duly.law.columns import Facts, Index, heap
from duly.law.compiled import compiled, plain
from duly.law.generate import driver_name, record_names, reviewer_name
from duly.law.situation import UNKNOWN

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["GRANT", "KEPT", "NOTHING", "NOT_KNOWN", "Grants", "decoded", "evaluate", "reviews"]

NOTHING: Final = 0
NOT_KNOWN: Final = 1
GRANT: Final = 2
KEPT: Final = Path("~/.cache/duly")
"""Where compiled kernels are kept unless a directory is given."""
SHARED: Final = 4096
"""From so many keys on, all processors share the work."""

_Table = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Offsets of keys, and rows of start, state, reason and fields."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grants:
    """What is due to each key: segments `offsets[i]:offsets[i + 1]` from `first` on, equal neighbours joined.

    state int8: 0 none, 1 unknown, 2 a grant. reasons int8 of an unknown: 0 a fact is, -1 an amount did not
    fit in 63 bits, -2 division by zero. fields int64[segments, len(names)], 0 where there is no grant.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int32]
    state: NDArray[np.int8]
    reasons: NDArray[np.int8]
    fields: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def evaluate(
    pack: Pack,
    programme: str,
    facts: Facts,
    holders: Index,
    abouts: Index,
    links: Index,
    *,
    known_at: int | None,
    first: int,
    last: int,
    fast: bool = True,
    kept: Path | None = KEPT,
) -> Grants:
    """The grants of each key over the days [first, last), with the rates known on a day (None: all).

    Keys are local indexes of `facts` (see `columns.keys`). `fast` compiles, and keeps that in `kept`.
    """
    names = record_names(pack)[pack.programme(programme).rule.result.name]
    memory = heap(pack, facts, known_at)
    if not fast:
        drive = plain(pack)[driver_name(programme)]
        lists = (holders.tolist(), abouts.tolist(), links.tolist())
        return _grants(names, [_driven(drive, (memory.tolist(), *lists, first, last), len(names))])
    drive = compiled(pack, kept)[driver_name(programme)]
    ends = [_plainest(each) for each in (holders, abouts, links)]

    def part(of: slice) -> _Table:
        return _driven(drive, (memory, *(end[of] for end in ends), first, last), len(names))

    parts = _parts(len(holders))
    if len(parts) == 1:
        return _grants(names, [part(parts[0])])
    with ThreadPoolExecutor(len(parts)) as threads:
        return _grants(names, list(threads.map(part, parts)))


def reviews(
    pack: Pack,
    programme: str,
    facts: Facts,
    holders: Index,
    abouts: Index,
    links: Index,
    *,
    days: Index,
    known_at: int | None,
    fast: bool = True,
    kept: Path | None = KEPT,
) -> NDArray[np.int8]:
    """int8[keys, reviews]: 0 no, 1 unknown, 2 yes, each key on its own day, reviews in the pack's order."""
    memory = heap(pack, facts, known_at)
    name = reviewer_name(pack.programme(programme).name)
    answers = np.zeros((len(holders), sum(r.programme == programme for r in pack.reviews)), dtype=np.int8)
    if fast:
        given = [_plainest(each) for each in (holders, abouts, links, days)]
        compiled(pack, kept)[name](memory, *given, answers)
    else:
        plain(pack)[name](
            memory.tolist(), *(each.tolist() for each in (holders, abouts, links, days)), answers
        )
    return answers


def decoded(pack: Pack, programme: str, grants: Grants, key: int) -> list[tuple[int, Any]]:
    """(start, what is due) of one key as the interpreter gives it: fields (canonical), None, or UNKNOWN."""
    types = dict(pack.programme(programme).fields)
    segments: list[tuple[int, Any]] = []
    for at in range(int(grants.offsets[key]), int(grants.offsets[key + 1])):
        due: Any = UNKNOWN if grants.state[at] == NOT_KNOWN else None
        if grants.state[at] == GRANT:
            row = zip(grants.names, grants.fields[at].tolist(), strict=True)
            due = {name: pack.vocabulary.decode(types[name], value) for name, value in row}
        segments.append((int(grants.starts[at]), due))
    return segments


def _parts(keys: int) -> list[slice]:
    """Equal shares of the keys, one for each processor if there are many."""
    count = (os.cpu_count() or 1) if keys >= SHARED else 1
    bounds = [keys * part // count for part in range(count + 1)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]


def _plainest(index: Index) -> Index:
    """An array of the one type that kernels are compiled for; another would be compiled anew."""
    return np.require(index, np.int32, ["C", "W"])


def _driven(drive: Callable[..., int], given: tuple[Any, ...], fields: int) -> _Table:
    """The driver's table, in as much room as it turns out to need."""
    keys = len(given[1])
    if keys == 0:
        return np.zeros(1, dtype=np.int64), np.zeros((0, 3 + fields), dtype=np.int64)
    offsets = np.zeros(keys + 1, dtype=np.int64)
    table = np.zeros((8 * keys + 16, 3 + fields), dtype=np.int64)
    key = drive(*given, offsets, table, 0)
    while key < keys:
        table = np.concatenate([table, np.zeros_like(table)])
        key = drive(*given, offsets, table, key)
    return offsets, table[: offsets[-1]]


def _grants(names: tuple[str, ...], parts: list[_Table]) -> Grants:
    """The tables of the drivers (start, state, reason, fields) as columns."""
    table = np.concatenate([rows for _, rows in parts])
    before = np.cumsum([0, *(len(rows) for _, rows in parts)])
    ends = [offsets[1:] + begin for (offsets, _), begin in zip(parts, before[:-1], strict=True)]
    return Grants(
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), *ends]),
        starts=table[:, 0].astype(np.int32),
        state=table[:, 1].astype(np.int8),
        reasons=table[:, 2].astype(np.int8),
        fields=table[:, 3:].copy(),
        names=names,
    )
