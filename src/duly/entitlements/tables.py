"""In clear stands only what scheduling needs: who, which programme, is there work, was it told.

Every key leads with the holder's number. What a programme's entitlement is, and why, is sealed.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, String, Table, Text, text

from duly.store import metadata

__all__ = ["decision", "entitlement", "exchange_told", "found", "law_in_force", "mark"]

mark = Table(
    "mark",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("programme", String, primary_key=True),
    Column("wanted", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column(
        "causes", Text, nullable=False
    ),  # sealed, one want a line, oldest first: those that `done` has not seen
    Index(
        "ix_mark_stale",
        "programme",
        "holder",
        sqlite_where=text("wanted > done"),
        postgresql_where=text("wanted > done"),
    ),
)

entitlement = Table(
    "entitlement",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("programme", String, primary_key=True),
    Column("about", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
)

# Which version of what stands is to be told to another agency, which was, and (sealed) what that was.
exchange_told = Table(
    "exchange_told",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("exchange", String, primary_key=True),
    Column("about", BigInteger, primary_key=True, autoincrement=False),
    Column("wanted", BigInteger, nullable=False),
    Column("done", BigInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(
        "ix_exchange_told_waiting",
        "holder",
        "exchange",
        "about",
        sqlite_where=text("wanted > done"),
        postgresql_where=text("wanted > done"),
    ),
)

decision = Table(
    "decision",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("programme", String, primary_key=True),
    Column("about", BigInteger, primary_key=True, autoincrement=False),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("told", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(
        "ix_decision_untold",
        "holder",
        "programme",
        "about",
        "version",
        sqlite_where=text("told = 0"),  # each as SQLAlchemy writes it, or the planner does not see it
        postgresql_where=text("NOT told"),
    ),
)

# One row: which law decided last, and the day up to which its rates were known then.
law_in_force = Table(
    "law_in_force",
    metadata,
    Column("pack", String, primary_key=True),
    Column("hash", String, nullable=False),
    Column("known_to", Integer, nullable=False),
)

# What was last found due to a holder for a purpose: a keyed digest, empty where a run always looks again.
found = Table(
    "found",
    metadata,
    Column("holder", BigInteger, primary_key=True, autoincrement=False),
    Column("purpose", String, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
