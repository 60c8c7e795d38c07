"""The one clock: instants, days of the pack's zone, and never backwards."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.clock import SimulatedClock, SystemClock, day_of, midnight

OSLO = "Europe/Oslo"
DAY = 86_400_000_000


def instant(text: str) -> int:
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


@pytest.mark.parametrize(
    ("at", "day"),
    [
        (instant("2026-01-01T22:59:59Z"), (2026, 1, 1)),
        (instant("2026-01-01T23:00:00Z"), (2026, 1, 2)),
        (instant("2026-07-01T21:59:59Z"), (2026, 7, 1)),
        (instant("2026-07-01T22:00:00Z"), (2026, 7, 2)),
        (instant("1969-12-31T22:59:00Z"), (1969, 12, 31)),
    ],
)
def test_a_day_begins_at_midnight_of_the_zone(at: int, day: tuple[int, int, int]) -> None:
    assert day_of(at, OSLO) == date(*day).toordinal() - 719163


@given(st.integers(-30_000, 60_000))
def test_midnight_is_the_first_instant_of_its_day(day: int) -> None:
    first = midnight(day, OSLO)
    assert (day_of(first - 1, OSLO), day_of(first, OSLO)) == (day - 1, day)


def test_the_simulated_clock_stands_until_it_is_set() -> None:
    clock = SimulatedClock(OSLO, 10 * DAY)
    assert (clock.now(), clock.today()) == (10 * DAY, 10)
    clock.set(11 * DAY)
    assert clock.today() == 11
    with pytest.raises(ValueError, match="cannot go back"):
        clock.set(11 * DAY - 1)
    assert clock.now() == 11 * DAY


def test_the_system_clock_never_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = SystemClock(OSLO)
    before = clock.now()
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert clock.now() == before


def test_the_system_clock_tells_the_time() -> None:
    clock = SystemClock(OSLO)
    assert abs(clock.now() - time.time() * 1e6) < 60e6
    assert clock.today() == day_of(clock.now(), OSLO)
