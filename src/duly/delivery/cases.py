"""A case is what a human has to decide; it stays open as long as something in it waits, and no longer.

What waits for one family with one agency is one case, whichever programmes and holders it concerns, so that
what one gains and another loses is decided together. The proposals are sealed, each under its own holder.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from enum import Enum
from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, delete, exists, insert, select, update

from duly.delivery.groups import Groups
from duly.delivery.payments import Month
from duly.delivery.tables import case as case_table
from duly.delivery.tables import case_key as key_table
from duly.entitlements import Key, Profiles, Reason, Segment
from duly.entitlements.judge import Judged
from duly.store import upsert
from duly.vault import Box, Plain, Use, Vault, bucket

__all__ = [
    "CASE",
    "OPEN",
    "Case",
    "CaseKind",
    "Proposal",
    "Waits",
    "found",
    "new_number",
    "open_cases",
    "proposals",
    "put",
    "settle_empty",
    "waits_of",
]

CASE: Final = "case"
OPEN: Final = "open"
SETTLED: Final = "settled"
_LOW: Final = 47


class CaseKind(Enum):
    """Why there is a case; a key waits in at most one of each kind, but for BRAKE, which gathers others.

    CONTEST: somebody objects to a decision. ASK: somebody wants to talk to a human. FACT: a register did not
    answer in time whether a fact is right.
    """

    TAKES = "takes"
    REVIEW = "review"
    CONFLICT = "conflict"
    OVERPAID = "overpaid"
    CONTEST = "contest"
    DISAGREE = "disagree"
    ASK = "ask"
    FACT = "fact"
    BRAKE = "brake"


class Proposal(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is proposed for a key: segments that would act, or overpaid months to be claimed back; and why."""

    segments: tuple[Segment, ...]
    months: tuple[Month, ...]
    reason: str


class Waits(msgspec.Struct, frozen=True, kw_only=True):
    """Something of a key that waits for a human; `proposal` None says that it does no longer."""

    key: Key
    kind: CaseKind
    proposal: Proposal | None
    source: str


class Case(NamedTuple):
    """A case by what stands in clear. `people`: how many have to agree; `opened` is a day."""

    number: int
    holder: int
    agency: str
    kind: str
    people: int
    opened: int
    state: str
    source: str


_COLUMNS = [case_table.c[name] for name in Case._fields]
_HERE = (
    select(key_table.c.holder, key_table.c.programme, key_table.c.about, key_table.c.kind,
           key_table.c.number, key_table.c.version, case_table.c.kind, case_table.c.agency)
    .join(case_table, case_table.c.number == key_table.c.number)
    .where(key_table.c.holder.in_(bindparam("holders", expanding=True)))
)  # fmt: skip
_KEEP = upsert(key_table, ["holder", "programme", "about", "kind"])
_DROP = delete(key_table).where(
    key_table.c.holder == bindparam("of"),
    key_table.c.programme == bindparam("under"),
    key_table.c.about == bindparam("for_"),
    key_table.c.kind == bindparam("because"),
)
_JOINT = (
    update(case_table)
    .where(
        case_table.c.number.in_(bindparam("numbers", expanding=True)),
        ~case_table.c.joint,
        exists().where(key_table.c.number == case_table.c.number, key_table.c.holder != case_table.c.holder),
    )
    .values(joint=True)
)
_SETTLE = (
    update(case_table)
    .where(
        case_table.c.number.in_(bindparam("numbers", expanding=True)),
        case_table.c.state == OPEN,
        ~exists().where(key_table.c.number == case_table.c.number),
    )
    .values(state=SETTLED)
)
_KEYS = (
    select(key_table)
    .where(
        key_table.c.number == bindparam("case"),
        key_table.c.programme.in_(bindparam("programmes", expanding=True)),
    )
    .order_by(key_table.c.holder, key_table.c.programme, key_table.c.about, key_table.c.kind)
)
_PROPOSAL = msgspec.msgpack.Decoder(Proposal)


class _Row(NamedTuple):
    """A key that already waits in a case."""

    holder: int
    programme: str
    about: int
    kind: str
    number: int
    version: int
    case_kind: str
    agency: str

    @property
    def place(self) -> tuple[Key, str]:
        return Key(self.holder, self.programme, self.about), self.kind


def waits_of(judged: Judged, source: str) -> list[Waits]:
    """What of a judged key waits for a human, by kind, and what of it does no longer."""
    stands = judged.held.entitlement
    before = judged.before.entitlement.waiting if judged.before else ()
    waits: list[Waits] = []
    for kind, reasons, why in (
        (CaseKind.TAKES, (Reason.TAKES, Reason.SHARED), stands.review),
        (CaseKind.REVIEW, (Reason.REVIEW,), stands.review),
        (CaseKind.CONFLICT, (Reason.CONFLICT,), judged.conflict),
    ):
        now = tuple(s for s in stands.waiting if s.waits in reasons)
        was = tuple(s for s in before if s.waits in reasons)
        if now == was:
            continue
        proposal = Proposal(segments=now, months=(), reason=why) if now else None
        waits.append(Waits(key=judged.held.key, kind=kind, proposal=proposal, source=source))
    return waits


def put(conn: Connection, vault: Vault, profiles: Profiles, waits: Sequence[Waits], today: int) -> list[int]:
    """Open, change and settle cases so that they hold exactly what waits; the numbers of those it opened."""
    if not waits:
        return []
    holders = sorted({one.key.holder for one in waits})
    here = [_Row(*row) for row in conn.execute(_HERE, {"holders": holders})]
    there = {row.place: row for row in here}
    gone = [
        there[w.key, w.kind.value] for w in waits if w.proposal is None and (w.key, w.kind.value) in there
    ]
    _drop(conn, gone)
    kept = [one for one in waits if one.proposal is not None]
    numbers = _numbered(profiles, kept, there)
    opened = _open(conn, profiles, kept, numbers, {row.number for row in here}, today)
    _write(conn, vault, kept, numbers, there, today)
    if kept:
        conn.execute(_JOINT, {"numbers": sorted(set(numbers.values()))})
    settle_empty(conn, {row.number for row in gone})
    return opened


def settle_empty(conn: Connection, numbers: Iterable[int]) -> None:
    """Settle those of these cases in which nothing waits any more."""
    wanted = list(numbers)
    if wanted:
        conn.execute(_SETTLE, {"numbers": wanted})


def open_cases(conn: Connection, agency: str, limit: int) -> list[Case]:
    """The open cases of an agency, the oldest first."""
    statement = (
        select(*_COLUMNS)
        .where(case_table.c.state == OPEN, case_table.c.agency == agency)
        .order_by(case_table.c.opened, case_table.c.number)
        .limit(limit)
    )
    return [Case(*row) for row in conn.execute(statement)]


def found(conn: Connection, number: int) -> Case | None:
    """The case with this number."""
    row = conn.execute(select(*_COLUMNS).where(case_table.c.number == number)).first()
    return None if row is None else Case(*row)


def proposals(
    conn: Connection, vault: Vault, use: Use, number: int, programmes: Iterable[str]
) -> list[tuple[Key, CaseKind, Proposal]]:
    """What waits in a case under these programmes, opened for a use."""
    rows = conn.execute(_KEYS, {"case": number, "programmes": list(programmes)}).all()
    boxes = [
        Box(
            subject=row.holder,
            category=CASE,
            version=_bound(Key(*row[:3]), CaseKind(row.kind), row.version),
            sealed=row.sealed,
        )
        for row in rows
    ]
    opened = vault.open(conn, use, boxes) if boxes else []
    return [
        (Key(*row[:3]), CaseKind(row.kind), _PROPOSAL.decode(data))
        for row, data in zip(rows, opened, strict=True)
    ]


def new_number(holder: int) -> int:
    """A number for a case, in its holder's bucket."""
    return bucket(holder) << _LOW | (secrets.randbelow(2**_LOW - 1) + 1)


def _numbered(
    profiles: Profiles, kept: Sequence[Waits], there: Mapping[tuple[Key, str], _Row]
) -> dict[tuple[Key, str], int]:
    """The case of everything that waits: its own, or that of what it hangs together with, or a new one."""
    groups = Groups()
    of_place: dict[tuple[Key, str], tuple[object, ...]] = {}
    for row in there.values():
        if row.case_kind != CaseKind.BRAKE.value:
            ends = _ends(row.agency, CaseKind(row.kind), row.place[0])
            groups.join(*ends)
            groups.number(ends[0], row.number)
    for one in kept:
        place = (one.key, one.kind.value)
        ends = _ends(profiles[one.key.programme].agency, one.kind, one.key)
        groups.join(*ends)
        of_place[place] = ends[0]
    numbers: dict[tuple[Key, str], int] = {}
    for one in kept:
        place = (one.key, one.kind.value)
        if place in there:
            numbers[place] = there[place].number
        else:
            numbers[place] = groups.number(of_place[place], new_number(one.key.holder))
    return numbers


def _ends(agency: str, kind: CaseKind, key: Key) -> tuple[tuple[object, ...], tuple[object, ...]]:
    return (agency, kind, key.holder), (agency, kind, key.about)


def _open(
    conn: Connection,
    profiles: Profiles,
    kept: Sequence[Waits],
    numbers: Mapping[tuple[Key, str], int],
    known: set[int],
    today: int,
) -> list[int]:
    rows: dict[int, dict[str, object]] = {}
    for one in kept:
        number = numbers[one.key, one.kind.value]
        if number not in known and number not in rows:
            rows[number] = {
                "number": number,
                "holder": one.key.holder,
                "agency": profiles[one.key.programme].agency,
                "kind": one.kind.value,
                "people": 1,
                "opened": today,
                "state": OPEN,
                "source": one.source,
            }
    if rows:
        conn.execute(insert(case_table), list(rows.values()))
    return list(rows)


def _write(
    conn: Connection,
    vault: Vault,
    kept: Sequence[Waits],
    numbers: Mapping[tuple[Key, str], int],
    there: Mapping[tuple[Key, str], _Row],
    today: int,
) -> None:
    if not kept:
        return
    plain: list[Plain] = []
    rows: list[dict[str, object]] = []
    for one in kept:
        place = (one.key, one.kind.value)
        version = there[place].version + 1 if place in there else 1
        bound = _bound(one.key, one.kind, version)
        data = msgspec.msgpack.encode(one.proposal)
        plain.append(Plain(subject=one.key.holder, category=CASE, version=bound, data=data))
        rows.append(
            {
                **one.key._asdict(),
                "kind": one.kind.value,
                "number": numbers[place],
                "version": version,
                "source": one.source,
                "day": today,
            }
        )
    for row, sealed in zip(rows, vault.seal(conn, plain), strict=True):
        row["sealed"] = sealed
    conn.execute(_KEEP, rows)


def _drop(conn: Connection, gone: Sequence[_Row]) -> None:
    if gone:
        conn.execute(
            _DROP,
            [
                {"of": row.holder, "under": row.programme, "for_": row.about, "because": row.kind}
                for row in gone
            ],
        )


def _bound(key: Key, kind: CaseKind, version: int) -> int:
    return key.bound(f"case {kind.value}", version)
