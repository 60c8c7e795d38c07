"""The reader of child benefit's cases takes what the format allows as it is meant, and refuses the rest."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from duly.errors import BadInput
from duly.law import Pack
from duly.law.cases import Case, Verdict, judge

CHILD = ("under_18", "lives_with_applicant", "unmarried", "resident", "lawful_residence")
SHARED = "shared_residence"


@cache
def pack() -> Pack:
    return Pack.load("norway")


def read(*cases: object) -> list[Case]:
    reader: Any = pack().module("case_files")
    return list(reader.read({"cases": list(cases)}))


def verdict(case: Mapping[str, Any]) -> Verdict:
    return judge(pack(), read(case))[0]


def row(person: str, condition: str, first: str | None = None, **more: object) -> dict[str, object]:
    return {
        "person": person,
        "condition": condition,
        "from": first,
        "to": None,
        "result": "satisfied",
        **more,
    }


def granted(first: str, last: str | None, **values: object) -> dict[str, object]:
    return {"person": "barn", "type": "ordinary", "from": first, "to": last, **values}


def family(**changes: object) -> dict[str, Any]:
    """One parent and a child who turns 18 in August 2025 and has lived with her since April."""
    case: dict[str, Any] = {
        "id": "a-family",
        "tier": "derivable",
        "usable": ["months", "amounts", "percent", "rate"],
        "persons": [
            {"id": "mor", "role": "applicant", "born": "1985-01-01"},
            {"id": "barn", "role": "child", "born": "2007-08-20"},
        ],
        "conditions": [
            *(row("barn", condition, "2025-04-20") for condition in CHILD),
            *(row("mor", condition) for condition in ("resident", "lawful_residence")),
        ],
        "expected": [granted("2025-05-01", "2025-07-31", amount=1968, percent=100, rate=1968)],
    }
    return {**case, **changes}


def child_alone(role: str, kind: str) -> dict[str, Any]:
    return family(
        case_kind=kind,
        persons=[{"id": "barn", "role": role, "born": "2007-08-20"}],
        conditions=[row("barn", condition, "2025-04-20") for condition in CHILD],
    )


def with_row(index: int, **replaced: object) -> dict[str, Any]:
    """The family with other fields in one row of a condition."""
    rows = family()["conditions"]
    return family(conditions=[*rows[:index], rows[index] | replaced, *rows[index + 1 :]])


def half(first: str = "2025-05-01") -> list[dict[str, object]]:
    before = [granted("2025-05-01", "2025-05-31", percent=100)] if first > "2025-05-01" else []
    return [*before, granted(first, "2025-07-31", amount=984, percent=50)]


SAME = [
    pytest.param(family(), id="as written"),
    pytest.param(
        family(overrides=None, transitional_benefit=None, window=None, only_types=None), id="null lists"
    ),
    pytest.param(with_row(0, details=None, assessed_under=None, to=None), id="null fields"),
    pytest.param(family(expected=[granted("2025-05-01", "2025-07-31")]), id="values that are not given"),
    pytest.param(
        family(expected=[granted("2025-05", "2025-07", amount="1968", percent="100", rate="1968")]),
        id="numbers as text, months as months",
    ),
    pytest.param(
        family(expected=[], window={"from": None, "to": "2025-04-30"}), id="a window without a beginning"
    ),
    pytest.param(
        family(expected=[], window={"from": "2025-08-01", "to": None}), id="a window without an end"
    ),
    pytest.param(family(only_types=["extended"], expected=[]), id="only one type"),
    pytest.param(with_row(0, details=["of_tomorrow"], letter="x"), id="unknown details and fields"),
    pytest.param(
        family(
            overrides=[{"persons": ["mor"], "from": "2025-05-01", "to": None, "reason": SHARED, "percent": 0}]
        ),
        id="an override of what the applicant has not",
    ),
    pytest.param(child_alone("child", "institution"), id="a child in an institution"),
    pytest.param(child_alone("child", "lone_minor"), id="a lone minor"),
    pytest.param(child_alone("applicant", "lone_minor"), id="a lone minor called the applicant"),
]


@pytest.mark.parametrize("case", SAME)
def test_the_same_facts_however_they_are_written(case: dict[str, object]) -> None:
    assert verdict(case).differences == ()


def test_the_other_parents_rows_change_nothing() -> None:
    case = family()
    case["persons"] += [{"id": "far", "role": "other_parent"}]
    case["conditions"] += [row("far", "resident"), row("far", "lone_parent"), row("stranger", "resident")]
    assert verdict(case).differences == ()


def test_refusals_without_dates_and_rows_without_days_change_nothing() -> None:
    case = family()
    rows = case["conditions"]
    refused = row("barn", "resident", result="not_satisfied", explicit_refusal=True)
    empty = row("barn", "resident", "2025-06-01") | {"to": "2025-05-31"}
    case["conditions"] = [refused, *rows, empty, row("barn", "lone_parent", result=None)]
    assert verdict(case).differences == ()


@pytest.mark.parametrize("kinds", [[SHARED], ["shared_residence_not_to_be_split", SHARED]])
def test_shared_residence_is_split_wherever_it_stands_in_the_details(kinds: list[str]) -> None:
    assert verdict({**with_row(1, details=kinds), "expected": half()}).differences == ()


def test_a_mark_of_shared_residence_on_another_row_acts_at_once() -> None:
    rows = family()["conditions"]
    before = rows[3] | {"to": "2025-05-31"}
    case = family(
        conditions=[*rows[:3], before, *rows[4:], row("barn", "resident", "2025-06-01", details=[SHARED])]
    )
    assert verdict({**case, "expected": half("2025-06-01")}).differences == ()


def test_a_mark_of_shared_residence_on_another_row_ends_with_the_row() -> None:
    rows = family()["conditions"]
    before = rows[3] | {"to": "2025-05-31", "details": [SHARED]}
    home = rows[1] | {"details": ["shared_residence_not_to_be_split"]}
    case = family(
        conditions=[rows[0], home, rows[2], before, *rows[4:], row("barn", "resident", "2025-06-01")]
    )
    expected = [
        granted("2025-05-01", "2025-05-31", percent=50),
        granted("2025-06-01", "2025-07-31", percent=100),
    ]
    assert verdict({**case, "expected": expected}).differences == ()


def test_a_marked_row_beside_an_unmarked_one_is_seen() -> None:
    rows = family()["conditions"]
    mark = {"details": ["resides_in_svalbard"]}
    places = [row("mor", "resident", "2025-09-30", **mark), row("barn", "resident", "2025-09-30", **mark)]
    persons = [{"id": "mor", "role": "applicant"}, {"id": "barn", "role": "child", "born": "2008-01-10"}]
    expected = [
        granted("2025-10-01", "2025-12-31", type="svalbard_supplement", amount=500, percent=100, rate=500)
    ]
    case = family(conditions=[*places, *rows, *places], persons=persons, only_types=["svalbard_supplement"])
    assert verdict({**case, "expected": expected}).differences == ()


def test_a_supplement_whose_first_rate_is_not_known_is_no_grant_of_zero() -> None:
    rows = family()["conditions"]
    marked = [{**r, "details": ["resides_in_svalbard"]} if r["condition"] == "resident" else r for r in rows]
    case = family(conditions=marked, rates_as_of="2025-09-30")
    case["persons"] = [
        {"id": "mor", "role": "applicant"},
        {"id": "barn", "role": "child", "born": "2008-01-10"},
    ]
    case["expected"] = [granted("2025-05-01", "2025-12-31", amount=1968, percent=100, rate=1968)]
    assert verdict(case).differences == ()


def test_a_family_without_children_is_due_nothing() -> None:
    case = family(persons=[{"id": "mor", "role": "applicant", "born": "1985-01-01"}], expected=[])
    assert verdict(case).differences == ()


def test_what_is_expected_before_birth_is_seen() -> None:
    expected = [granted("2007-01-01", "2007-01-31"), granted("2025-05-01", "2025-07-31")]
    (difference,) = verdict(family(expected=expected)).differences
    assert (difference.what, difference.expected, difference.found) == ("grant", "granted", "none")


def test_a_case_that_proves_nothing_is_not_read() -> None:
    (case,) = read({"id": "typed by hand", "tier": "inconsistent", "usable": [], "persons": "none"})
    assert case.left_out


def test_cases_of_two_files_keep_apart() -> None:
    other = family(conditions=[])
    verdicts = judge(pack(), [*read(family()), *read(other), *read(family())])
    assert [len(v.differences) for v in verdicts] == [0, 1, 0]


NONSENSE = [
    pytest.param([], "Expected `object`", id="a list"),
    pytest.param(family(id=None), "id", id="no id"),
    pytest.param(family(persons=[]), "length >= 1", id="nobody"),
    pytest.param(family(conditions=None), "conditions", id="no conditions"),
    pytest.param(with_row(2, condition="residnet"), "residnet", id="a condition that does not exist"),
    pytest.param(with_row(2, to="2025-02-30"), "2025-02-30", id="a day that does not exist"),
    pytest.param(family(expected=[granted("2025-05-01", None) | {"person": "far"}]), "far", id="a stranger"),
    pytest.param(family(expected=[granted("2025-05-01", None, amount="much")]), "amount", id="no number"),
    pytest.param(
        family(overrides=[{"persons": ["barn"], "reason": SHARED, "percent": 150}]),
        "percent",
        id="150 percent",
    ),
    pytest.param(family(overrides=[{"persons": ["barn"], "reason": SHARED}]), "percent", id="no percent"),
    pytest.param(family(overrides=[{"persons": ["barn"], "reason": "kind"}]), "kind", id="no such reason"),
    pytest.param(family(persons=[{"id": "barn", "role": "child"}]), "day of birth", id="a child never born"),
    pytest.param(
        family(persons=[{"id": p, "role": "applicant", "born": "1985-01-01"} for p in ("mor", "barn")]),
        "Here are 2",
        id="two applicants",
    ),
]


@pytest.mark.parametrize(("case", "said"), NONSENSE)
def test_what_is_no_case_is_refused_by_name(case: object, said: str) -> None:
    with pytest.raises(BadInput) as error:
        read(case)
    assert said in error.value.detail
    assert error.value.where
    assert error.value.hint


@pytest.mark.parametrize("document", [[], {}, {"cases": {}}, None])
def test_what_is_no_file_of_cases_is_refused(document: object) -> None:
    reader: Any = pack().module("case_files")
    with pytest.raises(BadInput, match="no list of cases"):
        list(reader.read(document))
