"""French family allowances agree with the published cases to the cent, and with our own of every boundary."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from duly.law import Pack
from duly.law.cases import Case, judge

ROOT = Path(__file__).parents[2]
OWN = ROOT / "packs/france/cases/boundaries.jsonl"
SHARED = ROOT.parent / "shared/cases/france-allocations-familiales/cases.jsonl"


def _rows(file: Path) -> list[Any]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


def _cases(pack: Pack, rows: list[Any]) -> list[Case]:
    reader: Any = pack.module("case_files")
    return list(reader.read(rows))


def _differences(pack: Pack, cases: list[Case]) -> list[str]:
    return [f"{v.case.id}: {v.differences[0]}" for v in judge(pack, cases) if v.differences]


def test_every_boundary_that_we_worked_by_hand() -> None:
    pack = Pack.load("france")
    cases = _cases(pack, _rows(OWN))
    assert len(cases) >= 70
    assert not _differences(pack, cases)


def test_the_cases_of_the_published_implementation() -> None:
    if not SHARED.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the shared cases are missing at {SHARED}")
        pytest.skip(f"the shared cases are not beside this checkout ({SHARED}); nothing was compared")
    pack = Pack.load("france")
    cases = _cases(pack, _rows(SHARED))
    assert len(cases) == 588
    assert not _differences(pack, cases)


@pytest.mark.parametrize("cents", [-1, 1])
def test_a_cent_is_seen(cents: int) -> None:
    pack = Pack.load("france")
    row = _rows(OWN)[0]
    row["output"] = {"iMontantVerse": round(row["output"]["iMontantVerse"] + cents / 100, 2)}
    (verdict,) = judge(pack, _cases(pack, [row]))
    assert [(d.what, d.programme) for d in verdict.differences] == [("amount", "allocations.familiales")]


def test_what_is_not_due_is_seen_to_be_expected() -> None:
    pack = Pack.load("france")
    row = next(row for row in _rows(OWN) if row["id"] == "one-child")
    row["output"] = {"iMontantVerse": 24.39}
    (verdict,) = judge(pack, _cases(pack, [row]))
    assert [(d.expected, d.found) for d in verdict.differences] == [("granted", "none")]
