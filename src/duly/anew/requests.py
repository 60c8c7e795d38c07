"""One asks that a log be closed, with the reason; what is signed names both logs, so that it serves once.

The keys are those with which people sign law. The second log of `duly/norway` is `duly/norway/2`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, insert, select

from duly.anew.tables import ledger_log
from duly.errors import BadInput, Conflict, NotFound
from duly.reform.keys import LawKey, registered_keys, require_signs

__all__ = ["Request", "ask", "message", "origin_in", "request_of", "requests"]

ASKED, BEGUN = "asked", "begun"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it stands; `begun_at` is 0 until the other log is begun."""

    number: int
    before: str
    origin: str
    reason: str
    asked_by: bytes
    asked_signature: bytes
    asked_at: int
    begun_by: bytes | None
    begun_signature: bytes | None
    begun_at: int


_FIELDS: Final = Request.__struct_fields__
_ALL = select(*(ledger_log.c[name] for name in _FIELDS)).order_by(ledger_log.c.number)
_BEGUN = select(ledger_log.c.origin).where(ledger_log.c.begun_at > 0).order_by(ledger_log.c.number.desc())
_HOW_MANY = select(func.count()).where(ledger_log.c.begun_at > 0)


def origin_in(conn: Connection, first: str) -> str:
    """What the log of a database is called: as the newest that was begun, or as the `first`."""
    return conn.execute(_BEGUN.limit(1)).scalar() or first


def ask(conn: Connection, first: str, reason: str, key: LawKey, *, today: int, now: int) -> Request:
    """Ask that the log be closed. Conflict where that is asked already."""
    require_signs(registered_keys(conn), key, today)
    if not reason.strip():
        raise BadInput("No reason", detail="Whoever does it has to know why.", where="--reason")
    for one in requests(conn):
        if not one.begun_at:
            raise Conflict(
                "This is asked already",
                detail=f"Request {one.number} would close {one.before}.",
                where=f"request {one.number}",
                hint=f"Somebody else does it: duly ledger begin {one.number} --keep DIRECTORY",
            )
    before = origin_in(conn, first)
    origin = f"{first}/{conn.execute(_HOW_MANY).scalar_one() + 2}"
    row: dict[str, Any] = {
        "before": before, "origin": origin, "reason": reason, "asked_by": key.public, "asked_at": now,
        "asked_signature": key.sign(message(ASKED, before, origin, reason, now)), "begun_at": 0,
    }  # fmt: skip
    made = conn.execute(insert(ledger_log).values(row)).inserted_primary_key
    assert made is not None  # noqa: S101 - the key counts by itself
    return request_of(conn, int(made[0]))


def requests(conn: Connection) -> list[Request]:
    """All of them, in order of time."""
    return [Request(**dict(zip(_FIELDS, row, strict=True))) for row in conn.execute(_ALL)]


def request_of(conn: Connection, number: int) -> Request:
    """One request. NotFound where there is none of this number."""
    for one in requests(conn):
        if one.number == number:
            return one
    raise NotFound("No such request", detail=f"There is no request {number}.", hint="See: duly ledger logs")


def message(act: str, before: str, origin: str, reason: str, asked_at: int) -> bytes:
    """What is signed."""
    told = {"act": act, "before": before, "origin": origin, "reason": reason, "asked_at": asked_at}
    return b"duly.log.v1\n" + msgspec.json.encode(told, order="deterministic")
