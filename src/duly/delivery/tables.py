"""In clear: whose work it is, when it is due, in which state. Amounts, reasons and accounts are sealed.

Every key leads with the holder's number; a case's number begins with its holder's bucket.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, false

from duly.store import metadata

__all__ = [
    "case",
    "case_key",
    "chain",
    "contest",
    "correction",
    "enrolment_order",
    "order_line",
    "order_stop",
    "payment",
    "source_day",
    "wake",
]


def _key() -> tuple[Column[int], Column[str], Column[int]]:
    return (
        Column("holder", BigInteger, primary_key=True, autoincrement=False),
        Column("programme", String, primary_key=True),
        Column("about", BigInteger, primary_key=True, autoincrement=False),
    )


# What lines, stops and payments of a key come to; it can be made again from them.
chain = Table(
    "chain",
    metadata,
    *_key(),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Numbers run through all chains of the holder with one agency.
order_line = Table(
    "order_line",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("agency", String, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("programme", String, nullable=False),
    Column("about", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

order_stop = Table(
    "order_stop",
    metadata,
    *_key(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("sealed", LargeBinary, nullable=False),
)

payment = Table(
    "payment",
    metadata,
    *_key(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("day", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

enrolment_order = Table(
    "enrolment_order",
    metadata,
    *_key(),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

wake = Table("wake", metadata, *_key(), Column("day", Integer, nullable=False), Index("ix_wake_day", "day"))

case = Table(
    "case",
    metadata,
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("holder", BigInteger, nullable=False),
    Column("agency", String, nullable=False),
    Column("kind", String, nullable=False),
    Column("people", Integer, nullable=False),
    Column("opened", Integer, nullable=False),
    Column("state", String, nullable=False),
    Column("source", String, nullable=False),
    Column(
        "joint", Boolean, nullable=False, server_default=false()
    ),  # whether it was ever of several holders
    Index("ix_case_state", "state", "agency"),
)

# A key waits in at most one case of a kind.
case_key = Table(
    "case_key",
    metadata,
    *_key(),
    Column("kind", String, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("version", Integer, nullable=False),
    Column("source", String, nullable=False),
    Column("day", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_case_key_number", "number"),
    Index("ix_case_key_source", "source", "day"),
)

# What somebody says is wrong of a fact, and how it stands; what is to be told of it is sealed. `told` is
# False where the person has still to hear of it.
contest = Table(
    "contest",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("programme", String, nullable=False),
    Column("state", String, nullable=False),
    Column("deadline", Integer, nullable=False),
    Column("told", Boolean, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_contest_told", "told"),
)

# What a register is asked: to look at a contested fact (`asks`), or to leave it, since it was taken back.
correction = Table(
    "correction",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("contest", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("register", String, nullable=False),
    Column("asks", Boolean, nullable=False),
    Column("state", String, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index("ix_correction_state", "state"),
)

# How many keys each source made us look at on each day: the whole of which the brake takes a share.
source_day = Table(
    "source_day",
    metadata,
    Column("source", String, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("touched", Integer, nullable=False),
)
