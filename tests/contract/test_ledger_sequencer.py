"""Every commitment that was committed becomes one entry, whatever else happens; on both databases."""

import subprocess
import sys
from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text

from duly.clock import SimulatedClock
from duly.errors import BadInput, OurFault
from duly.ledger import Ledger, Signer, sequencer
from duly.ledger.tree import leaf_hash
from duly.ledger.verify import DatabaseLog, PublicKey, Verdict, consistency, inclusion, whole_log
from duly.store import Store

ORIGIN = "duly.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(range(32)))
KEYS = [PublicKey.parse(key) for key in SIGNER.public_keys()]


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock("UTC", 1_700_000_000_000_000)


@pytest.fixture
def ledger(store: Store, clock: SimulatedClock) -> Ledger:
    return Ledger(store, SIGNER, ORIGIN, clock)


def commitments(count: int, name: str = "") -> list[bytes]:
    return [sha256(f"{name}{at}".encode()).digest() for at in range(count)]


def pend(store: Store, ledger: Ledger, some: list[bytes]) -> None:
    with store.write() as connection:
        ledger.pend(connection, some)


def pend_two(store: Store, ledger: Ledger, some: list[bytes], more: list[bytes]) -> None:
    with store.write() as connection:
        ledger.pend(connection, some)
        ledger.pend(connection, more)


def verdict(store: Store, *kept: str) -> Verdict:
    with store.read() as connection:
        return whole_log(DatabaseLog(connection), KEYS, kept=[("kept", note.encode()) for note in kept])


def entries(store: Store) -> list[bytes]:
    with store.read() as connection:
        return [
            bytes(row[0])
            for row in connection.execute(text('SELECT commitment FROM ledger_leaf ORDER BY "index"'))
        ]


def everything(store: Store) -> dict[str, list[Any]]:
    tables = ("ledger_pending", "ledger_leaf", "ledger_tile", "ledger_checkpoint")
    with store.read() as connection:
        return {
            table: sorted(tuple(row) for row in connection.execute(text(f"SELECT * FROM {table}")))  # noqa: S608 - the names above
            for table in tables
        }


def test_before_the_first_entry_there_is_nothing(store: Store, ledger: Ledger) -> None:
    assert ledger.sequence() is None
    assert ledger.checkpoint() is None
    assert ledger.index_of(bytes(32)) is None
    assert verdict(store).sound
    for ask in (lambda: ledger.inclusion_proof(0, 1), lambda: ledger.consistency_proof(1, 1)):
        with pytest.raises(BadInput, match="The log has 0 entries"):
            ask()


def test_entries_come_in_the_order_of_pending_with_a_signed_checkpoint(
    store: Store, ledger: Ledger, clock: SimulatedClock
) -> None:
    some = commitments(300)
    pend(store, ledger, some)
    assert ledger.index_of(some[7]) is None
    signed = ledger.sequence()
    assert signed
    assert (signed.size, signed.time, signed.origin) == (300, clock.now() // 1_000_000, ORIGIN)
    assert signed == ledger.checkpoint()
    assert entries(store) == some
    assert ledger.index_of(some[299]) == 299
    assert everything(store)["ledger_pending"] == []
    assert verdict(store, signed.note).sound


def test_sequencing_again_changes_nothing(store: Store, ledger: Ledger) -> None:
    pend(store, ledger, commitments(3))
    ledger.sequence()
    before = everything(store)
    assert ledger.sequence() is None
    assert everything(store) == before


def test_at_most_so_many_are_taken_at_once(store: Store, ledger: Ledger) -> None:
    some = commitments(16)
    for begin, end in ((0, 3), (3, 4), (4, 5), (5, 11), (11, 13), (13, 16)):
        pend(store, ledger, some[begin:end])
    sizes: list[int] = []
    while signed := ledger.sequence(most=4):
        sizes.append(signed.size)
    assert sizes == [4, 5, 11, 13, 16], "those of one transaction are taken together, however many"
    assert entries(store) == some
    assert verdict(store).checkpoints == 5


def test_what_was_rolled_back_leaves_no_trace(store: Store, ledger: Ledger) -> None:
    pend(store, ledger, commitments(2, "first"))
    with store.write() as connection:
        point = connection.begin_nested()
        ledger.pend(connection, commitments(5, "lost"))
        point.rollback()
    with pytest.raises(OurFault):
        pend_two(store, ledger, commitments(5, "lost too"), [b"too short"])
    pend(store, ledger, commitments(2, "second"))
    ledger.sequence()
    assert entries(store) == commitments(2, "first") + commitments(2, "second")


def test_an_id_is_never_given_again(store: Store, ledger: Ledger) -> None:
    def ids() -> list[int]:
        return [row[0] for row in everything(store)["ledger_pending"]]

    pend(store, ledger, commitments(2))
    before = ids()
    ledger.sequence()
    pend(store, ledger, commitments(2, "more"))
    assert min(ids()) > max(before)


def test_the_same_commitment_twice_is_two_entries_and_the_first_is_told(store: Store, ledger: Ledger) -> None:
    [one] = commitments(1)
    pend(store, ledger, [one, one])
    ledger.sequence()
    assert entries(store) == [one, one]
    assert ledger.index_of(one) == 0


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33)])
def test_a_commitment_has_32_bytes(store: Store, ledger: Ledger, wrong: bytes) -> None:
    with pytest.raises(OurFault, match="instead of 32"), store.write() as connection:
        ledger.pend(connection, [bytes(32), wrong])
    assert everything(store)["ledger_pending"] == []


def test_proofs_from_the_store_convince_the_verifier(store: Store, ledger: Ledger) -> None:
    heads: dict[int, bytes] = {}
    some = commitments(700)
    for end in (1, 2, 255, 256, 257, 512, 700):
        pend(store, ledger, some[max(heads, default=0) : end])
        signed = ledger.sequence()
        assert signed
        heads[end] = signed.root
    for size, root in heads.items():
        for index in {0, 1, 254, 255, 256, 511, 699, size - 1} & set(range(size)):
            proof = ledger.inclusion_proof(index, size)
            inclusion(leaf_hash=leaf_hash(some[index]), index=index, size=size, proof=proof, root=root)
        for size1, root1 in heads.items():
            if size1 <= size:
                proof = ledger.consistency_proof(size1, size)
                consistency(size1=size1, root1=root1, size2=size, root2=root, proof=proof)
    with store.read() as connection:
        found = ledger.indexes_of(connection, [*some, bytes(32)])
    assert found == {one: at for at, one in enumerate(some)}


ASKED: list[Callable[[Ledger], list[bytes]]] = [
    lambda ledger: ledger.inclusion_proof(3, 3),
    lambda ledger: ledger.inclusion_proof(-1, 3),
    lambda ledger: ledger.inclusion_proof(0, 4),
    lambda ledger: ledger.consistency_proof(0, 3),
    lambda ledger: ledger.consistency_proof(3, 2),
    lambda ledger: ledger.consistency_proof(3, 4),
]


@pytest.mark.parametrize("ask", ASKED)
def test_what_cannot_be_proved_is_refused(
    store: Store, ledger: Ledger, ask: Callable[[Ledger], list[bytes]]
) -> None:
    pend(store, ledger, commitments(3))
    ledger.sequence()
    with pytest.raises(BadInput):
        ask(ledger)


def test_time_never_goes_back_in_the_log(store: Store, ledger: Ledger, clock: SimulatedClock) -> None:
    pend(store, ledger, commitments(1))
    ledger.sequence()
    behind = Ledger(store, SIGNER, ORIGIN, SimulatedClock("UTC", clock.now() - 3_600_000_000))
    pend(store, ledger, commitments(1, "more"))
    signed = behind.sequence()
    assert signed
    assert signed.time == clock.now() // 1_000_000
    assert verdict(store).sound


# Failure: at any statement, at the commit, or of the machine.


class BrokenError(Exception):
    """The failure that a test injects."""


@contextmanager
def broken_at(statement: int) -> Generator[list[str]]:
    """Fail before the nth statement of this thread of work, or at its commit; gives the statements seen."""
    seen: list[str] = []

    def before(_c: Connection, _cursor: object, sql: str, _p: object, _context: object, _many: bool) -> None:
        count(sql)

    def commit(_: Connection) -> None:
        count("COMMIT")

    def count(what: str) -> None:
        seen.append(what)
        if len(seen) == statement:
            raise BrokenError(what)

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "commit", commit)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", before)
        event.remove(Engine, "commit", commit)


def test_a_failure_at_any_statement_loses_nothing_and_repeats_nothing(store: Store, ledger: Ledger) -> None:
    pend(store, ledger, commitments(250))
    ledger.sequence()
    pend(store, ledger, commitments(10, "more"))
    before = everything(store)
    at, failed = 0, 0
    while True:
        at += 1
        with broken_at(at) as seen:
            try:
                ledger.sequence()
            except BrokenError:
                failed += 1
            else:
                break
        assert len(seen) == at
        assert everything(store) == before
        assert verdict(store).sound
    assert failed >= 10
    assert entries(store) == commitments(250) + commitments(10, "more")
    assert verdict(store).sound


DAMAGES = {
    "an entry changed": """UPDATE ledger_leaf SET commitment =
        (SELECT l.commitment FROM ledger_leaf l WHERE l."index" = 0) WHERE "index" = 299""",
    "the last entry lost": """DELETE FROM ledger_leaf WHERE "index" = 299""",
    "an entry of the last tile lost": """DELETE FROM ledger_leaf WHERE "index" = 256""",
    "an entry added": """INSERT INTO ledger_leaf ("index", commitment)
        SELECT 300, commitment FROM ledger_leaf WHERE "index" = 0""",
    "the top tile lost": "DELETE FROM ledger_tile WHERE level = 1",
    "a full tile lost": "DELETE FROM ledger_tile WHERE level = 0 AND number = 0",
    "a tile cut": "UPDATE ledger_tile SET hashes = substr(hashes, 1, 32) WHERE level = 0 AND number = 1",
    "the top tile changed": """UPDATE ledger_tile SET hashes = (SELECT substr(t.hashes, 1, 32)
        FROM ledger_tile t WHERE t.level = 0 AND t.number = 0) WHERE level = 1""",
    "the last checkpoint lost": "DELETE FROM ledger_checkpoint WHERE size = 300",
    "all checkpoints lost": "DELETE FROM ledger_checkpoint",
    "an older checkpoint copied": """UPDATE ledger_checkpoint SET note =
        (SELECT c.note FROM ledger_checkpoint c WHERE c.size = 100) WHERE size = 300""",
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_a_damaged_ledger_is_not_continued(store: Store, ledger: Ledger, damage: str) -> None:
    for count, name in ((100, "a"), (200, "b")):
        pend(store, ledger, commitments(count, name))
        ledger.sequence()
    pend(store, ledger, commitments(1, "more"))
    with store.write() as connection:
        connection.execute(text(damage))
    before = everything(store)
    with pytest.raises(OurFault, match=r"does not match|not its own"):
        ledger.sequence()
    assert everything(store) == before
    assert not verdict(store).sound


def test_a_ledger_rewritten_in_itself_is_not_continued(store: Store, ledger: Ledger) -> None:
    pend(store, ledger, commitments(3))
    ledger.sequence()
    pend(store, ledger, commitments(1, "more"))
    [other] = commitments(1, "other")
    hashes = b"".join(leaf_hash(one) for one in [*commitments(2), other])
    with store.write() as connection:
        connection.execute(text('UPDATE ledger_leaf SET commitment = :new WHERE "index" = 2'), {"new": other})
        connection.execute(text("UPDATE ledger_tile SET hashes = :new"), {"new": hashes})
    with pytest.raises(OurFault, match="another root than was signed"):
        ledger.sequence()
    assert not verdict(store).sound


def test_a_ledger_is_not_continued_with_another_key(
    store: Store, ledger: Ledger, clock: SimulatedClock
) -> None:
    pend(store, ledger, commitments(1))
    ledger.sequence()
    pend(store, ledger, commitments(1, "more"))
    with pytest.raises(OurFault, match="not its own"):
        Ledger(store, Signer.generate(ORIGIN), ORIGIN, clock).sequence()


def test_a_restored_older_state_is_found_by_a_kept_checkpoint(store: Store, ledger: Ledger) -> None:
    pend(store, ledger, commitments(3))
    old = ledger.sequence()
    pend(store, ledger, commitments(3, "more"))
    kept = ledger.sequence()
    assert old
    assert kept
    with store.write() as connection:
        for statement in (
            'DELETE FROM ledger_leaf WHERE "index" >= 3',
            "DELETE FROM ledger_checkpoint WHERE size > 3",
            "UPDATE ledger_tile SET hashes = substr(hashes, 1, 96)",
        ):
            connection.execute(text(statement))
    assert verdict(store, old.note).sound
    found = verdict(store, kept.note)
    assert [finding.what for finding in found.findings] == [
        "rolled back: it signs 6 entries, and 3 are there"
    ]


def test_many_writers_and_two_sequencers_lose_and_repeat_nothing(
    store: Store, store_url: str, clock: SimulatedClock
) -> None:
    other = Store.open(store_url)
    ledgers = [Ledger(at, SIGNER, ORIGIN, clock) for at in (store, other, store, other)]

    def write(writer: int) -> None:
        for batch in range(15):
            at = store if writer % 2 else other
            pend(at, ledgers[0], commitments(3, f"{writer}/{batch}/"))

    def follow(ledger: Ledger) -> None:
        while not done:
            ledger.sequence(most=7)

    done: list[bool] = []
    with ThreadPoolExecutor(8) as pool:
        followers = [pool.submit(follow, ledger) for ledger in ledgers]
        writers = [pool.submit(write, writer) for writer in range(4)]
        try:
            for writer in writers:
                writer.result(timeout=60)
        finally:
            done.append(True)
        for follower in followers:
            follower.result(timeout=60)
    while ledgers[0].sequence():
        pass
    names = [f"{writer}/{batch}/" for writer in range(4) for batch in range(15)]
    expected = [one for name in names for one in commitments(3, name)]
    found = entries(store)
    other.close()
    assert sorted(found) == sorted(expected)
    assert verdict(store).sound
    for at in range(0, len(expected), 3):  # one transaction's entries keep their order
        places = [found.index(one) for one in expected[at : at + 3]]
        assert places == sorted(places)


def test_what_commits_late_with_a_lower_id_is_not_lost(postgres_url: str, clock: SimulatedClock) -> None:
    store = Store.open(postgres_url)
    store.create_all()
    ledger = Ledger(store, SIGNER, ORIGIN, clock)
    with store.write() as slow:
        ledger.pend(slow, commitments(2, "slow"))
        pend(store, ledger, commitments(2, "fast"))
        first = ledger.sequence()
        assert first
        assert first.size == 2
        assert ledger.sequence() is None
    second = ledger.sequence()
    assert second
    assert entries(store) == commitments(2, "fast") + commitments(2, "slow")
    assert verdict(store, first.note, second.note).sound
    store.close()


def test_a_second_sequencer_waits_for_the_first(postgres_url: str, clock: SimulatedClock) -> None:
    store = Store.open(postgres_url)
    store.create_all()
    ledger = Ledger(store, SIGNER, ORIGIN, clock)
    with ThreadPoolExecutor(1) as pool, store.write() as first:
        with store.write() as slow:
            ledger.pend(slow, commitments(2, "slow"))
            pend(store, ledger, commitments(2, "fast"))
            taken = sequencer.sequence(first, SIGNER, origin=ORIGIN, clock=clock, most=2)
        second = pool.submit(ledger.sequence, 2)  # takes others, with lower ids
        with pytest.raises(TimeoutError):
            second.result(timeout=0.5)
        first.commit()
        after = second.result(timeout=10)
    assert taken
    assert after
    assert (taken.size, after.size) == (2, 4)
    assert entries(store) == commitments(2, "fast") + commitments(2, "slow")
    assert verdict(store).sound
    store.close()


KILLED = """
import sys
from hashlib import sha256
from itertools import count
from duly.clock import SystemClock
from duly.ledger import Ledger, Signer, sequencer
from duly.store import Store
store = Store.open(sys.argv[1])
signer = Signer.from_seed("duly.example/log", bytes(range(32)))
ledger = Ledger(store, signer, "duly.example/log", SystemClock("UTC"))
for at in count():
    with store.write() as connection:
        ledger.pend(connection, [sha256(f"{sys.argv[2]}/{at}/{n}".encode()).digest() for n in range(20)])
    print(at, flush=True)
    ledger.sequence()
"""


def test_a_killed_process_loses_nothing(store: Store, store_url: str, ledger: Ledger, tmp_path: Path) -> None:
    script = tmp_path / "writer.py"
    script.write_text(KILLED, encoding="utf-8")
    promised: set[bytes] = set()
    for run, lines in enumerate((1, 4, 9)):
        command = [sys.executable, str(script), store_url, str(run)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            for _ in range(lines):
                at = process.stdout.readline().strip()
                promised |= {sha256(f"{run}/{at}/{n}".encode()).digest() for n in range(20)}
            process.kill()
    while ledger.sequence():
        pass
    found = entries(store)
    assert len(set(found)) == len(found)
    assert promised <= set(found)
    assert verdict(store).sound
