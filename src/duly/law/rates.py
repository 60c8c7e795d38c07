"""A rate is a dated value: it holds from its day until the next entry; the last runs on unless it ends.

It is money, a whole number or an exact ratio. With `known_at`, entries that became known later do not exist,
so the last one known by then runs on. What runs on beyond the days for which the source gives it is
provisional (see `provisional`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from fractions import Fraction
from math import lcm
from typing import Any, Final, Literal, TypeVar, overload

from duly.errors import BadInput
from duly.law.ir import Kind
from duly.law.money import Money
from duly.law.situation import UNKNOWN, Missing, current
from duly.timeline.calendar import BEGIN, add_months, from_iso

__all__ = [
    "CURRENCY",
    "END",
    "FOR_GOOD",
    "Amount",
    "DeclaredRate",
    "End",
    "RateEntry",
    "RateTable",
    "iso_day",
    "rate",
    "rate_table",
    "sourced",
]

V = TypeVar("V", Money, int, Fraction)
FOR_GOOD: Final = "9999-12-31"
"""`settled=FOR_GOOD`: the figure stands in the law itself, for all days until the law is changed."""
A_YEAR: Final = 12
"""Months from its first day for which the last entry is settled, where the declaration does not say it."""
LARGEST: Final = 2**63 - 1


class End(Enum):
    """What stands in a rate's entries from the day on which it is no longer given."""

    END = "end"


END: Final = End.END
CURRENCY: Final = re.compile(r"[A-Z]{3}")
"""ISO 4217."""

Amount = int | Fraction | Missing | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RateEntry:
    """From the day `start` the rate is `amount` (None: no more; UNKNOWN: the pack does not say).

    Money stands in minor units. Known from the day `known`.
    """

    start: int
    amount: Amount
    known: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RateTable:
    """A rate's entries by start; `kind` is MONEY, INT or FRACTION. `optional`: on some day there is none.

    `settled`: the last day for which the source gives the last entry, None where that is not said.
    `currency` is "" where money is of the pack's own.
    """

    name: str
    source: str
    kind: Kind
    currency: str
    entries: tuple[RateEntry, ...]
    optional: bool
    settled: int | None

    @property
    def bottom(self) -> int:
        """The common denominator of all entries: columns hold numerators above it."""
        return lcm(*(e.amount.denominator for e in self.entries if isinstance(e.amount, Fraction)))

    def steps(self, known_at: int | None = None) -> tuple[tuple[int, Amount], ...]:
        """(start, amount) from the beginning of time on, as known on a day (None: all that is known)."""
        known = [e for e in self.entries if known_at is None or e.known <= known_at]
        steps: list[tuple[int, Amount]] = [] if known and known[0].start == BEGIN else [(BEGIN, None)]
        for entry in known:
            if not steps or steps[-1][1] != entry.amount:
                steps.append((entry.start, entry.amount))
        return tuple(steps)

    def value(self, day: int, known_at: int | None = None) -> Amount:
        """The amount on a day, None where there is none, UNKNOWN where the pack does not say."""
        amount: Amount = None
        for start, step in self.steps(known_at):
            if start <= day:
                amount = step
        return amount

    def provisional_from(self, known_at: int | None = None) -> int | None:
        """The first day on which the rate only runs on, as known on a day; None if there is none.

        Where the last entry known is not said to be settled, it is for twelve months from its first day. One
        that holds since ever is settled for good, and what has ended does not run on.
        """
        known = [e for e in self.entries if known_at is None or e.known <= known_at]
        if not known or known[-1].amount is None:
            return None
        if self.settled is not None and known[-1] == self.entries[-1]:
            return self.settled + 1
        return None if known[-1].start == BEGIN else add_months(known[-1].start, A_YEAR)

    def only_settled(self, known_at: int | None = None) -> RateTable:
        """The same rate, unknown from the day on which it would only run on."""
        start = self.provisional_from(known_at)
        if start is None:
            return self
        more = RateEntry(start=start, amount=UNKNOWN, known=BEGIN)
        entries = tuple(sorted((*self.entries, more), key=_start))
        return replace(self, entries=entries)


class DeclaredRate:
    """A rate as its module holds it; read through the module, it is the amount on the current day."""

    def __init__(self, table: RateTable) -> None:
        self.table = table

    @property
    def columns(self) -> tuple[RateTable, ...]:
        return (self.table,)

    def on_the_day(self) -> object:
        """The amount in the current situation, or the declaration itself outside of one."""
        situation = current()
        return self if situation is None else situation.rate(self.table.name)


@overload
def rate(
    name: str,
    *,
    source: str,
    entries: Mapping[str, V],
    before: Literal[Missing.UNKNOWN] | None = None,
    known: Mapping[str, str] | None = None,
    settled: str = "",
    currency: str = "",
) -> V: ...
@overload
def rate(
    name: str,
    *,
    source: str,
    entries: Mapping[str, V | End],
    begins: str = "",
    before: Literal[Missing.UNKNOWN] | None = None,
    known: Mapping[str, str] | None = None,
    settled: str = "",
    currency: str = "",
) -> V | None: ...
def rate(
    name: str,
    *,
    source: str,
    entries: Mapping[str, Any],
    begins: str = "",
    before: Missing | None = None,
    known: Mapping[str, str] | None = None,
    settled: str = "",
    currency: str = "",
) -> Any:
    """Declare a rate: `entries` gives the value from each ISO day ("": since ever).

    Before the first dated entry it is None with `begins=` (there was none), unknown with `before=UNKNOWN`
    (the pack does not say). `known` gives the day on which an entry became known, where not its own day.
    `settled` is the last day for which the source gives the last entry; what runs on after it is provisional.
    Money is of the pack's own currency unless it is of another `currency`.
    """
    found = rate_table(name, source, entries, begins, before, known, settled)
    if currency and (found.kind is not Kind.MONEY or not CURRENCY.fullmatch(currency)):
        raise BadInput(
            "Currency of a rate",
            detail=f"The rate {name} is {found.kind.value}, of the currency {currency!r}.",
            where=name,
            hint='Money, and the three letters of ISO 4217: currency="EUR".',
        )
    return DeclaredRate(replace(found, currency=currency))


def rate_table(
    name: str,
    source: str,
    entries: Mapping[str, Any],
    begins: str,
    before: Missing | None,
    known: Mapping[str, str] | None,
    settled: str,
) -> RateTable:
    """The entries of a rate, or of a column of a table, checked and by day."""
    sourced(name, source)
    _known_of_entries(name, entries, known or {})
    read = _by_day(name, entries, begins, before, known or {})
    found = RateTable(
        name=name,
        source=source,
        kind=_kind(name, entries.values()),
        currency="",
        entries=read,
        optional=bool(begins) or any(entry.amount is None for entry in read),
        settled=_settled(name, settled, read[-1]) if settled else None,
    )
    _must_fit(found)
    return found


def sourced(name: str, source: str) -> None:
    """Refuse figures of which nobody says where they stand."""
    if not source.strip():
        raise BadInput(
            "A rate without a source",
            detail=f"The rate {name} names no source.",
            where=name,
            hint='source="..." in its declaration: where the amounts stand.',
        )


def _known_of_entries(name: str, entries: Mapping[str, Any], known: Mapping[str, str]) -> None:
    for day in known:
        if day not in entries:
            raise BadInput(
                "Known of no entry",
                detail=f"known= names {day!r}, and {name} has no entry from that day.",
                where=name,
                hint=f"One of {', '.join(repr(each) for each in entries)}.",
            )


def _settled(name: str, text: str, last: RateEntry) -> int | None:
    """The last day for which the source gives the last entry; nothing runs on after one that ends."""
    day = iso_day(name, text)
    if day < last.start:
        raise BadInput(
            "A rate settled before it begins",
            detail=f"settled={text!r} is before the first day of the last entry.",
            where=name,
            hint="The last day for which the source gives the last entry.",
        )
    return None if last.amount is None else day


def _must_fit(table: RateTable) -> None:
    """Columns hold whole numbers of 63 bits, and two of them mean something else."""
    for entry in table.entries:
        amount = entry.amount
        if isinstance(amount, int | Fraction) and not -LARGEST < amount * table.bottom <= LARGEST:
            raise BadInput(
                "A rate that does not fit",
                detail=f"{amount} of the rate {table.name} does not fit in 63 bits.",
                where=table.name,
                hint="A smaller number, or a ratio of smaller numbers.",
            )


def _by_day(
    name: str, entries: Mapping[str, Any], begins: str, before: Missing | None, known: Mapping[str, str]
) -> tuple[RateEntry, ...]:
    """Entries by their day, with the unknown before them where the pack says so."""
    read = sorted((_entry(name, day, value, known) for day, value in entries.items()), key=_start)
    if not read:
        raise BadInput("A rate without entries", detail="There is no amount at all.", where=name)
    _begins_rightly(name, read[0].start, begins, before)
    ahead = [RateEntry(start=BEGIN, amount=UNKNOWN, known=BEGIN)] if before is UNKNOWN else []
    return (*ahead, *read)


def _entry(name: str, day: str, value: object, known: Mapping[str, str]) -> RateEntry:
    start = iso_day(name, day)
    when = iso_day(name, known[day]) if day in known else start
    return RateEntry(start=start, amount=_amount(name, day, value), known=when)


def _amount(name: str, day: str, value: object) -> Amount:
    """An entry's value: END is None; what is no value of a rate is refused."""
    if isinstance(value, End):
        return None
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise BadInput(
            "No value of a rate",
            detail=f"The entry {day!r} is {value!r}.",
            where=name,
            hint='Write kroner(...), euros(...), a whole number, percent("...") or END.',
        )
    return value if isinstance(value, Fraction) else int(value)


def _kind(name: str, amounts: Iterable[object]) -> Kind:
    kinds = {_kind_of(amount) for amount in amounts if isinstance(amount, int | Fraction)}
    if len(kinds) > 1:
        said = ", ".join(sorted(kind.value for kind in kinds))
        raise BadInput(
            "A rate of several kinds",
            detail=f"The entries of {name} are {said}.",
            where=name,
            hint="Entries of one kind: all money, all whole numbers or all ratios.",
        )
    return kinds.pop() if kinds else Kind.MONEY


def _kind_of(amount: int | Fraction) -> Kind:
    """What kind of value an entry is."""
    if isinstance(amount, Fraction):
        return Kind.FRACTION
    return Kind.MONEY if isinstance(amount, Money) else Kind.INT


def _start(entry: RateEntry) -> int:
    return entry.start


def _begins_rightly(name: str, first: int, begins: str, before: Missing | None) -> None:
    if begins and (before is UNKNOWN or iso_day(name, begins) != first):
        raise BadInput(
            "A rate that begins twice",
            detail=f"begins={begins!r} is not the day of the first entry, or there is a before= as well.",
            where=name,
            hint="begins= with the day of the first entry, or before=UNKNOWN.",
        )
    if before is UNKNOWN and first == BEGIN:
        raise BadInput(
            "A rate known since ever",
            detail='before=UNKNOWN says nothing where the first entry is "" (since ever).',
            where=name,
            hint="The rate without before=.",
        )
    if not begins and before is None and first != BEGIN:
        raise BadInput(
            "A rate without a beginning",
            detail="Its first entry has a day, so nothing says what holds before.",
            where=name,
            hint='begins= (there is none before), before=UNKNOWN (the pack does not say), or an entry "".',
        )


def iso_day(where: str, text: str) -> int:
    """An ISO date as a day; "" is the beginning of time."""
    try:
        return from_iso(text) if text else BEGIN
    except BadInput as error:
        raise BadInput(error.title, detail=error.detail, where=where, hint=error.hint) from error
