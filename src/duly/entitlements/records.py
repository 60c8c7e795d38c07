"""Every record that a programme reads of its holders, found by walking its relations, each category once.

What is opened at each step is what the paths read there and what leads on from there, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from sqlalchemy import Connection

from duly.facts import Record, load
from duly.law import Pack
from duly.law.bare import needs_links
from duly.law.plan import Hop, reads
from duly.vault import Use, Vault

__all__ = ["Opened", "Routes", "across", "category_of", "ends_of", "needed_links", "routes"]

Chain: TypeAlias = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Routes:
    """The relations that programmes follow from a holder, and the categories that they read along each."""

    categories: Mapping[Chain, frozenset[str]]

    def also(self, category: str) -> Routes:
        """The same routes, with one more category read everywhere along them."""
        return Routes({chain: found | {category} for chain, found in self.categories.items()})

    def onward(self, chain: Chain) -> list[Chain]:
        """The routes that are one relation longer."""
        return [one for one in self.categories if one[:-1] == chain and one]

    def within(self, categories: frozenset[str]) -> Routes:
        """The same, as far as these categories may be opened."""
        return Routes({chain: found & categories for chain, found in self.categories.items()})


@lru_cache(maxsize=256)
def routes(pack: Pack, programmes: tuple[str, ...], *, reviews: bool = True) -> Routes:
    """The routes of these programmes together; without `reviews`, those of their rules alone."""
    found: dict[Chain, set[str]] = {(): set()}
    for path in (path for name in programmes for path in reads(pack, name, reviews=reviews)):
        links = path.attribute.partition(".")[0] in pack.vocabulary.links
        for length in range(len(path.relations) + 1):
            found.setdefault(path.relations[:length], set())
        found[path.relations].add(path.category)
        if links:
            found[path.relations[:-1]].add(path.category)
        for length, name in enumerate(path.relations):
            leads = category_of(pack, name)
            found[path.relations[:length]].add(leads)
            found[path.relations[: length + 1]].add(leads)
    return Routes({chain: frozenset(categories) for chain, categories in found.items()})


@lru_cache(maxsize=256)
def needed_links(pack: Pack, programme: str) -> tuple[str, ...]:
    """The relations of which a holder has a link, or the programme says nothing; () if it needs none."""
    over = pack.programmes[programme].over
    if over:
        return (over,)
    if not needs_links(pack, programme):
        return ()
    return tuple(chain[-1] for chain in routes(pack, (programme,)).onward(()))


class Opened:
    """Records opened for one use, each category of a subject once."""

    def __init__(self, conn: Connection, vault: Vault, use: Use, pack: Pack) -> None:
        self._conn, self._vault, self._use, self._pack = conn, vault, use, pack
        self._categories: dict[int, frozenset[str]] = {}
        self.records: dict[int, Record] = {}

    def open(self, subjects: Iterable[int], categories: frozenset[str]) -> None:
        """Open what is not open yet of these subjects."""
        missing: dict[frozenset[str], list[int]] = {}
        for subject in subjects:
            wanted = categories - self._categories.get(subject, frozenset())
            if wanted:
                missing.setdefault(wanted, []).append(subject)
        for wanted, of in missing.items():
            for subject, record in load(self._conn, self._vault, self._use, of, wanted).items():
                self.records[subject] = _joined(self.records.get(subject), record)
                self._categories[subject] = self._categories.get(subject, frozenset()) | wanted

    def has(self, subject: int, category: str) -> bool:
        """Whether the category of the subject is open."""
        return category in self._categories.get(subject, ())

    def follow(self, holders: Collection[int], along: Routes) -> None:
        """Open everything along the routes from these holders."""
        level: dict[Chain, set[int]] = {(): set(holders)}
        while level:
            wanted: dict[int, frozenset[str]] = {}
            for chain, subjects in level.items():
                for subject in subjects:
                    wanted[subject] = wanted.get(subject, frozenset()) | along.categories[chain]
            for categories in set(wanted.values()):
                self.open([s for s, of in wanted.items() if of == categories], categories)
            level = self._next(level, along)

    def _next(self, level: Mapping[Chain, set[int]], along: Routes) -> dict[Chain, set[int]]:
        found: dict[Chain, set[int]] = {}
        for chain, subjects in level.items():
            for onward in along.onward(chain):
                ends = across(self._pack, self.records, subjects, onward[-1])
                if ends:
                    found[onward] = ends
        return found


def across(pack: Pack, records: Mapping[int, Record], subjects: Iterable[int], relation: str) -> set[int]:
    """The other ends of the subjects' links of a relation, as far as their records are open."""
    declared = pack.vocabulary.relations[relation]
    hop = Hop(relation=declared.owning, to_owners=bool(declared.inverse_of))
    return {end for subject in subjects for end in ends_of(pack, records.get(subject), hop)}


def ends_of(pack: Pack, record: Record | None, hop: Hop) -> Sequence[int]:
    """The owners of the links to a subject, or the members of its own links."""
    if record is None:
        return ()
    if hop.to_owners:
        return record.owners(hop.relation)
    presence = f"{pack.vocabulary.relations[hop.relation].link}.present"
    return [member for attribute, member in record.facts if attribute == presence]


def category_of(pack: Pack, relation: str) -> str:
    """The category of a relation's links, and of the pointers back."""
    link = pack.vocabulary.relations[relation].link
    return pack.vocabulary.attribute(f"{link}.present").category


def _joined(one: Record | None, other: Record) -> Record:
    if one is None:
        return other
    return replace(one, facts={**one.facts, **other.facts}, pointers={**one.pointers, **other.pointers})
