"""An insert that meets an existing row is one statement, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import Insert

__all__ = ["insert_new", "upsert"]

# PostgreSQL's and SQLite's ON CONFLICT clauses share their form, and SQLAlchemy's compilers their names for
# it; the contract tests run these statements on both.


def upsert(table: Table, keys: Sequence[str], update: Sequence[str] | None = None) -> Insert:
    """Insert rows; where `keys` (a unique key's columns) exist, set `update` (all other columns if None).

    Execute it with a dict per row that names every column it sets.
    """
    statement = Insert(table)
    wanted = (
        [column.name for column in table.columns if column.name not in keys] if update is None else update
    )
    if not wanted:
        return statement.on_conflict_do_nothing(index_elements=list(keys))
    return statement.on_conflict_do_update(
        index_elements=list(keys), set_={name: statement.excluded[name] for name in wanted}
    )


def insert_new(table: Table, keys: Sequence[str]) -> Insert:
    """Insert rows; leave alone those whose `keys` exist."""
    return Insert(table).on_conflict_do_nothing(index_elements=list(keys))
