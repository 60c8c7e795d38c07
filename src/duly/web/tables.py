"""Who is signed in: the hash of a key, whom it is for, and when; what names somebody is sealed."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, SmallInteger, String, Table

from duly.store import Number, metadata

__all__ = ["web_session"]

# `digest` is of the key that the browser holds, `former` of the one before, which is good until the newer one
# was `seen`. `outside` and `person` are keyed hashes of the provider's session and subject. Instants are of
# the machine, in microseconds.
web_session = Table(
    "web_session",
    metadata,
    Column("id", Number, primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("former", LargeBinary, nullable=True),
    Column("seen", Boolean, nullable=False),
    Column("subject", BigInteger, nullable=False),
    Column("agency", String, nullable=False),
    Column("officer", String, nullable=False),
    Column("role", String, nullable=False),
    Column("browser", String, nullable=False),
    Column("provider", String, nullable=False),
    Column("outside", LargeBinary, nullable=True),
    Column("person", LargeBinary, nullable=True),
    Column("key_version", SmallInteger, nullable=False),
    Column("sealed", LargeBinary, nullable=False),
    Column("begun_at", BigInteger, nullable=False),
    Column("renewed_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    Index("ix_web_session_digest", "digest", unique=True),
    Index("ix_web_session_former", "former"),
    Index("ix_web_session_subject", "subject"),
    Index("ix_web_session_begun_at", "begun_at"),
)
