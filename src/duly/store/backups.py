"""A backup of a SQLite database is whole and of one moment, and is taken while others write.

PostgreSQL has tools of its own for that; they are its keeper's.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from duly.errors import BadInput, Conflict
from duly.store.connections import Store

__all__ = ["backup", "copy_of"]

PAGES = 1_000
"""Copied at once; between these others write."""


def backup(store: Store, to: Path) -> None:
    """Copy the database into a file that does not exist yet. BadInput where it is no SQLite."""
    if store.dialect != "sqlite":
        raise BadInput(
            "This database is backed up by its own tools",
            detail="pg_basebackup, pg_dump and the archived log belong to PostgreSQL's keeper.",
            where=store.dialect,
            hint="Take the key sheet beside it: duly backup --sheet FILE",
        )
    copy_of(Path(store.url.database or ""), to)


def copy_of(database: Path, to: Path) -> None:
    """A SQLite database as it is at one moment, in a new file that only its owner reads."""
    try:
        os.close(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600))
    except FileExistsError as error:
        raise Conflict(
            "A file is already there",
            detail="It is not overwritten.",
            where=str(to),
            hint="Name another file.",
        ) from error
    with (
        closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target, pages=PAGES)
    with to.open("rb") as file:
        os.fsync(file.fileno())
