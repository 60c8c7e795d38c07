"""Rates as the kernel reads them: each as a timeline, and all by stretches of days in which none changes.

A day is looked up once; what every rate is then, and until when, stands in one row. A ratio is its numerator
over the common denominator of its rate.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from duly.law.ir import NONE
from duly.law.situation import Missing
from duly.timeline import BEGIN, END_OF_TIME

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.rates import Amount, RateTable

__all__ = ["known_rates", "rates_in_order", "steps", "twins", "windows"]


def rates_in_order(pack: Pack) -> tuple[str, ...]:
    """The rates by their place in a row."""
    return tuple(sorted(pack.rates))


@lru_cache(maxsize=64)
def steps(pack: Pack, known_at: int | None) -> tuple[NDArray[Any], ...]:
    """Offsets, starts, values and known of each rate, in order."""
    return tuple(part for name in rates_in_order(pack) for part in _timeline(pack.rates[name], known_at))


def _timeline(rate: RateTable, known_at: int | None) -> list[NDArray[Any]]:
    starts, amounts = zip(*rate.steps(known_at), strict=True)
    return [
        np.array([0, len(amounts)], dtype=np.int64),
        np.array(starts, dtype=np.int32),
        np.array([_in_column(rate, amount) for amount in amounts], dtype=np.int64),
        np.array([not isinstance(amount, Missing) for amount in amounts], dtype=np.uint8),
    ]


def _in_column(rate: RateTable, amount: Amount) -> int:
    if isinstance(amount, Missing):
        return 0
    return NONE if amount is None else int(amount * rate.bottom)


@lru_cache(maxsize=64)
def windows(pack: Pack, known_at: int | None) -> tuple[int | NDArray[Any], ...]:
    """How many stretches there are, where they start; values, untils and known of all rates in each."""
    rates = [pack.rates[name].steps(known_at) for name in rates_in_order(pack)]
    starts = sorted({BEGIN, *(start for each in rates for start, _ in each)})
    shape = (len(starts), len(rates))
    values, untils = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.int32)
    known = np.zeros(shape, dtype=np.uint8)
    for column, (name, each) in enumerate(zip(rates_in_order(pack), rates, strict=True)):
        days = [start for start, _ in each]
        at = [bisect_right(days, start) - 1 for start in starts]
        values[:, column] = [_in_column(pack.rates[name], each[row][1]) for row in at]
        untils[:, column] = [(*days, END_OF_TIME)[row + 1] for row in at]
        known[:, column] = [not isinstance(each[row][1], Missing) for row in at]
    return len(starts), np.array(starts, dtype=np.int32), values, untils, known


@lru_cache(maxsize=16)
def twins(pack: Pack) -> Mapping[str, tuple[str, ...]]:
    """By rate: the others that are None on just the days on which it is, whatever is known."""
    found: dict[object, list[str]] = {}
    for name, rate in pack.rates.items():
        found.setdefault(tuple((e.start, e.known, e.amount is None) for e in rate.entries), []).append(name)
    return {name: tuple(n for n in group if n != name) for group in found.values() for name in group}


@lru_cache(maxsize=1024)
def known_rates(pack: Pack, known_at: int | None, first: int, last: int) -> frozenset[str]:
    """The rates that the pack gives, if only as None, on all days of [first, last)."""
    found: set[str] = set()
    for name in rates_in_order(pack):
        given = pack.rates[name].steps(known_at)
        lasting = zip(given, [*(start for start, _ in given[1:]), END_OF_TIME], strict=True)
        if not any(isinstance(a, Missing) and start < last and end > first for (start, a), end in lasting):
            found.add(name)
    return frozenset(found)
