"""One look at each column: offsets of links that are in order, and whether numbers lie within bounds.

They are machine code like kernels, since a batch may have millions of rows. Written in the same subset of
Python, they give the same as they stand.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from duly.law.ir import NONE
from duly.law.machine import address, loaded
from duly.law.scalars import at32, at64

__all__ = ["LARGE", "offsets_of", "within"]

LARGE: Final = 50_000
"""Rows from which on it is worth loading machine code for them."""


def ordered_offsets(owners: Any, rows: int, count: int, offsets: Any) -> int:
    """Where the rows of each owner begin; the most that one has and 1, or 0 where owners are not in order."""
    owner = 0
    most = 0
    offsets[0] = 0
    for row in range(rows):
        mine = at32(owners, row)
        if mine < owner:
            return 0
        if owner < mine:
            most = max(most, row - offsets[owner])
        while owner < mine:
            owner += 1
            offsets[owner] = row
    if count > 0:
        most = max(most, rows - offsets[owner])
    while owner < count:
        owner += 1
        offsets[owner] = rows
    return most + 1


def all_within(values: Any, rows: int, least: int, most: int, none: int) -> int:
    """1 where every value is none, or lies from least to most."""
    outside = 0
    for row in range(rows):
        value = at64(values, row)
        outside = outside | (((value < least) | (value > most)) & (value != none))
    return 1 - outside


def offsets_of(
    owners: NDArray[np.int32], count: int, cache: Path | None
) -> tuple[NDArray[np.int64], int] | None:
    """Where the rows of each of `count` owners begin, int64[count + 1], and the most that one has.

    None if they are not in order.
    """
    offsets = np.empty(count + 1, dtype=np.int64)
    if len(owners) < LARGE:
        in_order = ordered_offsets(owners.tolist(), len(owners), count, offsets)
    else:
        in_order = _entry("ordered_offsets", cache)(address(owners), len(owners), count, address(offsets))
    return (offsets, in_order - 1) if in_order else None


def within(values: NDArray[np.int64], least: int, most: int, cache: Path | None) -> bool:
    """Whether every value lies from least to most, or is `NONE`."""
    if len(values) < LARGE:
        kept = values[values != NONE]
        return not len(kept) or (int(kept.min()) >= least and int(kept.max()) <= most)
    return bool(_entry("all_within", cache)(address(values), len(values), least, most, NONE))


def _entry(name: str, cache: Path | None) -> Any:
    return loaded(TEXT, ENTRIES, cache)[name]


TEXT: Final = "\n\n".join(f"@entry\n{inspect.getsource(each)}" for each in (ordered_offsets, all_within))
ENTRIES: Final = (("all_within", 5), ("ordered_offsets", 4))
