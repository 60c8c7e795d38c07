"""An amount for several is divided so that the shares add up to it exactly; the first get the odd units.

A place beyond the parts has no share. An amount for nobody is a division by zero.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from duly.law.findings import Refused
from duly.law.ir import And, Arith, Compare, Const, If, Let, Local, Node, Span, Type
from duly.law.money import Money
from duly.law.types import BOOL, INT, MONEY, must_fit

if TYPE_CHECKING:
    from duly.law.expressions import Reader
    from duly.law.scope import Scope

__all__ = ["divided", "split"]


def split(total: Money, parts: int, place: int) -> Money:
    """The share of one place (1 is the first) of an amount that `parts` share."""
    if parts < 1:
        raise ZeroDivisionError(f"{total!r} is to be split among {parts}")
    whole, rest = divmod(int(total), parts)
    return Money(whole + (place <= rest) if 1 <= place <= parts else 0)


def divided(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """split(total, parts, place)."""
    if node.keywords or len(node.args) != 3:
        raise Refused(node, f"{ast.unparse(node)} splits nothing", "split(total, parts, place)")
    values = [reader.expression(written, scope) for written in node.args]
    for value, wanted, written in zip(values, (MONEY, INT, INT), node.args, strict=True):
        must_fit(value, wanted, written, f"{ast.unparse(written)} in split")
    names = [reader.name_for(name) for name in ("total", "parts", "place")]
    span = reader.span(node)
    body = _Split(span, *(_local(span, *each) for each in zip(names, values, strict=True))).node()
    for name, value in reversed(list(zip(names, values, strict=True))):
        body = Let(type=MONEY, span=span, name=name, value=value, body=body)
    return body


def _local(span: Span, name: str, value: Node) -> Local:
    return Local(type=value.type, span=span, name=name)


class _Split:
    """The nodes of one share."""

    def __init__(self, span: Span, total: Local, parts: Local, place: Local) -> None:
        self.span, self.total, self.parts, self.place = span, total, parts, place
        self.by = self._arith(INT, "max", parts, self._number(0))

    def node(self) -> Node:
        """The whole share and perhaps one unit more; of nobody, the division that has no answer."""
        rest = self._arith(INT, "%", self.total, self.by)
        odd = self._if(self._compare("<=", self.place, rest), self._money(1), self._money(0))
        mine = self._arith(MONEY, "+", self._whole(), odd)
        among = (
            self._compare(">=", self.place, self._number(1)),
            self._compare("<=", self.place, self.parts),
        )
        nothing = self._if(self._compare("<", self.parts, self._number(1)), self._whole(), self._money(0))
        return self._if(And(type=BOOL, span=self.span, parts=among), mine, nothing)

    def _whole(self) -> Node:
        return self._arith(MONEY, "//", self.total, self.by)

    def _arith(self, kind: Type, op: str, *parts: Node) -> Node:
        return Arith(type=kind, span=self.span, op=op, parts=parts)

    def _compare(self, op: str, left: Node, right: Node) -> Node:
        return Compare(type=BOOL, span=self.span, op=op, left=left, right=right)

    def _if(self, test: Node, then: Node, other: Node) -> Node:
        return If(type=MONEY, span=self.span, test=test, then=then, other=other)

    def _number(self, value: int) -> Node:
        return Const(type=INT, span=self.span, value=value)

    def _money(self, value: int) -> Node:
        return Const(type=MONEY, span=self.span, value=value)
