"""Nobody is forgotten while something of theirs is open, or while the law has it kept, and until when.

A pack declares in [retention] how many years payments are kept after the year in which they were made, and by
which law. What is about somebody holds them as what they hold themselves.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import BigInteger, BindParameter, Connection, bindparam, func, or_, select

from duly.delivery import cases
from duly.delivery.corrections import OVERDUE
from duly.delivery.tables import case, case_key, contest, payment, wake
from duly.entitlements.tables import mark
from duly.errors import NotFound
from duly.law import Pack
from duly.timeline import from_iso

__all__ = ["RETENTION", "Hold", "holds_of"]

RETENTION: Final = "retention"
_EPOCH: Final = date(1970, 1, 1)


class Hold(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody may not be forgotten yet; `until` is the first day on which it holds no more, if known.

    `kind` is what a pack's words call it: [erasure] hold_<kind> of its notices.
    """

    kind: str
    why: str
    law: str
    until: int | None


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    years: int
    law: str


_WHO: Final[BindParameter[int]] = bindparam("who", type_=BigInteger)
_CASE = (
    select(case.c.number)
    .outerjoin(case_key, case_key.c.number == case.c.number)
    .where(
        case.c.state == cases.OPEN,
        or_(case.c.holder == _WHO, case_key.c.holder == _WHO, case_key.c.about == _WHO),
    )
    .limit(1)
)
_CONTEST = (
    select(contest.c.number).where(contest.c.holder == _WHO, contest.c.state.in_(["open", OVERDUE])).limit(1)
)
_WAKE = select(wake.c.day).where(or_(wake.c.holder == _WHO, wake.c.about == _WHO)).limit(1)
_MARK = select(mark.c.programme).where(mark.c.holder == _WHO, mark.c.wanted > mark.c.done).limit(1)
_PAID = select(func.max(payment.c.day)).where(or_(payment.c.holder == _WHO, payment.c.about == _WHO))


def holds_of(conn: Connection, pack: Pack, subject: int, today: int) -> list[Hold]:
    """What holds a subject on a day; nothing where it may be forgotten."""
    found: list[Hold] = []
    open_ = [
        ("case", _CASE, "A case is open, or something is contested."),
        ("contest", _CONTEST, "A fact is contested, and its register has not answered."),
        ("wake", _WAKE, "Something is still to be paid, delivered or stopped."),
        ("mark", _MARK, "A decision is being made."),
    ]
    for kind, statement, why in open_:
        if conn.execute(statement, {"who": subject}).first() is not None:
            found.append(Hold(kind=kind, why=why, law="", until=None))
    last = conn.execute(_PAID, {"who": subject}).scalar()
    if last is not None:
        kept = _kept(pack)
        until = _after(last, kept.years)
        if until > today:
            paid = Hold(kind="payments", why="Records of payments are kept.", law=kept.law, until=until)
            found.append(paid)
    return found


def _kept(pack: Pack) -> _Kept:
    told: Any = pack.section(RETENTION).get("payments")
    if told is None:
        raise NotFound(
            "Nobody says how long payments are kept",
            detail="pack.toml has no [retention] payments, and no default stands in for law.",
            where=f"{pack.name}/pack.toml",
            hint='Write: payments = { years = 5, law = "..." }',
        )
    return msgspec.convert(told, _Kept)


def _after(day: int, years: int) -> int:
    """The first day after so many whole years that follow the year of `day`."""
    year = (_EPOCH + timedelta(days=day)).year
    return from_iso(f"{year + years + 1:04}-01-01")
