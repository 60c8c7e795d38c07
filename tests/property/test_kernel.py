"""The kernel gives what the interpreter gives, for any rule, any facts and any gaps in them."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import law_packs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import (
    BOOL,
    DAY,
    FIRST,
    INT,
    LAST,
    PEOPLE,
    PERSON,
    SPAN,
    random_history,
    random_pack,
    steadied,
)

from duly.errors import OurFault
from duly.law import UNKNOWN, History, Pack, World, columns, interpret, ir, kernel, scalars
from duly.law.ir import Node
from duly.law.money import round_exactly
from duly.law.periods import COUNTED, PLAIN, bounds, reach
from duly.timeline import BEGIN, add_months, from_iso

SEEDS = st.integers(0, 2**32)
NUMBERS = st.one_of(st.integers(-(2**63) + 1, 2**63 - 1), st.integers(-300, 300))
POSITIVE = st.one_of(st.integers(1, 2**63 - 1), st.integers(1, 300))
NEVER = 2**62
"""More keys than code for a shape is ever made from, here."""
Keyed = list[tuple[int, int]]
DAYS = st.integers(from_iso("1890-01-01"), from_iso("2110-01-01"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """A small vocabulary; the law is drawn at random in its place."""
    return law_packs.load(tmp_path_factory.mktemp("small"), law_packs.rule("return person.married"))


@pytest.fixture(scope="module")
def drawn(small: Pack) -> Pack:
    """One random pack that is compiled once for all tests here."""
    return random_pack(small, 42)


def _grants(
    pack: Pack, history: History, *, first: int, last: int, **how: Any
) -> tuple[Keyed, kernel.Grants]:
    """The keys of a batch as (holder, about) numbers, and what each is due."""
    facts = columns.build(pack, history)
    keys = columns.keys(pack, "random", facts)
    ends = (keys.holders, keys.abouts, keys.links)
    given = {"known_at": None, "first": first, "last": last, "kept": None, **how}
    numbers = facts.numbers["Person"]
    pairs = zip(numbers[keys.holders].tolist(), numbers[keys.abouts].tolist(), strict=True)
    return list(pairs), kernel.evaluate(pack, "random", facts, *ends, **given)


def _by_kernel(
    pack: Pack, history: History, *, fast: bool, shaped: int = NEVER, last: int = LAST
) -> dict[tuple[int, int], Any]:
    pairs, grants = _grants(pack, history, first=FIRST, last=last, fast=fast, shaped=shaped)
    return {pair: kernel.decoded(pack, "random", grants, row) for row, pair in enumerate(pairs)}


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS)
def test_kernel_is_interpreter(small: Pack, seed: int) -> None:
    pack, history = random_pack(small, seed), random_history(small, seed)
    world = World(pack, history)
    for (holder, about), found in _by_kernel(pack, history, fast=False).items():
        assert found == interpret.timeline(pack, "random", world, holder, about, FIRST, LAST), (holder, about)


@settings(max_examples=200, deadline=None)
@given(seed=SEEDS, once=st.booleans())
def test_code_for_a_shape_gives_the_same(small: Pack, seed: int, once: bool) -> None:
    pack, history = random_pack(small, seed), steadied(small, random_history(small, seed), seed)
    world, last = World(pack, history), FIRST + 1 if once else LAST
    for (holder, about), found in _by_kernel(pack, history, fast=False, shaped=0, last=last).items():
        assert found == interpret.timeline(pack, "random", world, holder, about, FIRST, last), (holder, about)


def test_compiled_for_a_shape_it_gives_the_same(small: Pack) -> None:
    for seed in range(12):
        pack, history = random_pack(small, seed), steadied(small, random_history(small, seed), seed)
        last = FIRST + 1 if seed % 3 == 0 else LAST
        by_shape = _by_kernel(pack, history, fast=True, shaped=0, last=last)
        assert by_shape == _by_kernel(pack, history, fast=False, last=last)


def test_compiled_it_gives_the_same(small: Pack, drawn: Pack) -> None:
    for seed in range(60):
        history = random_history(small, seed)
        assert _by_kernel(drawn, history, fast=True) == _by_kernel(drawn, history, fast=False)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_columns_hold_every_fact_on_every_day(small: Pack, seed: int) -> None:
    pack, history = _reading_everything(small), random_history(small, seed)
    world, facts = World(pack, history), columns.build(pack, history)
    people = facts.numbers["Person"].tolist()
    bonds = facts.links["Person.knows"]
    ends = list(zip(bonds.owners.tolist(), bonds.members.tolist(), strict=True))
    days = {
        start + late for s in history.values() for f in s.facts.values() for start, _ in f for late in (-1, 0)
    }
    for name, column in facts.columns.items():
        attribute = pack.vocabulary.attribute(name)
        rows = (
            [(people[a], people[b]) for a, b in ends] if name.startswith("Bond") else [(n, 0) for n in people]
        )
        assert len(column) == len(rows)
        for (subject, member), row in zip(rows, range(len(column)), strict=True):
            for day in sorted(max(day, BEGIN) for day in days):
                _, value, known = [segment for segment in column.row(row) if segment[0] <= day][-1]
                found = pack.vocabulary.decode(attribute.type, value) if known else UNKNOWN
                assert found == world.fact(name, subject, member, day)


def _reading_everything(pack: Pack) -> Pack:
    """A rule that reads all attributes, so that all have columns."""
    kinds = {"Person": PERSON, "Bond": replace(PERSON, kind=ir.Kind.LINK, name="Bond")}
    attributes = [a for a in pack.vocabulary.attributes.values() if a.type.kind is not ir.Kind.TEXT]
    reads = tuple(
        ir.Read(type=a.type, span=SPAN, of=_local("x", kinds[a.owner]), attribute=a.name) for a in attributes
    )
    body = ir.And(type=BOOL, span=SPAN, parts=reads)
    return replace(pack, rules={"all": _rule("all", body, [("x", PERSON)], BOOL)})


def _local(name: str, of: ir.Type) -> Node:
    return ir.Local(type=of, span=SPAN, name=name)


def _rule(name: str, body: Node, parameters: list[tuple[str, ir.Type]], result: ir.Type) -> ir.RuleIR:
    return ir.RuleIR(
        name=name,
        parameters=tuple(ir.Parameter(name=given, type=of) for given, of in parameters),
        result=result,
        versions=(ir.RuleVersion(since=BEGIN, law="", sentence="", body=body, span=SPAN),),
        finding="",
    )


def _giving(pack: Pack, number: Node) -> Pack:
    """A pack whose programme gives each person this number, on every day."""
    drawn = random_pack(pack, 0)
    of = ir.Type(kind=ir.Kind.RECORD, optional=False, name="One")
    body = ir.MakeRecord(type=of, span=SPAN, names=("number",), fields=(number,))
    rule = _rule("whole", body, [("person", PERSON)], of)
    programme = replace(
        drawn.programmes["random"], over="", every="day", rule=rule, record="One", fields=(("number", INT),)
    )
    return replace(drawn, rules={"whole": rule}, programmes={"random": programme})


def _whole(value: int) -> Node:
    return ir.Const(type=INT, span=SPAN, value=value)


def _arith(op: str, *parts: Node) -> Node:
    return ir.Arith(type=INT, span=SPAN, op=op, parts=parts)


@pytest.mark.parametrize("fast", [False, True])
@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (_arith("*", _whole(2**40), _whole(2**40)), scalars.OVERFLOW),
        (_arith("+", _whole(2**63 - 1), _whole(1)), scalars.OVERFLOW),
        (_arith("//", _whole(7), _arith("-", _whole(1), _whole(1))), scalars.DIVIDED_BY_ZERO),
        (_arith("%", _whole(7), _arith("-", _whole(1), _whole(1))), scalars.DIVIDED_BY_ZERO),
    ],
)
def test_what_does_not_fit_is_unknown_and_says_why(
    small: Pack, number: Node, reason: int, fast: bool
) -> None:
    history = random_history(small, 0)
    pairs, grants = _grants(_giving(small, number), history, first=0, last=9, fast=fast)
    assert grants.state.tolist() == [kernel.NOT_KNOWN] * len(pairs)
    assert grants.reasons.tolist() == [reason] * len(pairs)
    assert not grants.fields.any()


def test_what_is_held_from_outside_a_selector_changes_when_it_does(small: Pack) -> None:
    """On the 9th day of a month, though what is looked at is the first."""
    turn = replace(_whole(from_iso("2024-02-09")), type=DAY)
    passed = ir.Compare(type=BOOL, span=SPAN, op=">=", left=ir.Today(type=DAY, span=SPAN), right=turn)
    inside = ir.If(type=INT, span=SPAN, test=_local("passed", BOOL), then=_whole(1), other=_whole(2))
    look = ir.Select(type=INT, span=SPAN, period="this_month", count=1, op="first", body=inside)
    number = ir.Let(type=INT, span=SPAN, name="passed", value=passed, body=look)
    _, grants = _grants(_giving(small, number), random_history(small, 0), first=FIRST, last=LAST, fast=False)
    assert grants.starts[: grants.offsets[1]].tolist() == [FIRST, from_iso("2024-02-09")]


def test_a_rule_may_be_deeper_than_python_allows_blocks(small: Pack) -> None:
    number: Node = _whole(0)
    for late in range(150):
        bound = replace(_whole(late), type=DAY)
        test = ir.Compare(type=BOOL, span=SPAN, op="<", left=ir.Today(type=DAY, span=SPAN), right=bound)
        number = ir.If(type=INT, span=SPAN, test=test, then=_whole(late), other=number)
    deep = ir.Let(type=INT, span=SPAN, name="deep", value=number, body=_local("deep", INT))
    _, grants = _grants(_giving(small, deep), random_history(small, 0), first=140, last=160, fast=False)
    assert grants.fields[: grants.offsets[1], 0].tolist() == [149, 0]
    assert grants.starts[: grants.offsets[1]].tolist() == [140, 149]


def test_many_keys_give_what_few_give(small: Pack, drawn: Pack) -> None:
    facts = columns.build(drawn, random_history(small, 42))
    keys = columns.keys(drawn, "random", facts)
    times = kernel.SHARED // len(keys) + 3
    few = (keys.holders, keys.abouts, keys.links)
    many = [np.tile(each, times) for each in few]
    when: dict[str, Any] = {"known_at": None, "first": FIRST, "last": LAST, "kept": None}
    all_of_it = kernel.evaluate(drawn, "random", facts, *many, **when)
    once = kernel.evaluate(drawn, "random", facts, *few, **when)
    assert len(all_of_it) == times * len(once)
    assert np.array_equal(all_of_it.fields, np.tile(once.fields, (times, 1)))
    assert np.array_equal(np.diff(all_of_it.offsets), np.tile(np.diff(once.offsets), times))


@given(DAYS, DAYS, st.integers(-30, 1300), st.booleans())
def test_a_day_is_reached_by_those_born_on_or_before_the_latest(
    day: int, born: int, months: int, up: bool
) -> None:
    for near in (born, day, add_months(day, -months), scalars.latest(day, months, up) + 1):
        reached = add_months(near, months, int(up)) <= day
        assert reached == (near <= scalars.latest(day, months, int(up)))


@given(NUMBERS, NUMBERS)
def test_whole_numbers_are_exact_or_say_so(a: int, b: int) -> None:
    for function, exact in ((scalars.times, a * b), (scalars.plus, a + b)):
        value, known = function(a, b)
        assert (value, known) == (exact, 1) or (known == scalars.OVERFLOW and abs(exact) >= 2**63)


@given(NUMBERS, POSITIVE, NUMBERS, POSITIVE)
def test_fractions_are_exact_or_say_so(a: int, b: int, c: int, d: int) -> None:
    one, other = Fraction(a, b), Fraction(c, d)
    for function, exact in (
        (scalars.ratio_times, one * other),
        (scalars.ratio_plus, one + other),
        (scalars.ratio_over, one / other if other else None),
    ):
        top, bottom, known = function(a, b, c, d)
        assert (
            known == 1
            or max(map(abs, (a, b, c, d))) > 2**20
            or (exact is None and known == scalars.DIVIDED_BY_ZERO)
        )
        assert known != 1 or (bottom > 0 and exact == Fraction(top, bottom))
    order, known = scalars.ratio_order(a, b, c, d)
    assert known == scalars.OVERFLOW or order == (one > other) - (one < other)


@given(st.integers(-(2**40), 2**40), st.integers(1, 1000), st.sampled_from([1, 100, 150]))
def test_rounding_is_as_the_law_says(a: int, b: int, to: int) -> None:
    for how, (half, upward) in {"down": (0, 0), "up": (0, 1), "half_up": (1, 0), "half_even": (2, 0)}.items():
        assert scalars.rounded(a, b, to, half, upward) == (round_exactly(Fraction(a, b), to, how), 1)


@given(
    DAYS,
    st.integers(0, 400),
    st.sampled_from([*((name, 1) for name in PLAIN), *((name, n) for name in COUNTED for n in (1, 4, 9))]),
)
def test_a_period_is_left_on_the_first_day_that_it_no_longer_reaches(
    day: int, later: int, period: tuple[str, int]
) -> None:
    here = reach(*period)
    first, after = bounds(*period, day)
    reached = scalars.first_shift(first + 1 + later, here.begin, here.step, here.shift)
    assert bounds(*period, reached)[0] >= first + 1 + later > bounds(*period, reached - 1)[0]
    reached = scalars.last_shift(after + later, here.end, here.step, here.shift)
    assert bounds(*period, reached)[1] - 1 >= after + later > bounds(*period, reached - 1)[1] - 1


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (("this_quarter", 1), "2024-01-01", "2024-03-31"),
        (("previous_quarter", 1), "2023-10-01", "2023-12-31"),
        (("previous_year", 1), "2023-01-01", "2023-12-31"),
        (("years_ago", 2), "2022-01-01", "2022-12-31"),
        (("year_from", 9), "2023-09-01", "2024-08-31"),
        (("previous_year_from", 4), "2022-04-01", "2023-03-31"),
        (("last_months", 3), "2023-12-01", "2024-02-29"),
    ],
)
def test_a_period_is_what_it_is_called(period: tuple[str, int], first: str, last: str) -> None:
    assert bounds(*period, from_iso("2024-02-10")) == (from_iso(first), from_iso(last) + 1)


@given(st.lists(st.integers(-5, 20), min_size=1, unique=True), st.integers(-6, 21))
def test_a_set_holds_what_is_in_it(values: list[int], value: int) -> None:
    assert scalars.among(sorted(values), len(values), value) == int(value in values)


def test_generated_modules_are_kept_by_what_they_say(small: Pack, tmp_path: Path) -> None:
    pack, history = _giving(small, _whole(5)), random_history(small, 3)
    pairs, grants = _grants(pack, history, first=0, last=40, kept=tmp_path)
    assert grants.fields.tolist() == [[5]] * len(pairs)
    assert [file.suffix for file in tmp_path.iterdir()] == [".o"]


def test_people_and_days_are_what_the_tests_think(small: Pack) -> None:
    """The properties above say nothing if everything is unknown or nothing is ever due."""
    seen: set[str] = set()
    for seed in range(25):
        pack, history = random_pack(small, seed), random_history(small, seed)
        assert set(history) <= set(PEOPLE)
        for segments in _by_kernel(pack, history, fast=False).values():
            seen |= {
                "unknown" if due is UNKNOWN else "none" if due is None else "grant" for _, due in segments
            }
    assert seen == {"unknown", "none", "grant"}


def test_a_directory_that_cannot_be_written_is_named(small: Pack, tmp_path: Path) -> None:
    occupied = tmp_path / "file"
    occupied.write_text("not a directory", encoding="utf-8")
    with pytest.raises(OurFault) as caught:
        _grants(_giving(small, _whole(6)), random_history(small, 3), first=0, last=9, kept=occupied)
    assert caught.value.where == str(occupied)
