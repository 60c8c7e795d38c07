"""Facts that come as arrays become the same columns that a history gives, without an object for each.

What looks unsound is told by the long way, as a history (see `sound`), so both refuse the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duly.law import columns, doubts
from duly.law.columns import HIDDEN, Facts, Links, timelines_of
from duly.law.ir import NONE, Kind
from duly.law.layout import layout
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.texts import distinct
from duly.law.world import SubjectHistory
from duly.timeline import BEGIN, END_OF_TIME, Timelines

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute
    from duly.law.world import History

__all__ = ["IS", "Rows", "Subjects", "build", "history_of"]

Numbers = NDArray[np.int64]
Truths = NDArray[np.bool_]


class IS:
    """Kinds of values. Of `WORDS` the value is where the text lies in the buffer."""

    UNKNOWN: Final = 0
    NOTHING: Final = 1
    TRUTH: Final = 2
    NUMBER: Final = 3
    WORDS: Final = 4
    ABSENT: Final = 5


TAKEN: Final[Mapping[Kind, int]] = {
    Kind.BOOL: IS.TRUTH,
    Kind.INT: IS.NUMBER,
    Kind.MONEY: IS.NUMBER,
    Kind.DAY: IS.NUMBER,
    Kind.CHOICE: IS.WORDS,
    Kind.CODE: IS.WORDS,
    Kind.DECIMAL: IS.WORDS,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rows:
    """Facts as arrays; of fact i the segments are `offsets[i]:offsets[i + 1]`, in order of start.

    A fact is of the subject `owners[i]` (a row of whatever the reader says), its attribute is
    `texts[names[i]]`, `members[i]` the other subject of a link, 0 for none. A segment has a start, a kind of
    value (`IS`), the value, and the length of words, which lie in `data`.
    """

    owners: Numbers
    names: Numbers
    members: Numbers
    offsets: Numbers
    starts: Numbers
    kinds: Numbers
    values: Numbers
    lengths: Numbers
    data: NDArray[np.uint8]
    texts: tuple[str, ...]

    def take(self, facts: Numbers, owners: Numbers) -> Rows:
        """These facts, in this order, as facts of other rows."""
        at, offsets = _spread(self.offsets, facts)
        return Rows(
            owners=owners,
            names=self.names[facts],
            members=self.members[facts],
            offsets=offsets,
            starts=self.starts[at],
            kinds=self.kinds[at],
            values=self.values[at],
            lengths=self.lengths[at],
            data=self.data,
            texts=self.texts,
        )


class Subjects(NamedTuple):
    """Subjects with a history: numbers (rising), and the kind of each, `names[kinds[i]]`."""

    numbers: Numbers
    kinds: Numbers
    names: Sequence[str]


def build(pack: Pack, subjects: Subjects, rows: Rows, cache: Path | None) -> Facts:
    """The columns of these subjects; owners of facts are their places.

    Facts of links whose presence nobody asserted are left out. BadInput names what is unsound.
    """
    try:
        return _Building(pack, subjects, rows, cache).facts()
    except doubts.Doubt:
        return columns.build(pack, history_of(subjects, rows))


def history_of(subjects: Subjects, rows: Rows, *, links: bool = True) -> History:
    """The same facts by subject; with `links`, those of links that nobody asserted are left out."""
    numbers, kinds, names = subjects
    found: list[dict[tuple[str, int], list[tuple[int, object]]]] = [{} for _ in numbers]
    for at, owner in enumerate(rows.owners.tolist()):
        key = rows.texts[int(rows.names[at])], int(rows.members[at])
        span = range(rows.offsets[at], rows.offsets[at + 1])
        found[owner][key] = [(int(rows.starts[each]), _value(rows, each)) for each in span]
    return {
        int(number): SubjectHistory(
            names[int(kind)], {k: said for k, said in facts.items() if not links or _is_there(k, facts)}
        )
        for number, kind, facts in zip(numbers, kinds, found, strict=True)
    }


def _is_there(key: tuple[str, int], facts: Mapping[tuple[str, int], object]) -> bool:
    return not key[1] or (_presence(key[0]), key[1]) in facts


def _presence(attribute: str) -> str:
    return f"{attribute.partition('.')[0]}.present"


def _value(rows: Rows, at: int) -> object:
    value = int(rows.values[at])
    match int(rows.kinds[at]):
        case IS.TRUTH:
            return bool(value)
        case IS.NUMBER:
            return value
        case IS.WORDS:
            return rows.data[value : value + int(rows.lengths[at])].tobytes().decode()
        case kind:
            return {IS.NOTHING: None, IS.ABSENT: ABSENT}.get(kind, UNKNOWN)


class _Building:
    def __init__(self, pack: Pack, subjects: Subjects, rows: Rows, cache: Path | None) -> None:
        self._pack, self._numbers, self._rows = pack, subjects.numbers, rows
        self._cache, self._vocabulary = cache, pack.vocabulary
        self._kind = {name: place for place, name in enumerate(self._vocabulary.kinds)}
        places = np.array([self._kind.get(name, -1) for name in subjects.names], dtype=np.int64)
        self._kinds = kinds = places[subjects.kinds]
        numbers = subjects.numbers
        self._owning = {r.link: r for r in self._vocabulary.relations.values() if not r.inverse_of}
        self._local = np.zeros(len(numbers), dtype=np.int64)
        self._of: dict[str, Numbers] = {}
        """Numbers of subjects by kind."""
        for name, place in self._kind.items():
            mine = kinds == place
            self._of[name] = numbers[mine]
            self._local[mine] = np.arange(len(self._of[name]))
        self._here = {name: len(found) for name, found in self._of.items()}
        self._facts = self._by_attribute()
        self._ends: dict[str, tuple[Numbers, Numbers]] = {}
        """Owners and members (as rows) of each kind of link."""

    def facts(self) -> Facts:
        self._look()
        self._link()
        counts = {kind: len(found) for kind, found in self._of.items()}
        counts |= {link: len(owners) for link, (owners, _) in self._ends.items()}
        return Facts(
            numbers=self._of,
            here=self._here,
            links={relation.name: self._links(link) for link, relation in self._owning.items()},
            columns={a.name: self._column(a, counts[a.owner]) for a in layout(self._pack).attributes},
            heaps={},
            ends={},
            shapes=[],
        )

    def _by_attribute(self) -> dict[str, Numbers]:
        """The facts of each attribute, in order of owners if they came so."""
        rows = self._rows
        order = np.argsort(rows.names, kind="stable")
        bounds = np.searchsorted(rows.names[order], np.arange(len(rows.texts) + 1)).tolist()
        return {name: order[bounds[at] : bounds[at + 1]] for at, name in enumerate(rows.texts)}

    def _look(self) -> None:
        """Doubts a fact that its subject cannot have, and days that are none."""
        rows = self._rows
        if len(self._numbers) and (self._numbers[0] < 1 or self._kinds.min() < 0):
            raise doubts.Doubt
        if len(rows.starts) and (rows.starts.min() < BEGIN or rows.starts.max() >= END_OF_TIME):
            raise doubts.Doubt
        for name, facts in self._facts.items():
            if not len(facts):
                continue
            attribute = self._vocabulary.attributes.get(name)
            if attribute is None:
                raise doubts.Doubt
            link = self._owning.get(attribute.owner)
            kind = self._kind[attribute.owner if link is None else link.of]
            members = rows.members[facts]
            fits = members == 0 if link is None else members > 0
            if not bool(fits.all()) or bool((self._kinds[rows.owners[facts]] != kind).any()):
                raise doubts.Doubt

    def _link(self) -> None:
        """The links that somebody asserted; members that are only referred to are given a row here."""
        rows, none = self._rows, np.empty(0, dtype=np.int64)
        asserted = {link: self._facts.get(f"{link}.present", none) for link in self._owning}
        strange: dict[str, list[Numbers]] = {kind: [none] for kind in self._kind}
        for link, relation in self._owning.items():
            members = rows.members[asserted[link]]
            at, known = _found(self._numbers, members)
            if bool((self._kinds[at[known]] != self._kind[relation.to]).any()):
                raise doubts.Doubt
            strange[relation.to].append(members[~known])
        for kind, found in strange.items():
            self._of[kind] = np.concatenate([self._of[kind], np.unique(np.concatenate(found))])
        for link, relation in self._owning.items():
            members, of, here = rows.members[asserted[link]], self._of[relation.to], self._here[relation.to]
            at, known = _found(of[:here], members)
            at[~known] = here + np.searchsorted(of[here:], members[~known])
            self._ends[link] = self._local[rows.owners[asserted[link]]], at

    def _links(self, link: str) -> Links:
        owners, members = self._ends[link]
        return Links(owners=owners.astype(np.int32), members=members.astype(np.int32))

    def _column(self, attribute: Attribute, count: int) -> Timelines:
        facts = self._facts.get(attribute.name, np.empty(0, dtype=np.int64))
        known = self._here.get(attribute.owner, count)
        absent = self._meant(attribute, ABSENT)
        if not len(facts) and known == count:
            return Timelines.constant(count, absent, known=absent != HIDDEN)
        facts, places = self._places(attribute, facts)
        before = np.full(count, absent, dtype=np.int64)
        before[known:] = HIDDEN
        at, offsets = _spread(self._rows.offsets, facts)
        values = self._values(attribute, at, absent)
        return timelines_of(np.repeat(places, np.diff(offsets)), self._rows.starts[at], values, before)

    def _places(self, attribute: Attribute, facts: Numbers) -> tuple[Numbers, Numbers]:
        """The facts that count, and the row of each: of its subject, or of its link."""
        owners = self._local[self._rows.owners[facts]]
        relation = self._owning.get(attribute.owner)
        if relation is None:
            return facts, owners
        if attribute.name == f"{attribute.owner}.present":
            return facts, np.arange(len(facts))
        of, here = self._of[relation.to], self._here[relation.to]
        members = self._rows.members[facts]
        at, known = _found(of[:here], members)
        other, there = _found(of[here:], members[~known])
        at[~known] = np.where(there, here + other, len(of))
        width = len(of) + 1
        links = self._ends[attribute.owner][0] * width + self._ends[attribute.owner][1]
        order = np.argsort(links, kind="stable")
        place, asserted = _found(links[order], owners * width + at)
        return facts[asserted], order[place[asserted]]

    def _meant(self, attribute: Attribute, value: object) -> int:
        meant = attribute.absent if value is ABSENT else value
        return HIDDEN if meant is UNKNOWN else self._vocabulary.encode(attribute.type, meant)

    def _values(self, attribute: Attribute, at: Numbers, absent: int) -> Numbers:
        """The segments' values as they stand in a column; doubts one that cannot be."""
        kinds, values = self._rows.kinds[at], self._rows.values[at]
        taken = TAKEN.get(attribute.type.kind)
        met = set(np.flatnonzero(np.bincount(kinds, minlength=6)).tolist())
        allowed = {IS.UNKNOWN, IS.ABSENT, taken} | ({IS.NOTHING} if attribute.type.optional else set[int]())
        if not met <= allowed:
            raise doubts.Doubt
        found, mine = values.copy(), kinds == taken
        if taken == IS.WORDS:
            found[mine] = self._words(attribute, values[mine], self._rows.lengths[at][mine])
        elif mine.any():
            ends: list[Any] = [int(values[mine].min()), int(values[mine].max())]
            if taken == IS.NUMBER:
                doubts.distinct(self._vocabulary, attribute, ends)
        for kind, value in ((IS.UNKNOWN, HIDDEN), (IS.NOTHING, NONE), (IS.ABSENT, absent)):
            if kind in met:
                found[kinds == kind] = value
        return found

    def _words(self, attribute: Attribute, begins: Numbers, lengths: Numbers) -> Numbers:
        said = distinct(self._rows.data, begins, lengths, self._cache)
        texts = [text.decode() for text in said.texts]
        doubts.distinct(self._vocabulary, attribute, texts)
        codes = [self._vocabulary.encode(attribute.type, text) for text in texts]
        return np.array(codes, dtype=np.int64)[said.which]


def _spread(offsets: Numbers, facts: Numbers) -> tuple[Numbers, Numbers]:
    """The segments of these facts, and where those of each begin."""
    lengths, mine = offsets[facts + 1] - offsets[facts], np.zeros(len(facts) + 1, dtype=np.int64)
    np.cumsum(lengths, out=mine[1:])
    return np.arange(int(mine[-1])) + np.repeat(offsets[facts] - mine[:-1], lengths), mine


def _found(sorted_: Numbers, wanted: Numbers) -> tuple[Numbers, Truths]:
    """Where each stands among sorted numbers, and whether it does."""
    at = np.searchsorted(sorted_, wanted)
    if not len(sorted_):
        return at, np.zeros(len(wanted), dtype=np.bool_)
    at[at == len(sorted_)] = 0
    return at, sorted_[at] == wanted
