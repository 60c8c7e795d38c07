"""Dated tables and scales: a table gives a value for a key, a scale a value for each band of an amount.

Both are columns of rates, one for each key or band, so that they are dated, sourced and evaluated as rates
are. An entry replaces the whole table; a key that it lacks has no value from that day on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from itertools import pairwise
from typing import Any, Final, cast

from duly.errors import BadInput
from duly.law.declare import Choice
from duly.law.rates import END, RateTable, iso_day, rate_table, sourced
from duly.law.situation import Missing, current, needed

__all__ = ["ABOVE", "BELOW", "DeclaredScale", "DeclaredTable", "Edge", "banded", "marginal", "scale", "table"]


class Edge(Enum):
    """Keys of a table for all whole numbers beyond those it names."""

    BELOW = "and below"
    ABOVE = "and above"


BELOW: Final = Edge.BELOW
ABOVE: Final = Edge.ABOVE

Key = Choice | int | str | Edge


class DeclaredTable:
    """A table as its module holds it: a column of rates for each key."""

    def __init__(self, name: str, keys: tuple[Key, ...], columns: tuple[RateTable, ...]) -> None:
        self.name, self.keys, self.columns = name, keys, columns

    def on_the_day(self) -> object:
        """The values in the current situation, by key."""
        return self if current() is None else _OnTheDay(self)

    def column(self, key: object) -> RateTable | None:
        """The column of a key; of a number that is not named, the edge that covers it."""
        pairs = dict(zip(self.keys, self.columns, strict=True))
        wanted = self._edge(key) if isinstance(key, int) and key not in pairs else key
        return pairs.get(cast(Key, wanted))

    def _edge(self, number: int) -> Edge | None:
        named = [key for key in self.keys if isinstance(key, int)]
        if number > max(named, default=number):
            return ABOVE
        return BELOW if number < min(named, default=number) else None


class _OnTheDay:
    def __init__(self, declared: DeclaredTable) -> None:
        self._declared = declared

    def __getitem__(self, key: object) -> object:
        column = self._declared.column(key)
        return None if column is None else needed(self._declared.name).rate(column.name)


class DeclaredScale:
    """A scale as its module holds it: for each band its lower bound and its value, both rates."""

    def __init__(self, name: str, bounds: tuple[RateTable, ...], values: tuple[RateTable, ...]) -> None:
        self.name, self.bounds, self.values = name, bounds, values

    @property
    def columns(self) -> tuple[RateTable, ...]:
        return (*self.bounds, *self.values)

    def on_the_day(self) -> object:
        """The declaration: `marginal` and `banded` ask the situation themselves."""
        return self

    def bands(self) -> list[tuple[Any, Any]]:
        """(lower bound, value) of each band on the current day."""
        at = needed(self.name)
        pairs = [(at.rate(b.name), at.rate(v.name)) for b, v in zip(self.bounds, self.values, strict=True)]
        return [pair for pair in pairs if pair[0] is not None]


def table(
    name: str,
    *,
    source: str,
    entries: Mapping[str, Mapping[Any, Any]],
    begins: str = "",
    before: Missing | None = None,
    known: Mapping[str, str] | None = None,
    settled: str = "",
) -> Any:
    """Declare a table: from each ISO day a value for each key (of one Choice, whole numbers, or codes).

    ABOVE and BELOW stand for the numbers beyond. `begins`, `before`, `known` and `settled` are as for a rate.
    """
    sourced(name, source)
    keys = _keys(name, entries.values())
    columns = tuple(
        rate_table(f"{name}[{_written(key)}]", source, _of_key(entries, key), begins, before, known, settled)
        for key in keys
    )
    _one_kind(name, columns)
    return DeclaredTable(name, keys, columns)


def scale(
    name: str,
    *,
    source: str,
    entries: Mapping[str, Mapping[Any, Any]],
    before: Missing | None = None,
    known: Mapping[str, str] | None = None,
    settled: str = "",
) -> Any:
    """Declare a scale: from each ISO day the lower bound of each band, in rising order, and its value.

    What lies below the first bound has no band: `marginal` counts nothing of it, `banded` gives None.
    """
    sourced(name, source)
    for day, bands in entries.items():
        _must_rise(name, day, list(bands))
    count = max(len(bands) for bands in entries.values()) if entries else 0
    lower = [
        rate_table(f"{name}[{n}] from", source, _of_band(entries, n, 0), "", before, known, settled)
        for n in range(count)
    ]
    given = [
        rate_table(f"{name}[{n}]", source, _of_band(entries, n, 1), "", before, known, settled)
        for n in range(count)
    ]
    for columns in (lower, given):
        _one_kind(name, columns)
    if not lower:
        raise BadInput("A scale without bands", detail="There is no band at all.", where=name)
    return DeclaredScale(name, tuple(lower), tuple(given))


def marginal(scale: Any, amount: Any) -> Any:
    """The part of the amount inside each band times the band's value, added up: an unrounded share."""
    bands = scale.bands()
    ends = [lower for lower, _ in bands[1:]] + [amount]
    parts = [
        max(min(amount, end) - lower, amount * 0) * value
        for (lower, value), end in zip(bands, ends, strict=True)
    ]
    return sum(parts[1:], parts[0])


def banded(scale: Any, amount: Any) -> Any:
    """The value of the band that the amount lies in; None below the first band."""
    return next((value for lower, value in reversed(scale.bands()) if amount >= lower), None)


def _of_key(entries: Mapping[str, Mapping[Any, Any]], key: Key) -> dict[str, Any]:
    return {day: values.get(key, END) for day, values in entries.items()}


def _of_band(entries: Mapping[str, Mapping[Any, Any]], band: int, part: int) -> dict[str, Any]:
    return {
        day: list(bands.items())[band][part] if band < len(bands) else END for day, bands in entries.items()
    }


def _one_kind(name: str, columns: Sequence[RateTable]) -> None:
    if len({column.kind for column in columns}) > 1:
        raise BadInput(
            "A table of several kinds",
            detail=f"{name} holds money and numbers.",
            where=name,
            hint="Values of one kind: all money, all whole numbers or all ratios.",
        )


def _keys(name: str, entries: Any) -> tuple[Key, ...]:
    """Every key once, in the order in which they are first named."""
    keys = cast(tuple[Key, ...], tuple(dict.fromkeys(key for values in entries for key in values)))
    kinds = {_sort(key) for key in keys}
    if len(kinds) != 1:
        raise BadInput(
            "A table of several keys",
            detail=f"The keys of {name} are {', '.join(map(str, keys)) or 'none'}.",
            where=name,
            hint="Members of one Choice, whole numbers (with BELOW and ABOVE), or codes.",
        )
    return keys


def _sort(key: Key) -> str:
    if isinstance(key, Choice):
        return type(key).__name__
    return "code" if isinstance(key, str) else "number"


def _written(key: Key) -> str:
    return str(key.value if isinstance(key, Choice | Edge) else key)


def _must_rise(name: str, day: str, bounds: list[Any]) -> None:
    iso_day(name, day)
    if not bounds or any(a >= b for a, b in pairwise(bounds)):
        raise BadInput(
            "Bands out of order",
            detail=f"The bounds of {name} from {day or 'ever'} do not rise.",
            where=name,
            hint="Lower bounds in rising order, each once.",
        )
