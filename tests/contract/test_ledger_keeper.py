"""Entries are signed within a second, and what stands in the way is an alarm as long as it does; on both."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator

import pytest
from sqlalchemy import text

from duly.clock import SimulatedClock
from duly.errors import OurFault
from duly.ledger import Keeper, Ledger, Signer, Witnesses
from duly.ledger.keeper import LATEST
from duly.ledger.verify import DatabaseLog, PublicKey, whole_log
from duly.store import Store

ORIGIN = "duly.example/log"
SIGNER = Signer.from_seed(ORIGIN, bytes(range(32)))
ENTRIES = 66_000


class Watch:
    """Seconds that pass when the test says so."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ledger(store: Store) -> Ledger:
    return Ledger(store, SIGNER, ORIGIN, SimulatedClock("UTC", 1_700_000_000_000_000))


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keeper(ledger: Ledger, watch: Watch) -> Keeper:
    return Keeper(ledger, Witnesses.none(), watch)


def pend(store: Store, ledger: Ledger, many: int) -> None:
    with store.write() as conn:
        ledger.pend(conn, [os.urandom(32) for _ in range(many)])


def flip(store: Store, table: str, column: str, where: str) -> None:
    """The last byte of a value becomes another; the same again restores it."""
    with store.write() as conn:
        value = bytes(conn.execute(text(f"SELECT {column} FROM {table} WHERE {where}")).scalar_one())  # noqa: S608
        changed = value[:-1] + bytes([value[-1] ^ 1])
        conn.execute(text(f"UPDATE {table} SET {column} = :new WHERE {where}"), {"new": changed})  # noqa: S608


def kinds(keeper: Keeper) -> list[str]:
    return [alarm.kind for alarm in keeper.alarms()]


@pytest.fixture
def running(keeper: Keeper) -> Iterator[Keeper]:
    keeper.start()
    yield keeper
    keeper.stop()


def test_entries_are_signed_within_a_second(store: Store, ledger: Ledger, running: Keeper) -> None:
    worst = 0.0
    for _ in range(8):
        pend(store, ledger, 20)
        began = time.monotonic()
        while running.standing().waiting:
            time.sleep(0.01)
        worst = max(worst, time.monotonic() - began)
    newest = ledger.checkpoint()
    assert newest is not None
    assert newest.size == 160
    assert worst < 3 * LATEST  # a second, and what a busy machine adds


def test_an_entry_that_waits_for_more_than_a_second_is_an_alarm(
    store: Store, ledger: Ledger, keeper: Keeper, watch: Watch
) -> None:
    pend(store, ledger, 3)
    assert kinds(keeper) == []
    watch.now += LATEST
    assert kinds(keeper) == []
    watch.now += 0.1
    assert [alarm.said for alarm in keeper.alarms()] == ["3 entries have waited for 1.1 s to be signed."]
    keeper.turn()
    assert kinds(keeper) == []
    pend(store, ledger, 1)
    assert kinds(keeper) == []


DAMAGES = {
    "an entry long ago": ("ledger_leaf", "commitment", '"index" = 5'),
    "a tile long ago": ("ledger_tile", "hashes", "level = 0 AND number = 1"),
    "a tile above": ("ledger_tile", "hashes", "level = 1 AND number = 0"),
    "an old checkpoint": ("ledger_checkpoint", "note", "size = 100"),
}


@pytest.mark.parametrize("place", DAMAGES.values(), ids=DAMAGES.keys())
def test_one_bit_anywhere_stops_the_signature_until_it_is_restored(
    store: Store, ledger: Ledger, keeper: Keeper, place: tuple[str, str, str]
) -> None:
    for many in (100, 500, 100):
        pend(store, ledger, many)
        keeper.turn()
    flip(store, *place)
    pend(store, ledger, 1)
    with pytest.raises(OurFault, match="does not match"):
        ledger.sequence()
    keeper.turn()
    assert kinds(keeper)[0] == "refuses"
    another = Keeper(Ledger(store, SIGNER, ORIGIN, SimulatedClock("UTC", 1)), Witnesses.none(), Watch())
    assert kinds(another) == ["refuses"], "any process sees it"
    flip(store, *place)
    keeper.turn()
    assert kinds(keeper) == []
    newest = ledger.checkpoint()
    assert newest is not None
    assert newest.size == 701


def test_damage_in_a_large_log_is_found_in_a_few_turns_and_not_forgotten(
    store: Store, ledger: Ledger, keeper: Keeper
) -> None:
    pend(store, ledger, ENTRIES)
    keeper.sequence()
    flip(store, "ledger_leaf", "commitment", f'"index" = {ENTRIES - 1000}')
    turns = 0
    while not keeper.refuses:
        keeper.turn()
        turns += 1
        assert turns < 30
    size = keeper.standing().newest
    pend(store, ledger, 1)
    for _ in range(5):
        with pytest.raises(OurFault, match="does not match"):
            ledger.sequence()
    assert keeper.standing().newest == size
    flip(store, "ledger_leaf", "commitment", f'"index" = {ENTRIES - 1000}')
    keeper.turn()
    assert not keeper.refuses
    with store.read() as conn:
        verdict = whole_log(DatabaseLog(conn), [PublicKey.parse(key) for key in ledger.public_keys()])
    assert (verdict.sound, verdict.entries) == (True, ENTRIES + 1)


def test_a_checkpoint_that_is_not_its_own_is_an_alarm(store: Store, ledger: Ledger, keeper: Keeper) -> None:
    pend(store, ledger, 2)
    keeper.turn()
    flip(store, "ledger_checkpoint", "note", "size = 2")
    assert kinds(keeper) == ["refuses"]


def test_a_database_that_fails_is_an_alarm_and_ends_no_thread(
    store: Store, ledger: Ledger, running: Keeper
) -> None:
    with store.write() as conn:
        conn.execute(text("ALTER TABLE ledger_pending RENAME TO ledger_elsewhere"))
    ends = time.monotonic() + 20
    while not running.refuses:
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert kinds(running) == ["refuses"]
    with store.write() as conn:
        conn.execute(text("ALTER TABLE ledger_elsewhere RENAME TO ledger_pending"))
    pend(store, ledger, 1)
    while running.refuses or ledger.checkpoint() is None:
        assert time.monotonic() < ends
        time.sleep(0.05)
    assert kinds(running) == []
