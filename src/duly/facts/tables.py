"""Assertions are sealed rows, only ever added; beside them lies a sealed snapshot that they can rebuild."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table

from duly.store import metadata

__all__ = ["assertion", "snapshot"]

assertion = Table(
    "assertion",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("category", String, primary_key=True),
    Column("version", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""What one commit of a subject's record added to and withdrew from a category."""

snapshot = Table(
    "snapshot",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("category", String, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
"""All assertions of a category that are not withdrawn, as of `version`."""
