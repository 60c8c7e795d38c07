"""One expression of a rule becomes one typed node; what cannot be read is refused where it stands.

`Reader.test` also says what is sure not to be None after the test was true, and after it was false.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, cast

from duly.errors import BadInput
from duly.law import arithmetic, calls, lookups
from duly.law.declare import Choice
from duly.law.extents import LARGEST
from duly.law.findings import Refused, nearest
from duly.law.ir import (
    NONE,
    And,
    Compare,
    Const,
    Exactly,
    Field,
    If,
    Kind,
    Node,
    Not,
    OneOf,
    Or,
    Parameter,
    Read,
    Span,
    Type,
)
from duly.law.money import Money
from duly.law.rates import DeclaredRate
from duly.law.records import Record
from duly.law.scope import MISSING, Lambda, Scope, static
from duly.law.tables import DeclaredScale, DeclaredTable
from duly.law.types import (
    BOOL,
    CODE,
    FRACTION,
    INT,
    MONEY,
    NOTHING,
    comparable,
    join,
    must_fit,
    optional,
    scalar,
    told,
)
from duly.law.vocabulary import Vocabulary, pack_code

__all__ = ["Reader", "Signature"]

Sure = frozenset[str]
NONE_SURE: Final[Sure] = frozenset()
ORDERS: Final = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
ORDERED: Final = {Kind.INT, Kind.MONEY, Kind.DAY, Kind.FRACTION}


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """What a call of a rule needs to know of it."""

    name: str
    parameters: tuple[Parameter, ...]
    result: Type


@dataclass(slots=True, kw_only=True)
class Reader:
    """Reads the expressions of one function; keeps the local names that it gave."""

    file: str
    vocabulary: Vocabulary
    signatures: Mapping[str, Signature]
    records: Mapping[str, type[Record]]
    taken: set[str]

    def span(self, node: ast.AST) -> Span:
        return Span(
            file=self.file, line=int(getattr(node, "lineno", 1)), column=int(getattr(node, "col_offset", 0))
        )

    def name_for(self, name: str) -> str:
        """A local name that no other in this function has."""
        new, count = name, 1
        while new in self.taken:
            count += 1
            new = f"{name}_{count}"
        self.taken.add(new)
        return new

    def expression(self, node: ast.expr, scope: Scope) -> Node:
        """The node of an expression."""
        read = _READERS.get(type(node))
        if read is None:
            what, instead = _REFUSED.get(
                type(node), (f"This cannot stand in a rule: {ast.unparse(node)}", "a rule of its own")
            )
            raise Refused(node, what, instead)
        return read(self, node, scope)

    def test(self, node: ast.expr, scope: Scope, what: str = "A test") -> tuple[Node, Sure, Sure]:
        """A condition, and what is sure if it is true, and if it is false."""
        match node:
            case ast.BoolOp():
                return self._junction(node, scope, what)
            case ast.UnaryOp(op=ast.Not()):
                part, yes, no = self.test(node.operand, scope, what)
                return Not(type=BOOL, span=self.span(node), part=part), no, yes
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                return self.compared(node, scope), *self._sure(left, op, right, scope)
            case _:
                found = self.expression(node, scope)
                _must_be_bool(found, node, what)
                return found, NONE_SURE, NONE_SURE

    def constant(self, value: object, node: ast.AST) -> Node:
        """A value of the module as a constant."""
        kind, encoded = self._encoded(value, node)
        return Const(type=kind, span=self.span(node), value=encoded)

    def compared(self, node: ast.Compare, scope: Scope) -> Node:
        """A comparison; a chain is the conjunction of its links."""
        operands = [node.left, *node.comparators]
        links = [
            self._compare(node, op, left, right, scope)
            for op, left, right in zip(node.ops, operands, operands[1:], strict=False)
        ]
        return links[0] if len(links) == 1 else And(type=BOOL, span=self.span(node), parts=tuple(links))

    def _junction(self, node: ast.BoolOp, scope: Scope, what: str) -> tuple[Node, Sure, Sure]:
        parts: list[Node] = []
        sure: Sure = NONE_SURE
        both = isinstance(node.op, ast.And)
        for value in node.values:
            part, yes, no = self.test(value, scope.surely(sure), what)
            parts.append(part)
            sure |= yes if both else no
        make = And if both else Or
        found = make(type=BOOL, span=self.span(node), parts=tuple(parts))
        return (found, sure, NONE_SURE) if both else (found, NONE_SURE, sure)

    def _sure(self, left: ast.expr, op: ast.cmpop, right: ast.expr, scope: Scope) -> tuple[Sure, Sure]:
        text = frozenset({ast.unparse(left)})
        nothing = isinstance(right, ast.Constant) and right.value is None
        if nothing and isinstance(op, ast.Is | ast.Eq):
            return NONE_SURE, text
        if nothing and isinstance(op, ast.IsNot | ast.NotEq):
            return text, NONE_SURE
        constant = isinstance(right, ast.Constant) or isinstance(static(right, scope), Choice)
        equal = isinstance(op, ast.In) or (isinstance(op, ast.Eq) and constant)
        return (text if equal else NONE_SURE), NONE_SURE

    def _compare(
        self, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr, scope: Scope
    ) -> Node:
        if isinstance(op, ast.In | ast.NotIn):
            return self._one_of(node, op, left, right, scope)
        one, other = self.expression(left, scope), self.expression(right, scope)
        if isinstance(op, ast.Is | ast.IsNot):
            return self._identity(node, op, one, other)
        if isinstance(op, ast.Eq | ast.NotEq):
            comparable(one.type, other.type, node)
            sign = "==" if isinstance(op, ast.Eq) else "!="
            _not_a_subject(one, node)
        else:
            sign = ORDERS[cast(Any, type(op))]
            self._ordered(one, other, left, right)
        return Compare(type=BOOL, span=self.span(node), op=sign, left=one, right=other)

    def _identity(self, node: ast.Compare, op: ast.cmpop, one: Node, other: Node) -> Node:
        if other.type.kind is not Kind.NOTHING:
            raise Refused(node, "`is` compares only with None", "== or !=")
        if not one.type.optional:
            raise Refused(node, f"{ast.unparse(node.left)} is never None", "the rule without this test")
        sign = "==" if isinstance(op, ast.Is) else "!="
        return Compare(type=BOOL, span=self.span(node), op=sign, left=one, right=other)

    def _ordered(self, one: Node, other: Node, left: ast.expr, right: ast.expr) -> None:
        for value, node in ((one, left), (other, right)):
            if value.type.kind not in ORDERED:
                raise Refused(
                    node, f"{told(value.type)} has no order", "== or !=, or a comparison of numbers"
                )
            must_fit(value, optional(value.type, allowed=False), node, "What is compared")
        comparable(one.type, other.type, left)

    def _one_of(
        self, node: ast.Compare, op: ast.cmpop, left: ast.expr, right: ast.expr, scope: Scope
    ) -> Node:
        part = self.expression(left, scope)
        members = [self._encoded(value, right) for value in self._members(right, scope)]
        for kind, _ in members:
            join(part.type, kind, left)
        values = tuple(sorted(self._whole(value, right) for _, value in members))
        found = OneOf(type=BOOL, span=self.span(node), part=part, values=values)
        return Not(type=BOOL, span=self.span(node), part=found) if isinstance(op, ast.NotIn) else found

    def _whole(self, value: int | tuple[int, int], node: ast.expr) -> int:
        if isinstance(value, tuple):
            raise Refused(node, "A set of ratios", "== joined by or")
        return value

    def _members(self, node: ast.expr, scope: Scope) -> Sequence[object]:
        if isinstance(node, ast.Set | ast.Tuple | ast.List):
            return [self._literal(element, scope) for element in node.elts]
        found = static(node, scope)
        if isinstance(found, set | frozenset | tuple | list) and found:
            return list(cast(Sequence[object], found))
        raise Refused(
            node, f"{ast.unparse(node)} is no set of constants", "`in {A, B}`, or a set of the module"
        )

    def _literal(self, node: ast.expr, scope: Scope) -> object:
        found = node.value if isinstance(node, ast.Constant) else static(node, scope)
        if found is MISSING:
            raise Refused(node, f"{ast.unparse(node)} is no constant", "constants only, or == joined by or")
        return found

    def _encoded(self, value: object, node: ast.AST) -> tuple[Type, int | tuple[int, int]]:
        if value is None:
            return NOTHING, NONE
        if isinstance(value, Choice):
            name = type(value).__name__
            return scalar(Kind.CHOICE, name), self.vocabulary.index_of(name, value.value)
        if isinstance(value, bool):
            return BOOL, int(value)
        if isinstance(value, int | Fraction):
            return _number(value, node)
        if isinstance(value, str):
            return CODE, _code(value, node)
        raise Refused(
            node, f"{value!r} cannot stand in a rule", "a whole number, kroner(...), a choice or a code"
        )


def _number(value: int | Fraction, node: ast.AST) -> tuple[Type, int | tuple[int, int]]:
    """A constant number; columns hold none of more than 63 bits."""
    if max(abs(value.numerator), value.denominator) > LARGEST:
        raise Refused(node, f"{value} does not fit in 63 bits", "a number that the law can mean")
    if isinstance(value, Fraction):
        return FRACTION, (value.numerator, value.denominator)
    return (MONEY if isinstance(value, Money) else INT), int(value)


def _code(value: str, node: ast.AST) -> int:
    try:
        return pack_code(value)
    except BadInput as error:
        raise Refused(node, f"{value!r} is no code", "a code of up to 9 ASCII characters") from error


def _must_be_bool(found: Node, node: ast.expr, what: str) -> None:
    if found.type == BOOL:
        return
    text = ast.unparse(node)
    if found.type.optional:
        raise Refused(node, f"{what} may be None: {text}", f"{text} is not None, or {text} == True")
    raise Refused(
        node, f"{what} is {told(found.type)}, not true or false: {text}", f"a comparison, as in {text} > 0"
    )


def _not_a_subject(one: Node, node: ast.Compare) -> None:
    if one.type.kind in (Kind.SUBJECT, Kind.LINK, Kind.RECORD):
        raise Refused(node, f"{told(one.type)} cannot be compared", "a comparison of facts")


def _name(reader: Reader, node: ast.Name, scope: Scope) -> Node:
    local = scope.names.get(node.id)
    if isinstance(local, Lambda):
        raise Refused(
            node, f"{node.id} is a lambda", f"{node.id} as the argument of a selector, or {node.id}()"
        )
    if local is not None:
        return _known(replace(local, span=reader.span(node)), node, scope)
    found = static(node, scope)
    if found is MISSING:
        known = [*scope.names, *vars(scope.module)]
        raise Refused(
            node, f"{node.id} is not known here", nearest(node.id, known, "a name that is imported")
        )
    if isinstance(found, DeclaredRate | DeclaredTable | DeclaredScale):
        raise Refused(
            node, f"The rate {node.id} is read by itself", f"rates.{node.id}, with `from . import rates`"
        )
    return reader.constant(found, node)


def _attribute(reader: Reader, node: ast.Attribute, scope: Scope) -> Node:
    found = static(node, scope)
    if isinstance(found, DeclaredRate):
        return _known(lookups.rate_of(reader.span(node), found.table), node, scope)
    if isinstance(found, DeclaredTable | DeclaredScale):
        raise Refused(
            node,
            f"{ast.unparse(node)} is read whole",
            "a key, rates.NAME[key]; or marginal(rates.NAME, amount)",
        )
    if found is not MISSING:
        return reader.constant(found, node)
    return _known(_fact(reader, node, scope), node, scope)


def _fact(reader: Reader, node: ast.Attribute, scope: Scope) -> Node:
    of = reader.expression(node.value, scope)
    if of.type.kind is Kind.RECORD:
        return _field(reader, node, of)
    name = f"{of.type.name}.{node.attr}"
    if of.type.kind not in (Kind.SUBJECT, Kind.LINK):
        raise Refused(
            node, f"{ast.unparse(node.value)} is {told(of.type)} and has no facts", "a subject or link"
        )
    must_fit(of, optional(of.type, allowed=False), node.value, "What has the fact")
    declared = reader.vocabulary.attributes.get(name)
    if name in reader.vocabulary.relations:
        raise Refused(
            node, f"{name} is a relation", f"any(... for member, link in {ast.unparse(node)} if ...)"
        )
    if declared is None:
        mine = [a for a in reader.vocabulary.attributes if a.startswith(f"{of.type.name}.")]
        raise Refused(node, f"There is no {name}", nearest(name, mine, f"one of {', '.join(mine)}"))
    if declared.type.kind is Kind.TEXT:
        raise Refused(node, f"{name} is text, which no rule reads", "a Code or a Choice in the vocabulary")
    read = Read(type=declared.type, span=reader.span(node), of=of, attribute=name)
    if declared.type.kind is not Kind.DECIMAL:
        return read
    exact = optional(FRACTION, declared.type.optional)
    return Exactly(type=exact, span=read.span, part=read, digits=int(declared.type.name))


def _field(reader: Reader, node: ast.Attribute, of: Node) -> Node:
    """What another programme's entitlement says."""
    must_fit(of, optional(of.type, allowed=False), node.value, "What has the field")
    fields = calls.field_types(reader.records[of.type.name], node)
    if node.attr not in fields:
        instead = nearest(node.attr, fields, f"one of {', '.join(fields)}")
        raise Refused(node, f"There is no {of.type.name}.{node.attr}", instead)
    kind = fields[node.attr]
    if kind.kind is Kind.CHOICE and not kind.name:
        raise Refused(
            node, f"{of.type.name}.{node.attr} may be of any choice", "a field of a type of its own"
        )
    return Field(type=kind, span=reader.span(node), of=of, name=node.attr)


def _known(found: Node, node: ast.expr, scope: Scope) -> Node:
    sure = found.type.optional and ast.unparse(node) in scope.sure
    return replace(found, type=optional(found.type, allowed=False)) if sure else found


def _constant(reader: Reader, node: ast.Constant, scope: Scope) -> Node:
    if isinstance(node.value, float):
        raise Refused(
            node, f"{node.value} is a floating-point number", "whole numbers: `* 3 / 2`, then round_to"
        )
    return reader.constant(node.value, node)


def _condition(reader: Reader, node: ast.expr, scope: Scope) -> Node:
    return reader.test(node, scope, "A part of a condition")[0]


def _unary(reader: Reader, node: ast.UnaryOp, scope: Scope) -> Node:
    if isinstance(node.op, ast.Not):
        return _condition(reader, node, scope)
    return arithmetic.negated(reader.span(node), node, reader.expression(node.operand, scope))


def _binary(reader: Reader, node: ast.BinOp, scope: Scope) -> Node:
    one, other = reader.expression(node.left, scope), reader.expression(node.right, scope)
    return arithmetic.combined(reader.span(node), node, one, other)


def _choice(reader: Reader, node: ast.IfExp, scope: Scope) -> Node:
    test, yes, no = reader.test(node.test, scope)
    then, other = (
        reader.expression(node.body, scope.surely(yes)),
        reader.expression(node.orelse, scope.surely(no)),
    )
    kind = join(then.type, other.type, node)
    return If(type=kind, span=reader.span(node), test=test, then=then, other=other)


def _call(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    return calls.call(reader, node, scope)


_READERS: Final[dict[type[ast.expr], Callable[[Reader, Any, Scope], Node]]] = {
    ast.Attribute: _attribute,
    ast.BinOp: _binary,
    ast.BoolOp: _condition,
    ast.Call: _call,
    ast.Compare: lambda reader, node, scope: reader.compared(node, scope),
    ast.Constant: _constant,
    ast.IfExp: _choice,
    ast.Name: _name,
    ast.Subscript: lookups.subscript,
    ast.UnaryOp: _unary,
}
_REFUSED: Final[dict[type[ast.expr], tuple[str, str]]] = {
    ast.GeneratorExp: (
        "A generator expression stands alone",
        "any(...), all(...), sum(...), max((...), default=None) or the(...) around it",
    ),
    ast.ListComp: ("A list stands in a rule", "len([...]), or any(...), all(...), sum(...) of a generator"),
    ast.Lambda: (
        "A lambda stands alone",
        "it as the argument of a selector, as in this_month.first(lambda: ...)",
    ),
    ast.JoinedStr: ("A text is built in a rule", "a sentence in the docstring"),
    ast.NamedExpr: ("A name is given inside an expression", "an assignment on a line of its own"),
    ast.Dict: ("A dictionary stands in a rule", "if and elif, or match"),
    ast.Set: ("A set stands alone", "`in {A, B}`"),
    ast.Tuple: ("Several values are given at once", "one rule for each"),
    ast.List: ("A list stands in a rule", "a relation and a generator expression"),
}
