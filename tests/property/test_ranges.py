"""What `Ranges` proves holds: no node ever has a value outside of its extent."""

from __future__ import annotations

from contextlib import suppress
from fractions import Fraction
from itertools import pairwise
from typing import Any

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history, random_pack
from law_histories import family, turning_days

from duly.law import UNKNOWN, History, Pack, World, ir
from duly.law.evaluate import keys
from duly.law.extents import LARGEST, Extent
from duly.law.interpret import Interpreter, arguments
from duly.law.ir import Node
from duly.law.ranges import Ranges

SEEDS = st.integers(0, 2**32)
DAYS = [FIRST, FIRST + 12, LAST - 1]
NORWAY = Pack.load("norway")
NUMBERS = st.one_of(st.integers(-5, 5), st.integers(-LARGEST, LARGEST), st.fractions(-3, 3))
EXTENTS = st.builds(
    lambda values, nothing, few: (
        Extent.of(values, nothing=nothing)
        if few or not values
        else Extent.between(min(values), max(values), nothing=nothing)
    ),
    st.lists(NUMBERS, max_size=4),
    st.booleans(),
    st.booleans(),
)


class NotAllKnownError(Exception):
    """Something was unknown, so that ways were looked at which no test led to."""


class Watching(Interpreter):
    """An interpreter that compares each value with its extent."""

    def __init__(self, pack: Pack, world: World, ranges: Ranges, *, unknown: bool) -> None:
        super().__init__(pack, world)
        self.ranges = ranges
        self.unknown = unknown

    def value(self, node: Node, names: Any, day: int) -> Any:
        found = super().value(node, names, day)
        if found is UNKNOWN and not self.unknown:
            raise NotAllKnownError
        if node.type.kind in (ir.Kind.SUBJECT, ir.Kind.LINK, ir.Kind.RECORD) or found is UNKNOWN:
            return found
        extent = self.ranges.of(node)
        assert extent is not None, node
        inside = extent.nothing if found is None else found in extent
        assert inside, (found, extent, node)
        return found


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return law_packs.load(tmp_path_factory.mktemp("small"), law_packs.rule("return person.married"))


def _watch(pack: Pack, history: History, ranges: Ranges, days: list[int], *, unknown: bool) -> None:
    interpreter = Watching(pack, World(pack, history), ranges, unknown=unknown)
    for programme in pack.programmes.values():
        for holder, about in keys(pack, programme.name, history):
            for day in days:
                with suppress(NotAllKnownError):
                    interpreter.rule(programme.rule, arguments(pack, programme, holder, about), day)


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS)
def test_no_value_is_outside_of_its_extent(small: Pack, seed: int) -> None:
    pack, history = random_pack(small, seed), random_history(small, seed)
    _watch(pack, history, Ranges(pack, refined=False, rates=True), DAYS, unknown=True)


@settings(max_examples=80, deadline=None)
@given(seed=SEEDS)
def test_where_all_is_known_also_what_tests_prove_holds(small: Pack, seed: int) -> None:
    pack, history = random_pack(small, seed), random_history(small, seed)
    _watch(pack, history, Ranges(pack), DAYS, unknown=False)


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_of_norways_families_too(seed: int) -> None:
    history = family(NORWAY, seed, unknown=False)
    _watch(NORWAY, history, Ranges(NORWAY), turning_days(NORWAY, history)[::7], unknown=False)


@given(EXTENTS, EXTENTS, NUMBERS)
def test_extents_join_and_meet_without_losing_a_value(
    one: Extent, other: Extent, value: int | Fraction
) -> None:
    assert (value in (one | other)) >= (value in one or value in other)
    assert (value in (one & other)) == (value in one and value in other)
    assert (one | other).nothing == (one.nothing or other.nothing)
    assert (one & other).nothing == (one.nothing and other.nothing)
    assert (value in one.without(value, whole=False)) <= (one.values is None)


@given(st.lists(st.integers(-9, 9), min_size=2, max_size=2), st.integers(-9, 9))
def test_an_end_is_taken_away_from_whole_numbers_only(ends: list[int], value: int) -> None:
    low, high = sorted(ends)
    extent = Extent.between(low, high)
    left = extent.without(value, whole=True)
    assert all((each in left) >= (each in extent and each != value) for each in range(-10, 10))
    halves = [Fraction(a + b, 2) for a, b in pairwise(range(low, high + 1))]
    assert all(half in extent.without(value, whole=False) for half in halves)
