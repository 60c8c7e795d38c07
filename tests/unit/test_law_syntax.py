"""What cannot be read is refused where it stands, with what to write instead; what can is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import FIRST_LINE, load, rule

from duly.law import LawRefused

REFUSED = [
    (
        "return any(q.married for p, b in person.knows for q in [p])",
        "bool",
        1,
        "Two relations",
        "one in the other",
    ),
    # body, result, line of the body, what, write instead
    ("for x in person.knows:\n    pass\nreturn True", "bool", 1, "A loop", "generator expression"),
    ("while True:\n    pass", "bool", 1, "A loop", "any, all"),
    ("x = 1\nx += 1\nreturn x > 0", "bool", 2, "A name is changed", "a new name"),
    ("return person.wage + 5", "Money", 1, "Money + int", "kroner(...)"),
    ("return person.wage / 3", "Money", 1, "an unrounded share of money, not Money", "round_to"),
    ("return 1 / 2 > 0", "bool", 1, "int / int", "the money first"),
    ("return person.wage * 0.5", "Money", 1, "floating-point", "whole numbers"),
    ("return person.wage * person.wage", "Money", 1, "Money * Money", "a whole number"),
    ("return today() < person.died", "bool", 1, "may be None here: person.died", "is None"),
    ("return person.maried", "bool", 1, "There is no Person.maried", "Person.married"),
    ("return person.name == 'x'", "bool", 1, "is text", "a Code or a Choice"),
    ("return person.wage", "bool", 1, "Money, not bool", "a value of type bool"),
    ("if person.wage:\n    return True\nreturn False", "bool", 1, "not true or false", "> 0"),
    ("if person.married:\n    return True", "bool", 1, "returns nothing", "a return"),
    ("return person.colour == person.home", "bool", 1, "Colour", "the same type"),
    ("return person.colour < Colour.RED", "bool", 1, "has no order", "== or !="),
    ("return Colour.PINK == person.colour", "bool", 1, "Colour has no PINK", "RED, GREEN, BLUE"),
    ("return max(b.weight for p, b in person.knows)", "int | None", 1, "of nobody", "default=None"),
    ("return len(b for p, b in person.knows)", "int", 1, "counts no list", "len([member"),
    ("return sum(p.wage for p, b in person.knows)", "Money", 1, "another unit", "kroner(0)"),
    ("return any(b.close for b in person.knows)", "bool", 1, "one name", "member, link"),
    ("return any(person.knows)", "bool", 1, "looks at no relation", "any(... for"),
    ("return this_month.middle(lambda: person.married)", "bool", 1, "has no middle", "first"),
    ("return this_month.first(person.married)", "bool", 1, "was given person.married", "lambda: ..."),
    ("return under(person.born, 18)", "bool", 1, "not complete", "leap=DOWN"),
    ("return round_to(person.wage / 2, kroner(1), DAY)", "Money", 1, "says not how", "HALF_UP"),
    ("return person.wage // 2", "Money", 1, "Money // int", "round_to"),
    ("return 7 // (1 - 1) + 7 // 0", "int", 1, "0 is zero", "another divisor"),
    ("return tested2(person)", "bool", 1, "no rule and no word", "tested"),
    ("return input(person)", "bool", 1, "no rule and no word", "a rule, or a word"),
    ("return [1][0] > 0", "bool", 1, "by index", "a relation"),
    ("return f'{person}' == 'x'", "bool", 1, "A text is built", "docstring"),
    ("try:\n    return True\nexcept ValueError:\n    return False", "bool", 1, "catches errors", "an if"),
    ("raise ValueError", "bool", 1, "raises an error", "return None"),
    ("import os\nreturn True", "bool", 1, "imports", "at the top"),
    ("due = lambda: person.married\nreturn due", "bool", 2, "due is a lambda", "due()"),
    ("return rates.NONE > kroner(1)", "bool", 1, "rates has no NONE", "PLAIN"),
    ("return rates.ENDING > kroner(1)", "bool", 1, "may be None here: rates.ENDING", "is None"),
    (
        "match person.wage:\n    case 1:\n        return True\nreturn False",
        "bool",
        1,
        "match looks at Money",
        "if",
    ),
]


@pytest.mark.parametrize(("body", "result", "line", "what", "instead"), REFUSED)
def test_refused_with_place_and_remedy(
    tmp_path: Path, body: str, result: str, line: int, what: str, instead: str
) -> None:
    with pytest.raises(LawRefused) as refused:
        load(tmp_path / "pack", rule(body, result=result))
    (finding,) = refused.value.findings
    assert (finding.file, finding.line) == ("law.py", FIRST_LINE + 2 + line)
    assert what in finding.what
    assert instead in finding.write_instead


ACCEPTED = [
    ("return person.died is None or today() < person.died", "bool"),
    ("if person.died is None:\n    return False\nreturn person.died < today()", "bool"),
    ("x = person.died\nif x is not None and x < today():\n    return True\nreturn False", "bool"),
    ("return person.home in HOMES", "bool"),
    ("return person.home not in {'0301', '5501'}", "bool"),
    ("due = lambda: person.married\nreturn this_month.first(due) and this_month.last(due)", "bool"),
    ("return max((b.weight for p, b in person.knows if b.present), default=None)", "int | None"),
    ("return sum((p.wage for p, _ in person.knows), kroner(0))", "Money"),
    ("return round_to(person.wage * 50 / 100, kroner(1), HALF_UP)", "Money"),
    ("return kroner(2) if rates.ENDING is None else rates.ENDING", "Money"),
    ("return on(person.died, lambda: person.married)", "bool | None"),
    ("return 0 < len([p for p, b in person.knows if b.close if b.weight > 1]) <= 3", "bool"),
    ("if person.married:\n    x = 1\nelse:\n    x = 2\nreturn x", "int"),
    ("return last_months(3).days(lambda: person.married)", "int"),
    ("return today() + 7 > add_months(person.born, 6, leap=UP)", "bool"),
    (
        "match person.colour:\n    case Colour.RED | Colour.BLUE:\n        return 1\nreturn 0",
        "int",
    ),
]


@pytest.mark.parametrize(("body", "result"), ACCEPTED)
def test_read_and_typed(tmp_path: Path, body: str, result: str) -> None:
    pack = load(tmp_path / "pack", rule(body, result=result))
    assert pack.rules["tested"].result.optional == ("None" in result)


def test_a_fact_that_is_not_none_today_may_be_none_on_another_day(tmp_path: Path) -> None:
    body = "if person.died is None:\n    return False\nreturn this_month.last(lambda: person.died < today())"
    with pytest.raises(LawRefused, match="may be None here"):
        load(tmp_path / "pack", rule(body))


def test_equal_to_another_optional_fact_is_not_sure_to_be_something(tmp_path: Path) -> None:
    body = "return person.died == add_days(person.born, 1) and person.died > today()"
    with pytest.raises(LawRefused, match="may be None here"):
        load(tmp_path / "pack", rule(body))


@pytest.mark.parametrize(
    ("law", "what"),
    [
        ("import os\n", "This is no law: import os"),
        ("from os import path\n", "A law module imports os"),
        ("print(1)\n", "This is no law: print(1)"),
        ("def helper(person: Person) -> bool:\n    return True\n", "helper is no rule"),
        ("X = [n for n in range(3)]\n", "This is computed"),
        ("X = open.__call__('x')\n", "This is called: open.__call__"),
        ("class A:\n    pass\n", "A is no class of the vocabulary"),
    ],
)
def test_a_module_with_more_than_law_is_not_run(tmp_path: Path, law: str, what: str) -> None:
    with pytest.raises(LawRefused) as refused:
        load(tmp_path / "pack", law)
    assert what in refused.value.findings[0].what
    assert refused.value.findings[0].line == FIRST_LINE


def test_all_that_is_wrong_is_found_at_once(tmp_path: Path) -> None:
    law = rule("return person.nothing") + rule("return 1").replace("tested", "other")
    with pytest.raises(LawRefused) as refused:
        load(tmp_path / "pack", law)
    assert len(refused.value.findings) == 2
