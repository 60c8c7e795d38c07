"""Many rows of one shape go to the driver as they are: compiled once, without conversion of values.

For hot paths, with values that both drivers take (int, str, bytes, None). It saves SQLAlchemy's work per row,
which is more than SQLite's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Insert, Update
from sqlalchemy.dialects import sqlite
from sqlalchemy.dialects.postgresql import psycopg

from duly.errors import OurFault

__all__ = ["write_rows"]

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
