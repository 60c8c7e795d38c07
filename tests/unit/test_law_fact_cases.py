"""Cases of facts and answers: what agrees, what differs and how it is said, and what cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from duly.errors import DulyError
from duly.law import Pack
from duly.law.cases import judge
from duly.law.fact_cases import are_fact_cases, read_fact_cases

HEATING = Path(__file__).parents[2] / "docs/howto/heating"


@pytest.fixture(scope="module")
def pack() -> Pack:
    return Pack.load(HEATING)


@pytest.fixture
def document() -> dict[str, Any]:
    """The cases of the how-to."""
    return json.loads((HEATING / "cases/by-hand.json").read_text(encoding="utf-8"))


def said(pack: Pack, document: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What differs: case, what, expected, found."""
    verdicts = judge(pack, list(read_fact_cases(pack, document)))
    return [(v.case.id, d.what, d.expected, d.found) for v in verdicts for d in v.differences]


def test_cases_of_different_months_do_not_disturb_each_other(pack: Pack, document: dict[str, Any]) -> None:
    assert are_fact_cases(pack, document)
    assert said(pack, document) == []


def test_every_kind_of_difference_is_told(pack: Pack, document: dict[str, Any]) -> None:
    alone, child, five, unknown = document["cases"]
    alone["expected"][0]["values"]["amount"] = "26.55"
    child["expected"][2]["unknown"] = False
    five["expected"][0]["from"] = "2024-11"
    unknown["expected"] = []
    assert said(pack, document) == [
        ("alone-gas", "amount", "2655", "2654"),
        ("child-of-seventeen", "grant", "granted", "unknown"),
        ("below-five-euros", "grant", "granted", "none"),
        ("income-not-known", "grant", "none", "unknown"),
    ]


def test_what_is_unknown_though_expected_known_and_the_other_way(
    pack: Pack, document: dict[str, Any]
) -> None:
    document["cases"] = document["cases"][:1]
    document["cases"][0]["expected"][0]["unknown"] = True
    assert said(pack, document) == [("alone-gas", "grant", "unknown", "granted")]


@pytest.mark.parametrize(
    ("spoil", "what"),
    [
        (lambda case: case.pop("why"), "why"),
        (lambda case: case.update(surprise=1), "surprise"),
        (lambda case: case["expected"][0].update(holder="eve"), "nobody called 'eve'"),
        (lambda case: case["expected"][0].update(programme="heating.grants"), "none called 'heating.grants'"),
        (lambda case: case["expected"][0]["values"].update(amounts="1"), "gives no amounts"),
        (lambda case: case["subjects"]["ada"].update(born="1980-13-01"), "1980-13-01"),
    ],
)
def test_a_case_that_cannot_be_read_says_why(
    pack: Pack, document: dict[str, Any], spoil: Any, what: str
) -> None:
    spoil(document["cases"][0])
    with pytest.raises(DulyError) as refused:
        list(read_fact_cases(pack, document))
    assert what in refused.value.detail
