"""An entitlement is one sealed row for each (holder, programme, about); every change of it leaves a decision.

An entitlement keeps what stands and what was last found due, so that a comparison that finds nothing new
writes nothing. A decision is keyed by the version of the entitlement that it made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select

from duly.entitlements.keys import Key
from duly.entitlements.marks import Cause
from duly.entitlements.segments import Answer, Due, Segment
from duly.entitlements.tables import decision as decision_table
from duly.entitlements.tables import entitlement as entitlement_table
from duly.store import upsert
from duly.vault import Box, Plain, Use, Vault

__all__ = [
    "DECISION",
    "ENTITLEMENT",
    "Decision",
    "Entitlement",
    "Held",
    "held_by",
    "read_decisions",
    "write_decisions",
    "write_entitlements",
]

ENTITLEMENT: Final = "entitlement"
DECISION: Final = "decision"


class Entitlement(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """What stands for a key, sealed under the holder.

    `until`: the horizon to which it was decided. `due`: what the law said last. `suspended`: days not paid
    because of a death. `waiting`: differences that do not act yet; `answers`: what humans said to proposals.
    `review`: why a human is to see the first grant. `first_day`: the day on which the first message about it
    came. `held`: the holder's choice holds delivery back.
    """

    standing: Due
    until: int
    due: Due
    suspended: tuple[tuple[int, int], ...]
    waiting: tuple[Segment, ...]
    answers: tuple[Answer, ...]
    review: str
    first_day: int
    held: bool


class Decision(msgspec.Struct, frozen=True, kw_only=True, array_like=True):
    """One recorded comparison: what acted, what waits and why, because of what, by which law, from what.

    `read` are the (subject, commit version) pairs of all records that were read; `known_at` the day up to
    which rates were known; `first` and `until` the days compared. `by_person`: a human's answer took part.
    """

    at: int
    law: str
    known_at: int
    first: int
    until: int
    causes: tuple[Cause, ...]
    acted: tuple[Segment, ...]
    waiting: tuple[Segment, ...]
    review: str
    read: tuple[tuple[int, int], ...]
    by_person: bool


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """An entitlement with its key and version."""

    key: Key
    version: int
    entitlement: Entitlement


_ENTITLEMENTS = select(entitlement_table).where(
    entitlement_table.c.holder.in_(bindparam("holders", expanding=True)),
    entitlement_table.c.programme.in_(bindparam("programmes", expanding=True)),
)
_KEEP = upsert(entitlement_table, ["holder", "programme", "about"])
_DECIDED = insert(decision_table)
_OPEN_ENTITLEMENT = msgspec.msgpack.Decoder(Entitlement)
_OPEN_DECISION = msgspec.msgpack.Decoder(Decision)
_ENCODE = msgspec.msgpack.Encoder()


def held_by(
    conn: Connection, vault: Vault, use: Use, holders: Iterable[int], programmes: Iterable[str]
) -> dict[Key, Held]:
    """The entitlements of these holders under these programmes."""
    rows = conn.execute(_ENTITLEMENTS, {"holders": list(holders), "programmes": list(programmes)}).all()
    boxes = [
        Box(
            subject=row.holder,
            category=ENTITLEMENT,
            version=Key(*row[:3]).bound(ENTITLEMENT, row.version),
            sealed=row.sealed,
        )
        for row in rows
    ]
    found: dict[Key, Held] = {}
    opened = vault.open(conn, use, boxes) if boxes else []
    for (holder, programme, about, version, _), data in zip(rows, opened, strict=True):
        key = Key(holder, programme, about)
        found[key] = Held(key=key, version=version, entitlement=_OPEN_ENTITLEMENT.decode(data))
    return found


def write_entitlements(conn: Connection, vault: Vault, changed: Sequence[Held]) -> None:
    """Write what stands now, each under its new version."""
    if not changed:
        return
    plain = [
        Plain(
            subject=one.key.holder,
            category=ENTITLEMENT,
            version=one.key.bound(ENTITLEMENT, one.version),
            data=_ENCODE.encode(one.entitlement),
        )
        for one in changed
    ]
    conn.execute(
        _KEEP,
        [
            {**one.key._asdict(), "version": one.version, "sealed": sealed}
            for one, sealed in zip(changed, vault.seal(conn, plain), strict=True)
        ],
    )


def write_decisions(
    conn: Connection, vault: Vault, made: Mapping[Key, tuple[int, Decision]], *, told: bool = False
) -> None:
    """Record decisions by key, each with the version of the entitlement that it made."""
    if not made:
        return
    plain = [
        Plain(
            subject=key.holder,
            category=DECISION,
            version=key.bound(DECISION, version),
            data=_ENCODE.encode(one),
        )
        for key, (version, one) in made.items()
    ]
    conn.execute(
        _DECIDED,
        [
            {**key._asdict(), "version": version, "told": told, "sealed": sealed}
            for (key, (version, _)), sealed in zip(made.items(), vault.seal(conn, plain), strict=True)
        ],
    )


def read_decisions(
    conn: Connection, vault: Vault, use: Use, rows: Sequence[tuple[Key, int, bytes]]
) -> list[Decision]:
    """Open decisions given as (key, version, sealed)."""
    boxes = [
        Box(subject=key.holder, category=DECISION, version=key.bound(DECISION, version), sealed=sealed)
        for key, version, sealed in rows
    ]
    return [_OPEN_DECISION.decode(data) for data in (vault.open(conn, use, boxes) if boxes else [])]
