"""A request to forget names its subject by number, and nobody once it is done; its reason names nobody."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, String, Table, Text

from duly.store import Number, metadata

__all__ = ["forgetting"]

# Instants are 0 until it has happened. `entry` is the text that the ledger's leaf commits to, once done.
# `wanted_on` is the day on which the subject asked for it themselves, `answer_by` the last day for an answer,
# both 0 where an officer asked; `told` is the state that the subject was told of. What is wanted or withdrawn
# nobody has signed yet.
forgetting = Table(
    "forgetting",
    metadata,
    Column("number", Number, primary_key=True),
    Column("subject", BigInteger, nullable=True),
    Column("ground", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("asked_by", LargeBinary, nullable=False),
    Column("asked_signature", LargeBinary, nullable=False),
    Column("asked_at", BigInteger, nullable=False),
    Column("state", String, nullable=False),  # wanted, withdrawn; asked, approved, refused, done
    Column("answered_by", LargeBinary, nullable=True),
    Column("answered_signature", LargeBinary, nullable=True),
    Column("answered_at", BigInteger, nullable=False),
    Column("why", Text, nullable=False),
    Column("done_at", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=True),
    Column("wanted_on", Integer, nullable=False, server_default="0"),
    Column("answer_by", Integer, nullable=False, server_default="0"),
    Column("told", String, nullable=False, server_default=""),
    Index("ix_forgetting_state", "state"),
)
