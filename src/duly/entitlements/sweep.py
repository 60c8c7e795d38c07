"""A sweep looks at a range of subjects for one purpose, in columns, and names the holders to look at closer.

Those are whose timelines are not, by digest, what was last found. All others are done: nothing of what was
decided about them is opened. Whoever has no link that the programmes need, and never had, is not opened
beyond that.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np

from duly.entitlements import found
from duly.entitlements.due import FIRST, Law, horizon
from duly.entitlements.found import Part
from duly.entitlements.programmes import Profiles, use_of
from duly.entitlements.range import Numbers, Range, Truths
from duly.entitlements.records import Chain, category_of, needed_links, routes
from duly.law import columns, kernel
from duly.law.rows import build
from duly.vault import Use, digest

__all__ = ["Due", "Sweep", "Swept"]

STEP: Final = "run"


class Swept(NamedTuple):
    """Holders to look at closer; whom of the range the use covers; whose records were opened elsewhere.

    Whoever is led to from anywhere has a record of that relation, and is covered in its own range for it.
    """

    different: list[int]
    covered: Numbers
    elsewhere: dict[int, set[str]]


class Due(NamedTuple):
    """Whoever of the range may hold something, what is due to them by programme; the rest as of `Swept`."""

    holders: Numbers
    parts: dict[str, Part]
    covered: Numbers
    elsewhere: dict[int, set[str]]


class Sweep:
    """Programmes of one purpose, over one range after another."""

    def __init__(self, law: Law, programmes: Collection[str], purpose: str) -> None:
        self.law, self.pack, self.purpose = law, law.pack, purpose
        self.programmes = tuple(sorted(programmes))
        self.along = routes(self.pack, self.programmes, reviews=False)
        self.needs = {name: needed_links(self.pack, name) for name in self.programmes}

    @property
    def categories(self) -> frozenset[str]:
        """What is opened."""
        return frozenset[str]().union(*self.along.categories.values())

    def use(self, profiles: Profiles) -> Use:
        """What is opened, for what."""
        agency = profiles[self.programmes[0]].agency
        return use_of(self.pack, agency, self.purpose, self.categories, STEP)

    def look(self, people: Range, before: Mapping[int, bytes], today: int) -> Swept:
        """Look at a range; `before` are the digests of what was found for holders in it."""
        look = _Look(self, people)
        holders = look.holders(np.fromiter(before, np.int64, len(before)))
        parts = self._parts(look, holders, today)
        people.unlock(holders)
        with people.timed("compare"):
            different = _different(people, holders, list(parts.values()), before)
        return Swept(different, look.covered(), look.elsewhere())

    def due(self, people: Range, today: int) -> Due:
        """What is due to a range, and not whether it is what was found."""
        look = _Look(self, people)
        holders = look.holders(np.empty(0, dtype=np.int64))
        parts = self._parts(look, holders, today)
        return Due(people.numbers[holders], parts, look.covered(), look.elsewhere())

    def _parts(self, look: _Look, holders: Numbers, today: int) -> dict[str, Part]:
        facts, numbers = look.facts(holders), look.range.numbers[holders]
        return {name: self._evaluated(name, facts, numbers, look, today) for name in self.programmes}

    def _evaluated(self, name: str, facts: columns.Facts, holders: Numbers, look: _Look, today: int) -> Part:
        found_ = self.pack.programmes[name]
        with look.range.timed("columns"):
            keys = columns.keys(self.pack, name, facts)
            numbers = facts.numbers[found_.holder][keys.holders]
            abouts = facts.numbers[found_.about][keys.abouts]
            wanted = np.flatnonzero(np.isin(numbers, holders))
            ends = [each[wanted] for each in (keys.holders, keys.abouts, keys.links)]
        with look.range.timed("kernel"):
            grants = kernel.evaluate(
                self.pack,
                name,
                facts,
                *ends,
                known_at=today,
                first=FIRST,
                last=horizon(self.pack, today),
                fast=self.law.fast,
                kept=self.law.cache,
                processors=self.law.processors,
            )
        place = sorted(self.pack.programmes).index(name)
        return Part(place, numbers[wanted], abouts[wanted], grants)


class _Look:
    """What one sweep opens of a range. All sets of subjects are truths by place."""

    def __init__(self, sweep: Sweep, people: Range) -> None:
        self._of, self.range = sweep, people
        self._pack, self._along = sweep.pack, sweep.along
        self._opened = np.zeros(people.record_of.shape, dtype=np.bool_)

    def holders(self, before: Numbers) -> Numbers:
        """The places of those of the range who may hold something, or were `before` found to, by number."""
        people, needs = self.range, self._of.needs
        kinds = {self._pack.programmes[name].holder for name in self._of.programmes}
        with people.timed("places"):
            known = np.isin(people.numbers, before)
            found_ = people.of_kinds(kinds) & people.having(self._of.categories)
        if all(needs.values()):
            relations = {relation for links in needs.values() for relation in links}
            for category in {category_of(self._pack, relation) for relation in relations}:
                self._open(found_[:, None] & self._columns({category}))
            with people.timed("places"):
                linked = np.zeros(len(people), dtype=np.bool_)
                for relation in relations:
                    linked[self._ends(relation)[0]] = True
                found_ &= linked | known
        with people.timed("places"):
            holders = np.flatnonzero((found_ | known) & people.alive)
        return holders[holders < people.here]

    def facts(self, holders: Numbers) -> columns.Facts:
        """The records that the programmes read of these holders, as columns."""
        people = self.range
        level: dict[Chain, Numbers] = {(): holders}
        reached = np.zeros(len(people), dtype=np.bool_)
        while level:
            with people.timed("places"):
                reached = _wide(reached, len(people))
                wanted = np.zeros(people.record_of.shape, dtype=np.bool_)
                for chain, places in level.items():
                    wanted[places] |= self._columns(self._along.categories[chain])
                    reached[places] = True
            self._open(wanted)
            level = self._next(level)
        with people.timed("columns"):
            subjects, rows = people.history(_wide(reached, len(people)) & people.alive, self._all_opened())
            return build(self._pack, subjects, rows, self._of.law.cache)

    def covered(self) -> Numbers:
        """Whoever of the range was opened, or has a record by which others lead there; numbers, rising."""
        people, here = self.range, self.range.here
        with people.timed("places"):
            relations = {chain[-1] for chain in self._along.categories if chain}
            met = people.having({category_of(self._pack, relation) for relation in relations})
            mine = np.flatnonzero((met | self._all_opened().any(axis=1))[:here])
        people.unlock(mine)
        return people.numbers[mine]

    def elsewhere(self) -> dict[int, set[str]]:
        """Whose records outside the range were opened, and in which categories."""
        people, names = self.range, list(self.range.categories)
        with people.timed("places"):
            found_: dict[int, set[str]] = {}
            for at, category in np.argwhere(self._all_opened()[people.here :]).tolist():
                found_.setdefault(int(people.numbers[people.here + at]), set()).add(names[category])
        return found_

    def _all_opened(self) -> Truths:
        self._opened = _wide(self._opened, len(self.range))
        return self._opened

    def _columns(self, categories: Collection[str]) -> Truths:
        return np.array([name in categories for name in self.range.categories], dtype=np.bool_)

    def _open(self, wanted: Truths) -> None:
        with self.range.timed("places"):
            there = wanted & (self.range.record_of >= 0)
            self._opened = self._all_opened() | there
        self.range.open(there)

    def _next(self, level: Mapping[Chain, Numbers]) -> dict[Chain, Numbers]:
        onward: dict[Chain, Numbers] = {}
        for chain, places in level.items():
            for longer in self._along.onward(chain):
                with self.range.timed("places"):
                    from_, to = self._ends(longer[-1])
                    mine = np.zeros(len(self.range), dtype=np.bool_)
                    mine[places] = True
                    ends = to[mine[from_]]
                if len(ends):
                    onward[longer] = self.range.places_of(ends)
        return onward

    def _ends(self, relation: str) -> tuple[Numbers, Numbers]:
        """(place of a subject, number of whom it is linked to), as far as opened."""
        declared = self._pack.vocabulary.relations[relation]
        if declared.inverse_of:
            return self.range.owners(declared.owning, self._all_opened())
        return self.range.members(f"{declared.link}.present", self._all_opened())


def _different(
    people: Range, holders: Numbers, parts: Sequence[Part], before: Mapping[int, bytes]
) -> list[int]:
    """The holders whose digest is another than the one that is kept."""
    keys, numbers = people.opening.keys, people.numbers[holders].tolist()
    return [
        number
        for number, content in found.contents(parts, numbers).items()
        if digest(keys[number], content) != before.get(number)
    ]


def _wide(truths: Truths, count: int) -> Truths:
    """The same, with room for places that were given since."""
    if len(truths) == count:
        return truths
    return np.concatenate([truths, np.zeros((count - len(truths), *truths.shape[1:]), dtype=np.bool_)])
