"""The inbox as the facts take from it: what is received, what waits for what, what belongs together.

States: received, applied (what it says holds), cancelled (replaced or taken back), waiting (for the event
that it names), parked (understood and not applicable, with its reason), forgotten (erased with somebody
whom it was about, before it was applied).
"""

from __future__ import annotations

import struct
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Column, Connection, Select, and_, bindparam, or_, select, text, update

from duly.errors import DulyError, NotFound
from duly.events.inbox import MESSAGE, require_same_key, version_of
from duly.events.tables import inbox
from duly.store.rows import read_rows
from duly.vault import SYSTEM, Box, Plain, Shared, Use, Vault

__all__ = [
    "FORGOTTEN",
    "STATES",
    "Kept",
    "Listed",
    "Shown",
    "by_key",
    "families",
    "give",
    "listed",
    "opened",
    "packed",
    "park",
    "replay",
    "settle",
    "show",
    "state_of",
    "take",
    "waiting_for",
]

CHUNK: Final = 10_000
_NUMBER: Final = struct.Struct(">q")
FORGOTTEN: Final = "forgotten"
STATES: Final = ("received", "applied", "waiting", "parked", "cancelled", FORGOTTEN)


class Kept(NamedTuple):
    """A message in the inbox, still sealed."""

    number: int
    key: bytes
    names: bytes | None
    root: bytes | None
    action: str
    source: str
    time: int
    received_at: int
    state: str
    sealed: bytes
    about: bytes | None

    def subjects(self) -> tuple[int, ...]:
        """Whose keys seal it; none while it is the system's own."""
        return tuple(number for (number,) in _NUMBER.iter_unpack(self.about or b""))


class Listed(NamedTuple):
    """A message by what stands in clear; `title` is that of its problem."""

    number: int
    source: str
    state: str
    received_at: int
    title: str


class Shown(NamedTuple):
    """A message as a person who runs Duly looks at it."""

    number: int
    source: str
    state: str
    received_at: int
    title: str
    reason: str
    body: bytes
    original: bytes


_Select = Select[*tuple[Any, ...]]
_COLUMNS: list[Column[Any]] = [inbox.c[name] for name in Kept._fields]
_TAKE: _Select = (
    select(*_COLUMNS)
    .where(text("inbox.state = 'received'"))  # not as a parameter: the planner must see the index's condition
    .order_by(inbox.c.number)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)
_BY_KEY: _Select = select(*_COLUMNS).where(inbox.c.key.in_(bindparam("keys", expanding=True)))
_BY_ROOT: _Select = select(*_COLUMNS).where(inbox.c.root.in_(bindparam("keys", expanding=True)))
_WAITING: _Select = select(*_COLUMNS).where(
    text("inbox.state = 'waiting'"), inbox.c.names.in_(bindparam("keys", expanding=True))
)
_NAMED = inbox.alias("named")
_MISSED: _Select = (
    select(*_COLUMNS)
    .join(_NAMED, _NAMED.c.key == inbox.c.names)
    .where(
        text("inbox.state = 'waiting'"),
        or_(
            _NAMED.c.state.in_(["applied", "cancelled"]),
            and_(_NAMED.c.state == "parked", _NAMED.c.action == "create"),
        ),
    )
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True, of=inbox)
)
_SETTLE = (
    update(inbox)
    .where(inbox.c.number.in_(bindparam("settled", expanding=True)))
    .values(state=bindparam("now"), root=bindparam("chain"), reason="", sealed_reason=None)
)
_PARK = (
    update(inbox)
    .where(inbox.c.number == bindparam("settled"))
    .values(state="parked", reason=bindparam("title"), sealed_reason=bindparam("why"))
)
_GIVE = (
    update(inbox)
    .where(inbox.c.key == bindparam("whose"))
    .values(sealed=bindparam("box"), about=bindparam("numbers"))
)
_REPLAY = (
    update(inbox)
    .where(inbox.c.number == bindparam("which"), inbox.c.state.in_(["parked", "waiting"]))
    .values(state="received", reason="", sealed_reason=None)
)


def take(conn: Connection, most: int) -> list[Kept]:
    """The next messages that are not yet applied, in order of arrival.

    When there are none, those whose event another worker has applied just while they were put to wait.
    """
    return _kept(conn.execute(_TAKE, {"most": most})) or _kept(conn.execute(_MISSED, {"most": most}))


def waiting_for(conn: Connection, keys: Collection[bytes]) -> list[Kept]:
    """Those that wait for events with these keys."""
    return _kept(read_rows(conn, _WAITING, "keys", keys))


def by_key(conn: Connection, keys: Collection[bytes]) -> list[Kept]:
    """The messages with these keys."""
    return _kept(read_rows(conn, _BY_KEY, "keys", keys))


def families(conn: Connection, roots: Collection[bytes]) -> list[Kept]:
    """The events with these keys, and all that correct or cancel them and are not waiting."""
    return [*by_key(conn, roots), *_kept(read_rows(conn, _BY_ROOT, "keys", roots))]


def settle(conn: Connection, settled: Sequence[tuple[int, str, bytes | None]]) -> None:
    """Set the state and the root of messages by number."""
    alike: dict[tuple[str, bytes | None], list[int]] = {}
    for number, state, root in settled:
        alike.setdefault((state, root), []).append(number)
    for (state, root), numbers in alike.items():
        for at in range(0, len(numbers), CHUNK):
            chunk = numbers[at : at + CHUNK]
            conn.execute(_SETTLE, {"settled": chunk, "now": state, "chain": root})


def park(conn: Connection, vault: Vault, parked: Sequence[tuple[Kept, DulyError]]) -> None:
    """Put messages aside with the reason; only its title, which is the same for all, stands in clear."""
    if not parked:
        return
    reasons = [
        Plain(subject=SYSTEM, category=MESSAGE, version=version_of(row.key), data=str(error).encode())
        for row, error in parked
    ]
    began = vault.versions(conn, [SYSTEM])
    conn.execute(
        _PARK,
        [
            {"settled": row.number, "title": error.title, "why": why}
            for (row, error), why in zip(parked, vault.seal(conn, reasons), strict=True)
        ],
    )
    require_same_key(conn, vault, began)


def opened(conn: Connection, vault: Vault, use: Use, rows: Sequence[Kept]) -> list[tuple[bytes, bytes]]:
    """(CloudEvent, what a connector made it from) of each message, opened for a use."""
    own = [row for row in rows if not row.about]
    boxes = [
        Box(subject=SYSTEM, category=MESSAGE, version=version_of(row.key), sealed=row.sealed) for row in own
    ]
    shared = [row for row in rows if row.about]
    found = dict(zip((row.key for row in own), vault.open(conn, use, boxes), strict=True)) if own else {}
    if shared:
        sealed = [Shared(row.subjects(), MESSAGE, version_of(row.key), row.sealed) for row in shared]
        opened_ = vault.open_shared(conn, use, sealed)
        found.update(zip((row.key for row in shared), opened_, strict=True))
    return [msgspec.msgpack.decode(found[row.key], type=tuple[bytes, bytes]) for row in rows]


def packed(content: tuple[bytes, bytes]) -> bytes:
    """A message's content as it is sealed."""
    return msgspec.msgpack.encode(content)


def give(
    conn: Connection, vault: Vault, messages: Sequence[tuple[Kept, tuple[bytes, bytes], Collection[int]]]
) -> None:
    """Seal (message, its content, whom it is about) under the keys of all whom it is about.

    From then on the system cannot open it without them, and nobody can once one of them is forgotten.
    """
    rows = [(row, content, tuple(sorted(set(numbers)))) for row, content, numbers in messages if numbers]
    if not rows:
        return
    plain = [Shared(numbers, MESSAGE, version_of(row.key), packed(content)) for row, content, numbers in rows]
    given = [
        {"box": box, "numbers": b"".join(map(_NUMBER.pack, numbers)), "whose": row.key}
        for (row, _, numbers), box in zip(rows, vault.seal_shared(conn, plain), strict=True)
    ]
    conn.execute(_GIVE, given)


def listed(conn: Connection, state: str, most: int) -> list[Listed]:
    """Messages in that state, or unsettled ones for ""; the newest first."""
    states = [state] if state else ["waiting", "parked"]
    columns = (inbox.c.number, inbox.c.source, inbox.c.state, inbox.c.received_at, inbox.c.reason)
    found = select(*columns).where(inbox.c.state.in_(states)).order_by(inbox.c.number.desc()).limit(most)
    return [Listed(*row) for row in conn.execute(found)]


def show(conn: Connection, vault: Vault, use: Use, number: int) -> Shown:
    """One message in full, opened for a use. NotFound if there is none of this number."""
    row = conn.execute(
        select(*_COLUMNS, inbox.c.reason, inbox.c.sealed_reason).where(inbox.c.number == number)
    ).one_or_none()
    if row is None:
        raise _no_such(number)
    kept = Kept(*row[: len(Kept._fields)])
    if kept.state == FORGOTTEN:
        raise _erased(number)
    body, original = opened(conn, vault, use, [kept])[0]
    return Shown(
        number=number,
        source=kept.source,
        state=kept.state,
        received_at=kept.received_at,
        title=row.reason,
        reason=_reason(conn, vault, use, kept, row.sealed_reason),
        body=body,
        original=original,
    )


def state_of(conn: Connection, number: int) -> tuple[str, str]:
    """(state, title of its problem) of a message."""
    row = conn.execute(select(inbox.c.state, inbox.c.reason).where(inbox.c.number == number)).one_or_none()
    if row is None:
        raise _no_such(number)
    return row.state, row.reason


def replay(conn: Connection, number: int) -> bool:
    """Have a parked or waiting message applied again. False when it is settled: then nothing changes."""
    if conn.execute(_REPLAY, {"which": number}).rowcount:
        return True
    if conn.execute(select(inbox.c.number).where(inbox.c.number == number)).one_or_none() is None:
        raise _no_such(number)
    return False


def _reason(conn: Connection, vault: Vault, use: Use, kept: Kept, sealed: bytes | None) -> str:
    if sealed is None:
        return ""
    box = Box(subject=SYSTEM, category=MESSAGE, version=version_of(kept.key), sealed=sealed)
    return vault.open(conn, use, [box])[0].decode()


def _erased(number: int) -> NotFound:
    return NotFound(
        "This message was forgotten",
        detail="Somebody whom it was about was forgotten before it was applied.",
        where=f"message {number}",
        status=410,
    )


def _no_such(number: int) -> NotFound:
    return NotFound(
        "No such message",
        detail=f"The inbox has no message {number}.",
        hint="`duly inbox list` shows those that are waiting or parked.",
    )


def _kept(rows: Iterable[Sequence[Any]]) -> list[Kept]:
    return [Kept(*row) for row in rows]
