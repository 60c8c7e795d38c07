"""What every node of the rules can be, proved from the vocabulary's bounds, choices and the tests before it.

`Ranges(pack).of(node)` is an `Extent` that holds each value which the node has where it is known, over all
calls and days; None where the node is never reached. `refined=False` leaves out what tests prove: then it
holds of nodes on ways that are not taken, too (the kernel computes both ways of an unknown `if`).
`rates=True` takes the amounts of the pack as fixed; else a rate may be anything, since it will be changed.

Nodes that this does not know are anything that their type allows; what is below them is looked at without
what the tests before proved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor
from typing import TYPE_CHECKING, Any, Final

from duly.law import ir
from duly.law.extents import (
    ANY,
    ANY_DAY,
    ARITHMETIC,
    FALSE,
    FOLDS,
    LARGEST,
    MIRRORED,
    NEGATED,
    NEVER,
    NONE_ONLY,
    TRUE,
    TRUTH,
    Extent,
    beside,
    corners,
    joined,
)
from duly.law.ir import NONE, Kind, Node, RuleIR, Type
from duly.law.periods import reach
from duly.law.situation import Missing
from duly.law.terms import Terms
from duly.law.walk import parts

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["Ranges"]

MONTH: Final = (28, 31)
"""Days of the shortest and the longest month."""
BOUNDED: Final = (Kind.INT, Kind.MONEY)


@dataclass(frozen=True, slots=True)
class Where:
    """What is known where a node stands: of local names, and of terms on the current day."""

    names: Mapping[str, Extent]
    terms: Mapping[int, Extent]

    def bind(self, name: str, extent: Extent) -> Where:
        """With one more name; terms may have meant another thing by it."""
        return Where({**self.names, name: extent}, {} if name in self.names else self.terms)

    def narrow(self, term: int, extent: Extent) -> Where:
        """With more known of a term."""
        return replace(self, terms={**self.terms, term: extent})

    def on_another_day(self) -> Where:
        """Without what was known of the day."""
        return replace(self, terms={})


class Ranges:
    """The extents of all nodes of a pack's rules, worked out once."""

    def __init__(self, pack: Pack, *, refined: bool = True, rates: bool = False) -> None:
        self.pack = pack
        self.refined = refined
        self.rates = rates
        self.terms = Terms()
        self._results: dict[str, Extent | None] = {}
        self._found: dict[int, Extent] = {}
        for name in pack.rules:
            self.result(name)

    def of(self, node: Node) -> Extent | None:
        """What this very node can be, over all ways on which it is reached."""
        return self._found.get(id(node))

    def result(self, name: str) -> Extent:
        """What a rule can give."""
        rule = self.pack.rules[name]
        if name not in self._results:
            self._results[name] = None
            self._results[name] = self._rule(rule)
        found = self._results[name]
        return self.top(rule.result) if found is None else found

    def top(self, kind: Type) -> Extent:
        """Everything that a type allows."""
        if kind.kind is Kind.NOTHING:
            return NONE_ONLY
        found = ANY
        if kind.kind is Kind.BOOL:
            found = TRUTH
        if kind.kind is Kind.CHOICE:
            found = Extent.of(range(len(self.pack.vocabulary.choices[kind.name])))
        return found.or_nothing() if kind.optional else found

    def _rule(self, rule: RuleIR) -> Extent:
        names = {parameter.name: self.top(parameter.type) for parameter in rule.parameters}
        found = NEVER
        for version in rule.versions:
            found |= self.visit(version.body, Where(names, {}))
        return found

    def visit(self, node: Node, where: Where) -> Extent:
        """The extent of a node there, noted."""
        extent = _VISITS.get(type(node), _unknown)(self, node, where)
        if self.refined:
            extent &= where.terms.get(self.terms.of(node), extent)
        if not node.type.optional:
            extent = extent.something()
        before = self._found.get(id(node))
        self._found[id(node)] = extent if before is None else before | extent
        return extent

    def after(self, test: Node, truth: bool, where: Where) -> Where | None:
        """What is known besides when the test is true (or not); None where it cannot be."""
        if not self.refined or self.extent(test, where).never:
            return where
        if isinstance(test, ir.Not):
            return self.after(test.part, not truth, where)
        if isinstance(test, ir.And | ir.Or):
            all_of_it = truth is isinstance(test, ir.And)
            return self._after_all(test.parts, truth, where) if all_of_it else self._after_one(test, where)
        if isinstance(test, ir.Compare):
            return self._compared(test, truth, where)
        extent = Extent.of([int(truth)])
        if isinstance(test, ir.OneOf):
            return self._narrowed(test.part, self._one_of_after(test, truth, where), where)
        return self._narrowed(test, extent, where)

    def extent(self, node: Node, where: Where) -> Extent:
        """The extent of a node that was visited there, without noting it again."""
        noted, self._found = self._found, {}
        found = self.visit(node, where)
        self._found = noted
        return found

    def _narrowed(self, node: Node, extent: Extent, where: Where) -> Where | None:
        known = self.extent(node, where) & extent
        return None if known.never else where.narrow(self.terms.of(node), known)

    def _after_all(self, tests: tuple[Node, ...], truth: bool, where: Where) -> Where | None:
        found: Where | None = where
        for test in tests:
            found = found and self.after(test, truth, found)
        return found

    def _after_one(self, test: ir.And | ir.Or, where: Where) -> Where | None:
        """After one of the parts settled it: what all ways to that have in common."""
        settles = isinstance(test, ir.Or)
        ways: list[Where] = []
        rest: Where | None = where
        for part in test.parts:
            if rest is None:
                break
            way = self.after(part, settles, rest)
            ways += [] if way is None else [way]
            rest = self.after(part, not settles, rest)
        if not ways:
            return None
        common = [term for term in ways[0].terms if all(term in way.terms for way in ways)]
        terms = {term: joined(way.terms[term] for way in ways) for term in common}
        return replace(where, terms=terms)

    def _one_of_after(self, test: ir.OneOf, truth: bool, where: Where) -> Extent:
        among = Extent.of((v for v in test.values if v != NONE), nothing=NONE in test.values)
        if truth:
            return among
        left = self.extent(test.part, where)
        for value in among.values or ():
            left = left.without(value, whole=True)
        return replace(left, nothing=left.nothing and not among.nothing)

    def _compared(self, test: ir.Compare, truth: bool, where: Where) -> Where | None:
        op = test.op if truth else NEGATED[test.op]
        whole = test.left.type.kind is not Kind.FRACTION and test.right.type.kind is not Kind.FRACTION
        left, right = self.extent(test.left, where), self.extent(test.right, where)
        found = self._narrowed(test.left, beside(op, left, right, whole=whole), where)
        return found and self._narrowed(test.right, beside(MIRRORED[op], right, left, whole=whole), found)


# Nodes. Each gives what the node can be; `visit` notes it.


def _unknown(self: Ranges, node: Node, where: Where) -> Extent:
    for part in parts(node):
        self.visit(part, where.on_another_day())
    return self.top(node.type)


def _const(self: Ranges, node: ir.Const, where: Where) -> Extent:
    if isinstance(node.value, tuple):
        return Extent.of([Fraction(*node.value)])
    return NONE_ONLY if node.value == NONE else Extent.of([node.value])


def _local(self: Ranges, node: ir.Local, where: Where) -> Extent:
    return where.names.get(node.name, self.top(node.type))


def _read(self: Ranges, node: ir.Read, where: Where) -> Extent:
    self.visit(node.of, where)
    attribute = self.pack.vocabulary.attribute(node.attribute)
    kind = attribute.type
    found = self.top(kind)
    if kind.kind is Kind.DAY:
        found = found & ANY_DAY.or_nothing()
    if kind.kind in BOUNDED:
        low = -LARGEST if attribute.least is None else attribute.least
        high = LARGEST if attribute.most is None else attribute.most
        found = Extent.between(low, high, nothing=kind.optional)
    if attribute.absent is None or isinstance(attribute.absent, Missing):
        return found
    return found | Extent.of([self.pack.vocabulary.encode(kind, attribute.absent)])


def _rate(self: Ranges, node: ir.RateOf, where: Where) -> Extent:
    if not self.rates:
        return self.top(node.type)
    amounts = [entry.amount for entry in self.pack.rates[node.name].entries]
    return Extent.of((a for a in amounts if isinstance(a, int | Fraction)), nothing=node.type.optional)


def _call(self: Ranges, node: ir.Call, where: Where) -> Extent:
    for argument in node.arguments:
        self.visit(argument, where)
    return self.result(node.rule)


def _if(self: Ranges, node: ir.If, where: Where) -> Extent:
    test, found = self.visit(node.test, where), NEVER
    for truth, way in ((1, node.then), (0, node.other)):
        possible = truth in test or test.never or not self.refined
        there = self.after(node.test, bool(truth), where) if possible else None
        if there is not None:
            found |= self.visit(way, there)
    return found


def _junction(self: Ranges, node: ir.And | ir.Or, where: Where) -> Extent:
    settles = int(isinstance(node, ir.Or))
    found, there, all_of_it = NEVER, where, Extent.of([1 - settles])
    for part in node.parts:
        extent = self.visit(part, there)
        found |= extent & Extent.of([settles])
        all_of_it &= extent
        further = self.after(part, not settles, there) if 1 - settles in extent or extent.never else None
        if further is None and self.refined:
            return found
        there = further or there
    return found | all_of_it


def _not(self: Ranges, node: ir.Not, where: Where) -> Extent:
    return self.visit(node.part, where).each(lambda value: 1 - value)


def _compare(self: Ranges, node: ir.Compare, where: Where) -> Extent:
    left, right = self.visit(node.left, where), self.visit(node.right, where)
    if left.never or right.never:
        return NEVER
    if self.terms.of(node.left) == self.terms.of(node.right):
        return TRUE if node.op in ("==", "<=", ">=") else FALSE
    yes = FALSE if beside(node.op, left, right, whole=False).never else TRUE
    no = TRUE if beside(NEGATED[node.op], left, right, whole=False).never else FALSE
    return yes | no


def _one_of(self: Ranges, node: ir.OneOf, where: Where) -> Extent:
    part = self.visit(node.part, where)
    if part.never:
        return NEVER
    among = Extent.of((v for v in node.values if v != NONE), nothing=NONE in node.values)
    inside = part & among
    yes = NEVER if inside.never else TRUE
    covered = part.empty or (part.values is not None and part.values <= (among.values or set()))
    no = NEVER if covered and (among.nothing or not part.nothing) else FALSE
    return yes | no


def _arith(self: Ranges, node: ir.Arith, where: Where) -> Extent:
    extents = [self.visit(part, where).something() for part in node.parts]
    combine = ARITHMETIC.get(node.op)
    if combine is None:
        return self.top(node.type)
    if len(extents) == 1:
        return extents[0].each(lambda value: -value)
    found = extents[0]
    for extent in extents[1:]:
        found = combine(found, extent)
    return found


def _round(self: Ranges, node: ir.Round, where: Where) -> Extent:
    part = self.visit(node.part, where).something()
    if part.empty:
        return NEVER
    low, high = Fraction(part.low) / node.to, Fraction(part.high) / node.to
    return Extent.between(floor(low) * node.to, ceil(high) * node.to)


def _let(self: Ranges, node: ir.Let, where: Where) -> Extent:
    return self.visit(node.body, where.bind(node.name, self.visit(node.value, where)))


def _select(self: Ranges, node: ir.Select, where: Where) -> Extent:
    body = self.visit(node.body, where.on_another_day())
    here = reach(node.period, node.count)
    least, most = ((here.end - here.begin) * days for days in MONTH)
    if node.op == "days":
        return Extent.between(0 if 0 in body else least, most) if not body.never else NEVER
    if node.op == "sum":
        return corners(body, Extent.between(least, most), lambda a, b: a * b)
    return body


def _on(self: Ranges, node: ir.On, where: Where) -> Extent:
    day = self.visit(node.day, where)
    body = self.visit(node.body, where.on_another_day())
    return body.or_nothing() if day.nothing else body


def _fold(self: Ranges, node: ir.Fold, where: Where) -> Extent:
    self.visit(node.of, where)
    inner = where.bind(node.member, ANY).bind(node.link, ANY)
    counts = self.visit(node.where, inner)
    there = self.after(node.where, True, inner) if 1 in counts or not self.refined else None
    body = NEVER if there is None else self.visit(node.body, there)
    return FOLDS.get(node.op, Extent.or_nothing)(body)


def _field(self: Ranges, node: ir.Field, where: Where) -> Extent:
    self.visit(node.of, where)
    return self.top(node.type)


def _today(self: Ranges, node: ir.Today, where: Where) -> Extent:
    return ANY_DAY


def _shift(self: Ranges, node: ir.AddPeriod, where: Where) -> Extent:
    day = self.visit(node.day, where)
    months = node.years * 12 + node.months
    by = [months * length + node.days for length in MONTH]
    found = corners(day.something(), Extent.between(min(by), max(by)), lambda a, b: a + b)
    return found.or_nothing() if day.nothing else found


_VISITS: Final[dict[type[Node], Callable[[Ranges, Any, Where], Extent]]] = {
    ir.Const: _const,
    ir.Local: _local,
    ir.Read: _read,
    ir.RateOf: _rate,
    ir.Call: _call,
    ir.If: _if,
    ir.And: _junction,
    ir.Or: _junction,
    ir.Not: _not,
    ir.Compare: _compare,
    ir.OneOf: _one_of,
    ir.Arith: _arith,
    ir.Round: _round,
    ir.Let: _let,
    ir.Select: _select,
    ir.On: _on,
    ir.Fold: _fold,
    ir.Field: _field,
    ir.Today: _today,
    ir.AddPeriod: _shift,
}
