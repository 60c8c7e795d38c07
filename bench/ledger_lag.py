"""How long an entry waits for a checkpoint that covers it and that two of three witnesses have cosigned.

    .venv/bin/python bench/ledger_lag.py [--seconds 30] [--rate 200] [--batch 10] [--json FILE]

The witnesses are programs of their own (`duly witness run`) on loopback. Entries are written at a steady
rate, so many to a transaction; the keeper's own two threads sign and ask, as in the server. A wait is from
the commit of the transaction to the moment at which such a checkpoint stands in the database, looked for
every 10 ms.
"""

from __future__ import annotations

import argparse
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

from report import show
from sqlalchemy import text

from duly.clock import SystemClock
from duly.ledger import Keeper, Ledger, Signer, Witnesses
from duly.store import Store
from duly.witness.__main__ import create_key

ORIGIN = "bench.example/log"
LATE = 1.0
_COUNTING = text(
    "SELECT size FROM ledger_cosignature GROUP BY size HAVING count(*) >= 2 ORDER BY size DESC LIMIT 1"
)


@contextmanager
def witness(home: Path, keys: tuple[str, ...]) -> Generator[str]:
    """One witness as a program; what the log's settings say of it."""
    home.mkdir()
    public = create_key(f"{home.name}.example", home / "key")
    (home / "log.txt").write_text("\n".join([ORIGIN, *keys]) + "\n", encoding="utf-8")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable, "-m", "duly.witness", "--key", home / "key", "--log", home / "log.txt",
        "--state", home / "state", "--listen", f"127.0.0.1:{port}",
    ]  # fmt: skip
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port)
            yield f'[[witness]]\nurl = "http://127.0.0.1:{port}"\nkey = "{public}"\n'
        finally:
            process.kill()


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise SystemExit("a witness does not answer")


class Waits:
    """Who waits, by how many entries there were with theirs; how long those waited who wait no more."""

    def __init__(self, store: Store) -> None:
        self._store, self._open, self.done = store, list[tuple[int, float]](), list[float]()
        self._stopping = Event()
        self._thread = Thread(target=self._look, daemon=True)
        self._thread.start()

    def add(self, entries: int) -> None:
        self._open.append((entries, time.monotonic()))

    def close(self) -> None:
        ends = time.monotonic() + 60
        while self._open and time.monotonic() < ends:
            time.sleep(0.05)
        self._stopping.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._stopping.wait(0.01):
            with self._store.read() as conn:
                covered = conn.execute(_COUNTING).scalar() or 0
            now = time.monotonic()
            while self._open and self._open[0][0] <= covered:
                self.done.append(now - self._open.pop(0)[1])


def write(store: Store, ledger: Ledger, waits: Waits, seconds: float, rate: float, batch: int) -> int:
    """Write at a steady rate; how many entries that were."""
    began, entries = time.monotonic(), 0
    while time.monotonic() - began < seconds:
        with store.write() as conn:
            ledger.pend(conn, [os.urandom(32) for _ in range(batch)])
        entries += batch
        waits.add(entries)
        time.sleep(max(0.0, began + entries / rate - time.monotonic()))
    return entries


def measure(home: Path, seconds: float, rate: float, batch: int) -> tuple[int, list[float]]:
    store = Store.open(f"sqlite:///{home / 'ledger.db'}")
    store.create_all()
    ledger = Ledger(store, Signer.generate(ORIGIN), ORIGIN, SystemClock("UTC"))
    keys = ledger.public_keys()
    with ExitStack() as programs:
        told = [programs.enter_context(witness(home / name, keys)) for name in ("w1", "w2", "w3")]
        (home / "witnesses.toml").write_text("quorum = 2\n" + "".join(told), encoding="utf-8")
        keeper = Keeper(ledger, Witnesses.read(home / "witnesses.toml"), time.monotonic)
        keeper.start()
        waits = Waits(store)
        entries = write(store, ledger, waits, seconds, rate, batch)
        waits.close()
        keeper.stop()
    store.close()
    return entries, waits.done


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=30)
    options.add_argument("--rate", type=float, default=200)
    options.add_argument("--batch", type=int, default=10)
    options.add_argument("--json", type=Path)
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as name:
        entries, waits = measure(Path(name), given.seconds, given.rate, given.batch)
    cuts = statistics.quantiles(waits, n=100)
    late = sum(wait > LATE for wait in waits)
    rows: list[tuple[str, Any]] = [
        ("entries", entries),
        ("transactions", len(waits)),
        ("p50, ms", 1000 * statistics.median(waits)),
        ("p99, ms", 1000 * cuts[98]),
        ("longest, ms", 1000 * max(waits)),
        (f"longer than {LATE:g} s", late),
    ]
    told = {"entries": entries, "p50": statistics.median(waits), "p99": cuts[98], "longest": max(waits)}
    show("From commit to a checkpoint of two witnesses", rows, {**told, "late": late}, given.json)


if __name__ == "__main__":
    main()
