"""One key of a few subjects, from their facts to what is due: the same machine code, but no batch in between.

A batch has a fixed cost of its own; what a person waits for should not. Where no machine code is at hand the
interpreter answers, and a thread compiles meanwhile.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from duly.law import interpret
from duly.law.compiled import ready
from duly.law.generate import DRIVER, record_names
from duly.law.kernel import GRANT, KEPT, NOT_KNOWN
from duly.law.laid import Laid, laid_out
from duly.law.situation import UNKNOWN
from duly.law.world import History, World

if TYPE_CHECKING:
    from duly.law.ir import Type
    from duly.law.pack import Pack
    from duly.law.vocabulary import Vocabulary

__all__ = ["timeline"]

ROOM: Final = 64
"""Segments that there is room for at first; a multiple of 4."""


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
    """(start, what is due) over [first, last), as `kernel.decoded` gives it. BadInput if unsound."""
    code = ready(pack, programme, kept)
    if code is not None:
        held, found = laid_out(pack, history), _plan(pack, programme)
        key = _key(found, held, holder, about)
        if key:
            return _driven(code[DRIVER], found, held.table(pack, known_at), key, first, last)
    return interpret.timeline(pack, programme, World(pack, history), holder, about, first, last, known_at)


class _Plan(NamedTuple):
    """What is the same for every key: kinds of its ends, its relation and end, and the fields of a grant."""

    holder: str
    about: str
    over: str
    to_owner: bool
    fields: tuple[tuple[str, Type], ...]
    vocabulary: Vocabulary


@lru_cache(maxsize=256)
def _plan(pack: Pack, name: str) -> _Plan:
    programme, vocabulary = pack.programme(name), pack.vocabulary
    over = vocabulary.relations[programme.over] if programme.over else None
    types = dict(programme.fields)
    return _Plan(
        holder=programme.holder,
        about=programme.about,
        over=over.owning if over else "",
        to_owner=bool(over and over.inverse_of),
        fields=tuple((field, types[field]) for field in record_names(pack)[programme.rule.result.name]),
        vocabulary=vocabulary,
    )


def _key(found: _Plan, held: Laid, holder: int, about: int) -> array[int] | None:
    """Local indexes of the holder, the other subject and the link; None where one of them is not there."""
    one, other = held.index[found.holder].get(holder), held.index[found.about].get(about)
    if one is None or other is None:
        return None
    if not found.over:
        return array("i", (one, other, -1))
    links, pair = held.links[found.over], (other, one) if found.to_owner else (one, other)
    return array("i", (one, other, links.index(pair))) if pair in links else None


def _driven(
    drive: Callable[..., int], found: _Plan, heap: array[int], key: array[int], first: int, last: int
) -> list[tuple[int, Any]]:
    """What the driver writes, in as much room as it turns out to need."""
    place, width, room = key.buffer_info()[0], len(found.fields), ROOM
    given_to = heap.buffer_info()[0], place, place + 4, place + 8, 1, first, last
    while True:
        written = array("q", bytes(16 + (8 * width + 8) * room))
        begin = written.buffer_info()[0]
        fields = begin + 16
        starts = fields + 8 * width * room
        if drive(*given_to, begin, starts, starts + 4 * room, starts + 5 * room, fields, room, 0):
            return _decoded(found, written, room)
        room *= 8


def _decoded(found: _Plan, written: array[int], room: int) -> list[tuple[int, Any]]:
    width, count = len(found.fields), written[1]
    rest = memoryview(written).cast("B")[16 + 8 * width * room :]
    starts, states = rest[: 4 * count].cast("i"), rest[4 * room : 4 * room + count]
    due: list[tuple[int, Any]] = []
    for row, (start, state) in enumerate(zip(starts, states, strict=True)):
        value: Any = UNKNOWN if state == NOT_KNOWN else None
        if state == GRANT:
            fields = zip(found.fields, written[2 + row * width : 2 + (row + 1) * width], strict=True)
            value = {name: found.vocabulary.decode(kind, field) for (name, kind), field in fields}
        due.append((start, value))
    return due
