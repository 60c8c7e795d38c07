"""Law counts in months: a selector takes a function and looks at it over a period around the current day.

Outside the month in question nothing leaks in: `this_month.last(f)` is `f` on the month's last day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeVar, overload

from duly.errors import BadInput
from duly.law.declare import Day
from duly.law.money import Money, round_exactly
from duly.law.periods import bounds
from duly.law.situation import NotKnown, looking, needed
from duly.timeline import calendar
from duly.timeline.calendar import from_iso

__all__ = [
    "Period",
    "add_days",
    "add_months",
    "add_years",
    "day",
    "last_months",
    "next_month",
    "on",
    "previous_month",
    "previous_quarter",
    "previous_year",
    "previous_year_from",
    "round_to",
    "shifted",
    "the",
    "this_month",
    "this_quarter",
    "this_year",
    "today",
    "under",
    "year_from",
    "years_ago",
]

T = TypeVar("T")
N = TypeVar("N", int, Money)
Leap = Literal["up", "down"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """A period of whole months around the current day; `count` is what it was given: n or a month, else 1."""

    name: str
    count: int

    def first(self, look: Callable[[], T]) -> T:
        """`look` on the first day of the period."""
        return _looked(look, self._days()[0])

    def last(self, look: Callable[[], T]) -> T:
        """`look` on the last day of the period."""
        return _looked(look, self._days()[-1])

    def any(self, look: Callable[[], bool]) -> bool:
        """Whether `look` is true on some day of the period."""
        return any(_looked(look, day) for day in self._days())

    def all(self, look: Callable[[], bool]) -> bool:
        """Whether `look` is true on every day of the period."""
        return all(_looked(look, day) for day in self._days())

    def days(self, look: Callable[[], bool]) -> int:
        """On how many days of the period `look` is true."""
        return sum(1 for day in self._days() if _looked(look, day))

    def sum(self, look: Callable[[], N]) -> N:
        """The sum of `look` over the days of the period."""
        first, *rest = [_looked(look, day) for day in self._days()]
        for value in rest:
            first = first + value
        return first

    def mean(self, look: Callable[[], int]) -> Fraction:
        """The mean of `look` over the days of the period, exactly."""
        values = [_looked(look, day) for day in self._days()]
        return Fraction(sum(int(value) for value in values), len(values))

    def max(self, look: Callable[[], N]) -> N:
        """The highest `look` of the period."""
        return max(_looked(look, day) for day in self._days())

    def min(self, look: Callable[[], N]) -> N:
        """The lowest `look` of the period."""
        return min(_looked(look, day) for day in self._days())

    def _days(self) -> range:
        return range(*bounds(self.name, self.count, needed(self.name).day))


this_month = Period(name="this_month", count=1)
previous_month = Period(name="previous_month", count=1)
next_month = Period(name="next_month", count=1)
this_quarter = Period(name="this_quarter", count=1)
previous_quarter = Period(name="previous_quarter", count=1)
this_year = Period(name="this_year", count=1)
previous_year = Period(name="previous_year", count=1)


def last_months(count: int) -> Period:
    """The `count` months that end with the current one."""
    return Period(name="last_months", count=count)


def years_ago(count: int) -> Period:
    """The calendar year that many years before the current one."""
    return Period(name="years_ago", count=count)


def year_from(month: int) -> Period:
    """The year from this month (1 to 12) that holds the current day: a school year is year_from(9)."""
    return Period(name="year_from", count=month)


def previous_year_from(month: int) -> Period:
    """The year before that one."""
    return Period(name="previous_year_from", count=month)


def shifted(day: int, *, years: int, months: int, days: int, how: str) -> int:
    """`day` plus years and months, then days; a date that its month lacks goes `how`: up or down."""
    return calendar.add_months(day, years * 12 + months, how == "up") + days


def day(iso: str) -> Day:
    """A date that the law names: day("2023-07-01")."""
    return Day(from_iso(iso))


def today() -> Day:
    """The current day."""
    return Day(needed("today()").day)


def under(born: Day, years: int, *, leap: Leap) -> bool:
    """From birth to the day before that birthday. `leap` says where 29 February falls in other years."""
    return born <= today() < add_years(born, years, leap=leap)


def add_years(day: Day, years: int, *, leap: Leap) -> Day:
    """The same date some years later; 29 February is 28 February (down) or 1 March (up) in other years."""
    return Day(shifted(day, years=years, months=0, days=0, how=leap))


def add_months(day: Day, months: int, *, leap: Leap) -> Day:
    """The same date some months later; one its month lacks is its last day (down) or the 1st after (up)."""
    return Day(shifted(day, years=0, months=months, days=0, how=leap))


def add_days(day: Day, days: int) -> Day:
    """Some days later."""
    return Day(day + days)


@overload
def on(day: Day, look: Callable[[], T]) -> T: ...
@overload
def on(day: Day | None, look: Callable[[], T]) -> T | None: ...
def on(day: Day | None, look: Callable[[], T]) -> T | None:
    """`look` on that day; None where the day is None."""
    return None if day is None else _looked(look, day)


def the(values: Iterable[T]) -> T | None:
    """The value that all agree on; None of none. Values that disagree are unknown."""
    found = list(values)
    if any(value != found[0] for value in found):
        raise NotKnown("the only one of several that disagree")
    return found[0] if found else None


@overload
def round_to(amount: Fraction | Money, to: Money, how: str) -> Money: ...
@overload
def round_to(amount: Fraction, to: int, how: str) -> int: ...
def round_to(amount: Fraction | Money, to: int, how: str) -> int:
    """An exact amount to a whole multiple of `to`: HALF_UP, HALF_EVEN, DOWN (floor) or UP (ceiling).

    To a multiple of money it is money, to a multiple of a whole number a whole number.
    """
    if how not in ("half_up", "half_even", "down", "up"):
        raise BadInput("Unknown rounding", detail=f"{how!r} is none of HALF_UP, HALF_EVEN, DOWN, UP.")
    found = round_exactly(amount, int(to), how)
    return Money(found) if isinstance(to, Money) else found


def _looked(look: Callable[[], T], day: int) -> T:
    with looking(needed("a selector").at(day)):
        return look()
