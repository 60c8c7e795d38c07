"""Every statement travels to the subject it is written at through one function, `carry`.

An attribute is written at its subject, a link's attributes at the owning end. Of a link, the other end gets a
pointer. What one message says thus concerns several subjects; the day that they lie in different ranges, what
`carry` gives for another range goes into an outbox, and nothing else changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from duly.events import Statement
from duly.facts.resolve import Stated
from duly.law import Pack
from duly.vault import Identifier, Wanted

__all__ = ["Carried", "Places", "carry"]


class Place(NamedTuple):
    """Where an attribute is written: kinds of subject and member, category, relation of a link's presence."""

    kind: str
    member_kind: str
    category: str
    relation: str


class Carried(NamedTuple):
    """One statement at the subject it is written at; with `relation` the member is to point back."""

    subject: int
    category: str
    stated: Stated
    relation: str


@dataclass(frozen=True, slots=True)
class Places:
    """The place of each attribute of a pack."""

    by_attribute: Mapping[str, Place]
    by_relation: Mapping[str, str]

    @staticmethod
    @lru_cache(maxsize=16)
    def of(pack: Pack) -> Places:
        """Read from the vocabulary."""
        links = {r.link: r for r in pack.vocabulary.relations.values() if not r.inverse_of}
        found: dict[str, Place] = {}
        for name, attribute in pack.vocabulary.attributes.items():
            link = links.get(attribute.owner)
            if link is None:
                found[name] = Place(attribute.owner, "", attribute.category, "")
                continue
            presence = link.name if name == f"{link.link}.present" else ""
            found[name] = Place(link.of, link.to, attribute.category, presence)
        return Places(found, {place.relation: place.category for place in found.values() if place.relation})

    def category_of(self, relation: str) -> str:
        """The category of a relation's links, which is also that of the pointers back."""
        return self.by_relation[relation]

    def wanted(self, statements: Iterable[Statement]) -> list[Wanted]:
        """The subjects that the statements name, each as the kinds that it is spoken of as."""
        near: dict[Identifier, Identifier] = {}
        kinds: dict[tuple[Identifier, str], None] = {}
        for said in statements:
            place = self.by_attribute[said.attribute]
            kinds[said.subject, place.kind] = None
            if said.member is not None:
                kinds[said.member, place.member_kind] = None
            if said.near is not None:
                near.setdefault(said.subject, said.near)
        return [Wanted(identifier=who, kind=kind, near=near.get(who)) for who, kind in kinds]


def carry(places: Places, statement: Statement, numbers: Mapping[Identifier, int]) -> Carried:
    """Where the statement is written, with numbers in place of identifiers."""
    place = places.by_attribute[statement.attribute]
    member = statement.member
    stated = Stated(
        statement.attribute,
        0 if member is None else numbers[member],
        statement.start,
        statement.end,
        statement.known,
        statement.value,
    )
    return Carried(numbers[statement.subject], place.category, stated, place.relation)
