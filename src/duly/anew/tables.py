"""Each row closes one log and begins the next; the newest that is begun says what the log is called."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, LargeBinary, String, Table, Text

from duly.store import Number, metadata

__all__ = ["ledger_log"]

# Instants are 0 until it has happened. `closed` is the last checkpoint of the log before, `entry` the text
# that the new log's first own leaf commits to.
ledger_log = Table(
    "ledger_log",
    metadata,
    Column("number", Number, primary_key=True),
    Column("before", String, nullable=False),
    Column("origin", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", LargeBinary, nullable=False),
    Column("asked_signature", LargeBinary, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("begun_by", LargeBinary, nullable=True),
    Column("begun_signature", LargeBinary, nullable=True),
    Column("begun_at", BigInteger, nullable=False),
    Column("closed", LargeBinary, nullable=True),
    Column("entry", LargeBinary, nullable=True),
)
