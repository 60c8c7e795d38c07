"""What faults do to the ledger: uses disclosed without an entry, entries lost, bad signatures: all 0.

    .venv/bin/python bench/ledger_faults.py [--kills 50] [--flips 1000] [--server URL]

Processes that disclose and sign are killed at random moments; then the disk is full (a limit on the file's
size), the volume read-only (a process without the right to write), the database locked by another; then the
clock is set back; then random single bits of what is stored are flipped, and the ledger is asked to sign.
After each, the independent verifier looks at the whole log. SQLite, in the system's temporary directory.

With `--server`, the URL of a PostgreSQL server for its superuser, with {name} in place of the database's
name: then connections are cut instead of the disk being full, which takes a file system of the server's own,
and a read-only volume is a database in which nobody may write.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from sqlalchemy import create_engine, text

from duly.access import Actor, Policy
from duly.clock import SimulatedClock, SystemClock
from duly.errors import DulyError, OurFault
from duly.ledger import Ledger, Signer
from duly.ledger.verify import DatabaseLog, PublicKey, whole_log
from duly.store import Store, connections
from duly.vault import Box, FileKeys, Identifier, Plain, Use, Vault, Wanted

POLICIES = Path(__file__).parents[1] / "packs" / "norway" / "policies"
ORIGIN = "bench.example/log"
NOBODY = 65_534
USE = Use(
    actor=Actor(organisation="nav", system="worker", officer=""),
    purpose="child-benefit",
    legal_basis="Barnetrygdloven § 14",
    categories=frozenset({"residence"}),
    about="bench",
)


class Place:
    """A database with one person, whose home is asked for again and again."""

    def __init__(self, home: Path, url: str) -> None:
        self.home, self.file, self.url = home, home / "duly.db", url
        self.keys, self.signer = FileKeys.create(home / "keys.json"), Signer.generate(ORIGIN)
        self.policy = Policy.load(POLICIES)
        self.acked = 0
        store, vault, _ = self.open()
        store.create_all()
        with store.acting(USE.context).write() as conn:
            wanted = Wanted(identifier=Identifier("no.fnr", "01019012345"), kind="person", near=None)
            [self.number] = vault.ensure(conn, [wanted]).values()
            plain = Plain(subject=self.number, category="residence", version=1, data=b"0301")
            [sealed] = vault.seal(conn, [plain])
        self.box = Box(subject=self.number, category="residence", version=1, sealed=sealed)
        store.close()

    def open(self) -> tuple[Store, Vault, Ledger]:
        store = Store.open(self.url)
        clock = SystemClock("UTC")
        ledger = Ledger(store, self.signer, ORIGIN, clock)
        return store, Vault(store, self.keys, ledger, self.policy, clock), ledger

    def disclose(self, vault: Vault, told: int) -> None:
        """One use; it is told (a byte in a pipe) only when the answer has left."""
        answer = vault.disclose(USE, lambda conn: vault.open(conn, USE, [self.box]))
        assert answer == [b"0301"]
        os.write(told, b".")

    def child(self, work: Callable[[int], None], lasts: float | None) -> int:
        """Run in a process of its own, killed after so many seconds; how many answers left."""
        reading, writing = os.pipe()
        number = os.fork()
        if number == 0:
            os.close(reading)
            try:
                work(writing)
            except DulyError:
                os._exit(3)
            except BaseException:  # noqa: BLE001 - the process ends here, whatever it was
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        os.close(writing)
        if lasts is not None:
            time.sleep(lasts)
            os.kill(number, signal.SIGKILL)
        told = 0
        while some := os.read(reading, 65_536):
            told += len(some)
        os.close(reading)
        _, status = os.waitpid(number, 0)
        if lasts is None and os.waitstatus_to_exitcode(status) != 3:
            raise SystemExit(f"the fault was not met: {os.waitstatus_to_exitcode(status)}")
        self.acked += told
        return told

    def wrong(self) -> tuple[int, int, int]:
        """Uses disclosed without an entry, entries lost, bad signatures."""
        store, _, ledger = self.open()
        while ledger.sequence():
            pass
        with store.read() as conn:
            entries = conn.execute(text("SELECT count(*) FROM use_entry")).scalar_one()
            lost = conn.execute(
                text(
                    "SELECT count(*) FROM use_entry u WHERE 1 != "
                    "(SELECT count(*) FROM ledger_leaf l WHERE l.commitment = u.commitment)"
                )
            ).scalar_one()
            verdict = whole_log(DatabaseLog(conn), [PublicKey.parse(key) for key in ledger.public_keys()])
        store.close()
        return max(self.acked - entries, 0), lost, verdict.wrong


def busy(place: Place) -> Callable[[int], None]:
    """Disclose and sign without end."""

    def work(told: int) -> None:
        _, vault, ledger = place.open()

        def sign() -> None:
            while True:
                ledger.sequence()
                time.sleep(0.005)

        Thread(target=sign, daemon=True).start()
        while True:
            place.disclose(vault, told)

    return work


def full(place: Place) -> Callable[[int], None]:
    """Disclose until the file may not grow any more."""

    def work(told: int) -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        limit = place.file.stat().st_size + 200_000
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        _, vault, ledger = place.open()
        while True:
            place.disclose(vault, told)
            ledger.sequence()

    return work


def read_only(place: Place) -> Callable[[int], None]:
    """Try to disclose as somebody who may read everything and write nothing."""

    def work(told: int) -> None:
        if os.geteuid() == 0 and place.url.startswith("sqlite"):
            os.setuid(NOBODY)
        _, vault, _ = place.open()
        place.disclose(vault, told)

    return work


def cut(place: Place) -> Callable[[int], None]:
    """Disclose until the connection is cut from the other side."""

    def work(told: int) -> None:
        _, vault, ledger = place.open()
        while True:
            place.disclose(vault, told)
            ledger.sequence()

    return work


def cut_all(place: Place, over: Event) -> None:
    """Cut every connection to the database but one's own, again and again until it is over."""
    store, _, _ = place.open()
    while not over.wait(0.3):
        with store.write() as conn:
            conn.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
    store.close()


def locked(place: Place) -> Callable[[int], None]:
    """Try to disclose while another process writes."""

    def work(told: int) -> None:
        connections._PATIENCE = 1
        os.environ["PGOPTIONS"] = "-c lock_timeout=1s"
        _, vault, _ = place.open()
        place.disclose(vault, told)

    return work


def clock_set_back(url: str) -> tuple[int, int, int]:
    """A day back between signatures: times in checkpoints never go back."""
    store = Store.open(url)
    store.create_all()
    signer, times = Signer.generate(ORIGIN), list[int]()
    for day in range(5, 0, -1):
        ledger = Ledger(store, signer, ORIGIN, SimulatedClock("UTC", day * 86_400_000_000))
        with store.write() as conn:
            ledger.pend(conn, [os.urandom(32)])
        signed = ledger.sequence()
        assert signed is not None
        times.append(signed.time)
    with store.read() as conn:
        verdict = whole_log(DatabaseLog(conn), [PublicKey.parse(key) for key in signer.public_keys()])
    store.close()
    return 0, 5 - verdict.entries, verdict.wrong + (times != sorted(times))


def flips(url: str, many: int) -> tuple[int, int, int, int]:
    """Single bits of leaves, tiles and checkpoints: how often was signed over one, and the rest."""
    store = Store.open(url)
    store.create_all()
    ledger = Ledger(store, Signer.generate(ORIGIN), ORIGIN, SystemClock("UTC"))
    for size in (1, 255, 1, 500, 1243):
        with store.write() as conn:
            ledger.pend(conn, [os.urandom(32) for _ in range(size)])
        ledger.sequence()
    with store.write() as conn:
        ledger.pend(conn, [os.urandom(32)])
    signed = sum(_signed_over(store, ledger, bit) for bit in range(many))
    assert ledger.sequence() is not None
    with store.read() as conn:
        verdict = whole_log(DatabaseLog(conn), [PublicKey.parse(key) for key in ledger.public_keys()])
    store.close()
    return 0, 2001 - verdict.entries, signed, verdict.wrong


PLACES = (
    ("ledger_leaf", "commitment", '"index"'),
    ("ledger_tile", "hashes", "level * 1000 + number"),
    ("ledger_checkpoint", "note", "size"),
)


def _signed_over(store: Store, ledger: Ledger, seed: int) -> bool:
    draw = random.Random(seed)
    table, column, key = draw.choice(PLACES)
    with store.read() as conn:
        rows = conn.execute(text(f"SELECT {key}, {column} FROM {table}")).all()  # noqa: S608 - the names above
    which, value = draw.choice(rows)
    changed = bytearray(value)
    bit = draw.randrange(8 * len(changed))
    changed[bit // 8] ^= 1 << bit % 8
    change = text(f"UPDATE {table} SET {column} = :value WHERE {key} = :which")  # noqa: S608 - the names above
    with store.write() as conn:
        conn.execute(change, {"value": bytes(changed), "which": which})
    try:
        ledger.sequence()
    except OurFault:
        signed = False
    else:
        signed = True
    with store.write() as conn:
        conn.execute(change, {"value": bytes(value), "which": which})
    return signed


def _databases(server: str, home: Path) -> Callable[[str], str]:
    """Makes an empty database by a name, and gives its URL."""

    def sqlite(name: str) -> str:
        return f"sqlite:///{home / name}.db"

    def postgres(name: str) -> str:
        own = f"{name}_{os.getpid()}"
        engine = create_engine(
            server.format(name="postgres").replace("postgresql://", "postgresql+psycopg://"),
            isolation_level="AUTOCOMMIT",
        )
        with engine.connect() as conn:
            conn.execute(text(f"CREATE DATABASE {own}"))
        engine.dispose()
        return server.format(name=own)

    return postgres if server else sqlite


@contextmanager
def _unwritable(place: Place, server: str) -> Generator[None]:
    """Inside, nobody may write who comes now."""
    store, _, _ = place.open()
    if server:
        with store.write() as conn:
            name = conn.execute(text("SELECT current_database()")).scalar_one()
            conn.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        yield
        with store.write() as conn:  # begun before, so it may still
            conn.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = off"))
        store.close()
        return
    store.close()
    places = (place.home, place.file)
    for path in places:
        path.chmod(0o555 if path.is_dir() else 0o444)
    yield
    for path in places:
        path.chmod(0o755 if path.is_dir() else 0o644)


def main() -> None:
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("--kills", type=int, default=50)
    options.add_argument("--flips", type=int, default=1000)
    options.add_argument("--server", default="")
    given = options.parse_args()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="duly-faults-") as name:
        home = Path(name)
        databases = _databases(given.server, home)
        place, draw = Place(home, databases("duly")), random.Random(1)
        print(f"{'fault':28} {'answers':>8} {'without entry':>14} {'lost':>5} {'bad signatures':>15}")

        def say(fault: str, told: int, wrong: tuple[int, ...]) -> None:
            nonlocal bad
            bad += sum(wrong)
            print(f"{fault:28} {told:8} {wrong[0]:14} {wrong[1]:5} {sum(wrong[2:]):15}", flush=True)

        told = sum(place.child(busy(place), draw.uniform(0.1, 0.5)) for _ in range(given.kills))
        say(f"{given.kills} kills", told, place.wrong())
        if given.server:
            over = Event()
            cutting = Thread(target=cut_all, args=(place, over), daemon=True)
            cutting.start()
            told = place.child(cut(place), None)
            over.set()
            cutting.join()
            say("connections cut", told, place.wrong())
        else:
            say("disk full", place.child(full(place), None), place.wrong())
        with _unwritable(place, given.server):
            told = place.child(read_only(place), None)
        say("read-only volume", told, place.wrong())
        bad += told
        store, _, _ = place.open()
        with store.write() as conn:
            if given.server:
                conn.execute(text("LOCK TABLE ledger_pending IN ACCESS EXCLUSIVE MODE"))
            told = place.child(locked(place), None)
        store.close()
        say("locked by another", told, place.wrong())
        bad += told
        say("clock set back", 0, clock_set_back(databases("back")))
        say(f"{given.flips} bits flipped", 0, flips(databases("flips"), given.flips))
    raise SystemExit(1 if bad else 0)


if __name__ == "__main__":
    main()
