"""What is paid is what the lines come to, less what was paid; what was overpaid is for a human.

`balance` looks at all months up to the last payable one: what is missing is paid (arrears are nothing else),
what is too much is for a human. A suspended month is not paid and owes nothing. Pure.

Months are counted by `duly.timeline.month_index`; amounts are minor units.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeAlias

import msgspec

from duly.delivery.orders import Period
from duly.timeline import add_months, first_of_index, month_index

__all__ = ["Balance", "Month", "Steps", "balance", "booked", "last_payable", "next_pay_day"]

Steps: TypeAlias = tuple[tuple[int, int], ...]
"""(month, amount a month from then on); 0 before the first."""

Spans: TypeAlias = tuple[tuple[int, int], ...]
"""Half-open spans of months."""


class Month(msgspec.Struct, frozen=True, array_like=True):
    """An amount for a month."""

    month: int
    amount: int


class Balance(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be paid now, month by month, and what was paid too much."""

    payable: tuple[Month, ...]
    overpaid: tuple[Month, ...]


def balance(
    live: Sequence[Period], paid: Steps, settled: Steps, suspended: Spans, last_month: int
) -> Balance:
    """Compare the months up to and with `last_month`. `settled` is overpaid and already decided on."""
    payable: list[Month] = []
    overpaid: list[Month] = []
    for first, end, missing in _differences(live, paid, settled, suspended, last_month):
        for month in range(first, end):
            if missing > 0:
                payable.append(Month(month, missing))
            else:
                overpaid.append(Month(month, -missing))
    return Balance(payable=tuple(payable), overpaid=tuple(overpaid))


def booked(paid: Steps, months: Sequence[Month]) -> Steps:
    """`paid` with these amounts added to their months."""
    if not months:
        return paid
    added = {month.month: month.amount for month in months}
    cuts = sorted({cut for cut, _ in paid} | set(added) | {month + 1 for month in added})
    steps: list[tuple[int, int]] = []
    for cut in cuts:
        amount = _at(paid, cut) + added.get(cut, 0)
        if (steps[-1][1] if steps else 0) != amount:
            steps.append((cut, amount))
    return tuple(steps)


def last_payable(today: int, pay_day: int) -> int:
    """The last month whose pay day (a day of the month, 1 to 28) has come."""
    month = month_index(today)
    return month if today >= first_of_index(month) + pay_day - 1 else month - 1


def next_pay_day(today: int, pay_day: int) -> int:
    """The first pay day after today."""
    this = first_of_index(month_index(today)) + pay_day - 1
    return this if this > today else add_months(this, 1)


def _differences(
    live: Sequence[Period], paid: Steps, settled: Steps, suspended: Spans, last_month: int
) -> Iterator[tuple[int, int, int]]:
    """(first month, month after, missing a month) of the stretches that are not even."""
    cuts = {cut for cut, _ in (*paid, *settled)}
    for period in live:
        cuts.add(period.first)
        cuts.add(last_month + 1 if period.last is None else period.last + 1)
    for start, end in suspended:
        cuts.update((start, end))
    wanted = sorted(cut for cut in cuts if cut <= last_month)
    for first, end in pairwise([*wanted, last_month + 1]):
        missing = _live_at(live, first) - _at(paid, first) + _at(settled, first)
        if missing < 0 or (missing > 0 and not any(a <= first < b for a, b in suspended)):
            yield first, end, missing


def _live_at(live: Sequence[Period], month: int) -> int:
    for period in live:
        if period.first <= month and (period.last is None or month <= period.last):
            return period.amount
    return 0


def _at(steps: Steps, month: int) -> int:
    place = bisect_right(steps, month, key=_month) - 1
    return steps[place][1] if place >= 0 else 0


def _month(step: tuple[int, int]) -> int:
    return step[0]
