"""What stands of an asked programme is told by event, as a yes, a no or an amount over time, and no more.

It is read for the asked agency's own purpose, on the law that its exchange cites, and comes in again at the
top as that agency's fact: so what another agency's law reads, explains and asks for is the answer alone.
Told is what stands: a row says which version of an entitlement was told last, and another is told again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from graphlib import TopologicalSorter
from typing import Final, NamedTuple
from uuid import uuid4

import msgspec
from sqlalchemy import BigInteger, Connection, LargeBinary, bindparam, insert, literal, select, update

from duly.clock import Clock
from duly.entitlements.holdings import ENTITLEMENT, Held, held_by
from duly.entitlements.keys import Key
from duly.entitlements.programmes import SYSTEM_NAME, Profile, Profiles
from duly.entitlements.segments import UNKNOWN, Due, Value
from duly.entitlements.tables import entitlement, exchange_told
from duly.errors import OurFault
from duly.events import Source, read_envelope
from duly.events.exchanges import Named, Step, source_of, type_of
from duly.events.inbox import receive
from duly.facts import intake_use
from duly.law import Pack
from duly.law.exchanges import YES_OR_NO, Exchange, exchanges, hears
from duly.store import upsert
from duly.timeline import BEGIN
from duly.vault import Actor, Box, KeyService, Plain, Use, Vault

__all__ = ["EXCHANGE", "Exchanges", "steps_of"]

EXCHANGE: Final = "exchange"
IDENTIFIER: Final = "identifier"
NEVER: Final = 0
_ORIGIN: Final = date(1970, 1, 1)
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Told(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What was told last, and by which event, sealed under the holder."""

    event: str
    steps: tuple[Step, ...]


class Row(NamedTuple):
    """A key of an exchange: which version is to be told, which was, and what."""

    holder: int
    exchange: str
    about: int
    wanted: int
    done: int
    sealed: bytes


class News(NamedTuple):
    """An answer that is another than the last: `before` is what was told then, None if nothing was."""

    row: Row
    before: Told | None
    now: Told


_WANT = upsert(exchange_told, ["holder", "exchange", "about"], ["wanted"])
_WAITING = (
    select(*(exchange_told.c[name] for name in Row._fields))
    .where(exchange_told.c.wanted > exchange_told.c.done)
    .order_by(exchange_told.c.holder, exchange_told.c.exchange, exchange_told.c.about)
    .with_for_update(skip_locked=True)
)
_DONE = (
    update(exchange_told)
    .where(
        exchange_told.c.holder == bindparam("of"),
        exchange_told.c.exchange == bindparam("by"),
        exchange_told.c.about == bindparam("for_"),
    )
    .values(done=bindparam("version"), sealed=bindparam("what"))
)
_TOLD = msgspec.msgpack.Decoder(Told)


class Exchanges:
    """The exchanges of a pack, at work in the caller's write transactions."""

    def __init__(
        self, *, pack: Pack, profiles: Profiles, vault: Vault, keys: KeyService, clock: Clock
    ) -> None:
        self._pack, self._profiles, self._vault = pack, profiles, vault
        self._keys, self._clock = keys, clock
        self._all = exchanges(pack)
        self._hears = hears(pack)

    def stages(self) -> list[list[tuple[str, ...]]]:
        """The programmes of each purpose, those that are asked before those that are told."""
        named = self._profiles.purposes()
        order = TopologicalSorter({purpose: self._hears[purpose] for purpose in named})
        order.prepare()
        found: list[list[tuple[str, ...]]] = []
        while order.is_active():
            ready = order.get_ready()
            order.done(*ready)
            found.append([programmes for purpose, programmes in named.items() if purpose in ready])
        return found or [[]]

    def waits_for(self, programmes: Iterable[str]) -> frozenset[str]:
        """The purposes whose answers these programmes read."""
        return frozenset[str]().union(*(self._hears[self._profiles[name].purpose] for name in programmes))

    def begin(self, conn: Connection) -> None:
        """What stands of every programme that is asked is to be told, where it never was."""
        for name, one in self._all.items():
            there = select(exchange_told.c.holder).where(
                exchange_told.c.holder == entitlement.c.holder,
                exchange_told.c.exchange == name,
                exchange_told.c.about == entitlement.c.about,
            )
            new = select(
                entitlement.c.holder, literal(name), entitlement.c.about, entitlement.c.version,
                literal(NEVER, BigInteger), literal(b"", LargeBinary),
            ).where(entitlement.c.programme == one.asks, ~there.exists())  # fmt: skip
            conn.execute(insert(exchange_told).from_select(list(Row._fields), new))

    def changed(self, conn: Connection, held: Iterable[Held]) -> None:
        """What stands now of these keys is to be told."""
        rows = [
            Row(one.key.holder, name, one.key.about, one.version, NEVER, b"")._asdict()
            for one in held
            for name, told in self._all.items()
            if told.asks == one.key.programme
        ]
        if rows:
            conn.execute(_WANT, rows)

    def tell(self, conn: Connection, limit: int) -> int:
        """Tell up to `limit` answers; how many were looked at. One that is as before is not told again."""
        if not self._all:
            return 0
        rows = [Row(*row) for row in conn.execute(_WAITING.limit(limit))]
        gone = self._vault.forgotten(conn, {row.holder for row in rows} | {row.about for row in rows})
        for name in sorted({row.exchange for row in rows}):
            here = [row for row in rows if row.exchange == name]
            if name in self._all:
                alive = [row for row in here if not {row.holder, row.about} & gone]
                self._tell(conn, name, self._all[name], alive)
            self._done(
                conn,
                [
                    (row, row.sealed)
                    for row in here
                    if name not in self._all or {row.holder, row.about} & gone
                ],
            )
        return len(rows)

    def _tell(self, conn: Connection, name: str, one: Exchange, rows: Sequence[Row]) -> None:
        if not rows:
            return
        use, profile = self._use(name, one), self._profiles[one.asks]
        held = held_by(conn, self._vault, use, {row.holder for row in rows}, [one.asks])
        before = self._before(conn, use, rows)
        news: list[News] = []
        for row in rows:
            stands = held[Key(row.holder, one.asks, row.about)].entitlement.standing
            steps, last = steps_of(one, profile, stands), before.get(row)
            event = last.event if last and last.steps == steps else str(uuid4())
            news.append(News(row, last, Told(event=event, steps=steps)))
        self._send(conn, name, [each for each in news if each.before != each.now])
        self._done(conn, list(zip(rows, self._sealed(conn, news), strict=True)))

    def _use(self, name: str, one: Exchange) -> Use:
        """The asked agency's own use, on the law that lets it tell."""
        programme = self._pack.programmes[one.asks]
        return Use(
            actor=Actor(organisation=programme.agency, system=SYSTEM_NAME, officer=""),
            purpose=programme.purpose,
            legal_basis=one.law,
            categories=frozenset({ENTITLEMENT}),
            about=f"{EXCHANGE} {name}",
        )

    def _before(self, conn: Connection, use: Use, rows: Sequence[Row]) -> dict[Row, Told]:
        told = [row for row in rows if row.sealed]
        boxes = [
            Box(subject=row.holder, category=ENTITLEMENT, version=_bound(row, row.done), sealed=row.sealed)
            for row in told
        ]
        opened = self._vault.open(conn, use, boxes) if boxes else []
        return {row: _TOLD.decode(data) for row, data in zip(told, opened, strict=True)}

    def _sealed(self, conn: Connection, news: Sequence[News]) -> list[bytes]:
        plain = [
            Plain(
                subject=one.row.holder,
                category=ENTITLEMENT,
                version=_bound(one.row, one.row.wanted),
                data=msgspec.msgpack.encode(one.now),
            )
            for one in news
        ]
        return self._vault.seal(conn, plain)

    def _done(self, conn: Connection, rows: Sequence[tuple[Row, bytes]]) -> None:
        if rows:
            given = [
                {
                    "of": row.holder,
                    "by": row.exchange,
                    "for_": row.about,
                    "version": row.wanted,
                    "what": sealed,
                }
                for row, sealed in rows
            ]
            conn.execute(_DONE, given)

    def _send(self, conn: Connection, name: str, news: Sequence[News]) -> None:
        """The answers come in like any register's events, each correcting the one before it."""
        if not news:
            return
        programme = self._pack.programmes[self._all[name].asks]
        source = Source(uri=source_of(name), register=programme.agency, keys=())
        known = self._known(conn, name, {n for one in news for n in (one.row.holder, one.row.about)})
        now = self._clock.now()
        items = [read_envelope(self._event(name, source, known, one, now)) for one in news]
        for outcome in receive(conn, self._vault, self._keys, self._pack, source, items, now):
            if outcome.problem is not None:
                raise OurFault(
                    "An answer to another agency was refused",
                    detail=f"{outcome.problem.title}: {outcome.problem.detail}",
                    where=f"{EXCHANGE} {name}",
                    hint="duly check says what is wrong with an exchange.",
                )

    def _event(self, name: str, source: Source, known: Mapping[int, Named], one: News, now: int) -> bytes:
        row, before = one.row, one.before
        data = {
            "holder": known[row.holder],
            "about": known[row.about] if row.about != row.holder else None,
            "steps": one.now.steps,
        }
        body: dict[str, object] = {
            "specversion": "1.0",
            "id": one.now.event,
            "source": source.uri,
            "type": type_of(name),
            "time": (_EPOCH + timedelta(microseconds=now)).isoformat(),
            "data": data,
        }
        if before is not None:
            body |= {"action": "correct", "corrects": before.event}
        return msgspec.json.encode(body)

    def _known(self, conn: Connection, name: str, subjects: Iterable[int]) -> dict[int, Named]:
        """What registers call these subjects, opened to take in what is told."""
        use = intake_use(self._pack, {IDENTIFIER}, f"{EXCHANGE} {name}")
        found: dict[int, Named] = {}
        for subject in subjects:
            first = self._vault.identifiers_of(conn, use, subject)[0]
            found[subject] = Named(scheme=first.scheme, value=first.value)
        return found


def steps_of(one: Exchange, profile: Profile, due: Due) -> tuple[Step, ...]:
    """All that travels: from each day on a yes, a no or an amount, or that the agency does not know."""
    place = None if one.tells == YES_OR_NO else profile.fields.index(one.tells)
    found: list[Step] = []
    for start, value in ((BEGIN, None), *due):
        known, told = _told(value, place)
        if found and (found[-1].known, found[-1].value) == (known, told):
            continue
        since = None if start == BEGIN else _ORIGIN + timedelta(days=start)
        step = Step(since=since, known=known, value=told)
        found = [*found[:-1], step] if found and found[-1].since == since else [*found, step]
    return tuple(found)


def _told(value: Value, place: int | None) -> tuple[bool, bool | int | None]:
    """Whether it is known, and the answer: of a yes or no a truth, else the amount in minor units."""
    if value == UNKNOWN:
        return False, None
    if place is None:
        return True, value is not None
    return True, None if value is None else value[place]


def _bound(row: Row, version: int) -> int:
    return Key(row.holder, row.exchange, row.about).bound(EXCHANGE, version)
