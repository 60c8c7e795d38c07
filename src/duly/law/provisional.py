"""What rests on a rate that only runs on is provisional: known, but unknown if that rate were unknown.

A rate is settled as far as its source gives it (`settled=`, else twelve months of its last entry). After that
day the last amount runs on, for nobody has set another yet. A value is provisional exactly where the same
law, with such rates unknown, leaves it unknown; so a rate that plays no part marks nothing, and no decision
ever comes from the mark.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from duly.law import interpret
from duly.law.ir import On, RateOf
from duly.law.situation import UNKNOWN
from duly.law.walk import reached
from duly.timeline.calendar import month_from

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.world import World

__all__ = ["Marked", "begins", "marked", "only_settled", "runs_on", "unset_from"]

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
    starts = _starts(pack, programme, known_at)
    anywhere = any(isinstance(node, On) for node in reached(pack.programme(programme).rule, pack.rules))
    return bool(starts) and (anywhere or min(starts) < last + LOOKED_AHEAD)


def unset_from(pack: Pack, programme: str, known_at: int | None) -> int | None:
    """The first day from which a rate that the programme may read only runs on; None if there is none.

    Of a monthly programme it is the first of a month. What is due to somebody may rest on other rates, and is
    then provisional later or never (see `begins`, which looks at the facts); before this day nothing is.
    """
    monthly = pack.programme(programme).every == "month"
    starts = _starts(pack, programme, known_at)
    return min((month_from(day) if monthly else day for day in starts), default=None)


def begins(
    pack: Pack, programme: str, world: World, holder: int, about: int, turns: Iterable[int]
) -> int | None:
    """The first day on which what is due becomes provisional; None if it does on none of those looked at.

    Looked at are `turns` (days on which it changes, the first of them where to begin) and the days on which
    rates begin to run on; of a monthly programme the first day of the month after.
    """
    days = sorted(turns)
    monthly = pack.programme(programme).every == "month"
    starts = {month_from(day) if monthly else day for day in _starts(pack, programme, None)}
    for day in sorted({*(max(start, days[0]) for start in starts), *days}):
        due = interpret.value(pack, programme, world, holder, about, day)
        if due is None or due is UNKNOWN or day < min(starts, default=day + 1):
            continue
        if interpret.value(only_settled(pack), programme, world, holder, about, day) is UNKNOWN:
            return day
    return None


@lru_cache(maxsize=256)
def _starts(pack: Pack, programme: str, known_at: int | None) -> frozenset[int]:
    """The days on which rates that the programme reads begin to run on."""
    nodes = reached(pack.programme(programme).rule, pack.rules)
    names = {node.name for node in nodes if isinstance(node, RateOf)}
    starts = (pack.rates[name].provisional_from(known_at) for name in names)
    return frozenset(start for start in starts if start is not None)


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
