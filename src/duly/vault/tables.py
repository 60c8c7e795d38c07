"""Of a subject only number, kind and commit version stand in clear; all else is wrapped, hashed or sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, String, Table

from duly.store import Number, metadata

__all__ = ["identifier", "subject", "use_entry"]

subject = Table(
    "subject",
    metadata,
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("kind", String, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("wrapped", LargeBinary, nullable=True),  # the data key; NULL once the subject is forgotten
)

identifier = Table(
    "identifier",
    metadata,
    Column("hash", LargeBinary(32), primary_key=True),
    Column("key_version", SmallInteger, nullable=False),
    Column("subject", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_identifier_subject", "subject"),
)

use_entry = Table(
    "use_entry",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("commitment", LargeBinary(32), nullable=False),
    Column("at", BigInteger, nullable=False),
)
