"""The rank of a member is its place among the members that count, by a key; equal keys go by number.

It is put together from what there is: whether the member counts, its own key, and one more than the members
that come before it. So what is unknown travels by the same rules as everywhere.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from duly.law import folds
from duly.law.declare import Subject, number_of
from duly.law.findings import Refused
from duly.law.ir import (
    NONE,
    And,
    Arith,
    Compare,
    Const,
    Fold,
    If,
    Kind,
    Let,
    Local,
    Node,
    Not,
    NumberOf,
    Or,
    Type,
)
from duly.law.types import BOOL, DAY, INT, MONEY, NOTHING, optional, scalar, told

if TYPE_CHECKING:
    from duly.law.expressions import Reader
    from duly.law.scope import Scope

__all__ = ["Rank", "rank_of", "ranked"]

INSTEAD = "rank_of(child, ((other.born, other) for other, link in person.relation if ...))"


S = TypeVar("S", bound=Subject)


def rank_of(member: S, keyed: Iterable[tuple[int, S]]) -> int | None:
    """1 for the first by key, and so on; equal keys go by number. None for one that is not among them."""
    places = sorted((key, number_of(other)) for key, other in keyed)
    numbers = [number for _, number in places]
    return numbers.index(number_of(member)) + 1 if number_of(member) in numbers else None


def ranked(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """rank_of(member, ((key, other) for other, link in relation if ...))."""
    who_text, generator, key_text = _parts(node)
    keyed = folds.fold(reader, _with(generator, key_text), "min", scope)
    if keyed.body.type not in (INT, MONEY, DAY):
        raise Refused(
            key_text, f"rank_of orders by {told(keyed.body.type)}", "whole numbers, money or days, never None"
        )
    who = reader.expression(who_text, scope)
    kind = _kind_of_members(reader, keyed)
    if who.type != kind:
        raise Refused(
            who_text, f"rank_of looks for {told(who.type)}", f"a {kind.name}, as the relation's members are"
        )
    own_name = reader.name_for("own_key")
    return Rank(keyed, who, own_name).node()


def _parts(node: ast.Call) -> tuple[ast.expr, ast.GeneratorExp, ast.expr]:
    match node.args:
        case [who, ast.GeneratorExp(elt=ast.Tuple(elts=[key, ast.Name(id=named)])) as generator]:
            target = generator.generators[0].target
            member = target.elts[0] if isinstance(target, ast.Tuple) else target
            if not node.keywords and isinstance(member, ast.Name) and member.id == named:
                return who, generator, key
        case _:
            pass
    raise Refused(node, f"{ast.unparse(node)} ranks no members by a key", INSTEAD)


def _with(generator: ast.GeneratorExp, key: ast.expr) -> ast.GeneratorExp:
    return ast.copy_location(ast.GeneratorExp(elt=key, generators=generator.generators), generator)


def _kind_of_members(reader: Reader, keyed: Fold) -> Type:
    return scalar(Kind.SUBJECT, reader.vocabulary.relations[keyed.relation].to)


class Rank:
    """Members in order: `keyed` has who counts (its `where`) and by what key (its `body`)."""

    def __init__(self, keyed: Fold, who: Node, own_name: str) -> None:
        self.keyed, self.who, self.span = keyed, who, keyed.span
        self.member = Local(type=who.type, span=self.span, name=keyed.member)
        self.own = Local(type=keyed.type, span=self.span, name=own_name)

    def node(self) -> Node:
        """The rank, or None for one that is not among the members that count."""
        one = Const(type=INT, span=self.span, value=1)
        return self.of_the_member(
            Arith(type=INT, span=self.span, op="+", parts=(one, self.before("len", one)))
        )

    def of_the_member(self, found: Node) -> Node:
        """What holds of the one asked about, with its own key; None if it is not among those that count."""
        own = replace(self.keyed, op="the", where=self._both(self._is_who(), self.keyed.where))
        held = Let(type=found.type, span=self.span, name=self.own.name, value=own, body=found)
        nothing = Const(type=NOTHING, span=self.span, value=NONE)
        kind = optional(found.type)
        return If(type=kind, span=self.span, test=self._counts(), then=held, other=nothing)

    def _counts(self) -> Node:
        """Whether the one asked about is among the members that count."""
        return replace(self.keyed, type=BOOL, op="any", where=self._is_who(), body=self.keyed.where)

    def before(self, op: str, body: Node) -> Node:
        """What of each other that counts and comes before, combined by `len` or `sum`."""
        key = self.keyed.body
        tied = self._both(self._compare("==", key, self.own), self._by_number("<"))
        first = Or(type=BOOL, span=self.span, parts=(self._compare("<", key, self.own), tied))
        other = Not(type=BOOL, span=self.span, part=self._is_who())
        where = self._both(other, self.keyed.where, first)
        return replace(self.keyed, type=body.type, op=op, where=where, body=body)

    def _is_who(self) -> Node:
        return self._by_number("==")

    def _by_number(self, op: str) -> Node:
        mine = NumberOf(type=INT, span=self.span, of=self.member)
        return self._compare(op, mine, NumberOf(type=INT, span=self.span, of=self.who))

    def _compare(self, op: str, left: Node, right: Node) -> Node:
        return Compare(type=BOOL, span=self.span, op=op, left=left, right=right)

    def _both(self, *parts: Node) -> Node:
        return And(type=BOOL, span=self.span, parts=parts)
