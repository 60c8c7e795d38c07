"""An extent is every value that something can have where it is known: more is allowed, less never is.

It is a set of few values, or everything between two bounds; `nothing` says that it may be None too. All
numbers lie within 63 bits, since a result that does not fit is unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import product
from typing import Final

__all__ = [
    "ANY",
    "ANY_DAY",
    "ARITHMETIC",
    "FALSE",
    "FOLDS",
    "LARGEST",
    "MIRRORED",
    "NEGATED",
    "NEVER",
    "NONE_ONLY",
    "TRUE",
    "TRUTH",
    "Extent",
    "Number",
    "beside",
    "corners",
    "joined",
]

LARGEST: Final = 2**63 - 1
FIRST_DAY: Final = -(2**31)
LAST_DAY: Final = 2**31 - 1
FEW: Final = 256
"""Up to so many values are held one by one."""

Number = int | Fraction


@dataclass(frozen=True, slots=True, kw_only=True)
class Extent:
    """Numbers from `low` to `high` (there are none if low > high), only `values` where they are few."""

    low: Number
    high: Number
    values: frozenset[Number] | None
    nothing: bool

    @staticmethod
    def of(values: Iterable[Number], *, nothing: bool = False) -> Extent:
        """Just these values."""
        few = frozenset(values)
        low, high = (min(few), max(few)) if few else (1, 0)
        return Extent(low=low, high=high, values=few if len(few) <= FEW else None, nothing=nothing)

    @staticmethod
    def between(low: Number, high: Number, *, nothing: bool = False) -> Extent:
        """Everything from `low` to `high`, as far as it fits in 63 bits."""
        low, high = max(low, -LARGEST), min(high, LARGEST)
        if low == high or low > high:
            return Extent.of([low] if low == high else [], nothing=nothing)
        return Extent(low=low, high=high, values=None, nothing=nothing)

    @property
    def empty(self) -> bool:
        """Whether no number is possible."""
        return self.low > self.high

    @property
    def never(self) -> bool:
        """Whether nothing at all is possible."""
        return self.empty and not self.nothing

    @property
    def only(self) -> Number | None:
        """The one number that is possible, if there is no more."""
        return self.low if self.low == self.high and not self.nothing else None

    def __or__(self, other: Extent) -> Extent:
        """What is possible in one or the other."""
        nothing = self.nothing or other.nothing
        if self.empty or other.empty:
            return replace(other if self.empty else self, nothing=nothing)
        if self.values is not None and other.values is not None:
            return Extent.of(self.values | other.values, nothing=nothing)
        return Extent.between(min(self.low, other.low), max(self.high, other.high), nothing=nothing)

    def __and__(self, other: Extent) -> Extent:
        """What is possible in both."""
        nothing = self.nothing and other.nothing
        if self.values is None and other.values is None:
            return Extent.between(max(self.low, other.low), min(self.high, other.high), nothing=nothing)
        few, rest = (self, other) if self.values is not None else (other, self)
        return Extent.of((v for v in few.values or () if v in rest), nothing=nothing)

    def __contains__(self, value: Number) -> bool:
        return value in self.values if self.values is not None else self.low <= value <= self.high

    def without(self, value: Number, *, whole: bool) -> Extent:
        """What is left when this is not possible; `whole` says that there are no fractions between."""
        if self.values is not None:
            return Extent.of(self.values - {value}, nothing=self.nothing)
        if whole and value in (self.low, self.high):
            low, high = self.low + (value == self.low), self.high - (value == self.high)
            return Extent.between(low, high, nothing=self.nothing)
        return self

    def something(self) -> Extent:
        """The numbers, without None."""
        return replace(self, nothing=False)

    def or_nothing(self) -> Extent:
        """The same, and None."""
        return replace(self, nothing=True)

    def each(self, change: Callable[[Number], Number]) -> Extent:
        """What a change that keeps or turns the order makes of it."""
        if self.empty:
            return NEVER
        if self.values is not None:
            return within(change(value) for value in self.values)
        ends = change(self.low), change(self.high)
        return Extent.between(min(ends), max(ends))


def within(values: Iterable[Number]) -> Extent:
    """These values, as far as they fit in 63 bits."""
    return Extent.of(value for value in values if -LARGEST <= value <= LARGEST)


def corners(one: Extent, other: Extent, combine: Callable[[Number, Number], Number]) -> Extent:
    """Both combined by something whose extremes lie at the extremes of its parts."""
    if one.empty or other.empty:
        return NEVER
    if one.values is not None and other.values is not None and len(one.values) * len(other.values) <= FEW:
        return within(combine(a, b) for a, b in product(one.values, other.values))
    found = [combine(a, b) for a, b in product((one.low, one.high), (other.low, other.high))]
    return Extent.between(min(found), max(found))


def joined(extents: Iterable[Extent]) -> Extent:
    """What is possible in any of them."""
    found = NEVER
    for extent in extents:
        found |= extent
    return found


NEVER: Final = Extent.of([])
NONE_ONLY: Final = Extent.of([], nothing=True)
TRUE: Final = Extent.of([1])
FALSE: Final = Extent.of([0])
TRUTH: Final = Extent.of([0, 1])
ANY: Final = Extent.between(-LARGEST, LARGEST)
ANY_DAY: Final = Extent.between(FIRST_DAY, LAST_DAY)


def beside(op: str, one: Extent, other: Extent, *, whole: bool) -> Extent:
    """What of `one` can stand left of the comparison with some value of the other."""
    if op == "==":
        return one & other
    if op == "!=":
        if other.empty and other.nothing:
            return one.something()
        return one if other.only is None else one.without(other.only, whole=whole)
    one, other = one.something(), other.something()
    if one.empty or other.empty:
        return NEVER
    step = 1 if whole else 0
    bound = {
        "<": lambda: Extent.between(-LARGEST, other.high - step),
        "<=": lambda: Extent.between(-LARGEST, other.high),
        ">": lambda: Extent.between(other.low + step, LARGEST),
        ">=": lambda: Extent.between(other.low, LARGEST),
    }[op]()
    found = one & bound
    strict = op in ("<", ">") and not whole
    edge = other.high if op == "<" else other.low
    return found.without(edge, whole=False) if strict else found


def _quotient(one: Extent, other: Extent) -> Extent:
    """Floor division; of a divisor that may be 0 what is left without it."""
    if one.empty or other.empty:
        return NEVER
    if other.low > 0 or other.high < 0:
        return corners(one, other, lambda a, b: a // b)
    far = max(abs(one.low), abs(one.high)) + 1
    return Extent.between(0 if one.low >= 0 and other.low >= 0 else -far, far)


def _remainder(one: Extent, other: Extent) -> Extent:
    if one.empty or other.empty:
        return NEVER
    return Extent.between(min(0, other.low + 1), max(0, other.high - 1))


def _share(one: Extent, other: Extent) -> Extent:
    if other.low > 0 or other.high < 0:
        return corners(one, other, lambda a, b: Fraction(a) / b)
    return NEVER if one.empty or other.empty else ANY


def _total(body: Extent) -> Extent:
    """A sum over any number of members, perhaps none."""
    if body.empty:
        return FALSE
    return Extent.between(0 if body.low >= 0 else -LARGEST, 0 if body.high <= 0 else LARGEST)


NEGATED: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", ">=": "<=", ">": "<", "<=": ">="}
ARITHMETIC: Final[dict[str, Callable[[Extent, Extent], Extent]]] = {
    "+": lambda a, b: corners(a, b, lambda x, y: x + y),
    "-": lambda a, b: corners(a, b, lambda x, y: x - y),
    "*": lambda a, b: corners(a, b, lambda x, y: x * y),
    "min": lambda a, b: corners(a, b, min),
    "max": lambda a, b: corners(a, b, max),
    "neg": lambda a, b: a,
    "//": _quotient,
    "%": _remainder,
    "/": _share,
}
FOLDS: Final[dict[str, Callable[[Extent], Extent]]] = {
    "any": lambda body: FALSE | (body & TRUE),
    "all": lambda body: TRUE | (body & FALSE),
    "len": lambda body: FALSE if body.never else Extent.between(0, LARGEST),
    "sum": _total,
}
