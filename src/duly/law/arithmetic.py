"""Exact arithmetic with units: money adds to money, days differ by numbers, a quotient is a fraction.

A share of money is exact and is rounded by round_to. A division by zero is unknown, with that as the reason;
a constant zero is refused.
"""

from __future__ import annotations

import ast
from typing import Final

from duly.law.findings import Refused
from duly.law.ir import Arith, Const, Kind, Node, Span, Type
from duly.law.types import (
    DAY,
    FRACTION,
    INT,
    MONEY,
    NUMBERS,
    SHARE,
    currency_of,
    in_currency,
    is_amount,
    must_fit,
    optional,
    told,
    without_currency,
)

__all__ = ["combined", "divisor_may_be", "extreme", "negated", "quotient", "result_of"]

SIGNS: Final[dict[type[ast.operator], str]] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.FloorDiv: "//",
    ast.Mod: "%",
}
RESULTS: Final[dict[tuple[str, Type, Type], Type]] = {
    ("+", INT, INT): INT,
    ("-", INT, INT): INT,
    ("*", INT, INT): INT,
    ("//", INT, INT): INT,
    ("%", INT, INT): INT,
    ("+", MONEY, MONEY): MONEY,
    ("-", MONEY, MONEY): MONEY,
    ("*", MONEY, INT): MONEY,
    ("*", INT, MONEY): MONEY,
    ("/", MONEY, INT): SHARE,
    ("+", DAY, INT): DAY,
    ("-", DAY, INT): DAY,
    ("-", DAY, DAY): INT,
}
for _money in (MONEY, SHARE):
    for _sign in ("+", "-"):
        RESULTS[_sign, _money, SHARE] = RESULTS[_sign, SHARE, _money] = SHARE
    RESULTS["*", _money, FRACTION] = RESULTS["*", FRACTION, _money] = SHARE
    RESULTS["/", _money, FRACTION] = RESULTS["/", _money, INT] = SHARE
    RESULTS["/", _money, MONEY] = RESULTS["/", _money, SHARE] = FRACTION
RESULTS["*", SHARE, INT] = RESULTS["*", INT, SHARE] = SHARE
for _number in (INT, FRACTION):
    for _sign in ("+", "-", "*", "/"):
        RESULTS[_sign, _number, FRACTION] = RESULTS[_sign, FRACTION, _number] = FRACTION
INSTEAD: Final[dict[tuple[str, Kind, Kind], str]] = {
    ("+", Kind.MONEY, Kind.INT): "kroner(...) for the number: money adds only to money",
    ("+", Kind.INT, Kind.MONEY): "kroner(...) for the number: money adds only to money",
    ("-", Kind.MONEY, Kind.INT): "kroner(...) for the number: only money is taken from money",
    ("*", Kind.MONEY, Kind.MONEY): "a whole number for one of them: money times money is nothing",
    ("/", Kind.INT, Kind.INT): "ratio(a, b), an exact quotient; or the money first: `rate * part / 100`",
    ("//", Kind.MONEY, Kind.INT): "round_to(money / n, kroner(1), DOWN): the law says how it rounds",
}


def combined(span: Span, node: ast.BinOp, one: Node, other: Node) -> Node:
    """Two numbers, by the units that they have."""
    sign = SIGNS.get(type(node.op))
    if sign is None:
        raise Refused(node, f"{ast.unparse(node)} is no arithmetic of the law", "+ - * / // or %")
    for value, part in ((one, node.left), (other, node.right)):
        must_fit(value, optional(value.type, allowed=False), part, "A number")
    found = result_of(sign, one.type, other.type)
    if found is None:
        instead = INSTEAD.get((sign, one.type.kind, other.type.kind), "values of units that belong together")
        if currency_of(one.type) != currency_of(other.type):
            instead = "convert(amount, rate) for the one in another currency"
        raise Refused(node, f"{told(one.type)} {sign} {told(other.type)}: {ast.unparse(node)}", instead)
    if sign in ("/", "//", "%"):
        divisor_may_be(other, node.right)
    return Arith(type=found, span=span, op=sign, parts=(one, other))


def result_of(sign: str, one: Type, other: Type) -> Type | None:
    """The type of an operation, None if there is none: amounts of two currencies do not meet."""
    currencies = {currency_of(kind) for kind in (one, other) if is_amount(kind)}
    found = RESULTS.get((sign, without_currency(one), without_currency(other)))
    if found is None or len(currencies) > 1:
        return None
    return in_currency(found, "".join(currencies))


def negated(span: Span, node: ast.UnaryOp, part: Node) -> Node:
    """Minus a number; minus a literal is a constant."""
    if not isinstance(node.op, ast.USub) or without_currency(part.type) not in NUMBERS:
        raise Refused(node, f"{ast.unparse(node)} is no arithmetic of the law", "a whole number or money")
    if isinstance(part, Const) and isinstance(part.value, int):
        return Const(type=part.type, span=span, value=-part.value)
    return Arith(type=part.type, span=span, op="neg", parts=(part,))


def quotient(span: Span, node: ast.Call, one: Node, other: Node) -> Node:
    """ratio(a, b) of whole numbers."""
    for value, part in zip((one, other), node.args, strict=True):
        must_fit(value, INT, part, "A part of a ratio")
    divisor_may_be(other, node.args[1])
    return Arith(type=FRACTION, span=span, op="/", parts=(one, other))


def extreme(span: Span, node: ast.Call, op: str, parts: tuple[Node, ...]) -> Node:
    """The least or greatest of two or more values of one unit."""
    for part, written in zip(parts, node.args, strict=True):
        must_fit(part, parts[0].type, written, f"What {op} compares")
        must_fit(part, optional(part.type, allowed=False), written, f"What {op} compares")
    if without_currency(parts[0].type) not in (*NUMBERS, DAY):
        raise Refused(node, f"{told(parts[0].type)} has no {op}", "numbers, money or days")
    return Arith(type=parts[0].type, span=span, op=op, parts=parts)


def divisor_may_be(divisor: Node, node: ast.expr) -> None:
    """Refuse to divide by what is always zero."""
    if isinstance(divisor, Const) and divisor.value in (0, (0, 1)):
        raise Refused(node, f"{ast.unparse(node)} is zero, and nothing is divided by it", "another divisor")
