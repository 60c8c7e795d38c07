"""If one source or law would take from more than a declared share in a day, all of it waits for two people.

The whole is how many marks the source caused that day; the share is how many keys it made to wait. From then
on everything that it takes that day is gathered in one case, which two different people have to approve.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction

import msgspec
from sqlalchemy import Connection, bindparam, func, insert, select, update

from duly.delivery.cases import OPEN, CaseKind, new_number, settle_empty
from duly.delivery.tables import case as case_table
from duly.delivery.tables import case_key as key_table
from duly.delivery.tables import source_day
from duly.entitlements import Profiles
from duly.law import Pack
from duly.store import upsert

__all__ = ["Brake", "apply", "count"]


class Brake(msgspec.Struct, frozen=True, kw_only=True):
    """More than this share, and more than this many."""

    share: Fraction
    at_least: int

    @classmethod
    def of(cls, pack: Pack) -> Brake:
        """From [brake] of pack.toml."""
        told = pack.section("brake")
        return cls(share=Fraction(told["share"]), at_least=int(told["at_least"]))

    def trips(self, took: int, touched: int) -> bool:
        return took > self.at_least and took > self.share * touched


_ROWS = upsert(source_day, ["source", "day"], [])
_TOUCHED = select(source_day.c.touched).where(
    source_day.c.source == bindparam("from_"), source_day.c.day == bindparam("on")
)
_ADD = (
    update(source_day)
    .where(source_day.c.source == bindparam("from_"), source_day.c.day == bindparam("on"))
    .values(touched=source_day.c.touched + bindparam("more"))
)
_TAKES = (
    (key_table.c.kind == CaseKind.TAKES.value)
    & (key_table.c.source == bindparam("from_"))
    & (key_table.c.day == bindparam("on"))
    & key_table.c.programme.in_(bindparam("programmes", expanding=True))
)
_HOW_MANY = select(func.count()).where(_TAKES)
_FIRST = select(func.min(key_table.c.holder)).where(_TAKES)
_APART = (
    select(key_table.c.number)
    .join(case_table, case_table.c.number == key_table.c.number)
    .where(_TAKES, case_table.c.kind != CaseKind.BRAKE.value)
    .distinct()
)
_GATHER = update(key_table).where(_TAKES).values(number=bindparam("into"))
_THERE = select(case_table.c.number).where(
    case_table.c.kind == CaseKind.BRAKE.value,
    case_table.c.state == OPEN,
    case_table.c.source == bindparam("from_"),
    case_table.c.opened == bindparam("on"),
    case_table.c.agency == bindparam("of"),
)


def count(conn: Connection, marks: Mapping[str, int], today: int) -> None:
    """Count the marks that each source caused today."""
    if marks:
        conn.execute(_ROWS, [{"source": source, "day": today, "touched": 0} for source in marks])
        conn.execute(_ADD, [{"from_": source, "on": today, "more": n} for source, n in marks.items()])


def apply(
    conn: Connection, brake: Brake, profiles: Profiles, sources: Iterable[str], today: int
) -> list[int]:
    """Gather what these sources took today where it is more than the share; the numbers of such cases."""
    held: list[int] = []
    for source in sorted(set(sources)):
        for agency, programmes in profiles.of_agencies().items():
            at = {"from_": source, "on": today, "programmes": list(programmes)}
            took = conn.execute(_HOW_MANY, at).scalar_one()
            touched = conn.execute(_TOUCHED, {"from_": source, "on": today}).scalar() or 0
            if brake.trips(took, touched):
                held.append(_gather(conn, agency, at))
    return held


def _gather(conn: Connection, agency: str, at: Mapping[str, object]) -> int:
    apart = [row.number for row in conn.execute(_APART, dict(at))]
    number = conn.execute(_THERE, {**at, "of": agency}).scalar()
    if number is None:
        holder = conn.execute(_FIRST, dict(at)).scalar_one()
        number = new_number(holder)
        row = {
            "number": number,
            "holder": holder,
            "agency": agency,
            "kind": CaseKind.BRAKE.value,
            "people": 2,
            "opened": at["on"],
            "state": OPEN,
            "source": at["from_"],
        }
        conn.execute(insert(case_table), [row])
    conn.execute(_GATHER, {**at, "into": number})
    settle_empty(conn, apart)
    return number
