"""Whom a reader may read: themselves, the children they live with, and of anybody else nothing at all.

What the pages explain is computed from these records alone; every other person stands there as somebody of
whom all is unknown. No page can hold a byte of another grown-up's facts: they were never opened. A child who
is protected, or who lives with somebody protected, is such a stranger to a grown-up who is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from duly.access import SELF, Relation, State
from duly.facts import Record, load, states_of, value_on
from duly.law import ABSENT, UNKNOWN, Pack, SubjectHistory
from duly.law.ir import Kind
from duly.law.world import History
from duly.notices.guarded import guarded
from duly.notices.people import Person, Roles, may_tell, people, protected, roles
from duly.timeline import BEGIN
from duly.vault import Actor, Use, Vault

__all__ = ["Circle", "completions", "insight", "open_circle"]

PAGES: Final = "pages"
INSIGHT: Final = "insight"
KEPT: Final = frozenset({"decision", "entitlement", "notice", "payment", "use"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A reader, the children of whom they may know, and what the law can be asked about them.

    `children` are those whom the reader lives or lived with and may know, by subject; `home` those of them
    who live with the reader now; `hidden` those of whom the reader may know nothing. `history` has no
    more; `strangers` are the grown-ups of whom nothing was opened, with the children they may care for.
    """

    reader: Person
    children: Mapping[int, Person]
    home: frozenset[int]
    hidden: frozenset[int]
    records: Mapping[int, Record]
    history: History
    strangers: Mapping[int, tuple[int, ...]]

    def called(self, subject: int) -> str | None:
        """The name of somebody whom the reader may know; None for anybody else."""
        if subject == self.reader.subject:
            return self.reader.name
        child = self.children.get(subject)
        return child.name if child is not None else None


def insight(pack: Pack) -> Use:
    """The use for which people see what is held about themselves, whatever page they are on."""
    return Use(
        actor=Actor(organisation=SELF, system=PAGES, officer=""),
        purpose=INSIGHT,
        legal_basis=pack.section("purposes")[INSIGHT]["legal_basis"],
        categories=pack.vocabulary.categories() | KEPT,
        about=PAGES,
        relation=Relation.OWN,
    )


def open_circle(conn: Connection, vault: Vault, use: Use, pack: Pack, reader: int, today: int) -> Circle:
    """Open the reader's circle for a use of insight, leaving the uses that it takes."""
    parts = roles(pack)
    all_of = pack.vocabulary.categories()
    own = load(conn, vault, use, [reader], all_of)
    me = people(conn, vault, use, pack, [reader], today)[reader]
    linked = {member for attribute, member in own[reader].facts if attribute == parts.lives_with}
    home = {c for c in linked if value_on(pack, own[reader], parts.lives_with, today, c) is True}
    family = pack.vocabulary.attribute(parts.lives_with).category
    carers, elsewhere = _pointing(parts, own[reader])
    around = load(conn, vault, use, linked | elsewhere, {family})
    hides: set[int] = set()
    if not me.protected:
        hides = guarded(conn, vault, pack, around, reader, today) | protected(
            conn, vault, pack, carers, today
        )
    hides |= _sealed(conn, vault, pack, linked - home, today)
    known = people(conn, vault, use, pack, linked - hides, today)
    known = {subject: child for subject, child in known.items() if may_tell(me, child)}
    at_home = frozenset(home & known.keys())
    records = {**own, **load(conn, vault, use, at_home, all_of)}
    records |= _places(conn, vault, use, pack, own[reader])
    return Circle(
        reader=me,
        children=known,
        home=at_home,
        hidden=frozenset((linked - known.keys()) | hides),
        records=records,
        history=_history(records),
        strangers=_strangers(parts, records, at_home),
    )


def _sealed(conn: Connection, vault: Vault, pack: Pack, children: Iterable[int], today: int) -> set[int]:
    """The children whose adoption is sealed: shown to those with whom they live, and to nobody else."""
    states = states_of(conn, vault, pack, children, today)
    return {child for child, of in states.items() if State.SEALED in of}


def _pointing(parts: Roles, own: Record) -> tuple[set[int], set[int]]:
    """Who has a link to the reader: those who cared for the reader, and children wherever they live."""
    carers = set(own.owners(parts.cares_for))
    return carers, {owner for relation in own.pointers for owner in own.owners(relation)} - carers


def _places(conn: Connection, vault: Vault, use: Use, pack: Pack, own: Record) -> dict[int, Record]:
    """What the reader is linked to that is no person: a practitioner's list."""
    links = {r.link: r.to for r in pack.vocabulary.relations.values() if not r.inverse_of}
    kind = roles(pack).kind
    members = {
        member for attribute, member in own.facts if links.get(attribute.partition(".")[0], kind) != kind
    }
    return load(conn, vault, use, members, pack.vocabulary.categories()) if members else {}


def _history(records: Mapping[int, Record]) -> History:
    """What the law may be asked of the records alone."""
    return {subject: record.history() for subject, record in records.items()}


def _strangers(
    parts: Roles, records: Mapping[int, Record], children: Iterable[int]
) -> dict[int, tuple[int, ...]]:
    """By grown-up of whom nothing was opened: the children, of those given, whom they may care for."""
    found: dict[int, tuple[int, ...]] = {}
    for child in sorted(children):
        for owner in records[child].owners(parts.cares_for):
            if owner not in records:
                found[owner] = (*found.get(owner, ()), child)
    return found


def completions(pack: Pack, circle: Circle) -> Iterator[History]:
    """Worlds that agree with the circle, and say of the strangers in it what might be: nothing here was read.

    First nobody else lives with the children; then somebody does, in each part that the vocabulary knows; at
    last all about them is unknown.
    """
    if not circle.strangers:
        yield circle.history
        return
    link = roles(pack).lives_with.partition(".")[0]
    supposed: list[dict[str, object]] = [{roles(pack).lives_with: False}, *_parts_played(pack, link)]
    for facts in (*supposed, None):
        yield {
            **circle.history,
            **{who: _stranger(pack, children, facts) for who, children in circle.strangers.items()},
        }


def _parts_played(pack: Pack, link: str) -> Iterator[dict[str, object]]:
    """Somebody who lives with the child, with each value of a detail that has no absence."""
    present = roles(pack).lives_with
    for name, attribute in pack.vocabulary.attributes.items():
        if attribute.owner == link and attribute.type.kind is Kind.CHOICE and attribute.absent is UNKNOWN:
            for member in pack.vocabulary.choices[attribute.type.name]:
                yield {present: True, name: member.value}


def _stranger(pack: Pack, children: Iterable[int], facts: Mapping[str, object] | None) -> SubjectHistory:
    """Somebody of whom all is unknown, but for the facts that are supposed of their link to the children."""
    parts = roles(pack)
    link = parts.lives_with.partition(".")[0]
    said: dict[tuple[str, int], list[tuple[int, object]]] = {}
    for name, attribute in pack.vocabulary.attributes.items():
        if attribute.owner == parts.kind:
            said[name, 0] = [(BEGIN, UNKNOWN)]
        elif attribute.owner == link:
            supposed = UNKNOWN if facts is None else facts.get(name, ABSENT)
            said.update({(name, child): [(BEGIN, supposed)] for child in children})
    return SubjectHistory(kind=parts.kind, facts=said)
