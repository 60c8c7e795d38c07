"""Amounts of two currencies never meet; one becomes the other by a rate, exactly, and the law rounds it.

Every currency is counted in hundredths. An amount that is a Decimal fact, beside a fact that says its
currency, is a ratio of whole units.
"""

from __future__ import annotations

import ast
from fractions import Fraction
from typing import TYPE_CHECKING

from duly.law.findings import Refused
from duly.law.ir import Arith, Const, Node
from duly.law.money import Money
from duly.law.types import FRACTION, INT, SHARE, currency_of, must_fit, told

if TYPE_CHECKING:
    from duly.law.expressions import Reader
    from duly.law.scope import Scope

__all__ = ["convert", "converted"]

HUNDREDTHS = 100


def convert(amount: Money | Fraction, rate: Fraction) -> Fraction:
    """A share of the pack's currency: the amount times what one unit of its currency is worth.

    `amount` is money of another currency, or a Decimal of whole units.
    """
    return int(amount) * rate if isinstance(amount, Money) else amount * rate * HUNDREDTHS


def converted(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """convert(amount, rate)."""
    amount_text, rate_text = _two(node)
    amount, rate = reader.expression(amount_text, scope), reader.expression(rate_text, scope)
    must_fit(rate, INT if rate.type == INT else FRACTION, rate_text, "The rate of exchange")
    span = reader.span(node)
    if amount.type == FRACTION:
        hundredths = Const(type=INT, span=span, value=HUNDREDTHS)
        rate = Arith(type=FRACTION, span=span, op="*", parts=(rate, hundredths))
    elif not currency_of(amount.type) or amount.type.optional:
        raise Refused(
            amount_text,
            f"convert was given {told(amount.type)}",
            "money in another currency, or a Decimal beside a fact that says its currency",
        )
    return Arith(type=SHARE, span=span, op="*", parts=(amount, rate))


def _two(node: ast.Call) -> tuple[ast.expr, ast.expr]:
    if node.keywords or len(node.args) != 2:
        raise Refused(node, f"{ast.unparse(node)} is not complete", "convert(amount, rate)")
    return node.args[0], node.args[1]
