"""A contested fact is its register's to mend: it is asked once; to its silence a human answers.

What stands of a contest is read from the facts, whenever something about it is touched or its deadline comes;
rows only say what was asked and what the person was told. Running anything twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from duly.delivery import wakes
from duly.delivery.cases import CASE, CaseKind, Proposal, Waits
from duly.delivery.registers import Registers
from duly.delivery.tables import contest as contest_table
from duly.delivery.tables import correction as correction_table
from duly.entitlements import Cause, Key, Profiles
from duly.errors import NotFound
from duly.facts import Contest, Standing, Touched, contests_of, intake_use, load
from duly.facts.contests import Declared, contests_in, declared
from duly.law import ABSENT, Pack
from duly.law.plan import affected
from duly.store import upsert
from duly.timeline import BEGIN, END_OF_TIME, to_iso
from duly.vault import Box, Departments, Plain, Use, Vault, spelled

__all__ = [
    "ORDERED",
    "OVERDUE",
    "SENT",
    "TELLS",
    "Corrections",
    "Followed",
    "contesting",
    "now_told",
    "untold",
]

ORDERED: Final = "ordered"
SENT: Final = "sent"
OVERDUE: Final = "overdue"
IDENTIFIER: Final = "identifier"
TOLD: Final = "notice"
"""The category under which what is to be told is sealed; what a register is asked is under that of cases."""
TELLS: Final = frozenset({OVERDUE, *(s.value for s in Standing)} - {"open", "withdrawn"})
"""The states that a person hears of; what they said or took back themselves they know."""


class Followed(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What is sealed of a contest, to tell of it: what it was about, how it stands, by which events."""

    state: str
    name: str
    fact: str
    register: str
    said_on: int
    deadline: int
    register_says: str
    officer_says: str
    causes: tuple[Cause, ...]


class _Row(NamedTuple):
    """A contest as it was followed last."""

    holder: int
    number: int
    programme: str
    state: str
    deadline: int
    told: bool
    version: int


_COLUMNS = [contest_table.c[name] for name in _Row._fields]
_OF = select(*_COLUMNS).where(contest_table.c.holder.in_(bindparam("holders", expanding=True)))
_KEEP = upsert(contest_table, ["holder", "number"])
_ORDERS = correction_table.c
_ASKED = (
    select(_ORDERS.holder, _ORDERS.contest, _ORDERS.number, _ORDERS.asks)
    .where(_ORDERS.holder.in_(bindparam("holders", expanding=True)))
    .order_by(_ORDERS.number)
)
_TO_SEND = (
    select(correction_table)
    .where(_ORDERS.state == ORDERED)
    .order_by(_ORDERS.holder, _ORDERS.contest, _ORDERS.number)
    .limit(bindparam("most"))
)
_SENT = (
    update(correction_table)
    .where(
        _ORDERS.holder == bindparam("of"),
        _ORDERS.contest == bindparam("about"),
        _ORDERS.number == bindparam("numbered"),
    )
    .values(state=SENT)
)
_CONTESTING = select(contest_table.c.holder).where(
    contest_table.c.holder.in_(bindparam("holders", expanding=True)),
    contest_table.c.state.in_([Standing.OPEN.value, OVERDUE, Standing.UPHELD.value]),
)


_UNTOLD = (
    select(contest_table)
    .where(contest_table.c.told.is_(False))
    .order_by(contest_table.c.holder, contest_table.c.number)
    .limit(bindparam("most"))
)
_NOW_TOLD = (
    update(contest_table)
    .where(contest_table.c.holder == bindparam("of"), contest_table.c.number == bindparam("numbered"))
    .values(told=True)
)
_FOLLOWED = msgspec.msgpack.Decoder(Followed)


def contesting(conn: Connection, holders: Collection[int]) -> set[int]:
    """Those of these subjects who contest a fact that is in doubt."""
    return set(conn.scalars(_CONTESTING, {"holders": list(holders)})) if holders else set()


def untold(conn: Connection, vault: Vault, use: Use, limit: int) -> list[tuple[int, int, Followed]]:
    """(holder, contest, how it stands) of which the person has still to hear, opened for a use."""
    rows = conn.execute(_UNTOLD, {"most": limit}).all()
    boxes = [
        Box(
            subject=row.holder,
            category=TOLD,
            version=_bound(row.holder, row.number, "contest", row.version),
            sealed=row.sealed,
        )
        for row in rows
    ]
    opened = vault.open(conn, use, boxes) if boxes else []
    return [(row.holder, row.number, _FOLLOWED.decode(data)) for row, data in zip(rows, opened, strict=True)]


def now_told(conn: Connection, told: Iterable[tuple[int, int]]) -> None:
    """The people who hold these contests have heard."""
    rows = [{"of": holder, "numbered": number} for holder, number in told]
    if rows:
        conn.execute(_NOW_TOLD, rows)


class Corrections:
    """Follows the contests of a pack; does nothing where the pack takes none."""

    def __init__(
        self, pack: Pack, profiles: Profiles, vault: Vault, registers: Registers, departments: Departments
    ) -> None:
        self._pack, self._profiles, self._vault, self._registers = pack, profiles, vault, registers
        self._departments, self._declared = departments, declared(pack)

    def follow(self, conn: Connection, touched: Iterable[Touched], today: int) -> list[Waits]:
        """What of these subjects' contests is different now; registers are asked, and it says what waits."""
        told = self._declared
        events = {one.subject: one for one in touched}
        if told is None or not events:
            return []
        known = {row.holder for row in self._rows(conn, events)}
        concerned = {
            subject: tuple(Cause(*event) for event in one.events)
            for subject, one in events.items()
            if subject in known or any(name.partition(".")[0] == told.link for name in one.attributes)
        }
        return self._follow(conn, told, concerned, today)

    def awake(self, conn: Connection, today: int, most: int) -> tuple[int, list[Waits]]:
        """Look at contests whose deadline may have come; how many, and what waits for a human now."""
        keys = wakes.due_contests(conn, today, most)
        if not keys or self._declared is None:
            return 0, []
        wakes.put(conn, dict.fromkeys(keys))
        return len(keys), self._follow(conn, self._declared, {key.holder: () for key in keys}, today)

    def send(self, conn: Connection, limit: int) -> int:
        """Hand up to `limit` requests to their registers; how many. A crash repeats it, with one outcome."""
        rows = conn.execute(_TO_SEND, {"most": limit}).all()
        if not rows:
            return 0
        boxes = [
            Box(
                subject=row.holder,
                category=CASE,
                version=_bound(row.holder, row.contest, "correction", row.number),
                sealed=row.sealed,
            )
            for row in rows
        ]
        for row, content in zip(
            rows, self._vault.open(conn, intake_use(self._pack, {CASE}), boxes), strict=True
        ):
            self._registers.ask(row.register, msgspec.json.decode(content)["request"], content)
        conn.execute(_SENT, [{"of": r.holder, "about": r.contest, "numbered": r.number} for r in rows])
        return len(rows)

    def _rows(self, conn: Connection, holders: Iterable[int]) -> list[_Row]:
        return [_Row(*row) for row in conn.execute(_OF, {"holders": sorted(holders)})]

    def _follow(
        self, conn: Connection, told: Declared, concerned: Mapping[int, tuple[Cause, ...]], today: int
    ) -> list[Waits]:
        if not concerned:
            return []
        before = {(row.holder, row.number): row for row in self._rows(conn, concerned)}
        contests = self._contests(conn, told, concerned)
        changed: list[tuple[int, Contest, str, _Row | None]] = []
        for holder, found in contests.items():
            for one in found:
                row, state = before.get((holder, one.number)), _state(one, told, today)
                if row is None or row.state != state:
                    changed.append((holder, one, state, row))
        self._keep(conn, told, changed, concerned)
        self._ask(conn, told, contests)
        self._sleep(conn, told, contests, today)
        return self._waiting(told, contests, concerned, today)

    def _contests(
        self, conn: Connection, told: Declared, subjects: Iterable[int]
    ) -> dict[int, list[Contest]]:
        """What these people contest, with the contested facts."""
        case = self._category(f"{told.link}.present")
        use = intake_use(self._pack, self._pack.vocabulary.categories())
        records = load(conn, self._vault, use, subjects, {case})
        facts = {
            number: {self._category(one.fact) for one in contests_of(self._pack, record, {})}
            for number, record in records.items()
        }
        wanted = frozenset[str]().union({case}, *facts.values())
        opened = load(conn, self._vault, use, [n for n, found in facts.items() if found], wanted)
        return contests_in(conn, self._vault, self._pack, opened)

    def _category(self, attribute: str) -> str:
        return self._pack.vocabulary.attribute(attribute).category

    def _keep(
        self,
        conn: Connection,
        told: Declared,
        changed: Sequence[tuple[int, Contest, str, _Row | None]],
        causes: Mapping[int, tuple[Cause, ...]],
    ) -> None:
        if not changed:
            return
        rows: list[dict[str, Any]] = []
        plain: list[Plain] = []
        for holder, one, state, row in changed:
            version, deadline = row.version + 1 if row else 1, one.said_on + told.days
            followed = Followed(
                state=state,
                name=one.name,
                fact=one.fact,
                register=one.register,
                said_on=one.said_on,
                deadline=deadline,
                register_says=one.register_says,
                officer_says=one.officer_says,
                causes=causes[holder],
            )
            plain.append(
                Plain(
                    subject=holder,
                    category=TOLD,
                    version=_bound(holder, one.number, "contest", version),
                    data=msgspec.msgpack.encode(followed),
                )
            )
            rows.append(
                {
                    "holder": holder,
                    "number": one.number,
                    "programme": self._programme(one.fact),
                    "state": state,
                    "deadline": deadline,
                    "told": state not in TELLS,
                    "version": version,
                }
            )
        for row, sealed in zip(rows, self._vault.seal(conn, plain), strict=True):
            row["sealed"] = sealed
        conn.execute(_KEEP, rows)

    def _ask(self, conn: Connection, told: Declared, contests: Mapping[int, Sequence[Contest]]) -> None:
        """Ask the register about what is open, and say that what was taken back need not be looked at."""
        asked: dict[tuple[int, int], tuple[int, bool]] = {}
        for row in conn.execute(_ASKED, {"holders": sorted(contests)}):
            asked[row.holder, row.contest] = (row.number + 1, row.asks)
        wanted: list[tuple[int, Contest, int, bool]] = []
        for holder, found in contests.items():
            for one in found:
                number, last = asked.get((holder, one.number), (0, False))
                opens, leaves = one.standing is Standing.OPEN, one.standing is Standing.WITHDRAWN
                if (opens and not last) or (leaves and last):
                    wanted.append((holder, one, number, opens))
        if wanted:
            self._order(conn, told, wanted)

    def _order(
        self, conn: Connection, told: Declared, wanted: Sequence[tuple[int, Contest, int, bool]]
    ) -> None:
        plain = [
            Plain(
                subject=holder,
                category=CASE,
                version=_bound(holder, one.number, "correction", number),
                data=_request(told, one, number, *self._named(conn, told, holder, one), asks=asks),
            )
            for holder, one, number, asks in wanted
        ]
        rows = [
            {
                "holder": holder,
                "contest": one.number,
                "number": number,
                "register": one.register,
                "asks": asks,
                "state": ORDERED,
                "sealed": sealed,
            }
            for (holder, one, number, asks), sealed in zip(wanted, self._vault.seal(conn, plain), strict=True)
        ]
        conn.execute(insert(correction_table), rows)

    def _named(self, conn: Connection, told: Declared, holder: int, one: Contest) -> tuple[str, str]:
        """What the register calls the person and the other end; nothing where it has no name for them."""
        if one.register not in self._departments.declared:
            names = self._vault.identifiers_of(conn, intake_use(self._pack, {IDENTIFIER}), holder)
            return min((name.value for name in names if name.scheme == told.scheme), default=""), one.other
        ends = [holder, *([one.member] if one.member > 0 else [])]
        person, *others = [self._by_department(conn, number, one.register) for number in ends]
        return person, "".join(others)

    def _by_department(self, conn: Connection, number: int, department: str) -> str:
        try:
            name = self._departments.identifier(
                conn, intake_use(self._pack, {IDENTIFIER}), number, department
            )
        except NotFound:
            return ""
        return spelled(name)

    def _sleep(
        self, conn: Connection, told: Declared, contests: Mapping[int, Sequence[Contest]], today: int
    ) -> None:
        """Each contest that runs wakes on its deadline."""
        wakes.put(
            conn,
            {
                Key(holder, wakes.CONTEST, one.number): one.said_on + told.days
                if _state(one, told, today) == Standing.OPEN.value
                else None
                for holder, found in contests.items()
                for one in found
            },
        )

    def _waiting(
        self,
        told: Declared,
        contests: Mapping[int, Sequence[Contest]],
        causes: Mapping[int, tuple[Cause, ...]],
        today: int,
    ) -> list[Waits]:
        """By programme, what no register answered in time; or that nothing waits there."""
        waits: list[Waits] = []
        for holder, found in contests.items():
            said: dict[str, list[str]] = {self._programme(one.fact): [] for one in found}
            for one in found:
                if _state(one, told, today) == OVERDUE:
                    said[self._programme(one.fact)].append(one.says)
            source = causes[holder][-1].source if causes[holder] else ""
            for programme, words in said.items():
                proposal = Proposal(segments=(), months=(), reason=" / ".join(filter(None, words)))
                key = Key(holder, programme, holder)
                waits.append(
                    Waits(key=key, kind=CaseKind.FACT, proposal=proposal if words else None, source=source)
                )
        return waits

    def _programme(self, fact: str) -> str:
        """The first programme that reads the fact: its agency looks at what no register answers."""
        readers = [one.programme for one in affected(self._pack).get(fact, ())]
        return min(readers, default=min(self._pack.programmes))


def _state(one: Contest, told: Declared, today: int) -> str:
    late = one.standing is Standing.OPEN and today >= one.said_on + told.days
    return OVERDUE if late else one.standing.value


def _request(told: Declared, one: Contest, number: int, person: str, end: str, *, asks: bool) -> bytes:
    """What the register is told, and no more: whom, which fact, what it says, what the person says."""
    request: dict[str, Any] = {
        "request": f"{one.name}-{number}",
        "contest": one.name,
        "asks": "look" if asks else "leave",
        "person": person,
        "fact": one.fact,
    }
    if asks:
        request |= {
            "end": end or None,
            "from": None if one.first <= BEGIN else to_iso(one.first),
            "until": None if one.end >= END_OF_TIME else to_iso(one.end - 1),
            "held": one.held,
            "says": one.says,
            "right": None if one.right is ABSENT else one.right,
            "said_on": to_iso(one.said_on),
            "answer_by": to_iso(one.said_on + told.days),
            "law": told.law,
        }
    return msgspec.json.encode(request)


def _bound(holder: int, contest: int, row: str, number: int) -> int:
    return Key(holder, wakes.CONTEST, contest).bound(row, number)
