"""Functions of timelines are taken pointwise: the result on a day depends on the arguments on that day alone.

Each function takes columns with equally many rows and gives columns with as many, in their one form.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from duly.errors import OurFault
from duly.timeline.calendar import BEGIN, END_OF_TIME
from duly.timeline.timelines import Timelines

Values = NDArray[np.int64]
Known = NDArray[np.bool_]
Days = NDArray[np.int64]


def merge(
    timelines: Sequence[Timelines], combine: Callable[[list[Values], list[Known]], tuple[Values, Known]]
) -> Timelines:
    """`combine` of all, given their values and known on every day on which one of them changes."""
    keys = [_keys(each) for each in timelines]
    every = np.unique(np.concatenate(keys))
    found = [np.searchsorted(each, every, side="right") - 1 for each in keys]
    values, known = combine(
        [each.values[at] for each, at in zip(timelines, found, strict=True)],
        [each.known[at] for each, at in zip(timelines, found, strict=True)],
    )
    return _from_keys(_rows_of(timelines), every, values, known)


def map2(
    left: Timelines,
    right: Timelines,
    function: Callable[[Values, Known, Values, Known], tuple[Values, Known]],
) -> Timelines:
    """`function(left value, left known, right value, right known)` gives value and known."""
    return merge([left, right], lambda values, known: function(values[0], known[0], values[1], known[1]))


def coalesce(first: Timelines, second: Timelines) -> Timelines:
    """The first where it is known, else the second."""
    return map2(first, second, lambda a, a_known, b, b_known: (np.where(a_known, a, b), a_known | b_known))


def clip(
    timelines: Timelines, first: int | Days, last: int | Days, *, outside: int, outside_known: bool
) -> Timelines:
    """The same on the days [first, last) of each row, and `outside` on all others."""
    rows = len(timelines)
    begins = np.clip(np.broadcast_to(np.asarray(first, dtype=np.int64), rows), BEGIN, END_OF_TIME)
    ends = np.clip(np.broadcast_to(np.asarray(last, dtype=np.int64), rows), begins, END_OF_TIME)
    window = _windows(begins, ends)
    return map2(
        timelines,
        window,
        lambda values, known, inside, _: (
            np.where(inside == 1, values, outside),
            np.where(inside == 1, known, outside_known),
        ),
    )


def at(timelines: Timelines, days: int | Days) -> tuple[Values, Known]:
    """Value and known of each row on its day (or on the one day given for all)."""
    rows = np.arange(len(timelines), dtype=np.int64)
    found = np.searchsorted(_keys(timelines), _key(rows, np.asarray(days, dtype=np.int64)), side="right") - 1
    return timelines.values[found], timelines.known[found]


def _windows(begins: Days, ends: Days) -> Timelines:
    """1 on the days [begin, end) of each row, 0 elsewhere."""
    rows = len(begins)
    starts = np.stack([np.full(rows, BEGIN, dtype=np.int64), begins, ends], axis=1).reshape(-1)
    values = np.tile(np.array([0, 1, 0], dtype=np.int64), rows)
    keep = np.ones(rows * 3, dtype=np.bool_)
    keep[:-1] = (starts[1:] != starts[:-1]) | (np.arange(1, rows * 3) % 3 == 0)
    keys = _key(np.repeat(np.arange(rows, dtype=np.int64), 3), starts)[keep]
    return _from_keys(rows, keys, values[keep], np.ones(len(keys), dtype=np.bool_))


def _rows_of(timelines: Sequence[Timelines]) -> int:
    sizes = {len(each) for each in timelines}
    if len(sizes) != 1:
        raise OurFault("Timelines do not match", detail=f"They have {sorted(sizes)} rows.")
    return sizes.pop()


def _key(rows: NDArray[np.int64], days: NDArray[np.int64]) -> NDArray[np.int64]:
    """Row and day as one number that sorts by row, then day."""
    return (rows << 32) + (days - BEGIN)


def _keys(timelines: Timelines) -> NDArray[np.int64]:
    return _key(timelines.rows(), timelines.starts.astype(np.int64))


def _from_keys(rows: int, keys: NDArray[np.int64], values: Values, known: Known) -> Timelines:
    offsets = np.searchsorted(keys, np.arange(rows + 1, dtype=np.int64) << 32)
    return Timelines.canonical(
        offsets=offsets.astype(np.int64),
        starts=((keys & 0xFFFFFFFF) + BEGIN).astype(np.int32),
        values=np.asarray(values, dtype=np.int64),
        known=np.asarray(known, dtype=np.bool_),
    )
