"""Types of the law: what joins, what may stand where, and how a type is called when something is refused."""

from __future__ import annotations

import ast
import dataclasses

from duly.law.findings import Refused
from duly.law.ir import Kind, Node, Type

__all__ = [
    "BOOL",
    "CODE",
    "DAY",
    "FRACTION",
    "INT",
    "MONEY",
    "NOTHING",
    "NUMBERS",
    "SHARE",
    "comparable",
    "fits",
    "join",
    "must_fit",
    "optional",
    "scalar",
    "told",
]


def scalar(kind: Kind, name: str = "") -> Type:
    """A type that does not allow None."""
    return Type(kind=kind, optional=False, name=name)


BOOL = scalar(Kind.BOOL)
INT = scalar(Kind.INT)
MONEY = scalar(Kind.MONEY)
DAY = scalar(Kind.DAY)
CODE = scalar(Kind.CODE)
FRACTION = scalar(Kind.FRACTION)
"""An exact number (`Ratio`)."""
SHARE = scalar(Kind.FRACTION, "money")
"""An exact fraction of money (`Share`), to be rounded."""
NUMBERS = (INT, MONEY, FRACTION, SHARE)
NOTHING = Type(kind=Kind.NOTHING, optional=True, name="")


def optional(kind: Type, allowed: bool = True) -> Type:
    """The same type with or without None."""
    return kind if kind.kind is Kind.NOTHING else dataclasses.replace(kind, optional=allowed)


def join(one: Type, other: Type, node: ast.AST) -> Type:
    """The type of a value that is one or the other."""
    if one.kind is Kind.NOTHING:
        return optional(other)
    if other.kind is Kind.NOTHING:
        return optional(one)
    if (one.kind, one.name) != (other.kind, other.name):
        raise Refused(
            node, f"One way this is {told(one)}, the other way {told(other)}", "the same type on both ways"
        )
    return optional(one, one.optional or other.optional)


def fits(value: Type, wanted: Type) -> bool:
    """Whether a value of this type may stand where `wanted` is expected."""
    if value.kind is Kind.NOTHING:
        return wanted.optional
    any_choice = value.kind is wanted.kind is Kind.CHOICE and wanted.name == ""
    same = any_choice or (value.kind, value.name) == (wanted.kind, wanted.name)
    return same and (wanted.optional or not value.optional)


def comparable(one: Type, other: Type, node: ast.AST) -> None:
    """Refuse a comparison of what has different units; whole numbers and ratios, money and shares compare."""
    pair = {optional(one, allowed=False), optional(other, allowed=False)}
    if not pair <= {INT, FRACTION} and not pair <= {MONEY, SHARE}:
        join(one, other, node)


def must_fit(value: Node, wanted: Type, node: ast.AST, what: str) -> None:
    """Refuse a value that does not fit; `what` says what it is for."""
    if fits(value.type, wanted):
        return
    if value.type.optional and fits(optional(value.type, allowed=False), wanted):
        text = ast.unparse(node)
        raise Refused(node, f"{what} may be None here: {text}", f"`if {text} is None: ...` before it")
    hint = f"a value of type {told(wanted)}"
    if value.type.kind is Kind.FRACTION and value.type != wanted and wanted.kind is Kind.MONEY:
        hint = "round_to(..., kroner(1), HALF_UP): a fraction is rounded where the law says how"
    raise Refused(node, f"{what} is {told(value.type)}, not {told(wanted)}", hint)


def told(kind: Type) -> str:
    """The type as an author writes it."""
    plain = {
        Kind.MONEY: "Money",
        Kind.DAY: "Day",
        Kind.CODE: "Code",
        Kind.TEXT: "str",
        Kind.NOTHING: "None",
        Kind.FRACTION: "an unrounded share of money" if kind.name else "Ratio",
        Kind.DECIMAL: "Decimal",
    }
    name = plain.get(kind.kind) or kind.name or kind.kind.value
    return f"{name} | None" if kind.optional and kind.kind is not Kind.NOTHING else name
