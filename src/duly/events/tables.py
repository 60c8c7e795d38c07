"""The inbox: in clear stands what exactly-once and order need; the message itself is sealed.

`key` is the keyed hash of (source, id), `names` that of the event which a message corrects or cancels, `root`
that of the event at the beginning of such a chain. `digest` is the keyed hash of the content.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, LargeBinary, SmallInteger, String, Table, text

from duly.store import Number, metadata

__all__ = ["inbox", "shown_once"]

inbox = Table(
    "inbox",
    metadata,
    Column("number", Number, primary_key=True),
    Column("key", LargeBinary(32), nullable=False, unique=True),
    Column("key_version", SmallInteger, nullable=False),
    Column("digest", LargeBinary(32), nullable=False),
    Column("names", LargeBinary(32), nullable=True),
    Column("root", LargeBinary(32), nullable=True),
    Column("action", String, nullable=False),
    Column("source", String, nullable=False),
    Column("time", BigInteger, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    Column("state", String, nullable=False),  # received, applied, waiting, parked, cancelled
    Column("reason", String, nullable=False),  # the title of the problem of a parked message, "" else
    Column("sealed_reason", LargeBinary, nullable=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("about", LargeBinary, nullable=True),  # whose keys seal it (8 bytes each); NULL: the system's
)
_RECEIVED = text("state = 'received'")
_WAITING = text("state = 'waiting'")
Index("ix_inbox_received", inbox.c.number, sqlite_where=_RECEIVED, postgresql_where=_RECEIVED)
Index("ix_inbox_waiting", inbox.c.names, sqlite_where=_WAITING, postgresql_where=_WAITING)
Index(
    "ix_inbox_root",
    inbox.c.root,
    sqlite_where=inbox.c.root.is_not(None),
    postgresql_where=inbox.c.root.is_not(None),
)

# Hashes of what may be shown once (nonces of signed requests, ids of tokens), while it could be accepted.
shown_once = Table(
    "shown_once",
    metadata,
    Column("scope", String, primary_key=True),
    Column("digest", LargeBinary(32), primary_key=True),
    Column("until", BigInteger, nullable=False),
    Index("ix_shown_once_until", "until"),
)
