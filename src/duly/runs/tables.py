"""A run is a row with a cursor: the number of the last subject that it has looked at."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text

from duly.store import Number, metadata

__all__ = ["run"]

# `purposes` is a JSON list; `law` the content hash of the version that it runs; `approved` a dry run or "".
# Nobody is named here: how many subjects it passed, how many
# holders it looked at closer, how many keys changed.
run = Table(
    "run",
    metadata,
    Column("number", Number, primary_key=True),
    Column("pack", String, nullable=False),
    Column("purposes", Text, nullable=False),
    Column("law", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("approved", String, nullable=False),
    Column("state", String, nullable=False),  # running, ended, dropped
    Column("cursor", BigInteger, nullable=False),
    Column("bulk", BigInteger, nullable=False),
    Column("passed", BigInteger, nullable=False),
    Column("different", BigInteger, nullable=False),
    Column("changed", BigInteger, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("ended_at", BigInteger, nullable=False),  # 0 while it is under way
    Column("day", Integer, nullable=False),
    Index("ix_run_state", "pack", "state"),
)
