"""A decimal fact is exact: so many digits after the point, kept as a whole number and written as a text.

"9.8765" with 6 digits is 9876500 in columns, "9.8765" in storage and JSON, and a ratio inside rules. One
number has one text: no exponent, no zeros at the end, no minus before zero.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final, NewType

from duly.errors import BadInput

__all__ = ["MOST_DIGITS", "Decimal", "canonical", "scaled", "unscaled"]

Decimal = NewType("Decimal", Fraction)
"""An exact number with a declared number of digits after the point."""

MOST_DIGITS: Final = 17
LARGEST: Final = 2**62
WRITTEN: Final = re.compile(r"(-?)(\d+)(?:\.(\d+))?")


def scaled(text: object, digits: int) -> int:
    """The number that a text writes, as a whole number of its last digits."""
    found = WRITTEN.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise BadInput(
            "Not a decimal", detail=f"{text!r} is no decimal.", hint='Write it as a text, as in "9.8765".'
        )
    minus, whole, part = found[1], found[2], (found[3] or "").rstrip("0")
    if len(part) > digits:
        raise BadInput(
            "Too many digits",
            detail=f"{text!r} has {len(part)} digits after the point.",
            hint=f"At most {digits}, rounded by whoever may round it.",
        )
    number = int(whole) * 10**digits + int(part.ljust(digits, "0") or "0")
    if number >= LARGEST:
        raise BadInput("Too large", detail=f"{text!r} does not fit with {digits} digits after the point.")
    return -number if minus else number


def unscaled(number: int, digits: int) -> str:
    """The one text of a number that columns hold."""
    whole, part = divmod(abs(number), 10**digits)
    decimals = str(part).rjust(digits, "0").rstrip("0") if digits and part else ""
    return f"{'-' if number < 0 else ''}{whole}{'.' if decimals else ''}{decimals}"


def canonical(number: object, digits: int) -> str:
    """The one text of a number, itself a text or exact: "9.80" is "9.8". Refused if it has more digits."""
    if isinstance(number, bool) or not isinstance(number, int | Fraction):
        return unscaled(scaled(number, digits), digits)
    whole = Fraction(number) * 10**digits
    if whole.denominator != 1:
        raise BadInput(
            "Too many digits",
            detail=f"{number} has more than {digits} digits after the point.",
            hint="Rounded to as many as the attribute takes.",
        )
    return unscaled(int(whole), digits)
