"""Exact ratios, dated tables and scales, records of a pack's own, another programme's entitlement.

Each rule is called as plain Python, interpreted and compiled; where all facts are known the three agree.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from law_packs import RATES, load, rule

from duly.law import UNKNOWN, LawRefused, Pack, SubjectHistory, World, check_pack, columns, kernel, plain
from duly.law import interpret as interpreter
from duly.timeline import BEGIN, from_iso

MORE = "from duly.law import Ratio, Record, Share, banded, cents, euros, marginal, percent, ratio\n\n\n"
FIGURES = (
    RATES
    + """
from duly.law import ABOVE, BELOW, UNKNOWN, euros, percent, scale, table
from .vocabulary import Colour

TAX = rate("tax", source="Act § 2", entries={"": percent("12.5"), "2024-02-01": percent("1") * 33})
HEADS = rate("heads", source="Act § 2", entries={"": 3})
NEW = rate("new", source="Act § 2", before=UNKNOWN, entries={"2024-02-01": 3})
LIMIT = table("limit", source="Act § 3", entries={
    "": {Colour.RED: kroner(1), Colour.GREEN: kroner(2), Colour.BLUE: kroner(3)},
    "2024-02-05": {Colour.RED: kroner(4), Colour.GREEN: kroner(5), Colour.BLUE: kroner(6)},
})
SOME = table("some", source="Act § 3", entries={"": {Colour.RED: 1}})
PLACES = table("places", source="Act § 3", entries={"": {"0301": 1, "5501": 2}})
CHILDREN = table("children", source="Act § 3", entries={"": {BELOW: 0, 1: 10, 2: 30, ABOVE: 50}})
GAPS = table("gaps", source="Act § 3", entries={"": {1: 10, 3: 30}})
BANDS = scale("bands", source="Act § 4", entries={
    "": {kroner(0): percent("10"), kroner(100): percent("20"), kroner(1000): percent("50")},
    "2024-02-05": {kroner(0): percent("10"), kroner(200): percent("30")},
})
TARIFF = scale("tariff", source="Act § 4", entries={"": {0: kroner(2), 10: kroner(1)}})
"""
)
DAY, LATER = from_iso("2024-02-02"), from_iso("2024-02-10")


def small(directory: Path, law: str) -> Pack:
    """A pack with these figures."""
    return load(directory, MORE + law, rates=FIGURES)


FACTS = {"wage": 10000, "colour": "green", "home": "5501"}


def with_programme(bodies: Sequence[tuple[str, str]]) -> str:
    """A rule for each body (lines, and what they return), and a programme that gives all their values."""
    law, fields, values = "", "", ""
    for at, (body, result) in enumerate(bodies):
        ahead = "if person.home is None:\n    return None\n" if "person.home]" in body else ""
        law += rule(ahead + body, result=result).replace("def tested", f"def tested_{at}") + "\n\n"
        fields += f"    v{at}: {result}\n"
        values += f"v{at}=tested_{at}(person), "
    return (
        f"{law}class Found(Record):\n{fields}\n\n"
        '@programme("small.found", agency="office", law="Act § 1", every=DAY, delivery="automatic",\n'
        '    purpose="help")\n'
        "def found(person: Person) -> Found | None:\n"
        '    """What was found."""\n'
        f"    return Found({values})\n"
    )


def everywhere(pack: Pack, day: int, *, fast: bool, **facts: object) -> Any:
    """The record by plain Python, interpreter and kernel (compiled or as it stands), which agree."""
    history = {7: SubjectHistory("Person", {(f"Person.{n}", 0): [(BEGIN, v)] for n, v in facts.items()})}
    world = World(pack, history)
    found = interpreter.value(pack, "small.found", world, 7, 7, day)
    batch = columns.build(pack, history)
    keys = columns.keys(pack, "small.found", batch)
    ends = (keys.holders, keys.abouts, keys.links)
    days = {"known_at": None, "first": day, "last": day + 1}
    grants = kernel.evaluate(pack, "small.found", batch, *ends, **days, fast=fast, kept=None)
    assert kernel.decoded(pack, "small.found", grants, 0)[0][1] == found
    if found is not UNKNOWN:
        assert plain.value(pack, "small.found", world, 7, 7, day) == found
    return found


NUMBERS = [
    ("return round_to(person.wage * rates.TAX, cents(1), HALF_UP)", "Money", DAY, 3300),
    ("return round_to(person.wage * percent('12.5') / 3, cents(1), DOWN)", "Money", DAY, 416),
    ("return round_to(ratio(rates.HEADS, 2) * person.wage, euros(1), HALF_UP)", "Money", DAY, 15000),
    ("return round_to(person.wage / rates.PLAIN * 100, 1, HALF_UP)", "int", DAY, 91),
    ("return 1 if ratio(1, 3) < percent('34') else 2", "int", DAY, 1),
    ("return 1 if ratio(6, 2) == rates.HEADS else 2", "int", DAY, 1),
    ("return 1 if person.wage / 3 > kroner('33.33') else 2", "int", DAY, 1),
    ("return round_to(max(ratio(1, 3), percent('33')) * 100, 1, UP)", "int", DAY, 34),
    ("return round_to(person.wage - person.wage / 3, cents(1), UP)", "Money", DAY, 6667),
    ("return rates.LIMIT[person.colour]", "Money", DAY, 200),
    ("return rates.LIMIT[person.colour]", "Money", LATER, 500),
    ("return rates.SOME[person.colour]", "int | None", DAY, None),
    ("return rates.PLACES[person.home]", "int | None", DAY, 2),
    ("return rates.CHILDREN[rates.HEADS]", "int", DAY, 50),
    ("return rates.CHILDREN[2] + rates.CHILDREN[0] + rates.CHILDREN[1]", "int", DAY, 40),
    ("return rates.GAPS[2]", "int | None", DAY, None),
    ("return round_to(marginal(rates.BANDS, kroner(1100)), cents(1), HALF_UP)", "Money", DAY, 24000),
    ("return round_to(marginal(rates.BANDS, kroner(50)), cents(1), HALF_UP)", "Money", DAY, 500),
    ("return round_to(marginal(rates.BANDS, kroner(1100)), cents(1), HALF_UP)", "Money", LATER, 29000),
    ("return marginal(rates.TARIFF, 12)", "Money", DAY, 2200),
    ("return banded(rates.TARIFF, 10)", "Money | None", DAY, 100),
    ("return banded(rates.TARIFF, -1)", "Money | None", DAY, None),
    ("return rates.NEW", "int", LATER, 3),
    ("return round_to(this_year.mean(lambda: rates.PLAIN), cents(1), HALF_UP)", "Money", DAY, 10915),
    ("return round_to(previous_month.mean(lambda: rates.HEADS), 1, HALF_UP)", "int", DAY, 3),
    ("return rates.NEW", "int", from_iso("2024-01-02"), UNKNOWN),
    ("return round_to(person.wage / (rates.HEADS - 3), cents(1), DOWN)", "Money", DAY, UNKNOWN),
    ("return 7 // (rates.HEADS - 3)", "int", DAY, UNKNOWN),
    ("return 7 % (rates.HEADS - 3)", "int", DAY, UNKNOWN),
    ("return 7 // (rates.HEADS - 5)", "int", DAY, -4),
    ("return (rates.HEADS + 9223372036854775800) * 2", "int", DAY, UNKNOWN),
    ("return rates.HEADS + 9223372036854775806", "int", DAY, UNKNOWN),
]


@pytest.mark.parametrize(("body", "result", "day", "expected"), NUMBERS)
def test_every_evaluator_gives_the_same_number(
    tmp_path: Path, body: str, result: str, day: int, expected: object
) -> None:
    pack = small(tmp_path / "pack", with_programme([(body, result)]))
    found = everywhere(pack, day, fast=False, **FACTS)
    assert (found if found is UNKNOWN else found["v0"]) == expected


def test_compiled_law_gives_the_same_numbers(tmp_path: Path) -> None:
    for day in (DAY, LATER):
        known = [row for row in NUMBERS if row[2] == day and row[3] is not UNKNOWN]
        pack = small(tmp_path / f"pack{day}", with_programme([row[:2] for row in known]))
        found = everywhere(pack, day, fast=True, **FACTS)
        assert list(found.values()) == [row[3] for row in known]


@pytest.mark.parametrize(
    ("body", "result", "what"),
    [
        ("return person.wage * rates.TAX", "Money", "an unrounded share of money, not Money"),
        ("return rates.TAX", "Money", "Ratio, not Money"),
        ("return round_to(rates.TAX, cents(1), HALF_UP)", "Money", "no unit to round to"),
        ("return 1 / rates.HEADS", "int", "int / int"),
        ("return 3 / 2", "int", "int / int"),
        ("return rates.HEADS // 0", "int", "0 is zero"),
        ("return rates.LIMIT", "Money", "read whole"),
        ("return rates.LIMIT[3]", "Money", "limit names no whole number"),
        ("return rates.LIMIT[person.home]", "Money", "may be None"),
        ("return rates.SOME[person.colour]", "int", "may be None"),
        ("return rates.HEADS[1]", "int", "looked up by index"),
        ("return marginal(rates.LIMIT, kroner(1))", "Money", "no scale"),
        ("return marginal(rates.TARIFF, kroner(1))", "Money", "The amount is Money, not int"),
        ("return 1 if rates.TAX < kroner(1) else 2", "int", "One way this is Ratio"),
        ("return rates.TAX + person.wage", "Money", "Ratio + Money"),
        ("return euros('1.234')", "Money", "finer than a minor unit"),
        ("return round_to(percent('x') * person.wage, cents(1), DOWN)", "Money", "is no number"),
    ],
)
def test_what_has_no_unit_or_no_value_is_refused(tmp_path: Path, body: str, result: str, what: str) -> None:
    with pytest.raises(LawRefused) as refused:
        small(tmp_path / "pack", rule(body, result=result))
    assert what in refused.value.detail


OTHER = '''
class Family(Record):
    base: Money
    extra: Money
    amount: Money


@rule(law="Act § 5")
def third(person: Person) -> Share:
    """A third."""
    return person.wage / 3


@rule(law="Act § 5")
def twice(part: Ratio) -> Ratio:
    """Twice a ratio."""
    return part * 2


@programme("small.family", agency="office", law="Act § 5", every=DAY, delivery="automatic", purpose="help")
def family(person: Person) -> Family | None:
    """A third of the wage for those who are married."""
    if not person.married:
        return None
    base = round_to(third(person), cents(1), HALF_UP)
    return Family(base=base, extra=cents(1), amount=base + cents(1))


class Found(Record):
    amount: Money


@programme("small.found", agency="office", law="Act § 6", every=DAY, delivery="automatic", purpose="help")
def found(person: Person) -> Found | None:
    """Half of the family's base."""
    granted = family(person)
    if granted is None:
        return Found(amount=cents(0))
    return Found(amount=round_to(granted.base * twice(percent("25")), cents(1), HALF_UP) + granted.extra)
'''


def test_a_programme_builds_on_another_and_on_records_of_its_own(tmp_path: Path) -> None:
    pack = small(tmp_path / "pack", OTHER)
    assert not [f for f in check_pack(pack) if "No rule reads the rate" not in f.what]
    assert everywhere(pack, DAY, fast=True, wage=100, married=True) == {"amount": 18}
    assert everywhere(pack, DAY, fast=True, wage=100, married=False) == {"amount": 0}
    assert everywhere(pack, DAY, fast=True, wage=100, married=UNKNOWN) is UNKNOWN
    fields = [name for name, _ in pack.programme("small.family").fields]
    assert fields == ["base", "extra", "amount"]


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ("return Found(amount=family(person).base)", "may be None"),
        ("return Found(amount=granted.bass)", "There is no Family.bass"),
    ],
)
def test_a_field_is_read_of_what_is_there(tmp_path: Path, wrong: str, what: str) -> None:
    law = OTHER.replace(
        "return Found(amount=round_to(granted.base", f"{wrong}\n    return Found(amount=round_to(granted.base"
    )
    with pytest.raises(LawRefused) as refused:
        small(tmp_path / "pack", law)
    assert what in refused.value.detail


@pytest.mark.parametrize(
    ("wrong", "what"),
    [
        ('rate("x", source="s", entries={"": kroner(1), "2024-01-01": 2})', "several kinds"),
        ('rate("x", source="s", entries={"": 1.5})', "No value of a rate"),
        ('rate("x", source="s", entries={"": True})', "No value of a rate"),
        ('rate("x", source="s", before=UNKNOWN, entries={"": 1})', "known since ever"),
        ('table("x", source="s", entries={"": {Colour.RED: 1, 2: 3}})', "several keys"),
        ('table("x", source="s", entries={"": {Colour.RED: 1, Colour.BLUE: kroner(3)}})', "several kinds"),
        ('table("x", source="", entries={"": {1: 1}})', "without a source"),
        ('scale("x", source="s", entries={"": {kroner(2): 1, kroner(1): 2}})', "out of order"),
        ('scale("x", source="s", entries={"": {}})', "out of order"),
    ],
)
def test_figures_that_cannot_be_meant_are_refused(tmp_path: Path, wrong: str, what: str) -> None:
    with pytest.raises(LawRefused) as refused:
        load(tmp_path / "pack", "", rates=FIGURES + f"WRONG = {wrong}\n")
    assert what in f"{refused.value.__cause__} {refused.value.detail}"


def test_a_ratio_of_a_module_is_exact_in_plain_python(tmp_path: Path) -> None:
    assert percent_of(small(tmp_path / "pack", "")) == Fraction(1, 8)


def percent_of(pack: Pack) -> object:
    return pack.rates["tax"].value(from_iso("2024-01-01"))
