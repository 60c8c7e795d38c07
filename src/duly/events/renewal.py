"""The system's own key is renewed: what it still seals is sealed anew, or given to whom it is about.

Messages that were applied before they were given to anybody are given now. Those that were never applied
and are about somebody who is being forgotten are erased; all others are sealed by the new key, in one
transaction with it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select, text, update

from duly.events import queue
from duly.events.envelope import read_envelope
from duly.events.inbox import MESSAGE, version_of
from duly.events.queue import FORGOTTEN, Kept
from duly.events.tables import inbox
from duly.events.types import EventTypes
from duly.law import Pack
from duly.store import Store
from duly.vault import SYSTEM, Box, Identifier, Plain, Use, Vault

__all__ = ["drop_unreadable", "renew"]

AT_ONCE: Final = 500
_COLUMNS: Final[list[Any]] = [inbox.c[name] for name in Kept._fields]
_SETTLED = (
    select(*_COLUMNS)
    .where(
        inbox.c.about.is_(None),
        inbox.c.state.in_(["applied", "cancelled"]),
        inbox.c.number > bindparam("after"),
    )
    .order_by(inbox.c.number)
    .limit(AT_ONCE)
)
_OWN = select(*_COLUMNS, inbox.c.sealed_reason).where(inbox.c.about.is_(None), inbox.c.state != FORGOTTEN)
_ERASE = (
    update(inbox)
    .where(inbox.c.number == bindparam("which"))
    .values(state=FORGOTTEN, sealed=b"", sealed_reason=None, reason="")
)
_SEAL = (
    update(inbox)
    .where(inbox.c.number == bindparam("which"))
    .values(sealed=bindparam("box"), sealed_reason=bindparam("why"))
)
_UNREADABLE = delete(inbox).where(
    inbox.c.about.is_(None), inbox.c.state.in_(["received", "waiting", "parked"])
)


def renew(store: Store, vault: Vault, pack: Pack, use: Use, forgotten: Collection[Identifier]) -> int:
    """Renew the system's key; how many messages about the `forgotten` were erased unapplied."""
    store, after = store.acting(use.context), -1
    while True:
        with store.write() as conn, vault.together(conn):
            rows = [Kept(*row) for row in conn.execute(_SETTLED, {"after": after})]
            if rows:
                after = rows[-1].number
                _give(conn, vault, pack, use, rows)
        if not rows:
            break
    with store.write() as conn, vault.together(conn):
        if conn.dialect.name != "sqlite":
            conn.execute(text("LOCK TABLE inbox IN SHARE ROW EXCLUSIVE MODE"))
        return _sealed_anew(conn, vault, pack, use, forgotten)


def drop_unreadable(conn: Connection) -> int:
    """Delete messages that were not applied and that the system's key of today does not open."""
    return conn.execute(_UNREADABLE).rowcount


def _give(conn: Connection, vault: Vault, pack: Pack, use: Use, rows: Sequence[Kept]) -> None:
    contents = queue.opened(conn, vault, use, rows)
    named = [_named(pack, body) for body, _ in contents]
    numbers = vault.find(conn, {name for names in named for name in names})
    queue.give(
        conn,
        vault,
        [
            (row, content, {numbers[name] for name in names if name in numbers})
            for row, content, names in zip(rows, contents, named, strict=True)
        ],
    )


def _sealed_anew(
    conn: Connection, vault: Vault, pack: Pack, use: Use, forgotten: Collection[Identifier]
) -> int:
    found = conn.execute(_OWN).all()
    rows = [Kept(*row[:-1]) for row in found]
    contents = queue.opened(conn, vault, use, rows) if rows else []
    reasons = _reasons(conn, vault, use, [(row, why[-1]) for row, why in zip(rows, found, strict=True)])
    gone = [
        row.number
        for row, (body, _) in zip(rows, contents, strict=True)
        if not _named(pack, body).isdisjoint(forgotten)
    ]
    vault.renew_system(conn)
    left = [(row, content) for row, content in zip(rows, contents, strict=True) if row.number not in gone]
    _seal(conn, vault, left, reasons)
    if gone:
        conn.execute(_ERASE, [{"which": number} for number in gone])
    return len(gone)


def _reasons(
    conn: Connection, vault: Vault, use: Use, rows: Sequence[tuple[Kept, bytes | None]]
) -> dict[int, bytes]:
    """Why messages were put aside, by number."""
    sealed = [(row, why) for row, why in rows if why is not None]
    if not sealed:
        return {}
    boxes = [
        Box(subject=SYSTEM, category=MESSAGE, version=version_of(row.key), sealed=why) for row, why in sealed
    ]
    opened = vault.open(conn, use, boxes)
    return {row.number: why for (row, _), why in zip(sealed, opened, strict=True)}


def _seal(
    conn: Connection,
    vault: Vault,
    left: Sequence[tuple[Kept, tuple[bytes, bytes]]],
    reasons: dict[int, bytes],
) -> None:
    if not left:
        return
    boxes = vault.seal(conn, [_plain(row, queue.packed(content)) for row, content in left])
    told = [row for row, _ in left if row.number in reasons]
    whys = vault.seal(conn, [_plain(row, reasons[row.number]) for row in told]) if told else []
    by_number = {row.number: why for row, why in zip(told, whys, strict=True)}
    conn.execute(
        _SEAL,
        [
            {"which": row.number, "box": box, "why": by_number.get(row.number)}
            for (row, _), box in zip(left, boxes, strict=True)
        ],
    )


def _plain(row: Kept, data: bytes) -> Plain:
    return Plain(subject=SYSTEM, category=MESSAGE, version=version_of(row.key), data=data)


def _named(pack: Pack, body: bytes) -> set[Identifier]:
    """Everybody whom a message names; nobody where the pack of today does not know its type any more."""
    types, envelope = EventTypes.of(pack), read_envelope(body).envelope
    payload = envelope.payload()
    if not payload or envelope.type not in types.classes:
        return set()
    said = types.read_payload(envelope.type, payload).says()
    return {name for one in said for name in (one.subject, one.member, one.near) if name is not None}
