"""One look at each column: offsets of links that are in order, and whether numbers lie within bounds.

A batch may have millions of rows. So large columns are looked at in parts, and what NumPy does not do in one
go is machine code like kernels, without a jump that depends on a row; written in the same subset of Python,
it gives the same as it stands.
"""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from duly.law.ir import NONE
from duly.law.machine import address, loaded
from duly.law.scalars import at32, at64
from duly.law.team import ALONE, Team

__all__ = ["LARGE", "among", "offsets_of", "within"]

LARGE: Final = 50_000
"""Rows from which on it is worth loading machine code for them."""
PART: Final = 1 << 19
"""Rows that are looked at in one go: enough to be worth a thread."""


def all_within(values: Any, begin: int, end: int, least: int, most: int, none: int) -> int:
    """1 where each of the rows [begin, end) is none, or lies from least to most."""
    outside = 0
    for row in range(begin, end):
        value = at64(values, row)
        outside = outside | (((value < least) | (value > most)) & (value != none))
    return 1 - outside


def offsets_between(owners: Any, begin: int, end: int, offsets: Any, low: int, high: int) -> int:
    """Write offsets [low, high), to which rows [begin, end) lead; the most rows that one owner has there.

    The last row of an owner says where the next one begins; an owner without rows begins where the one
    before it does.
    """
    for owner in range(low, high):
        offsets[owner] = 0
    for row in range(begin, end):
        offsets[at32(owners, row) + 1] = row + 1
    most = 0
    before = begin
    for owner in range(low, high):
        now = max(before, offsets[owner])
        most = max(most, now - before)
        offsets[owner] = now
        before = now
    return most


def offsets_of(
    owners: NDArray[np.int32], count: int, cache: Path | None, team: Team = ALONE
) -> tuple[NDArray[np.int64], int] | None:
    """Where the rows of each of `count` owners begin, int64[count + 1], and the most that one has.

    None if they are not in order. Every owner is below `count` (see `among`).
    """
    if not _in_order(owners, team):
        return None
    if len(owners) < LARGE:
        return _counted(owners, count)
    offsets = np.empty(count + 1, dtype=np.int64)
    code, places = _entry("offsets_between", cache), (address(owners), address(offsets))

    def write(part: tuple[int, int, int, int]) -> int:
        begin, end, low, high = part
        return code(places[0], begin, end, places[1], low, high)

    return offsets, max(team.each(write, _by_owner(owners, count)))


def _in_order(owners: NDArray[np.int32], team: Team) -> bool:
    """Whether none is lower than the one before it."""

    def look(begin: int) -> bool:
        part = owners[begin : begin + PART + 1]
        return bool((part[1:] >= part[:-1]).all())

    return all(team.each(look, range(0, len(owners), PART)))


def _counted(owners: NDArray[np.int32], count: int) -> tuple[NDArray[np.int64], int]:
    lengths, offsets = np.bincount(owners, minlength=count), np.zeros(count + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return offsets, int(lengths.max(initial=0))


def _by_owner(owners: NDArray[np.int32], count: int) -> list[tuple[int, int, int, int]]:
    """Parts of the rows, each with all rows of its owners, and the offsets to which they lead."""
    begins = sorted({0, *np.searchsorted(owners, owners[::PART]).tolist()})
    lows = [0, *(int(owners[begin - 1]) + 2 for begin in begins[1:])]
    return list(zip(begins, [*begins[1:], len(owners)], lows, [*lows[1:], count + 1], strict=True))


def among(indexes: NDArray[np.int32], count: int) -> bool:
    """Whether each is an index of one of `count`; one below 0 counts as a very high one."""
    return int(indexes.view(np.uint32).max(initial=0)) < count or not len(indexes)


Bounded = tuple[NDArray[np.int64], int, int]
"""Values, and the least and most that they are looked at for."""


def within(columns: Sequence[Bounded], cache: Path | None, team: Team = ALONE) -> list[bool]:
    """Of each column, whether every value lies within its bounds, or is `NONE`."""
    code = _entry("all_within", cache) if any(len(c[0]) >= LARGE for c in columns) else None
    parts = [(at, begin) for at, c in enumerate(columns) for begin in range(0, len(c[0]), PART)]

    def look(part: tuple[int, int]) -> bool:
        return _inside(code, part[1], *columns[part[0]])

    found = zip(parts, team.each(look, parts), strict=True)
    outside = {at for (at, _), inside in found if not inside}
    return [at not in outside for at in range(len(columns))]


def _inside(code: Any, begin: int, values: NDArray[np.int64], least: int, most: int) -> bool:
    """The same of one part of a column."""
    if len(values) < LARGE:
        kept = values[values != NONE]
        return not len(kept) or (int(kept.min()) >= least and int(kept.max()) <= most)
    return bool(code(address(values), begin, min(begin + PART, len(values)), least, most, NONE))


def _entry(name: str, cache: Path | None) -> Any:
    return loaded(TEXT, ENTRIES, cache)[name]


PASSES: Final = (all_within, offsets_between)
TEXT: Final = "\n\n".join(f"@entry\n{inspect.getsource(each)}" for each in PASSES)
ENTRIES: Final = tuple((each.__name__, each.__code__.co_argcount) for each in PASSES)
