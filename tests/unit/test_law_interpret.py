"""What the interpreter makes of unknowns, relations, selectors and versions, one rule at a time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from law_packs import load, rule

from duly.law import ABSENT, UNKNOWN, History, SubjectHistory, World
from duly.law.interpret import Interpreter
from duly.timeline import BEGIN, from_iso

DAY = from_iso("2024-02-10")


def asked(directory: Path, law: str, history: History, *, day: int = DAY, known_at: int | None = None) -> Any:
    """The value of the rule `tested` for person 1."""
    pack = load(directory, law)
    interpreter = Interpreter(pack, World(pack, history), known_at)
    return interpreter.rule(pack.rules["tested"], (1,), day)


def person(*, links: dict[int, dict[str, object]] | None = None, **facts: object) -> SubjectHistory:
    """A person with facts since ever, and links by member."""
    found: dict[tuple[str, int], list[tuple[int, object]]] = {
        (f"Person.{name}", 0): [(BEGIN, value)] for name, value in facts.items()
    }
    for member, said in (links or {}).items():
        found |= {(f"Bond.{name}", member): [(BEGIN, value)] for name, value in said.items()}
    return SubjectHistory("Person", found)


@pytest.mark.parametrize(
    ("body", "result", "expected"),
    [
        ("return person.married and person.secret", "bool", UNKNOWN),
        ("return person.married and person.colour == Colour.BLUE", "bool", False),
        ("return person.married or person.colour == Colour.RED", "bool", True),
        ("return not person.married", "bool", UNKNOWN),
        ("if person.married:\n    return 1\nreturn 1", "int", 1),
        ("if person.married:\n    return 1\nreturn 2", "int", UNKNOWN),
        ("return 1 if person.married else 1", "int", 1),
        ("return person.married == person.married", "bool", UNKNOWN),
        ("return person.died is None", "bool", True),
        ("return on(person.died, lambda: person.secret)", "bool | None", None),
        ("return on(person.born, lambda: True)", "bool", UNKNOWN),
    ],
)
def test_unknown_matters_only_where_it_could_change_the_answer(
    tmp_path: Path, body: str, result: str, expected: object
) -> None:
    found = asked(tmp_path / "pack", rule(body, result=result), {1: person()})
    assert (type(found), found) == (type(expected), expected)


def circle(*weights: tuple[object, object]) -> History:
    """Person 1 with bonds (close, weight) to persons 2, 3, ..."""
    links = {
        at: {"present": True, "close": close, "weight": w} for at, (close, w) in enumerate(weights, start=2)
    }
    return {1: person(links=links)}


U = UNKNOWN


@pytest.mark.parametrize(
    ("expression", "weights", "expected"),
    [
        ("max({}, default=None)", [], None),
        ("max({}, default=None)", [(True, 5), (U, 3)], 5),
        ("max({}, default=None)", [(True, 5), (U, 7)], U),
        ("max({}, default=None)", [(U, 7)], U),
        ("max({}, default=None)", [(True, 5), (False, U)], 5),
        ("min({}, default=None)", [(True, 5), (U, 7)], 5),
        ("sum({})", [(True, 5), (U, 0)], 5),
        ("sum({})", [(True, 5), (U, 1)], U),
        ("sum({})", [], 0),
        ("the({})", [(True, 5), (True, 5), (U, 5)], 5),
        ("the({})", [(True, 5), (True, 6)], U),
        ("the({})", [(U, 5)], U),
        ("the({})", [], None),
        ("len([w for p, w in person.knows if w.close])", [(True, 1), (False, U)], 1),
        ("len([w for p, w in person.knows if w.close])", [(True, 1), (U, 1)], U),
    ],
)
def test_members_who_may_or_may_not_count(
    tmp_path: Path, expression: str, weights: list[tuple[object, object]], expected: object
) -> None:
    body = "return " + expression.format("(w.weight for p, w in person.knows if w.close)")
    assert asked(tmp_path / "pack", rule(body, result="int | None"), circle(*weights)) == expected


@pytest.mark.parametrize(
    ("weights", "some", "every"),
    [
        ([(True, 1), (U, 2)], True, U),
        ([(False, 1), (U, 2)], U, False),
        ([(False, 1)], False, False),
        ([], False, True),
    ],
)
def test_any_and_all_of_members(
    tmp_path: Path, weights: list[tuple[object, object]], some: object, every: object
) -> None:
    for op, expected in (("any", some), ("all", every)):
        law = rule(f"return {op}(w.close for p, w in person.knows)")
        assert asked(tmp_path / op, law, circle(*weights)) == expected


def test_the_relations_of_one_who_is_only_referred_to_are_unknown(tmp_path: Path) -> None:
    law = rule("return any(any(v.present for q, v in p.knows) for p, w in person.knows)")
    assert asked(tmp_path / "pack", law, circle((True, 1))) is UNKNOWN
    assert asked(tmp_path / "pack", law, {**circle((True, 1)), 2: person()}) is False


def test_the_other_end_of_a_relation(tmp_path: Path) -> None:
    law = rule("return sum(w.weight for p, w in person.known_by if w.present)", result="int")
    history = {1: person(), 2: person(links={1: {"present": True, "weight": 4}})}
    assert asked(tmp_path / "pack", law, history) == 4


def test_absence_is_what_the_vocabulary_says_and_else_unknown(tmp_path: Path) -> None:
    day = from_iso("2024-01-01")
    facts = {("Person.colour", 0): [(day, "green"), (day + 9, ABSENT)], ("Person.married", 0): [(day, True)]}
    history = {1: SubjectHistory("Person", facts)}
    colour, married = rule("return person.colour == Colour.RED"), rule("return person.married")
    found = [asked(tmp_path / "pack", colour, history, day=on) for on in (day - 1, day, day + 8, day + 9)]
    assert found == [True, False, False, True]
    assert [asked(tmp_path / "other", married, history, day=on) for on in (day - 1, day)] == [UNKNOWN, True]


@pytest.mark.parametrize(
    ("selector", "expected"),
    [
        ("this_month.days", 12),
        ("previous_month.days", 0),
        ("next_month.days", 31),
        ("last_months(2).days", 12),
        ("this_year.days", 12 + 31 + 30 + 31 + 30 + 31 + 31 + 30 + 31 + 30 + 31),
    ],
)
def test_selectors_look_at_their_whole_period(tmp_path: Path, selector: str, expected: int) -> None:
    facts = {("Person.married", 0): [(BEGIN, False), (from_iso("2024-02-18"), True)]}
    law = rule(f"return {selector}(lambda: person.married)", result="int")
    assert asked(tmp_path / "pack", law, {1: SubjectHistory("Person", facts)}) == expected


def test_a_finding_replaces_the_condition_for_the_days_it_covers(tmp_path: Path) -> None:
    law = rule("return person.married").replace(
        '@rule(law="Act § 1")', '@condition(law="Act § 1", finding=Person.married_finding)'
    )
    facts = {
        ("Person.married", 0): [(BEGIN, True)],
        ("Person.married_finding", 0): [(DAY, False), (DAY + 2, None)],
    }
    history = {1: SubjectHistory("Person", facts)}
    assert [asked(tmp_path / "pack", law, history, day=DAY + d) for d in (-1, 0, 1, 2)] == [
        True,
        False,
        False,
        True,
    ]


def test_the_version_in_force_on_the_day_answers(tmp_path: Path) -> None:
    later = rule("return 2", result="int").replace("def tested", "def tested_later")
    later = later.replace('@rule(law="Act § 1")', '@rule(law="Act § 2", since="2024-02-10", replaces=tested)')
    law = rule("return 1", result="int") + later
    assert [asked(tmp_path / "pack", law, {1: person()}, day=DAY + d) for d in (-1, 0)] == [1, 2]


def test_rates_that_were_not_yet_known_do_not_exist(tmp_path: Path) -> None:
    for name, day, known_at, expected in [
        ("PLAIN", "2024-02-01", None, 11000),
        ("PLAIN", "2024-01-31", None, 10000),
        ("PLAIN", "2030-01-01", "2024-01-31", 10000),
        ("ENDING", "2024-03-01", None, None),
        ("ENDING", "2024-03-01", "2024-02-28", 500),
        ("LATE", "2024-01-14", None, None),
        ("LATE", "2024-01-15", None, 700),
        ("LATE", "2024-01-15", "2024-01-14", None),
    ]:
        known = None if known_at is None else from_iso(known_at)
        law = rule(f"return rates.{name}", result="Money | None")
        found = asked(tmp_path / "pack", law, {1: person()}, day=from_iso(day), known_at=known)
        assert found == expected, (name, day, known_at)


@pytest.mark.parametrize(
    ("how", "wage", "expected"),
    [
        ("HALF_UP", 100, 100),
        ("HALF_UP", 99, 0),
        ("HALF_EVEN", 100, 0),
        ("HALF_EVEN", 300, 200),
        ("UP", 1, 100),
        ("DOWN", 199, 0),
    ],
)
def test_money_is_rounded_as_the_rule_says(tmp_path: Path, how: str, wage: int, expected: int) -> None:
    law = rule(f"return round_to(person.wage / 2, kroner(1), {how})", result="Money")
    assert asked(tmp_path / "pack", law, {1: person(wage=wage)}) == expected


@pytest.mark.parametrize(("leap", "birthday"), [("DOWN", "2027-02-28"), ("UP", "2027-03-01")])
def test_one_born_on_29_february(tmp_path: Path, leap: str, birthday: str) -> None:
    law = rule(f"return under(person.born, 3, leap={leap})")
    history = {1: person(born=from_iso("2024-02-29"))}
    days = [from_iso("2024-02-28"), from_iso("2024-02-29"), from_iso(birthday) - 1, from_iso(birthday)]
    found = [asked(tmp_path / "pack", law, history, day=day) for day in days]
    assert found == [False, True, True, False]
