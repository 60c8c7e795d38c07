"""What rests on a rate that only runs on is provisional: known, but unknown if that rate were unknown.

A rate is settled as far as its source gives it (`settled=`, else twelve months of its last entry). After that
day the last amount runs on, for nobody has set another yet. A value is provisional exactly where the same
law, with such rates unknown, leaves it unknown; so a rate that plays no part marks nothing, and no decision
ever comes from the mark.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from duly.law.ir import On, RateOf
from duly.law.situation import UNKNOWN
from duly.law.walk import reached

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["Marked", "marked", "only_settled", "runs_on"]

Marked = tuple[int, Any, bool]
"""From a day on, what is due, and whether that is provisional."""

LOOKED_AHEAD: Final = 366
"""Days that a selector may look beyond the day it is asked on."""


@lru_cache(maxsize=16)
def only_settled(pack: Pack, known_at: int | None = None) -> Pack:
    """The pack with each rate unknown from the day on which it would only run on."""
    rates = {name: table.only_settled(known_at) for name, table in pack.rates.items()}
    return replace(pack, rates=MappingProxyType(rates))


@lru_cache(maxsize=256)
def runs_on(pack: Pack, programme: str, known_at: int | None, last: int) -> bool:
    """Whether a rate that the programme reads could only run on, on a day that it looks at before `last`."""
    nodes = list(reached(pack.programme(programme).rule, pack.rules))
    names = {node.name for node in nodes if isinstance(node, RateOf)}
    starts = [start for n in names if (start := pack.rates[n].provisional_from(known_at)) is not None]
    anywhere = any(isinstance(node, On) for node in nodes)
    return bool(starts) and (anywhere or min(starts) < last + LOOKED_AHEAD)


def marked(segments: Sequence[tuple[int, Any]], settled: Sequence[tuple[int, Any]]) -> list[Marked]:
    """Segments parted where they turn provisional; `settled` is the same time with only settled rates."""
    found: list[Marked] = []
    for start in sorted({start for start, _ in (*segments, *settled)}):
        due, sure = _at(segments, start), _at(settled, start)
        mark = (due, due is not UNKNOWN and sure is UNKNOWN)
        if not found or found[-1][1:] != mark:
            found.append((start, *mark))
    return found


def _at(segments: Sequence[tuple[int, Any]], day: int) -> Any:
    return [due for start, due in segments if start <= day][-1]
