"""The ledger's tables hold commitments and hashes, and no personal data.

`ledger_pending` is written by whoever uses personal data and emptied by the sequencer alone; a row holds up
to 256 commitments of one transaction, one after the other. Leaves, tiles
and checkpoints are written by the sequencer alone and never changed, but for the last tile of each level,
which grows. What witnesses answered stands beside them, and what was found damaged and not restored yet.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, CheckConstraint, Column, Integer, LargeBinary, String, Table, Text

from duly.store import Number, metadata

__all__ = ["CHECKPOINT", "COSIGNATURE", "DAMAGE", "LEAF", "PENDING", "TILE", "WITNESS"]

PENDING: Final = Table(
    "ledger_pending",
    metadata,
    Column("id", Number, primary_key=True),
    Column(
        "commitments",
        LargeBinary,
        CheckConstraint("length(commitments) > 0 AND length(commitments) % 32 = 0", name="length"),
        nullable=False,
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

COSIGNATURE: Final = Table(
    "ledger_cosignature",
    metadata,
    Column("size", Number, primary_key=True, autoincrement=False),
    Column("witness", String, primary_key=True),
    Column("line", Text, nullable=False),
)

# What each witness said last: which size it cosigned (0: none yet), and what is wrong ("": nothing).
WITNESS: Final = Table(
    "ledger_witness",
    metadata,
    Column("witness", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("problem", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# Blocks of 256 entries, or checkpoints (by size), that no longer are what was signed.
DAMAGE: Final = Table(
    "ledger_damage",
    metadata,
    Column("kind", String, primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("said", Text, nullable=False),
)
