"""How long entries wait for a checkpoint that covers them and counts, as one process sees it at each look.

An entry has waited since the first look that saw it, so what is told is short by at most the pause between
looks. Nothing is stored: a process that has just begun has seen nobody wait.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from threading import Lock
from typing import Final

__all__ = ["BOUNDS", "Lag", "Lags"]

BOUNDS: Final = (0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0)
"""Seconds within which looks are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lags:
    """`now`: seconds that the oldest entry has waited. Of the covered: how many, sum, within each bound."""

    now: float
    covered: int
    seconds: float
    within: tuple[int, ...]


class Lag:
    """Looks at how many entries there are, and how many of them a checkpoint that counts covers."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._waits: deque[tuple[int, float]] = (
            deque()
        )  # entries that there were, and when that was first seen
        self._covered, self._seconds = 0, 0.0
        self._within = [0] * len(BOUNDS)
        self._now = 0.0

    def look(self, entered: int, covered: int, now: float) -> None:
        """Note a look, at a time in seconds. A log that was set back is begun anew."""
        with self._lock:
            if self._waits and entered < self._waits[-1][0]:
                self._waits.clear()
            while self._waits and self._waits[0][0] <= covered:
                self._count(now - self._waits.popleft()[1])
            if entered > max(covered, self._waits[-1][0] if self._waits else 0):
                self._waits.append((entered, now))
            self._now = now - self._waits[0][1] if self._waits else 0.0

    def lags(self) -> Lags:
        """What was seen so far."""
        with self._lock:
            return Lags(
                now=self._now, covered=self._covered, seconds=self._seconds, within=tuple(self._within)
            )

    def _count(self, seconds: float) -> None:
        self._covered += 1
        self._seconds += seconds
        for at, bound in enumerate(BOUNDS):
            self._within[at] += seconds <= bound
