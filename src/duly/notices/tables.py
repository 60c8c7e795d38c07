"""A notice's number, its time and whether it was handed over stand in clear; what it says is sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, LargeBinary, Table, text

from duly.store import metadata

__all__ = ["notice"]

notice = Table(
    "notice",
    metadata,
    Column("subject", BigInteger, primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("composed", BigInteger, nullable=False),
    Column("handed_over", Boolean, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Index(
        "ix_notice_waiting",
        "subject",
        "number",
        sqlite_where=text("handed_over = 0"),  # each as SQLAlchemy writes it, or the planner does not see it
        postgresql_where=text("NOT handed_over"),
    ),
)
