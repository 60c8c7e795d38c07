"""Keys are changed while the system works: what is written by an older key is written again, some at a time.

There is no cursor to lose: each pass finds what is still old in the rows themselves, so it may be cut off
anywhere and begun again, by several at once. A key is destroyed while nobody can write by it, and only when
nothing is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from sqlalchemy import Connection, Table, bindparam, func, select, text, update

from duly.errors import Conflict, TryAgain
from duly.store import Duty, Store
from duly.vault.keys import KeyService, KeyStore, epoch_of
from duly.vault.tables import identifier, subject

__all__ = [
    "begin_hash",
    "epochs_in_use",
    "hashes_in_use",
    "nobody_writes",
    "require_alive",
    "retire_epoch",
    "retire_hash",
    "rewrap",
]

AT_ONCE: Final = 5_000
_NEXT = (
    select(subject.c.number, subject.c.wrapped)
    .where(subject.c.number > bindparam("after"))
    .order_by(subject.c.number)
    .limit(AT_ONCE)
)
_REPLACE = (
    update(subject)
    .where(subject.c.number == bindparam("which"), subject.c.wrapped == bindparam("before"))
    .values(wrapped=bindparam("now"))
)
_EVERY = select(subject.c.wrapped).where(subject.c.wrapped.is_not(None))
_HASHES = select(identifier.c.key_version, func.count()).group_by(identifier.c.key_version)

Progress = Callable[[int], None]
"""Told how many more were looked at."""


def rewrap(store: Store, keys: KeyService, told: Progress = lambda _: None) -> int:
    """Wrap every data key by the newest epoch that is not yet; how many those were."""
    after, done = -1, 0
    while True:
        with store.acting(duty=Duty.KEYS).read() as conn:
            rows = conn.execute(_NEXT, {"after": after}).all()
        if not rows:
            return done
        after = rows[-1].number
        done += _rewrapped(store, keys, [(row.number, bytes(row.wrapped)) for row in rows if row.wrapped])
        told(len(rows))


def _rewrapped(store: Store, keys: KeyService, pairs: Sequence[tuple[int, bytes]]) -> int:
    newest = keys.epochs()[0]
    old = [(number, wrapped) for number, wrapped in pairs if epoch_of(wrapped) != newest]
    if not old:
        return 0
    opened = keys.unwrap(old)
    fresh = keys.wrap([(number, key) for (number, _), key in zip(old, opened, strict=True)])
    rows = [
        {"which": number, "before": before, "now": now}
        for (number, before), now in zip(old, fresh, strict=True)
    ]
    with store.acting(duty=Duty.KEYS).write() as conn:
        conn.execute(_REPLACE, rows)  # whoever was forgotten in between has another value, and keeps it
        require_alive(keys, fresh)
    return len(rows)


def require_alive(keys: KeyService, wrapped: Sequence[bytes]) -> None:
    """TryAgain where the epoch of what was just written has been destroyed meanwhile.

    Asked after the rows are written: from then on nobody destroys it before the transaction ends.
    """
    gone = set(map(epoch_of, wrapped)) - set(keys.epochs())
    if gone:
        raise TryAgain(
            "A key was destroyed meanwhile",
            detail=f"Epoch {min(gone)} was retired before this was written.",
            hint="Send the same again.",
        )


def epochs_in_use(conn: Connection) -> Counter[int]:
    """How many data keys each epoch wraps."""
    found = Counter[int]()
    for (wrapped,) in conn.execute(_EVERY.execution_options(yield_per=AT_ONCE)):
        found[epoch_of(bytes(wrapped))] += 1
    return found


def hashes_in_use(conn: Connection) -> dict[int, int]:
    """How many identifiers each version of the hash key finds."""
    return {row[0]: row[1] for row in conn.execute(_HASHES)}


def begin_hash(store: Store, keys: KeyStore) -> int:
    """Draw a new hash key for identifiers, while nobody writes one by an older key."""
    with store.acting(duty=Duty.KEYS).write() as conn:
        nobody_writes(conn, identifier)
        return keys.begin_hash()


def retire_epoch(store: Store, keys: KeyStore, epoch: int) -> None:
    """Destroy an epoch's key. Conflict while anything is wrapped by it."""
    with store.acting(duty=Duty.KEYS).write() as conn:
        nobody_writes(conn, subject)
        if left := epochs_in_use(conn)[epoch]:
            raise _in_use(f"Epoch {epoch}", left, "duly keys rotate --resume")
        keys.destroy_epoch(epoch)


def retire_hash(store: Store, keys: KeyStore, version: int) -> None:
    """Destroy a hash key. Conflict while any identifier is found by it only."""
    with store.acting(duty=Duty.KEYS).write() as conn:
        nobody_writes(conn, identifier)
        if left := hashes_in_use(conn).get(version, 0):
            raise _in_use(f"Hash key {version}", left, "duly keys rotate --identifiers --resume")
        keys.destroy_hash(version)


def nobody_writes(conn: Connection, table: Table) -> None:
    """Until this transaction ends. In SQLite there is one writer anyway."""
    if conn.dialect.name != "sqlite":
        name = conn.dialect.identifier_preparer.format_table(table)
        conn.execute(text(f"LOCK TABLE {name} IN SHARE MODE"))


def _in_use(what: str, left: int, command: str) -> Conflict:
    return Conflict(
        "This key is in use",
        detail=f"{what} still has {left:,} to its name.",
        hint=f"Write them by the newest key first: {command}",
    )
