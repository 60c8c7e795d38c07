"""One timeline: a piecewise-constant value over days, in its one form.

Starts increase strictly, the first is `BEGIN`, no two neighbours are equal, and what is unknown has the
value `None`. So two timelines are the same function exactly if they are equal.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from duly.errors import OurFault
from duly.timeline.calendar import BEGIN

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Timeline(Generic[V]):
    """Segments of (first day, value, known); each holds until the next one's first day."""

    segments: tuple[tuple[int, V | None, bool], ...]

    @classmethod
    def of(cls, segments: Iterable[tuple[int, V | None, bool]]) -> Timeline[V]:
        """From segments in order of start, equal neighbours joined; days before the first are unknown."""
        joined: list[tuple[int, V | None, bool]] = []
        before = BEGIN - 1
        for start, value, known in segments:
            if start <= before:
                raise OurFault("Timeline out of order", detail=f"{start} does not come after {before}.")
            before = start
            if not joined and start > BEGIN:
                joined.append((BEGIN, None, False))
            settled = value if known else None
            if not joined or joined[-1][2] != known or joined[-1][1] != settled:
                joined.append((start, settled, known))
        return cls(tuple(joined) if joined else ((BEGIN, None, False),))

    @classmethod
    def constant(cls, value: V) -> Timeline[V]:
        """The same known value on every day."""
        return cls(((BEGIN, value, True),))

    def at(self, day: int) -> tuple[V | None, bool]:
        """The value on a day, and whether it is known."""
        _, value, known = self.segments[bisect_right(self.segments, day, key=_start) - 1]
        return value, known

    def starts(self) -> tuple[int, ...]:
        """The first day of every segment."""
        return tuple(start for start, _, _ in self.segments)

    def between(self, first: int, last: int) -> Iterator[tuple[int, V | None, bool]]:
        """The segments of the days [first, last), the first of them cut to begin at `first`."""
        if first >= last:
            return
        begin = bisect_right(self.segments, first, key=_start) - 1
        for start, value, known in self.segments[begin:]:
            if start >= last:
                return
            yield max(start, first), value, known


def _start(segment: tuple[int, object, bool]) -> int:
    return segment[0]
