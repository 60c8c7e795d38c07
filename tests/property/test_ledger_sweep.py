"""One bit anywhere in what was signed, and compared many times since, stops the very next signature."""

from collections.abc import Iterator
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from duly.clock import SimulatedClock
from duly.errors import OurFault
from duly.ledger import Ledger, Signer
from duly.store import Store

SIGNER = Signer.from_seed("duly.example/log", bytes(32))
STEPS = (700, 600, 40)
CELLS = {
    "ledger_leaf": ("commitment", '"index"'),
    "ledger_tile": ("hashes", "level * 1000 + number"),
    "ledger_checkpoint": ("note", "size"),
}


class Cell(NamedTuple):
    table: str
    key: int
    bits: int


class Log(NamedTuple):
    store: Store
    ledger: Ledger
    cells: list[Cell]

    def flip(self, cell: Cell, bit: int) -> None:
        """The same again restores it."""
        column, key = CELLS[cell.table]
        with self.store.write() as conn:
            found = conn.execute(
                text(f"SELECT {column} FROM {cell.table} WHERE {key} = :key"),  # noqa: S608 - the names above
                {"key": cell.key},
            )
            value = bytearray(found.scalar_one())
            value[bit // 8] ^= 1 << bit % 8
            update = text(f"UPDATE {cell.table} SET {column} = :value WHERE {key} = :key")  # noqa: S608 - as above
            conn.execute(update, {"value": bytes(value), "key": cell.key})


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    store = Store.open(f"sqlite:///{tmp_path_factory.mktemp('log') / 'duly.db'}")
    store.create_all()
    ledger = Ledger(store, SIGNER, "duly.example/log", SimulatedClock("UTC", 1_700_000_000_000_000))
    for at, step in enumerate(STEPS):
        pend(store, ledger, [bytes([at, number % 256]) * 16 for number in range(step)])
        assert ledger.sequence()
        ledger.look_again()
    with store.read() as conn:
        cells = [
            Cell(table, row[0], 8 * row[1])
            for table, (column, key) in CELLS.items()
            for row in conn.execute(text(f"SELECT {key}, length({column}) FROM {table}"))  # noqa: S608 - the names above
        ]
    yield Log(store, ledger, cells)
    store.close()


def pend(store: Store, ledger: Ledger, some: list[bytes]) -> None:
    with store.write() as connection:
        ledger.pend(connection, some)


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_bit_that_flips_between_two_signatures_stops_the_second(log: Log, data: st.DataObject) -> None:
    table = data.draw(st.sampled_from(sorted(CELLS)))
    cell = data.draw(st.sampled_from([cell for cell in log.cells if cell.table == table]))
    bit = data.draw(st.integers(0, cell.bits - 1))
    for _ in range(data.draw(st.integers(0, 2))):
        log.ledger.look_again()
    before = log.ledger.checkpoint()
    log.flip(cell, bit)
    try:
        pend(log.store, log.ledger, [bytes(32)])
        with pytest.raises(OurFault):
            log.ledger.sequence()
    finally:
        log.flip(cell, bit)
    with log.store.write() as conn:
        conn.execute(text("DELETE FROM ledger_pending"))
    assert log.ledger.checkpoint() == before


def test_the_log_goes_on_when_it_is_as_it_was(log: Log) -> None:
    pend(log.store, log.ledger, [bytes(32)])
    signed = log.ledger.sequence()
    assert signed is not None
    assert signed.size == sum(STEPS) + 1


def test_of_what_did_not_change_no_entry_is_hashed_again(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed: list[bytes] = []

    def noted(entry: bytes) -> bytes:
        hashed.append(entry)
        return bytes(32)

    monkeypatch.setattr("duly.ledger.sweep.leaf_hash", noted)
    log.ledger.look_again()
    assert hashed == []
