"""The log that is there is checked whole, written to files with its checkpoints, and goes on by a new name.

It has the same entries, the same tree, a first checkpoint of its own, and no cosignature of before. So what
was kept of the old log stays true of the old log: receipts carry its checkpoint with them, and its files
verify with the same keys. What the old log had and the restored database has not is lost, and shown by
receipts and witnesses only; the reason says so.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, update

from duly.anew.requests import ASKED, BEGUN, Request, message, request_of
from duly.anew.tables import ledger_log
from duly.clock import Clock
from duly.errors import Conflict, Denied
from duly.ledger import Ledger, Signer, publish
from duly.ledger import checkpoint as checkpoints
from duly.ledger.sequencer import last_checkpoint
from duly.ledger.tables import CHECKPOINT, COSIGNATURE, WITNESS
from duly.ledger.verify import DatabaseLog, PublicKey, whole_log
from duly.reform.keys import LawKey, registered_keys, require_signs, verifies
from duly.store import Store

__all__ = ["Begun", "begin"]

_DOMAIN: Final = b"duly.log.v1"
_SECOND: Final = 1_000_000
_DONE = (
    update(ledger_log)
    .where(ledger_log.c.number == bindparam("which"), ledger_log.c.begun_at == 0)
    .values(
        begun_by=bindparam("public"),
        begun_signature=bindparam("signature"),
        begun_at=bindparam("at"),
        closed=bindparam("note"),
        entry=bindparam("told"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The log that was closed and the one that was begun, and how many entries both have."""

    before: str
    origin: str
    size: int


def begin(store: Store, signer: Signer, clock: Clock, number: int, key: LawKey, keep: Path) -> Begun:
    """Do what somebody else asked for; the closed log lies in `keep`. One that is not sound is left."""
    with store.read() as conn:
        request = _asked(conn, number, key, clock.today())
        last = last_checkpoint(conn, signer, request.before)
        if last is None:
            raise Conflict("There is nothing to close", detail="The log has no entry.", where=request.before)
        _require_sound(conn, signer)
        _require_new(keep)
        publish(conn, keep, history=True)
    with store.write() as conn:
        request = _asked(conn, number, key, clock.today())
        if last_checkpoint(conn, signer, request.before) != last:
            raise Conflict(
                "The log grew meanwhile",
                detail="Somebody still writes to it, and not all of it was kept.",
                where=request.before,
                hint="Stop the servers, and do it again with another directory.",
            )
        for table in (CHECKPOINT, COSIGNATURE, WITNESS):
            conn.execute(delete(table))
        first = checkpoints.sign(
            signer,
            origin=request.origin,
            size=last.size,
            root=last.root,
            time=max(clock.now() // _SECOND, last.time),
        )
        conn.execute(insert(CHECKPOINT), {"size": first.size, "note": first.note.encode()})
        _record(conn, Ledger(store, signer, request.origin, clock), request, last.note, key, clock.now())
    return Begun(before=request.before, origin=request.origin, size=last.size)


def _asked(conn: Connection, number: int, key: LawKey, today: int) -> Request:
    """What somebody else asked for, with a signature that holds."""
    request, known = request_of(conn, number), registered_keys(conn)
    require_signs(known, key, today)
    if request.begun_at:
        raise Conflict(
            "This is done already", detail=f"{request.origin} is begun.", where=f"request {number}"
        )
    theirs = {one.name for one in known if one.public == request.asked_by}
    said = message(ASKED, request.before, request.origin, request.reason, request.asked_at)
    if not theirs or not verifies(request.asked_by, request.asked_signature, said):
        raise Denied(
            "This was not asked by anybody who may",
            detail="Its signature does not verify: the row was written by somebody else.",
            where=f"request {number}",
        )
    if key.name in theirs:
        raise Denied(
            "It takes two people",
            detail=f"{key.name} has asked for it, and cannot do it.",
            where=f"request {number}",
            hint="Somebody else does.",
        )
    return request


def _require_sound(conn: Connection, signer: Signer) -> None:
    verdict = whole_log(DatabaseLog(conn), [PublicKey.parse(one) for one in signer.public_keys()])
    if not verdict.sound:
        raise Conflict(
            "The log is not sound",
            detail=f"{verdict.findings[0].where}: {verdict.findings[0].what}.",
            where="ledger",
            hint="Only a log that verifies can be gone on with: restore a copy that does.",
        )


def _require_new(keep: Path) -> None:
    if keep.exists() and any(keep.iterdir()):
        raise Conflict(
            "A closed log is kept apart", detail="Something lies there.", where=str(keep),
            hint="Name a new directory.",
        )  # fmt: skip


def _record(conn: Connection, ledger: Ledger, request: Request, closed: str, key: LawKey, now: int) -> None:
    """That it happened, as an entry of the new log and in the database."""
    told = msgspec.json.encode(
        {
            "before": request.before,
            "origin": request.origin,
            "reason": request.reason,
            "asked_at": request.asked_at,
            "begun_at": now,
            "closed": closed,
        }
    )
    ledger.pend(conn, [hashlib.sha256(_DOMAIN + told).digest()])
    said = message(BEGUN, request.before, request.origin, request.reason, request.asked_at)
    row = {
        "public": key.public,
        "signature": key.sign(said),
        "at": now,
        "note": closed.encode(),
        "told": told,
    }
    conn.execute(_DONE, {"which": request.number, **row})
