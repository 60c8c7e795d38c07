"""What may be shown once is shown once: by whichever process it comes, and over restarts.

Only hashes are kept, and only until what was shown could no longer be accepted anyway.
"""

from __future__ import annotations

import hashlib

from sqlalchemy import Connection, bindparam, delete

from duly.events.tables import shown_once
from duly.store import insert_new

__all__ = ["once"]

_OVER = delete(shown_once).where(shown_once.c.until < bindparam("now"))
_SHOWN = insert_new(shown_once, ["scope", "digest"])


def once(conn: Connection, scope: str, value: str, *, until: int, now: int) -> bool:
    """Whether `value` is shown for the first time within `scope`; it is kept until then (microseconds)."""
    conn.execute(_OVER, {"now": now})
    digest = hashlib.sha256(value.encode()).digest()
    return conn.execute(_SHOWN, {"scope": scope, "digest": digest, "until": until}).rowcount == 1
