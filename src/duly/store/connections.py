"""Everything durable happens inside `Store.write()`: one transaction, committed whole or not at all.

In SQLite (WAL, synchronous FULL) a write transaction is alone, in the process by a lock and among processes
by BEGIN IMMEDIATE. In PostgreSQL it is READ COMMITTED: whoever changes a row that it read must lock it or say
so in the statement. `Store.read()` sees one state of the database in both, and cannot write.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from duly.errors import BadInput, OurFault, TryAgain
from duly.store.metadata import metadata

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

_PATIENCE = 10
"""Seconds to wait for another process's write transaction."""

_SETTINGS: dict[str, Any] = {"pool_size": 5, "max_overflow": 45, "hide_parameters": True}
"""Parameters stay out of error messages, and so out of logs."""

_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}
"""PostgreSQL's codes for what passes: serialisation, deadlock, locks, restarts, too many connections."""

_UNWRITABLE = {"25006", "53100", "53200", "58030"}
"""PostgreSQL's codes for a disk that is full, read-only or failing, and for no memory."""


class Store:
    """A database, by URL: `sqlite:///path/to/file` or `postgresql://user@host/name`."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        self._reading = _engine(url, reading=True)
        self._writing = _engine(url, reading=False)
        self._lock = Lock()
        self._writer = 0

    @classmethod
    def open(cls, url: str) -> Self:
        """Connect. BadInput when no database can be there, TryAgain when nobody answers there."""
        store = cls(_parsed(url))
        try:
            with store._writing.connect():
                return store
        except DBAPIError as error:
            store.close()
            raise _unreachable(store.url, error) from error

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One write transaction; it commits on leaving, and rolls back when an error leaves it."""
        if self._writer == get_ident():
            raise OurFault(
                "A write inside a write",
                detail="This thread already holds a write transaction and would wait for itself.",
                hint="Pass the open connection on instead.",
            )
        if self.dialect != "sqlite":
            with _as_ours(self.url, writing=True), self._writing.begin() as connection:
                yield connection
            return
        with self._lock:
            self._writer = get_ident()
            try:
                with _as_ours(self.url, writing=True), self._writing.begin() as connection:
                    yield connection
            finally:
                self._writer = 0

    @contextmanager
    def read(self) -> Generator[Connection]:
        """One read transaction: everything in it sees the same state."""
        with _as_ours(self.url), self._reading.begin() as connection:
            yield connection

    def create_all(self) -> None:
        """Create every declared table that is missing."""
        with self.write() as connection:
            metadata.create_all(connection)

    def migrate(self) -> None:
        """Bring the schema to the newest revision; without any revision, create what is declared."""
        from duly.store.migrations import upgrade

        with self.write() as connection:
            upgrade(connection)

    def scrub(self, *tables: Table) -> None:
        """Overwrite what was deleted from `tables`, so that no old row is left in the database's files.

        SQLite has zeroed the pages already; here its log is emptied. PostgreSQL writes the tables anew, and
        nobody else can use them meanwhile; a plain VACUUM would leave the bytes in the page. Its archived log
        is the archive's. TryAgain when readers of the old state are in the way.
        """
        if self.dialect == "sqlite":
            self._empty_log()
            return
        with (
            _as_ours(self.url),
            self._writing.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
        ):
            for table in tables:
                conn.exec_driver_sql(f"VACUUM (FULL) {conn.dialect.identifier_preparer.format_table(table)}")

    def _empty_log(self) -> None:
        with self._lock, closing(self._writing.raw_connection()) as connection:
            cursor = connection.cursor()
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, _, _ = cursor.fetchone() or (1, 0, 0)
        if busy:
            raise TryAgain(
                "Somebody still reads the old state",
                detail="What was deleted is gone from the database, but not yet from its log file.",
                where=_place(self.url),
                hint="Do the same again when long reads have ended.",
            )

    def close(self) -> None:
        """Close every connection."""
        self._reading.dispose()
        self._writing.dispose()


def _parsed(text: str) -> URL:
    hint = "Write sqlite:///path/to/file or postgresql://user@host/name."
    try:
        url = make_url(text)
    except ArgumentError as error:
        raise BadInput("Not a database URL", detail="It cannot be read as a URL.", hint=hint) from error
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite":
        raise BadInput("Not a database URL", detail=f"{url.drivername!r} is not supported.", hint=hint)
    if url.database in (None, "", ":memory:"):
        raise BadInput(
            "Not a database URL", detail="Duly needs a file: what it decides must last.", hint=hint
        )
    return url


def _engine(url: URL, *, reading: bool) -> Engine:
    if url.get_backend_name() == "sqlite":
        return _sqlite(url, reading=reading)
    level = "REPEATABLE READ" if reading else "READ COMMITTED"
    engine = create_engine(url, isolation_level=level, pool_pre_ping=True, **_SETTINGS)
    if reading:

        @event.listens_for(engine, "begin")
        def read_only(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")

    return engine


def _sqlite(url: URL, *, reading: bool) -> Engine:
    engine = create_engine(url, connect_args={"timeout": _PATIENCE}, **_SETTINGS)
    begin = "BEGIN" if reading else "BEGIN IMMEDIATE"

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _: object) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
        connection.isolation_level = None  # the driver must not begin transactions of its own
        for pragma in _pragmas(reading=reading):
            connection.cursor().execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection: Connection) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
        connection.exec_driver_sql(begin)

    return engine


def _pragmas(*, reading: bool) -> list[str]:
    """`secure_delete` because erasing a key must leave no copy of it in a free page."""
    always = ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"]
    return [*always, "cache_size = -65536", f"query_only = {'ON' if reading else 'OFF'}"]


@contextmanager
def _as_ours(url: URL, *, writing: bool = False) -> Generator[None]:
    """Turn what passes by itself into TryAgain; leave everything else as it is."""
    try:
        yield
    except DBAPIError as error:
        if _passes(error):
            raise TryAgain(
                "The database is busy",
                detail="Another transaction or a restart was in the way; nothing was changed.",
                where=_place(url),
                hint="Send the same again.",
            ) from error
        if writing and _unwritable(error):
            raise TryAgain(
                "The database cannot be written",
                detail="Its disk is full, read-only or failing; nothing was changed.",
                where=_place(url),
                hint="Make room or mend the disk, then send the same again.",
            ) from error
        raise


def _unwritable(error: DBAPIError) -> bool:
    original: Any = error.orig
    return getattr(original, "sqlstate", None) in _UNWRITABLE or getattr(
        original, "sqlite_errorname", ""
    ).startswith(("SQLITE_FULL", "SQLITE_READONLY", "SQLITE_IOERR", "SQLITE_CANTOPEN"))


def _passes(error: DBAPIError) -> bool:
    original: Any = error.orig
    if error.connection_invalidated or getattr(original, "sqlstate", None) in _PASSING:
        return True
    return getattr(original, "sqlite_errorname", "").startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))


def _unreachable(url: URL, error: DBAPIError) -> BadInput | TryAgain:
    detail = str(error.orig).strip()
    if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_NOTADB":
        return BadInput(
            "This file is no database",
            detail="It holds something else, or is damaged.",
            where=_place(url),
            hint="Name another file, or bring the database back from its copy.",
        )
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").parent.is_dir():
        return BadInput(
            "The database cannot be opened",
            detail="Its directory does not exist.",
            where=_place(url),
            hint="Create the directory, or name another file.",
        )
    return TryAgain("The database cannot be reached", detail=detail, where=_place(url))


def _place(url: URL) -> str:
    return url.render_as_string(hide_password=True)
