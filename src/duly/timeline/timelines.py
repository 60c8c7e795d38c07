"""Many timelines as columns: row i is the segments `offsets[i]:offsets[i + 1]` of starts, values and known.

Every row is in its one form: the first start is `BEGIN`, starts increase strictly, no two neighbours are
equal, and the value of an unknown segment is 0. So two columns are the same functions exactly if their
arrays are equal.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from duly.errors import OurFault
from duly.timeline.calendar import BEGIN, END_OF_TIME


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timelines:
    """offsets int64[n + 1], starts int32[m], values int64[m], known bool[m]."""

    offsets: NDArray[np.int64]
    starts: NDArray[np.int32]
    values: NDArray[np.int64]
    known: NDArray[np.bool_]

    @classmethod
    def ordered(
        cls,
        *,
        offsets: NDArray[np.int64],
        starts: NDArray[np.int32],
        values: NDArray[np.int64],
        known: NDArray[np.bool_],
    ) -> Timelines:
        """From rows already in their one form, without a copy; only the order of the days is looked at."""
        _refuse_disorder(offsets, starts)
        return cls(offsets=offsets, starts=starts, values=values, known=known)

    @classmethod
    def canonical(
        cls,
        *,
        offsets: NDArray[np.int64],
        starts: NDArray[np.int32],
        values: NDArray[np.int64],
        known: NDArray[np.bool_],
    ) -> Timelines:
        """From rows that begin with `BEGIN` and increase strictly; joins equal neighbours."""
        _refuse_disorder(offsets, starts)
        settled = np.where(known, values, 0)
        keep = np.ones(len(starts), dtype=np.bool_)
        keep[1:] = (settled[1:] != settled[:-1]) | (known[1:] != known[:-1])
        keep[offsets[:-1]] = True
        kept = np.zeros(len(starts) + 1, dtype=np.int64)
        np.cumsum(keep, out=kept[1:])
        return cls(offsets=kept[offsets], starts=starts[keep], values=settled[keep], known=known[keep])

    @classmethod
    def constant(cls, rows: int, value: int, *, known: bool) -> Timelines:
        """`rows` timelines of the same value on every day."""
        return cls(
            offsets=np.arange(rows + 1, dtype=np.int64),
            starts=np.full(rows, BEGIN, dtype=np.int32),
            values=np.full(rows, value if known else 0, dtype=np.int64),
            known=np.full(rows, known, dtype=np.bool_),
        )

    @classmethod
    def lasting(cls, values: NDArray[np.int64]) -> Timelines:
        """Each row the same known value on every day. Values stay where they lie; all else is shared."""
        offsets, starts, known = _lasting(len(values))
        return cls(offsets=offsets, starts=starts, values=values, known=known)

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Timelines) and all(
            np.array_equal(mine, theirs) for mine, theirs in zip(self.arrays(), other.arrays(), strict=True)
        )

    __hash__ = None  # pyright: ignore[reportAssignmentType] - arrays have no hash; equality is by content

    def arrays(self) -> tuple[NDArray[np.generic], ...]:
        """Offsets, starts, values, known."""
        return self.offsets, self.starts, self.values, self.known

    def rows(self) -> NDArray[np.int64]:
        """The row that each segment belongs to."""
        return np.repeat(np.arange(len(self), dtype=np.int64), np.diff(self.offsets))

    def ends(self) -> NDArray[np.int32]:
        """The day after each segment's last; `END_OF_TIME` for the last segment of a row."""
        ends = np.empty(len(self.starts), dtype=np.int32)
        ends[:-1] = self.starts[1:]
        ends[self.offsets[1:] - 1] = END_OF_TIME
        return ends

    def row(self, index: int) -> list[tuple[int, int, bool]]:
        """One row as (start, value, known)."""
        span = slice(int(self.offsets[index]), int(self.offsets[index + 1]))
        columns = (self.starts[span].tolist(), self.values[span].tolist(), self.known[span].tolist())
        return list(zip(*columns, strict=True))

    def take(self, rows: NDArray[np.int64]) -> Timelines:
        """The rows named, in that order, as often as named."""
        lengths = np.diff(self.offsets)[rows]
        offsets = np.zeros(len(rows) + 1, dtype=np.int64)
        np.cumsum(lengths, out=offsets[1:])
        within = np.arange(int(offsets[-1]), dtype=np.int64)
        picked = np.repeat(self.offsets[rows] - offsets[:-1], lengths) + within
        return Timelines(
            offsets=offsets,
            starts=self.starts[picked],
            values=self.values[picked],
            known=self.known[picked],
        )


@lru_cache(maxsize=4)
def _lasting(rows: int) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    """What is the same in all columns of so many rows that never change; nobody writes into it."""
    found = np.arange(rows + 1, dtype=np.int64), np.full(rows, BEGIN, np.int32), np.ones(rows, np.bool_)
    for array in found:
        array.flags.writeable = False
    return found


def _refuse_disorder(offsets: NDArray[np.int64], starts: NDArray[np.int32]) -> None:
    """Raises `OurFault` where a row is empty, does not begin at `BEGIN`, or does not increase."""
    if int(offsets[0]) != 0 or int(offsets[-1]) != len(starts) or bool((np.diff(offsets) < 1).any()):
        raise OurFault("Broken timelines", detail="Offsets do not give every row at least one segment.")
    heads = np.zeros(len(starts), dtype=np.bool_)
    heads[offsets[:-1]] = True
    if bool((starts[heads] != BEGIN).any()):
        raise OurFault("Broken timelines", detail="A row does not begin at the beginning of time.")
    if bool((~heads[1:] & (starts[1:] <= starts[:-1])).any()):
        raise OurFault("Broken timelines", detail="The starts of a row do not increase.")
