"""Money is a whole number of minor units; what is divided is an exact fraction until the law rounds it.

A `Ratio` is an exact number ("32.5 %", a third), a `Share` an exact part of money. To Python both are
fractions; the law keeps them apart, as it keeps money and numbers.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Annotated, Final, overload

from duly.errors import BadInput

__all__ = [
    "Money",
    "Ratio",
    "Share",
    "cents",
    "euros",
    "kroner",
    "ore",
    "percent",
    "ratio",
    "round_exactly",
]

Ratio = Annotated[Fraction, "ratio"]
"""An exact number, as a parameter or result of a rule."""
Share = Annotated[Fraction, "share"]
"""An exact part of money, likewise; it is rounded before it leaves the law."""
DECIMAL: Final = re.compile(r"-?\d+(\.\d+)?")


class Money(int):
    """An amount in minor units of the pack's currency. Money and plain numbers do not add."""

    __slots__ = ()

    @overload
    def __add__(self, other: Money) -> Money: ...
    @overload
    def __add__(self, other: Fraction) -> Fraction: ...
    def __add__(self, other: Money | Fraction) -> Money | Fraction:  # type: ignore[override]  # no money + int
        if isinstance(other, Fraction):
            return int(self) + other
        return Money(int(self) + int(_money(other, "+")))

    @overload
    def __sub__(self, other: Money) -> Money: ...
    @overload
    def __sub__(self, other: Fraction) -> Fraction: ...
    def __sub__(self, other: Money | Fraction) -> Money | Fraction:  # type: ignore[override]  # no money - int
        if isinstance(other, Fraction):
            return int(self) - other
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

    def __truediv__(self, other: int | Fraction) -> Fraction:  # type: ignore[override]  # exact, never a float
        return Fraction(int(self)) / Fraction(other)

    def __neg__(self) -> Money:
        return Money(-int(self))

    def __repr__(self) -> str:
        return f"Money({int(self)})"


def kroner(amount: int | str) -> Money:
    """Kroner as money: whole ones, or as written, kroner("12.50")."""
    return _hundredths(amount)


def ore(amount: int) -> Money:
    """Øre as money."""
    return Money(amount)


def euros(amount: int | str) -> Money:
    """Euros as money: whole ones, or as written, euros("12.50")."""
    return _hundredths(amount)


def cents(amount: int) -> Money:
    """Cents as money."""
    return Money(amount)


def percent(written: str) -> Fraction:
    """A percentage as written: percent("32.5") is 13/40."""
    return _decimal(written) / 100


def ratio(top: int, bottom: int) -> Fraction:
    """A quotient of whole numbers, exactly."""
    return Fraction(top, bottom)


def _decimal(written: str) -> Fraction:
    if not DECIMAL.fullmatch(written):
        raise BadInput("Not a number", detail=f"{written!r} is no number.", hint='Digits, as in "32.5".')
    return Fraction(written)


def _hundredths(amount: int | str) -> Money:
    if isinstance(amount, int):
        return Money(amount * 100)
    whole = _decimal(amount) * 100
    if whole.denominator != 1:
        raise BadInput(
            "Not in minor units",
            detail=f"{amount!r} is finer than a minor unit.",
            hint='At most two decimals, as in "12.34".',
        )
    return Money(int(whole))


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
