"""The pack and an independent reading of the rules give every month of any case the same answer."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from norway_cases import batches, rare
from norway_oracle import Case, Paid, months

from duly.law import Pack
from duly.law.evaluate import evaluate
from duly.timeline import from_iso, to_iso

SHARED = Path(__file__).parents[3] / "shared/cases/norway-barnetrygd/cases.json"
FIELDS = {"amounts": "amount", "percent": "percent", "rate": "rate"}
FIRST, LAST = "2024-02-01", "2026-10-31"

Row = Mapping[str, Any]
Grants = dict[tuple[str, str], Paid]


@cache
def pack() -> Pack:
    return Pack.load("norway")


def by_the_pack(cases: Sequence[Row]) -> dict[tuple[str, int], Grants]:
    """(case, month) -> what the pack grants; nothing may be unknown."""
    reader: Any = pack().module("case_files")
    kinds = {programme: kind for kind, programme in reader.TYPES.items()}
    read = list(reader.read({"cases": cases}))
    history = {number: subject for case in read for number, subject in case.history.items()}
    people = {number: (case.id, name) for case in read for number, name in case.names.items()}
    days = from_iso(FIRST), from_iso(LAST) + 1
    found: dict[tuple[str, int], Grants] = {}
    for due in evaluate(pack(), history, *days, known_at=read[0].known_at, programmes=kinds):
        assert not due.unknown
        case, person = people[due.about]
        kroner = {name: due.values[name] // 100 for name in ("rate", "amount")}
        for month in months(to_iso(due.first), to_iso(due.end - 1)):
            granted = found.setdefault((case, month), {})
            granted[kinds[due.programme], person] = Paid(percent=due.values["percent"], **kroner)
    return found


def by_the_oracle(cases: Sequence[Row]) -> dict[tuple[str, int], Grants]:
    """The same by the oracle."""
    found = {(case["id"], month): Case(case).month(month) for case in cases for month in months(FIRST, LAST)}
    return {key: granted for key, granted in found.items() if granted}


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(cases=batches())
@example(cases=rare())
def test_every_month_of_any_case(cases: list[Row]) -> None:
    found, wanted = by_the_pack(cases), by_the_oracle(cases)
    for case, month in sorted(found.keys() | wanted.keys()):
        where = f"{case}, {month // 12}-{month % 12 + 1:02d}"
        assert found.get((case, month)) == wanted.get((case, month)), where


def test_the_oracle_agrees_with_the_cases_taken_from_the_agencys_own_tests() -> None:
    if not SHARED.exists():
        if os.environ.get("CI"):
            pytest.fail(f"the shared cases are missing at {SHARED}")
        pytest.skip(f"the shared cases are not beside this checkout ({SHARED}); nothing was compared")
    cases = json.loads(SHARED.read_text(encoding="utf-8"))["cases"]
    usable = [case for case in cases if case["usable"]]
    assert len(usable) == 161
    assert [differs for case in usable for differs in differences(case)] == []


def differences(case: Row) -> Iterator[str]:
    """What the oracle and the case's table say of a month, where they differ within the case's use."""
    births = [person["born"] for person in case["persons"] if person["role"] == "child"]
    window = case.get("window") or {"from": min(births), "to": f"{int(max(births)[:4]) + 19}-12-31"}
    asked, oracle = case.get("only_types"), Case(case)
    for month in months(max(window["from"], min(births)), window["to"]):
        rows = [row for row in case["expected"] if month in months(row["from"], row["to"])]
        table = {(row["type"], row["person"]): row for row in rows}
        granted = oracle.month(month)
        for key in table.keys() | granted.keys():
            if (not asked or key[0] in asked) and not same(case, table.get(key), granted.get(key)):
                said = f"{table.get(key)}, {granted.get(key)}"
                yield f"{case['id']}, {month // 12}-{month % 12 + 1:02d}: {said}"


def same(case: Row, row: Row | None, granted: Paid | None) -> bool:
    """Whether the table's row says the same as far as the case may be used."""
    if row is None or granted is None:
        return row is None and granted is None
    compared = {FIELDS[use] for use in case["usable"] if use in FIELDS}
    if row["percent"] == 0:
        compared -= {"rate"}
    return all(row[name] in (None, getattr(granted, name)) for name in compared)
