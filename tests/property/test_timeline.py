"""Columns of timelines have one form, and every function of them is what it is day by day."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.errors import BadInput, OurFault
from duly.timeline import (
    BEGIN,
    END_OF_TIME,
    Timeline,
    Timelines,
    at,
    clip,
    coalesce,
    from_arrow,
    map2,
    merge,
    to_arrow,
)

DAYS = range(-3, 14)
Row = list[tuple[int, int, bool]]

segments = st.tuples(st.integers(0, 2), st.booleans())
rows = st.dictionaries(st.integers(-2, 12), segments, max_size=5).flatmap(
    lambda later: segments.map(
        lambda first: [(BEGIN, *first), *((start, *later[start]) for start in sorted(later))]
    )
)


def _columns(of: list[Row]) -> Timelines:
    flat = [segment for row in of for segment in row]
    return Timelines.canonical(
        offsets=np.cumsum([0, *(len(row) for row in of)], dtype=np.int64),
        starts=np.array([start for start, _, _ in flat], dtype=np.int32),
        values=np.array([value for _, value, _ in flat], dtype=np.int64),
        known=np.array([known for _, _, known in flat], dtype=np.bool_),
    )


def _value(row: Row, day: int) -> int | None:
    _, value, known = next(segment for segment in reversed(row) if segment[0] <= day)
    return value if known else None


def _seen(columns: Timelines, day: int) -> list[int | None]:
    values, known = at(columns, day)
    return [
        value if is_known else None for value, is_known in zip(values.tolist(), known.tolist(), strict=True)
    ]


@given(st.lists(rows, max_size=4))
def test_one_value_has_one_form(of: list[Row]) -> None:
    columns = _columns(of)
    for index, row in enumerate(of):
        form = columns.row(index)
        assert form[0][0] == BEGIN
        assert all(a[0] < b[0] and a[1:] != b[1:] for a, b in pairwise(form))
        assert [_value(form, day) for day in DAYS] == [_value(row, day) for day in DAYS]
    assert (
        Timelines.canonical(
            offsets=columns.offsets, starts=columns.starts, values=columns.values, known=columns.known
        )
        == columns
    )


@given(rows)
def test_the_single_form_and_the_columns_agree(row: Row) -> None:
    columns, single = _columns([row]), Timeline.of(row)
    assert [(s, v if k else None, k) for s, v, k in columns.row(0)] == list(single.segments)
    for day in DAYS:
        assert single.at(day) == (_seen(columns, day)[0], _value(row, day) is not None)
    inside = list(single.between(0, 10))
    assert [start for start, _, _ in inside] == [0, *(start for start in single.starts() if 0 < start < 10)]
    assert all((value, known) == single.at(start) for start, value, known in inside)
    assert list(single.between(3, 3)) == []


@given(st.lists(st.tuples(rows, rows), max_size=4))
def test_a_function_of_two_is_taken_day_by_day(pairs: list[tuple[Row, Row]]) -> None:
    left, right = _columns([a for a, _ in pairs]), _columns([b for _, b in pairs])
    total = map2(left, right, lambda a, a_known, b, b_known: (a + b, a_known & b_known))
    first = coalesce(left, right)
    largest = merge(
        [left, right, total], lambda values, known: (np.max(values, axis=0), np.all(known, axis=0))
    )
    for day in DAYS:
        for index, (a, b) in enumerate((_value(x, day), _value(y, day)) for x, y in pairs):
            both = a is not None and b is not None
            assert _seen(total, day)[index] == (a + b if a is not None and b is not None else None)
            assert _seen(first, day)[index] == (b if a is None else a)
            assert (_seen(largest, day)[index] is not None) == both


@given(st.lists(rows, min_size=1, max_size=3), st.integers(-3, 13), st.integers(-3, 13))
def test_clip_keeps_the_days_between(of: list[Row], first: int, last: int) -> None:
    clipped = clip(_columns(of), first, last, outside=9, outside_known=True)
    for day in DAYS:
        inside = first <= day < last
        assert _seen(clipped, day) == [_value(row, day) if inside else 9 for row in of]


@settings(max_examples=30)
@given(st.lists(rows, max_size=4), st.data())
def test_arrow_carries_columns_without_a_copy(of: list[Row], data: st.DataObject) -> None:
    columns = _columns(of)
    array = to_arrow(columns)
    array.validate(full=True)
    assert array.values.field(1).buffers()[1].address == columns.values.ctypes.data
    back = from_arrow(array)
    assert back == columns
    assert np.shares_memory(back.starts, columns.starts) or not of
    begin = data.draw(st.integers(0, len(of)))
    assert from_arrow(array.slice(begin)) == columns.take(np.arange(begin, len(of)))


@given(st.lists(rows, min_size=1, max_size=4), st.data())
def test_take_gives_the_rows_named(of: list[Row], data: st.DataObject) -> None:
    picked = data.draw(st.lists(st.integers(0, len(of) - 1), max_size=5))
    assert _columns(of).take(np.array(picked, dtype=np.int64)) == _columns([of[index] for index in picked])


def test_ends_are_the_next_starts() -> None:
    columns = _columns([[(BEGIN, 1, True), (5, 2, True)], [(BEGIN, 0, False)]])
    assert columns.ends().tolist() == [5, END_OF_TIME, END_OF_TIME]
    assert Timelines.constant(2, 7, known=False).values.tolist() == [0, 0]


@pytest.mark.parametrize("starts", [[0], [BEGIN, 4, 4], [BEGIN, 4, 3]])
def test_disorder_is_refused(starts: list[int]) -> None:
    with pytest.raises(OurFault):
        _columns([[(start, index, True) for index, start in enumerate(starts)]])
    with pytest.raises(OurFault):
        Timeline.of([(start, 1, True) for start in [BEGIN, 4, 3]])


def test_another_arrow_type_is_refused() -> None:
    with pytest.raises(BadInput):
        from_arrow(pa.array([[1]], type=pa.large_list(pa.int64())))
