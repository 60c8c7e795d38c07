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
    "currency_of",
    "fits",
    "in_currency",
    "is_amount",
    "join",
    "must_fit",
    "optional",
    "scalar",
    "told",
    "without_currency",
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


def is_amount(kind: Type) -> bool:
    """Money or a share of it, of any currency."""
    return kind.kind is Kind.MONEY or (kind.kind is Kind.FRACTION and kind.name != "")


def currency_of(kind: Type) -> str:
    """The currency of an amount, "" for the pack's own and for what is no amount."""
    return "" if not is_amount(kind) or kind.name == SHARE.name else kind.name


def in_currency(kind: Type, currency: str) -> Type:
    """An amount of the pack's currency as one of another."""
    return dataclasses.replace(kind, name=currency) if currency and is_amount(kind) else kind


def without_currency(kind: Type) -> Type:
    """The same kind of amount, of the pack's currency."""
    if not currency_of(kind):
        return kind
    return dataclasses.replace(kind, name=SHARE.name if kind.kind is Kind.FRACTION else "")


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
    pair = {optional(without_currency(each), allowed=False) for each in (one, other)}
    if currency_of(one) != currency_of(other):
        join(one, other, node)
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
    if is_amount(value.type) and is_amount(wanted) and currency_of(value.type) != currency_of(wanted):
        hint = "convert(amount, rate), rounded: the law says at which rate one currency becomes the other"
    raise Refused(node, f"{what} is {told(value.type)}, not {told(wanted)}", hint)


def told(kind: Type) -> str:
    """The type as an author writes it."""
    plain = {
        Kind.MONEY: f"Money in {kind.name}" if kind.name else "Money",
        Kind.DAY: "Day",
        Kind.CODE: "Code",
        Kind.TEXT: "str",
        Kind.NOTHING: "None",
        Kind.FRACTION: _told_fraction(kind),
        Kind.DECIMAL: "Decimal",
    }
    name = plain.get(kind.kind) or kind.name or kind.kind.value
    return f"{name} | None" if kind.optional and kind.kind is not Kind.NOTHING else name


def _told_fraction(kind: Type) -> str:
    if not kind.name:
        return "Ratio"
    currency = currency_of(kind)
    return f"an unrounded share of money{f' in {currency}' if currency else ''}"
