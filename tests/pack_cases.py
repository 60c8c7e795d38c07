"""The cases that came with a pack, and what every pack's law has to hold: three evaluators, one answer."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from duly.law import UNKNOWN, Pack, World, columns, interpret, kernel, keys, plain
from duly.law.cases import Case, judge
from duly.law.fact_cases import are_fact_cases, read_fact_cases
from duly.law.situation import NotKnown
from duly.timeline import month_first

__all__ = ["agree", "differences", "own_cases", "three_ways"]

PACKS = Path(__file__).parents[1] / "packs"


def own_cases(pack: Pack, name: str) -> list[Case]:
    """The cases of one of a pack's own files."""
    return read(pack, json.loads((PACKS / pack.name / "cases" / name).read_text(encoding="utf-8")))


def read(pack: Pack, document: object) -> list[Case]:
    """The cases of a document in a pack's own form, or of facts and answers."""
    if are_fact_cases(pack, document):
        return list(read_fact_cases(pack, document))
    reader: Any = pack.module("case_files")
    return list(reader.read(document))


def differences(pack: Pack, cases: list[Case]) -> list[str]:
    """Where the law says something else than a case; empty if it never does."""
    return [f"{v.case.id}: {each}" for v in judge(pack, cases) for each in v.differences]


def agree(pack: Pack, cases: list[Case]) -> int:
    """Interpreter, kernel and plain Python agree in every month of every case; how many months were due."""
    return sum(three_ways(pack, case, programme) for case in cases for programme in case.programmes)


def three_ways(pack: Pack, case: Case, programme: str) -> int:
    """The same for one programme of one case."""
    world, facts = World(pack, case.history), columns.build(pack, case.history)
    ends = columns.keys(pack, programme, facts)
    days: dict[str, Any] = {"known_at": None, "first": case.first, "last": case.last}
    grants = kernel.evaluate(
        pack, programme, facts, ends.holders, ends.abouts, ends.links, **days, fast=False, kept=None
    )
    found = pack.programme(programme)
    holders = facts.numbers[found.holder][ends.holders].tolist()
    abouts = facts.numbers[found.about][ends.abouts].tolist()
    pairs = list(zip(holders, abouts, strict=True))
    assert sorted(pairs) == sorted(keys(pack, programme, case.history))
    due = 0
    for row, (holder, about) in enumerate(pairs):
        timeline = interpret.timeline(pack, programme, world, holder, about, case.first, case.last)
        assert kernel.decoded(pack, programme, grants, row) == timeline, (case.id, programme)
        for start, value in timeline:
            plainly = _plainly(pack, programme, world, holder, about, month_first(start))
            assert value is UNKNOWN or plainly == value, (case.id, programme, start)
            due += value is not None and value is not UNKNOWN
    return due


def _plainly(pack: Pack, programme: str, world: World, holder: int, about: int, day: int) -> Any:
    try:
        return plain.value(pack, programme, world, holder, about, day)
    except NotKnown:  # plain Python asks for facts that settle nothing
        return interpret.value(pack, programme, world, holder, about, day)
