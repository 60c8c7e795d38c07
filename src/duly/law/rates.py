"""A rate is a dated amount: it holds from its day until the next entry; the last runs on unless it ends.

With `known_at`, entries that became known later do not exist, so the last one known by then runs on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, cast, overload

from duly.errors import BadInput
from duly.law.money import Money
from duly.law.situation import current
from duly.timeline.calendar import BEGIN, from_iso

__all__ = ["END", "DeclaredRate", "End", "RateEntry", "RateTable", "rate"]


class End(Enum):
    """What stands in a rate's entries from the day on which it is no longer given."""

    END = "end"


END: Final = End.END


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEntry:
    """From the day `start` the rate is `amount` (minor units), or no more (None); known from `known`."""

    start: int
    amount: int | None
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """A rate's entries by start. `optional` says that on some day there is none."""

    name: str
    source: str
    entries: tuple[RateEntry, ...]
    optional: bool

    def steps(self, known_at: int | None = None) -> tuple[tuple[int, int | None], ...]:
        """(start, amount) from the beginning of time on, as known on a day (None: all that is known)."""
        known = [e for e in self.entries if known_at is None or e.known <= known_at]
        steps: list[tuple[int, int | None]] = [] if known and known[0].start == BEGIN else [(BEGIN, None)]
        for entry in known:
            if not steps or steps[-1][1] != entry.amount:
                steps.append((entry.start, entry.amount))
        return tuple(steps)

    def value(self, day: int, known_at: int | None = None) -> int | None:
        """The amount on a day, None where there is none."""
        amount: int | None = None
        for start, step in self.steps(known_at):
            if start <= day:
                amount = step
        return amount


class DeclaredRate:
    """A rate as its module holds it; read through the module, it is the amount on the current day."""

    def __init__(self, table: RateTable) -> None:
        self.table = table

    def on_the_day(self) -> object:
        """The amount in the current situation, or the declaration itself outside of one."""
        situation = current()
        return self if situation is None else situation.rate(self.table.name)


@overload
def rate(
    name: str, *, source: str, entries: Mapping[str, Money], known: Mapping[str, str] | None = None
) -> Money: ...
@overload
def rate(
    name: str,
    *,
    source: str,
    entries: Mapping[str, Money | End],
    begins: str = "",
    known: Mapping[str, str] | None = None,
) -> Money | None: ...
def rate(
    name: str,
    *,
    source: str,
    entries: Mapping[str, Any],
    begins: str = "",
    known: Mapping[str, str] | None = None,
) -> Any:
    """Declare a rate: `entries` gives the amount from each ISO day ("": since ever), None before `begins`.

    `known` gives the day on which an entry became known, where that is not its own day.
    """
    if not source.strip():
        raise BadInput(
            "A rate without a source",
            detail=f"The rate {name} names no source.",
            where=name,
            hint='source="..." in its declaration: where the amounts stand.',
        )
    read = sorted((_entry(name, day, value, known or {}) for day, value in entries.items()), key=_start)
    if not read:
        raise BadInput("A rate without entries", detail="There is no amount at all.", where=name)
    _begins_rightly(name, read[0].start, begins)
    optional = bool(begins) or any(entry.amount is None for entry in read)
    return DeclaredRate(RateTable(name=name, source=source, entries=tuple(read), optional=optional))


def _entry(name: str, day: str, value: Money | End, known: Mapping[str, str]) -> RateEntry:
    amount = None if isinstance(value, End) else value
    if amount is not None and not isinstance(cast(object, amount), Money):
        raise BadInput(
            "A rate that is not money",
            detail=f"The entry {day!r} is {amount!r}.",
            where=name,
            hint="Write kroner(...) or END.",
        )
    start = iso_day(name, day)
    when = iso_day(name, known[day]) if day in known else start
    return RateEntry(start=start, amount=None if amount is None else int(amount), known=when)


def _start(entry: RateEntry) -> int:
    return entry.start


def _begins_rightly(name: str, first: int, begins: str) -> None:
    if begins and iso_day(name, begins) != first:
        raise BadInput(
            "A rate that begins twice",
            detail=f"begins={begins!r} is not the day of the first entry.",
            where=name,
            hint="begins= with the day of the first entry.",
        )
    if not begins and first != BEGIN:
        raise BadInput(
            "A rate without a beginning",
            detail="Its first entry has a day, so nothing says what holds before.",
            where=name,
            hint='Write begins= (there is none before), or an entry "" (since ever).',
        )


def iso_day(where: str, text: str) -> int:
    """An ISO date as a day; "" is the beginning of time."""
    try:
        return from_iso(text) if text else BEGIN
    except BadInput as error:
        raise BadInput(error.title, detail=error.detail, where=where, hint=error.hint) from error
