"""Exact arithmetic with units: money adds to money, days differ by numbers, a quotient is a fraction.

Divisors are constants, so that no rule can divide by zero; money is divided exactly and rounded by round_to.
"""

from __future__ import annotations

import ast
from typing import Final

from duly.law.findings import Refused
from duly.law.ir import Arith, Const, Kind, Node, Span, Type
from duly.law.types import DAY, INT, MONEY, SHARE, must_fit, optional, told

__all__ = ["combined", "extreme", "negated"]

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
    ("+", SHARE, SHARE): SHARE,
    ("-", SHARE, SHARE): SHARE,
    ("*", SHARE, INT): SHARE,
    ("/", SHARE, INT): SHARE,
}
INSTEAD: Final[dict[tuple[str, Kind, Kind], str]] = {
    ("+", Kind.MONEY, Kind.INT): "kroner(...) for the number: money adds only to money",
    ("+", Kind.INT, Kind.MONEY): "kroner(...) for the number: money adds only to money",
    ("-", Kind.MONEY, Kind.INT): "kroner(...) for the number: only money is taken from money",
    ("*", Kind.MONEY, Kind.MONEY): "a whole number for one of them: money times money is nothing",
    ("/", Kind.INT, Kind.INT): "the money first: `rate * part / 100`",
    ("//", Kind.MONEY, Kind.INT): "round_to(money / n, kroner(1), DOWN): the law says how it rounds",
}


def combined(span: Span, node: ast.BinOp, one: Node, other: Node) -> Node:
    """Two numbers, by the units that they have."""
    sign = SIGNS.get(type(node.op))
    if sign is None:
        raise Refused(node, f"{ast.unparse(node)} is no arithmetic of the law", "+ - * / // or %")
    for value, part in ((one, node.left), (other, node.right)):
        must_fit(value, optional(value.type, allowed=False), part, "A number")
    found = RESULTS.get((sign, one.type, other.type))
    if found is None:
        instead = INSTEAD.get((sign, one.type.kind, other.type.kind), "values of units that belong together")
        raise Refused(node, f"{told(one.type)} {sign} {told(other.type)}: {ast.unparse(node)}", instead)
    if sign in ("/", "//", "%"):
        _must_be_constant(other, node)
    return Arith(type=found, span=span, op=sign, parts=(one, other))


def negated(span: Span, node: ast.UnaryOp, part: Node) -> Node:
    """Minus a number; minus a literal is a constant."""
    if not isinstance(node.op, ast.USub) or part.type not in (INT, MONEY, SHARE):
        raise Refused(node, f"{ast.unparse(node)} is no arithmetic of the law", "a whole number or money")
    if isinstance(part, Const) and isinstance(part.value, int):
        return Const(type=part.type, span=span, value=-part.value)
    return Arith(type=part.type, span=span, op="neg", parts=(part,))


def extreme(span: Span, node: ast.Call, op: str, parts: tuple[Node, ...]) -> Node:
    """The least or greatest of two or more values of one unit."""
    for part, written in zip(parts, node.args, strict=True):
        must_fit(part, parts[0].type, written, f"What {op} compares")
        must_fit(part, optional(part.type, allowed=False), written, f"What {op} compares")
    if parts[0].type not in (INT, MONEY, DAY):
        raise Refused(node, f"{told(parts[0].type)} has no {op}", "whole numbers, money or days")
    return Arith(type=parts[0].type, span=span, op=op, parts=parts)


def _must_be_constant(divisor: Node, node: ast.BinOp) -> None:
    if not (isinstance(divisor, Const) and isinstance(divisor.value, int) and divisor.value > 0):
        text = ast.unparse(node.right)
        raise Refused(node.right, f"{text} divides and could be zero", "a constant above zero as the divisor")
