"""Looking at a column gives what plain Python gives: as machine code, in parts, on several processors."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from numpy.typing import NDArray

from duly.law import passes
from duly.law.ir import NONE
from duly.law.team import ALONE, Team, team

ENDS = (-(2**31), -1, 0, 1, 5, 2**31 - 1)
WIDE = (NONE, NONE + 1, -1, 0, 1, 2**40, 2**63 - 1)
indexes = st.lists(st.integers(-2, 9) | st.sampled_from(ENDS), max_size=40)
numbers = st.lists(st.integers(-5, 5) | st.sampled_from(WIDE), max_size=40)
bounds = st.integers(-6, 6) | st.sampled_from(WIDE)
owners = st.lists(st.integers(0, 9), max_size=40)
parts = st.sampled_from((1, 2, 7, 64))


@pytest.fixture(scope="module", autouse=True)
def _compiled() -> None:
    """Before any example is timed."""
    passes.loaded(passes.TEXT, passes.ENTRIES, None)


def narrow(rows: list[int]) -> NDArray[np.int32]:
    return np.array(rows, dtype=np.int32)


def by_hand(rows: list[int], count: int) -> tuple[list[int], int] | None:
    """Where the rows of each owner begin, and the most that one has, as one would say it."""
    if rows != sorted(rows):
        return None
    return [bisect_left(rows, owner) for owner in range(count + 1)], max(map(rows.count, rows), default=0)


def found(rows: list[int], count: int, team: Team = ALONE) -> tuple[list[int], int] | None:
    answer = passes.offsets_of(narrow(rows), count, None, team)
    return None if answer is None else (answer[0].tolist(), answer[1])


@given(owners | owners.map(sorted), st.integers(0, 5), parts)
@example([], 0, 1)
@example([0], 0, 1)
@example([9, 9, 9], 0, 1)
@example([0, 3, 3, 3, 9], 2, 1)
@example([1, 0], 0, 7)
def test_offsets_of_links(rows: list[int], beyond: int, part: int) -> None:
    count = max(rows, default=-1) + 1 + beyond
    assert found(rows, count) == by_hand(rows, count)
    with pytest.MonkeyPatch.context() as patch, team(2) as together:
        patch.setattr(passes, "LARGE", 0)
        patch.setattr(passes, "PART", part)
        assert found(rows, count) == by_hand(rows, count)
        assert found(rows, count, together) == by_hand(rows, count)


@given(owners.map(sorted), st.integers(1, 5))
def test_offsets_as_plain_python(rows: list[int], beyond: int) -> None:
    count = max(rows, default=-1) + beyond
    offsets = [-1] * (count + 1)
    most = passes.offsets_between(rows, 0, len(rows), offsets, 0, count + 1)
    assert (offsets, most) == by_hand(rows, count)


@given(indexes, st.integers(0, 9) | st.just(2**31 - 1))
@example([], 0)
@example([0], 0)
@example([0], 1)
@example([0, 0, 8, 9], 9)
@example([0, 0, 8, -1], 9)
def test_indexes(rows: list[int], count: int) -> None:
    assert passes.among(narrow(rows), count) == all(0 <= row < count for row in rows)


columns = st.lists(st.tuples(numbers, bounds, bounds), max_size=3)


@given(columns, parts)
@example([([], 0, 0)], 1)
@example([([NONE], 0, 0)], 1)
@example([([0, 5], 0, 5)], 1)
@example([([0, 6], 0, 5), ([-1, 5], 0, 5), ([0], 0, 0)], 1)
@example([([0, 0, 0, -1], 0, 5)], 1)
def test_bounds(columns: list[tuple[list[int], int, int]], part: int) -> None:
    right = [all(row == NONE or least <= row <= most for row in rows) for rows, least, most in columns]
    held = [(np.array(rows, dtype=np.int64), least, most) for rows, least, most in columns]
    assert passes.within(held, None) == right
    for (rows, least, most), fits in zip(columns, right, strict=True):
        assert passes.all_within(rows, 0, len(rows), least, most, NONE) == fits
    with pytest.MonkeyPatch.context() as patch, team(2) as together:
        patch.setattr(passes, "LARGE", 0)
        patch.setattr(passes, "PART", part)
        assert passes.within(held, None) == right
        assert passes.within(held, None, together) == right


def test_a_team_is_no_more_than_asked_for() -> None:
    with team(1) as one:
        assert one is ALONE
    with team(None) as all_of_it:
        assert all_of_it.each(lambda part: part * 2, range(5)) == [0, 2, 4, 6, 8]
