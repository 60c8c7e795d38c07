"""What a commit changes in records: assertions that came and went, and the snapshots they add up to.

Every subject that it touches gets one new commit version. The owner of a link is written first; the pointers
at the members follow from the owner's snapshot, so writing them again repairs them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, bindparam, insert, select

from duly.facts.carry import Carried, Places
from duly.facts.content import (
    EMPTY,
    Change,
    EventName,
    Pointed,
    Snapshot,
    after,
    read_snapshot,
    written,
)
from duly.facts.resolve import Entry, Origin, Stated
from duly.facts.tables import assertion, snapshot
from duly.store import upsert
from duly.store.rows import read_rows, write_rows
from duly.vault import Box, Plain, Use, Vault

__all__ = ["Changes", "Place", "write"]

Place = tuple[int, str]
"""(subject, category)."""

_SNAPSHOTS = select(snapshot).where(snapshot.c.subject.in_(bindparam("subjects", expanding=True)))
_KEEP = upsert(snapshot, ["subject", "category"])
_ASSERT = insert(assertion)
_COLUMNS = ("subject", "category", "version", "sealed")


@dataclass(slots=True, kw_only=True)
class Changes:
    """What came and went, by place; `links` are (relation, owner, member) whose pointers may change."""

    came: dict[Place, list[Entry]] = field(default_factory=dict[Place, list[Entry]])
    went: dict[Place, set[EventName]] = field(default_factory=dict[Place, set[EventName]])
    links: set[tuple[str, int, int]] = field(default_factory=set[tuple[str, int, int]])

    def come(self, origin: Origin, statements: Iterable[Carried]) -> None:
        """The event states this now."""
        by_place: dict[Place, list[Stated]] = {}
        for carried in statements:
            by_place.setdefault((carried.subject, carried.category), []).append(carried.stated)
        for place, stated in by_place.items():
            self.came.setdefault(place, []).append(Entry(origin, tuple(stated)))
        self._link(statements)

    def go(self, event: EventName, statements: Iterable[Carried]) -> None:
        """The event's statements are withdrawn."""
        for carried in statements:
            self.went.setdefault((carried.subject, carried.category), set()).add(event)
        self._link(statements)

    def _link(self, statements: Iterable[Carried]) -> None:
        for carried in statements:
            if carried.relation:
                self.links.add((carried.relation, carried.subject, carried.stated.member))


def write(
    conn: Connection,
    vault: Vault,
    use: Use,
    places: Places,
    changes: Changes,
    mentioned: Collection[int],
) -> None:
    """Write the changes. `mentioned` are all subjects concerned; each that changes gets one new version."""
    owners = changes.came.keys() | changes.went.keys()
    gone = vault.forgotten(conn, {member for _, _, member in changes.links})
    changes.links = {link for link in changes.links if link[2] not in gone}  # who is forgotten points nowhere
    members = {(member, places.category_of(relation)) for relation, _, member in changes.links}
    owned = {(owner, places.category_of(relation)) for relation, owner, _ in changes.links}
    versions = vault.bump(conn, mentioned)
    before = _snapshots(conn, vault, use, owners | owned | members)
    made = {place: _change(changes, place) for place in owners}
    now = {place: after(before.get(place, EMPTY), change) for place, change in made.items()}
    for place, pointed in _pointed(places, changes, before, now).items():
        change = made.get(place, Change(added=(), withdrawn=(), pointed=()))
        made[place] = Change(added=change.added, withdrawn=change.withdrawn, pointed=pointed)
        now[place] = after(before.get(place, EMPTY), made[place])
    _store(conn, vault, versions, made, now)


def _snapshots(conn: Connection, vault: Vault, use: Use, wanted: Collection[Place]) -> dict[Place, Snapshot]:
    numbers = sorted({number for number, _ in wanted})
    boxes = [
        Box(subject=number, category=category, version=version, sealed=sealed)
        for number, category, version, sealed in read_rows(conn, _SNAPSHOTS, "subjects", numbers)
        if (number, category) in wanted
    ]
    opened = vault.open(conn, use, boxes) if boxes else []
    return {(box.subject, box.category): read_snapshot(data) for box, data in zip(boxes, opened, strict=True)}


def _change(changes: Changes, place: Place) -> Change:
    return Change(
        added=tuple(changes.came.get(place, ())),
        withdrawn=tuple(sorted(changes.went.get(place, ()))),
        pointed=(),
    )


def _pointed(
    places: Places, changes: Changes, before: Mapping[Place, Snapshot], now: Mapping[Place, Snapshot]
) -> dict[Place, tuple[Pointed, ...]]:
    """The pointers that differ from what the owners' records say now."""
    found: dict[Place, list[Pointed]] = {}
    linked = _linked(places, changes, {**before, **now})
    for relation, owner, member in sorted(changes.links):
        place = (member, places.category_of(relation))
        is_now = (relation, owner, member) in linked
        was = owner in before.get(place, EMPTY).pointers.get(relation, ())
        if is_now != was:
            found.setdefault(place, []).append(Pointed(relation, owner, is_now))
    return {place: tuple(pointed) for place, pointed in found.items()}


def _linked(places: Places, changes: Changes, now: Mapping[Place, Snapshot]) -> set[tuple[str, int, int]]:
    """The links that any statement of their owner is still about."""
    owned = {(owner, relation) for relation, owner, _ in changes.links}
    return {
        (relation, owner, stated.member)
        for owner, relation in owned
        for entry in now.get((owner, places.category_of(relation)), EMPTY).entries
        for stated in entry.stated
        if places.by_attribute[stated.attribute].relation == relation
    }


def _store(
    conn: Connection,
    vault: Vault,
    versions: Mapping[int, int],
    made: Mapping[Place, Change],
    now: Mapping[Place, Snapshot],
) -> None:
    if not made:
        return
    ordered = sorted(made)
    plain = [
        Plain(
            subject=number,
            category=category,
            version=versions[number],
            data=written(content[number, category]),
        )
        for content in (made, now)
        for number, category in ordered
    ]
    sealed = vault.seal(conn, plain)
    rows = [(one.subject, one.category, one.version, box) for one, box in zip(plain, sealed, strict=True)]
    write_rows(conn, _ASSERT, _COLUMNS, rows[: len(ordered)])
    write_rows(conn, _KEEP, _COLUMNS, rows[len(ordered) :])
