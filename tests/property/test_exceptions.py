"""Exceptions to rules: interpreter, kernel and plain Python give one answer, whatever the priorities."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import law_packs
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history
from law_exceptions import random_law

from duly.law import UNKNOWN, History, Pack, SubjectHistory, World, columns, interpret, kernel, keys, plain
from duly.law.priority import closed, rings, standing
from duly.law.scalars import CONFLICT
from duly.law.situation import Contradiction, Missing, NotKnown
from duly.timeline import BEGIN

SEEDS = st.integers(0, 300)
Facts = dict[tuple[str, int], tuple[tuple[int, Any], ...]]


@cache
def pack_of(seed: int) -> Pack:
    return law_packs.load(Path(mkdtemp()), random_law(seed))


def by_kernel(pack: Pack, history: History) -> tuple[dict[tuple[int, int], Any], kernel.Grants]:
    facts = columns.build(pack, history)
    ends = columns.keys(pack, "due", facts)
    where: dict[str, Any] = {"known_at": None, "first": FIRST, "last": LAST, "fast": False, "kept": None}
    grants = kernel.evaluate(pack, "due", facts, ends.holders, ends.abouts, ends.links, **where)
    holders = facts.numbers["Person"][ends.holders].tolist()
    return {(n, n): kernel.decoded(pack, "due", grants, row) for row, n in enumerate(holders)}, grants


@settings(max_examples=150, deadline=None)
@given(law=SEEDS, facts=st.integers(0, 2**32))
def test_kernel_is_interpreter(law: int, facts: int) -> None:
    pack, history = pack_of(law), random_history(pack_of(0), facts)
    world = World(pack, history)
    for (holder, about), found in by_kernel(pack, history)[0].items():
        assert found == interpret.timeline(pack, "due", world, holder, about, FIRST, LAST)


@settings(max_examples=150, deadline=None)
@given(law=SEEDS, facts=st.integers(0, 2**32))
def test_interpreter_is_plain_python(law: int, facts: int) -> None:
    pack, history = pack_of(law), random_history(pack_of(0), facts)
    world = World(pack, history)
    for holder, about in keys(pack, "due", history):
        for day in range(FIRST, LAST, 9):
            try:
                plainly = plain.value(pack, "due", world, holder, about, day)
            except NotKnown:
                continue
            except Contradiction:
                plainly = UNKNOWN
            assert interpret.value(pack, "due", world, holder, about, day) == plainly


@settings(max_examples=150, deadline=None)
@given(law=SEEDS, facts=st.integers(0, 2**32))
def test_what_is_unknown_though_everything_is_known_is_a_conflict(law: int, facts: int) -> None:
    pack, history = pack_of(law), _settled(random_history(pack_of(0), facts))
    _, grants = by_kernel(pack, history)
    unknown = grants.state == kernel.NOT_KNOWN
    assert (grants.reasons[unknown] == CONFLICT).all()
    assert (grants.reasons[~unknown] == 0).all()


def test_laws_that_are_drawn_have_conflicts_and_exceptions() -> None:
    """The properties above say nothing if no two exceptions ever meet."""
    seen: set[str] = set()
    for seed in range(60):
        pack, history = pack_of(seed), _settled(random_history(pack_of(0), seed))
        segments = [due for found in by_kernel(pack, history)[0].values() for _, due in found]
        seen |= {"conflict" if due is UNKNOWN else "none" if due is None else "grant" for due in segments}
    assert seen == {"conflict", "none", "grant"}


ORDERS = st.dictionaries(st.sampled_from("abcd"), st.sets(st.sampled_from("abcd")), min_size=4, max_size=4)


@given(ORDERS, st.sets(st.sampled_from("abcd"), min_size=1))
def test_of_those_that_apply_one_stands_unless_they_go_round_in_a_ring(
    over: dict[str, set[str]], applying: set[str]
) -> None:
    below = closed(over)
    left = standing(sorted(applying), below)
    assert rings(over) or left
    assert all(name not in below[other] for name in left for other in applying)
    assert all(one <= below[name] for name in below for other in below[name] for one in [below[other]])


def _settled(history: History) -> History:
    """The same people, with no gap in what is known of them."""
    known = {"Person.married": True, "Person.colour": "green", "Person.wage": 20000}
    settled: dict[int, SubjectHistory] = {}
    for number, subject in history.items():
        facts = {key: spans for key, spans in subject.facts.items() if key[0] in known}
        whole: Facts = {(name, 0): ((BEGIN, value),) for name, value in known.items()}
        for (name, member), spans in facts.items():
            told = ((day, known[name] if isinstance(value, Missing) else value) for day, value in spans)
            whole[name, member] = (*whole[name, member][: spans[0][0] > BEGIN], *told)
        settled[number] = SubjectHistory(kind=subject.kind, facts=whole)
    return settled


def test_compiled_it_gives_the_same() -> None:
    for law in (3, 8):
        pack = pack_of(law)
        for seed in range(20):
            history = random_history(pack_of(0), seed)
            facts = columns.build(pack, history)
            ends = columns.keys(pack, "due", facts)
            given = (facts, ends.holders, ends.abouts, ends.links)
            when: dict[str, Any] = {"known_at": None, "first": FIRST, "last": LAST, "kept": None}
            fast = kernel.evaluate(pack, "due", *given, **when, fast=True)
            plainly = kernel.evaluate(pack, "due", *given, **when, fast=False)
            assert fast.reasons.tolist() == plainly.reasons.tolist()
            assert fast.state.tolist() == plainly.state.tolist()
            assert fast.fields.tolist() == plainly.fields.tolist()
