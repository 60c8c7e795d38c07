"""There is one clock, and what it tells never goes backwards.

Instants are whole microseconds since 1970-01-01T00:00:00Z; days are whole days since 1970-01-01 in the
pack's zone. Nothing else in Duly asks the machine for the time.
"""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from threading import Lock
from typing import Protocol
from zoneinfo import ZoneInfo

__all__ = ["Clock", "SimulatedClock", "SystemClock", "day_of", "midnight"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Clock(Protocol):
    """What tells the time."""

    def now(self) -> int:
        """Microseconds since the epoch; at least what was told before."""
        ...

    def today(self) -> int:
        """The day of `now()` in the pack's zone."""
        ...


def day_of(instant: int, zone: str) -> int:
    """The day in `zone` that holds the instant (microseconds)."""
    local = (_EPOCH + timedelta(microseconds=instant)).astimezone(ZoneInfo(zone))
    return local.date().toordinal() - _EPOCH.toordinal()


def midnight(day: int, zone: str) -> int:
    """The first instant (microseconds) of the day in `zone`."""
    date_ = date.fromordinal(day + _EPOCH.toordinal())
    local = datetime.combine(date_, time_of_day.min, tzinfo=ZoneInfo(zone))
    return (local.astimezone(UTC) - _EPOCH) // _MICROSECOND


class SystemClock:
    """The machine's clock; when that is set back, it stands still until the time has caught up."""

    def __init__(self, zone: str) -> None:
        self.zone = zone
        self._told = 0
        self._lock = Lock()

    def now(self) -> int:
        with self._lock:
            self._told = max(self._told, time.time_ns() // 1000)
            return self._told

    def today(self) -> int:
        return day_of(self.now(), self.zone)


class SimulatedClock:
    """A clock that moves only when it is set; for the demo and for tests."""

    def __init__(self, zone: str, start: int) -> None:
        self.zone = zone
        self._now = start
        self._lock = Lock()

    def set(self, instant: int) -> None:
        """Move to `instant` (microseconds). ValueError when that is in the clock's past."""
        with self._lock:
            if instant < self._now:
                raise ValueError(f"the clock cannot go back from {self._now} to {instant}")
            self._now = instant

    def now(self) -> int:
        return self._now

    def today(self) -> int:
        return day_of(self._now, self.zone)
