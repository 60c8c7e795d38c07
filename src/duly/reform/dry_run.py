"""A dry run asks two laws about everybody: the one to come, and the one that would be in force without it.

Both are swept over the whole population in columns. Of most that is all: their timelines are the same, or
only rise. The others are looked at closer, key by key; then whoever holds something about the same subjects,
for what waits there. Nothing is written but whom it opened. Everything is evaluated for the effective day, so
that what time alone changes is in both answers.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np
from sqlalchemy import Connection, select

from duly.delivery.brake import Brake
from duly.entitlements import Due, Key, Reason
from duly.entitlements import found as found_
from duly.entitlements.compared import Asked, Chunk, compared
from duly.entitlements.due import timelines
from duly.entitlements.evaluate import clipped
from duly.entitlements.found import contents
from duly.entitlements.holdings import Held, held_by
from duly.entitlements.tables import entitlement as entitlement_table
from duly.entitlements.tables import mark as mark_table
from duly.law import kernel
from duly.law.changed import changed_programmes
from duly.reform.changes import Change
from duly.reform.closer import ABOUT, Sides, closely, statistics
from duly.reform.figures import FORMAT, SMALLEST, Figures, Outcome, Tally, band_of, bands, reasons_of
from duly.reform.outcomes import MONTHS, UNCHANGED, outcome_of, together
from duly.reform.rises import alike, only_rises
from duly.store import Store
from duly.timeline import to_iso
from duly.vault import Use
from duly.vault.tables import subject as subject_table

__all__ = ["Look", "Sides", "run_dry"]

CLOSER: Final = 1000
"""Holders that are looked at closer together."""
END: Final = 2**63 - 1


def run_dry(
    store: Store,
    sides: Sides,
    change: Change,
    *,
    now: int,
    today: int,
    progress: Callable[[int], None] = lambda _: None,
) -> Figures:
    """The figures of a change. `progress` is told how many holders were looked at so far."""
    with store.write() as conn:
        sides.vault.end_left(conn, ABOUT)
    look = Look(store, sides, change, now, progress)
    look.everybody()
    return look.figures(today)


class Marked(NamedTuple):
    """A holder: the changed programmes; whether something is to be decided yet, or ever was looked at."""

    programmes: list[str]
    stale: bool
    looked: bool


class Look:
    """One dry run."""

    def __init__(
        self, store: Store, sides: Sides, change: Change, now: int, progress: Callable[[int], None]
    ) -> None:
        self.store, self.sides, self.change, self.now, self.progress = store, sides, change, now, progress
        self.old, self.new = sides.old.law.pack, sides.new.law.pack
        self.changed = sorted(changed_programmes(self.old, self.new))
        self.fresh = [name for name in self.changed if name not in self.old.programmes]
        self.alike = {name for name in self.changed if alike(sides.old, sides.new, name)}
        groups = self.sides.new.profiles.purposes()
        self.groups = {p: [n for n in names if n in self.changed] for p, names in groups.items()}
        self.groups = {purpose: names for purpose, names in self.groups.items() if names}
        self.people = 0
        self._everybody, self._bands = Tally(), Counter[int]()
        self._programmes = {name: Tally() for name in self.changed}
        self._reasons = Counter[str]()
        self._took, self._touched = Counter[str](), Counter[str]()

    def everybody(self) -> None:
        """Count everybody: in columns, and then closer whom that does not settle."""
        if not self.groups:
            return
        *others, last = self.groups
        elsewhere = {holder for purpose in others for holder in self._differing(purpose)}
        closer = self._swept(last, elsewhere)
        near = set[int]()
        for at in range(0, len(closer), CLOSER):
            near |= self._closer(closer[at : at + CLOSER])
        self._beside(sorted(near.difference(closer)))

    def _differing(self, purpose: str) -> Iterator[int]:
        """Whoever is due something else under a purpose that is not counted in columns."""
        for chunk in self._chunks(purpose):
            for name in self.groups[purpose]:
                yield from _differ(chunk, name)

    def _chunks(self, purpose: str) -> Iterator[Chunk]:
        """The population under both laws, range by range."""
        names, day = self.groups[purpose], self.change.effective
        known = tuple(name for name in names if name not in self.fresh)
        after = Asked(self.sides.new.law, tuple(names), day)
        before = Asked(self.sides.old.law, known, day) if known else after
        for chunk in compared(self.store, self.sides.vault, self._use(names), before, after):
            yield chunk if known else chunk._replace(before={})

    def _use(self, names: Sequence[str]) -> Use:
        """What both laws open under programmes of one purpose, and what stands of them."""
        known = {name for name in names if name not in self.fresh}
        new = statistics(self.sides.new, self.new, set(names))
        old = statistics(self.sides.old, self.new, known).categories if known else frozenset[str]()
        return replace(new, categories=new.categories | old)

    def _acting(self) -> Store:
        """The database, for the uses of this run."""
        return self.store.acting(*(self._use(names).context for names in self.groups.values()))

    def _swept(self, purpose: str, elsewhere: Collection[int]) -> array[int]:
        """Count whom columns settle; the others, by number."""
        closer, after = array("q"), -1
        for chunk in self._chunks(purpose):
            if len(chunk.holders):
                last = int(max(chunk.holders))
                closer.extend(self._range(purpose, chunk, after, last, elsewhere))
                after = last
                self.progress(self.people)
        nobody = Chunk(subjects=0, holders=np.empty(0, dtype=np.int64), before={}, after={})
        closer.extend(self._range(purpose, nobody, after, END, elsewhere))
        return closer

    def _range(
        self, purpose: str, chunk: Chunk, after: int, last: int, elsewhere: Collection[int]
    ) -> list[int]:
        """Those of the holders above `after` up to `last` who have to be looked at closer."""
        names = self.groups[purpose]
        differ = {name: _differ(chunk, name) for name in names}
        moved = frozenset[int]().union(*differ.values())
        here = set(map(int, chunk.holders))
        with self._acting().read() as conn:
            marked = self._marked(conn, purpose, after, last)
            digests = found_.in_range(conn, purpose, after, last)
            gone = _holding(conn, names, [n for n in marked if n not in here])
            closer = (marked.keys() - settled(marked, digests)) | (marked.keys() & gone)
            closer |= {n for n in marked if n in elsewhere}
            rising = [n for n in marked if n in moved and n not in closer]
            rises = self._rises(conn, chunk, names, differ, rising)
        closer |= {n for n in rising if n not in rises}
        for holder, one in marked.items():
            if holder not in closer:
                told = rises.get(holder, {})
                self._count(holder, {name: told.get(name, []) for name in one.programmes})
        return sorted(closer)

    def _marked(self, conn: Connection, purpose: str, after: int, last: int) -> dict[int, Marked]:
        """The holders of the range: everybody who was looked at, or could hold what is new."""
        within = mark_table.c.holder.between(after + 1, last)
        told = select(mark_table.c.holder, mark_table.c.programme, mark_table.c.wanted > mark_table.c.done)
        of_purpose = self.sides.new.profiles.purposes()[purpose]
        found: dict[int, Marked] = {}
        for holder, name, stale in conn.execute(told.where(within).order_by(mark_table.c.holder)):
            one = found.setdefault(holder, Marked([], False, False))
            if name in self.changed:
                one.programmes.append(name)
            if name in of_purpose:
                found[holder] = one._replace(stale=one.stale or bool(stale), looked=True)
        for name in self.fresh:
            for holder in self._could(conn, name, after, last):
                one = found.setdefault(holder, Marked([], False, False))
                one.programmes.extend({name}.difference(one.programmes))
        return {holder: one for holder, one in sorted(found.items()) if one.programmes}

    def _could(self, conn: Connection, programme: str, after: int, last: int) -> list[int]:
        numbers = select(subject_table.c.number).where(
            subject_table.c.kind == self.new.programmes[programme].holder,
            subject_table.c.wrapped.is_not(None),
            subject_table.c.number.between(after + 1, last),
        )
        return list(conn.execute(numbers).scalars())

    def _rises(
        self,
        conn: Connection,
        chunk: Chunk,
        names: Sequence[str],
        differ: Mapping[str, frozenset[int]],
        holders: Sequence[int],
    ) -> dict[int, dict[str, list[Outcome]]]:
        """Of these holders, whose amounts only rise, and what that comes to by programme."""
        found: dict[int, dict[str, list[Outcome]]] = {holder: {} for holder in holders}
        if not holders:
            return found
        with self.sides.vault.noting(conn, {}):  # all of them are covered by what the chunk was opened for
            stands = held_by(conn, self.sides.vault, self._use(names), holders, names)
        for name in names:
            some = differ[name].intersection(found)
            before, after = (timelines(side[name], some) if name in side else {} for side in chunk[2:])
            for pair in before.keys() | after.keys():
                held = stands.get(Key(pair[0], name, pair[1]))
                one = self._rise(name, held, before.get(pair), after.get(pair))
                if one is None:
                    found.pop(pair[0], None)
                elif pair[0] in found:
                    found[pair[0]].setdefault(name, []).append(one)
        return found

    def _rise(self, name: str, held: Held | None, before: Due | None, after: Due | None) -> Outcome | None:
        """What the change does to a key whose amounts only rise; None where that is not so."""
        if before == after:
            return UNCHANGED
        if held is None or before is None or after is None or name not in self.alike:
            return None
        stands, profile = held.entitlement, self.sides.new.profiles[name]
        first = self.sides.new.payable_from(name, stands.first_day)
        if not all(only_rises(stands, due, first, profile.terms) for due in (before, after)):
            return None
        old, new = clipped(before, first), clipped(after, first)
        return outcome_of(profile, old, new, self.change.effective, reasons=frozenset(), takes=False)

    def _closer(self, holders: Sequence[int]) -> set[int]:
        """Look closer at these holders, and count them; who else holds something about the same."""
        told, near = self._told(holders)
        for holder, by_programme in told.items():
            self._count(holder, by_programme)
        self.progress(self.people)
        return near

    def _beside(self, holders: Sequence[int]) -> None:
        """Whoever was counted in columns has something waiting because of another, if anything."""
        for at in range(0, len(holders), CLOSER):
            for by_programme in self._told(holders[at : at + CLOSER])[0].values():
                waiting = [any(one.reasons for one in some) for some in by_programme.values()]
                self._everybody.cases += any(waiting)
                for name, waits in zip(by_programme, waiting, strict=True):
                    self._programmes[name].cases += waits
                    self._wait(name, by_programme[name])

    def _told(self, holders: Sequence[int]) -> tuple[dict[int, dict[str, list[Outcome]]], set[int]]:
        with self._acting().write() as conn:
            pairs = self._pairs(conn, holders)
            found, near = closely(conn, self.sides, self.change, self.changed, pairs, self.now)
        told: dict[int, dict[str, list[Outcome]]] = {}
        for (holder, name), outcomes in found.items():
            told.setdefault(holder, {})[name] = outcomes
        return told, near

    def _pairs(self, conn: Connection, holders: Sequence[int]) -> list[tuple[int, str]]:
        columns = mark_table.c
        seen = select(columns.holder, columns.programme).where(
            columns.holder.in_(holders), columns.programme.in_(self.changed)
        )
        found = {(holder, name) for holder, name in conn.execute(seen)}
        for name in self.fresh:
            kinds = self.sides.vault.kinds(conn, holders)
            found |= {(h, name) for h, kind in kinds.items() if kind == self.new.programmes[name].holder}
        return sorted(found)

    def _count(self, holder: int, by_programme: Mapping[str, Sequence[Outcome]]) -> None:
        """One holder: under each programme, and in all."""
        for name, outcomes in by_programme.items():
            self._programmes[name].add(together(outcomes))
            self._touched[self.sides.new.profiles[name].agency] += 1
            self._wait(name, outcomes)
        whole = together([one for some in by_programme.values() for one in some])
        self.people += 1
        self._everybody.add(whole)
        if whole.year and not whole.unknown:
            self._bands[band_of(Fraction(whole.year, MONTHS * 100))] += 1

    def _wait(self, programme: str, outcomes: Sequence[Outcome]) -> None:
        """What waits, and what is taken."""
        self._reasons.update(reason for outcome in outcomes for reason in outcome.reasons)
        self._took[self.sides.new.profiles[programme].agency] += sum(one.takes for one in outcomes)

    def counts(self) -> dict[str, object]:
        """All that was counted, of which nothing is left out yet."""
        rows = {"": self._everybody, **self._programmes}
        return {
            "rows": {name: vars(tally) for name, tally in rows.items()},
            "bands": self._bands,
            "reasons": +self._reasons,
            "took": +self._took,
            "touched": self._touched,
        }

    def figures(self, today: int) -> Figures:
        """What may be told of it."""
        brake = Brake.of(self.new)
        return Figures(
            format=FORMAT,
            pack=self.new.name,
            change=self.change.number,
            old=self.old.hash,
            new=self.new.hash,
            effective=to_iso(self.change.effective),
            on=to_iso(today),
            currency=self.new.currency,
            smallest=SMALLEST,
            share=str(brake.share),
            holds=any(brake.trips(self._took[a], self._touched[a]) for a in self._touched),
            everybody=self._everybody.row(""),
            programmes=tuple(tally.row(name) for name, tally in self._programmes.items()),
            bands=bands(self._bands),
            reasons=reasons_of(self._reasons, [reason.value for reason in Reason]),
        )


def settled(marked: Mapping[int, Marked], digests: Mapping[int, bytes]) -> set[int]:
    """The holders about whom nothing is to be decided, nothing waits, and nothing was chosen."""
    return {n for n, one in marked.items() if not one.stale and (not one.looked or digests.get(n))}


def _differ(chunk: Chunk, name: str) -> frozenset[int]:
    """The holders of a chunk who are due something else under a programme."""
    before, after = chunk.before.get(name), chunk.after.get(name)
    if after is None:
        return frozenset()
    if before is None:  # a new programme: whoever is due anything, or may be
        owners = np.repeat(after.holders, np.diff(after.grants.offsets))
        some = np.isin(after.grants.state, (kernel.GRANT, kernel.NOT_KNOWN))
        return frozenset(np.unique(owners[some]).tolist())
    holders = [int(holder) for holder in chunk.holders]
    was, is_ = (contents([part._replace(place=0)], holders) for part in (before, after))
    return frozenset(holder for holder in holders if was[holder] != is_[holder])


def _holding(conn: Connection, names: Sequence[str], holders: Sequence[int]) -> set[int]:
    """Those of the holders about whom something was decided under these programmes."""
    if not holders:
        return set()
    holder, programme = entitlement_table.c.holder, entitlement_table.c.programme
    there = select(holder).where(programme.in_(names), holder.between(min(holders), max(holders)))
    return set(conn.execute(there).scalars()).intersection(holders)
