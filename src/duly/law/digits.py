"""A fraction with so many digits, where the law calculates with rounded values on the way.

`round_decimals` counts digits after the point, of a ratio; `round_significant` counts from the first digit
that is not 0, of a ratio or of a share of money.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from duly.errors import BadInput
from duly.law.findings import Refused
from duly.law.ir import Const, Digits, Kind, Node
from duly.law.money import round_exactly
from duly.law.scope import static
from duly.law.types import FRACTION, INT, optional, told

if TYPE_CHECKING:
    from duly.law.expressions import Reader
    from duly.law.scope import Scope

__all__ = ["read_digits", "round_decimals", "round_significant"]

MOST: Final = 17
ROUNDINGS: Final = ("half_up", "half_even", "down", "up")


def round_decimals(number: Fraction, digits: int, how: str) -> Fraction:
    """An exact number with so many digits after the point."""
    _check(digits, how)
    return Fraction(round_exactly(number * 10**digits, 1, how), 10**digits)


def round_significant(number: Fraction, digits: int, how: str) -> Fraction:
    """An exact number, or a share of money, with so many digits from its first one that is not 0."""
    _check(digits, how)
    if number == 0:
        return Fraction(0)
    place = Fraction(1)
    while abs(number) * place < 10 ** (digits - 1):
        place *= 10
    while abs(number) * place >= 10**digits:
        place /= 10
    return Fraction(round_exactly(number * place, 1, how)) / place


def _check(digits: int, how: str) -> None:
    if not 0 <= digits <= MOST or how not in ROUNDINGS:
        raise BadInput(
            "Unknown rounding",
            detail=f"{digits} digits, rounded {how!r}.",
            hint=f"At most {MOST} digits, HALF_UP, HALF_EVEN, DOWN or UP.",
        )


def read_digits(word: str, *, significant: bool) -> Callable[[Reader, ast.Call, Scope], Node]:
    """round_decimals(x, 10, HALF_UP) or round_significant(x, 7, HALF_UP)."""

    def read(reader: Reader, node: ast.Call, scope: Scope) -> Node:
        if node.keywords or len(node.args) != 3:
            raise Refused(node, f"{ast.unparse(node)} is not complete", f"{word}(number, digits, HALF_UP)")
        number, digits = (reader.expression(part, scope) for part in node.args[:2])
        how: Any = static(node.args[2], scope)
        whole = number.type.kind is Kind.FRACTION and not number.type.optional
        if not whole or (number.type != FRACTION and not significant):
            wanted = "a Ratio or a share of money" if significant else "a Ratio"
            raise Refused(node.args[0], f"{word} was given {told(number.type)}", wanted)
        if not (isinstance(digits, Const) and digits.type == INT and isinstance(digits.value, int)):
            raise Refused(node.args[1], f"{ast.unparse(node.args[1])} is no constant", "a number of digits")
        if not int(significant) <= digits.value <= MOST or how not in ROUNDINGS:
            raise Refused(
                node,
                f"{ast.unparse(node)} says not how it rounds",
                f"at most {MOST} digits, and HALF_UP, HALF_EVEN, DOWN or UP",
            )
        kind = optional(number.type, allowed=False)
        return Digits(
            type=kind,
            span=reader.span(node),
            part=number,
            how=str(how),
            digits=digits.value,
            significant=significant,
        )

    return read
