"""An enrolment is ordered when its day has come, and again only where the places asked for differ.

What was sent is a timeline of places; it is compared with the timeline that stands, up to today, and
everything from the first difference on is sent anew. The pure part is `enrolment_orders`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from duly.delivery.tables import chain as chain_table
from duly.delivery.tables import enrolment_order as order_table
from duly.entitlements import UNKNOWN, Due, Key, Profile
from duly.store import upsert
from duly.vault import Box, Plain, Use, Vault

__all__ = ["ENROLMENT", "Place", "Places", "enrolment_orders", "next_start", "places_of", "read", "send"]

ENROLMENT: Final = "enrolment"
ORDERED: Final = "ordered"


class Place(msgspec.Struct, frozen=True, array_like=True):
    """From the day `start` on a place with `provider` (as in a grant), or none (None)."""

    start: int
    provider: int | None


class Places(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What was sent for a key in how many orders; `wanted` is what stands, also for days to come."""

    sent: tuple[Place, ...]
    wanted: tuple[Place, ...]
    orders: int
    held: bool


NOWHERE: Final = Places(sent=(), wanted=(), orders=0, held=False)
_PLACES = select(chain_table).where(
    chain_table.c.holder.in_(bindparam("holders", expanding=True)),
    chain_table.c.programme.in_(bindparam("programmes", expanding=True)),
)
_KEEP = upsert(chain_table, ["holder", "programme", "about"])
_OPEN = msgspec.msgpack.Decoder(Places)


def places_of(standing: Due, profile: Profile) -> tuple[Place, ...]:
    """The places that stand; what is not known is none, and none before the first."""
    found: list[Place] = []
    for start, value in standing:
        provider = value[profile.provider] if value and value != UNKNOWN else None
        if (found[-1].provider if found else None) != provider:
            found.append(Place(start, provider))
    return tuple(found)


def enrolment_orders(sent: Sequence[Place], wanted: Sequence[Place], today: int) -> tuple[Place, ...]:
    """What has to be sent on this day so that the places are those wanted."""
    now = [place for place in wanted if place.start <= today]
    same = 0
    while same < len(now) and same < len(sent) and now[same] == sent[same]:
        same += 1
    orders = now[same:]
    if len(sent) > same and (not orders or sent[same].start < orders[0].start):
        before = now[same - 1].provider if same else None
        orders = [Place(sent[same].start, before), *orders]
    return tuple(orders)


def next_start(wanted: Sequence[Place], today: int) -> int | None:
    """The first day after today on which another place begins."""
    return next((place.start for place in wanted if place.start > today), None)


def read(conn: Connection, vault: Vault, use: Use, keys: Iterable[Key]) -> dict[Key, tuple[int, Places]]:
    """What was sent for these keys, with the version of the row; nothing for a new key."""
    wanted = set(keys)
    parameters = {"holders": [k.holder for k in wanted], "programmes": list({k.programme for k in wanted})}
    rows = [row for row in conn.execute(_PLACES, parameters) if Key(*row[:3]) in wanted]
    boxes = [
        Box(
            subject=r.holder,
            category=ENROLMENT,
            version=Key(*r[:3]).bound("chain", r.version),
            sealed=r.sealed,
        )
        for r in rows
    ]
    opened = vault.open(conn, use, boxes) if boxes else []
    found = {Key(*row[:3]): (row.version, _OPEN.decode(data)) for row, data in zip(rows, opened, strict=True)}
    return {key: found.get(key, (0, NOWHERE)) for key in wanted}


def send(
    conn: Connection, vault: Vault, places: Mapping[Key, tuple[int, Places]], today: int
) -> dict[Key, int | None]:
    """Order what has come to its day, keep what was sent, and give each key's next day."""
    kept: list[tuple[Key, int, Places]] = []
    made: list[tuple[Key, int, Place]] = []
    days: dict[Key, int | None] = {}
    for key, (version, one) in places.items():
        orders = () if one.held else enrolment_orders(one.sent, one.wanted, today)
        made += [(key, one.orders + place, order) for place, order in enumerate(orders)]
        sent = tuple(p for p in one.wanted if p.start <= today) if orders else one.sent
        after = msgspec.structs.replace(one, sent=sent, orders=one.orders + len(orders))
        kept.append((key, version + 1, after))
        days[key] = None if one.held else next_start(one.wanted, today)
    _write_orders(conn, vault, made)
    _write_places(conn, vault, kept)
    return days


def _write_orders(conn: Connection, vault: Vault, made: Sequence[tuple[Key, int, Place]]) -> None:
    if not made:
        return
    plain = [
        Plain(
            subject=k.holder,
            category=ENROLMENT,
            version=k.bound(ENROLMENT, n),
            data=msgspec.msgpack.encode(order),
        )
        for k, n, order in made
    ]
    rows = [
        {**key._asdict(), "number": number, "state": ORDERED, "sealed": sealed}
        for (key, number, _), sealed in zip(made, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(insert(order_table), rows)


def _write_places(conn: Connection, vault: Vault, kept: Sequence[tuple[Key, int, Places]]) -> None:
    if not kept:
        return
    plain = [
        Plain(
            subject=k.holder,
            category=ENROLMENT,
            version=k.bound("chain", n),
            data=msgspec.msgpack.encode(places),
        )
        for k, n, places in kept
    ]
    rows = [
        {**key._asdict(), "version": version, "sealed": sealed}
        for (key, version, _), sealed in zip(kept, vault.seal(conn, plain), strict=True)
    ]
    conn.execute(_KEEP, rows)
