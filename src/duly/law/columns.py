"""The facts of a batch as columns: an attribute is one `Timelines`, with a row for each subject or link.

Subjects have a local index within their kind, links within theirs; those in the history come first, in its
order, then those only referred to, of whom all is unknown. For the kernel all columns stand in one int64
array, the heap: a slot for each attribute, relation and rate gives where its rows begin, and a row where its
pairs stand, (start, value) or (other subject, link).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duly.law.ir import NONE
from duly.law.plan import read_attributes
from duly.law.scalars import HIDDEN
from duly.law.situation import ABSENT, UNKNOWN
from duly.timeline import BEGIN, Timelines

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute, Relation
    from duly.law.world import History

__all__ = ["Facts", "Keys", "Layout", "Links", "build", "heap", "keys", "layout"]


Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Links:
    """The links of an owning relation: local indexes of owner and member, a row each."""

    owners: Index
    members: Index


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Facts:
    """A batch in columns. `numbers`: subjects by kind, of whom the first `here[kind]` have a history."""

    numbers: Mapping[str, NDArray[np.int64]]
    here: Mapping[str, int]
    links: Mapping[str, Links]
    columns: Mapping[str, Timelines]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keys:
    """Keys of a programme as local indexes. Without `over`, `abouts` are the holders and `links` -1."""

    holders: Index
    abouts: Index
    links: Index

    def __len__(self) -> int:
        return len(self.holders)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """Slots of the heap: attributes and relations by name, "rate ..." of rates, "here ..." of kinds."""

    slots: Mapping[str, int]
    attributes: tuple[Attribute, ...]


@lru_cache(maxsize=16)
def layout(pack: Pack) -> Layout:
    """The same for every batch of the pack."""
    read = sorted(read_attributes(pack))
    vocabulary = pack.vocabulary
    named = [*read, *sorted(vocabulary.relations)]
    named += [f"rate {name}" for name in sorted(pack.rates)] + [
        f"here {name}" for name in sorted(vocabulary.kinds)
    ]
    return Layout(
        slots={name: slot for slot, name in enumerate(named)},
        attributes=tuple(vocabulary.attribute(name) for name in read),
    )


def build(pack: Pack, history: History) -> Facts:
    """The columns of a history; all attributes that the pack's rules read, and no others."""
    return _Batch(pack, history).facts()


class _Batch:
    """Gathers the segments of a history by attribute, then makes columns of them."""

    def __init__(self, pack: Pack, history: History) -> None:
        self._pack = pack
        self._attributes = layout(pack).attributes
        self._index: dict[str, dict[int, int]] = {kind: {} for kind in pack.vocabulary.kinds}
        for number, subject in history.items():
            rows = self._index[subject.kind]
            rows[number] = len(rows)
        self._here = {kind: len(rows) for kind, rows in self._index.items()}
        self._relations = {r.link: r for r in pack.vocabulary.relations.values() if not r.inverse_of}
        self._links: dict[str, dict[tuple[int, int], int]] = {link: {} for link in self._relations}
        self._gathered: dict[str, tuple[list[int], list[Sequence[tuple[int, object]]]]] = {
            attribute.name: ([], []) for attribute in self._attributes
        }
        self._gather(history)

    def _gather(self, history: History) -> None:
        gathered, index = self._gathered, self._index
        links = {name: name.partition(".")[0] for name in self._pack.vocabulary.attributes}
        links = {name: owner for name, owner in links.items() if owner in self._links}
        for number, subject in history.items():
            row = index[subject.kind][number]
            for (name, member), segments in subject.facts.items():
                link = links.get(name)
                at = row if link is None else self._link(link, row, member)
                into = gathered.get(name)
                if into is not None:
                    into[0].append(at)
                    into[1].append(segments)

    def _link(self, link: str, owner: int, member: int) -> int:
        """The row of a link, new if it was not seen before; its member too."""
        members = self._index[self._relations[link].to]
        other = members.setdefault(member, len(members))
        rows = self._links[link]
        return rows.setdefault((owner, other), len(rows))

    def facts(self) -> Facts:
        return Facts(
            numbers={kind: np.fromiter(rows, np.int64, len(rows)) for kind, rows in self._index.items()},
            here=self._here,
            links={self._relations[link].name: _links(rows) for link, rows in self._links.items()},
            columns={attribute.name: self._column(attribute) for attribute in self._attributes},
        )

    def _column(self, attribute: Attribute) -> Timelines:
        rows, spans = self._gathered[attribute.name]
        encoded = _Encoded(self._pack, attribute)
        owner = attribute.owner
        count = len(self._links[owner]) if owner in self._links else len(self._index[owner])
        before = np.full(count, encoded[ABSENT], dtype=np.int64)
        before[self._here.get(owner, count) :] = HIDDEN
        lengths = np.fromiter(map(len, spans), np.int64, len(spans))
        starts = np.fromiter((start for span in spans for start, _ in span), np.int64)
        values = np.fromiter((encoded[value] for span in spans for _, value in span), np.int64)
        return _timelines(np.repeat(np.array(rows, dtype=np.int64), lengths), starts, values, before)


class _Encoded(dict[object, int]):
    """Canonical values of one attribute as int64, each worked out once."""

    def __init__(self, pack: Pack, attribute: Attribute) -> None:
        super().__init__()
        self._encode = pack.vocabulary.encode
        self._attribute = attribute

    def __missing__(self, value: object) -> int:
        meant = self._attribute.absent if value is ABSENT else value
        self[value] = HIDDEN if meant is UNKNOWN else self._encode(self._attribute.type, meant)
        return self[value]


def _links(rows: Iterable[tuple[int, int]]) -> Links:
    pairs = np.array(list(rows), dtype=np.int32).reshape(-1, 2)
    return Links(owners=pairs[:, 0].copy(), members=pairs[:, 1].copy())


def _timelines(
    rows: NDArray[np.int64], starts: NDArray[np.int64], values: NDArray[np.int64], before: NDArray[np.int64]
) -> Timelines:
    """Segments by row, in their one form, with `before` from the beginning of time to each row's first."""
    count = len(before)
    if len(rows) > 1 and bool((rows[1:] < rows[:-1]).any()):
        order = np.argsort(rows, kind="stable")
        rows, starts, values = rows[order], starts[order], values[order]
    begun = np.zeros(count, dtype=np.bool_)
    begun[rows[starts <= BEGIN]] = True
    ahead = np.cumsum(~begun)
    offsets = np.zeros(count + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=count) + ~begun, out=offsets[1:])
    all_starts = np.full(offsets[-1], BEGIN, dtype=np.int32)
    all_values = np.empty(offsets[-1], dtype=np.int64)
    all_values[offsets[:-1][~begun]] = before[~begun]
    at = np.arange(len(rows)) + ahead[rows]
    all_starts[at], all_values[at] = np.maximum(starts, BEGIN), values
    return Timelines.canonical(
        offsets=offsets, starts=all_starts, values=all_values, known=all_values != HIDDEN
    )


def keys(pack: Pack, programme: str, facts: Facts) -> Keys:
    """Every key of the programme in the batch: all links that it runs over, or all holders with a history."""
    found = pack.programme(programme)
    if not found.over:
        holders = np.arange(facts.here[found.holder], dtype=np.int32)
        return Keys(holders=holders, abouts=holders, links=np.full(len(holders), -1, dtype=np.int32))
    relation = pack.vocabulary.relations[found.over]
    links = facts.links[relation.owning]
    ends = (links.members, links.owners) if relation.inverse_of else (links.owners, links.members)
    return Keys(holders=ends[0], abouts=ends[1], links=np.arange(len(links.owners), dtype=np.int32))


def heap(pack: Pack, facts: Facts, known_at: int | None) -> NDArray[np.int64]:
    """All columns, relations and rates in one array, as the kernel reads it."""
    rows = [*(_pairs(facts.columns[a.name]) for a in layout(pack).attributes)]
    rows += [_members(facts, pack.vocabulary.relations[name]) for name in sorted(pack.vocabulary.relations)]
    rows += [_steps(pack.rates[name].steps(known_at)) for name in sorted(pack.rates)]
    rows += [_here(facts, kind) for kind in sorted(pack.vocabulary.kinds)]
    sizes = [len(rows), *(len(part) for offsets, pairs in rows for part in (offsets, pairs))]
    places = np.cumsum(sizes)
    whole = np.empty(places[-1], dtype=np.int64)
    whole[: len(rows)] = places[:-1:2]
    for slot, (offsets, pairs) in enumerate(rows):
        begin, middle, end = places[2 * slot : 2 * slot + 3]
        whole[begin:middle] = middle + 2 * offsets
        whole[middle:end] = pairs
    return whole


_Slot = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Offsets of rows, counted in pairs, and the pairs one after another."""


def _pairs(column: Timelines) -> _Slot:
    values = np.where(column.known, column.values, HIDDEN)
    return column.offsets, np.stack([column.starts.astype(np.int64), values], axis=1).reshape(-1)


def _members(facts: Facts, relation: Relation) -> _Slot:
    """(other subject, link) of every link, by the subject at this end."""
    links = facts.links[relation.owning]
    mine, other = (links.members, links.owners) if relation.inverse_of else (links.owners, links.members)
    order = np.argsort(mine, kind="stable")
    offsets = np.searchsorted(mine[order], np.arange(len(facts.numbers[relation.of]) + 1))
    return offsets, np.stack([other[order].astype(np.int64), order], axis=1).reshape(-1)


def _steps(steps: Iterable[tuple[int, int | None]]) -> _Slot:
    pairs = [number for start, amount in steps for number in (start, NONE if amount is None else amount)]
    return np.array([0, len(pairs) // 2]), np.array(pairs, dtype=np.int64)


def _here(facts: Facts, kind: str) -> _Slot:
    """1 for each subject that has a history, 0 for one only referred to."""
    count = len(facts.numbers[kind])
    known = (np.arange(count) < facts.here[kind]).astype(np.int64)
    pairs = np.stack([np.full(count, BEGIN, dtype=np.int64), known], axis=1).reshape(-1)
    return np.arange(count + 1), pairs
