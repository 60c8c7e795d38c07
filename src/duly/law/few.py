"""One key of a few subjects, from their facts to what is due: the same machine code, but no batch in between.

A batch has a fixed cost of its own; what a person waits for should not. Only what the programme reads is laid
out. Where no machine code is at hand the interpreter answers, and a thread compiles meanwhile.
"""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from duly.law import interpret, sound
from duly.law.compiled import ready
from duly.law.generate import DRIVER, record_names
from duly.law.interpret import arguments
from duly.law.ir import Kind
from duly.law.kernel import GRANT, KEPT, NOT_KNOWN
from duly.law.layout import layout
from duly.law.machine import address
from duly.law.plan import followed, names_read, numbered
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.windows import steps, windows
from duly.law.world import History, World
from duly.timeline import BEGIN

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute, Relation

__all__ = ["timeline"]

ROWS: Final = 64
"""Segments that there is room for at first."""
Segments = Sequence[tuple[int, object]]


class _Odd(Exception):  # noqa: N818 - never leaves: the long way says what is wrong
    """Something that is not looked at here."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Read:
    """An attribute that the programme reads, and its values as they stand in columns, as far as met."""

    attribute: Attribute
    place: int
    codes: dict[tuple[type, object], tuple[int, int]]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """What a programme needs of the heap; `fixed` is the rest of it, as addresses."""

    read: Mapping[str, _Read]
    owned: Mapping[str, frozenset[str]]
    relations: tuple[tuple[int, Relation], ...]
    kinds: tuple[tuple[int, str], ...]
    numbers: tuple[tuple[int, str], ...]
    fixed: array[int]
    kept: tuple[Any, ...]
    """Arrays that `fixed` says where they lie."""


def timeline(
    pack: Pack,
    programme: str,
    history: History,
    holder: int,
    about: int,
    first: int,
    last: int,
    *,
    known_at: int | None = None,
    kept: Path | None = KEPT,
) -> list[tuple[int, Any]]:
    """(start, what is due) over [first, last), as `interpret.timeline` gives it. BadInput if unsound."""
    code = ready(pack, programme, kept)
    try:
        if code is not None:
            return _Few(pack, programme, history, known_at).drive(code[DRIVER], holder, about, first, last)
    except (_Odd, KeyError):
        sound.check(pack, history)
    return interpret.timeline(pack, programme, World(pack, history), holder, about, first, last, known_at)


class _Few:
    """A heap of a few subjects."""

    def __init__(self, pack: Pack, programme: str, history: History, known_at: int | None) -> None:
        self._pack, self._programme, self._plan = pack, programme, _plan(pack, programme, known_at)
        self._index: dict[str, dict[int, int]] = {kind: {} for kind in pack.vocabulary.kinds}
        self._links: dict[str, dict[tuple[int, int], int]] = {link: {} for link in pack.vocabulary.links}
        self._wide, self._days, self._flags = array("q"), array("i"), array("b")
        self._places: list[tuple[int, str, int]] = []
        for number, subject in history.items():
            rows = self._index[subject.kind]
            rows[number] = len(rows)
        self._here = {kind: len(rows) for kind, rows in self._index.items()}
        self._columns(self._found(history))
        self._ends()

    def _found(self, history: History) -> dict[str, dict[int, Segments]]:
        """Segments by attribute and row."""
        read, owned = self._plan.read, self._plan.owned
        found: dict[str, dict[int, Segments]] = {name: {} for name in read}
        for number, subject in history.items():
            row, mine = self._index[subject.kind][number], owned[subject.kind]
            for (name, member), segments in subject.facts.items():
                if name not in mine:
                    raise _Odd
                links = self._links.get(name.partition(".")[0])
                if links is not None:
                    at = links.setdefault((number, member), len(links))
                elif member:
                    raise _Odd
                else:
                    at = row
                if name in found:
                    found[name][at] = segments
        for relation in self._pack.vocabulary.relations.values():
            if not relation.inverse_of:
                rows = self._index[relation.to]
                for _, member in self._links[relation.link]:
                    rows.setdefault(member, len(rows))
        return found

    def _columns(self, found: Mapping[str, Mapping[int, Segments]]) -> None:
        for name, by_row in found.items():
            read, owner = self._plan.read[name], self._plan.read[name].attribute.owner
            count = len(self._links[owner]) if owner in self._links else len(self._index[owner])
            known = self._here.get(owner, count)
            self._column(read, by_row, count, known)

    def _column(self, read: _Read, by_row: Mapping[int, Segments], count: int, known: int) -> None:
        days, flags, values, offsets = self._days, self._flags, array("q"), array("q", [0])
        begin = len(days)
        for row in range(count):
            segments = by_row.get(row, ())
            if not segments or segments[0][0] > BEGIN:
                value, sure = _code(self._pack, read, ABSENT if row < known else UNKNOWN)
                days.append(BEGIN)
                values.append(value)
                flags.append(sure)
            before = BEGIN - 1
            for start, given in segments:
                if type(start) is not int or start <= before:
                    raise _Odd
                value, sure = _code(self._pack, read, given)
                days.append(start)
                values.append(value)
                flags.append(sure)
                before = start
            offsets.append(len(days) - begin)
        wide = len(self._wide)
        self._wide += offsets
        self._wide += values
        self._places += [
            (read.place, "q", wide),
            (read.place + 1, "i", begin),
            (read.place + 2, "q", wide + len(offsets)),
            (read.place + 3, "b", begin),
        ]

    def _ends(self) -> None:
        """The links of each relation by subject."""
        for place, relation in self._plan.relations:
            by: list[list[tuple[int, int]]] = [[] for _ in self._index[relation.of]]
            mine, others = self._index[relation.of], self._index[relation.to]
            for (owner, member), row in self._links[relation.link].items():
                one, other = (member, owner) if relation.inverse_of else (owner, member)
                by[mine[one]].append((others[other], row))
            wide, begin = len(self._wide), len(self._days)
            total = 0
            self._wide.append(0)
            for rows in by:
                total += len(rows)
                self._wide.append(total)
            pairs = [pair for rows in by for pair in rows]
            self._days.extend([other for other, _ in pairs])
            self._days.extend([row for _, row in pairs])
            self._flags.extend([0] * (2 * len(pairs)))
            self._places += [(place, "q", wide), (place + 1, "i", begin), (place + 2, "i", begin + total)]
        for place, kind in self._plan.numbers:
            self._places.append((place, "q", len(self._wide)))
            self._wide.extend(self._index[kind])

    def _heap(self) -> array[int]:
        heap = array("q", self._plan.fixed)
        arrays = {"q": self._wide, "i": self._days, "b": self._flags}
        bases = {name: (held.buffer_info()[0], held.itemsize) for name, held in arrays.items()}
        for place, kind, at in self._places:
            base, size = bases[kind]
            heap[place] = base + at * size
        for place, kind in self._plan.kinds:
            heap[place] = self._here[kind]
        return heap

    def drive(self, drive: Any, holder: int, about: int, first: int, last: int) -> list[tuple[int, Any]]:
        """What the driver writes for the one key."""
        key = self._key(holder, about)
        names = record_names(self._pack)[self._pack.programme(self._programme).rule.result.name]
        heap, room = self._heap(), ROWS
        while True:
            written = [array(kind, bytes(room * size)) for kind, size in (("i", 4), ("b", 1), ("b", 1))]
            fields, offsets = array("q", bytes(8 * room * len(names))), array("q", [0, 0])
            places = [held.buffer_info()[0] for held in (heap, *key)]
            out = [held.buffer_info()[0] for held in (offsets, *written, fields)]
            if drive(*places, 1, first, last, *out, room, 0):
                return self._decoded(offsets[1], written, fields, names)
            room *= 8

    def _key(self, holder: int, about: int) -> list[array[int]]:
        programme, vocabulary = self._pack.programme(self._programme), self._pack.vocabulary
        rows = [self._index[programme.holder][holder], self._index[programme.about][about], -1]
        if programme.over:
            *_, link = arguments(self._pack, programme, holder, about)
            rows[2] = self._links[vocabulary.relations[programme.over].link][link]
        return [array("i", [row]) for row in rows]

    def _decoded(
        self, count: int, written: list[array[int]], fields: array[int], names: Sequence[str]
    ) -> list[tuple[int, Any]]:
        kinds, vocabulary = dict(self._pack.programme(self._programme).fields), self._pack.vocabulary
        found: list[tuple[int, Any]] = []
        for row in range(count):
            due: Any = UNKNOWN if written[1][row] == NOT_KNOWN else None
            if written[1][row] == GRANT:
                pairs = enumerate(names, row * len(names))
                due = {name: vocabulary.decode(kinds[name], fields[at]) for at, name in pairs}
            found.append((written[0][row], due))
        return found


def _code(pack: Pack, read: _Read, value: object) -> tuple[int, int]:
    """A value as it stands in a column, and whether it is known."""
    key = (type(value), value)
    found = read.codes.get(key)
    if found is None:
        if sound.problem(pack.vocabulary, read.attribute, value):
            raise _Odd
        meant = read.attribute.absent if value is ABSENT else value
        unknown = meant is UNKNOWN
        found = (0, 0) if unknown else (pack.vocabulary.encode(read.attribute.type, meant), 1)
        if len(read.codes) < MANY_CODES:
            read.codes[key] = found
    return found


MANY_CODES: Final = 4096
"""Values of an attribute that are remembered."""


@lru_cache(maxsize=256)
def _plan(pack: Pack, programme: str, known_at: int | None) -> _Plan:
    vocabulary, slots = pack.vocabulary, layout(pack).slots
    names = sorted(names_read(pack, programme))
    attributes = [vocabulary.attributes[n] for n in names if n in vocabulary.attributes]
    fixed = steps(pack, known_at), windows(pack, known_at)
    rates = min((slots[f"rate {name}"] for name in pack.rates), default=0)
    whole = array("q", bytes(8 * (slots["windows"] + 5)))
    for begin, parts in ((rates, fixed[0]), (slots["windows"], fixed[1])):
        for at, part in enumerate(parts, begin):
            whole[at] = part if isinstance(part, int) else address(part)
    return _Plan(
        read={a.name: _Read(attribute=a, place=slots[a.name], codes={}) for a in attributes if _held(a)},
        owned={kind: frozenset(found) for kind, found in sound.owned(pack).items()},
        relations=tuple(
            (slots[name], vocabulary.relations[name]) for name in followed(pack) if name in names
        ),
        kinds=tuple((slots[f"here {kind}"], kind) for kind in vocabulary.kinds),
        numbers=tuple((slots[f"number {kind}"], kind) for kind in numbered(pack)),
        fixed=whole,
        kept=fixed,
    )


def _held(attribute: Attribute) -> bool:
    return attribute.type.kind is not Kind.TEXT
