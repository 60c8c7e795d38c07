"""Whether a programme says nothing to whoever has no link: seen from its rules, without looking at anybody.

A rule is worked out with every relation empty and every fact open. Where that leaves only `None`, nobody
without a link needs to be looked at. A construct that is not listed here may give anything.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import Enum
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Any, Final

from duly.law import ir
from duly.law.plan import every_rule

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["needs_links"]


class Bare(Enum):
    """All that is known of a value while nobody has links."""

    NONE = "none"
    TRUE = "true"
    FALSE = "false"
    ANY = "any"


Names = Mapping[str, Bare]
EMPTY: Final = {
    "any": Bare.FALSE,
    "all": Bare.TRUE,
    "max": Bare.NONE,
    "min": Bare.NONE,
    "the": Bare.NONE,
}
"""What a fold over nothing gives; another one may give anything."""
SAME_DAY: Final = {"first", "last"}


@lru_cache(maxsize=256)
def needs_links(pack: Pack, programme: str) -> bool:
    """Whether the programme gives nothing to a holder without links (False where it runs over a relation)."""
    found = pack.programmes[programme]
    if found.over:
        return False
    return _Bare(pack).rule(found.rule, (Bare.ANY,)) is Bare.NONE


class _Bare:
    def __init__(self, pack: Pack) -> None:
        self._rules = every_rule(pack)

    def rule(self, rule: ir.RuleIR, arguments: tuple[Bare, ...]) -> Bare:
        names = {p.name: value for p, value in zip(rule.parameters, arguments, strict=True)}
        return reduce(_either, (self.of(version.body, names) for version in rule.versions))

    def of(self, node: ir.Node, names: Names) -> Bare:
        known = _OF.get(type(node))
        return Bare.ANY if known is None else known(self, node, names)

    def const(self, node: ir.Const, names: Names) -> Bare:
        if node.value == ir.NONE:
            return Bare.NONE
        if node.type.kind is ir.Kind.BOOL:
            return Bare.TRUE if node.value else Bare.FALSE
        return Bare.ANY

    def local(self, node: ir.Local, names: Names) -> Bare:
        return names.get(node.name, Bare.ANY)

    def let(self, node: ir.Let, names: Names) -> Bare:
        return self.of(node.body, {**names, node.name: self.of(node.value, names)})

    def call(self, node: ir.Call, names: Names) -> Bare:
        return self.rule(self._rules[node.rule], tuple(self.of(part, names) for part in node.arguments))

    def choose(self, node: ir.If, names: Names) -> Bare:
        test = self.of(node.test, names)
        if test is Bare.TRUE:
            return self.of(node.then, names)
        if test is Bare.FALSE:
            return self.of(node.other, names)
        return _either(self.of(node.then, names), self.of(node.other, names))

    def both(self, node: ir.And, names: Names) -> Bare:
        parts = {self.of(part, names) for part in node.parts}
        return Bare.FALSE if Bare.FALSE in parts else Bare.TRUE if parts == {Bare.TRUE} else Bare.ANY

    def one(self, node: ir.Or, names: Names) -> Bare:
        parts = {self.of(part, names) for part in node.parts}
        return Bare.TRUE if Bare.TRUE in parts else Bare.FALSE if parts == {Bare.FALSE} else Bare.ANY

    def opposite(self, node: ir.Not, names: Names) -> Bare:
        opposites = {Bare.TRUE: Bare.FALSE, Bare.FALSE: Bare.TRUE}
        return opposites.get(self.of(node.part, names), Bare.ANY)

    def compare(self, node: ir.Compare, names: Names) -> Bare:
        nothing = self.of(node.left, names) is self.of(node.right, names) is Bare.NONE
        if nothing and node.op in ("==", "!="):
            return Bare.TRUE if node.op == "==" else Bare.FALSE
        return Bare.ANY

    def fold(self, node: ir.Fold, names: Names) -> Bare:
        return EMPTY.get(node.op, Bare.ANY)

    def select(self, node: ir.Select, names: Names) -> Bare:
        return self.of(node.body, names) if node.op in SAME_DAY else Bare.ANY

    def on(self, node: ir.On, names: Names) -> Bare:
        """What is so on every day is so on a day that is not known."""
        return self.of(node.body, names)


def _either(one: Bare, other: Bare) -> Bare:
    return one if one is other else Bare.ANY


_OF: Final[dict[type[ir.Node], Callable[[_Bare, Any, Names], Bare]]] = {
    ir.Const: _Bare.const,
    ir.Local: _Bare.local,
    ir.Let: _Bare.let,
    ir.Call: _Bare.call,
    ir.If: _Bare.choose,
    ir.And: _Bare.both,
    ir.Or: _Bare.one,
    ir.Not: _Bare.opposite,
    ir.Compare: _Bare.compare,
    ir.Fold: _Bare.fold,
    ir.Select: _Bare.select,
    ir.On: _Bare.on,
}
