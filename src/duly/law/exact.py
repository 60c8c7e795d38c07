"""Arithmetic as every evaluator has it: exact, and unknown where nothing fits 63 bits or nothing comes out.

A number is an int or a reduced fraction; a fraction fits if what its lowest terms are made of fits. The
kernel's `scalars` say the same on int64.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import reduce
from math import gcd
from typing import Any, Final

from duly.law import scalars
from duly.law.money import round_exactly
from duly.law.scalars import FARTHEST, LARGEST
from duly.law.situation import UNKNOWN

__all__ = ["HALVES", "calculated", "dated", "ordered", "rounded", "rounded_product", "with_digits"]

Number = int | Fraction

HALVES: Final = {"down": (0, 0), "up": (0, 1), "half_up": (1, 0), "half_even": (2, 0)}
"""How the kernel's functions are told to round: `half` and `upward`."""


def calculated(op: str, parts: Sequence[Number]) -> Any:
    """An operation on known numbers, from the left; UNKNOWN where it has no answer or none that fits."""
    if op == "neg":
        return -parts[0]
    step = _STEPS[op]
    return reduce(lambda one, other: one if one is UNKNOWN else step(one, other), parts[1:], parts[0])


def ordered(one: Number, other: Number) -> int | None:
    """-1, 0 or 1; None where the products that tell it do not fit."""
    shared = gcd(one.denominator, other.denominator)
    left = one.numerator * (other.denominator // shared)
    right = other.numerator * (one.denominator // shared)
    return (left > right) - (left < right) if _fit(left, right) else None


def rounded(value: Number, to: int, how: str) -> Any:
    """To a whole multiple of `to`; UNKNOWN where that does not fit."""
    found = round_exactly(value, to, how)
    return found if _fit(found, value.denominator * to) else UNKNOWN


def rounded_product(one: Number, other: Number, to: int, how: str) -> Any:
    """The product to a whole multiple of `to`, where the product itself need not fit."""
    factors = (one.numerator, one.denominator, other.numerator, other.denominator)
    found, known = scalars.rounded_product(*factors, to, *HALVES[how])
    return found if known == 1 else UNKNOWN


def with_digits(value: Number, digits: int, how: str, *, significant: bool) -> Any:
    """With so many digits after the point, or from the first that is not 0; UNKNOWN where it does not fit."""
    if not significant:
        found = rounded_product(value, 10**digits, 1, how)
        return found if found is UNKNOWN else Fraction(found, 10**digits)
    top, bottom, known = scalars.significant(value.numerator, value.denominator, digits, *HALVES[how])
    return Fraction(top, bottom) if known == 1 else UNKNOWN


def dated(day: Any) -> Any:
    """The day; UNKNOWN where a calculation came to one that is too far for calendars."""
    return day if day is UNKNOWN or -FARTHEST <= day <= FARTHEST else UNKNOWN


def _fit(*numbers: int) -> bool:
    return all(-LARGEST <= number <= LARGEST for number in numbers)


def _checked(found: Number) -> Any:
    return found if _fit(found.numerator, found.denominator) else UNKNOWN


def _plus(one: Number, other: Number) -> Any:
    shared = gcd(one.denominator, other.denominator)
    left = one.numerator * (other.denominator // shared)
    right = other.numerator * (one.denominator // shared)
    bottom = one.denominator // shared * other.denominator
    return one + other if _fit(left, right, bottom, left + right) else UNKNOWN


def _minus(one: Number, other: Number) -> Any:
    return _plus(one, -other)


def _times(one: Number, other: Number) -> Any:
    return _checked(one * other)


def _over(one: Number, other: Number) -> Any:
    return UNKNOWN if other == 0 else _checked(Fraction(one) / other)


def _whole(one: Number, other: Number) -> Any:
    return UNKNOWN if other == 0 else _checked(one // other)


def _rest(one: Number, other: Number) -> Any:
    return UNKNOWN if other == 0 else one % other


def _extreme(sign: int) -> Callable[[Number, Number], Any]:
    def pick(held: Number, other: Number) -> Any:
        order = ordered(other, held)
        if order is None:
            return UNKNOWN
        return other if order == sign else held

    return pick


_STEPS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "+": _plus,
    "-": _minus,
    "*": _times,
    "/": _over,
    "//": _whole,
    "%": _rest,
    "max": _extreme(1),
    "min": _extreme(-1),
}
