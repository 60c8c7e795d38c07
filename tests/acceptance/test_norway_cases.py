"""Norwegian child benefit agrees with the cases: those of NAV's tests, and our own of every boundary."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from duly.law import Pack
from duly.law.cases import Case, judge
from duly.law.components import judge_component

ROOT = Path(__file__).parents[2]
OWN = ROOT / "packs/norway/cases/boundaries.json"
TWO_COUNTRIES = ROOT / "packs/norway/cases/two_countries.json"
SHARED = ROOT.parent / "shared/cases/norway-barnetrygd/cases.json"


def _cases(pack: Pack, file: Path) -> list[Case]:
    reader: Any = pack.module("case_files")
    return list(reader.read(json.loads(file.read_text(encoding="utf-8"))))


def _differences(pack: Pack, cases: list[Case]) -> list[str]:
    return [f"{v.case.id}: {v.differences[0]}" for v in judge(pack, cases) if v.differences]


def test_every_boundary_that_we_worked_by_hand() -> None:
    pack = Pack.load("norway")
    cases = _cases(pack, OWN)
    assert len(cases) >= 35
    assert not _differences(pack, cases)


def test_every_boundary_of_two_countries() -> None:
    pack = Pack.load("norway")
    cases = _cases(pack, TWO_COUNTRIES)
    assert len(cases) >= 17
    assert not _differences(pack, cases)


def test_the_cases_taken_from_the_agencys_own_tests() -> None:
    if not SHARED.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the shared cases are missing at {SHARED}")
        pytest.skip(f"the shared cases are not beside this checkout ({SHARED}); nothing was compared")
    pack = Pack.load("norway")
    cases = _cases(pack, SHARED)
    judged = [case for case in cases if not case.left_out]
    assert len(judged) == 161
    assert not _differences(pack, cases)


@pytest.mark.parametrize(("name", "count"), [("differential", 6), ("derived_conditions", 2)])
def test_the_component_cases(name: str, count: int) -> None:
    file = SHARED.with_name(f"{name}.json")
    if not file.exists():
        pytest.skip(f"the shared cases are not beside this checkout ({file}); nothing was compared")
    pack = Pack.load("norway")
    reader: Any = pack.module("case_files")
    cases = list(reader.read(json.loads(file.read_text(encoding="utf-8"))))
    assert len(cases) == count
    assert [d for case in cases for d in judge_component(pack, case).differences] == []


def test_a_wrong_answer_is_seen_in_its_month_only() -> None:
    pack = Pack.load("norway")
    document = json.loads(OWN.read_text(encoding="utf-8"))
    wrong = document["cases"][0]
    wrong["expected"][0]["amount"] += 1
    reader: Any = pack.module("case_files")
    (verdict,) = judge(pack, list(reader.read({"cases": [wrong]})))
    assert [(d.what, d.programme) for d in verdict.differences] == [("amount", "barnetrygd.ordinary")]
