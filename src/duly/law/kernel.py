"""The kernel evaluates many keys of a programme over many days, on those days alone when a value may change.

It runs the programme's generated module (see `generate`) as machine code or, where that is not at hand and
little is asked, as plain Python, with equal results. Large batches run on all processors, and on code made
for batches of their shape.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from duly.law.columns import Facts, Index, heap, shape_of
from duly.law.compiled import compiled, plain, ready
from duly.law.generate import ANY_BATCH, DRIVER, REVIEWER, STEP_BY_STEP, Variant, record_names
from duly.law.grants import Grants, by_arrays, by_lists, joined, side_by_side
from duly.law.layout import Heap
from duly.law.machine import address
from duly.law.plan import names_read
from duly.law.shape import NEAR, Shape
from duly.law.situation import UNKNOWN
from duly.law.team import Team, team
from duly.law.windows import known_rates
from duly.timeline import BEGIN, END_OF_TIME, add_months, month_after, month_first

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = [
    "GRANT",
    "KEPT",
    "NOTHING",
    "NOT_KNOWN",
    "Grants",
    "decoded",
    "evaluate",
    "reviews",
    "steps",
    "warm",
]

NOTHING: Final = 0
NOT_KNOWN: Final = 1
GRANT: Final = 2
KEPT: Final = Path("~/.cache/duly")
"""Where compiled kernels are kept unless a directory is given."""
SHARED: Final = 4096
"""From so many keys on, all processors share the work, and code is made for the shape of the batch."""
LITTLE: Final = 64
"""Up to so many keys do not wait for a compiler."""
HUGE: Final = 10
"""Times as many keys as code for a shape is made from: from there on it is worth waiting for it."""
PIECES: Final = 4
"""Parts for each processor, so that none is idle while another is slow."""


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
    wait: bool = True,
    kept: Path | None = KEPT,
    shaped: int = SHARED,
    processors: int | None = None,
) -> Grants:
    """The grants of each key over the days [first, last), with the rates known on a day (None: all).

    Keys are local indexes of `facts` (see `columns.keys`). `fast` runs machine code, which is kept in `kept`;
    without `wait`, a few keys run without it until a thread has compiled it. From `shaped` keys on, code is
    made for batches of this shape. `processors`: how many this process may use (None: all).
    """
    with team(processors if len(holders) >= SHARED else 1) as together:
        memory = heap(pack, facts, known_at, kept, together)
        days, variant = (first, last), ANY_BATCH
        if len(holders) >= shaped:
            variant = _variant(pack, programme, shape_of(pack, facts, kept, together), days, known_at)
        by_shape = len(holders) >= HUGE * shaped
        few = not wait and len(holders) <= LITTLE
        driver = _driver(pack, programme, variant, kept, by_shape=by_shape, few=few) if fast else None
        names = record_names(pack)[pack.programme(programme).rule.result.name]
        if driver is None:
            lists = [each.tolist() for each in (holders, abouts, links)]
            drive = plain(pack, programme, variant)[DRIVER]
            return by_lists(drive, [memory.lists(), *lists, len(holders), first, last], names)
        ends = [_plainest(each) for each in (holders, abouts, links)]
        return _shared(*driver, memory, ends, days, names, together)


def _driver(
    pack: Pack, programme: str, variant: Variant, kept: Path | None, *, by_shape: bool, few: bool
) -> tuple[Callable[..., int], bool] | None:
    """The best machine code that is worth waiting for, and whether it looks at one day; None for none."""
    if variant != ANY_BATCH:
        found = compiled(pack, programme, kept, variant) if by_shape else None
        found = found or ready(pack, programme, kept, variant)
        if found is not None:
            return found[DRIVER], variant.once
    found = ready(pack, programme, kept) if few else compiled(pack, programme, kept)
    return None if found is None else (found[DRIVER], False)


def _shared(
    drive: Callable[..., int],
    once: bool,
    memory: Heap,
    ends: list[Index],
    days: tuple[int, int],
    names: tuple[str, ...],
    together: Team,
) -> Grants:
    """The work of one driver, in parts for all of the team."""
    keys = len(ends[0])
    given = [memory.table, *map(address, ends), keys, *days]
    parts = _parts(keys, 1 if together.processors == 1 else together.processors * PIECES)
    if once:
        return side_by_side(drive, given, names, lambda part: together.each(part, parts))
    if len(parts) == 1:
        return by_arrays(drive, given, names)

    def some(of: slice) -> Grants:
        mine = [end[of] for end in ends]
        return by_arrays(drive, [given[0], *map(address, mine), len(mine[0]), *days], names)

    return joined(together.each(some, parts))


def steps(
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
    kept: Path | None = KEPT,
) -> Grants:
    """The same with a segment for each day that is looked at: within one nothing changes that counts.

    So an unknown has on each of them a reason of its own. For few keys: it runs as plain Python.
    """
    lists = [each.tolist() for each in (holders, abouts, links)]
    given = [heap(pack, facts, known_at, kept).lists(), *lists, len(holders), first, last]
    names = record_names(pack)[pack.programme(programme).rule.result.name]
    return by_lists(plain(pack, programme, STEP_BY_STEP)[DRIVER], given, names)


def warm(pack: Pack, programme: str, kept: Path | None = KEPT) -> None:
    """Compile, or load what was compiled before, so that no batch has to wait for it."""
    compiled(pack, programme, kept)


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
    wait: bool = True,
    kept: Path | None = KEPT,
) -> NDArray[np.int8]:
    """int8[keys, reviews]: 0 no, 1 unknown, 2 yes, each key on its own day, reviews in the pack's order."""
    memory = heap(pack, facts, known_at, kept)
    answers = np.zeros((len(holders), sum(r.programme == programme for r in pack.reviews)), dtype=np.int8)
    if not answers.size:
        return answers
    few = not wait and len(holders) <= LITTLE
    code = (ready(pack, programme, kept) if few else compiled(pack, programme, kept)) if fast else None
    if code is not None:
        ends = [_plainest(each) for each in (holders, abouts, links, days)]
        places = [memory.table, *map(address, ends)]
        code[REVIEWER](*places[:4], len(holders), places[4], address(answers))
    else:
        lists = [each.tolist() for each in (holders, abouts, links, days)]
        flat = answers.reshape(-1)
        plain(pack, programme)[REVIEWER](memory.lists(), *lists[:3], len(holders), lists[3], flat)
    return answers


def decoded(pack: Pack, programme: str, grants: Grants, key: int) -> list[tuple[int, Any]]:
    """(start, what is due) of one key as the interpreter gives it: fields (canonical), None, or UNKNOWN."""
    types = dict(pack.programme(programme).fields)
    rows = slice(*grants.offsets[key : key + 2].tolist())
    columns = grants.starts[rows], grants.state[rows], grants.fields[rows]
    segments: list[tuple[int, Any]] = []
    for start, state, values in zip(*(column.tolist() for column in columns), strict=True):
        due: Any = UNKNOWN if state == NOT_KNOWN else None
        if state == GRANT:
            row = zip(grants.names, values, strict=True)
            due = {name: pack.vocabulary.decode(types[name], value) for name, value in row}
        segments.append((start, due))
    return segments


def _variant(
    pack: Pack, programme: str, found: Shape, days: tuple[int, int], known_at: int | None
) -> Variant:
    """The narrowest variant that is right for a batch."""
    first, last = days
    monthly = pack.programme(programme).every == "month"
    once = first < last <= (month_after(month_first(first)) if monthly else first + 1)
    begin = month_first(first) if monthly else first
    around = max(add_months(begin, -NEAR - 12), BEGIN), min(add_months(last, NEAR + 12), END_OF_TIME)
    given, near = known_rates(pack, known_at, begin, last), known_rates(pack, known_at, *around)
    shape = found.with_rates(given, near)
    return Variant(shape=shape.narrowed(names_read(pack, programme)), once=once, steps=False)


def _parts(keys: int, count: int) -> list[slice]:
    """Equal shares of the keys."""
    bounds = [keys * part // count for part in range(count + 1)]
    return [slice(begin, end) for begin, end in pairwise(bounds)]


def _plainest(index: Index) -> Index:
    """An array of the type that kernels read, without gaps."""
    plain = index.dtype == np.int32 and index.flags.c_contiguous
    return index if plain else np.require(index, np.int32, ["C"])
