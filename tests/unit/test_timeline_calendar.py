"""Days, months and years agree with the standard library's calendar, singly and in arrays."""

import calendar
import datetime

import numpy as np
import pytest

from duly.errors import BadInput
from duly.timeline import (
    BEGIN,
    END_OF_TIME,
    add_months,
    add_years,
    date_of,
    day,
    first_of_index,
    from_iso,
    month_after,
    month_first,
    month_from,
    month_index,
    to_iso,
    year_first,
)

EPOCH = datetime.date(1970, 1, 1).toordinal()
EVERY_DAY = range(from_iso("1880-01-01"), from_iso("2130-01-01"), 7)


def _date(of: int) -> datetime.date:
    return datetime.date.fromordinal(of + EPOCH)


def test_dates_agree_with_the_standard_library() -> None:
    for of in EVERY_DAY:
        date = _date(of)
        assert date_of(of) == (date.year, date.month, date.day)
        assert day(date.year, date.month, date.day) == of
        assert to_iso(of) == date.isoformat()
        assert from_iso(date.isoformat()) == of


def test_months_and_years_agree_with_the_standard_library() -> None:
    for of in EVERY_DAY:
        date = _date(of)
        length = calendar.monthrange(date.year, date.month)[1]
        assert month_first(of) == of - date.day + 1
        assert month_after(of) == month_first(of) + length
        assert month_from(of) == (of if date.day == 1 else month_after(of))
        assert year_first(of) == day(date.year, 1, 1)
        assert first_of_index(month_index(of)) == month_first(of)


def test_arrays_give_what_single_days_give() -> None:
    days = np.array(EVERY_DAY, dtype=np.int64)
    for function in (month_first, month_after, month_from, year_first, month_index):
        assert function(days).tolist() == [function(of) for of in EVERY_DAY]
    for up in (False, True):
        for months in (-25, -1, 0, 1, 13):
            assert add_months(days, months, up).tolist() == [add_months(of, months, up) for of in EVERY_DAY]


@pytest.mark.parametrize(
    ("start", "months", "up", "end"),
    [
        ("2024-01-31", 1, False, "2024-02-29"),
        ("2024-01-31", 1, True, "2024-03-01"),
        ("2023-01-29", 1, False, "2023-02-28"),
        ("2023-01-29", 1, True, "2023-03-01"),
        ("2023-03-31", -1, False, "2023-02-28"),
        ("2023-12-15", 2, True, "2024-02-15"),
    ],
)
def test_a_day_that_does_not_exist_is_rounded_as_named(start: str, months: int, up: bool, end: str) -> None:
    assert to_iso(add_months(from_iso(start), months, up)) == end


def test_only_the_29th_of_february_is_rounded_by_years() -> None:
    leap = from_iso("2004-02-29")
    assert to_iso(add_years(leap, 18)) == "2022-02-28"
    assert to_iso(add_years(leap, 18, True)) == "2022-03-01"
    assert to_iso(add_years(leap, 20)) == to_iso(add_years(leap, 20, True)) == "2024-02-29"


def test_the_ends_of_time_are_days_like_others() -> None:
    for of in (BEGIN, END_OF_TIME):
        assert month_first(of) <= of < month_after(of)
        assert day(*date_of(of)) == of


def test_a_month_reads_as_its_first_day() -> None:
    assert from_iso("2024-02") == from_iso("2024-02-01")


@pytest.mark.parametrize("text", ["2023-02-29", "2024-13", "", "20240229", "2024-W01-1", "yesterday"])
def test_a_date_that_does_not_exist_is_named(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        from_iso(text)
    assert repr(text) in caught.value.detail
