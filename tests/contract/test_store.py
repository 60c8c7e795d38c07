"""What both databases must do alike."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Column, MetaData, String, Table, func, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from duly.errors import BadInput, OurFault, TryAgain
from duly.store import Number, Store, insert_new, upsert

mine = MetaData()
thing = Table(
    "thing", mine, Column("id", Number, primary_key=True), Column("name", String), Column("size", Number)
)
ROWS = [{"id": 2**62, "name": "a", "size": 1}, {"id": 5, "name": "b", "size": 2}]


@pytest.fixture(autouse=True)
def tables(store: Store) -> None:
    with store.write() as conn:
        mine.create_all(conn)


def test_write_commits_and_read_sees_it(store: Store) -> None:
    with store.write() as conn:
        conn.execute(thing.insert(), ROWS)
    with store.read() as conn:
        assert conn.execute(select(thing.c.id, thing.c.name).order_by(thing.c.name)).all() == [
            (2**62, "a"),
            (5, "b"),
        ]


def test_an_error_rolls_everything_back(store: Store) -> None:
    def fail() -> None:
        with store.write() as conn:
            conn.execute(thing.insert(), ROWS)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(thing)) == 0


def test_read_cannot_write(store: Store) -> None:
    with pytest.raises(DBAPIError, match="read"), store.read() as conn:
        conn.execute(thing.insert(), ROWS)


def test_read_sees_one_state(store: Store) -> None:
    with store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(thing)) == 0
        with store.write() as other:
            other.execute(thing.insert(), ROWS)
        assert conn.scalar(select(func.count()).select_from(thing)) == 0


def test_upsert_replaces_by_key(store: Store) -> None:
    with store.write() as conn:
        conn.execute(upsert(thing, ["id"]), ROWS)
        conn.execute(upsert(thing, ["id"]), [{"id": 5, "name": "c", "size": 3}])
        conn.execute(upsert(thing, ["id"], ["size"]), [{"id": 5, "name": "d", "size": 4}])
        assert conn.execute(select(thing.c.name, thing.c.size).where(thing.c.id == 5)).one() == ("c", 4)


def test_insert_new_leaves_what_is_there(store: Store) -> None:
    with store.write() as conn:
        conn.execute(insert_new(thing, ["id"]), ROWS)
        conn.execute(insert_new(thing, ["id"]), [{"id": 5, "name": "c", "size": 3}])
        assert conn.scalar(select(thing.c.name).where(thing.c.id == 5)) == "b"


def test_an_error_does_not_tell_what_was_written(store: Store) -> None:
    with store.write() as conn:
        conn.execute(thing.insert(), ROWS)
        with pytest.raises(IntegrityError) as refused, conn.begin_nested():
            conn.execute(thing.insert(), [{"id": 5, "name": "MARKED", "size": 0}])
    assert "MARKED" not in str(refused.value)


def test_a_number_counts_by_itself(store: Store) -> None:
    with store.write() as conn:
        conn.execute(thing.insert(), [{"name": "x", "size": 0}, {"name": "y", "size": 0}])
        assert len(set(conn.scalars(select(thing.c.id)).all())) == 2


def test_a_write_inside_a_write_is_refused(store: Store) -> None:
    if store.dialect != "sqlite":
        return  # two connections may write to PostgreSQL at once
    with store.write(), pytest.raises(OurFault, match="write inside a write"), store.write():
        pass
    with store.write() as conn:
        conn.execute(thing.insert(), ROWS)


def test_concurrent_increments_are_not_lost(store: Store) -> None:
    with store.write() as conn:
        conn.execute(thing.insert(), ROWS)

    def add() -> None:
        for _ in range(20):
            with store.write() as conn:
                conn.execute(thing.update().where(thing.c.id == 5).values(size=thing.c.size + 1))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with store.read() as conn:
        assert conn.scalar(select(thing.c.size).where(thing.c.id == 5)) == 82


def test_two_stores_share_one_database(store: Store, store_url: str) -> None:
    other = Store.open(store_url)
    with other.write() as conn:
        conn.execute(thing.insert(), ROWS)
    with store.read() as conn:
        assert conn.scalar(select(func.count()).select_from(thing)) == 2
    other.close()


def test_sqlite_is_durable_and_erases(sqlite_url: str) -> None:
    opened = Store.open(sqlite_url)
    with opened.write() as conn:
        settings = {
            name: conn.scalar(text(f"PRAGMA {name}"))
            for name in ("journal_mode", "synchronous", "secure_delete")
        }
    opened.close()
    assert settings == {"journal_mode": "wal", "synchronous": 2, "secure_delete": 1}


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_an_impossible_url_is_bad_input(url: str) -> None:
    with pytest.raises(BadInput, match="Not a database URL"):
        Store.open(url)


def test_a_missing_directory_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="directory does not exist"):
        Store.open(f"sqlite:///{tmp_path}/nowhere/duly.db")


def test_a_file_that_is_no_database_is_bad_input(tmp_path: Path) -> None:
    (tmp_path / "letter.db").write_text("This is a letter, and no database at all.\n" * 100)
    with pytest.raises(BadInput, match="no database"):
        Store.open(f"sqlite:///{tmp_path}/letter.db")


def test_nobody_there_is_try_again(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="cannot be reached"):
        Store.open(f"postgresql://duly@/x?host={tmp_path}")
