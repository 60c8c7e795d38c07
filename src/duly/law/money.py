"""Money is a whole number of minor units; what is divided is an exact fraction until the law rounds it."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal, overload

__all__ = ["Money", "kroner", "ore", "round_exactly"]

Rounding = Literal["half_up", "half_even", "down", "up"]


class Money(int):
    """An amount in minor units of the pack's currency. Money and plain numbers do not add."""

    __slots__ = ()

    def __add__(self, other: Money) -> Money:  # type: ignore[override]  # narrower on purpose: no money + int
        return Money(int(self) + int(_money(other, "+")))

    def __sub__(self, other: Money) -> Money:  # type: ignore[override]  # narrower on purpose
        return Money(int(self) - int(_money(other, "-")))

    @overload  # type: ignore[override]  # a share of money is exact, whole multiples stay money
    def __mul__(self, other: int) -> Money: ...
    @overload
    def __mul__(self, other: Fraction) -> Fraction: ...
    def __mul__(self, other: int | Fraction) -> Money | Fraction:
        if isinstance(other, Fraction):
            return Fraction(int(self)) * other
        return Money(int(self) * _number(other, "*"))

    def __rmul__(self, other: int) -> Money:  # type: ignore[override]  # narrower on purpose
        return Money(int(self) * _number(other, "*"))

    def __truediv__(self, other: int) -> Fraction:  # type: ignore[override]  # exact, never a float
        return Fraction(int(self), int(other))

    def __neg__(self) -> Money:
        return Money(-int(self))

    def __repr__(self) -> str:
        return f"Money({int(self)})"


def kroner(amount: int) -> Money:
    """Whole kroner as money."""
    return Money(amount * 100)


def ore(amount: int) -> Money:
    """Øre as money."""
    return Money(amount)


def round_exactly(value: Fraction | int, to: int, how: str) -> int:
    """`value` to a whole multiple of `to`; half_up: halves away from zero; down: floor; up: ceiling."""
    share = Fraction(value) / to
    whole = share.numerator // share.denominator
    rest = share - whole
    if how == "down" or rest == 0:
        return whole * to
    if how == "up":
        return (whole + 1) * to
    half = Fraction(1, 2)
    if rest != half:
        return (whole + (rest > half)) * to
    upward = whole % 2 == 1 if how == "half_even" else value > 0
    return (whole + upward) * to


def _money(value: object, sign: str) -> Money:
    if isinstance(value, Money):
        return value
    raise TypeError(f"money {sign} {value!r}: money adds only to money; write kroner({value!r})")


def _number(value: object, sign: str) -> int:
    if isinstance(value, int) and not isinstance(value, Money):
        return int(value)
    raise TypeError(f"money {sign} {value!r}: money is multiplied by whole numbers and fractions only")
