"""What can never be reached is found with its line and its words, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import FIRST_LINE, RATES, VOCABULARY, load, rule
from test_law_check import programme

from duly.law import Finding, check_pack

BOUNDED = VOCABULARY.replace(
    'wage: Money = attribute("money", register="town", purposes={HELP})',
    'wage: Money = attribute("money", register="town", purposes={HELP}, least=0, most=1000)',
)


def found(tmp_path: Path, law: str, **files: str) -> list[Finding]:
    return check_pack(load(tmp_path / "pack", law, **files))


@pytest.mark.parametrize(
    ("body", "line", "what"),
    [
        ("if person.wage < kroner(0):\n    return True\nreturn False", 0, "person.wage < kroner(0) is never"),
        ("return person.wage >= kroner(0)", 0, "person.wage >= kroner(0) is always"),
        ("return person.wage > kroner(10) or person.married", 0, "person.wage > kroner(10) is never"),
        (
            "if person.wage > kroner(5):\n    return person.wage > kroner(2)\nreturn True",
            1,
            "person.wage > kroner(2) is always",
        ),
        (
            (
                "if person.colour == Colour.RED:\n    return True\n"
                "if person.colour == Colour.GREEN:\n    return False\nreturn person.colour == Colour.BLUE"
            ),
            4,
            "person.colour == Colour.BLUE is always",
        ),
        (
            (
                "if person.colour in {Colour.RED, Colour.GREEN}:\n    return True\n"
                "return person.colour not in {Colour.BLUE}"
            ),
            2,
            "person.colour not in {Colour.BLUE} is never",
        ),
        (
            "if person.married:\n    return True\nreturn person.married and person.secret",
            2,
            "person.married is never",
        ),
        ("return person.married and (person.secret or person.married)", 0, "person.married is always"),
        ("if True:\n    return person.married\nreturn False", 0, "True is always"),
        ("if not False:\n    return person.married\nreturn False", 0, "False is never"),
        ("return person.wage == person.wage", 0, "person.wage == person.wage is always"),
        (
            "had = this_month.last(lambda: person.wage)\nif had > kroner(10):\n    return True\nreturn False",
            1,
            "had > kroner(10) is never",
        ),
        (
            "return len([1 for _, _ in person.knows]) >= 0",
            0,
            "len([1 for _, _ in person.knows]) >= 0 is always",
        ),
        (
            "return any(other.wage < kroner(0) for other, _ in person.knows)",
            0,
            "other.wage < kroner(0) is never",
        ),
        (
            "return any(True for other, _ in person.knows if other.married if not other.married)",
            0,
            "other.married is always",
        ),
        (
            "rest = person.wage / 2\nreturn round_to(rest, kroner(1), UP) > kroner(5)",
            1,
            "round_to(rest, kroner(1), UP) > kroner(5) is never",
        ),
    ],
)
def test_a_test_with_one_answer(tmp_path: Path, body: str, line: int, what: str) -> None:
    (finding,) = found(tmp_path, rule(body), vocabulary=BOUNDED)
    assert finding.what == f"{what} true here"
    assert (finding.file, finding.line) == ("law.py", FIRST_LINE + 3 + line)
    assert "never taken" in finding.write_instead


@pytest.mark.parametrize(
    ("body", "line", "what"),
    [
        ("return True\nreturn False", 1, "Nothing gets here: all ways before it return"),
        (
            "if person.married:\n    return True\nelse:\n    return False\nother = 1\nreturn other == 2",
            4,
            "Nothing gets here: all ways before it return",
        ),
        (
            "if person.married:\n    return True\n    return False\nreturn False",
            2,
            "Nothing gets here: all ways before it return",
        ),
        (
            (
                "match person.colour:\n    case Colour.RED:\n        return True\n"
                "    case Colour.RED | Colour.GREEN:\n        return False\n"
                "    case Colour.GREEN:\n        return True\n    case _:\n        return False"
            ),
            5,
            "case Colour.GREEN is covered by the cases before it",
        ),
        (
            (
                "match person.colour:\n    case Colour.RED | Colour.GREEN | Colour.BLUE:\n"
                "        return True\n    case _:\n        return False"
            ),
            3,
            "case _ is covered by the cases before it",
        ),
        (
            (
                "if person.colour != Colour.RED:\n    match person.colour:\n        case Colour.RED:\n"
                "            return True\n        case _:\n            return False\nreturn True"
            ),
            2,
            "case Colour.RED is never true here",
        ),
    ],
)
def test_a_statement_or_case_that_is_never_reached(tmp_path: Path, body: str, line: int, what: str) -> None:
    (finding,) = found(tmp_path, rule(body))
    assert (finding.what, finding.line) == (what, FIRST_LINE + 3 + line)


@pytest.mark.parametrize(
    "body",
    [
        "if person.wage > kroner(5):\n    low = 1\nelse:\n    low = 2\nreturn low == 1",
        "if person.married or person.secret:\n    return person.married\nreturn True",
        "due = lambda: person.married\nreturn previous_month.last(due) and this_month.first(due)",
        "return person.died is None or today() <= person.died",
        "return any(True for _, bond in person.knows if bond.close)",
        "return rates.PLAIN > kroner(1)",
        (
            "match person.colour:\n    case Colour.RED:\n        return True\n    case Colour.GREEN:\n"
            "        return False\n    case Colour.BLUE:\n        return True"
        ),
        "return this_month.any(lambda: True)",
        (
            "if person.colour == Colour.RED:\n    return True\n"
            "return previous_month.last(lambda: person.colour) == Colour.RED"
        ),
        "return all(not other.married for other, _ in person.knows if other.married != person.married)",
    ],
)
def test_no_false_alarm(tmp_path: Path, body: str) -> None:
    assert found(tmp_path, rule(body), vocabulary=BOUNDED) == []


def test_what_follows_is_reported_only_if_it_has_one_answer_on_every_way(tmp_path: Path) -> None:
    body = "if person.married:\n    low = kroner(1)\nelse:\n    low = kroner(9)\n"
    body += "return person.wage > low and low > kroner(1)"
    assert found(tmp_path, rule(body)) == []
    (finding,) = found(tmp_path / "other", rule(body.replace("low > kroner(1)", "low > kroner(0)")))
    assert finding.what == "low > kroner(0) is always true here"


def test_a_test_by_a_rule_that_has_one_answer(tmp_path: Path) -> None:
    law = rule("return True") + programme("tested(person)", every="DAY")
    (finding,) = found(tmp_path, law)
    assert finding.what == "tested(person) is always true here"


def test_rules_and_rates_that_play_no_part(tmp_path: Path) -> None:
    law = rule("return this_month.first(lambda: person.married)") + programme(
        "this_month.first(lambda: person.married)"
    )
    rule_finding, rate_finding = found(
        tmp_path,
        law,
        rates=RATES.replace('LATE = rate("late"', 'LATE = rate("plain_late"').split("ENDING")[0],
    )
    assert rule_finding.what == "No programme, review or other rule reaches tested"
    assert (rule_finding.file, rule_finding.line) == ("law.py", FIRST_LINE + 1)
    assert rate_finding.what == "No rule reads the rate plain"
    assert (rate_finding.file, rate_finding.line) == ("rates.py", 5)


def test_an_exception_that_never_applies(tmp_path: Path) -> None:
    law = (
        rule("return person.wage < kroner(0)").replace("def tested", "def poor")
        + rule("return person.married")
        + '''@exception(to=tested, when=poor, law="Act § 3")
def but(person: Person) -> bool:
    """But."""
    return False
'''
    )
    found_here = found(tmp_path, law, vocabulary=BOUNDED)
    assert [finding.what for finding in found_here] == [
        "person.wage < kroner(0) is never true here",
        "but never applies: poor is never true",
    ]
