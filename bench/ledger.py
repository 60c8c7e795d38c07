"""Durable ledger entries per second, and what they cost against bare SHA-256 and fsync.

    .venv/bin/python bench/ledger.py [--seconds 3] [--batches 1,128,1000] [--database URL]

*pending*: commitments stored in the caller's transaction, which is all that a use of personal data waits for.
*signed*: the same, then indexed and signed at once (the worker does that for a second's entries together).
*bare*: the same bytes hashed once each, appended to a file, and fsync, once per batch. The database is a new
SQLite file among the system's temporary files unless a URL (of an empty database) is given.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

from duly.clock import SystemClock
from duly.ledger import Ledger, Signer
from duly.ledger.verify import DatabaseLog, PublicKey, whole_log
from duly.store import Store


def rate(batch: int, seconds: float, step: Callable[[list[bytes]], object]) -> float:
    """Entries per second of `step`, given fresh commitments each time; drawing them is not counted."""
    done, spent = 0, 0.0
    while spent < seconds:
        random = os.urandom(32 * batch)
        some = [random[at : at + 32] for at in range(0, len(random), 32)]
        begin = time.perf_counter()
        step(some)
        spent += time.perf_counter() - begin
        done += batch
    return done / spent


def measure(store: Store, home: Path, batches: list[int], seconds: float) -> None:
    ledger = Ledger(store, Signer.generate("bench.example"), "bench.example/log", SystemClock("UTC"))

    def pending(some: list[bytes]) -> None:
        with store.write() as connection:
            ledger.pend(connection, some)

    def signed(some: list[bytes]) -> None:
        pending(some)
        ledger.sequence()

    with (home / "bare").open("ab", buffering=0) as file:

        def bare(some: list[bytes]) -> None:
            file.write(b"".join(sha256(b"\x00" + one).digest() for one in some))
            os.fsync(file.fileno())

        print(" batch       bare/s    pending/s  bare/pending     signed/s  bare/signed")
        for batch in batches:
            rates = [rate(batch, seconds, step) for step in (bare, pending)]
            while ledger.sequence():
                pass
            rates.append(rate(batch, seconds, signed))
            base, wait, sign = rates
            print(
                f"{batch:6} {base:12,.0f} {wait:12,.0f} {base / wait:13.1f} {sign:12,.0f} {base / sign:12.1f}"
            )
    verify(store, ledger)


def verify(store: Store, ledger: Ledger) -> None:
    begin = time.perf_counter()
    with store.read() as connection:
        verdict = whole_log(DatabaseLog(connection), [PublicKey.parse(key) for key in ledger.public_keys()])
    spent = time.perf_counter() - begin
    assert verdict.sound, verdict.findings
    print(f"verified {verdict.entries:,} entries and {verdict.checkpoints:,} checkpoints in {spent:.1f} s")


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--batches", default="1,128,1000")
    options.add_argument("--database", default="")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as name:
        home = Path(name)
        store = Store.open(given.database or f"sqlite:///{home / 'ledger.db'}")
        store.create_all()
        measure(store, home, [int(batch) for batch in given.batches.split(",")], given.seconds)
        store.close()


if __name__ == "__main__":
    main()
