"""The shares of an amount add up to it, however it is evaluated; an amount for nobody has no shares."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history

from duly.law import (
    UNKNOWN,
    LawRefused,
    Money,
    Pack,
    World,
    columns,
    interpret,
    kernel,
    plain,
    scalars,
    split,
)
from duly.law.situation import NotKnown

LAW = '''
@programme("split", agency="office", law="Act § 1", over=Person.knows, every=DAY, delivery=AUTOMATIC,
           purpose="help")
def tested(person: Person, friend: Person, bond: Bond) -> Grant | None:
    """The share of a friend, whose place is the weight of the bond."""
    friends = len([other for other, link in person.knows if link.close])
    share = split(person.wage, friends, bond.weight)
    return Grant(rate=person.wage, percent=friends, before=person.wage, amount=share, override=Colour.RED)
'''
SEEDS = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return law_packs.load(tmp_path_factory.mktemp("split"), LAW)


@given(total=st.integers(-(2**62), 2**62), parts=st.integers(1, 50))
def test_the_shares_add_up_and_differ_by_a_unit(total: int, parts: int) -> None:
    shares = [split(Money(total), parts, place) for place in range(1, parts + 1)]
    assert sum(map(int, shares)) == total
    assert max(shares) - min(shares) in (Money(0), Money(1))
    assert shares == sorted(shares, reverse=True)
    assert split(Money(total), parts, 0) == split(Money(total), parts, parts + 1) == Money(0)


def _by_kernel(pack: Pack, history: Any, *, fast: bool) -> tuple[list[tuple[int, int]], kernel.Grants]:
    facts = columns.build(pack, history)
    keys = columns.keys(pack, "split", facts)
    ends = (keys.holders, keys.abouts, keys.links)
    when: dict[str, Any] = {"known_at": None, "first": FIRST, "last": LAST, "kept": None, "fast": fast}
    numbers = facts.numbers["Person"]
    pairs = zip(numbers[keys.holders].tolist(), numbers[keys.abouts].tolist(), strict=True)
    return list(pairs), kernel.evaluate(pack, "split", facts, *ends, **when)


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_kernel_and_plain_python_are_the_interpreter(pack: Pack, seed: int) -> None:
    history = random_history(pack, seed)
    world = World(pack, history)
    pairs, grants = _by_kernel(pack, history, fast=False)
    for row, pair in enumerate(pairs):
        found = interpret.timeline(pack, "split", world, *pair, FIRST, LAST)
        assert kernel.decoded(pack, "split", grants, row) == found
        for day, due in found:
            try:
                assert plain.value(pack, "split", world, *pair, day) == due
            except (NotKnown, ZeroDivisionError):
                continue


def test_compiled_it_gives_the_same(pack: Pack) -> None:
    for seed in range(20):
        history = random_history(pack, seed)
        one, other = (_by_kernel(pack, history, fast=fast)[1] for fast in (True, False))
        assert one.fields.tolist() == other.fields.tolist()
        assert one.state.tolist() == other.state.tolist()
        assert one.reasons.tolist() == other.reasons.tolist()


@pytest.mark.parametrize("parts", [0, -2])
def test_an_amount_for_nobody_is_a_division_by_zero(tmp_path: Path, parts: int) -> None:
    body = f"return Grant(rate=kroner(1), percent=1, before=kroner(1), amount=split(kroner(9), {parts}, 1), "
    law = LAW.split("    friends =")[0] + f"    {body}override=Colour.RED)\n"
    found = law_packs.load(tmp_path / "pack", law)
    pairs, grants = _by_kernel(found, random_history(found, 1), fast=False)
    assert pairs
    assert set(grants.reasons.tolist()) == {scalars.DIVIDED_BY_ZERO}
    assert interpret.timeline(
        found, "split", World(found, random_history(found, 1)), *pairs[0], FIRST, LAST
    ) == [(FIRST, UNKNOWN)]
    with pytest.raises(ZeroDivisionError):
        split(Money(900), parts, 1)


@pytest.mark.parametrize(
    ("body", "what", "instead"),
    [
        ("split(person.wage, 2)", "splits nothing", "split(total, parts, place)"),
        ("split(person.wage / 3, 2, 1)", "unrounded", "round_to"),
        ("split(7, 2, 1)", "is int, not Money", "Money"),
        (
            "split(person.wage, 2, rank_of(person, ((q.born, q) for q, b in person.knows)))",
            "may be None",
            "None",
        ),
    ],
)
def test_what_splits_nothing_is_refused(tmp_path: Path, body: str, what: str, instead: str) -> None:
    with pytest.raises(LawRefused) as refused:
        law_packs.load(tmp_path / "pack", law_packs.rule(f"return {body}", result="Money"))
    (finding,) = refused.value.findings
    assert what in finding.what
    assert instead in finding.write_instead
