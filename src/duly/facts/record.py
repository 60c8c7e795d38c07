"""A record is what is known of one subject, opened for a use: resolved facts, and who owns links to it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, select

from duly.facts.content import EMPTY, Snapshot, after, read_change, read_snapshot
from duly.facts.resolve import Key, Segment, plain, resolve
from duly.facts.tables import assertion, snapshot
from duly.law import ABSENT, Pack, SubjectHistory
from duly.store import under
from duly.store.rows import read_rows
from duly.vault import Box, Use, Vault

__all__ = ["Record", "at_version", "load", "replayed", "value_on"]

_SNAPSHOTS = select(snapshot).where(snapshot.c.subject.in_(bindparam("subjects", expanding=True)))
_CHANGES = (
    select(assertion)
    .where(assertion.c.subject.in_(bindparam("subjects", expanding=True)))
    .order_by(assertion.c.subject, assertion.c.category, assertion.c.version)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What is known of a subject at a commit version, in the categories that were opened.

    `facts` holds, by attribute and member (the link's other subject, 0 for none), segments in order of start.
    `pointers` holds, by relation, the numbers of the subjects that own a link of it to this one.
    """

    subject: int
    kind: str
    version: int
    facts: Mapping[Key, tuple[Segment, ...]]
    pointers: Mapping[str, tuple[int, ...]]

    def history(self) -> SubjectHistory:
        """The facts as the law takes them: values by start, without where they come from.

        A link is one whose presence somebody asserted; what is said of another is kept until somebody does.
        Its member has no pointer to it either, so whether it is seen would depend on who is looked at.
        """
        facts = {key: plain(found) for key, found in self.facts.items() if self._is_there(key)}
        return SubjectHistory(kind=self.kind, facts=facts)

    def _is_there(self, key: Key) -> bool:
        attribute, member = key
        return member == 0 or (f"{attribute.partition('.')[0]}.present", member) in self.facts

    def owners(self, relation: str) -> tuple[int, ...]:
        """Who owns a link of this (owning) relation to the subject: the carers of a child."""
        return self.pointers.get(relation, ())


def load(
    conn: Connection, vault: Vault, use: Use, subjects: Iterable[int], categories: Collection[str]
) -> dict[int, Record]:
    """The records of those subjects that exist, as they are now; of the forgotten nothing is known."""
    wanted = sorted(set(subjects))
    with under(conn, [use.context]):
        return _loaded(conn, vault, use, wanted, categories)


def _loaded(
    conn: Connection, vault: Vault, use: Use, wanted: Collection[int], categories: Collection[str]
) -> dict[int, Record]:
    gone = vault.forgotten(conn, wanted)
    boxes = [
        Box(subject=number, category=category, version=version, sealed=sealed)
        for number, category, version, sealed in read_rows(conn, _SNAPSHOTS, "subjects", wanted)
        if category in categories and number not in gone
    ]
    parts: dict[int, list[Snapshot]] = {}
    for box, data in zip(boxes, vault.open(conn, use, boxes), strict=True):
        parts.setdefault(box.subject, []).append(read_snapshot(data))
    return _records(conn, vault, vault.versions(conn, wanted), parts)


def at_version(
    conn: Connection, vault: Vault, use: Use, versions: Mapping[int, int], categories: Collection[str]
) -> dict[int, Record]:
    """The records as they were at these commit versions, from the assertions alone."""
    by_subject: dict[int, list[Snapshot]] = {}
    with under(conn, [use.context]):
        for (number, _), (_, found) in replayed(conn, vault, use, versions, categories).items():
            by_subject.setdefault(number, []).append(found)
        return _records(conn, vault, versions, by_subject)


def replayed(
    conn: Connection, vault: Vault, use: Use, versions: Mapping[int, int], categories: Collection[str]
) -> dict[tuple[int, str], tuple[int, Snapshot]]:
    """By subject and category: (version of the last change, what all changes up to `versions` add up to)."""
    with under(conn, [use.context]):
        gone = vault.forgotten(conn, versions)
        rows = read_rows(conn, _CHANGES, "subjects", sorted(versions))
    boxes = [
        Box(subject=number, category=category, version=version, sealed=sealed)
        for number, category, version, sealed in rows
        if category in categories and version <= versions[number] and number not in gone
    ]
    found: dict[tuple[int, str], tuple[int, Snapshot]] = {}
    for box, data in zip(boxes, vault.open(conn, use, boxes), strict=True):
        place = (box.subject, box.category)
        _, before = found.get(place, (0, EMPTY))
        found[place] = (box.version, after(before, read_change(data)))
    return found


def _records(
    conn: Connection, vault: Vault, versions: Mapping[int, int], parts: Mapping[int, list[Snapshot]]
) -> dict[int, Record]:
    return {
        number: _record(number, kind, versions[number], parts.get(number, []))
        for number, kind in vault.kinds(conn, versions).items()
    }


def _record(number: int, kind: str, version: int, parts: list[Snapshot]) -> Record:
    facts: dict[Key, tuple[Segment, ...]] = {}
    pointers: dict[str, tuple[int, ...]] = {}
    for part in parts:
        facts.update(resolve(part.entries))
        pointers.update(part.pointers)
    return Record(subject=number, kind=kind, version=version, facts=facts, pointers=pointers)


def value_on(pack: Pack, record: Record, attribute: str, day: int, member: int = 0) -> object:
    """A fact's value on a day, with what absence means; UNKNOWN where it is not known."""
    value: object = ABSENT
    for segment in record.facts.get((attribute, member), ()):
        if segment.start > day:
            break
        value = segment.value
    return pack.vocabulary.attribute(attribute).absent if value is ABSENT else value
