"""The next change is the first day ahead on which the law says something else, and tells of nobody hidden."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history, random_pack
from law_histories import family
from law_packs import load, rule
from pack_histories import EARLY, LATE, PACKS, segments, some_history

from duly.law import UNKNOWN, History, Pack, SubjectHistory, keys
from duly.law.interpret import Interpreter, value
from duly.law.next_change import Change, next_change
from duly.law.phrases import Phrases
from duly.law.world import World
from duly.timeline.calendar import month_after, month_first, to_iso

SEEDS = st.integers(0, 2**32)
LOADED = {name: replace(Pack.load(name), horizon_years=4) for name in PACKS}
Key = tuple[int, int]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    pack = load(tmp_path_factory.mktemp("small"), rule("return person.married"))
    return replace(pack, horizon_years=1)


def drawn(name: str, seed: int) -> History:
    """A history of the pack; in Norway families to whom something is likely to be due."""
    return (
        family(LOADED[name], seed, unknown=seed % 3 == 0)
        if name == "norway"
        else some_history(LOADED[name], seed)
    )


def change(
    pack: Pack, programme: str, history: History, key: Key, day: int, hidden: frozenset[int] = frozenset()
) -> Change | None:
    phrases = Phrases(pack=pack, language=pack.languages[0], reader=key[0], about=key[1], names=None)
    found = Interpreter(pack, World(pack, history))
    hides = hidden.__contains__ if hidden else None
    return next_change(found, pack.programme(programme), key, day, phrases, hides)


def looked_for(pack: Pack, programme: str, history: History, key: Key, day: int) -> tuple[str, Any] | None:
    """The same by the interpreter, one month or day after the other."""
    world = World(pack, history)
    now = value(pack, programme, world, *key, day)
    on, monthly = day, pack.programme(programme).every == "month"
    while (on := month_after(on) if monthly else on + 1) < day + pack.horizon_years * 366:
        then = value(pack, programme, world, *key, on)
        if then != now:
            return to_iso(on), then
    return None


def is_right(pack: Pack, programme: str, history: History, key: Key, day: int) -> None:
    found = change(pack, programme, history, key, day)
    told = None if found is None else (found.day, found.value if found.known else UNKNOWN)
    assert told == looked_for(pack, programme, history, key, day)


def day_of(pack: Pack, programme: str, day: int) -> int:
    """Monthly programmes are asked on firsts of months: within one random rules may differ, law may not."""
    return month_first(day) if pack.programme(programme).every == "month" else day


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=8, deadline=None)
@given(seed=SEEDS)
def test_of_every_packs_programmes(name: str, seed: int) -> None:
    pack, random, history = LOADED[name], Random(seed), drawn(name, seed)
    for programme in pack.programmes:
        asked = keys(pack, programme, history)
        if asked:
            day = day_of(pack, programme, random.randrange(EARLY, LATE))
            is_right(pack, programme, history, random.choice(asked), day)


@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_of_any_rules_day_by_day(small: Pack, seed: int) -> None:
    pack, history, random = random_pack(small, seed), random_history(small, seed), Random(seed)
    for programme in pack.programmes:
        for key in keys(pack, programme, history)[:1]:
            is_right(pack, programme, history, key, day_of(pack, programme, random.randrange(FIRST, LAST)))


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_what_is_told_is_true_whatever_is_known_of_those_who_are_hidden(name: str, seed: int) -> None:
    pack, random, history = LOADED[name], Random(seed), drawn(name, seed)
    for programme in pack.programmes:
        for key in keys(pack, programme, history)[:2]:
            hidden = frozenset(n for n in history if n not in key and random.random() < 0.5)
            day = month_first(random.randrange(EARLY, LATE))
            told = change(pack, programme, history, key, day, hidden)
            if hidden:
                others = otherwise(pack, history, hidden, random)
                assert change(pack, programme, others, key, day, hidden) == told
            if told is not None:
                wanted = told.value if told.known else UNKNOWN
                assert looked_for(pack, programme, history, key, day) == (told.day, wanted)


def otherwise(pack: Pack, history: History, hidden: frozenset[int], random: Random) -> History:
    """The same subjects and links, with other facts of those who are hidden."""
    return {
        number: SubjectHistory(
            subject.kind,
            {
                (name, member): segments(pack, random, pack.vocabulary.attribute(name))
                if hidden & {number, member}
                else known
                for (name, member), known in subject.facts.items()
            },
        )
        for number, subject in history.items()
    }
