"""A golden case for each refusal inside a rule that no other test holds: exact words, line, what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import FIRST_LINE, VOCABULARY, rule, the_finding

BODIES = [
    # body, result, line of the body, what, write instead (its beginning)
    (
        "return person.home == 'a code too long'",
        "bool",
        1,
        "'a code too long' is no code",
        "a code of up to 9",
    ),
    ("return person.home in {'ø'}", "bool", 1, "'ø' is no code", "a code of up to 9 ASCII"),
    (
        "return len([1 for _, _ in person.knows]) < 9223372036854775808",
        "bool",
        1,
        "9223372036854775808 does not fit in 63 bits",
        "a number that the law can mean",
    ),
    ("return percent('50') in HALVES", "bool", 1, "A set of ratios", "== joined by or"),
    (
        "return round_decimals(percent('50'), 99, UP) == percent('50')",
        "bool",
        1,
        "round_decimals(percent('50'), 99, UP) says not how it rounds",
        "at most",
    ),
    ("return -person.married", "bool", 1, "-person.married is no arithmetic of the law", "a whole number"),
    ("return person.wage ** 2", "Money", 1, "person.wage ** 2 is no arithmetic of the law", "+ - * /"),
    ("return round_to(person.married, 1, DOWN)", "int", 1, "round_to was given bool", "a number"),
    (
        "return add_days(person.born, len([1 for _, _ in person.knows])) > today()",
        "bool",
        1,
        "len([1 for _, _ in person.knows]) is no constant",
        "a whole number of days",
    ),
    ("return kroner(person.wage)", "Money", 1, "person.wage is no whole number", "a literal amount"),
    (
        "return person.wage * percent(32) > kroner(1)",
        "bool",
        1,
        "32 is no number as written",
        'percent("32.5")',
    ),
    ("return min(1)", "int", 1, "min does not say what it is of nobody", "min((... for"),
    ("return min()", "int", 1, "min of nothing", "min(a, b)"),
    ("return {1: True}[1]", "bool", 1, "Something is looked up by index", "a dated table"),
    ("return {1: True} == {1: True}", "bool", 1, "A dictionary stands in a rule", "if and elif, or match"),
    (
        "return (p for p, _ in person.knows) == 1",
        "bool",
        1,
        "A generator expression stands alone",
        "any(...)",
    ),
    ("return (lambda: True) == (lambda: True)", "bool", 1, "A lambda stands alone", "it as the argument"),
    ("return [1, 2] == [1]", "bool", 1, "A list stands in a rule", "a relation and a generator"),
    ("return [p for p, _ in person.knows] == 1", "bool", 1, "A list stands in a rule", "len([...])"),
    ("return (x := 1) == 1", "bool", 1, "A name is given inside an expression", "an assignment"),
    ("return {1, 2} == {1}", "bool", 1, "A set stands alone", "`in {A, B}`"),
    ("return (1, 2) == (1, 2)", "bool", 1, "Several values are given at once", "one rule for each"),
    ("return PLAIN > kroner(1)", "bool", 1, "The rate PLAIN is read by itself", "rates.PLAIN"),
    ("return person.home is person.home", "bool", 1, "`is` compares only with None", "== or !="),
    ("return person == person", "bool", 1, "Person cannot be compared", "a comparison of facts"),
    ("return 1 + b'x' > 0", "bool", 1, "b'x' cannot stand in a rule", "a whole number"),
    ("return person.knows == person.knows", "bool", 1, "Person.knows is a relation", "any(... for member"),
    ("return person.born is None", "bool", 1, "person.born is never None", "the rule without this test"),
    ("return person.wage in {person.wage}", "bool", 1, "person.wage is no constant", "constants only"),
    ("return person.wage in person.wage", "bool", 1, "person.wage is no set of constants", "`in {A, B}`"),
    ("return persn.married", "bool", 1, "persn is not known here", "person"),
    ("return person.wage.size > 0", "bool", 1, "person.wage is Money and has no facts", "a subject or link"),
    (
        "if person.married_finding:\n    return True\nreturn False",
        "bool",
        1,
        "The test of an if may be None: person.married_finding",
        "person.married_finding is not None",
    ),
    (
        "return sum(p.colour for p, _ in person.knows) > 0",
        "bool",
        1,
        "sum looks at Colour",
        "numbers or money",
    ),
    ("return the(p for p, _ in person.knows) is None", "bool", 1, "the(...) looks at Person", "a fact or"),
    (
        "return any(p.married for p, b in person.likes)",
        "bool",
        1,
        "person.likes is no relation",
        "one of Person",
    ),
    ("return any(p.married for p, b in everybody)", "bool", 1, "everybody is no relation", "a relation of"),
    (
        "match person.colour:\n    case Colour.RED if person.married:\n        return True\nreturn False",
        "bool",
        2,
        "A case has a condition of its own",
        "an if inside the case",
    ),
    (
        "def inner() -> bool:\n    return True\nreturn inner()",
        "bool",
        1,
        "A function inside a rule: def inner() -> bool:",
        "a rule of its own",
    ),
    ("assert person.married\nreturn True", "bool", 1, "A rule asserts: assert person.married", "an if"),
    ("with person:\n    return True", "bool", 1, "A rule opens something: with person:", "facts"),
    (
        "person.married\nreturn True",
        "bool",
        1,
        "A value is computed and thrown away: person.married",
        "a return, or a name for it",
    ),
    (
        "if person.married:\n    pass\nreturn True",
        "bool",
        2,
        "A way through the rule does nothing: pass",
        "a return",
    ),
    (
        "a = b = 1\nreturn a > b",
        "bool",
        1,
        "Several names are given at once: a = b = 1",
        "one `name = value`",
    ),
    (
        "match person.colour:\n    case Colour.PINK:\n        return True\nreturn False",
        "bool",
        2,
        "Colour has no PINK",
        "one of RED, GREEN, BLUE",
    ),
    (
        "match person.colour:\n    case None:\n        return True\nreturn False",
        "bool",
        2,
        "This is no case of Colour",
        "case Colour.NAME",
    ),
    ("nothing = None\nreturn True", "bool", 1, "nothing is always None", "the rule without it"),
    ("return Grant(1, 2)", "Grant", 1, "Grant was given values without names", "rate=..., percent=..."),
    ("return Enrolment(provider='1')", "Grant", 1, "This returns Enrolment", "Grant"),
    (
        "return used(person.wage, 1, kroner(1))",
        "Money",
        1,
        "used was given Money, int, Money",
        "three amounts",
    ),
    (
        "return sum_before(person, person.knows)",
        "Money",
        1,
        "sum_before(person, person.knows) adds up no members by a key",
        "sum_before(",
    ),
    (
        "return sum_before(person, ((p.colour, p, p.wage) for p, _ in person.knows))",
        "Money",
        1,
        "sum_before orders by Colour",
        "whole numbers, money or days",
    ),
    (
        "return sum_before(person, ((p.born, p, p.colour) for p, _ in person.knows))",
        "Money",
        1,
        "sum_before adds Colour",
        "numbers or money",
    ),
    (
        "return sum_before(person.born, ((p.born, p, p.wage) for p, _ in person.knows))",
        "Money",
        1,
        "sum_before looks for Day",
        "a Person, as the relation's members are",
    ),
    ("return convert(person.wage, 1)", "Money", 1, "convert was given Money", "money in another currency"),
    (
        "return max(person.colour, person.colour) == Colour.RED",
        "bool",
        1,
        "Colour has no max",
        "numbers, money or days",
    ),
    (
        "return this_month.first(lambda: person) == person",
        "bool",
        1,
        "first looks at Person",
        "a fact, a number or",
    ),
    (
        "return this_month.sum(lambda: person.colour) > 1",
        "bool",
        1,
        "sum looks at Colour",
        "whole numbers or money",
    ),
    ("return tested(person, person)", "bool", 1, "tested(...) has no more values", "the values person"),
    ("return tested()", "bool", 1, "tested(...) lacks person", "the values person"),
    ("return today(1) > person.born", "bool", 1, "today takes 0 values", "today(...) with 0 values"),
    (
        "return under(person.born, 99999999, leap=DOWN)",
        "bool",
        1,
        "99999999 years is farther than calendars reach",
        "fewer years",
    ),
    (
        "return round_decimals(percent('50'), 5) == percent('50')",
        "bool",
        1,
        "round_decimals(percent('50'), 5) is not complete",
        "round_decimals(number, digits",
    ),
    (
        "return round_decimals(percent('50'), person.wage, UP) == percent('50')",
        "bool",
        1,
        "person.wage is no constant",
        "a number of digits",
    ),
    ("return max(person.knows, default=None) is None", "bool", 1, "max looks at no relation", "max((... for"),
    (
        "return max((p.colour for p, b in person.knows), default=None) is None",
        "bool",
        1,
        "max looks at Colour",
        "numbers, money or days",
    ),
    (
        "return last_months(0).any(lambda: person.married)",
        "bool",
        1,
        "There is no last_months(0)",
        "a number from 1 to 600",
    ),
    (
        "return last_months(True).any(lambda: person.married)",
        "bool",
        1,
        "There is no last_months(True)",
        "a number from 1 to 600",
    ),
    (
        "return banded(rates.PLAIN) is None",
        "bool",
        1,
        "banded(rates.PLAIN) is not complete",
        "a scale and an amount",
    ),
]
MORE = "from duly.law import banded, convert, percent, round_decimals, sum_before, used\n\n"
MORE += "from .rates import PLAIN\n"
MORE += 'HALVES = {percent("50")}\n\n\n'


@pytest.mark.parametrize(("body", "result", "line", "what", "instead"), BODIES)
def test_what_no_rule_says(
    tmp_path: Path, body: str, result: str, line: int, what: str, instead: str
) -> None:
    finding = the_finding(tmp_path, MORE + rule(body, result=result))
    assert (finding.what, finding.file) == (what, "law.py")
    assert finding.line == FIRST_LINE + 2 + MORE.count("\n") + line
    assert finding.write_instead.startswith(instead)


@pytest.mark.parametrize(
    "body", ["return await person.married", "nonlocal x\nreturn True", "yield\nreturn 1\x00"]
)
def test_what_python_does_not_run_is_no_python(tmp_path: Path, body: str) -> None:
    finding = the_finding(tmp_path, rule(body))
    assert finding.what.startswith("This is not Python: ")
    assert finding.file == "law.py"


def test_a_rule_with_too_many_ways(tmp_path: Path) -> None:
    lines = [f"if person.wage > kroner({n}):\n    x{n} = 1\nelse:\n    x{n} = 2" for n in range(13)]
    finding = the_finding(tmp_path, rule("\n".join([*lines, "return True"])))
    assert finding.what == "The rule has too many ways through it"
    assert finding.write_instead == "a rule for each part, called from here"


@pytest.mark.parametrize(
    ("field", "what", "instead"),
    [
        ("name: str", "Receipt.name is text", "a Code or a Choice"),
        ("name: float", "Receipt.name: <class 'float'> is no type of an attribute.", "bool, int,"),
    ],
)
def test_what_no_record_holds(tmp_path: Path, field: str, what: str, instead: str) -> None:
    vocabulary = VOCABULARY.replace("import Choice", "import Record, Choice")
    vocabulary += f'\n\nclass Receipt(Record):\n    """A receipt."""\n\n    {field}\n'
    law = "from .vocabulary import Receipt\n\n\n" + rule("return Receipt(name=1)", result="Receipt")
    finding = the_finding(tmp_path, law, vocabulary=vocabulary)
    assert finding.what == what
    assert finding.write_instead.startswith(instead)
