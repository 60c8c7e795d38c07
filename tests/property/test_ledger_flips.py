"""No bit of a stored log changes unseen: not in an entry, a tile, a checkpoint, nor in a published file."""

import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from duly.clock import SimulatedClock
from duly.ledger import Ledger, Signer, publish
from duly.ledger.verify import DatabaseLog, DirectoryLog, PublicKey, whole_log
from duly.store import Store

SIGNER = Signer.from_seed("duly.example/log", bytes(32))
KEYS = [PublicKey.parse(key) for key in SIGNER.public_keys()]
STEPS = (1, 6, 200, 49, 30)  # ends beyond a full tile


class Log(NamedTuple):
    store: Store
    directory: Path
    cells: list[tuple[str, str, str, int]]  # update, select, key, bits
    files: list[Path]


CELLS = (
    ("ledger_leaf", "commitment", "\"index\" || ''"),
    ("ledger_tile", "hashes", "level || '/' || number"),
    ("ledger_checkpoint", "note", "size || ''"),
)


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Log]:
    home = tmp_path_factory.mktemp("log")
    store = Store.open(f"sqlite:///{home / 'duly.db'}")
    store.create_all()
    clock = SimulatedClock("UTC", 1_700_000_000_000_000)
    ledger = Ledger(store, SIGNER, "duly.example/log", clock)
    for at, step in enumerate(STEPS):
        with store.write() as connection:
            ledger.pend(connection, [bytes([at, number]) * 16 for number in range(step)])
        ledger.sequence()
        clock.set(clock.now() + 1_000_000)
        with store.read() as connection:
            publish(connection, home / "log", history=True)
    files = sorted(path for path in (home / "log").rglob("*") if path.is_file())
    yield Log(store, home / "log", list(cells(store)), files)
    store.close()
    shutil.rmtree(home)


def cells(store: Store) -> Iterator[tuple[str, str, str, int]]:
    with store.read() as connection:
        for table, column, key in CELLS:
            rows = connection.execute(text(f"SELECT {key}, length({column}) FROM {table}"))  # noqa: S608 - the names above
            for value, length in rows:
                update = f"UPDATE {table} SET {column} = :value WHERE {key} = :key"  # noqa: S608 - the names above
                select = f"SELECT {column} FROM {table} WHERE {key} = :key"  # noqa: S608 - the names above
                yield update, select, value, length * 8


def flipped(value: bytes, bit: int) -> bytes:
    changed = bytearray(value)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def test_the_log_as_it_was_written_is_sound(log: Log) -> None:
    with log.store.read() as connection:
        stored = whole_log(DatabaseLog(connection), KEYS)
    published = whole_log(DirectoryLog(log.directory), KEYS)
    assert stored.sound
    assert published.sound
    assert (stored.entries, stored.checkpoints) == (sum(STEPS), len(STEPS))
    assert (published.entries, published.checkpoints) == (sum(STEPS), len(STEPS) + 1)
    assert len({cell[0] for cell in log.cells}) == len(CELLS)


@contextmanager
def undone(store: Store) -> Generator[Connection]:
    """A write that is undone at the end."""
    with store.write() as connection:
        point = connection.begin_nested()
        yield connection
        point.rollback()


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_flipped_bit_in_the_database_is_found(log: Log, data: st.DataObject) -> None:
    update, select, key, bits = data.draw(st.sampled_from(log.cells))
    bit = data.draw(st.integers(0, bits - 1))
    with undone(log.store) as connection:
        value = connection.execute(text(select), {"key": key}).scalar_one()
        connection.execute(text(update), {"key": key, "value": flipped(value, bit)})
        assert not whole_log(DatabaseLog(connection), KEYS).sound


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_flipped_bit_in_a_published_file_is_found(log: Log, data: st.DataObject) -> None:
    file = data.draw(st.sampled_from(log.files))
    before = file.read_bytes()
    try:
        file.write_bytes(flipped(before, data.draw(st.integers(0, len(before) * 8 - 1))))
        assert not whole_log(DirectoryLog(log.directory), KEYS).sound
    finally:
        file.write_bytes(before)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_a_lost_row_or_a_cut_file_is_found(log: Log, data: st.DataObject) -> None:
    table, column, key = data.draw(st.sampled_from(CELLS))
    keys = [cell[2] for cell in log.cells if f" {table} " in cell[0]]
    lost = data.draw(st.sampled_from(keys[:-1] if table == "ledger_checkpoint" else keys))
    statement = f"UPDATE {table} SET {column} = substr({column}, 2) WHERE {key} = :key"  # noqa: S608 - the names above
    if data.draw(st.booleans()) and table != "ledger_checkpoint":
        statement = f"DELETE FROM {table} WHERE {key} = :key"  # noqa: S608 - the names above
    with undone(log.store) as connection:
        connection.execute(text(statement), {"key": lost})
        assert not whole_log(DatabaseLog(connection), KEYS).sound


def test_the_last_checkpoint_cannot_be_lost_unseen(log: Log) -> None:
    with undone(log.store) as connection:
        connection.execute(text("DELETE FROM ledger_checkpoint WHERE size = :size"), {"size": sum(STEPS)})
        assert not whole_log(DatabaseLog(connection), KEYS).sound
