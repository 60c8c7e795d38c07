"""Of one category of a subject are sealed changes, as they were committed, and the snapshot they add up to.

A pointer says that another subject owns a link to this one: relation -> numbers of owners. The owner's record
is what counts; pointers only find it, and can be written again from there.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from duly.facts.resolve import Entry

__all__ = ["Change", "Pointed", "Snapshot", "after", "read_change", "read_snapshot", "written"]

EventName = tuple[str, str]
"""(source, id) of an event."""


class Pointed(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The owner has (`linked`), or has no longer, a link of the relation to this subject."""

    relation: str
    owner: int
    linked: bool


class Change(msgspec.Struct, tag="c", array_like=True, frozen=True, gc=False):
    """One commit: events whose statements came, events whose statements went, pointers."""

    added: tuple[Entry, ...]
    withdrawn: tuple[EventName, ...]
    pointed: tuple[Pointed, ...]


class Snapshot(msgspec.Struct, tag="s", array_like=True, frozen=True, gc=False):
    """All that is not withdrawn, in order of (source, event)."""

    entries: tuple[Entry, ...]
    pointers: dict[str, tuple[int, ...]]


EMPTY: Final = Snapshot(entries=(), pointers={})
_ENCODER: Final = msgspec.msgpack.Encoder()
_SNAPSHOT: Final = msgspec.msgpack.Decoder(Snapshot)
_CHANGE: Final = msgspec.msgpack.Decoder(Change)


def after(before: Snapshot, change: Change) -> Snapshot:
    """The snapshot with the change in it. An event that comes again replaces what it said before."""
    gone = set(change.withdrawn) | {_name(entry) for entry in change.added}
    kept = [entry for entry in before.entries if _name(entry) not in gone] if gone else list(before.entries)
    entries = sorted((*kept, *change.added), key=_name) if change.added else kept
    return Snapshot(entries=tuple(entries), pointers=_pointers(before.pointers, change.pointed))


def written(content: Change | Snapshot) -> bytes:
    """As it is sealed."""
    return _ENCODER.encode(content)


def read_snapshot(data: bytes) -> Snapshot:
    return _SNAPSHOT.decode(data)


def read_change(data: bytes) -> Change:
    return _CHANGE.decode(data)


def _name(entry: Entry) -> EventName:
    return entry.origin.source, entry.origin.event


def _pointers(before: dict[str, tuple[int, ...]], pointed: Iterable[Pointed]) -> dict[str, tuple[int, ...]]:
    changed: dict[str, set[int]] = {}
    for one in pointed:
        owners = changed.setdefault(one.relation, set(before.get(one.relation, ())))
        if one.linked:
            owners.add(one.owner)
        else:
            owners.discard(one.owner)
    if not changed:
        return before
    found = before | {relation: tuple(sorted(owners)) for relation, owners in changed.items()}
    return {relation: owners for relation, owners in found.items() if owners}
