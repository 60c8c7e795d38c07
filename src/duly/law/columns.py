"""The facts of a batch as columns: an attribute is one `Timelines`, with a row for each subject or link.

Subjects have a local index within their kind, links within theirs; those in the history come first, in its
order, then those only referred to, of whom all is unknown. The kernel reads them where they lie (`layout`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from duly.errors import BadInput
from duly.law import doubts, sound
from duly.law.ends import Ends, members, nowhere, upwards
from duly.law.ir import NONE
from duly.law.laid import FEW, Laid, Pairs, laid_out, within
from duly.law.layout import Heap, layout
from duly.law.plan import followed, numbered
from duly.law.shape import Shape, shape
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.team import ALONE, Team
from duly.law.windows import steps, windows
from duly.timeline import BEGIN, Timelines

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute, Vocabulary
    from duly.law.world import History

__all__ = [
    "Facts",
    "Keys",
    "Links",
    "build",
    "given",
    "heap",
    "keys",
    "shape_of",
    "timelines_of",
]

Given = TypeVar("Given")
Found = TypeVar("Found")
Index = NDArray[np.int32]
HIDDEN: Final = NONE + 1
"""What stands for an unknown value while columns are made."""


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
    heaps: dict[int | None, Heap]
    """What `heap` made of it, by the day on which rates are known."""
    ends: dict[str, Ends]
    """The links of each relation by subject."""
    shapes: list[Shape]
    """What `shape_of` found."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keys:
    """Keys of a programme as local indexes. Without `over`, `abouts` are the holders and `links` -1."""

    holders: Index
    abouts: Index
    links: Index

    def __len__(self) -> int:
        return len(self.holders)


_Spans = list[Sequence[tuple[int, object]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gathered:
    """The facts of one attribute: row and segments of each. `links`: rows by owner's row and member."""

    rows: list[int]
    spans: _Spans
    links: dict[tuple[int, int], int] | None


def build(pack: Pack, history: History, *, few: int = FEW) -> Facts:
    """The columns of a history; all attributes that the pack's rules read, and no others.

    Up to `few` facts they are written by hand, with equal results. BadInput names what in the history is
    unsound (see `sound`).
    """
    if within(history, few):
        return _of_few(laid_out(pack, history))
    try:
        return _built(pack, history)
    except doubts.Doubt as doubt:
        raise doubts.refused(pack, history) from doubt


def _built(pack: Pack, history: History) -> Facts:
    vocabulary = pack.vocabulary
    index: dict[str, dict[int, int]] = {kind: {} for kind in vocabulary.kinds}
    for number, subject in history.items():
        rows = index.get(subject.kind)
        if rows is None:
            raise doubts.Doubt
        rows[number] = len(rows)
    doubts.numbers(history)
    here = {kind: len(rows) for kind, rows in index.items()}
    found: dict[str, dict[tuple[int, int], int]] = {link: {} for link in vocabulary.links}
    gathered = {
        name: _Gathered(rows=[], spans=[], links=found.get(attribute.owner))
        for name, attribute in vocabulary.attributes.items()
    }
    _gather(pack, history, index, gathered)
    doubts.members(vocabulary, index, found)
    links = {
        relation.name: _links(_indexed(found[relation.link], index[relation.to]))
        for relation in vocabulary.relations.values()
        if not relation.inverse_of
    }
    counts = {
        **{kind: len(rows) for kind, rows in index.items()},
        **{link: len(r) for link, r in found.items()},
    }
    return Facts(
        numbers={kind: np.fromiter(rows, np.int64, len(rows)) for kind, rows in index.items()},
        here=here,
        links=links,
        columns={
            attribute.name: _column(vocabulary, attribute, gathered[attribute.name], counts, here)
            for attribute in layout(pack).attributes
        },
        heaps={},
        ends={},
        shapes=[],
    )


class _WhenAsked(Mapping[str, Found], Generic[Given, Found]):
    """What is made when it is asked for, once: for a few subjects, making it takes longer than all else."""

    def __init__(self, given: Mapping[str, Given], make: Callable[[Given], Found]) -> None:
        self._given, self._make, self._made = given, make, dict[str, Found]()

    def __getitem__(self, name: str) -> Found:
        if name not in self._made:
            self._made[name] = self._make(self._given[name])
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


def _of_few(found: Laid) -> Facts:
    return Facts(
        numbers=_WhenAsked(found.index, lambda rows: np.fromiter(rows, np.int64, len(rows))),
        here=found.here,
        links=_WhenAsked(found.links, _links),
        columns=found,
        heaps={},
        ends={},
        shapes=[],
    )


def given(
    pack: Pack,
    *,
    numbers: Mapping[str, NDArray[np.int64]],
    links: Mapping[str, Links],
    columns: Mapping[str, Timelines],
) -> Facts:
    """A batch whose columns are there already: everybody in it has a history, nothing is copied.

    Truth is 0 or 1, a day has 32 bits, and neither is looked at. Raises `BadInput` where a column
    that a rule reads is missing, or has another number of rows or another type; `heap` does where a link
    leads to nobody.
    """
    counts = {kind: len(numbers[kind]) for kind in pack.vocabulary.kinds}
    relations = pack.vocabulary.relations.values()
    counts |= {r.link: len(links[r.name].owners) for r in relations if not r.inverse_of}
    for attribute in layout(pack).attributes:
        rows = len(columns[attribute.name]) if attribute.name in columns else 0
        if rows != counts[attribute.owner]:
            raise BadInput(
                "A column does not fit",
                detail=f"{attribute.name} has {rows} rows, {attribute.owner} has {counts[attribute.owner]}.",
                where=attribute.name,
                hint="A row for each subject of the kind, or for each link.",
            )
        _refuse_types(attribute.name, columns[attribute.name].arrays(), COLUMN)
    for relation in relations:
        if not relation.inverse_of:
            ends = links[relation.name].owners, links[relation.name].members
            _refuse_types(relation.name, ends, (np.int32, np.int32))
    here = {kind: counts[kind] for kind in pack.vocabulary.kinds}
    return Facts(numbers=numbers, here=here, links=links, columns=columns, heaps={}, ends={}, shapes=[])


COLUMN: Final = (np.int64, np.int32, np.int64, np.bool_)
"""The types of offsets, starts, values and known."""


def _refuse_types(name: str, arrays: Sequence[NDArray[Any]], types: Sequence[type[np.generic]]) -> None:
    """Arrays are read as they lie, so that another type would be other numbers."""
    found = [array.dtype for array in arrays]
    if found != [np.dtype(each) for each in types]:
        wanted = ", ".join(each.__name__ for each in types)
        raise BadInput(
            "A column does not fit",
            detail=f"{name} has arrays of {', '.join(map(str, found))}.",
            where=name,
            hint=f"They have to be {wanted}.",
        )


def _gather(
    pack: Pack,
    history: History,
    index: Mapping[str, Mapping[int, int]],
    gathered: Mapping[str, _Gathered],
) -> None:
    """The one loop over all facts."""
    entries = {name: (g.rows.append, g.spans.append, g.links) for name, g in gathered.items()}
    kinds = {kind: {n: entries[n] for n in names} for kind, names in sound.owned(pack).items()}
    for number, subject in history.items():
        owner, entries = index[subject.kind][number], kinds[subject.kind]
        for (name, member), segments in subject.facts.items():
            if name not in entries:
                raise doubts.Doubt
            add_row, add_span, links = entries[name]
            if links is None:
                if member:
                    raise doubts.Doubt
                add_row(owner)
            else:
                add_row(links.setdefault((owner, member), len(links)))
            add_span(segments)


def _indexed(rows: Iterable[tuple[int, int]], members: dict[int, int]) -> Pairs:
    """Owners and members of links by row; members that are only referred to are given an index here."""
    return [(owner, members.setdefault(member, len(members))) for owner, member in rows]


def _links(pairs: Pairs) -> Links:
    ends = np.array(pairs, dtype=np.int32).reshape(-1, 2)
    return Links(owners=ends[:, 0].copy(), members=ends[:, 1].copy())


def _column(
    vocabulary: Vocabulary,
    attribute: Attribute,
    gathered: _Gathered,
    counts: Mapping[str, int],
    here: Mapping[str, int],
) -> Timelines:
    count = counts[attribute.owner]
    absent = _encoded(vocabulary, attribute, [ABSENT])[0]
    known = here.get(attribute.owner, count)
    if not gathered.rows and known == count:
        return Timelines.constant(count, int(absent), known=bool(absent != HIDDEN))
    before = np.full(count, absent, dtype=np.int64)
    before[known:] = HIDDEN
    lengths = np.fromiter(map(len, gathered.spans), np.int64, len(gathered.spans))
    segments = list(chain.from_iterable(gathered.spans))
    starts = doubts.starts(segments, lengths)
    values = _encoded(vocabulary, attribute, [value for _, value in segments])
    return timelines_of(np.repeat(np.array(gathered.rows, dtype=np.int64), lengths), starts, values, before)


def _encoded(vocabulary: Vocabulary, attribute: Attribute, values: list[object]) -> NDArray[np.int64]:
    """Canonical values as int64, each one worked out once; `HIDDEN` for the unknown."""
    table: dict[object, int] = {}
    for value in doubts.distinct(vocabulary, attribute, values):
        meant = attribute.absent if value is ABSENT else value
        table[value] = HIDDEN if meant is UNKNOWN else vocabulary.encode(attribute.type, meant)
    return np.fromiter(map(table.__getitem__, values), np.int64, len(values))


def timelines_of(
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
        holders = upwards(facts.here[found.holder])
        return Keys(holders=holders, abouts=holders, links=nowhere(len(holders)))
    relation = pack.vocabulary.relations[found.over]
    links = facts.links[relation.owning]
    ends = (links.members, links.owners) if relation.inverse_of else (links.owners, links.members)
    return Keys(holders=ends[0], abouts=ends[1], links=upwards(len(links.owners)))


def heap(pack: Pack, facts: Facts, known_at: int | None, cache: Path | None, team: Team = ALONE) -> Heap:
    """All columns, relations and rates as the kernel reads them; made once for a batch."""
    if known_at not in facts.heaps:
        held = facts.columns
        by_hand = isinstance(held, Laid)
        made = held.heap(pack, known_at) if by_hand else Heap.of(_places(pack, facts, known_at, cache, team))
        facts.heaps[known_at] = made
    return facts.heaps[known_at]


def shape_of(pack: Pack, facts: Facts, cache: Path | None, team: Team = ALONE) -> Shape:
    """What holds of all rows of the batch; found out once."""
    if not facts.shapes:
        relations = pack.vocabulary.relations
        most = {name: members(facts, relations[name], cache, team).most for name in followed(pack)}
        facts.shapes.append(shape(pack.vocabulary, facts, most, cache, team))
    return facts.shapes[0]


def _places(
    pack: Pack, facts: Facts, known_at: int | None, cache: Path | None, team: Team
) -> list[int | NDArray[Any]]:
    vocabulary = pack.vocabulary
    places: list[int | NDArray[Any]] = []
    for attribute in layout(pack).attributes:
        places += _arrays(facts.columns[attribute.name])
    for name in followed(pack):
        places += members(facts, vocabulary.relations[name], cache, team).arrays
    places += steps(pack, known_at)
    places += [facts.here[kind] for kind in sorted(vocabulary.kinds)]
    places += [facts.numbers[kind] for kind in numbered(pack)]
    return [*places, *windows(pack, known_at)]


def _arrays(column: Timelines) -> list[NDArray[Any]]:
    return [column.offsets, column.starts, column.values, column.known.view(np.uint8)]
