"""Columns of a few facts, written one number after another: for so few, numpy's calls cost more than they do.

They are the columns that `columns.build` makes of many, and what is doubted there is doubted here.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duly.law.doubts import Doubt, refused
from duly.law.layout import Heap, layout
from duly.law.machine import address
from duly.law.plan import followed, numbered
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.sound import LAST, Look, owned, problem
from duly.law.windows import steps, windows
from duly.timeline import BEGIN, END_OF_TIME, Timelines

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute, Relation, Vocabulary
    from duly.law.world import History

__all__ = ["FEW", "Laid", "Pairs", "laid_out", "within"]

FEW: Final = 1000
"""Facts and subjects up to which this is quicker."""
Segments = Sequence[tuple[int, object]]
Rows = dict[int, int]
"""Local indexes of subjects by number."""
Pairs = list[tuple[int, int]]
"""Local indexes of the owner and the member of each link."""
Code = tuple[int, int]
"""A value as it stands in a column, and whether it is known (1)."""
Place = tuple[int, int, int, int]
"""Where a column's offsets, its values, and its starts and flags begin; how many rows it has."""
NOT_KNOWN: Final[Code] = (0, 0)


class _Column(NamedTuple):
    """What can stand in a column: numbers from `low` to `high`, other values of `types`.

    `codes`: those values that there are few of; `absent`: what stands where nothing is asserted.
    """

    name: str
    owner: str
    absent: Code
    types: frozenset[type]
    low: int
    high: int
    codes: Mapping[object, Code]
    attribute: Attribute
    vocabulary: Vocabulary


class _Plan(NamedTuple):
    """What is the same for every history.

    `owned`: by kind of subject and attribute, the place of the column and the kind of link ("": of none).
    """

    owned: Mapping[str, Mapping[str, tuple[int, str]]]
    columns: Sequence[_Column]
    owning: Sequence[Relation]
    followed: Sequence[Relation]
    kinds: Sequence[str]
    numbered: Sequence[str]


class _Lists(NamedTuple):
    """Three arrays while they are written: offsets and values, days and indexes, flags."""

    wide: list[int]
    days: list[int]
    flags: list[int]


class Laid(Mapping[str, Timelines]):
    """Columns by attribute, in three arrays with all else that a kernel reads of a few subjects."""

    def __init__(self, plan: _Plan, history: History) -> None:
        self._plan = plan
        self.index = _numbered(plan, history)
        """Local indexes by kind and number, those first who have a history."""
        self.here = {kind: len(rows) for kind, rows in self.index.items()}
        found, links = _gathered(plan, history, self.index)
        self.links = {r.name: _pairs(links[r.link], self.index[r.to], history) for r in plan.owning}
        lists = _Lists([], [], [])
        self._places = self._columns(found, lists)
        self._ends = [_ends(r, self.links[r.owning], len(self.index[r.of]), lists) for r in plan.followed]
        self._numbers = [_put(self.index[kind], lists.wide) for kind in plan.numbered]
        self._wide, self._days = array("q", lists.wide), array("i", lists.days)
        self._flags = array("b", lists.flags)
        self._made: dict[str, Timelines] = {}

    def _columns(self, found: Sequence[Mapping[int, Segments]], lists: _Lists) -> dict[str, Place]:
        places: dict[str, Place] = {}
        counts = {kind: len(rows) for kind, rows in self.index.items()}
        counts |= {r.link: len(self.links[r.name]) for r in self._plan.owning}
        for column, by_row in zip(self._plan.columns, found, strict=True):
            rows = counts[column.owner]
            places[column.name] = _written(column, by_row, rows, self.here.get(column.owner, rows), lists)
        return places

    def __getitem__(self, name: str) -> Timelines:
        """Made when it is first asked for: the kernel needs none."""
        if name not in self._made:
            self._made[name] = self._timelines(name)
        return self._made[name]

    def _timelines(self, name: str) -> Timelines:
        offsets, values, begin, rows = self._places[name]
        count = self._wide[offsets + rows]
        return Timelines(
            offsets=np.frombuffer(self._wide, np.int64, rows + 1, 8 * offsets),
            starts=np.frombuffer(self._days, np.int32, count, 4 * begin),
            values=np.frombuffer(self._wide, np.int64, count, 8 * values),
            known=np.frombuffer(self._flags, np.bool_, count, begin),
        )

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def table(self, pack: Pack, known_at: int | None) -> array[int]:
        """What a kernel reads: numbers and places, in the order of `layout`."""
        wide, days = self._wide.buffer_info()[0], self._days.buffer_info()[0]
        flags = self._flags.buffer_info()[0]
        rates = _rates(pack, known_at)
        table: list[int] = []
        for offsets, values, begin, _ in self._places.values():
            table += (wide + 8 * offsets, days + 4 * begin, wide + 8 * values, flags + begin)
        for offsets, others, links, _ in self._ends:
            table += (wide + 8 * offsets, days + 4 * others, days + 4 * links)
        rest = [self.here[kind] for kind in self._plan.kinds]
        rest += [wide + 8 * begin for begin, _ in self._numbers]
        return array("q", table) + rates.steps + array("q", rest) + rates.windows

    def heap(self, pack: Pack, known_at: int | None) -> Heap:
        """The same for `kernel.evaluate`."""
        return Heap.at(self.table(pack, known_at), partial(self._parts, pack, known_at))

    def _parts(self, pack: Pack, known_at: int | None) -> list[int | NDArray[Any]]:
        """The same, as what lies there."""
        wide, days = np.frombuffer(self._wide, np.int64), np.frombuffer(self._days, np.int32)
        parts: list[int | NDArray[Any]] = []
        for column in self.values():
            parts += (column.offsets, column.starts, column.values, column.known.view(np.uint8))
        for offsets, others, links, rows in self._ends:
            end = 2 * links - others
            parts += (wide[offsets : offsets + rows + 1], days[others:links], days[links:end])
        parts += steps(pack, known_at)
        parts += [self.here[kind] for kind in self._plan.kinds]
        parts += [wide[begin:end] for begin, end in self._numbers]
        return [*parts, *windows(pack, known_at)]


def within(history: History, most: int) -> bool:
    """Whether there are no more subjects and facts than that."""
    return len(history) <= most and sum([len(subject.facts) for subject in history.values()]) <= most


def laid_out(pack: Pack, history: History) -> Laid:
    """The columns of a history. BadInput names what in it is unsound (see `sound`)."""
    try:
        return Laid(_plan(pack), history)
    except (Doubt, TypeError, ValueError, KeyError) as doubt:
        raise refused(pack, history) from doubt


def _numbered(plan: _Plan, history: History) -> dict[str, Rows]:
    index: dict[str, Rows] = {kind: {} for kind in plan.owned}
    for number, subject in history.items():
        if type(number) is not int or not 0 < number <= LAST:
            raise Doubt
        rows = index[subject.kind]
        rows[number] = len(rows)
    return index


def _gathered(
    plan: _Plan, history: History, index: Mapping[str, Rows]
) -> tuple[list[dict[int, Segments]], dict[str, dict[tuple[int, int], int]]]:
    """Segments by row for each column, and rows of links by the owner's row and the member."""
    found: list[dict[int, Segments]] = [{} for _ in plan.columns]
    links: dict[str, dict[tuple[int, int], int]] = {relation.link: {} for relation in plan.owning}
    unread: dict[int, Segments] = {}
    for number, subject in history.items():
        owner, mine = index[subject.kind][number], plan.owned[subject.kind]
        for (name, member), segments in subject.facts.items():
            place, link = mine[name]
            row = owner
            if link:
                rows = links[link]
                row = rows.setdefault((owner, member), len(rows))
            elif member:
                raise Doubt
            (unread if place < 0 else found[place])[row] = segments
    return found, links


def _pairs(links: Iterable[tuple[int, int]], members: Rows, history: History) -> Pairs:
    """Owners and members by row; members that are only referred to are given an index here."""
    pairs: Pairs = []
    for owner, member in links:
        if type(member) is not int or not 0 < member <= LAST:
            raise Doubt
        if member not in members:
            if member in history:
                raise Doubt
            members[member] = len(members)
        pairs.append((owner, members[member]))
    return pairs


def _written(column: _Column, by_row: Mapping[int, Segments], rows: int, known: int, lists: _Lists) -> Place:
    """A column: from row `known` on nothing is known where there are no facts; before it, they are absent."""
    wide, days, flags = lists
    _, _, before, types, low, high, codes, _, _ = column
    begin, offsets = len(days), [0]
    values: list[int] = []
    for row in range(rows):
        if row == known:
            before = NOT_KNOWN
        held, sure, last = 0, -1, BEGIN - 1
        for start, value in by_row.get(row, ()):
            if type(start) is not int or not last < start < END_OF_TIME:
                raise Doubt
            if last < BEGIN < start:
                held, sure = before
                days.append(BEGIN)
                values.append(held)
                flags.append(sure)
            last = start
            if type(value) is int and low <= value <= high:
                code, is_known = value, 1
            elif type(value) in types:
                code, is_known = codes.get(value) or _code(column, value)
            else:
                raise Doubt
            if code != held or is_known != sure:
                held, sure = code, is_known
                days.append(start)
                values.append(held)
                flags.append(sure)
        if last < BEGIN:
            days.append(BEGIN)
            values.append(before[0])
            flags.append(before[1])
        offsets.append(len(values))
    place = len(wide), len(wide) + len(offsets), begin, rows
    wide += offsets
    wide += values
    return place


def _code(column: _Column, value: object) -> Code:
    """What has no code yet."""
    if problem(column.vocabulary, column.attribute, value):
        raise Doubt
    return column.vocabulary.encode(column.attribute.type, value), 1


def _ends(relation: Relation, links: Pairs, rows: int, lists: _Lists) -> Place:
    """The links by the subject at one end: offsets, the other subjects, the links, and how many subjects."""
    end = 1 if relation.inverse_of else 0
    mine = [pair[end] for pair in links]
    order = sorted(range(len(mine)), key=mine.__getitem__)
    counts = [0] * (rows + 1)
    for one in mine:
        counts[one + 1] += 1
    offsets, _ = _put(accumulate(counts), lists.wide)
    others, after = _put([links[row][1 - end] for row in order], lists.days)
    _put(order, lists.days)
    return offsets, others, after, rows


def _put(numbers: Iterable[int], where: list[int]) -> tuple[int, int]:
    """Where they begin and end."""
    begin = len(where)
    where += numbers
    return begin, len(where)


@lru_cache(maxsize=16)
def _plan(pack: Pack) -> _Plan:
    vocabulary, read = pack.vocabulary, layout(pack).attributes
    places = {attribute.name: place for place, attribute in enumerate(read)}
    owners = {name: attribute.owner for name, attribute in vocabulary.attributes.items()}
    looks = owned(pack)
    return _Plan(
        owned={
            kind: {n: (places.get(n, -1), owners[n] if owners[n] in vocabulary.links else "") for n in mine}
            for kind, mine in looks.items()
        },
        columns=[_column(vocabulary, attribute, looks) for attribute in read],
        owning=[relation for relation in vocabulary.relations.values() if not relation.inverse_of],
        followed=[vocabulary.relations[name] for name in followed(pack)],
        kinds=sorted(vocabulary.kinds),
        numbered=numbered(pack),
    )


def _column(vocabulary: Vocabulary, attribute: Attribute, looks: Mapping[str, Mapping[str, Look]]) -> _Column:
    look = next(mine[attribute.name] for mine in looks.values() if attribute.name in mine)
    least, most = (look.low, look.high) if int in look.types else (1, 0)
    codes: dict[object, Code] = {}
    for value in (value for value in look.sure if type(value) in look.types):
        meant = attribute.absent if value is ABSENT else value
        unknown = meant is UNKNOWN
        codes[value] = NOT_KNOWN if unknown else (vocabulary.encode(attribute.type, meant), 1)
    return _Column(
        attribute.name, attribute.owner, codes[ABSENT], look.types, least, most, codes, attribute, vocabulary
    )


class _Rates(NamedTuple):
    """Where rates lie, and what lies there."""

    steps: array[int]
    windows: array[int]
    kept: tuple[int | NDArray[Any], ...]


@lru_cache(maxsize=64)
def _rates(pack: Pack, known_at: int | None) -> _Rates:
    by_rate, stretches = steps(pack, known_at), windows(pack, known_at)
    places = [part if isinstance(part, int) else address(part) for part in stretches]
    at = array("q", [address(part) for part in by_rate])
    return _Rates(at, array("q", places), (*by_rate, *stretches))
