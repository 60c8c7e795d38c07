"""What the server can say of itself when two years are loaded: decisions, cases, and what was due per month.

Decisions are sealed, so that counting them is a use like any other: each holder sees it on their page.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, func, select

from duly.delivery.cases import CASE, OPEN, Case, CaseKind, open_cases, proposals
from duly.delivery.tables import case
from duly.entitlements import UNKNOWN, Due, Key, Profiles, use_of, value_at
from duly.entitlements.holdings import DECISION, ENTITLEMENT, held_by, read_decisions
from duly.entitlements.tables import decision, entitlement
from duly.events.tables import inbox
from duly.ledger.tables import LEAF
from duly.vault import Use

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["account"]

ABOUT: Final = "demo/summary"
EVERY: Final = 100_000
WHY: Final = {
    CaseKind.TAKES: "would stop or lower: a person decides",
    CaseKind.OVERPAID: "months paid too much",
    CaseKind.CONTEST: "somebody says that it is wrong",
    CaseKind.DISAGREE: "two guardians chose differently",
    CaseKind.BRAKE: "one source would take from too many: two people decide",
}
EPOCH: Final = date(1970, 1, 1).toordinal()


def account(app: App, first: date, last: date) -> dict[str, Any]:
    """Counts of all that stands in the database, and sums per month of [first, last]."""
    profiles = Profiles(app.pack)
    with app.worker.acting.write() as conn:
        return {
            "inbox": _by(conn, inbox.c.state),
            "decisions": dict(_decisions(app, conn, profiles)),
            "cases": dict(_cases(app, conn, profiles)),
            "months": _months(app, conn, profiles, list(_firsts(first, last))),
            "currency": app.pack.currency,
            "uses": conn.scalar(select(func.count()).select_from(LEAF)),
        }


def _by(conn: Connection, column: Any) -> dict[str, int]:
    return {str(value): count for value, count in conn.execute(select(column, func.count()).group_by(column))}


def _decisions(app: App, conn: Connection, profiles: Profiles) -> Counter[str]:
    """Segments of all decisions by what they did; those that wait for a human apart."""
    found: Counter[str] = Counter()
    for names, use in _uses(app, profiles, DECISION):
        rows = conn.execute(select(decision).where(decision.c.programme.in_(names))).all()
        keyed = [(Key(row.holder, row.programme, row.about), row.version, row.sealed) for row in rows]
        for one in read_decisions(conn, app.vault, use, keyed):
            found.update({segment.kind.value for segment in one.acted})
            if one.waiting:
                found["waiting for a person"] += 1
    return found


def _cases(app: App, conn: Connection, profiles: Profiles) -> Counter[str]:
    """Open cases by why they are there, and how many are settled."""
    found: Counter[str] = Counter()
    for names, use in _uses(app, profiles, CASE):
        for one in open_cases(conn, profiles[names[0]].agency, EVERY):
            found.update(_why(app, conn, use, names, one))
    settled = conn.scalar(select(func.count()).select_from(case).where(case.c.state != OPEN)) or 0
    return found + Counter({"settled": settled})


def _why(app: App, conn: Connection, use: Use, names: tuple[str, ...], one: Case) -> set[str]:
    """Why people are asked: the kind in words, or the sentence of the review."""
    if one.kind == CaseKind.BRAKE.value:
        return {WHY[CaseKind.BRAKE]}
    waiting = proposals(conn, app.vault, use, one.number, names)
    return {WHY.get(kind, proposal.reason) for _, kind, proposal in waiting}


def _months(app: App, conn: Connection, profiles: Profiles, months: list[date]) -> dict[str, dict[str, int]]:
    """What stands for the first of each month, in minor units, by programme."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for names, use in _uses(app, profiles, ENTITLEMENT):
        holders = conn.scalars(
            select(entitlement.c.holder).where(entitlement.c.programme.in_(names)).distinct()
        )
        for key, held in held_by(conn, app.vault, use, holders, names).items():
            place = profiles[key.programme].terms.amount
            for month, amount in _amounts(held.entitlement.standing, months, place):
                sums[f"{month:%Y-%m}"][key.programme] += amount
    return {month: dict(row) for month, row in sums.items()}


def _amounts(standing: Due, months: Iterable[date], place: int) -> Iterator[tuple[date, int]]:
    for month in months:
        value = value_at(standing, month.toordinal() - EPOCH)
        if value is not None and value != UNKNOWN and place >= 0 and value[place]:
            yield month, value[place]


def _uses(app: App, profiles: Profiles, category: str) -> Iterator[tuple[tuple[str, ...], Use]]:
    for purpose, names in profiles.purposes().items():
        agency = profiles[names[0]].agency
        yield names, use_of(app.pack, agency, purpose, frozenset({category}), ABOUT)


def _firsts(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)
