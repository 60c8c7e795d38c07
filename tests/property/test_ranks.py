"""A rank is the place among those that count, by key and then by number, however it is evaluated."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import Any

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history

from duly.law import (
    UNKNOWN,
    History,
    LawRefused,
    Pack,
    SubjectHistory,
    World,
    columns,
    interpret,
    kernel,
    plain,
)
from duly.law.situation import NotKnown
from duly.timeline import BEGIN

LAW = '''
@programme("ranked", agency="office", law="Act § 1", over=Person.knows, every=DAY, delivery=AUTOMATIC,
           purpose="help")
def ranked(person: Person, friend: Person, bond: Bond) -> Grant | None:
    """The place of a friend among those who are close."""
    place = rank_of(friend, ((other.born, other) for other, link in person.knows if link.close))
    if place is None:
        return None
    return Grant(rate=kroner(0), percent=place, before=kroner(0), amount=kroner(0), override=Colour.RED)
'''
ME = 5
DAYS: tuple[object, ...] = (10, 20)
SEEDS = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return law_packs.load(tmp_path_factory.mktemp("ranked"), LAW)


def _circle(friends: dict[int, tuple[object, object]]) -> History:
    """Me, and friends by number: whether they are close, and when they were born."""
    mine: dict[tuple[str, int], list[tuple[int, object]]] = {}
    history: dict[int, SubjectHistory] = {}
    for number, (close, born) in friends.items():
        mine |= {("Bond.present", number): [(BEGIN, True)], ("Bond.close", number): [(BEGIN, close)]}
        history[number] = SubjectHistory("Person", {("Person.born", 0): [(BEGIN, born)]})
    return {**history, ME: SubjectHistory("Person", mine)}


def _place(pack: Pack, history: History, friend: int) -> Any:
    found: Any = interpret.value(pack, "ranked", World(pack, history), ME, friend, FIRST)
    return found if found is None or found is UNKNOWN else found["percent"]


def _by_hand(friends: dict[int, tuple[object, Any]], friend: int) -> int | None:
    order = sorted((born, number) for number, (close, born) in friends.items() if close)
    numbers = [number for _, number in order]
    return numbers.index(friend) + 1 if friend in numbers else None


@settings(max_examples=150, deadline=None)
@given(
    friends=st.dictionaries(
        st.integers(1, 9).filter(lambda n: n != ME),
        st.tuples(st.sampled_from((True, False, UNKNOWN)), st.sampled_from((*DAYS, UNKNOWN))),
        min_size=1,
        max_size=4,
    )
)
def test_a_rank_that_stands_is_the_rank_of_every_completion(
    pack: Pack, friends: dict[int, tuple[object, object]]
) -> None:
    ways = [
        product((True, False) if close is UNKNOWN else (close,), DAYS if born is UNKNOWN else (born,))
        for close, born in friends.values()
    ]
    completions = [dict(zip(friends, way, strict=True)) for way in product(*map(tuple, ways))]
    for friend in friends:
        found = _place(pack, _circle(friends), friend)
        if found is not UNKNOWN:
            assert {_by_hand(settled, friend) for settled in completions} == {found}
        else:
            assert len(completions) > 1


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_kernel_and_plain_python_are_the_interpreter(pack: Pack, seed: int) -> None:
    drawn = random_history(pack, seed)
    history = {number: drawn[number] for number in sorted(drawn, reverse=True)}
    world, facts = World(pack, history), columns.build(pack, history)
    keys = columns.keys(pack, "ranked", facts)
    ends = (keys.holders, keys.abouts, keys.links)
    when: dict[str, Any] = {"known_at": None, "first": FIRST, "last": LAST, "kept": None, "fast": False}
    grants = kernel.evaluate(pack, "ranked", facts, *ends, **when)
    numbers = facts.numbers["Person"]
    for row, pair in enumerate(
        zip(numbers[keys.holders].tolist(), numbers[keys.abouts].tolist(), strict=True)
    ):
        found = interpret.timeline(pack, "ranked", world, *pair, FIRST, LAST)
        assert kernel.decoded(pack, "ranked", grants, row) == found
        for day, due in found:
            try:
                assert plain.value(pack, "ranked", world, *pair, day) == due
            except NotKnown:
                continue


def test_compiled_it_gives_the_same(pack: Pack) -> None:
    for seed in range(20):
        history = random_history(pack, seed)
        facts = columns.build(pack, history)
        keys = columns.keys(pack, "ranked", facts)
        found = [
            kernel.evaluate(
                pack, "ranked", facts, keys.holders, keys.abouts, keys.links,
                known_at=None, first=FIRST, last=LAST, kept=None, fast=fast,
            )
            for fast in (True, False)
        ]  # fmt: skip
        assert found[0].fields.tolist() == found[1].fields.tolist()
        assert found[0].state.tolist() == found[1].state.tolist()


@pytest.mark.parametrize(
    ("body", "what", "instead"),
    [
        ("rank_of(person, (other for other, b in person.knows))", "ranks no members by a key", "other.born"),
        ("rank_of(person, ((q.born, person) for q, b in person.knows))", "ranks no members", "other.born"),
        ("rank_of(person)", "ranks no members", "other.born"),
        ("rank_of(person, ((q.died, q) for q, b in person.knows))", "orders by Day | None", "never None"),
        ("rank_of(person, ((q.colour, q) for q, b in person.knows))", "orders by Colour", "whole numbers"),
        ("rank_of(person.born, ((q.born, q) for q, b in person.knows))", "looks for Day", "a Person"),
    ],
)
def test_what_ranks_nothing_is_refused(tmp_path: Path, body: str, what: str, instead: str) -> None:
    with pytest.raises(LawRefused) as refused:
        law_packs.load(tmp_path / "pack", law_packs.rule(f"return {body}", result="int | None"))
    (finding,) = refused.value.findings
    assert what in finding.what
    assert instead in finding.write_instead
