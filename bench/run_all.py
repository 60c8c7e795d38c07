"""Subjects a second of a run over everybody, and where the time goes.

    uv run python bench/run_all.py [--subjects 200000] [--directory DIR] [--json FILE]

A population is loaded (see `population`) and run once, which writes down what was found; then it is run
again, with nothing different, and that is measured: one process, one thread. Beside it stands the floor: the
same number of records decrypted one after another by `cryptography`, and nothing else.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections import defaultdict
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from population import load, open_town
from report import show

from duly.app import App, Settings, build
from duly.law.kernel import KEPT
from duly.runs import Everyone, Run


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
        first, first_spent, _ = run(app)
        again, spent, stages = run(app)
        floor = bare(min(again.passed, 100_000))
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
        "floor_microseconds_per_record": floor * 1e6,
    }
    rows: list[tuple[str, Any]] = [
        ("subjects", again.passed),
        ("subjects a second of one core", again.passed / spent.work),
        ("subjects a second by the clock", again.passed / spent.clock),
        ("first run (nothing found before), seconds", first_spent.clock),
        ("decrypting a record bare, microseconds", floor * 1e6),
    ]
    for name, seconds in sorted(stages.seconds.items(), key=lambda item: -item[1]):
        rows.append((f"  {name}, microseconds a subject", seconds / again.passed * 1e6))
    rest = spent.work - sum(stages.seconds.values())
    rows.append(("  the rest, microseconds a subject", rest / again.passed * 1e6))
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
    began, worked = time.perf_counter(), time.thread_time()
    while going.state == "running":
        going = everyone.step(going)
    return going, Spent(time.perf_counter() - began, time.thread_time() - worked), stages


def bare(count: int) -> float:
    """Seconds to decrypt a record of usual size under a key of its own, the key made ready before."""
    keys = [AESGCM(os.urandom(32)) for _ in range(count)]
    bound, data = b"b" * 24, b"d" * 180
    nonce = os.urandom(12)
    boxes = [key.encrypt(nonce, data, bound) for key in keys]
    began = time.thread_time()
    for key, box in zip(keys, boxes, strict=True):
        key.decrypt(nonce, box, bound)
    return (time.thread_time() - began) / count


if __name__ == "__main__":
    main()
