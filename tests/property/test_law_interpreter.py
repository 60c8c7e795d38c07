"""The interpreter is plain Python where all facts are known, and never wrong where some are not."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_histories import family, turning_days, with_holes

from duly.law import UNKNOWN, History, Pack, World, interpret, keys, plain
from duly.law.situation import NotKnown
from duly.timeline import month_first

NORWAY = Pack.load("norway")
SEEDS = st.integers(0, 2**32)


def _days(programme: str, history: History) -> list[int]:
    days = turning_days(NORWAY, history)
    monthly = NORWAY.programme(programme).every == "month"
    return sorted({month_first(day) for day in days}) if monthly else days


def _plainly(programme: str, world: World, holder: int, about: int, day: int) -> Any:
    try:
        return plain.value(NORWAY, programme, world, holder, about, day)
    except NotKnown:  # `the` of members who disagree is unknown, though every fact is known
        return UNKNOWN


@pytest.mark.parametrize("programme", sorted(NORWAY.programmes))
@settings(max_examples=50, deadline=None)
@given(seed=SEEDS)
def test_interpreter_is_plain_python(programme: str, seed: int) -> None:
    history = family(NORWAY, seed, unknown=False)
    world = World(NORWAY, history)
    for holder, about in keys(NORWAY, programme, history):
        for day in _days(programme, history):
            found = interpret.value(NORWAY, programme, world, holder, about, day)
            assert found == _plainly(programme, world, holder, about, day), (holder, about, day)


@pytest.mark.parametrize("programme", sorted(NORWAY.programmes))
@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_what_stands_in_spite_of_unknowns_stands_however_they_are_settled(programme: str, seed: int) -> None:
    settled = family(NORWAY, seed, unknown=False)
    whole, partial = World(NORWAY, settled), World(NORWAY, with_holes(settled, seed))
    for holder, about in keys(NORWAY, programme, settled):
        for day in _days(programme, settled):
            found = interpret.value(NORWAY, programme, partial, holder, about, day)
            if found is not UNKNOWN:
                assert found == interpret.value(NORWAY, programme, whole, holder, about, day)


def test_families_that_are_drawn_have_something_to_lose() -> None:
    """The properties above say nothing if nobody is due anything."""
    seen: set[str] = set()
    for seed in range(60):
        history = family(NORWAY, seed, unknown=False)
        world = World(NORWAY, history)
        for programme in set(NORWAY.programmes) - seen:
            days = _days(programme, history)[-8::4]
            due = (
                interpret.value(NORWAY, programme, world, holder, about, day)
                for holder, about in keys(NORWAY, programme, history)
                for day in days
            )
            if any(found is not None and found is not UNKNOWN for found in due):
                seen.add(programme)
    assert seen == set(NORWAY.programmes)
