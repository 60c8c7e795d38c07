"""What row-level security costs: the same 100,000 sealed rows read from PostgreSQL with it and without it.

    .venv/bin/python bench/row_security.py [--rows 100000] [--rounds 7]

A PostgreSQL of its own is started and stopped. Two roles read the same rows in turn, in one run: the one that
works, who is shown what the policies of the Norwegian pack permit it, and the superuser, whom no rule binds.
*all*: every snapshot of a category in one statement; *some*: those of 1,000 subjects, as a step reads
them, with the setting of the context before it. Ratios are of medians, with against without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import bindparam, insert, select

from duly.access.permits import take_up
from duly.facts.tables import snapshot
from duly.law.pack import find
from duly.store import Context, Store
from duly.store.rows import raw_rows, read_rows

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres import new_database, running

DECIDES = Context("nav", "system", "", "child-benefit", "Barnetrygdloven § 14", "none", "")
FAMILY = select(snapshot).where(snapshot.c.category == bindparam("which"))
SOME = select(snapshot).where(snapshot.c.subject.in_(bindparam("subjects", expanding=True)))
SEALED = os.urandom(400)
AT_ONCE = 1_000


def filled(store: Store, rows: int) -> None:
    """So many subjects, each with a snapshot of two categories, of which the use may see one."""
    store.migrate()
    with store.owning() as conn:
        take_up(conn, find("norway"), alone=True)
    every = [
        {"subject": number << 20, "category": category, "version": 1, "sealed": SEALED}
        for number in range(rows)
        for category in ("account", "family")
    ]
    with store.owning() as conn:
        conn.execute(insert(snapshot), every)
        conn.exec_driver_sql("ANALYZE snapshot")


def read_all(store: Store, rows: int) -> None:
    with store.read() as conn:
        found = raw_rows(conn, FAMILY, {"which": "family"})
    assert len(found) == rows


def read_some(store: Store, rows: int) -> None:
    numbers = [number << 20 for number in range(0, rows, max(1, rows // AT_ONCE))]
    with store.read() as conn:
        read_rows(conn, SOME, "subjects", numbers)


def timed(read: Callable[[Store, int], None], stores: list[Store], rows: int, rounds: int) -> list[float]:
    """The median milliseconds of each store, read in turn."""
    seconds: list[list[float]] = [[] for _ in stores]
    for _ in range(rounds + 1):
        for place, store in enumerate(stores):
            began = time.perf_counter()
            read(store, rows)
            seconds[place].append((time.perf_counter() - began) * 1000)
    return [statistics.median(one[1:]) for one in seconds]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    told = parser.parse_args()
    with running() as server, new_database(server) as url:
        everything = Store.open(url.replace("duly@", "postgres@"))
        works = Store.open(url).acting(DECIDES)
        Store.open(url).migrate()
        filled(everything, told.rows)
        for name, read in (("all", read_all), ("some", read_some)):
            under, free = timed(read, [works, everything], told.rows, told.rounds)
            print(f"{name:<5} with {under:8.1f} ms   without {free:8.1f} ms   ratio {under / free:5.2f}")
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
