"""Timelines and their algebra: piecewise-constant values over days, singly and in columns. Pure, no I/O."""

from duly.timeline.algebra import at, clip, coalesce, map2, merge
from duly.timeline.arrow import arrow_type, from_arrow, to_arrow
from duly.timeline.calendar import (
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
from duly.timeline.timeline import Timeline
from duly.timeline.timelines import Timelines

__all__ = [
    "BEGIN",
    "END_OF_TIME",
    "Timeline",
    "Timelines",
    "add_months",
    "add_years",
    "arrow_type",
    "at",
    "clip",
    "coalesce",
    "date_of",
    "day",
    "first_of_index",
    "from_arrow",
    "from_iso",
    "map2",
    "merge",
    "month_after",
    "month_first",
    "month_from",
    "month_index",
    "to_arrow",
    "to_iso",
    "year_first",
]
