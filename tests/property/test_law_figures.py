"""Nobody is to be found in what a dry run publishes, and what is published is true."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from duly.reform.figures import BANDS, OUTCOMES, SMALLEST, Outcome, Tally, band_of, bands, suppressed

counts = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 12), min_size=2)


def ways(told: dict[str, int | None], total: int) -> list[tuple[int, ...]]:
    """Every way to fill what is left out so that the whole is right."""
    hidden = [name for name, count in told.items() if count is None]
    left = total - sum(count for count in told.values() if count is not None)
    return [way for way in product(range(left + 1), repeat=len(hidden)) if sum(way) == left]


@given(st.dictionaries(st.sampled_from("abcd"), st.integers(0, 9), min_size=2))
def test_no_small_number_is_told_or_follows_from_the_whole(given_: dict[str, int]) -> None:
    told = suppressed(given_)
    assert all(count is None or count == given_[name] for name, count in told.items())
    assert not any(count is not None and 0 < count < SMALLEST for count in told.values())
    hidden = [name for name, count in told.items() if count is None]
    if any(0 < given_[name] < SMALLEST for name in hidden) and sum(given_.values()) >= 2 * SMALLEST:
        possible = ways(told, sum(given_.values()))
        assert all(len({way[n] for way in possible}) > 1 for n in range(len(hidden)))


@given(counts)
def test_large_numbers_alone_are_all_told(given_: dict[str, int]) -> None:
    large = {name: count + SMALLEST for name, count in given_.items()}
    assert suppressed(large) == large


@given(st.fractions(min_value=-9000, max_value=9000).filter(bool))
def test_every_change_falls_into_the_band_that_says_so(monthly: Fraction) -> None:
    low, high = BANDS[band_of(monthly)]
    if monthly > 0:
        assert (low if low is not None else 0) < monthly
        assert high is None or monthly <= high
    else:
        assert low is None or low <= monthly
        assert monthly < (high if high is not None else 0)


outcomes = st.builds(
    Outcome,
    year=st.integers(-(10**6), 10**6),
    back=st.integers(-(10**6), 10**6),
    higher=st.booleans(),
    lower=st.booleans(),
    other=st.booleans(),
    unknown=st.booleans(),
    reasons=st.frozensets(st.sampled_from(["takes", "review"])),
    takes=st.booleans(),
)


@given(st.lists(outcomes, max_size=40))
def test_a_row_counts_everybody_once(given_: list[Outcome]) -> None:
    tally = Tally()
    for one in given_:
        tally.add(one)
    row = tally.row("x")
    cells = [getattr(row, kind) for kind in OUTCOMES]
    assert not any(cell is not None and 0 < cell < SMALLEST for cell in [*cells, row.cases])
    if None in cells:
        assert row.people is None
    else:
        assert sum(cells) == row.people == len(given_)
    if None in (row.gain, row.lose, row.both):
        assert (row.gained, row.lost, row.back) == (None, None, None)


@given(st.dictionaries(st.integers(0, len(BANDS) - 1), st.integers(0, 30)))
def test_bands_are_told_like_any_whole(given_: dict[int, int]) -> None:
    told = bands(Counter(given_))
    assert len(told) == len(BANDS)
    assert not any(band.people is not None and 0 < band.people < SMALLEST for band in told)
