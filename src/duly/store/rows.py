"""Many rows of one shape go to the driver as they are: compiled once, without conversion of values.

For hot paths, with values that both drivers take (int, str, bytes, None). It saves SQLAlchemy's work for each
row and each value of an IN, which is more than SQLite's own.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import Connection, Insert, Select, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from duly.errors import OurFault

__all__ = ["raw_rows", "read_rows", "write_rows"]

MOST: Final = 10_000
"""Values in one statement; SQLite takes 32,766."""

Row = tuple[int | str | bytes | None, ...]


def write_rows(
    conn: Connection, statement: Insert | Update, names: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Execute an insert (or upsert) for each row; `names` are the columns of the values, in order.

    The statement is remembered, so it must be one of a module's own.
    """
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(_positional(statement, names), list(rows))
    else:
        text = _named(statement, names)
        conn.exec_driver_sql(text, [dict(zip(names, row, strict=True)) for row in rows])


def raw_rows(
    conn: Connection, statement: Select[*tuple[Any, ...]], given: Mapping[str, Any]
) -> list[Sequence[Any]]:
    """The rows of a select as the driver gives them, without a record around each."""
    result = conn.execute(statement, dict(given))
    cursor: Any = result.cursor
    rows: list[Sequence[Any]] = cursor.fetchall()
    result.close()
    return rows


def read_rows(
    conn: Connection, statement: Select[*tuple[Any, ...]], among: str, values: Collection[int | bytes]
) -> list[Sequence[Any]]:
    """The rows of a select whose only parameter is `IN (bindparam(among, expanding=True))`.

    The statement is remembered, so it must be one of a module's own.
    """
    given = list(values)
    found: list[Sequence[Any]] = []
    for at in range(0, len(given), MOST):
        chunk = given[at : at + MOST]
        if conn.dialect.name == "sqlite":
            text = _listing(statement, among).format(", ".join("?" * len(chunk)))
            found.extend(conn.exec_driver_sql(text, tuple(chunk)).all())
        else:
            found.extend(conn.exec_driver_sql(_array(statement, among), {among: chunk}).all())
    return found


@lru_cache(maxsize=256)
def _listing(statement: Select[*tuple[Any, ...]], among: str) -> str:
    return str(statement.compile(dialect=sqlite.dialect())).replace(f"__[POSTCOMPILE_{among}]", "{}")


@lru_cache(maxsize=256)
def _array(statement: Select[*tuple[Any, ...]], among: str) -> str:
    text = str(statement.compile(dialect=psycopg.dialect()))
    return text.replace(f"IN (__[POSTCOMPILE_{among}])", f"= ANY(%({among})s)")


@lru_cache(maxsize=256)
def _positional(statement: Insert | Update, names: tuple[str, ...]) -> str:
    compiled: Any = statement.compile(dialect=sqlite.dialect(), column_keys=list(names))
    if tuple(compiled.positiontup) != names:
        raise OurFault(
            "Columns in another order",
            detail=f"The statement takes {', '.join(compiled.positiontup)}; named were {', '.join(names)}.",
        )
    return str(compiled)


@lru_cache(maxsize=256)
def _named(statement: Insert | Update, names: tuple[str, ...]) -> str:
    return str(statement.compile(dialect=psycopg.dialect(), column_keys=list(names)))
