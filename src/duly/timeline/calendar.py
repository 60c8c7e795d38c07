"""Days are counts from 1970-01-01; every function here takes a day, or an int64 array of days, alike.

The arithmetic has no branches and no limits of its own, so that the law's kernel compiles the same text.
Where a day does not exist (29 February, 31 April), `up` says whether the first day of the next month is
meant or, without it, the last day of the month.
"""

from __future__ import annotations

import datetime
import re
from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from duly.errors import BadInput

BEGIN: Final = -(2**31)
"""The beginning of time: the first start of every timeline."""
END_OF_TIME: Final = 2**31 - 1
"""The day that is never reached."""

Days = NDArray[np.int64]
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
D = TypeVar("D", int, Days)


def day(year: D, month: D, of_month: D) -> D:
    """The day of a date of the proleptic Gregorian calendar; months beyond 1 to 12 carry into the year."""
    counted = year * 12 + month - 3
    march_year = counted // 12
    days_before = (153 * (counted % 12) + 2) // 5
    return (
        march_year * 365
        + march_year // 4
        - march_year // 100
        + march_year // 400
        + days_before
        + of_month
        - 719469
    )


def month_index(of: D) -> D:
    """Months since January of the year 0: equal for the days of one month, one more for the next."""
    shifted = of + 719468
    era_day = shifted % 146097
    year_of_era = (era_day - era_day // 1460 + era_day // 36524 - era_day // 146096) // 365
    day_of_year = era_day - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    march_month = (5 * day_of_year + 2) // 153
    return (shifted // 146097 * 400 + year_of_era) * 12 + march_month + 2


def first_of_index(index: D) -> D:
    """The first day of the month that `month_index` gave."""
    march_year = (index - 2) // 12
    days_before = (153 * ((index - 2) % 12) + 2) // 5
    return march_year * 365 + march_year // 4 - march_year // 100 + march_year // 400 + days_before - 719468


def month_first(of: D) -> D:
    """The first day of the month that the day is in."""
    return first_of_index(month_index(of))


def month_after(of: D) -> D:
    """The first day of the next month."""
    return first_of_index(month_index(of) + 1)


def month_from(of: D) -> D:
    """The first first-of-a-month on or after the day."""
    return first_of_index(month_index(of - 1) + 1)


def year_first(of: D) -> D:
    """The first of January of the year that the day is in."""
    return first_of_index(month_index(of) // 12 * 12)


def add_months(of: D, months: int, up: int = 0) -> D:
    """The same day of the month, `months` later (or earlier, if negative)."""
    index = month_index(of)
    first = first_of_index(index + months)
    length = first_of_index(index + months + 1) - first
    into = of - first_of_index(index)
    missing = (into >= length) * (into - length + 1)
    return first + into - missing + (into >= length) * up


def add_years(of: D, years: int, up: int = 0) -> D:
    """The same date `years` later; only 29 February is ever rounded."""
    return add_months(of, years * 12, up)


def date_of(of: int) -> tuple[int, int, int]:
    """Year, month and day of the month."""
    index = month_index(of)
    return index // 12, index % 12 + 1, of - first_of_index(index) + 1


def from_iso(text: str) -> int:
    """The day of an ISO 8601 date ("2024-02-29"), or the first of an ISO month ("2024-02")."""
    whole = text + "-01" if len(text) == 7 else text
    try:
        if not _DATE.fullmatch(whole):
            raise ValueError(text)
        return datetime.date.fromisoformat(whole).toordinal() - 719163
    except ValueError:
        raise BadInput(
            "Not a date",
            detail=f"{text!r} is not a date that exists.",
            hint="Write a date as year-month-day, such as 2024-02-29.",
        ) from None


def to_iso(of: int) -> str:
    """ISO 8601, such as "2024-02-29"."""
    year, month, of_month = date_of(of)
    return f"{year:04d}-{month:02d}-{of_month:02d}"
