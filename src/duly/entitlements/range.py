"""The records of a range of subjects, and of whoever they lead to: each is opened once, whoever asks.

Subjects have places in the range, first its own by number, then the others in the order in which they were
led to. What is opened is told by a table of places and categories.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select

from duly.facts.reading import Pointers, Read, read
from duly.facts.tables import snapshot
from duly.law.rows import IS, Rows, Subjects
from duly.store.rows import raw_rows, read_rows
from duly.vault import Opening, Sealed
from duly.vault.tables import subject

__all__ = ["Clock", "People", "Range", "Truths", "people_after"]

Clock = Callable[[str], AbstractContextManager[None]]
"""Told what the time goes to; `nullcontext` where nobody measures."""
Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]
NO_RECORD: Final = -1

_PEOPLE = (
    select(subject.c.number, subject.c.kind, subject.c.wrapped)
    .where(subject.c.number > bindparam("after"))
    .order_by(subject.c.number)
    .limit(bindparam("most"))
)
_OTHERS = select(subject.c.number, subject.c.kind, subject.c.wrapped).where(
    subject.c.number.in_(bindparam("subjects", expanding=True))
)
_RECORDS = (
    select(snapshot.c.subject, snapshot.c.category, snapshot.c.version, snapshot.c.sealed)
    .where(
        snapshot.c.subject > bindparam("after"),
        snapshot.c.subject <= bindparam("last"),
        snapshot.c.category.in_(bindparam("categories", expanding=True)),
    )
    .order_by(snapshot.c.subject, snapshot.c.category)
)
_OF_OTHERS = select(snapshot.c.subject, snapshot.c.category, snapshot.c.version, snapshot.c.sealed).where(
    snapshot.c.subject.in_(bindparam("subjects", expanding=True))
)


class People(NamedTuple):
    """The subjects with numbers above `after`, by number; there may be none."""

    after: int
    numbers: tuple[int, ...]
    kinds: tuple[str, ...]
    wrapped: tuple[bytes | None, ...]

    @property
    def last(self) -> int:
        """The number of the last."""
        return self.numbers[-1]


def people_after(conn: Connection, after: int, most: int) -> People:
    """The next so many subjects."""
    rows = raw_rows(conn, _PEOPLE, {"after": after, "most": most})
    return _people(after, rows)


def _people(after: int, rows: Sequence[Sequence[Any]]) -> People:
    if not rows:
        return People(after, (), (), ())
    numbers, kinds, wrapped = zip(*rows, strict=True)
    return People(after, numbers, kinds, wrapped)


@dataclass(frozen=True, slots=True)
class _Block:
    """Records that were read together: their places among all, and what they say."""

    records: Numbers
    said: Read


class Range:
    """One range. `here` are the places of its own subjects."""

    def __init__(
        self,
        conn: Connection,
        opening: Opening,
        people: People,
        categories: Iterable[str],
        cache: Path | None,
        timed: Clock,
    ) -> None:
        self._conn, self.opening, self._cache, self.timed = conn, opening, cache, timed
        self.people, self.here = people, len(people.numbers)
        self.categories = {name: place for place, name in enumerate(sorted(categories))}
        self.numbers = np.empty(0, dtype=np.int64)
        self.record_of = np.empty((0, len(self.categories)), dtype=np.int64)
        """By place and category the record, or `NO_RECORD`."""
        self._wrapped: list[bytes | None] = []
        self._kinds: list[str] = []
        self._sealed: list[Sealed] = []
        self._subjects: Numbers = np.empty(0, dtype=np.int64)
        self._is_read: Truths = np.empty(0, dtype=np.bool_)
        self._blocks: list[_Block] = []
        given = {"after": people.after, "last": people.last, "categories": sorted(categories)}
        with timed("SQL"):
            rows = raw_rows(conn, _RECORDS, given)
        with timed("places"):
            self._more(people, cast(Sequence[Sealed], rows))

    def __len__(self) -> int:
        return len(self.numbers)

    def of_kinds(self, kinds: Iterable[str]) -> Truths:
        """The places of subjects of these kinds."""
        names, wanted = self._kind_names, set(kinds)
        return np.array([name in wanted for name in names], dtype=np.bool_)[self._kind_places]

    @cached_property
    def alive(self) -> Truths:
        """The places of subjects whose key is not destroyed."""
        return np.array([key is not None for key in self._wrapped], dtype=np.bool_)

    def having(self, categories: Iterable[str]) -> Truths:
        """The places of subjects that have a record of one of these categories."""
        columns = [self.categories[name] for name in categories]
        return (self.record_of[:, columns] != NO_RECORD).any(axis=1)

    def places_of(self, numbers: Numbers) -> Numbers:
        """The places of subjects, those that exist; who was not led to before gets one."""
        wanted = np.unique(numbers)
        found = self._among(wanted)
        if strange := wanted[found < 0].tolist():
            with self.timed("SQL"):
                others = read_rows(self._conn, _OTHERS, "subjects", strange)
                rows = read_rows(self._conn, _OF_OTHERS, "subjects", strange)
            if others:
                with self.timed("places"):
                    known = [cast(Sealed, row) for row in rows if row[1] in self.categories]
                    self._more(_people(0, others), known)
            found = self._among(wanted)
        return found[found >= 0]

    def open(self, wanted: Truths) -> None:
        """Open the records of these places and categories that are not open yet."""
        records = self.record_of[wanted]
        records = records[records != NO_RECORD]
        records = records[~self._is_read[records]]
        if not len(records):
            return
        self.unlock(np.unique(self._subjects[records]))
        self._is_read[records] = True
        with self.timed("unseal"):
            sealed = [self._sealed[record] for record in _listed(records)]
            opened = self.opening.open(sealed)
        with self.timed("decode"):
            self._blocks.append(_Block(records, read(opened, self._cache)))
            self.__dict__.pop("_said", None)

    def unlock(self, places: Numbers) -> None:
        """Unwrap the keys of subjects, who are alive."""
        with self.timed("unwrap"):
            wrapped = [self._wrapped[place] for place in _listed(places)]
            self.opening.unlock(zip(_listed(self.numbers[places]), wrapped, strict=True))

    def members(self, attribute: str, opened: Truths) -> tuple[Numbers, Numbers]:
        """(place of the owner, number of the member) of links, by their presence, in records open to one."""
        rows = self._said.rows
        mine = np.flatnonzero(rows.names == _place(rows.texts, attribute))
        return self._open_to(opened, rows.owners[mine], rows.members[mine])

    def owners(self, relation: str, opened: Truths) -> tuple[Numbers, Numbers]:
        """(place of the member, number of the owner) of the links that lead to subjects."""
        pointers = self._said.pointers
        mine = np.flatnonzero(pointers.names == _place(pointers.texts, relation))
        return self._open_to(opened, pointers.records[mine], pointers.owners[mine])

    def history(self, reached: Truths, opened: Truths) -> tuple[Subjects, Rows]:
        """These subjects by number, and what the records say that are open to one."""
        places = np.flatnonzero(reached)
        places = places[np.argsort(self.numbers[places])]
        at = np.full(len(self), -1, dtype=np.int64)
        at[places] = np.arange(len(places))
        rows = self._said.rows
        owners = np.where(self._readable(opened)[rows.owners], at[self._subjects[rows.owners]], -1)
        order = np.argsort(owners, kind="stable")
        order = order[np.searchsorted(owners[order], 0) :]
        subjects = Subjects(self.numbers[places], self._kind_places[places], self._kind_names)
        return subjects, rows.take(order, owners[order])

    # Inside.

    def _more(self, people: People, rows: Sequence[Sealed]) -> None:
        """Subjects and their records, who are given places. Whose key is destroyed has no record.

        A record of nobody here is of a subject that was created after these were read: its own step looks.
        """
        begin, many = len(self.numbers), len(self._sealed)
        self.numbers = np.concatenate([self.numbers, np.array(people.numbers, dtype=np.int64)])
        self._wrapped.extend(people.wrapped)
        self._kinds.extend(people.kinds)
        for name in ("alive", "_order", "_kind_names", "_kind_places"):
            self.__dict__.pop(name, None)
        places = self._among(np.array([row[0] for row in rows], dtype=np.int64))
        if (strange := places < 0).any():
            rows, places = [rows[at] for at in _listed(np.flatnonzero(~strange))], places[~strange]
        of = np.array([self.categories[row[1]] for row in rows], dtype=np.int64)
        table = np.full((len(people.numbers), len(self.categories)), NO_RECORD, dtype=np.int64)
        table[places - begin, of] = np.arange(many, many + len(rows))
        table[~self.alive[begin:]] = NO_RECORD
        self.record_of = np.concatenate([self.record_of, table])
        self._sealed.extend(rows)
        self._subjects = np.concatenate([self._subjects, places])
        self._is_read = np.concatenate([self._is_read, np.zeros(len(rows), dtype=np.bool_)])

    @cached_property
    def _order(self) -> Numbers:
        return np.argsort(self.numbers)

    @cached_property
    def _kind_names(self) -> list[str]:
        return sorted(set(self._kinds))

    @cached_property
    def _kind_places(self) -> Numbers:
        by_name = {name: place for place, name in enumerate(self._kind_names)}
        return np.array([*map(by_name.__getitem__, self._kinds)], dtype=np.int64)

    def _among(self, numbers: Numbers) -> Numbers:
        """Places, -1 for those that have none."""
        if not len(self.numbers):
            return np.full(len(numbers), -1, dtype=np.int64)
        order = self._order
        at = np.searchsorted(self.numbers, numbers, sorter=order)
        at[at == len(order)] = 0
        places = order[at]
        return np.where(self.numbers[places] == numbers, places, -1)

    def _readable(self, opened: Truths) -> Truths:
        """The records that are open to one who opened these places and categories."""
        records = self.record_of[opened]
        found = np.zeros(len(self._sealed), dtype=np.bool_)
        found[records[records != NO_RECORD]] = True
        return found

    def _open_to(self, opened: Truths, records: Numbers, others: Numbers) -> tuple[Numbers, Numbers]:
        mine = self._readable(opened)[records]
        return self._subjects[records[mine]], others[mine]

    @cached_property
    def _said(self) -> Read:
        """All that was read so far, with records for owners."""
        with self.timed("decode"):
            return _joined(self._blocks)


def _listed(numbers: Numbers) -> list[int]:
    return numbers.tolist()


def _place(texts: Sequence[str], text: str) -> int:
    return texts.index(text) if text in texts else -1


def _joined(blocks: Sequence[_Block]) -> Read:
    """Blocks as one."""
    return Read(_joined_rows(blocks), _joined_pointers(blocks))


def _joined_rows(blocks: Sequence[_Block]) -> Rows:
    names, rows = dict[str, int](), [block.said.rows for block in blocks]
    segments, letters = _begins(each.offsets[-1] for each in rows), _begins(len(each.data) for each in rows)
    offsets = [each.offsets[:-1] + first for each, first in zip(rows, segments, strict=False)]
    said = zip(rows, letters, strict=False)
    return Rows(
        owners=_end([block.records[block.said.rows.owners] for block in blocks]),
        names=_end([_renamed(names, each.texts)[each.names] for each in rows]),
        members=_end([each.members for each in rows]),
        offsets=_end([*offsets, np.array(segments[-1:], dtype=np.int64)]),
        starts=_end([each.starts for each in rows]),
        kinds=_end([each.kinds for each in rows]),
        values=_end([each.values + begin * (each.kinds == IS.WORDS) for each, begin in said]),
        lengths=_end([each.lengths for each in rows]),
        data=np.concatenate([np.empty(0, dtype=np.uint8), *(each.data for each in rows)]),
        texts=tuple(names),
    )


def _joined_pointers(blocks: Sequence[_Block]) -> Pointers:
    relations, links = dict[str, int](), [block.said.pointers for block in blocks]
    return Pointers(
        _end([block.records[block.said.pointers.records] for block in blocks]),
        _end([_renamed(relations, each.texts)[each.names] for each in links]),
        _end([each.owners for each in links]),
        tuple(relations),
    )


def _begins(lengths: Iterable[int]) -> list[int]:
    """Where each begins when one stands after the other, and where the last ends."""
    return np.cumsum([0, *lengths]).tolist()


def _renamed(known: dict[str, int], texts: Iterable[str]) -> Numbers:
    return np.array([known.setdefault(text, len(known)) for text in texts], dtype=np.int64)


def _end(arrays: Sequence[Numbers]) -> Numbers:
    """One after the other."""
    return np.concatenate([np.empty(0, dtype=np.int64), *arrays])
