"""A case file is known by its content, and whatever its kind, a wrong answer in it is seen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from duly.cli import app
from duly.cli.chains import is_chains, judged
from duly.law import Pack
from duly.law.components import Compared, ComponentCase, judge_component

CHAINS = Path(__file__).parents[1] / "cases" / "norway-barnetrygd" / "orders.json"
MONTHS = {"from": "2025-06-01", "to": "2025-08-31"}
CHILD = {"person": "barn", "type": "ordinary", **MONTHS, "amount": 0, "before_foreign": 1000}
PARENT = {"person": "mor", "type": "extended", **MONTHS, "amount": 1000, "before_foreign": 1000}
DIFFERENTIAL: dict[str, Any] = {
    "id": "left",
    "persons": [{"id": "barn", "born": "2018-01-01"}],
    "granted": [{**CHILD, "differential_amount": -400}, {**PARENT, "differential_amount": None}],
    "competence_months": [{"person": "barn", **MONTHS, "value": "norway_is_secondary"}],
    "lives_with_applicant_months": [{"person": "barn", **MONTHS, "value": True}],
    "expected": [{"type": "extended", **MONTHS, "amount": 600}],
}
ROW = {"person": "mor", "condition": "resident", "result": "satisfied"}
DERIVED: dict[str, Any] = {
    "id": "place",
    "persons": [{"id": "mor", "born": "1990-01-01"}],
    "conditions_before": [{**ROW, "from": "2025-01-01", "to": None}],
    "municipalities": [
        {"person": "mor", "from": "2000-01-01", "to": None, "municipality": "0301"},
        {"person": "mor", "from": "2025-05-01", "to": None, "municipality": "5601"},
        {"person": "mor", "from": "2025-11-10", "to": None, "municipality": "2100"},
    ],
    "expected_conditions_after": [
        {**ROW, "from": "2025-01-01", "to": "2025-08-31"},
        {
            **ROW,
            "from": "2025-09-01",
            "to": "2025-11-09",
            "details": ["resides_in_finnmark_or_north_troms"],
        },
        {**ROW, "from": "2025-11-10", "to": None, "details": ["resides_in_svalbard"]},
    ],
}
RATES = {"rates": [{"rate": "finnmark_supplement", "amount": 500, "from": "2025-10-01", "to": "2026-01-31"}]}


KNOWN: list[tuple[Any, str]] = [
    ({"cases": []}, "cases"),
    ({"cases": [{"id": "x", "conditions": [], "conditions_before": []}]}, "cases"),
    ({"cases": [DIFFERENTIAL]}, "foreign benefits by themselves"),
    ({"cases": [DERIVED]}, "derived places"),
    (RATES, "rates"),
    ({"filter_rules": []}, "birth rules"),
    ({"child_benefit_act": []}, "sections of law"),
    ({"override_reasons": {}, "conditions": {}}, "glossary"),
    ([], "cases"),
]


def read(document: object) -> list[Any]:
    reader: Any = Pack.load("norway").module("case_files")
    return list(reader.read(document))


def differs(case: Mapping[str, Any]) -> list[str]:
    (found,) = read({"cases": [case]})
    assert isinstance(found, ComponentCase)
    return [f"{d.what} {d.found}" for d in judge_component(Pack.load("norway"), found).differences]


@pytest.mark.parametrize(("document", "kind"), KNOWN)
def test_a_file_is_known_by_its_content(document: object, kind: str) -> None:
    reader: Any = Pack.load("norway").module("case_files")
    assert reader.kind_of(document) == kind
    assert not is_chains(document)


def test_what_a_foreign_benefit_leaves() -> None:
    assert differs(DIFFERENTIAL) == []
    assert differs({**DIFFERENTIAL, "expected": [{"type": "extended", **MONTHS, "amount": 601}]}) == [
        "amount 60000"
    ]
    first = [{"person": "barn", **MONTHS, "value": "norway_is_primary"}]
    assert differs({**DIFFERENTIAL, "competence_months": first}) == ["amount 100000"]


def test_where_people_live_follows_from_their_addresses() -> None:
    assert differs(DERIVED) == []
    early = DERIVED["expected_conditions_after"]
    early = [{**early[0], "to": "2025-07-31"}, {**early[1], "from": "2025-08-01"}, early[2]]
    assert differs({**DERIVED, "expected_conditions_after": early}) == ["value False"]
    assert differs({**DERIVED, "municipalities": DERIVED["municipalities"][:2]})


def test_rates_are_compared_over_all_their_days() -> None:
    row, beyond = read(RATES)
    assert row.differences == ()
    assert beyond.differences == ("the pack has 512 from 2026-02-01, which the file does not have",)
    wrong = {**RATES["rates"][0], "amount": 501, "to": None}
    (row, _) = read({"rates": [wrong]})
    assert len(row.differences) == 2
    (unused, *_) = read({"rates": [{**wrong, "rate": "of_old"}]})
    assert unused.left_out


def test_birth_rules_are_compared_by_name_and_order() -> None:
    rules = [
        {"name": "child_has_valid_identity_number", "passes_when": ""},
        {"name": "new", "passes_when": ""},
    ]
    second, new, rest = read({"filter_rules": rules})
    assert second.differences == ("child_has_valid_identity_number is number 2 of the pack, expected 1",)
    assert new.differences == ("no review of the pack is about new",)
    assert rest.left_out


@pytest.mark.parametrize("field", ["child_benefit_act", "override_reasons"])
def test_what_cannot_be_compared_says_so(field: str) -> None:
    (found,) = read({field: {}})
    assert isinstance(found, Compared)
    assert "nothing to compare" in found.left_out


def test_chains_are_run_by_delivery() -> None:
    document = json.loads(CHAINS.read_text(encoding="utf-8"))
    assert is_chains(document)
    assert [differences for _, _, differences in judged(document) if differences] == []
    document["chains"][0]["expected_orders"][0]["amount"] += 1
    assert [len(differences) for _, _, differences in judged(document) if differences] == [1]


def test_kinds_are_told_apart_in_one_run(tmp_path: Path) -> None:
    files: dict[str, object] = {
        "one": {"cases": [DIFFERENTIAL]},
        "two": {"cases": [DERIVED]},
        "three": {"child_benefit_act": []},
    }
    names = [str(tmp_path / f"{name}.json") for name in files]
    for name, document in files.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(document), encoding="utf-8")
    ended = CliRunner().invoke(
        app, ["check", "norway", "--json", *[w for n in names for w in ("--cases", n)]]
    )
    told = json.loads(ended.stdout)
    assert (ended.exit_code, told["passed"], told["failed"]) == (0, 2, 0)
    assert {kind: count["not_compared"] for kind, count in told["kinds"].items()} == {
        "foreign benefits by themselves": 0,
        "derived places": 0,
        "sections of law": 1,
    }
