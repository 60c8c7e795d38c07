"""A few subjects, laid out for one key alone, give what the interpreter gives; what is unsound is refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_histories import EARLY, LATE, family

from duly.errors import BadInput
from duly.law import Pack, SubjectHistory, World, columns, few, interpret, kernel
from duly.timeline import from_iso

NORWAY = Pack.load("norway")
ORDINARY = "barnetrygd.ordinary"
KNOWN = st.sampled_from([None, from_iso("2025-03-01")])


@pytest.mark.parametrize("programme", [ORDINARY, "fastlege.newborn"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), unknown=st.booleans(), known_at=KNOWN)
def test_few_are_what_the_interpreter_says(
    programme: str, seed: int, unknown: bool, known_at: int | None
) -> None:
    kernel.warm(NORWAY, programme)
    history = family(NORWAY, seed, unknown=unknown)
    facts, found = columns.build(NORWAY, history), NORWAY.programme(programme)
    keys, world = columns.keys(NORWAY, programme, facts), World(NORWAY, history)
    holders = facts.numbers[found.holder][keys.holders].tolist()
    abouts = facts.numbers[found.about][keys.abouts].tolist()
    for holder, about in zip(holders, abouts, strict=True):
        due = few.timeline(NORWAY, programme, history, holder, about, EARLY, LATE, known_at=known_at)
        if found.every == "month":
            assert due == interpret.timeline(NORWAY, programme, world, holder, about, EARLY, LATE, known_at)
        for start, value in due:
            assert value == interpret.value(NORWAY, programme, world, holder, about, start, known_at)


def test_what_is_unsound_is_refused() -> None:
    kernel.warm(NORWAY, ORDINARY)
    history = family(NORWAY, 1, unknown=False)
    number = next(iter(history))
    facts = {**history[number].facts, ("Person.born", 0): ((0, "yesterday"),)}
    broken = {**history, number: SubjectHistory(history[number].kind, facts)}
    with pytest.raises(BadInput):
        few.timeline(NORWAY, ORDINARY, broken, number, number, EARLY, LATE)


def test_who_is_not_there_is_left_to_the_interpreter() -> None:
    kernel.warm(NORWAY, ORDINARY)
    history = family(NORWAY, 1, unknown=False)
    due = few.timeline(NORWAY, ORDINARY, history, 77, 78, EARLY, LATE)
    assert due == interpret.timeline(NORWAY, ORDINARY, World(NORWAY, history), 77, 78, EARLY, LATE)
