"""The ledger's tables hold commitments and hashes, and no personal data.

`ledger_pending` is written by whoever uses personal data and emptied by the sequencer alone; the rest is
written by the sequencer alone and never changed, but for the last tile of each level, which grows.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import CheckConstraint, Column, Integer, LargeBinary, Table

from duly.store import Number, metadata

__all__ = ["CHECKPOINT", "LEAF", "PENDING", "TILE"]

PENDING: Final = Table(
    "ledger_pending",
    metadata,
    Column("id", Number, primary_key=True),
    Column(
        "commitment", LargeBinary, CheckConstraint("length(commitment) = 32", name="length"), nullable=False
    ),
    sqlite_autoincrement=True,  # without it SQLite gives the ids of deleted rows again
)

LEAF: Final = Table(
    "ledger_leaf",
    metadata,
    Column("index", Number, primary_key=True, autoincrement=False),
    Column("commitment", LargeBinary, nullable=False, index=True),
)

TILE: Final = Table(
    "ledger_tile",
    metadata,
    Column("level", Integer, primary_key=True, autoincrement=False),
    Column("number", Number, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)

CHECKPOINT: Final = Table(
    "ledger_checkpoint",
    metadata,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("note", LargeBinary, nullable=False),
)
