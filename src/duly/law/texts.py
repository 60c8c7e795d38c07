"""Texts that lie in one buffer are told apart where they lie: each gets the place of its first like.

Machine code, like `passes`: there are as many texts as facts. It runs only as machine code, since its
numbers have 64 bits.
"""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duly.law.machine import address, loaded
from duly.law.scalars import at8

__all__ = ["Distinct", "distinct"]

Numbers = NDArray[np.int64]
FEWEST: Final = 1024
"""Slots that are tried first; a power of two, like all that are tried."""


class Distinct(NamedTuple):
    """`which` of the `texts` each is."""

    which: Numbers
    texts: list[bytes]


def alike(data: Any, one: int, other: int, length: int) -> int:
    """1 where the same bytes lie at two places."""
    at = 0
    while at < length and at8(data, one + at) == at8(data, other + at):
        at += 1
    return 1 if at == length else 0


def told_apart(
    data: Any, begins: Any, lengths: Any, count: int, slots: Any, most: int, which: Any, firsts: Any
) -> int:
    """How many texts there are; `firsts` are the rows of the first of each. -1 where slots become scarce."""
    found = 0
    for row in range(count):
        begin = begins[row]
        length = lengths[row]
        slot = length
        for at in range(length):
            slot = (slot * 31 + (at8(data, begin + at) & 255)) & 1073741823
        slot = slot & (most - 1)
        held = slots[slot] - 1
        searching = 1
        while held >= 0 and searching == 1:
            first = firsts[held]
            if lengths[first] == length and alike(data, begins[first], begin, length) == 1:
                searching = 0
            else:
                slot = (slot + 1) & (most - 1)
                held = slots[slot] - 1
        if held < 0:
            if 2 * found >= most:
                return -1
            held = found
            firsts[found] = row
            found += 1
            slots[slot] = found
        which[row] = held
    return found


def distinct(data: NDArray[np.uint8], begins: Numbers, lengths: Numbers, cache: Path | None) -> Distinct:
    """The texts at these places of a buffer, each once."""
    apart, most = loaded(TEXT, ENTRIES, cache)["told_apart"], FEWEST
    count, which = len(begins), np.empty(len(begins), dtype=np.int64)
    while True:
        slots, firsts = np.zeros(most, dtype=np.int64), np.empty(most, dtype=np.int64)
        given = [data, begins, lengths]
        places = [*map(address, given), count, address(slots), most, address(which), address(firsts)]
        found = apart(*places)
        if found >= 0:
            rows = firsts[:found]
            spans = zip(begins[rows].tolist(), lengths[rows].tolist(), strict=True)
            return Distinct(which, [data[begin : begin + length].tobytes() for begin, length in spans])
        most *= 8


TEXT: Final = "\n\n".join([inspect.getsource(alike), f"@entry\n{inspect.getsource(told_apart)}"])
ENTRIES: Final = (("told_apart", 8),)
