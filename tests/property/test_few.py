"""A few facts, written one number after another, are the columns of many; one key is due what a batch is."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history, random_pack
from law_histories import EARLY, LATE, family, with_holes

from duly.errors import BadInput
from duly.law import (
    ABSENT,
    UNKNOWN,
    History,
    Pack,
    SubjectHistory,
    World,
    columns,
    evaluate,
    few,
    interpret,
    kernel,
    machine,
)
from duly.law.ir import Kind
from duly.law.laid import Laid
from duly.law.vocabulary import Attribute
from duly.timeline import BEGIN, from_iso

PACKS = {name: Pack.load(name) for name in ("estonia", "france", "norway", "portugal")}
NORWAY = PACKS["norway"]
ORDINARY = "barnetrygd.ordinary"
KNOWN = st.sampled_from([None, from_iso("2025-03-01")])
NOBODY = -1
"""Not even a history without facts is written by hand."""
SEEDS = st.integers(0, 2**32)
DAYS = [BEGIN, *(from_iso(f"{year}-0{month}-01") for year in (1990, 2020, 2024) for month in (1, 3, 8))]


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return law_packs.load(tmp_path_factory.mktemp("small"), law_packs.rule("return person.married"))


def anybody(pack: Pack, seed: int) -> History:
    """Three subjects of each kind with facts of any kind; links lead to them and to somebody unknown."""
    random, vocabulary = Random(seed), pack.vocabulary
    numbers = {kind: [10 * at + n for n in (1, 2, 3)] for at, kind in enumerate(vocabulary.kinds, 1)}
    found: dict[int, dict[tuple[str, int], Any]] = {n: {} for of in numbers.values() for n in of}
    ends = {r.link: (r.of, r.to) for r in vocabulary.relations.values() if not r.inverse_of}
    for attribute in vocabulary.attributes.values():
        of, to = ends.get(attribute.owner, (attribute.owner, ""))
        for number in numbers[of]:
            for member in random.sample([*numbers[to], 997], 2) if to else [0]:
                if random.random() < 0.7 and attribute.type.kind is not Kind.TEXT:
                    starts = sorted(random.sample(DAYS, random.randrange(4)))
                    found[number][attribute.name, member] = [
                        (start, _value(pack, attribute, random)) for start in starts
                    ]
    kinds = {n: kind for kind, of in numbers.items() for n in of}
    return {n: SubjectHistory(kinds[n], facts) for n, facts in found.items() if random.random() < 0.9}


def _value(pack: Pack, attribute: Attribute, random: Random) -> Any:
    least, most = attribute.least or 0, 9 if attribute.most is None else attribute.most
    kind = attribute.type
    values: dict[Kind, list[Any]] = {
        Kind.BOOL: [True, False],
        Kind.CHOICE: []
        if kind.kind is not Kind.CHOICE
        else [c.value for c in pack.vocabulary.choices[kind.name]],
        Kind.CODE: ["0301", "5501"],
        Kind.DECIMAL: [str(least + 1)],
    }
    possible = values.get(kind.kind, [least, max(least, most)])
    return random.choice([*possible, *possible, UNKNOWN, ABSENT, *([None] if kind.optional else [])])


def _same(pack: Pack, history: History) -> None:
    by_hand, by_numpy = columns.build(pack, history), columns.build(pack, history, few=NOBODY)
    assert isinstance(by_hand.columns, Laid)
    assert not isinstance(by_numpy.columns, Laid)
    assert dict(by_hand.columns) == by_numpy.columns
    assert by_hand.here == by_numpy.here
    for kind, numbers in by_numpy.numbers.items():
        assert by_hand.numbers[kind].tolist() == numbers.tolist()
    for name, links in by_numpy.links.items():
        assert by_hand.links[name].owners.tolist() == links.owners.tolist()
        assert by_hand.links[name].members.tolist() == links.members.tolist()
    for known_at in (None, from_iso("2025-03-01")):
        heaps = [columns.heap(pack, each, known_at, None).lists() for each in (by_hand, by_numpy)]
        assert heaps[0] == heaps[1]


@pytest.mark.parametrize("pack", PACKS)
@settings(max_examples=40, deadline=None)
@given(seed=SEEDS)
def test_columns_written_by_hand_are_those_of_many_facts(pack: str, seed: int) -> None:
    _same(PACKS[pack], anybody(PACKS[pack], seed))


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_columns_under_random_rules(small: Pack, seed: int) -> None:
    _same(random_pack(small, seed), random_history(small, seed))


def test_nobody_at_all() -> None:
    _same(NORWAY, {})


def _keys_of(pack: Pack, programme: str, facts: columns.Facts) -> list[tuple[int, int]]:
    keys, found = columns.keys(pack, programme, facts), pack.programme(programme)
    holders = facts.numbers[found.holder][keys.holders].tolist()
    return list(zip(holders, facts.numbers[found.about][keys.abouts].tolist(), strict=True))


def _one_by_one(
    pack: Pack, programme: str, history: History, days: tuple[int, int], known_at: int | None, **how: Any
) -> None:
    """Each key by itself is due what it is due in a batch of all, whose columns were made by numpy."""
    facts = columns.build(pack, history, few=NOBODY)
    keys = columns.keys(pack, programme, facts)
    ends, given = (keys.holders, keys.abouts, keys.links), {"first": days[0], "last": days[1], **how}
    grants = kernel.evaluate(pack, programme, facts, *ends, known_at=known_at, **given)
    for row, (holder, about) in enumerate(_keys_of(pack, programme, facts)):
        alone = few.timeline(pack, programme, history, holder, about, *days, known_at=known_at, **how)
        assert alone == kernel.decoded(pack, programme, grants, row)


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, known_at=KNOWN)
def test_one_key_is_due_what_it_is_due_in_a_batch(name: str, seed: int, known_at: int | None) -> None:
    pack = PACKS[name]
    for programme in pack.programmes:
        kernel.warm(pack, programme)
        _one_by_one(pack, programme, anybody(pack, seed), (EARLY, LATE), known_at)


@pytest.mark.parametrize("seed", range(6))
def test_one_key_under_random_rules(small: Pack, seed: int, tmp_path: Path) -> None:
    pack = random_pack(small, seed)
    kernel.warm(pack, "random", tmp_path)
    for each in range(40):
        _one_by_one(pack, "random", random_history(small, each), (FIRST, LAST), None, kept=tmp_path)


@settings(max_examples=15, deadline=None)
@given(seed=SEEDS, unknown=st.booleans(), known_at=KNOWN)
def test_one_key_is_what_the_interpreter_says(seed: int, unknown: bool, known_at: int | None) -> None:
    kernel.warm(NORWAY, ORDINARY)
    whole = family(NORWAY, seed, unknown=unknown)
    history = with_holes(whole, seed) if unknown else whole
    world = World(NORWAY, history)
    for key in _keys_of(NORWAY, ORDINARY, columns.build(NORWAY, history)):
        due = few.timeline(NORWAY, ORDINARY, history, *key, EARLY, LATE, known_at=known_at)
        assert due == interpret.timeline(NORWAY, ORDINARY, world, *key, EARLY, LATE, known_at)
        assert all(one != other for (_, one), (_, other) in pairwise(due))


@pytest.mark.parametrize("value", ["yesterday", float("nan"), 1.0, True, 2**40, None])
def test_what_is_unsound_is_refused(value: object) -> None:
    kernel.warm(NORWAY, ORDINARY)
    history = family(NORWAY, 1, unknown=False)
    facts = {**history[1].facts, ("Person.born", 0): ((0, value),)}
    broken = {**history, 1: SubjectHistory("Person", facts)}
    with pytest.raises(BadInput):
        few.timeline(NORWAY, ORDINARY, broken, 1, 3, EARLY, LATE)


def test_an_attribute_that_is_not_there_is_refused() -> None:
    kernel.warm(NORWAY, ORDINARY)
    broken = {
        **family(NORWAY, 1, unknown=False),
        5: SubjectHistory("Person", {("Person.shoe", 0): ((0, 44),)}),
    }
    with pytest.raises(BadInput, match="no attribute"):
        few.timeline(NORWAY, ORDINARY, broken, 1, 3, EARLY, LATE)


def test_who_is_not_there_is_left_to_the_interpreter() -> None:
    kernel.warm(NORWAY, ORDINARY)
    history = family(NORWAY, 1, unknown=False)
    due = few.timeline(NORWAY, ORDINARY, history, 77, 78, EARLY, LATE)
    assert due == interpret.timeline(NORWAY, ORDINARY, World(NORWAY, history), 77, 78, EARLY, LATE)


def test_what_runs_as_machine_code_is_evaluated_by_it(monkeypatch: pytest.MonkeyPatch) -> None:
    history, days = family(NORWAY, 1, unknown=True), (EARLY, LATE)
    with monkeypatch.context() as nothing_loaded:
        nothing_loaded.setattr(machine, "LOADED", {})
        by_interpreter = evaluate.evaluate(NORWAY, history, *days, programmes=[ORDINARY])
    kernel.warm(NORWAY, ORDINARY)
    monkeypatch.delattr(interpret, "timeline")
    assert evaluate.evaluate(NORWAY, history, *days, programmes=[ORDINARY]) == by_interpreter
