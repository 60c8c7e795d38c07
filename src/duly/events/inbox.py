"""Exactly once: an event is known by (source, id); the same again changes nothing, another is a conflict.

What is taken in is durable when the caller's transaction commits, and only then may it be acknowledged. The
database learns neither ids nor contents: it compares keyed hashes, and the message is sealed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, bindparam, select, update

from duly.clock import day_of
from duly.errors import Conflict, Denied, DulyError, TryAgain
from duly.events.envelope import CANCEL, CREATE, Arrived, Envelope, canonical_content
from duly.events.reported import REPORTED
from duly.events.sources import Source
from duly.events.tables import inbox
from duly.events.types import EventTypes
from duly.law import Pack
from duly.store import insert_new
from duly.store.rows import read_rows, write_rows
from duly.vault import SYSTEM, KeyService, Plain, Vault

__all__ = ["MESSAGE", "Outcome", "Status", "receive", "require_same_key", "version_of"]

MESSAGE: Final = "message"
"""The category of received messages, which are sealed as the system's own."""

Status = Literal["accepted", "repeated", "conflict", "refused"]

_KNOWN = select(inbox.c.key, inbox.c.key_version, inbox.c.digest).where(
    inbox.c.key.in_(bindparam("keys", expanding=True))
)
_INSERT = insert_new(inbox, ["key"])
_COLUMNS = (
    "key",
    "key_version",
    "digest",
    "names",
    "action",
    "source",
    "time",
    "received_at",
    "state",
    "reason",
    "sealed",
)
_RENAME = (
    update(inbox)
    .where(inbox.c.state == "waiting", inbox.c.names == bindparam("older"))
    .values(names=bindparam("newer"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one event. `id` is "" where it was unreadable; `problem` says why it was not taken."""

    id: str
    status: Status
    problem: DulyError | None


class _Seen(NamedTuple):
    key: bytes
    version: int
    digest: bytes


def receive(
    conn: Connection,
    vault: Vault,
    keys: KeyService,
    pack: Pack,
    source: Source,
    items: Sequence[Arrived | DulyError],
    now: int,
) -> list[Outcome]:
    """Take in what one source sent, each event by itself; `items` has an error where an event was unreadable.

    `now` is in microseconds. The outcomes are in order of `items`.
    """
    types, today = EventTypes.of(pack), day_of(now, pack.zone)
    arrived = [item for item in items if isinstance(item, Arrived) and item.envelope.source == source.uri]
    named = [(one.envelope.source, one.envelope.id) for one in arrived]
    identities = keys.name(keys.name_versions()[0], _named(named))
    seen = _seen(conn, keys, named, identities)
    fresh: list[tuple[Arrived, _Seen]] = []
    outcomes: list[Outcome] = []
    following = iter(identities)
    for item in items:
        if isinstance(item, DulyError):
            outcomes.append(Outcome(id="", status="refused", problem=item))
        elif item.envelope.source != source.uri:
            outcomes.append(_refused(item.envelope, _not_itself(item.envelope, source)))
        else:
            identity = next(following)
            outcomes.append(_one(keys, types, source, item, identity, today, seen, fresh))
    _insert(conn, vault, keys, fresh, now)
    return _contested(conn, fresh, outcomes)


def version_of(key: bytes) -> int:
    """An event's key as a version, so that its message opens in its own row only."""
    return int.from_bytes(key[:8], "big") >> 1


def _one(
    keys: KeyService,
    types: EventTypes,
    source: Source,
    item: Arrived,
    identity: bytes,
    today: int,
    seen: dict[bytes, _Seen],
    fresh: list[tuple[Arrived, _Seen]],
) -> Outcome:
    envelope = item.envelope
    earlier = seen.get(identity)
    try:
        if earlier is not None:
            same = _digest(keys, earlier.version, earlier.key, envelope) == earlier.digest
            return _repeated(envelope) if same else _conflicting(envelope.id)
        _validate(types, source, envelope, today)
        version = keys.name_versions()[0]
        new = _Seen(identity, version, _digest(keys, version, identity, envelope))
    except DulyError as problem:
        return _refused(envelope, problem)
    seen[identity] = new
    fresh.append((item, new))
    return Outcome(id=envelope.id, status="accepted", problem=None)


def _validate(types: EventTypes, source: Source, envelope: Envelope, today: int) -> None:
    types.allowed(envelope.type, source.register, source.uri)
    if envelope.type == REPORTED and envelope.action != CREATE:
        raise _stays()
    payload = envelope.payload()
    if payload or envelope.action != CANCEL:
        message = types.read_payload(envelope.type, payload)
        types.spoken_by(message, source.register)
        types.checked(message, today)


def _seen(
    conn: Connection, keys: KeyService, named: Sequence[tuple[str, str]], identities: Sequence[bytes]
) -> dict[bytes, _Seen]:
    """Those that came before, by identity under the newest key, whichever key they came under."""
    found: dict[bytes, _Seen] = {}
    for version in keys.name_versions():
        hashes = keys.name(version, _named(named))
        rows = {row[0]: _Seen(*row) for row in read_rows(conn, _KNOWN, "keys", hashes)}
        for identity, hash_ in zip(identities, hashes, strict=True):
            if hash_ in rows:
                found[identity] = rows[hash_]
    return found


def _named(named: Sequence[tuple[str, str]]) -> list[bytes]:
    return [b"duly.inbox.id" + len(s).to_bytes(4, "big") + f"{s}{i}".encode() for s, i in named]


def _digest(keys: KeyService, version: int, key: bytes, envelope: Envelope) -> bytes:
    """Keyed, and different for equal contents of different events."""
    return keys.name(version, [b"duly.inbox.content" + key + canonical_content(envelope)])[0]


def _insert(
    conn: Connection, vault: Vault, keys: KeyService, fresh: Sequence[tuple[Arrived, _Seen]], now: int
) -> None:
    if not fresh:
        return
    corrected = [(one.envelope.source, one.envelope.corrects) for one, _ in fresh if one.envelope.corrects]
    names, began = iter(_names(conn, keys, corrected)), vault.versions(conn, [SYSTEM])
    plain = [
        Plain(
            subject=SYSTEM,
            category=MESSAGE,
            version=version_of(new.key),
            data=msgspec.msgpack.encode((one.body, one.original)),
        )
        for one, new in fresh
    ]
    rows = [
        (
            new.key,
            new.version,
            new.digest,
            next(names) if one.envelope.corrects else None,
            one.envelope.action,
            one.envelope.source,
            one.envelope.instant,
            now,
            "received",
            "",
            sealed,
        )
        for (one, new), sealed in zip(fresh, vault.seal(conn, plain), strict=True)
    ]
    write_rows(conn, _INSERT, _COLUMNS, rows)
    require_same_key(conn, vault, began)
    _rename(conn, keys, [(one.envelope.source, one.envelope.id) for one, _ in fresh])


def require_same_key(conn: Connection, vault: Vault, began: Mapping[int, int]) -> None:
    """TryAgain where the system's key was renewed since `began`, its version before anything was sealed.

    Asked after the rows are written: nobody renews it from then on before the transaction ends.
    """
    if vault.versions(conn, [SYSTEM]).get(SYSTEM, 0) != began.get(SYSTEM, 0):
        raise TryAgain(
            "The system's key was renewed meanwhile",
            detail="What was just written would open for nobody; it was not.",
            hint="Send the same again.",
        )


def _names(conn: Connection, keys: KeyService, corrected: Sequence[tuple[str, str]]) -> list[bytes]:
    """The keys of earlier events, as they have them if they are there."""
    if not corrected:
        return []
    newest = keys.name(keys.name_versions()[0], _named(corrected))
    there = _seen(conn, keys, corrected, newest)
    return [there[key].key if key in there else key for key in newest]


def _rename(conn: Connection, keys: KeyService, named: Sequence[tuple[str, str]]) -> None:
    """Corrections that wait since an older hash key was in use wait for these events' new keys."""
    newest, *older = keys.name_versions()
    for version in older:
        pairs = zip(keys.name(version, _named(named)), keys.name(newest, _named(named)), strict=True)
        conn.execute(_RENAME, [{"older": old, "newer": new} for old, new in pairs])


def _contested(
    conn: Connection, fresh: Sequence[tuple[Arrived, _Seen]], outcomes: list[Outcome]
) -> list[Outcome]:
    """Where another transaction took in the same id at the same time (PostgreSQL), that one decides."""
    if conn.dialect.name == "sqlite" or not fresh:
        return outcomes
    kept = {row[0]: row[2] for row in read_rows(conn, _KNOWN, "keys", [new.key for _, new in fresh])}
    lost = {one.envelope.id for one, new in fresh if kept[new.key] != new.digest}
    return [_conflicting(one.id) if one.status == "accepted" and one.id in lost else one for one in outcomes]


def _repeated(envelope: Envelope) -> Outcome:
    return Outcome(id=envelope.id, status="repeated", problem=None)


def _refused(envelope: Envelope, problem: DulyError) -> Outcome:
    return Outcome(id=envelope.id, status="refused", problem=problem)


def _conflicting(id_: str) -> Outcome:
    problem = Conflict(
        "The same id with other content",
        detail="An event of this source and id is already there, and says something else.",
        where="id",
        hint='Send a change as a new event with "action": "correct" and "corrects": the earlier id.',
    )
    return Outcome(id=id_, status="conflict", problem=problem)


def _stays() -> Conflict:
    return Conflict(
        "What was reported stays",
        detail="An entry in the ledger is neither corrected nor taken back.",
        where="action",
        hint="Report what is right as a use of its own.",
    )


def _not_itself(envelope: Envelope, source: Source) -> Denied:
    return Denied(
        "Not this source's to send",
        detail=f"The key belongs to {source.uri}, and the event says that it comes from {envelope.source}.",
        where="source",
        hint="Send only events of your own.",
    )
