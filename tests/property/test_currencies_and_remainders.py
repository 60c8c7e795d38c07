"""Decimals, currencies and what is used up in order: interpreter, kernel and plain Python say the same.

Where a number does not fit, interpreter and kernel are unknown alike; what they know is exact.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from random import Random
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
from duly.law.decimals import unscaled
from duly.law.digits import round_decimals, round_significant
from duly.law.money import round_exactly
from duly.law.situation import NotKnown
from duly.timeline import BEGIN

MORE = """    pension: Money = attribute("money", register="town", purposes={HELP}, currency="EUR", absent=0)
    fee: Decimal = attribute("money", register="town", purposes={HELP}, digits=10, absent="1.5")
    worth: Decimal = attribute("money", register="town", purposes={HELP}, digits=4, absent=2)
"""
VOCABULARY = law_packs.VOCABULARY.replace("Code, Day,", "Code, Day, Decimal,").replace(
    "    colour: Colour", f"{MORE}    colour: Colour"
)
TOML = law_packs.TOML.replace(
    '"Person.name"', '"Person.pension", "Person.fee", "Person.worth", "Person.name"'
)
HEAD = """from duly.law import Ratio, Record, Share, convert, percent, ratio, sum_before, used
from duly.law import round_decimals, round_significant


class Found(Record):
    pensions: Money
    worths: Money
    part: Money
    twelfth: int
    last: Money


"""
LAW = (
    HEAD
    + '''
@programme("x", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def found(person: Person) -> Found | None:
    """What was found."""
    part = round_significant(person.wage / 7, 5, HALF_EVEN)
    return Found(
        pensions=round_to(convert(person.pension + person.pension, person.fee), kroner(1), HALF_UP),
        worths=round_to(convert(round_decimals(person.worth / 12, 10, HALF_UP), person.fee), kroner(1), DOWN),
        part=round_to(part, kroner(1), HALF_UP),
        twelfth=round_to(round_decimals(person.fee / 12, 3, UP) * 1000, 1, HALF_UP),
        last=round_to(used(part, person.wage, person.wage / 3), kroner(1), UP),
    )


@programme("ahead", agency="office", law="Act § 2", over=Person.knows, every=DAY, delivery=AUTOMATIC,
           purpose="help")
def ahead(person: Person, friend: Person, bond: Bond) -> Grant | None:
    """What those before a friend have of the weights."""
    before = sum_before(friend, ((q.born, q, link.weight) for q, link in person.knows if link.close))
    if before is None:
        return None
    taken = used(bond.weight, 40, before)
    return Grant(rate=kroner(0), percent=taken, before=kroner(before), amount=kroner(0), override=Colour.RED)
'''
).replace("before=kroner(before)", "before=kroner(1) * before")
SEEDS = st.integers(0, 2**32)
AMOUNTS = st.one_of(st.integers(0, 10**7), st.integers(-(2**62), 2**62))
SCALED = st.one_of(st.integers(0, 10**12), st.integers(-(2**62) + 1, 2**62 - 1))
FACTS = st.lists(st.tuples(AMOUNTS, AMOUNTS, SCALED, SCALED), min_size=4, max_size=4)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return law_packs.load(tmp_path_factory.mktemp("small"), LAW, vocabulary=VOCABULARY, pack=TOML)


def by_kernel(pack: Pack, programme: str, history: History, *, fast: bool) -> dict[tuple[int, int], Any]:
    facts = columns.build(pack, history)
    keys = columns.keys(pack, programme, facts)
    ends = (keys.holders, keys.abouts, keys.links)
    when: dict[str, Any] = {"known_at": None, "first": FIRST, "last": LAST, "kept": None, "fast": fast}
    grants = kernel.evaluate(pack, programme, facts, *ends, **when)
    numbers = facts.numbers["Person"]
    pairs = zip(numbers[keys.holders].tolist(), numbers[keys.abouts].tolist(), strict=True)
    return {pair: kernel.decoded(pack, programme, grants, row) for row, pair in enumerate(pairs)}


def by_hand(wage: int, pension: int, fee: Fraction, worth: Fraction) -> dict[str, int]:
    part = round_significant(Fraction(wage, 7), 5, "half_even")
    left = wage - Fraction(wage, 3)
    return {
        "pensions": round_exactly(2 * pension * fee, 100, "half_up"),
        "worths": round_exactly(round_decimals(worth / 12, 10, "half_up") * fee * 100, 100, "down"),
        "part": round_exactly(part, 100, "half_up"),
        "twelfth": round_exactly(round_decimals(fee / 12, 3, "up") * 1000, 1, "half_up"),
        "last": round_exactly(max(min(part, left), 0), 100, "up"),
    }


@settings(max_examples=120, deadline=None)
@given(facts=FACTS, fast=st.booleans())
def test_what_is_known_is_exact(pack: Pack, facts: list[tuple[int, int, int, int]], fast: bool) -> None:
    history = {
        at: SubjectHistory(
            "Person",
            {
                ("Person.wage", 0): [(BEGIN, wage)],
                ("Person.pension", 0): [(BEGIN, pension)],
                ("Person.fee", 0): [(BEGIN, unscaled(fee, 10))],
                ("Person.worth", 0): [(BEGIN, unscaled(worth, 4))],
            },
        )
        for at, (wage, pension, fee, worth) in enumerate(facts, start=1)
    }
    world, compiled = World(pack, history), by_kernel(pack, "x", history, fast=fast)
    for at, (wage, pension, fee, worth) in enumerate(facts, start=1):
        found = interpret.value(pack, "x", world, at, at, FIRST)
        assert compiled[at, at][0][1] == found
        wanted = by_hand(wage, pension, Fraction(fee, 10**10), Fraction(worth, 10**4))
        assert plain.value(pack, "x", world, at, at, FIRST) == wanted
        assert found in (UNKNOWN, wanted)
        if max(abs(wage), abs(pension), abs(fee) // 1000, abs(worth)) < 10**9:
            assert found == wanted


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_what_those_ahead_have(pack: Pack, seed: int) -> None:
    drawn = random_history(pack, seed)
    world = World(pack, drawn)
    for pair, found in by_kernel(pack, "ahead", drawn, fast=False).items():
        assert found == interpret.timeline(pack, "ahead", world, *pair, FIRST, LAST)
        for day, due in found:
            try:
                assert plain.value(pack, "ahead", world, *pair, day) == due
            except NotKnown:
                continue


def test_compiled_it_gives_the_same(pack: Pack) -> None:
    for seed in range(15):
        history = random_history(pack, seed)
        assert by_kernel(pack, "ahead", history, fast=True) == by_kernel(pack, "ahead", history, fast=False)


@given(seed=SEEDS)
def test_a_remainder_is_used_up_by_the_first(pack: Pack, seed: int) -> None:
    """All that is taken together is the remainder or all that was wanted, and only the last gets a part."""
    random = Random(seed)
    weights = {number: random.randrange(30) for number in range(1, random.randrange(2, 6))}
    links = {("Bond.present", n): [(BEGIN, True)] for n in weights}
    links |= {("Bond.close", n): [(BEGIN, True)] for n in weights}
    links |= {("Bond.weight", n): [(BEGIN, weight)] for n, weight in weights.items()}
    history = {9: SubjectHistory("Person", links)}
    history |= {
        n: SubjectHistory("Person", {("Person.born", 0): [(BEGIN, random.randrange(3))]}) for n in weights
    }
    world = World(pack, history)
    due: dict[int, Any] = {n: interpret.value(pack, "ahead", world, 9, n, FIRST) for n in weights}
    taken = {n: due[n]["percent"] for n in weights}
    assert sum(taken.values()) == min(40, sum(weights.values()))
    assert sum(0 < taken[n] < weights[n] for n in weights) <= 1


GOLDEN = [
    ("round_to(convert(person.pension, percent('1050')), kroner(1), HALF_UP)", 10500),
    ("round_to(convert(ratio(2, 1), person.fee), kroner(1), DOWN)", 300),
    ("round_to(used(kroner(300), kroner(700), kroner(600)), kroner(1), DOWN)", 10000),
    ("used(kroner(300), kroner(700), kroner(900))", 0),
    ("used(kroner(300), kroner(700), kroner(0))", 30000),
    ("round_to(round_significant(kroner(2516) / 3, 7, HALF_UP), cents(1), HALF_UP)", 83867),
    ("round_to(round_significant(kroner(2516) / 3, 2, DOWN), cents(1), HALF_UP)", 83000),
]


@pytest.mark.parametrize(("written", "wanted"), GOLDEN)
def test_worked_by_hand(tmp_path: Path, written: str, wanted: int) -> None:
    body = f'''from duly.law import cents, convert, percent, ratio, round_significant, used


@programme("x", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def found(person: Person) -> Grant | None:
    """A grant."""
    found = {written}
    return Grant(rate=kroner(0), percent=0, before=kroner(0), amount=found, override=Colour.RED)
'''
    small = law_packs.load(tmp_path / "pack", body, vocabulary=VOCABULARY, pack=TOML)
    history = {1: SubjectHistory("Person", {("Person.pension", 0): [(BEGIN, 1000)]})}
    world = World(small, history)
    assert interpret.value(small, "x", world, 1, 1, 0)["amount"] == wanted
    assert plain.value(small, "x", world, 1, 1, 0)["amount"] == wanted  # pyright: ignore[reportOptionalSubscript]  # it is due
    assert by_kernel(small, "x", history, fast=False)[1, 1][0][1]["amount"] == wanted


REFUSED = [
    ("return person.wage + person.pension > kroner(0)", "Money + Money in EUR", "convert(amount, rate)"),
    ("return person.wage < person.pension", "Money in EUR", "same type"),
    ("return max(person.wage, person.pension) > kroner(0)", "Money in EUR", "convert(amount, rate)"),
    (
        "return round_to(convert(person.wage, ratio(1, 2)), kroner(1), DOWN) > kroner(0)",
        "given Money",
        "Decimal",
    ),
    (
        "return round_to(convert(person.pension, kroner(9)), kroner(1), DOWN) > kroner(0)",
        "Money, not Ratio",
        "Ratio",
    ),
    ("return round_to(convert(person.pension), kroner(1), DOWN) > kroner(0)", "not complete", "convert("),
    ("return used(kroner(5), person.pension, kroner(0)) > kroner(0)", "Money in EUR", "one currency"),
    ("return used(kroner(5), kroner(5)) > kroner(0)", "not complete", "used(own"),
    ("return used(person.born, person.born, person.born) > 0", "was given Day", "three amounts"),
    ("return round_decimals(person.wage / 3, 2, DOWN) > ratio(1, 2)", "share of money", "a Ratio"),
    ("return round_decimals(person.fee, 18, DOWN) > ratio(1, 2)", "how it rounds", "at most 17"),
    ("return round_decimals(person.fee, person.heads, DOWN) > ratio(1, 2)", "There is no", "Person."),
    ("return round_significant(person.fee, 0, DOWN) > ratio(1, 2)", "how it rounds", "at most 17"),
    (
        "return sum_before(person, ((q.born, q) for q, b in person.knows)) is None",
        "adds up no members",
        "amount",
    ),
    (
        "return sum_before(person, ((q.died, q, 1) for q, b in person.knows)) is None",
        "orders by Day",
        "never None",
    ),
    (
        "return sum_before(person, ((q.born, q, q.married) for q, b in person.knows)) is None",
        "adds bool",
        "money",
    ),
    (
        "return sum_before(person.born, ((q.born, q, 1) for q, b in person.knows)) is None",
        "looks for Day",
        "Person",
    ),
]


@pytest.mark.parametrize(("body", "what", "instead"), REFUSED)
def test_what_is_refused(tmp_path: Path, body: str, what: str, instead: str) -> None:
    words = "from duly.law import convert, ratio, round_decimals, round_significant, sum_before, used\n\n\n"
    with pytest.raises(LawRefused) as refused:
        law_packs.load(tmp_path / "pack", words + law_packs.rule(body), vocabulary=VOCABULARY, pack=TOML)
    (finding,) = refused.value.findings
    assert what in finding.what
    assert instead in finding.write_instead


def test_a_rate_may_be_of_another_currency(tmp_path: Path) -> None:
    figures = (
        law_packs.RATES
        + '\nLIMIT = rate("limit", source="Act § 1", currency="EUR", entries={"": kroner(9)})\n'
    )
    good = law_packs.rule("return person.pension > rates.LIMIT")
    law_packs.load(tmp_path / "good", good, vocabulary=VOCABULARY, pack=TOML, rates=figures)
    for wrong in ('"euro"', '"NOK1"'):
        with pytest.raises(LawRefused, match="currency"):
            law_packs.load(
                tmp_path / wrong.strip('"'),
                good,
                vocabulary=VOCABULARY,
                pack=TOML,
                rates=figures.replace('"EUR"', wrong),
            )
    bad = law_packs.rule("return person.wage > rates.LIMIT")
    with pytest.raises(LawRefused) as refused:
        law_packs.load(tmp_path / "bad", bad, vocabulary=VOCABULARY, pack=TOML, rates=figures)
    assert "Money in EUR" in refused.value.findings[0].what
