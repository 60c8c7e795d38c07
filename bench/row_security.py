"""What row-level security costs: the same 100,000 sealed rows read from PostgreSQL with it and without it.

    .venv/bin/python bench/row_security.py [--rows 100000] [--rounds 7]

A PostgreSQL of its own is started and stopped. Two roles read the same rows in turn, in one run: the one that
works, who is shown what the policies of the Norwegian pack permit it, and the superuser, whom no rule binds.
*all*: every snapshot of a category in one statement; *some*: those of 1,000 subjects, as a step reads
them, with the setting of the context before it. The ratio is the median of the rounds', with against without.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import bindparam, literal_column, select

from duly.access.permits import take_up
from duly.facts.tables import snapshot
from duly.law.pack import find
from duly.store import Context, Store
from duly.store.rows import raw_rows, read_rows

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from postgres import new_database, running

DECIDES = Context("nav", "system", "", "child-benefit", "Barnetrygdloven § 14", "none", "")
FAMILY = select(snapshot).where(snapshot.c.category == bindparam("which"))
SOME = select(snapshot).where(
    snapshot.c.subject.in_(bindparam("subjects", expanding=True)),
    snapshot.c.category == literal_column("'family'"),
)
FILL = """
    INSERT INTO snapshot (subject, category, version, sealed)
    SELECT number::bigint << 20, category, 1, decode(repeat(md5(number::text), 25), 'hex')
    FROM generate_series(0, {} - 1) AS number, unnest(ARRAY['account', 'family']) AS category
"""
AT_ONCE = 1_000


def filled(store: Store, rows: int) -> None:
    """So many subjects, each with a snapshot of two categories, of which the use may see one."""
    store.migrate()
    with store.owning() as conn:
        take_up(conn, find("norway"), alone=True)
    with store.write() as conn:
        conn.exec_driver_sql(FILL.format(rows))
        conn.exec_driver_sql("ANALYZE snapshot")


def read_all(store: Store, rows: int) -> None:
    with store.read() as conn:
        found = raw_rows(conn, FAMILY, {"which": "family"})
    assert len(found) == rows


def read_some(store: Store, rows: int) -> None:
    numbers = [number << 20 for number in range(0, rows, max(1, rows // AT_ONCE))]
    with store.read() as conn:
        found = read_rows(conn, SOME, "subjects", numbers)
    assert len(found) == len(numbers)


def timed(
    read: Callable[[Store, int], None], stores: list[Store], rows: int, rounds: int
) -> list[list[float]]:
    """The milliseconds of each store in every round but the first, read in turn."""
    took: list[list[float]] = [[] for _ in stores]
    for _ in range(rounds + 1):
        for place, store in enumerate(stores):
            began = time.perf_counter()
            read(store, rows)
            took[place].append((time.perf_counter() - began) * 1000)
    return [one[1:] for one in took]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    told = parser.parse_args()
    with running() as server, new_database(server) as url:
        everything = Store.open(url.replace("duly@", "postgres@")).acting(DECIDES)
        works = Store.open(url).acting(DECIDES)
        Store.open(url).migrate()
        filled(everything, told.rows)
        for name, read in (("all", read_all), ("some", read_some)):
            under, free = timed(read, [works, everything], told.rows, told.rounds)
            ratio = statistics.median(one / other for one, other in zip(under, free, strict=True))
            one, other = statistics.median(under), statistics.median(free)
            print(f"{name:<5} with {one:8.1f} ms   without {other:8.1f} ms   ratio {ratio:5.2f}")
        print(f"load {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
