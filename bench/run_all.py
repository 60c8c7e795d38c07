"""Subjects a second of a run over everybody, where the time goes, and what is the least that it could take.

    .venv/bin/python bench/run_all.py [--subjects 200000] [--directory DIR] [--json FILE]

A population is loaded (see `population`) and run once, which writes down what was found; then it is run
again, with nothing different, and that is measured: one process, one thread. Beside it stands the floor: as
many data keys made ready and records decrypted by `cryptography`, as many hashes, and the same rows read from
the same file by `sqlite3`, in bare loops in the same process. Memory is told along the way, each 100,000
subjects; it is the runs' own where the population was loaded before (by `population`, into `--directory`).
"""

from __future__ import annotations

import argparse
import json
import os
import sqlite3
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from population import load, open_town
from report import show
from sqlalchemy import select

from duly.app import App, Settings, build
from duly.entitlements.sweep import Sweep
from duly.law.kernel import KEPT
from duly.runs import Everyone, Run
from duly.vault import Opening, Sealed
from duly.vault.tables import bulk_use

TOLD = 100_000
"""Subjects between two lines about memory."""


class Stages:
    """Seconds of the processor by stage; a stage inside another is counted there alone.

    Of this thread alone: what other processes on the machine take is not counted.
    """

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inside: list[str] = []

    @contextmanager
    def __call__(self, name: str) -> Generator[None]:
        began = time.thread_time()
        self._inside.append(name)
        try:
            yield
        finally:
            spent = time.thread_time() - began
            self._inside.pop()
            self.seconds[name] += spent
            if self._inside:
                self.seconds[self._inside[-1]] -= spent


class Spent(NamedTuple):
    """Seconds by the clock, and of the processor."""

    clock: float
    work: float


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--subjects", type=int, default=200_000)
    arguments.add_argument("--directory", type=Path)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app, loaded = _population(given.directory or Path(folder) / "here", given.subjects)
        print(f"loaded in {loaded:.0f} s; {resident('VmRSS'):.0f} MiB held")
        first, first_spent, _ = run(app)
        print(
            f"first run: {first.different:,} of {first.passed:,} looked at closer, {first_spent.clock:.0f} s"
        )
        again, spent, stages = run(app)
        peak = resident("VmHWM")
        floors = bare(app, again, opened_by(app))
        app.close()
    assert again.changed == 0, again.changed
    told: dict[str, Any] = {
        "subjects": again.passed,
        "load_seconds": loaded,
        "first_run_seconds": first_spent.clock,
        "first_run_looked_closer": first.different,
        "seconds": spent.clock,
        "work_seconds": spent.work,
        "subjects_per_second": again.passed / spent.clock,
        "subjects_per_second_of_a_core": again.passed / spent.work,
        "stages_seconds": dict(stages.seconds),
        "floor_seconds": floors,
        "peak_mebibytes": peak,
    }
    rows: list[tuple[str, Any]] = [
        ("subjects", again.passed),
        ("subjects a second of one core", again.passed / spent.work),
        ("subjects a second by the clock", again.passed / spent.clock),
        ("first run (nothing found before), seconds", first_spent.clock),
        ("peak memory of the process, loading included, MiB", peak),
        ("accounted for by stages, %", sum(stages.seconds.values()) / spent.work * 100),
        ("all stages, microseconds a subject", spent.work / again.passed * 1e6),
    ]
    for name, seconds in sorted(stages.seconds.items(), key=lambda item: -item[1]):
        rows.append((f"  {name}", seconds / again.passed * 1e6))
    rest = spent.work - sum(stages.seconds.values())
    rows.append(("  the rest", rest / again.passed * 1e6))
    for name, seconds in floors.items():
        rows.append((f"floor: {name}, microseconds a subject", seconds / again.passed * 1e6))
    floor = sum(floors.values())
    rows.append(("floor: all, microseconds a subject", floor / again.passed * 1e6))
    rows.append(("ratio to the floor", spent.work / floor))
    rows.append(("limited most by", max(stages.seconds, key=stages.seconds.__getitem__)))
    show("A run over everybody, nothing different, SQLite, one thread", rows, told, given.json)


def _population(directory: Path, size: int) -> tuple[App, float]:
    if (directory / "duly.db").exists():
        given = {"directory": str(directory), "mode": "demo", "cache": str(KEPT)}
        return build(Settings.of(given)), 0.0
    app = open_town(directory)
    return app, load(app, size).seconds


def run(app: App) -> tuple[Run, Spent, Stages]:
    """One run over everybody."""
    stages = Stages()
    everyone = Everyone(app.store, app.clock, app.worker, stages)
    going = everyone.begin((), "A measurement.", None)
    began, worked, told = time.perf_counter(), time.thread_time(), 0
    while going.state == "running":
        going = everyone.step(going)
        if going.passed >= told:
            told = going.passed - going.passed % TOLD + TOLD
            _tell(going.passed, time.perf_counter() - began)
    return going, Spent(time.perf_counter() - began, time.thread_time() - worked), stages


def _tell(passed: int, seconds: float) -> None:
    held = f"{resident('VmRSS'):.0f} MiB held, {resident('VmHWM'):.0f} at most"
    print(f"  {passed:>9,} subjects, {seconds:.0f} s, {held}", flush=True)


def resident(what: str) -> float:
    """MiB of memory that the process holds (`VmRSS`), or held at most (`VmHWM`), as Linux says."""
    with Path("/proc/self/status").open(encoding="utf-8") as status:
        return next(int(line.split()[1]) / 1024 for line in status if line.startswith(what))


class Work(NamedTuple):
    """How many keys, records and leaves the last run had, and which categories it read."""

    keys: int
    records: int
    leaves: int
    categories: tuple[str, ...]


def opened_by(app: App) -> Work:
    """Count what a run does, in another one."""
    keys = records = 0
    unlock, open_ = Opening.unlock, Opening.open

    def unlocking(self: Opening, wrapped: Iterable[tuple[int, bytes | None]]) -> set[int]:
        nonlocal keys
        before = len(self.keys)
        found = unlock(self, wrapped)
        keys += len(self.keys) - before
        return found

    def opening(self: Opening, rows: Sequence[Sealed]) -> list[bytes]:
        nonlocal records
        records += len(rows)
        return open_(self, rows)

    Opening.unlock, Opening.open = unlocking, opening
    try:
        run(app)
    finally:
        Opening.unlock, Opening.open = unlock, open_
    stages = app.worker.stages
    purposes = stages.profiles.purposes()
    sweeps = [Sweep(stages.evaluator.law, names, purpose) for purpose, names in purposes.items()]
    with app.store.read() as conn:
        leaves = conn.execute(select(bulk_use.c.leaves).order_by(bulk_use.c.at.desc()).limit(1)).scalar_one()
    categories = frozenset[str]().union(*(sweep.categories for sweep in sweeps))
    return Work(keys, records, leaves, tuple(sorted(categories)))


def bare(app: App, done: Run, work: Work) -> dict[str, float]:
    """Seconds of the least that a run has to do, one after the other."""
    database = app.store.url.database
    assert database is not None
    return {
        "data keys unwrapped and made ready": _keys(work.keys),
        "records decrypted": _records(work.records, done.passed),
        "leaves hashed (BLAKE2b, SHA-256)": _leaves(work.leaves),
        "rows read (sqlite3)": _rows(database, work.categories),
    }


def _keys(count: int) -> float:
    wrapping, nonce, bound = AESGCM(os.urandom(32)), os.urandom(12), b"b" * 21
    wrapped = [wrapping.encrypt(nonce, os.urandom(32), bound) for _ in range(count)]
    began = time.thread_time()
    for key in wrapped:
        AESGCM(wrapping.decrypt(nonce, key, bound))
    return time.thread_time() - began


def _records(count: int, subjects: int) -> float:
    ready = [AESGCM(os.urandom(32)) for _ in range(min(count, subjects))]
    keys = [ready[at % len(ready)] for at in range(count)]
    bound, nonce, data = b"b" * 24, os.urandom(12), b"d" * 150
    boxes = [key.encrypt(nonce, data, bound) for key in keys]
    began = time.thread_time()
    for key, box in zip(keys, boxes, strict=True):
        key.decrypt(nonce, box, bound)
    return time.thread_time() - began


def _leaves(count: int) -> float:
    text, key = b"t" * 350, b"k" * 32
    began = time.thread_time()
    for _ in range(count):
        salt = blake2b(b"12345678", key=key, digest_size=32).digest()
        sha256(sha256(salt + text).digest()).digest()
    return time.thread_time() - began


def _rows(database: str, categories: tuple[str, ...]) -> float:
    conn = sqlite3.connect(f"file:{database}?mode=ro", uri=True)
    conn.execute("PRAGMA cache_size = -65536")
    wanted = "SELECT value FROM json_each(?)"
    given, spent = json.dumps(categories), 0.0
    for _ in range(2):  # the first time fills the cache, as the run's first purpose has
        began = time.thread_time()
        for statement, values in (
            ("SELECT number, kind, wrapped FROM subject ORDER BY number", ()),
            (f"SELECT * FROM snapshot WHERE category IN ({wanted}) ORDER BY subject", (given,)),  # noqa: S608 - no value in it
            ("SELECT holder, digest FROM found", ()),
        ):
            cursor = conn.execute(statement, values)
            while cursor.fetchmany(16_384):
                pass
        spent = time.thread_time() - began
    conn.close()
    return spent


if __name__ == "__main__":
    main()
