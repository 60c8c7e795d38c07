"""Holders a second of a dry run of a new rate, which changes what everybody is due.

    .venv/bin/python bench/dry_run.py [--subjects 20000] [--directory DIR] [--json FILE]

A population is loaded (see `population`) and run once; then a version with another ordinary rate is proposed
and run dry: one process, and the memory that it took besides what the loading took.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from population import load, open_town
from report import show

from duly.app import App
from duly.law import Pack
from duly.law.pack import find
from duly.reform import LawKey, keep
from duly.reform.keys import register
from duly.reform.procedure import propose


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--subjects", type=int, default=20_000)
    arguments.add_argument("--directory", type=Path)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = given.directory or Path(folder) / "here"
        app = open_town(directory)
        load(app, given.subjects)
        run_everybody(app)
        number = proposed(app, directory)
        before, looked = peak(), [0]
        began, worked = time.perf_counter(), time.process_time()
        figures = app.dry_run(number, lambda seen: looked.append(seen))
        clock, work, more = time.perf_counter() - began, time.process_time() - worked, peak() - before
        app.close()
    told: dict[str, Any] = {
        "holders": looked[-1],
        "seconds": clock,
        "work_seconds": work,
        "holders_per_second": looked[-1] / clock,
        "more_memory_megabytes": more,
        "gain": figures.everybody.gain,
    }
    rows: list[tuple[str, Any]] = [
        ("holders", looked[-1]),
        ("of them gain", figures.everybody.gain or 0),
        ("holders a second by the clock", looked[-1] / clock),
        ("holders a second of the processor", looked[-1] / work),
        ("memory besides what was taken before, megabytes", more),
    ]
    show("A dry run of a new rate, SQLite", rows, told, given.json)


def peak() -> float:
    """The most memory that this process ever took, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_everybody(app: App) -> None:
    """So that everybody was decided about."""
    everyone = app.everyone()
    going = everyone.begin((), "A measurement.", None)
    while going.state == "running":
        going = everyone.step(going)


def proposed(app: App, directory: Path) -> int:
    """A version with another rate of child benefit, put forward for the next day."""
    changed = directory / "another"
    shutil.copytree(find("norway"), changed, ignore=shutil.ignore_patterns("__pycache__"))
    path = changed / "rates.py"
    text = path.read_text(encoding="utf-8")
    old, new = '"2024-01-01": kroner(1510)', '"2024-01-01": kroner(1600)'
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    pack, key = Pack.load(changed), LawKey.create("Ada", directory / "Ada.json")
    now, today = app.clock.now(), app.clock.today()
    with app.store.write() as conn:
        register(conn, key.name, key.public, [], today=today, now=now)
        version = keep(conn, pack.name, changed, now)
        return propose(
            conn, pack.name, version, today + 1, "A measurement.", key, today=today, now=now
        ).number


if __name__ == "__main__":
    main()
