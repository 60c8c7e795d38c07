"""Identifiers are hashed by the newest key: each is opened once, in one use of many that everybody sees.

A pass that was cut off leaves a use that the next one closes over whom it covered, before it goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, select, update

from duly.store import Store
from duly.vault.keys import KeyService
from duly.vault.opening import Opening
from duly.vault.sealing import Plain, cipher, nonces, seal_plain
from duly.vault.subjects import Identifier, hashed, version_of, wrapped_keys
from duly.vault.tables import identifier
from duly.vault.uses import Use
from duly.vault.vault import IDENTIFIER, Vault

__all__ = ["rehash"]

AT_ONCE: Final = 2_000
_OLD = (
    select(identifier.c.subject)
    .where(identifier.c.key_version != bindparam("newest"), identifier.c.subject > bindparam("after"))
    .group_by(identifier.c.subject)
    .order_by(identifier.c.subject)
    .limit(AT_ONCE)
)
_ROWS = (
    select(identifier)
    .where(
        identifier.c.subject.in_(bindparam("subjects", expanding=True)),
        identifier.c.key_version != bindparam("newest"),
    )
    .order_by(identifier.c.subject, identifier.c.hash)
)
_REPLACE = (
    update(identifier)
    .where(identifier.c.hash == bindparam("before"))
    .values(hash=bindparam("now"), key_version=bindparam("newest"), sealed=bindparam("box"))
)


def rehash(
    store: Store, vault: Vault, keys: KeyService, use: Use, told: Callable[[int], None] = lambda _: None
) -> int:
    """Hash every identifier by the newest key that is not yet; how many those were."""
    store = store.acting(use.context)
    newest, after, done, number = keys.hash_versions()[0], -1, 0, 0
    with store.write() as conn:
        vault.end_left(conn, use.about)
    while True:
        with store.write() as conn:
            some = conn.execute(_OLD, {"newest": newest, "after": after}).scalars().all()
            if some:
                after, number = some[-1], number or vault.begin_bulk(conn, [use])
                done += _chunk(conn, keys, vault.in_bulk(conn, number), some, newest)
            elif number:
                vault.end_bulk(conn, vault.in_bulk(conn, number))
        if not some:
            return done
        told(len(some))


def _chunk(conn: Connection, keys: KeyService, opening: Opening, some: Sequence[int], newest: int) -> int:
    opening.unlock(wrapped_keys(conn, some).items())
    rows = conn.execute(_ROWS, {"subjects": list(some), "newest": newest}).all()
    rows = [row for row in rows if row.subject in opening.keys]
    opened = opening.open([(row.subject, IDENTIFIER, version_of(row.hash), row.sealed) for row in rows])
    names = [Identifier(*data.decode().split("\0", 1)) for data in opened]
    changed: list[dict[str, Any]] = []
    for row, data, now, nonce in zip(
        rows, opened, hashed(keys, newest, names), nonces(len(rows)), strict=True
    ):
        plain = Plain(subject=row.subject, category=IDENTIFIER, version=version_of(now), data=data)
        box = seal_plain(cipher(row.subject, opening.keys[row.subject]), plain, nonce)
        changed.append({"before": row.hash, "now": now, "newest": newest, "box": box})
    if changed:
        conn.execute(_REPLACE, changed)
    opening.cover(conn, [(number, 0) for number in dict.fromkeys(row.subject for row in rows)])
    return len(changed)
