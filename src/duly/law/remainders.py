"""What is left is used up in order: each takes what those ahead left, never below nothing nor above its own.

`sum_before` adds up what those ahead are to have; the order is that of ranks.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeVar, cast, overload

from duly.law import folds
from duly.law.arithmetic import result_of
from duly.law.declare import Subject, number_of
from duly.law.findings import Refused
from duly.law.ir import Arith, Const, Kind, Node, Type
from duly.law.money import Money
from duly.law.ranks import Rank
from duly.law.types import DAY, INT, MONEY, NUMBERS, must_fit, optional, scalar, told, without_currency

if TYPE_CHECKING:
    from duly.law.expressions import Reader
    from duly.law.scope import Scope

__all__ = ["ahead_of", "sum_before", "taken", "used"]

S = TypeVar("S", bound=Subject)
A = TypeVar("A", int, Money, Fraction)
INSTEAD = "sum_before(child, ((other.born, other, amount(other)) for other, link in person.relation if ...))"


@overload
def used(own: Money, available: Money, ahead: Money) -> Money: ...
@overload
def used(own: int, available: int, ahead: int) -> int: ...
@overload
def used(own: Fraction, available: Money | Fraction, ahead: Money | Fraction) -> Fraction: ...
@overload
def used(own: Money, available: Fraction, ahead: Money | Fraction) -> Fraction: ...
@overload
def used(own: Money, available: Money, ahead: Fraction) -> Fraction: ...
def used(own: Any, available: Any, ahead: Any) -> Any:
    """What this one takes of `available` after those ahead: at least nothing, at most its own."""
    left = available - ahead
    most = own if own < left else left
    return most if most > 0 else most - most


def sum_before(member: S, amounts: Iterable[tuple[int, S, A]]) -> A | None:
    """What those before the member, by key and then by number, have together; None if it is not there."""
    places = sorted(((key, number_of(other), amount) for key, other, amount in amounts), key=lambda p: p[:2])
    numbers = [number for _, number, _ in places]
    if number_of(member) not in numbers:
        return None
    own = places[numbers.index(number_of(member))][2]
    total = cast(A, own - own)
    for _, _, amount in places[: numbers.index(number_of(member))]:
        total = cast(A, total + amount)
    return total


def taken(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """used(own, available, ahead)."""
    if node.keywords or len(node.args) != 3:
        raise Refused(node, f"{ast.unparse(node)} is not complete", "used(own, available, ahead)")
    own, available, ahead = (reader.expression(part, scope) for part in node.args)
    for part, written in zip((own, available, ahead), node.args, strict=True):
        must_fit(part, optional(part.type, allowed=False), written, "What is used up")
    span = reader.span(node)
    left = result_of("-", available.type, ahead.type)
    kind = None if left is None else result_of("-", own.type, left)
    if left is None or kind is None or without_currency(kind) not in NUMBERS:
        said = ", ".join(told(part.type) for part in (own, available, ahead))
        raise Refused(node, f"used was given {said}", "three amounts, or three numbers, of one currency")
    over = Arith(type=left, span=span, op="-", parts=(available, ahead))
    most = Arith(type=kind, span=span, op="min", parts=(own, over))
    nothing = Const(type=kind, span=span, value=(0, 1) if kind.kind is Kind.FRACTION else 0)
    return Arith(type=kind, span=span, op="max", parts=(most, nothing))


def ahead_of(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """sum_before(member, ((key, other, amount) for other, link in relation if ...))."""
    who_text, generator, key_text, amount_text = _parts(node)
    inside = folds.through(reader, generator, scope)
    keyed = inside.combined("min", reader.expression(key_text, inside.scope))
    amount = reader.expression(amount_text, inside.scope)
    if keyed.body.type not in (INT, MONEY, DAY):
        raise Refused(
            key_text,
            f"sum_before orders by {told(keyed.body.type)}",
            "whole numbers, money or days, never None",
        )
    if without_currency(amount.type) not in NUMBERS:
        raise Refused(amount_text, f"sum_before adds {told(amount.type)}", "numbers or money, never None")
    who = reader.expression(who_text, scope)
    kind = _kind_of_members(reader, inside.relation)
    if who.type != kind:
        raise Refused(
            who_text,
            f"sum_before looks for {told(who.type)}",
            f"a {kind.name}, as the relation's members are",
        )
    rank = Rank(keyed, who, reader.name_for("own_key"))
    return rank.of_the_member(rank.before("sum", amount))


def _parts(node: ast.Call) -> tuple[ast.expr, ast.GeneratorExp, ast.expr, ast.expr]:
    match node.args:
        case [who, ast.GeneratorExp(elt=ast.Tuple(elts=[key, ast.Name(id=named), amount])) as generator]:
            target = generator.generators[0].target
            member = target.elts[0] if isinstance(target, ast.Tuple) else target
            if not node.keywords and isinstance(member, ast.Name) and member.id == named:
                return who, generator, key, amount
        case _:
            pass
    raise Refused(node, f"{ast.unparse(node)} adds up no members by a key", INSTEAD)


def _kind_of_members(reader: Reader, relation: str) -> Type:
    return scalar(Kind.SUBJECT, reader.vocabulary.relations[relation].to)
