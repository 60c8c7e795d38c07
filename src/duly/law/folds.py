"""A generator expression over a relation becomes one fold: who counts, what of them, how combined."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duly.law.findings import Refused
from duly.law.ir import And, Const, Fold, Kind, Local, Node, Span, Type
from duly.law.scope import Scope
from duly.law.types import (
    BOOL,
    DAY,
    INT,
    MONEY,
    NUMBERS,
    is_amount,
    must_fit,
    optional,
    scalar,
    told,
    without_currency,
)

if TYPE_CHECKING:
    from duly.law.expressions import Reader

__all__ = ["Through", "counted", "extreme", "fold", "only", "quantified", "summed", "through"]


def quantified(reader: Reader, node: ast.Call, op: str, scope: Scope) -> Node:
    """any(...) or all(...)."""
    generator = _generator(node, f"{op}(... for member, link in person.relation if ...)")
    found = fold(reader, generator, op, scope)
    must_fit(found.body, BOOL, generator.elt, f"What {op} looks at")
    return found


def counted(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """len([...])."""
    if len(node.args) != 1 or not isinstance(node.args[0], ast.ListComp):
        raise Refused(
            node,
            f"{ast.unparse(node)} counts no list",
            "len([member for member, link in person.relation if ...])",
        )
    written = node.args[0]
    generator = ast.GeneratorExp(
        elt=ast.copy_location(ast.Constant(1), written), generators=written.generators
    )
    return fold(reader, ast.copy_location(generator, written), "len", scope)


def summed(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """sum(...) of whole numbers, or sum((...), kroner(0)) of money."""
    generator = _generator(node, "sum(... for member, link in person.relation if ...)", most=2)
    found = fold(reader, generator, "sum", scope)
    if without_currency(found.body.type) not in NUMBERS:
        raise Refused(generator.elt, f"sum looks at {told(found.body.type)}", "numbers or money, never None")
    start = reader.expression(node.args[1], scope) if len(node.args) == 2 else None
    zero = isinstance(start, Const) and start.type == MONEY and start.value == 0
    missing = found.body.type.kind is Kind.MONEY and not zero
    if missing or (start is not None and not (zero and is_amount(found.body.type))):
        raise Refused(
            node, "The sum begins with another unit", "sum((...), kroner(0)) for money, sum(...) for numbers"
        )
    return found


def extreme(reader: Reader, node: ast.Call, op: str, scope: Scope) -> Node:
    """max((...), default=None) or min."""
    instead = f"{op}((... for member, link in person.relation if ...), default=None)"
    default = [k.value for k in node.keywords if k.arg == "default"]
    nothing = len(default) == 1 and isinstance(default[0], ast.Constant) and default[0].value is None
    if len(node.keywords) != 1 or not nothing:
        raise Refused(node, f"{op} does not say what it is of nobody", instead)
    written = node.args[0]
    if not isinstance(written, ast.GeneratorExp):
        raise Refused(node, f"{op} looks at no relation", instead)
    found = fold(reader, written, op, scope)
    if without_currency(found.body.type) not in (*NUMBERS, DAY):
        raise Refused(
            written.elt, f"{op} looks at {told(found.body.type)}", "numbers, money or days, never None"
        )
    return found


def only(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """the(...)."""
    generator = _generator(node, "the(... for member, link in person.relation if ...)")
    found = fold(reader, generator, "the", scope)
    if found.body.type.kind in (Kind.SUBJECT, Kind.LINK, Kind.RECORD, Kind.FRACTION):
        raise Refused(
            generator.elt, f"the(...) looks at {told(found.body.type)}", "a fact or a value of a rule"
        )
    return found


def _generator(node: ast.Call, instead: str, most: int = 1) -> ast.GeneratorExp:
    if node.keywords or not 1 <= len(node.args) <= most or not isinstance(node.args[0], ast.GeneratorExp):
        raise Refused(node, f"{ast.unparse(node)} looks at no relation", instead)
    return node.args[0]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Through:
    """The members of a relation that the conditions of a generator let through, and the scope inside it."""

    span: Span
    of: Node
    relation: str
    member: str
    link: str
    where: Node
    scope: Scope

    def combined(self, op: str, body: Node) -> Fold:
        """What of each member counts, combined."""
        return Fold(
            type=_result(op, body),
            span=self.span,
            op=op,
            of=self.of,
            relation=self.relation,
            member=self.member,
            link=self.link,
            where=self.where,
            body=body,
        )


def fold(reader: Reader, node: ast.GeneratorExp, op: str, scope: Scope) -> Fold:
    """What stands in the generator, of the members that its conditions let through, combined by `op`."""
    inside = through(reader, node, scope)
    return inside.combined(op, reader.expression(node.elt, inside.scope))


def through(reader: Reader, node: ast.GeneratorExp, scope: Scope) -> Through:
    """The relation and the conditions of a generator, without what stands before its `for`."""
    if len(node.generators) != 1:
        raise Refused(
            node, "Two relations in one expression", "any(any(... for ...) for ...): one in the other"
        )
    part = node.generators[0]
    of, relation, member_kind, link_kind = _relation(reader, part.iter, scope)
    member_name, link_name = _names(part.target)
    span = reader.span(node)
    member = Local(type=scalar(Kind.SUBJECT, member_kind), span=span, name=reader.name_for(member_name))
    link = Local(type=scalar(Kind.LINK, link_kind), span=span, name=reader.name_for(link_name))
    inner = scope.bind(member_name, member).bind(link_name, link)
    where: list[Node] = []
    for test in part.ifs:
        condition, sure, _ = reader.test(test, inner, "A condition on members")
        where.append(condition)
        inner = inner.surely(sure)
    return Through(
        span=span,
        of=of,
        relation=relation,
        member=member.name,
        link=link.name,
        where=_all_of(where, reader, node),
        scope=inner,
    )


def _result(op: str, body: Node) -> Type:
    if op in ("any", "all"):
        return BOOL
    if op == "len":
        return INT
    return body.type if op == "sum" else optional(body.type)


def _all_of(where: list[Node], reader: Reader, node: ast.GeneratorExp) -> Node:
    if not where:
        return Const(type=BOOL, span=reader.span(node), value=1)
    if len(where) == 1:
        return where[0]
    return And(type=BOOL, span=reader.span(node), parts=tuple(where))


def _relation(reader: Reader, node: ast.expr, scope: Scope) -> tuple[Node, str, str, str]:
    instead = "a relation of a subject, as in person.cares_for"
    if not isinstance(node, ast.Attribute):
        raise Refused(node, f"{ast.unparse(node)} is no relation", instead)
    of = reader.expression(node.value, scope)
    relation = reader.vocabulary.relations.get(f"{of.type.name}.{node.attr}")
    if relation is None or of.type.kind is not Kind.SUBJECT:
        known = [r.name for r in reader.vocabulary.relations.values() if r.of == of.type.name]
        raise Refused(
            node, f"{ast.unparse(node)} is no relation", f"one of {', '.join(known)}" if known else instead
        )
    return of, relation.name, relation.to, relation.link


def _names(target: ast.expr) -> tuple[str, str]:
    if isinstance(target, ast.Tuple) and len(target.elts) == 2:
        one, other = target.elts
        if isinstance(one, ast.Name) and isinstance(other, ast.Name):
            return one.id, other.id
    raise Refused(
        target,
        "The members of a relation have one name",
        "two: `for member, link in ...`; _ for an unused one",
    )
