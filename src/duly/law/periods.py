"""A period is some whole months around the month of a day: where it begins follows from that month alone.

The current unit (a month, a quarter, a year that begins in some month) is found first; the period begins and
ends so many months after that unit does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from duly.timeline.calendar import first_of_index, month_index

__all__ = ["COUNTED", "PLAIN", "Reach", "bounds", "reach"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """From `begin` to `end` months after the first of the current unit, which has `step` months.

    Units begin in months whose index is `shift` above a multiple of `step` (Januaries are multiples of 12).
    """

    step: int
    shift: int
    begin: int
    end: int

    def anchor(self, month: int) -> int:
        """The index of the first month of the unit that holds this one."""
        return (month - self.shift) // self.step * self.step + self.shift


PLAIN: Final = {
    "this_month": Reach(step=1, shift=0, begin=0, end=1),
    "previous_month": Reach(step=1, shift=0, begin=-1, end=0),
    "next_month": Reach(step=1, shift=0, begin=1, end=2),
    "this_quarter": Reach(step=3, shift=0, begin=0, end=3),
    "previous_quarter": Reach(step=3, shift=0, begin=-3, end=0),
    "this_year": Reach(step=12, shift=0, begin=0, end=12),
    "previous_year": Reach(step=12, shift=0, begin=-12, end=0),
}
COUNTED: Final[dict[str, Callable[[int], Reach]]] = {
    "last_months": lambda n: Reach(step=1, shift=0, begin=1 - n, end=1),
    "years_ago": lambda n: Reach(step=12, shift=0, begin=-12 * n, end=12 - 12 * n),
    "year_from": lambda month: Reach(step=12, shift=month - 1, begin=0, end=12),
    "previous_year_from": lambda month: Reach(step=12, shift=month - 1, begin=-12, end=0),
}


def reach(period: str, count: int) -> Reach:
    """What a period of this name reaches; `count` is what it was given, if anything."""
    return PLAIN[period] if period in PLAIN else COUNTED[period](count)


def bounds(period: str, count: int, day: int) -> tuple[int, int]:
    """[first day, day after the last) of the period around `day`."""
    here = reach(period, count)
    unit = here.anchor(month_index(day))
    return first_of_index(unit + here.begin), first_of_index(unit + here.end)
