"""A chain's lines are never edited: what is granted now is reached by new lines and by stops. Pure.

`reconcile` compares what a chain was told to pay with what is granted, from the first month on; at the first
difference it keeps, shortens or stops, and sends everything from there on again. `live` says what the lines
and stops of a chain come to, month by month; after every `reconcile` that is exactly what is granted.

Months are counted by `duly.timeline.month_index`; amounts are minor units a month.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

import msgspec

from duly.errors import Conflict

__all__ = ["EMPTY", "Chain", "Code", "Line", "Order", "Period", "Stop", "after", "live", "reconcile"]


class Code(Enum):
    """Whether the holder's case was ever ordered from before."""

    NEW = "new"
    CHANGE = "change"


class Period(msgspec.Struct, frozen=True, array_like=True):
    """The months `first` to `last` inclusive (None: without end), with one amount."""

    first: int
    last: int | None
    amount: int


class Line(msgspec.Struct, frozen=True, array_like=True):
    """One order line. From its first month on the chain is as it says."""

    number: int
    previous: int | None
    first: int
    last: int | None
    amount: int


class Stop(msgspec.Struct, frozen=True, array_like=True):
    """From the month `since` on the chain pays nothing; `line` is the last line sent before it."""

    line: int
    since: int


class Chain(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent for one (holder, programme, about), in order, and the periods that it stood for."""

    granted: tuple[Period, ...]
    lines: tuple[Line, ...]
    stops: tuple[Stop, ...]


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be sent: the stop first, then the lines."""

    code: Code
    stop: Stop | None
    lines: tuple[Line, ...]


EMPTY = Chain(granted=(), lines=(), stops=())


def reconcile(
    chain: Chain,
    granted: Sequence[Period],
    *,
    next_number: int,
    migrated: int | None = None,
    anew: bool = False,
) -> Order | None:
    """What brings the chain to `granted` (in order, without overlap; 0 is an amount), or None.

    `next_number` is the first line number that the holder's case has not used. With `migrated` (the month
    before the first that is ours to pay) the whole chain is stopped from the month after and sent again;
    Conflict when a paid month lies before that. `anew` sends all again from its first month, for a trial run.
    """
    kept, since = _kept(chain.granted, granted)
    if migrated is not None and chain.lines:
        kept, since = 0, _after_migration(chain, migrated)
    elif anew and chain.lines:
        kept, since = 0, min(line.first for line in chain.lines)
    lines = _lines([p for p in granted[kept:] if p.amount > 0], chain, next_number)
    stop = _stop(chain, since)
    if stop is None and not lines:
        return None
    return Order(code=Code.CHANGE if next_number else Code.NEW, stop=stop, lines=lines)


def after(chain: Chain, granted: Sequence[Period], order: Order | None) -> Chain:
    """The chain after `order` was sent for `granted`."""
    if order is None:
        return Chain(granted=tuple(granted), lines=chain.lines, stops=chain.stops)
    stops = chain.stops if order.stop is None else (*chain.stops, order.stop)
    return Chain(granted=tuple(granted), lines=(*chain.lines, *order.lines), stops=stops)


def live(lines: Sequence[Line], stops: Sequence[Stop]) -> tuple[Period, ...]:
    """The months that lines and stops, taken in the order in which they were sent, leave to be paid."""
    periods: list[Period] = []
    for line in lines:
        _cut(periods, line.first)
        periods.append(Period(line.first, line.last, line.amount))
        for stop in stops:
            if stop.line == line.number:
                _cut(periods, stop.since)
    return tuple(periods)


def _kept(old: Sequence[Period], new: Sequence[Period]) -> tuple[int, int | None]:
    """How many of the new periods need not be sent, and the month from which the rest is stopped."""
    place = 0
    while place < len(old) and place < len(new) and old[place] == new[place]:
        place += 1
    if place == len(old):
        return place, None
    if place == len(new):
        return place, old[place].first
    was, now = old[place], new[place]
    if was.first < now.first:
        return place, was.first
    if was.first > now.first or was.amount != now.amount or now.last is None:
        return place, now.first if now.amount == 0 else None
    if was.last is not None and was.last < now.last:
        return place, now.first if now.amount == 0 else None
    return place + 1, _end_of(now.last, new[place + 1 : place + 2])


def _end_of(last: int, following: Sequence[Period]) -> int | None:
    """The month after `last`, unless a paid period follows at once and writes over what was there."""
    if following and following[0].first == last + 1 and following[0].amount > 0:
        return None
    return last + 1


def _after_migration(chain: Chain, migrated: int) -> int:
    since = migrated + 1
    if any(period.first < since for period in live(chain.lines, chain.stops)):
        raise Conflict(
            "A migration after the first paid month",
            detail="The chain already pays for months before the one after the migration.",
            hint="Name an earlier month, or stop those months by a decision first.",
        )
    return since


def _stop(chain: Chain, since: int | None) -> Stop | None:
    """Written as the last line ever sent; nothing to write where no month from `since` on is live."""
    if since is None:
        return None
    if all(p.last is not None and p.last < since for p in live(chain.lines, chain.stops)):
        return None
    return Stop(chain.lines[-1].number, since)


def _lines(periods: Sequence[Period], chain: Chain, next_number: int) -> tuple[Line, ...]:
    previous = chain.lines[-1].number if chain.lines else None
    lines: list[Line] = []
    for number, period in enumerate(periods, next_number):
        lines.append(Line(number, previous, period.first, period.last, period.amount))
        previous = number
    return tuple(lines)


def _cut(periods: list[Period], since: int) -> None:
    """Leave nothing from the month `since` on."""
    while periods and periods[-1].first >= since:
        periods.pop()
    if periods and (periods[-1].last is None or periods[-1].last >= since):
        tail = periods.pop()
        periods.append(Period(tail.first, since - 1, tail.amount))
