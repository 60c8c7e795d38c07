"""A dated table or scale read in a rule becomes comparisons and rates; evaluators know neither."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

from duly.law.arithmetic import RESULTS
from duly.law.findings import Refused
from duly.law.ir import NONE, Arith, Compare, Const, If, Kind, Let, Local, Node, RateOf, Span
from duly.law.rates import RateTable
from duly.law.scope import Scope, static
from duly.law.tables import ABOVE, BELOW, DeclaredScale, DeclaredTable
from duly.law.types import BOOL, MONEY, NOTHING, SHARE, in_currency, join, must_fit, optional, scalar, told

if TYPE_CHECKING:
    from duly.law.expressions import Reader

__all__ = ["banded", "marginal", "rate_of", "subscript"]


def rate_of(span: Span, table: RateTable) -> RateOf:
    """The node that reads a rate on the day."""
    kind = in_currency(scalar(table.kind), table.currency)
    return RateOf(type=optional(kind, table.optional), span=span, name=table.name)


def subscript(reader: Reader, node: ast.Subscript, scope: Scope) -> Node:
    """`rates.LIMIT[zone]`."""
    found = static(node.value, scope)
    if not isinstance(found, DeclaredTable):
        raise Refused(node, "Something is looked up by index", "a dated table, or a relation and a generator")
    key = reader.expression(node.slice, scope)
    must_fit(key, optional(key.type, allowed=False), node.slice, "The key of a table")
    span = reader.span(node)
    local = Local(type=key.type, span=span, name=reader.name_for("key"))
    chosen = _Lookup(reader, node, local, found)
    body = chosen.number() if key.type.kind is Kind.INT else chosen.member()
    return Let(type=body.type, span=span, name=local.name, value=key, body=body)


@dataclass(frozen=True, slots=True)
class _Lookup:
    """One `if` for each key of a table; None for a key that it does not have."""

    reader: Reader
    node: ast.Subscript
    key: Local
    table: DeclaredTable

    def member(self) -> Node:
        """By a member of a choice, or a code."""
        rows = [(self._constant(k), c) for k, c in zip(self.table.keys, self.table.columns, strict=True)]
        choices = self.reader.vocabulary.choices
        whole = self.key.type.kind is Kind.CHOICE and len(rows) == len(choices[self.key.type.name])
        return self._chain(rows, whole)

    def number(self) -> Node:
        """By a whole number: those named, and those below and above."""
        pairs = dict(zip(self.table.keys, self.table.columns, strict=True))
        named = sorted(key for key in pairs if isinstance(key, int))
        if not named:
            raise Refused(self.node, f"{self.table.name} names no whole number", "a key of the table's kind")
        rows = [(self._constant(key), pairs[key]) for key in named]
        inside = self._chain(rows, named[-1] - named[0] == len(named) - 1)
        low = self._if("<", rows[0][0], self._edge(pairs.get(BELOW)), inside)
        return self._if(">", rows[-1][0], self._edge(pairs.get(ABOVE)), low)

    def _chain(self, rows: Sequence[tuple[Node, RateTable]], whole: bool) -> Node:
        *most, (last, column) = rows
        end = self._edge(column) if whole else self._if("==", last, self._edge(column), self._edge(None))
        return reduce(
            lambda after, row: self._if("==", row[0], self._edge(row[1]), after), reversed(most), end
        )

    def _constant(self, key: object) -> Node:
        found = self.reader.constant(key, self.node)
        if (self.key.type.kind, self.key.type.name) != (found.type.kind, found.type.name):
            what = f"The keys of {self.table.name} are {told(found.type)}, this one is {told(self.key.type)}"
            raise Refused(self.node.slice, what, f"a key that is {told(found.type)}")
        return found

    def _edge(self, column: RateTable | None) -> Node:
        if column is None:
            return Const(type=NOTHING, span=self.key.span, value=NONE)
        return rate_of(self.key.span, column)

    def _if(self, op: str, key: Node, then: Node, other: Node) -> Node:
        test = Compare(type=BOOL, span=self.key.span, op=op, left=self.key, right=key)
        kind = join(then.type, other.type, self.node)
        return If(type=kind, span=self.key.span, test=test, then=then, other=other)


def marginal(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """`marginal(rates.TAX, income)`: the part of the amount inside each band times the band's value."""
    bands = _Bands.read(reader, node, scope)
    parts = [bands.part(band) for band in range(len(bands.scale.bounds))]
    whole = parts[0]
    for part in parts[1:]:
        whole = Arith(type=part.type, span=part.span, op="+", parts=(whole, part))
    return bands.bound(whole)


def banded(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """`banded(rates.LEVEL, income)`: the value of the band that the amount lies in, None below the first."""
    bands = _Bands.read(reader, node, scope)
    found: Node = Const(type=NOTHING, span=bands.amount.span, value=NONE)
    for band in range(len(bands.scale.bounds)):
        found = bands.from_here(band, rate_of(bands.amount.span, bands.scale.values[band]), found)
    return bands.bound(found)


@dataclass(frozen=True, slots=True)
class _Bands:
    """A scale, and the amount that is looked at, held under a local name."""

    node: ast.Call
    scale: DeclaredScale
    amount: Local
    value: Node

    @staticmethod
    def read(reader: Reader, node: ast.Call, scope: Scope) -> _Bands:
        if len(node.args) != 2 or node.keywords:
            raise Refused(node, f"{ast.unparse(node)} is not complete", "a scale and an amount")
        scale = static(node.args[0], scope)
        if not isinstance(scale, DeclaredScale):
            raise Refused(node.args[0], f"{ast.unparse(node.args[0])} is no scale", "a scale: rates.NAME")
        value = reader.expression(node.args[1], scope)
        wanted = scalar(scale.bounds[0].kind)
        must_fit(
            value, SHARE if wanted == MONEY and value.type == SHARE else wanted, node.args[1], "The amount"
        )
        local = Local(type=value.type, span=reader.span(node), name=reader.name_for("amount"))
        return _Bands(node, scale, local, value)

    def bound(self, body: Node) -> Node:
        return Let(type=body.type, span=body.span, name=self.amount.name, value=self.value, body=body)

    def part(self, band: int) -> Node:
        """What of the amount lies in the band, times its value; nothing in a band that is not there."""
        span, inside = self.amount.span, optional(self.amount.type, allowed=False)
        lower, upper = self._lower(band), self._upper(band)
        zero = Const(type=inside, span=span, value=(0, 1) if inside.kind is Kind.FRACTION else 0)
        over = Arith(type=inside, span=span, op="-", parts=(upper, lower))
        held = Arith(type=inside, span=span, op="max", parts=(over, zero))
        value = rate_of(span, self.scale.values[band])
        product = RESULTS.get(("*", inside, optional(value.type, allowed=False)))
        if product is None:
            raise Refused(
                self.node,
                f"The bands of {self.scale.name} hold {told(value.type)}, the amount is {told(inside)}",
                "ratios for bands of money, or banded(...)",
            )
        times = Arith(type=product, span=span, op="*", parts=(held, value))
        nothing = Const(type=product, span=span, value=(0, 1) if product.kind is Kind.FRACTION else 0)
        return times if not lower.type.optional else self._if_there(lower, times, nothing)

    def from_here(self, band: int, then: Node, other: Node) -> Node:
        lower = self._lower(band)
        test = Compare(type=BOOL, span=lower.span, op=">=", left=self.amount, right=lower)
        kind = join(then.type, other.type, self.node)
        reached = If(type=kind, span=lower.span, test=test, then=then, other=other)
        return reached if not lower.type.optional else self._if_there(lower, reached, other)

    def _lower(self, band: int) -> Node:
        return rate_of(self.amount.span, self.scale.bounds[band])

    def _upper(self, band: int) -> Node:
        """The amount, or where the next band begins if that is less."""
        if band + 1 == len(self.scale.bounds):
            return self.amount
        following = self._lower(band + 1)
        kind = self.amount.type
        less = Arith(type=kind, span=following.span, op="min", parts=(self.amount, following))
        return less if not following.type.optional else self._if_there(following, less, self.amount)

    def _if_there(self, bound: Node, then: Node, other: Node) -> Node:
        nothing = Const(type=NOTHING, span=bound.span, value=NONE)
        test = Compare(type=BOOL, span=bound.span, op="!=", left=bound, right=nothing)
        return If(
            type=join(then.type, other.type, self.node), span=bound.span, test=test, then=then, other=other
        )
