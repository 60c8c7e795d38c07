"""Durable ledger entries per second, and what they cost against bare SHA-256 and fsync.

    .venv/bin/python bench/ledger.py [--seconds 3] [--batches 1,128,1000] [--database URL]

*pending*: commitments stored in the caller's transaction, which is all that a use of personal data waits for.
*signed*: the same, then indexed and signed at once (the worker does that for a second's entries together).
*bare*: the same bytes hashed once each, appended to a file, and fsync, once per batch. The database is a new
SQLite file among the system's temporary files unless a URL (of an empty database) is given.

Then the log grows to so many *entries*, and is asked for inclusion proofs, consistency proofs and receipts (a
receipt is made and checked). Last, one sealed record is opened and disclosed with the ledger and without one,
each in a transaction of its own: the ledger's share is what that differs by.
"""

from __future__ import annotations

import argparse
import os
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from duly.access import Actor, Policy
from duly.clock import SystemClock
from duly.ledger import Ledger, Signer
from duly.ledger.verify import DatabaseLog, PublicKey, check_receipt, whole_log
from duly.store import Store
from duly.vault import Box, FileKeys, Identifier, Plain, Use, Used, Vault, Wanted, commitment, receipt
from duly.vault.uses import encode

USE = Use(
    actor=Actor(organisation="nav", system="worker", officer=""),
    purpose="child-benefit",
    legal_basis="Barnetrygdloven § 14",
    categories=frozenset({"residence"}),
    about="bench",
)


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


def timed(times: int, step: Callable[[], object]) -> tuple[float, float]:
    """The median and the 99th of a hundred, in milliseconds."""
    spent: list[float] = []
    for _ in range(times):
        begin = time.perf_counter()
        step()
        spent.append(1000 * (time.perf_counter() - begin))
    spent.sort()
    return spent[times // 2], spent[times * 99 // 100]


def proofs(store: Store, entries: int) -> None:
    """Grow the log, and ask it."""
    signer = Signer.generate("bench.example")
    ledger = Ledger(store, signer, "bench.example/log", SystemClock("UTC"))
    use, at = encode(USE, USE.categories, 0), entries // 2
    salt = os.urandom(32)
    begin = time.perf_counter()
    size = 0
    while size < entries:
        some = [os.urandom(32) for _ in range(min(65_536, entries - size))]
        if size <= at < size + len(some):
            some[at - size] = commitment(7, salt, use)
        with store.write() as connection:
            ledger.pend(connection, some)
        ledger.sequence()
        size += len(some)
    print(f"\n{size:,} entries stored and signed in {time.perf_counter() - begin:.1f} s")
    note = ledger.checkpoint()
    assert note is not None
    used = Used(use=USE, subject=7, at=0, text=use, salt=salt, commitment=b"", index=at, bulk=None)
    keys = [PublicKey.parse(key) for key in ledger.public_keys()]
    made = receipt(used, at, ledger.inclusion_proof(at, size), note.note, None)
    steps: dict[str, Callable[[], object]] = {
        "inclusion proof": lambda: ledger.inclusion_proof(random.randrange(size), size),
        "consistency proof": lambda: ledger.consistency_proof(random.randrange(1, size), size),
        "receipt made": lambda: receipt(used, at, ledger.inclusion_proof(at, size), note.note, None),
        "receipt checked": lambda: check_receipt(made, keys, [], 0),
    }
    for name, step in steps.items():
        median, late = timed(500, step)
        print(f"{name:18} {median:7.2f} ms, 99 of 100 within {late:.2f} ms")


class NoLedger:
    """What a vault needs of a ledger, and nothing that it does."""

    def pend(self, connection: Connection, commitments: Sequence[bytes]) -> None:
        pass

    def indexes_of(self, connection: Connection, commitments: Sequence[bytes]) -> dict[bytes, int]:
        return {}


def opening(store: Store, home: Path) -> None:
    """Open one record and disclose it, with the ledger and without."""
    clock, keys = SystemClock("UTC"), FileKeys.create(home / "keys.json")
    policy = Policy.load(Path(__file__).parents[1] / "packs" / "norway" / "policies")
    ledger = Ledger(store, Signer.generate("bench.example"), "bench.example/log", clock)
    vaults = [Vault(store, keys, of, policy, clock) for of in (ledger, NoLedger())]
    with store.write() as conn:
        wanted = Wanted(identifier=Identifier("no.fnr", "01019012345"), kind="person", near=None)
        [number] = vaults[0].ensure(conn, [wanted]).values()
        [sealed] = vaults[0].seal(
            conn, [Plain(subject=number, category="residence", version=1, data=b"0301")]
        )
    box = Box(subject=number, category="residence", version=1, sealed=sealed)

    def disclosed(vault: Vault) -> Callable[[], object]:
        return lambda: vault.disclose(USE, lambda conn: vault.open(conn, USE, [box]))

    both = [timed(300, disclosed(vault)) for vault in vaults]
    for name, (median, late) in zip(("with the ledger", "without it"), both, strict=True):
        print(f"one record opened, {name:16} {median:7.2f} ms, 99 of 100 within {late:.2f} ms")
    print(f"the ledger's share: {100 * (1 - both[1][0] / both[0][0]):.0f} %")


def verify(store: Store, ledger: Ledger) -> None:
    begin = time.perf_counter()
    with store.read() as connection:
        verdict = whole_log(DatabaseLog(connection), [PublicKey.parse(key) for key in ledger.public_keys()])
    spent = time.perf_counter() - begin
    assert verdict.sound, verdict.findings
    print(f"verified {verdict.entries:,} entries and {verdict.checkpoints:,} checkpoints in {spent:.1f} s")


def with_new(file: Path, part: Callable[[Store], None]) -> None:
    store = Store.open(f"sqlite:///{file}")
    store.create_all()
    part(store)
    store.close()


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--seconds", type=float, default=3)
    options.add_argument("--batches", default="1,128,1000")
    options.add_argument("--entries", type=int, default=1_000_000)
    options.add_argument("--database", default="")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="duly-bench-") as name:
        home = Path(name)
        store = Store.open(given.database or f"sqlite:///{home / 'ledger.db'}")
        store.create_all()
        measure(store, home, [int(batch) for batch in given.batches.split(",")], given.seconds)
        store.close()
        with_new(home / "proofs.db", lambda store: proofs(store, given.entries))
        with_new(home / "opening.db", lambda store: opening(store, home))


if __name__ == "__main__":
    main()
