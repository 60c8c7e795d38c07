"""The pack and an independent reading give every family the same, by the text and as it was published."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from france_cases import families
from france_oracle import Reading, as_published, cents, due
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from duly.law import UNKNOWN, Pack, World, interpret, plain
from duly.law.cases import Case
from duly.law.evaluate import Due, evaluate

SHARED = Path(__file__).parents[3] / "shared/cases/france-allocations-familiales/cases.jsonl"
PROGRAMME = "allocations.familiales"
READINGS: tuple[Reading, ...] = ("law", "published")

Row = Mapping[str, Any]


@cache
def pack() -> Pack:
    return Pack.load("france")


def read(inputs: Sequence[Row], reading: Reading) -> list[Case]:
    reader: Any = pack().module("case_files")
    rows = [{"input": row, "output": {"iMontantVerse": 0}, "reading": reading} for row in inputs]
    return list(reader.read(rows))


def household(case: Case) -> int:
    return next(number for number, name in case.names.items() if name == "the household")


@pytest.mark.parametrize("reading", READINGS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(family=families())
def test_interpreter_and_plain_python_give_what_the_oracle_gives(reading: Reading, family: Row) -> None:
    (case,) = read([family], reading)
    world, holder = World(pack(), case.history), household(case)
    found: Any = interpret.value(pack(), PROGRAMME, world, holder, holder, case.first)
    assert found is not UNKNOWN
    assert (found["amount"] if found else 0) == due(family, reading)
    assert plain.value(pack(), PROGRAMME, world, holder, holder, case.first) == found


@pytest.mark.parametrize("reading", READINGS)
@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(many=st.lists(families(), min_size=30, max_size=40))
def test_the_kernel_gives_what_the_oracle_gives(reading: Reading, many: list[Row]) -> None:
    read_cases = read(many, reading)
    history = {number: subject for case in read_cases for number, subject in case.history.items()}
    days = min(case.first for case in read_cases), max(case.last for case in read_cases)
    found: dict[int, list[Due]] = {}
    for row in evaluate(pack(), history, *days, programmes=[PROGRAMME]):
        assert not row.unknown
        found[row.holder] = [*found.get(row.holder, []), row]
    for case, family in zip(read_cases, many, strict=True):
        rows = [r for r in found.get(household(case), []) if r.first <= case.first < r.end]
        assert sum(row.values["amount"] for row in rows) == due(family, reading)


def test_the_oracle_agrees_with_the_shared_cases() -> None:
    if not SHARED.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the shared cases are missing at {SHARED}")
        pytest.skip(f"the shared cases are not beside this checkout ({SHARED}); nothing was compared")
    rows = [json.loads(line) for line in SHARED.read_text(encoding="utf-8").splitlines()]
    assert len(rows) == 588
    wrong = [
        n for n, row in enumerate(rows) if as_published(row["input"]) != cents(row["output"]["iMontantVerse"])
    ]
    assert not wrong
