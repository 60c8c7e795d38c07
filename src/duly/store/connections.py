"""Everything durable happens inside `Store.write()`: one transaction, committed whole or not at all.

In SQLite (WAL, synchronous FULL) a write transaction is alone, in the process by a lock and among processes
by BEGIN IMMEDIATE. In PostgreSQL it is READ COMMITTED: whoever changes a row that it read must lock it or say
so in the statement. `Store.read()` sees one state of the database in both, and cannot write. Every
transaction is in a context: of scheduling, unless `Store.acting` says for which uses it is.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing, contextmanager
from copy import copy
from pathlib import Path
from threading import Lock, get_ident
from typing import TYPE_CHECKING, Any, Self

from sqlalchemy import Connection, Engine, Table, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DBAPIError

from duly.errors import BadInput, Denied, OurFault, TryAgain
from duly.store.contexts import KEEPING, Context, Duty, Within, begin, require_use
from duly.store.guards import RoleStanding, grant, guard, sealed_in, standing_of
from duly.store.metadata import metadata

if TYPE_CHECKING:
    from sqlalchemy.engine.interfaces import DBAPIConnection

_PATIENCE = 10
"""Seconds to wait for another process's write transaction."""

_SETTINGS: dict[str, Any] = {"pool_size": 5, "max_overflow": 45, "hide_parameters": True}
"""Parameters stay out of error messages, and so out of logs."""

_PASSING = {"40001", "40P01", "55P03", "57P01", "57P02", "57P03", "53300"}
"""PostgreSQL's codes for what passes: serialisation, deadlock, locks, restarts, too many connections."""

_NO_RIGHT = "42501"
"""PostgreSQL's code for what a role may not do."""

_UNWRITABLE = {"25006", "53100", "53200", "58030"}
"""PostgreSQL's codes for a disk that is full, read-only or failing, and for no memory."""


class Store:
    """A database, by URL: `sqlite:///path/to/file` or `postgresql://user@host/name`.

    `owner` is the same database as the owner of its tables, who migrates it and says who may see what.
    """

    def __init__(self, url: URL, owner: URL | None = None) -> None:
        self.url = url
        self.dialect = url.get_backend_name()
        self._reading = _engine(url, reading=True)
        self._writing = _engine(url, reading=False)
        self._owning = _engine(owner, reading=False) if owner is not None else self._writing
        self._lock = _Alone()
        self._within = KEEPING

    @classmethod
    def open(cls, url: str, owner: str = "") -> Self:
        """Connect. BadInput when no database can be there, TryAgain when nobody answers there."""
        store = cls(_parsed(url), _parsed(owner) if owner else None)
        try:
            with store._writing.connect():
                return store
        except DBAPIError as error:
            store.close()
            raise _unreachable(store.url, error) from error

    def acting(self, *uses: Context, duty: Duty = Duty.SCHEDULING) -> Store:
        """The same database, in whose transactions one acts for these uses; more of them than before."""
        other = copy(self)
        other._within = Within(duty, self._within.uses.union(uses))
        return other

    @contextmanager
    def write(self) -> Generator[Connection]:
        """One write transaction; it commits on leaving, and rolls back when an error leaves it."""
        if self._lock.writer == get_ident():
            raise OurFault(
                "A write inside a write",
                detail="This thread already holds a write transaction and would wait for itself.",
                hint="Pass the open connection on instead.",
            )
        if self.dialect != "sqlite":
            with _as_ours(self.url, writing=True), self._writing.begin() as connection:
                begin(connection, self._within)
                yield connection
            return
        with self._lock, _as_ours(self.url, writing=True), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Generator[Connection]:
        """One read transaction: everything in it sees the same state."""
        with _as_ours(self.url), self._reading.begin() as connection:
            begin(connection, self._within)
            yield connection

    @contextmanager
    def owning(self) -> Generator[Connection]:
        """One write transaction of the tables' owner. Denied where only the role that works is known."""
        if self.dialect == "sqlite":
            with self.write() as connection:
                yield connection
            return
        try:
            with _as_ours(self.url, writing=True), self._owning.begin() as connection:
                begin(connection, KEEPING)
                yield connection
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) != _NO_RIGHT:
                raise
            raise Denied(
                "Only the tables' owner may do this",
                detail="The schema, or what the law in force lets be seen, has to be changed.",
                where=_place(self.url),
                hint="Start once with the owner's address of the database in DULY_OWNER.",
            ) from error

    def create_all(self) -> None:
        """Create every declared table that is missing, and guard their rows."""
        with self.owning() as connection:
            metadata.create_all(connection)
            guard(connection)

    def migrate(self) -> None:
        """Bring the schema to the newest revision, guard its rows, and let the role that works use it."""
        from duly.store.migrations import upgrade

        with self.owning() as connection:
            upgrade(connection)
            guard(connection)
            if self._owning is not self._writing:
                grant(connection, self.url.username or "")

    def standing(self) -> RoleStanding | None:
        """What the role that works could do to row-level security; None where there is none."""
        if self.dialect == "sqlite":
            return None
        with self.read() as connection:
            return standing_of(connection)

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
            self._owning.connect().execution_options(isolation_level="AUTOCOMMIT") as conn,
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
        self._owning.dispose()


class _Alone:
    """The lock of SQLite's only writer, who is known by its thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self.writer = 0

    def __enter__(self) -> None:
        self._lock.acquire()
        self.writer = get_ident()

    def __exit__(self, *_: object) -> None:
        self.writer = 0
        self._lock.release()


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

    @event.listens_for(engine, "before_cursor_execute")
    def for_a_use(connection: Connection, _: object, statement: str, *more: object) -> None:  # pyright: ignore[reportUnusedFunction] - the event calls it
        if what := sealed_in(statement):
            require_use(connection, what)

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
