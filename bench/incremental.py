"""The cost of one event, from the POST's own call to everything decided, in populations of different sizes.

    .venv/bin/python bench/incremental.py [--sizes 10000 100000 1000000] [--events 120] [--json FILE]

Each population lies in a SQLite file of its own (see `population`), in a temporary directory. Events are sent
one at a time, by turns moves of children and births, all about people who are spread over the whole range of
numbers; the step that follows runs until nothing is left to do, ledger signed. The same events everywhere.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
from population import SEED, TOWN, load, open_town
from report import show
from sqlalchemy import func, select

from duly.app import App
from duly.demo.identity import person_number
from duly.demo.messages import SOURCES, Envelope
from duly.demo.registers import FIRST, history
from duly.demo.residents import age
from duly.entitlements.tables import mark
from duly.events import read_envelope

WARM_UP = 12
PLACES = ("0301", "4601", "5001", "1103")


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One population: how many there were, seconds of each event, how many marks were looked at."""

    subjects: int
    load_seconds: float
    wall: list[float]
    work: list[float]
    looked_at: int


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments.add_argument("--events", type=int, default=120)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    found = [measured(size, given.events) for size in given.sizes]
    rows: list[tuple[str, Any]] = []
    for one in found:
        rows += [
            (f"{one.subjects:,} subjects: p50, ms", statistics.median(one.wall) * 1000),
            ("  of the processor, p50, ms", statistics.median(one.work) * 1000),
            ("  marks looked at", one.looked_at),
        ]
    ratio = statistics.median(found[-1].wall) / statistics.median(found[0].wall)
    work = statistics.median(found[-1].work) / statistics.median(found[0].work)
    rows += [("largest to smallest", f"{ratio:.2f}"), ("  of the processor", f"{work:.2f}")]
    told = {
        "populations": [
            {
                "subjects": one.subjects,
                "load_seconds": one.load_seconds,
                "p50_ms": statistics.median(one.wall) * 1000,
                "p95_ms": statistics.quantiles(one.wall, n=20)[-1] * 1000,
                "work_p50_ms": statistics.median(one.work) * 1000,
                "looked_at": one.looked_at,
            }
            for one in found
        ],
        "ratio": ratio,
        "work_ratio": work,
    }
    show("One event, taken in and decided, SQLite", rows, told, given.json)


def measured(size: int, events: int) -> Measured:
    """Load a population, and send it events one at a time."""
    with tempfile.TemporaryDirectory() as folder:
        app = open_town(Path(folder) / "here")
        loaded = load(app, size)
        before = _looked(app)
        wall, work = zip(*(one(app, event) for event in told(events)), strict=True)
        looked = _looked(app) - before
        app.close()
    return Measured(
        subjects=loaded.subjects,
        load_seconds=loaded.seconds,
        wall=list(wall[WARM_UP:]),
        work=list(work[WARM_UP:]),
        looked_at=looked,
    )


def one(app: App, event: Envelope) -> tuple[float, float]:
    """Seconds from taking in one event until nothing is left to do: by the clock, and of the processor."""
    source = next(s for s in app.sources.listed.values() if s.uri == event["source"])
    body = msgspec.json.encode(event)
    began, worked = time.perf_counter(), time.thread_time()
    (outcome,) = app.intake.take(source, [read_envelope(body)])
    assert outcome.status == "accepted", outcome
    app.worker.run_until_idle()
    return time.perf_counter() - began, time.thread_time() - worked


def told(events: int) -> Iterator[Envelope]:
    """By turns a move of a child and a birth to a couple, each about another family."""
    town = history(seed=SEED, size=TOWN, last=FIRST, designed=False).town
    children = [care.child for home in _homes() for care in home.cares]
    mothers = [
        (person, str(person.partner))
        for person in town.grown()
        if person.female and person.partner is not None and 22 <= age(person, FIRST) <= 43
    ]
    taken = set(town.people)
    moves = list(dict.fromkeys(children))
    for place in range(events):
        if place % 2:
            mother, father = mothers[place // 2 % len(mothers)]
            child = person_number(date(2024, 1, 2 + place % 28), True, taken)
            data = {
                "child": child, "born": f"2024-01-{2 + place % 28:02}", "mother": mother.identity,
                "father": father, "lives_with": [mother.identity, father], "municipality": "0301",
            }  # fmt: skip
            yield _event("birth", place, data)
        else:
            since = f"2024-01-{2 + place % 28:02}"
            data = {"person": moves[place // 2], "municipality": PLACES[place % 4], "since": since}
            yield _event("move", place, data)


def _homes() -> Any:
    return history(seed=SEED, size=TOWN, last=FIRST, designed=False).population.households


def _event(kind: str, place: int, data: dict[str, Any]) -> Envelope:
    return {
        "specversion": "1.0",
        "id": f"measured-{place}",
        "source": SOURCES["folkeregisteret"],
        "type": f"no.folkeregisteret.{kind}.v1",
        "time": "2024-02-01T09:00:00+01:00",
        "data": data,
    }


def _looked(app: App) -> int:
    """How often anybody was looked at."""
    with app.store.read() as conn:
        return int(conn.execute(select(func.sum(mark.c.done))).scalar() or 0)


if __name__ == "__main__":
    main()
