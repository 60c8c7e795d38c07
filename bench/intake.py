"""Events per second from POST to durable decision, where the time goes, and the ratio to rows by hand.

    .venv/bin/python bench/intake.py [--people 5600] [--json FILE]

The events are what the registers know of a town on its first day, in batches of 500 over HTTP on loopback,
to the server that `duly serve --demo` is. "Acknowledged" is when the last POST was answered; "decided" when
no stage has anything left to do. Then the same events go through the same stages in this process, with a
clock around each stage; and the rows that are in the database then are written to an empty SQLite file by
hand, in as many transactions as there were batches.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import msgspec
from report import show

import duly.worker
from duly.app import App, Settings, build
from duly.demo.directory import prepare
from duly.demo.messages import Envelope
from duly.demo.registers import FIRST, history
from duly.demo.runner import Clock
from duly.demo.sender import Sender, batches
from duly.demo.server import Server
from duly.events import read_envelope

Batches = list[tuple[str, list[Envelope]]]
PORT = 8791


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=5600)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    small, town = opening(seed=2, people=300), opening(seed=1, people=given.people)
    events = sum(len(batch) for _, batch in town)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        acknowledged, decided = over_http(root / "server", small, town)
        stages, here = in_process(root / "here", root / "server" / "law", small, town)
        by_hand, rows = rows_by_hand(root / "here" / "duly.db", root / "hand.db", len(town))
    told: dict[str, Any] = {
        "events": events,
        "acknowledged_seconds": acknowledged,
        "decided_seconds": decided,
        "events_per_second_acknowledged": events / acknowledged,
        "events_per_second_decided": events / decided,
        "stages_seconds": stages,
        "in_process_seconds": here,
        "rows": rows,
        "rows_by_hand_seconds": by_hand,
        "ratio_to_rows_by_hand": decided / by_hand,
    }
    lines: list[tuple[str, Any]] = [
        ("events", events),
        ("events a second, acknowledged", events / acknowledged),
        ("events a second, POST to durable decision", events / decided),
        ("rows written", rows),
        ("the same rows into SQLite by hand, seconds", by_hand),
        ("ratio to that", decided / by_hand),
        ("in one process, seconds", here),
        *((f"  of which {name}", seconds) for name, seconds in stages.items()),
    ]
    show("Intake to decision, SQLite, batches of 500 over HTTP", lines, told, given.json)


def opening(*, seed: int, people: int) -> Batches:
    """The first day's messages of a town in batches; towns of other seeds have other sources' ids."""
    first = history(seed=seed, size=people, last=FIRST, designed=False).days[0]
    return [
        (register, [event | {"id": f"{seed}-{event['id']}"} for event in events])
        for register, events in batches(first.sent)
    ]


def over_http(directory: Path, small: Batches, town: Batches) -> tuple[float, float]:
    """Seconds until all is acknowledged, and until all is decided; a small town goes before, unmeasured."""
    keys = prepare(directory)
    with (
        Server(directory=directory, port=PORT) as server,
        httpx.Client(base_url=server.url, timeout=600) as client,
    ):
        sender, clock = Sender(client, keys), Clock(client)
        for register, events in small:
            sender.send(register, events)
        clock.advance(FIRST)
        began = time.perf_counter()
        for register, events in town:
            sender.send(register, events)
        acknowledged = time.perf_counter() - began
        clock.advance(FIRST)
        return acknowledged, time.perf_counter() - began


def in_process(directory: Path, law: Path, small: Batches, town: Batches) -> tuple[dict[str, float], float]:
    """Seconds that each stage takes, without HTTP and with one thread."""
    prepare(directory)
    shutil.copytree(law, directory / "law")
    app = build(Settings.read(directory=str(directory), mode="demo"))
    taking = app.intake  # its worker has no thread here: nothing is woken
    sources = {source.register: source for source in app.sources.listed.values()}

    seconds: dict[str, float] = defaultdict(float)

    def through(batch: Batches) -> None:
        for register, events in batch:
            items = [read_envelope(msgspec.json.encode(event)) for event in events]
            began = time.perf_counter()
            taking.take(sources[register], items)
            seconds["events: inbox, sealed"] += time.perf_counter() - began
        app.worker.run_until_idle()

    through(small)
    seconds.clear()
    _watch(app, seconds)
    began = time.perf_counter()
    through(town)
    whole = time.perf_counter() - began
    app.close()
    seconds["the rest (reading JSON, transactions)"] = whole - sum(seconds.values())
    return dict(seconds), whole


def _watch(app: App, seconds: dict[str, float]) -> None:
    """Put a clock around each stage."""

    def timed(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        def timing(*arguments: Any, **named: Any) -> Any:
            began = time.perf_counter()
            try:
                return call(*arguments, **named)
            finally:
                seconds[name] += time.perf_counter() - began

        return timing

    worker: Any = app.worker
    module: Any = duly.worker
    module.apply = timed("facts: assertions and snapshots", module.apply)
    worker._touch = timed("marks: who is affected", worker._touch)
    worker._evaluator.evaluate = timed("entitlements: open, law, compare", worker._evaluator.evaluate)
    worker._write = timed("delivery: decisions, orders, cases", worker._write)
    worker._tell = timed("notices: compose", worker._tell)
    worker._hand_over = timed("notices: hand over", worker._hand_over)
    worker._sequencer = _Sequencing(timed("ledger: sequence and sign", app.ledger.sequence))


class _Sequencing:
    def __init__(self, sequence: Callable[..., Any]) -> None:
        self.sequence = sequence


def rows_by_hand(source: Path, target: Path, transactions: int) -> tuple[float, int]:
    """Seconds to write all rows of a database into an empty one with plain SQLite, and how many they are."""
    there = sqlite3.connect(source)
    here = sqlite3.connect(target, isolation_level=None)
    here.execute("PRAGMA journal_mode = WAL")
    here.execute("PRAGMA synchronous = FULL")
    schema = there.execute(
        "SELECT name, sql, type FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite_%'"
    )
    tables: dict[str, list[tuple[Any, ...]]] = {}
    for name, sql, kind in schema.fetchall():
        here.execute(sql)
        if kind == "table":
            tables[name] = there.execute(f'SELECT * FROM "{name}"').fetchall()  # noqa: S608 - the schema's own names
    began = time.perf_counter()
    for part in range(transactions):
        here.execute("BEGIN IMMEDIATE")
        for name, rows in tables.items():
            chunk = rows[part * len(rows) // transactions : (part + 1) * len(rows) // transactions]
            if chunk:
                marks = ", ".join("?" * len(chunk[0]))
                here.executemany(f'INSERT INTO "{name}" VALUES ({marks})', chunk)  # noqa: S608
        here.execute("COMMIT")
    return time.perf_counter() - began, sum(map(len, tables.values()))


if __name__ == "__main__":
    main()
