"""It takes two: who asks and who approves are different people, each by a registered key of their own.

The keys are those with which people sign law. What is signed is the subject's number, the ground, the
reason and the instant at which it was asked.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from duly.errors import BadInput, Conflict, Denied, NotFound, near_miss
from duly.forget.holds import Hold, holds_of
from duly.forget.tables import forgetting
from duly.law import Pack
from duly.reform.keys import LawKey, registered_keys, require_signs, verifies
from duly.timeline import to_iso

__all__ = [
    "APPROVED",
    "ASKED",
    "COLUMNS",
    "DONE",
    "REFUSED",
    "WANTED",
    "WITHDRAWN",
    "Request",
    "approve",
    "ask",
    "refuse",
    "request_in",
    "request_of",
    "requests",
    "require_two",
    "take_up",
]

ASKED, APPROVED, REFUSED, DONE = "asked", "approved", "refused", "done"
WANTED, WITHDRAWN = "wanted", "withdrawn"
"""What the subject says themselves: nobody has signed it yet, or it was taken back."""
GROUNDS: Final = "grounds_to_forget"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it stands; `subject` is None once it is done. See `tables` for what is empty, and when."""

    number: int
    subject: int | None
    ground: str
    reason: str
    asked_by: bytes
    asked_signature: bytes
    asked_at: int
    state: str
    answered_by: bytes | None
    answered_signature: bytes | None
    answered_at: int
    why: str
    done_at: int
    wanted_on: int
    answer_by: int
    told: str

    def is_late(self, today: int) -> bool:
        """Whether whoever asked themselves should have had an answer by now."""
        return self.state in (WANTED, ASKED) and 0 < self.answer_by < today


_FIELDS: Final = Request.__struct_fields__
COLUMNS: Final = [forgetting.c[name] for name in _FIELDS]
_ALL = select(*COLUMNS).order_by(forgetting.c.number)
_ONE = _ALL.where(forgetting.c.number == bindparam("which"))
_OPEN = select(forgetting.c.number, forgetting.c.state).where(
    forgetting.c.subject == bindparam("who"), forgetting.c.state.in_([WANTED, ASKED, APPROVED])
)
_TAKE_UP = (
    update(forgetting)
    .where(forgetting.c.number == bindparam("which"), forgetting.c.state == WANTED)
    .values(
        state=ASKED,
        asked_by=bindparam("public"),
        asked_signature=bindparam("signature"),
        asked_at=bindparam("at"),
    )
)
_ANSWER = (
    update(forgetting)
    .where(forgetting.c.number == bindparam("which"), forgetting.c.state == ASKED)
    .values(
        state=bindparam("now"),
        answered_by=bindparam("public"),
        answered_signature=bindparam("signature"),
        answered_at=bindparam("at"),
        why=bindparam("because"),
    )
)


def grounds(pack: Pack) -> dict[str, str]:
    """The law under which somebody may be forgotten, by the ground's name."""
    return {name: str(law) for name, law in pack.section(GROUNDS).items()}


def ask(
    conn: Connection, pack: Pack, subject: int, ground: str, reason: str, key: LawKey, *, today: int, now: int
) -> Request:
    """Ask that a subject be forgotten. Conflict where that is asked already."""
    require_signs(registered_keys(conn), key, today)
    known = grounds(pack)
    if ground not in known:
        raise BadInput(
            "Not a ground to forget",
            detail=f"{ground!r} is none of {', '.join(known)}.",
            where="--ground",
            hint=near_miss(ground, known) or f"See [{GROUNDS}] in the pack.",
        )
    if (open_ := conn.execute(_OPEN, {"who": subject}).first()) is not None:
        before = open_.number
        raise Conflict(
            "This is asked already",
            detail=f"Request {before} is about the same subject.",
            where=f"request {before}",
            hint=f"Somebody else answers it: duly forget approve {before}"
            if open_.state != WANTED
            else f"It is the person's own: duly forget take-up {before}",
        )
    row: dict[str, Any] = {
        "subject": subject, "ground": ground, "reason": reason, "asked_by": key.public, "asked_at": now,
        "asked_signature": key.sign(_message(ASKED, subject, ground, reason, now)), "state": ASKED,
        "answered_at": 0, "why": "", "done_at": 0,
    }  # fmt: skip
    made = conn.execute(insert(forgetting).values(row)).inserted_primary_key
    assert made is not None  # noqa: S101 - the key counts by itself
    return request_of(conn, int(made[0]))


def take_up(conn: Connection, number: int, key: LawKey, *, today: int, now: int) -> Request:
    """Put what a subject wants before a second officer, signed by a first one."""
    require_signs(registered_keys(conn), key, today)
    request = request_of(conn, number)
    if request.state != WANTED:
        raise Conflict(
            "This is taken up already", detail=f"It is {request.state}.", where=f"request {number}"
        )
    message = _message(ASKED, _subject(request), request.ground, request.reason, now)
    conn.execute(_TAKE_UP, {"which": number, "public": key.public, "signature": key.sign(message), "at": now})
    return request_of(conn, number)


def approve(conn: Connection, pack: Pack, number: int, key: LawKey, *, today: int, now: int) -> Request:
    """Approve a request, as somebody else than who asked. Conflict while the law holds, and until when."""
    request = _asked(conn, number, key, today)
    if found := holds_of(conn, pack, _subject(request), today):
        raise _held(request, found)
    return _answer(conn, request, APPROVED, "", key, now)


def refuse(conn: Connection, number: int, why: str, key: LawKey, *, today: int, now: int) -> Request:
    """Refuse a request, with the reason that the person is told."""
    return _answer(conn, _asked(conn, number, key, today), REFUSED, why, key, now)


def requests(conn: Connection) -> list[Request]:
    """All requests, in order of time."""
    return [request_in(row) for row in conn.execute(_ALL)]


def request_of(conn: Connection, number: int) -> Request:
    """One request. NotFound where there is none of this number."""
    row = conn.execute(_ONE, {"which": number}).one_or_none()
    if row is None:
        raise NotFound(
            "No such request", detail=f"There is no request {number}.", hint="See: duly forget list"
        )
    return request_in(row)


def require_two(conn: Connection, request: Request) -> None:
    """Denied where two different people did not sign it: the row was written by somebody else."""
    names = {one.public: one.name for one in registered_keys(conn)}
    subject, by = _subject(request), (request.asked_by, request.answered_by or b"")
    acts = [
        (by[0], request.asked_signature, ASKED),
        (by[1], request.answered_signature or b"", APPROVED),
    ]
    good = [
        verifies(public, signature, _message(act, subject, request.ground, request.reason, request.asked_at))
        for public, signature, act in acts
    ]
    if not all(good) or len({names.get(public, "") for public in by} - {""}) < len(by):
        raise Denied(
            "This was not approved by two",
            detail="A signature does not verify, or both are one person's.",
            where=f"request {request.number}",
            hint="Whoever changed the database has to say so; ask for it again.",
        )


def _asked(conn: Connection, number: int, key: LawKey, today: int) -> Request:
    request, known = request_of(conn, number), registered_keys(conn)
    require_signs(known, key, today)
    if request.state == WANTED:
        raise Conflict(
            "Nobody has taken this up yet",
            detail="It takes two people, and nobody has signed it.",
            where=f"request {number}",
            hint=f"First: duly forget take-up {number}",
        )
    if request.state != ASKED:
        raise Conflict(
            "This is answered already", detail=f"It is {request.state}.", where=f"request {number}"
        )
    if key.name in {one.name for one in known if one.public == request.asked_by}:
        raise Denied(
            "It takes two people",
            detail=f"{key.name} has asked for it, and cannot answer it.",
            where=f"request {number}",
            hint="Somebody else answers.",
        )
    return request


def _answer(conn: Connection, request: Request, state: str, why: str, key: LawKey, now: int) -> Request:
    message = _message(state, _subject(request), request.ground, request.reason, request.asked_at)
    row = {"now": state, "public": key.public, "signature": key.sign(message), "at": now, "because": why}
    conn.execute(_ANSWER, {"which": request.number, **row})
    return request_of(conn, request.number)


def _held(request: Request, found: list[Hold]) -> Conflict:
    days = [hold.until for hold in found]
    until = max((day for day in days if day is not None), default=None)
    told = " ".join(hold.why + (f" ({hold.law})" if hold.law else "") for hold in found)
    known = until is not None and None not in days
    return Conflict(
        "The law holds this",
        detail=told,
        where=f"request {request.number}",
        hint=f"Approve it from {to_iso(until)} on."
        if known and until is not None
        else "Settle what is open first.",
    )


def _subject(request: Request) -> int:
    if request.subject is None:
        raise Conflict(
            "This is done already", detail="Nobody is named any more.", where=f"request {request.number}"
        )
    return request.subject


def request_in(row: Any) -> Request:
    """The request that a row of `COLUMNS` is."""
    return Request(**dict(zip(_FIELDS, row, strict=True)))


def _message(act: str, subject: int, ground: str, reason: str, asked_at: int) -> bytes:
    told = {"act": act, "subject": subject, "ground": ground, "reason": reason, "asked_at": asked_at}
    return b"duly.forget.v1\n" + msgspec.json.encode(told, order="deterministic")
