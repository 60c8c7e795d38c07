"""Of a subject only number, kind and commit version stand in clear; all else is wrapped, hashed or sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, String, Table

from duly.store import Number, metadata

__all__ = ["bulk_leaf", "bulk_tile", "bulk_use", "identifier", "subject", "use_entry"]

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
    Column("maker", LargeBinary(16), nullable=True),  # a digest of what made it for a department; else NULL
    Index("ix_identifier_subject", "subject"),
    Index("ix_identifier_maker", "maker"),
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

# One use of many subjects. `text` says which, in clear: it is the same for all and names nobody. `root` is
# that of the tree over the subjects' own commitments, `commitment` what the ledger holds; NULL until it ends.
bulk_use = Table(
    "bulk_use",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("text", LargeBinary, nullable=False),
    Column("leaves", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=True),
    Column("commitment", LargeBinary, nullable=True),
)

# Leaves 256 * number and on, at most 256, in order of (subject, use), which stand beside them.
bulk_leaf = Table(
    "bulk_leaf",
    metadata,
    Column("bulk", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("first", BigInteger, nullable=False),
    Column("subjects", LargeBinary, nullable=False),
    Column("uses", LargeBinary, nullable=False),
    Column("commitments", LargeBinary, nullable=False),
    Index("ix_bulk_leaf_first", "bulk", "first"),
)

# Hashes over the leaves, from level 1 up, once a bulk use has ended; as in the ledger's tiles.
bulk_tile = Table(
    "bulk_tile",
    metadata,
    Column("bulk", BigInteger, primary_key=True, autoincrement=False),
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False),
)
