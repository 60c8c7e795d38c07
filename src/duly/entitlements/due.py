"""due = law(facts): the timelines of many keys at once, by the kernel, as decisions compare them.

All days since `FIRST` are evaluated, up to the pack's horizon, with the rates known today; what would be due
had nobody died is asked only for keys that lose something.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np

from duly.entitlements.found import Part
from duly.entitlements.segments import UNKNOWN, Due, Value
from duly.law import ALWAYS, History, Pack, SubjectHistory, columns, kernel
from duly.law.conflicts import first_conflict
from duly.law.scalars import CONFLICT
from duly.law.situation import Missing
from duly.timeline import add_years, from_iso, year_first

__all__ = ["FIRST", "Batch", "Law", "Pair", "deaths", "horizon", "timelines", "value_now"]

FIRST: Final = from_iso("1850-01-01")
"""The first day on which anything can be due."""

NO: Final = 0
Pair = tuple[int, int]
"""(holder, about)."""
Spans = tuple[tuple[int, int], ...]
"""Days [start, end)."""


def horizon(pack: Pack, today: int) -> int:
    """The day to which timelines are computed; it moves once a year."""
    return add_years(year_first(today), pack.horizon_years)


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """A pack, and how it is evaluated: what was compiled is kept in `cache`.

    `fast` False evaluates the same without compiling, for a process that lives for a few keys only.
    `processors`: how many a large batch may use (None: all).
    """

    pack: Pack
    cache: Path | None
    fast: bool
    processors: int | None

    def warm(self) -> None:
        """Compile, or load what was compiled before, so that no batch has to wait for it."""
        for programme in self.pack.programmes:
            kernel.warm(self.pack, programme, self.cache)


class Batch:
    """The law applied to one history, on one day."""

    def __init__(self, law: Law, history: History, today: int) -> None:
        self.law, self.history, self.today = law, history, today
        self._pack = law.pack
        self._torn: dict[tuple[str, Pair], Spans] = {}
        """Days of which the kernel says that law conflicts; within one of them nothing changes."""
        self.parts: dict[str, Part] = {}
        """By programme: what `due` last found, in columns."""

    @cached_property
    def facts(self) -> columns.Facts:
        return columns.build(self._pack, self.history)

    @cached_property
    def _alive(self) -> columns.Facts:
        return columns.build(self._pack, _without_deaths(self._pack, self.history))

    def due(self, programme: str, holders: Collection[int]) -> dict[Pair, Due]:
        """What is due to these holders under a programme, by (holder, about)."""
        rows = self._rows(programme, self.facts, set(holders))
        return self._due(programme, self.facts, rows, note=self._note)

    def without_deaths(self, programme: str, pairs: Collection[Pair]) -> dict[Pair, Due]:
        """What would be due under these keys had nobody died."""
        rows = self._rows(programme, self._alive, {holder for holder, _ in pairs})
        return self._due(programme, self._alive, [row for row in rows if row.pair in pairs])

    def conflict(self, programme: str, pair: Pair, first: int) -> tuple[Spans, str]:
        """The days from `first` on on which the law contradicts itself about a key, and how; else ((), "").

        Where a fact is lacking too, and might settle it, it is no conflict yet.
        """
        torn = [(max(a, first), b) for a, b in self._torn.get((programme, pair), ()) if b > first]
        days = (day for day, _ in torn)
        found = first_conflict(self._pack, programme, self.history, *pair, days, known_at=self.today)
        return (tuple(span for span in torn if span[0] >= found.day), found.said) if found else ((), "")

    def reviewed(self, programme: str, first_days: Mapping[Pair, int]) -> dict[Pair, tuple[str, bool]]:
        """Why a human has to see keys, and whether at every decision; only those that need it.

        A review of the first grant looks at the day on which the key was first heard of, so that no case
        settles itself by waiting; one of every decision looks at today.
        """
        reviews = [review for review in self._pack.reviews if review.programme == programme]
        rows = self._rows(programme, self.facts, {holder for holder, _ in first_days}) if reviews else []
        rows = [row for row in rows if row.pair in first_days]
        if not rows:
            return {}
        at_first = self._asked(programme, rows, [first_days[row.pair] for row in rows])
        always = any(review.when == ALWAYS for review in reviews)
        at_last = self._asked(programme, rows, [self.today] * len(rows)) if always else at_first
        answers: dict[Pair, tuple[str, bool]] = {}
        for row, first, last in zip(rows, at_first, at_last, strict=True):
            states = zip(reviews, first, last, strict=True)
            asked = [
                review for review, one, other in states if (other if review.when == ALWAYS else one) != NO
            ]
            if asked:
                reason = " ".join(review.reason for review in asked)
                answers[row.pair] = (reason, any(review.when == ALWAYS for review in asked))
        return answers

    def _asked(self, programme: str, rows: Sequence[_Row], days: Sequence[int]) -> list[list[int]]:
        found = kernel.reviews(
            self._pack,
            programme,
            self.facts,
            *_columns(rows),
            days=np.array(days, dtype=np.int32),
            known_at=self.today,
            fast=self.law.fast,
            wait=False,
            kept=self.law.cache,
        )
        return np.asarray(found).tolist()

    def _note(self, programme: str, rows: Sequence[_Row], grants: kernel.Grants) -> None:
        """Keep the columns; look closer at the keys that are unknown because of a conflict of law."""
        pairs = np.array([row.pair for row in rows], dtype=np.int64).reshape(-1, 2)
        place = sorted(self._pack.programmes).index(programme)
        self.parts[programme] = Part(place, pairs[:, 0], pairs[:, 1], grants)
        torn = np.flatnonzero(grants.reasons == CONFLICT)
        if len(torn):
            found: set[int] = set(np.searchsorted(grants.offsets[1:], torn, side="right").tolist())
            self._look_closer(programme, [rows[row] for row in sorted(found)], int(grants.starts[torn].min()))

    def _look_closer(self, programme: str, rows: Sequence[_Row], first: int) -> None:
        """The days of conflicts: a segment joins them with days on which only a fact is lacking."""
        last = horizon(self._pack, self.today)
        days = {"known_at": self.today, "first": first, "last": last}
        steps = kernel.steps(self._pack, programme, self.facts, *_columns(rows), **days, kept=self.law.cache)
        starts, torn = steps.starts.tolist(), (steps.reasons == CONFLICT).tolist()
        for row, (begin, end) in zip(rows, pairwise(steps.offsets.tolist()), strict=True):
            spans = zip(starts[begin:end], [*starts[begin + 1 : end], last], torn[begin:end], strict=True)
            self._torn[programme, row.pair] = tuple((a, b) for a, b, is_torn in spans if is_torn)

    def _rows(self, programme: str, facts: columns.Facts, holders: set[int]) -> list[_Row]:
        found = self._pack.programmes[programme]
        keys = columns.keys(self._pack, programme, facts)
        numbers = facts.numbers[found.holder].tolist()
        abouts = facts.numbers[found.about].tolist() if found.over else numbers
        rows = zip(keys.holders.tolist(), keys.abouts.tolist(), keys.links.tolist(), strict=True)
        return [
            _Row((numbers[holder], abouts[about]), holder, about, link)
            for holder, about, link in rows
            if numbers[holder] in holders
        ]

    def _due(
        self,
        programme: str,
        facts: columns.Facts,
        rows: Sequence[_Row],
        note: Callable[[str, Sequence[_Row], kernel.Grants], None] | None = None,
    ) -> dict[Pair, Due]:
        if not rows:
            return {}
        grants = kernel.evaluate(
            self._pack,
            programme,
            facts,
            *_columns(rows),
            known_at=self.today,
            first=FIRST,
            last=horizon(self._pack, self.today),
            fast=self.law.fast,
            wait=False,
            kept=self.law.cache,
            processors=self.law.processors,
        )
        if note is not None:
            note(programme, rows, grants)
        return dict(zip((row.pair for row in rows), _timelines(grants), strict=True))


class _Row(NamedTuple):
    """A key with its local indexes."""

    pair: Pair
    holder: int
    about: int
    link: int


def _columns(rows: Sequence[_Row]) -> tuple[columns.Index, columns.Index, columns.Index]:
    return (
        np.array([row.holder for row in rows], dtype=np.int32),
        np.array([row.about for row in rows], dtype=np.int32),
        np.array([row.link for row in rows], dtype=np.int32),
    )


def timelines(part: Part, holders: Collection[int]) -> dict[Pair, Due]:
    """What a part says is due to these holders, by (holder, about)."""
    rows = zip(part.holders.tolist(), part.abouts.tolist(), _timelines(part.grants), strict=True)
    return {(holder, about): due for holder, about, due in rows if holder in holders}


def _timelines(grants: kernel.Grants) -> Iterable[Due]:
    offsets, starts = grants.offsets.tolist(), grants.starts.tolist()
    states, fields = grants.state.tolist(), grants.fields.tolist()
    values: list[Value] = [
        tuple(row) if state == kernel.GRANT else UNKNOWN if state == kernel.NOT_KNOWN else None
        for state, row in zip(states, fields, strict=True)
    ]
    for begin, end in pairwise(offsets):
        yield tuple(zip(starts[begin:end], values[begin:end], strict=True))


def deaths(pack: Pack, history: History) -> dict[int, int]:
    """The day on which each subject died whose death (or what else suspends payment) is known."""
    found: dict[int, int] = {}
    for name in _suspending(pack):
        for number, subject in history.items():
            for _, value in subject.facts.get((name, 0), ()):
                if isinstance(value, int) and not isinstance(value, bool):
                    found[number] = value
    return found


@lru_cache(maxsize=16)
def _suspending(pack: Pack) -> tuple[str, ...]:
    return tuple(name for name, a in pack.vocabulary.attributes.items() if a.suspends)


def _without_deaths(pack: Pack, history: History) -> dict[int, SubjectHistory]:
    gone = {(name, 0) for name in _suspending(pack)}
    return {
        number: replace(subject, facts={key: s for key, s in subject.facts.items() if key not in gone})
        for number, subject in history.items()
    }


def value_now(history: Mapping[int, SubjectHistory], subject: int, attribute: str, day: int) -> object:
    """A subject's own fact on a day; None where it is not asserted or not known."""
    known = history.get(subject)
    found: object = None
    for start, value in known.facts.get((attribute, 0), ()) if known else ():
        if start <= day:
            found = None if isinstance(value, Missing) else value
    return found
