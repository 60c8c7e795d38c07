"""A sweep looks at a range of subjects for one purpose, in columns, and names the holders to look at closer.

Those are whose timelines are not, by digest, what was last found. All others are done: nothing of what was
decided about them is opened. Whoever has no link that the programmes need, and never had, is not opened
beyond that. Records that were opened for the range before are not opened again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, bindparam, select

from duly.entitlements import found
from duly.entitlements.due import FIRST, Law, horizon
from duly.entitlements.found import Part
from duly.entitlements.programmes import Profiles, use_of
from duly.entitlements.records import Chain, category_of, needed_links, routes
from duly.facts.content import read_snapshot
from duly.facts.resolve import Key, values
from duly.facts.tables import snapshot
from duly.law import Pack, SubjectHistory, columns, kernel
from duly.store.rows import raw_rows, read_rows
from duly.vault import Opening, Use, digest
from duly.vault.tables import subject as subject_table

__all__ = ["Person", "Sweep", "Swept"]

STEP: Final = "run"
REMEMBERED: Final = 400_000
"""Records of categories that are kept, in case a later range leads to them again."""

Facts = Mapping[Key, Sequence[tuple[int, Any]]]
Clock = Callable[[str], AbstractContextManager[None]]
"""Told what the time goes to; `nullcontext` where nobody measures."""


class Person(NamedTuple):
    """A subject of the range: its number, kind and wrapped data key."""

    number: int
    kind: str
    wrapped: bytes | None


class Swept(NamedTuple):
    """Holders to look at closer; whom of the range the use covers; whose records were opened elsewhere.

    Whoever is led to from anywhere has a record of that relation, and is covered in its own range for it.
    """

    different: list[int]
    covered: list[int]
    elsewhere: dict[int, set[str]]


class Due(NamedTuple):
    """Whoever of the range may hold something, what is due to them by programme; the rest as of `Swept`."""

    holders: list[int]
    parts: dict[str, Part]
    covered: list[int]
    elsewhere: dict[int, set[str]]


class _Record(NamedTuple):
    """One category of a subject as it was at a version."""

    version: int
    facts: Facts
    pointers: Mapping[str, tuple[int, ...]]


_RANGE = (
    select(snapshot.c.subject, snapshot.c.category, snapshot.c.version, snapshot.c.sealed)
    .where(
        snapshot.c.subject > bindparam("after"),
        snapshot.c.subject <= bindparam("last"),
        snapshot.c.category.in_(bindparam("categories", expanding=True)),
    )
    .order_by(snapshot.c.subject, snapshot.c.category)
)
_ROWS = select(snapshot.c.subject, snapshot.c.category, snapshot.c.version, snapshot.c.sealed).where(
    snapshot.c.subject.in_(bindparam("subjects", expanding=True))
)
_PEOPLE = select(subject_table.c.number, subject_table.c.kind, subject_table.c.wrapped).where(
    subject_table.c.number.in_(bindparam("subjects", expanding=True))
)


class Sweep:
    """Programmes of one purpose, over one range after another."""

    def __init__(
        self, law: Law, programmes: Collection[str], purpose: str, timed: Clock = lambda _: nullcontext()
    ) -> None:
        self._law, self.pack, self.purpose, self.timed = law, law.pack, purpose, timed
        self.programmes = tuple(sorted(programmes))
        self.along = routes(self.pack, self.programmes, reviews=False)
        self.needs = {name: needed_links(self.pack, name) for name in self.programmes}
        self.kept: dict[tuple[int, str], _Record] = {}
        self.loose = _loose(self.pack)

    @property
    def categories(self) -> frozenset[str]:
        """What is opened."""
        return frozenset[str]().union(*self.along.categories.values())

    def use(self, profiles: Profiles) -> Use:
        """What is opened, for what."""
        agency = profiles[self.programmes[0]].agency
        return use_of(self.pack, agency, self.purpose, self.categories, STEP)

    def look(
        self, conn: Connection, opening: Opening, people: Sequence[Person], after: int, today: int
    ) -> Swept:
        """Look at the people, who are all with numbers above `after` up to the last one's."""
        batch = _Range(self, conn, opening, people, after)
        holders = batch.holders()
        parts = self._parts(batch.facts(holders), holders, today)
        with self.timed("compare"):
            different = batch.different(holders, list(parts.values()))
        return Swept(different, batch.covered(), batch.elsewhere())

    def due(
        self, conn: Connection, opening: Opening, people: Sequence[Person], after: int, today: int
    ) -> Due:
        """What is due to these people, and not whether it is what was found."""
        batch = _Range(self, conn, opening, people, after)
        holders = batch.holders()
        parts = self._parts(batch.facts(holders), holders, today)
        return Due(sorted(holders), parts, batch.covered(), batch.elsewhere())

    def _parts(self, facts: columns.Facts, holders: Collection[int], today: int) -> dict[str, Part]:
        return {name: self._evaluated(name, facts, holders, today) for name in self.programmes}

    def _evaluated(self, name: str, facts: columns.Facts, holders: Collection[int], today: int) -> Part:
        found_ = self.pack.programmes[name]
        with self.timed("columns"):
            keys = columns.keys(self.pack, name, facts)
            numbers = facts.numbers[found_.holder][keys.holders]
            abouts = facts.numbers[found_.about][keys.abouts]
            wanted = np.flatnonzero(np.isin(numbers, np.fromiter(holders, np.int64, len(holders))))
            ends = [each[wanted] for each in (keys.holders, keys.abouts, keys.links)]
        with self.timed("kernel"):
            grants = kernel.evaluate(
                self.pack,
                name,
                facts,
                *ends,
                known_at=today,
                first=FIRST,
                last=horizon(self.pack, today),
                fast=self._law.fast,
                kept=self._law.cache,
                processors=self._law.processors,
            )
        place = sorted(self.pack.programmes).index(name)
        return Part(place, numbers[wanted], abouts[wanted], grants)


class _Range:
    """One range: its rows, and the records that were opened for it."""

    def __init__(
        self, sweep: Sweep, conn: Connection, opening: Opening, people: Sequence[Person], after: int
    ) -> None:
        self._of, self._conn, self._opening = sweep, conn, opening
        self._pack, self._along, self._timed = sweep.pack, sweep.along, sweep.timed
        self._kinds = {one.number: one.kind for one in people}
        self._here = dict(self._kinds)
        self._wrapped = {one.number: one.wrapped for one in people}
        self._rows: dict[int, dict[str, tuple[int, bytes]]] = {}
        self._records: dict[int, dict[str, _Record]] = {}
        self.opened: set[int] = set()
        last = people[-1].number
        with self._timed("SQL"):
            categories = sorted(frozenset[str]().union(*self._along.categories.values()))
            given = {"after": after, "last": last, "categories": categories}
            self._keep(raw_rows(conn, _RANGE, given))
            self._before = found.in_range(conn, sweep.purpose, after, last)

    def holders(self) -> set[int]:
        """Those of the range who may hold something, or were ever found to."""
        kinds = {self._pack.programmes[name].holder for name in self._of.programmes}
        everybody = {number for number, kind in self._here.items() if kind in kinds} & self._rows.keys()
        needs = self._of.needs
        if all(needs.values()):
            relations = {relation for links in needs.values() for relation in links}
            by_category: dict[str, set[str]] = {}
            for relation in relations:
                by_category.setdefault(category_of(self._pack, relation), set()).add(relation)
            linked: set[int] = set()
            for category, of in by_category.items():
                there = {n for n in everybody if category in self._rows[n]}
                self._open(there, frozenset({category}))
                linked |= {n for n in there if any(self._ends(n, relation) for relation in of)}
            everybody &= linked | self._before.keys()
        return {
            n for n in everybody | (self._before.keys() & self._here.keys()) if self._wrapped[n] is not None
        }

    def facts(self, holders: Collection[int]) -> columns.Facts:
        """The records that the programmes read of these holders, as columns."""
        level: dict[Chain, set[int]] = {(): set(holders)}
        reached: set[int] = set(holders)
        while level:
            wanted: dict[int, frozenset[str]] = {}
            for chain, subjects in level.items():
                of = self._along.categories[chain]
                for number in subjects:
                    before = wanted.get(number)
                    wanted[number] = of if before is None else before | of
            self._fetch([number for number in wanted if number not in self._wrapped])
            for categories in set(wanted.values()):
                self._open([n for n, of in wanted.items() if of == categories], categories)
            reached |= wanted.keys()
            level = self._next(level)
        with self._timed("columns"):
            history = {number: self._history(number) for number in sorted(reached) if self._is_open(number)}
            return columns.build(self._pack, history)

    def different(self, holders: Collection[int], parts: Sequence[Part]) -> list[int]:
        """The holders whose digest is another than the one that is kept."""
        self._unlock(holders)
        keys, before = self._opening.keys, self._before
        return [
            number
            for number, content in found.contents(parts, holders).items()
            if digest(keys[number], content) != before.get(number)
        ]

    def covered(self) -> list[int]:
        """Whoever of the range was opened, or has a record by which others lead there; by number."""
        relations = {chain[-1] for chain in self._along.categories if chain}
        by_link = {category_of(self._pack, relation) for relation in relations}
        met = {n for n in self._here if n in self._rows and not by_link.isdisjoint(self._rows[n])}
        found_ = sorted(n for n in met | (self.opened & self._here.keys()) if self._is_open(n))
        self._unlock(found_)
        return found_

    def elsewhere(self) -> dict[int, set[str]]:
        """Whose records outside the range were opened, and in which categories."""
        return {n: set(self._records[n]) for n in self.opened - self._here.keys()}

    def _unlock(self, numbers: Iterable[int]) -> None:
        with self._timed("unwrap"):
            self._opening.unlock((number, self._wrapped[number]) for number in numbers)

    def _is_open(self, number: int) -> bool:
        return self._wrapped.get(number) is not None

    def _next(self, level: Mapping[Chain, set[int]]) -> dict[Chain, set[int]]:
        onward: dict[Chain, set[int]] = {}
        for chain, subjects in level.items():
            for longer in self._along.onward(chain):
                ends = {end for number in subjects for end in self._ends(number, longer[-1])}
                if ends:
                    onward[longer] = ends
        return onward

    def _ends(self, number: int, relation: str) -> Iterable[int]:
        declared = self._pack.vocabulary.relations[relation]
        record = self._records.get(number, {}).get(category_of(self._pack, relation))
        if record is None:
            return ()
        if declared.inverse_of:
            return record.pointers.get(declared.owning, ())
        presence = f"{declared.link}.present"
        return [member for attribute, member in record.facts if member and attribute == presence]

    def _fetch(self, numbers: Sequence[int]) -> None:
        """The rows of subjects outside the range."""
        if not numbers:
            return
        with self._timed("SQL"):
            for number, kind, wrapped in read_rows(self._conn, _PEOPLE, "subjects", numbers):
                self._kinds[number], self._wrapped[number] = kind, wrapped
            self._keep(read_rows(self._conn, _ROWS, "subjects", numbers))

    def _keep(self, rows: Iterable[Sequence[Any]]) -> None:
        kept = self._rows
        for number, category, version, sealed in rows:
            of = kept.get(number)
            if of is None:
                kept[number] = {category: (version, sealed)}
            else:
                of[category] = (version, sealed)

    def _open(self, numbers: Iterable[int], categories: frozenset[str]) -> None:
        """Open what is not open yet of these subjects."""
        remembered, records = self._of.kept, self._records
        missing: list[tuple[int, str, int, bytes]] = []
        for number in numbers:
            rows, mine = self._rows.get(number), records.setdefault(number, {})
            if rows is None or self._wrapped.get(number) is None:
                continue
            for category in categories:
                row = rows.get(category)
                if row is None or category in mine:
                    continue
                known = remembered.get((number, category))
                if known is not None and known.version == row[0]:
                    mine[category] = known
                else:
                    missing.append((number, category, *row))
                self.opened.add(number)
        self._unseal(missing)

    def _unseal(self, missing: Sequence[tuple[int, str, int, bytes]]) -> None:
        if not missing:
            return
        self._unlock({number for number, *_ in missing})
        with self._timed("unseal"):
            opened = self._opening.open(missing)
        with self._timed("decode"):
            records, remembered = self._records, self._of.kept
            for (number, category, version, _), data in zip(missing, opened, strict=True):
                content = read_snapshot(data)
                facts: Facts = values(content.entries)
                if category not in self._of.loose:
                    facts = _there(facts, facts)
                record = _Record(version, facts, content.pointers)
                records[number][category] = remembered[number, category] = record
            while len(remembered) > REMEMBERED:
                del remembered[next(iter(remembered))]

    def _history(self, number: int) -> SubjectHistory:
        records = self._records.get(number, {})
        if len(records) == 1:
            (facts,) = (record.facts for record in records.values())
        else:
            facts = {key: said for record in records.values() for key, said in record.facts.items()}
        if not self._of.loose.isdisjoint(records):
            facts = _there(facts, facts)
        return SubjectHistory(self._kinds[number], facts)


def _there(facts: Facts, where: Facts) -> Facts:
    """Without what is said of links that nobody asserted: see `Record.history`."""
    loose = [key for key in facts if key[1] and (_presence(key[0]), key[1]) not in where]
    return {key: said for key, said in facts.items() if key not in loose} if loose else facts


def _loose(pack: Pack) -> frozenset[str]:
    """The categories in which something is said of links whose presence stands in another."""
    attributes, links = pack.vocabulary.attributes.values(), pack.vocabulary.links
    return frozenset(
        one.category
        for one in attributes
        if one.owner in links and one.category != pack.vocabulary.attribute(_presence(one.name)).category
    )


@cache
def _presence(attribute: str) -> str:
    """The attribute that says whether the link holds of which this is one."""
    return f"{attribute.partition('.')[0]}.present"
