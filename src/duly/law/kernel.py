"""The kernel evaluates many keys of a programme over many days, on those days alone when a value may change.

It runs the programme's generated module (see `generate`): compiled, or for a small batch in a fresh process
as plain Python, with equal results. Large batches run on all processors.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from duly.law.columns import Facts, Index, address, heap, shape_of
from duly.law.compiled import compiled, plain
from duly.law.generate import ANY_BATCH, DRIVER, REVIEWER, Variant, record_names
from duly.law.plan import names_read
from duly.law.situation import UNKNOWN
from duly.timeline import month_after, month_first

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["GRANT", "KEPT", "NOTHING", "NOT_KNOWN", "Grants", "decoded", "evaluate", "reviews"]

NOTHING: Final = 0
NOT_KNOWN: Final = 1
GRANT: Final = 2
KEPT: Final = Path("~/.cache/duly")
"""Where compiled kernels are kept unless a directory is given."""
SHARED: Final = 4096
"""From so many keys on, all processors share the work."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grants:
    """What is due to each key: segments `offsets[i]:offsets[i + 1]` from `first` on, equal neighbours joined.

    state int8: 0 none, 1 unknown, 2 a grant. reasons int8 of an unknown: 0 a fact is, -1 an amount did not
    fit in 63 bits, -2 division by zero. fields int64[segments, len(names)], 0 where there is no grant.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int32]
    state: NDArray[np.int8]
    reasons: NDArray[np.int8]
    fields: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def evaluate(
    pack: Pack,
    programme: str,
    facts: Facts,
    holders: Index,
    abouts: Index,
    links: Index,
    *,
    known_at: int | None,
    first: int,
    last: int,
    fast: bool = True,
    kept: Path | None = KEPT,
    shaped: int = SHARED,
) -> Grants:
    """The grants of each key over the days [first, last), with the rates known on a day (None: all).

    Keys are local indexes of `facts` (see `columns.keys`). `fast` compiles, and keeps that in `kept`. From
    `shaped` keys on, code is made for batches of this shape.
    """
    names = record_names(pack)[pack.programme(programme).rule.result.name]
    memory = heap(pack, facts, known_at)
    variant = _variant(pack, programme, facts, first, last) if len(holders) >= shaped else ANY_BATCH
    if not fast:
        lists = [each.tolist() for each in (holders, abouts, links)]
        drive = plain(pack, programme, variant)[DRIVER]
        return _by_lists(drive, [memory.lists(), *lists, len(holders), first, last], names)
    drive = compiled(pack, programme, kept, variant)[DRIVER]
    ends = [_plainest(each) for each in (holders, abouts, links)]

    def part(of: slice) -> Grants:
        mine = [end[of] for end in ends]
        given = [address(memory.addresses), *map(address, mine), len(mine[0]), first, last]
        return _by_arrays(drive, given, names)

    parts = _parts(len(holders))
    if len(parts) == 1:
        return part(parts[0])
    with ThreadPoolExecutor(len(parts)) as threads:
        return _joined(list(threads.map(part, parts)))


def reviews(
    pack: Pack,
    programme: str,
    facts: Facts,
    holders: Index,
    abouts: Index,
    links: Index,
    *,
    days: Index,
    known_at: int | None,
    fast: bool = True,
    kept: Path | None = KEPT,
) -> NDArray[np.int8]:
    """int8[keys, reviews]: 0 no, 1 unknown, 2 yes, each key on its own day, reviews in the pack's order."""
    memory = heap(pack, facts, known_at)
    answers = np.zeros((len(holders), sum(r.programme == programme for r in pack.reviews)), dtype=np.int8)
    if not answers.size:
        return answers
    if fast:
        ends = [_plainest(each) for each in (holders, abouts, links, days)]
        places = [address(memory.addresses), *map(address, ends)]
        compiled(pack, programme, kept)[REVIEWER](*places[:4], len(holders), places[4], address(answers))
    else:
        lists = [each.tolist() for each in (holders, abouts, links, days)]
        flat = answers.reshape(-1)
        plain(pack, programme)[REVIEWER](memory.lists(), *lists[:3], len(holders), lists[3], flat)
    return answers


def decoded(pack: Pack, programme: str, grants: Grants, key: int) -> list[tuple[int, Any]]:
    """(start, what is due) of one key as the interpreter gives it: fields (canonical), None, or UNKNOWN."""
    types = dict(pack.programme(programme).fields)
    segments: list[tuple[int, Any]] = []
    for at in range(int(grants.offsets[key]), int(grants.offsets[key + 1])):
        due: Any = UNKNOWN if grants.state[at] == NOT_KNOWN else None
        if grants.state[at] == GRANT:
            row = zip(grants.names, grants.fields[at].tolist(), strict=True)
            due = {name: pack.vocabulary.decode(types[name], value) for name, value in row}
        segments.append((int(grants.starts[at]), due))
    return segments


def _variant(pack: Pack, programme: str, facts: Facts, first: int, last: int) -> Variant:
    """The narrowest variant that is right for a batch."""
    monthly = pack.programme(programme).every == "month"
    once = first < last <= (month_after(month_first(first)) if monthly else first + 1)
    return Variant(shape=shape_of(pack, facts).narrowed(names_read(pack, programme)), once=once)


def _parts(keys: int) -> list[slice]:
    """Equal shares of the keys, one for each processor if there are many."""
    count = (os.cpu_count() or 1) if keys >= SHARED else 1
    bounds = [keys * part // count for part in range(count + 1)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]


def _plainest(index: Index) -> Index:
    """An array of the one type that kernels are compiled for; another would be compiled anew."""
    return np.require(index, np.int32, ["C", "W"])


def _by_lists(drive: Callable[..., int], given: list[Any], names: tuple[str, ...]) -> Grants:
    """What the driver writes as plain Python, in as much room as it turns out to need."""
    keys, room, key = given[4], 8 * given[4], 0
    offsets = [0] * (keys + 1)
    starts, states, reasons = [0] * room, [0] * room, [0] * room
    fields = [0] * (room * len(names))
    while (key := drive(*given, offsets, starts, states, reasons, fields, room, key)) < keys:
        for column in (starts, states, reasons, fields):
            column += [0] * len(column)
        room *= 2
    rows = offsets[keys]
    return Grants(
        offsets=np.array(offsets, dtype=np.int64),
        starts=np.array(starts[:rows], dtype=np.int32),
        state=np.array(states[:rows], dtype=np.int8),
        reasons=np.array(reasons[:rows], dtype=np.int8),
        fields=np.array(fields[: rows * len(names)], dtype=np.int64).reshape(rows, len(names)),
        names=names,
    )


def _by_arrays(drive: Callable[..., int], given: list[int], names: tuple[str, ...]) -> Grants:
    """What the driver writes as machine code, likewise; memory that it does not need is never touched."""
    keys, room, key = given[4], 8 * given[4], 0
    offsets = np.zeros(keys + 1, dtype=np.int64)
    columns = _room(room, len(names))
    places = [address(offsets), *map(address, columns)]
    while (key := drive(*given, *places, room, key)) < keys:
        columns = [_doubled(column) for column in columns]
        places = [address(offsets), *map(address, columns)]
        room *= 2
    starts, state, reasons, fields = (column[: offsets[-1]] for column in columns)
    return Grants(offsets=offsets, starts=starts, state=state, reasons=reasons, fields=fields, names=names)


def _room(rows: int, fields: int) -> list[NDArray[Any]]:
    state = [np.empty(rows, dtype=np.int8) for _ in range(2)]
    return [np.empty(rows, dtype=np.int32), *state, np.empty((rows, fields), dtype=np.int64)]


def _doubled(column: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([column, np.empty_like(column)])


def _joined(parts: Sequence[Grants]) -> Grants:
    """The parts one after another."""
    before = np.cumsum([0, *(part.offsets[-1] for part in parts)])
    ends = [part.offsets[1:] + begin for part, begin in zip(parts, before[:-1], strict=True)]
    return Grants(
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), *ends]),
        starts=np.concatenate([part.starts for part in parts]),
        state=np.concatenate([part.state for part in parts]),
        reasons=np.concatenate([part.reasons for part in parts]),
        fields=np.concatenate([part.fields for part in parts]),
        names=parts[0].names,
    )
