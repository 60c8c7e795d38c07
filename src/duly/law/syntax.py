"""Statements of a rule become one expression: assignments are `Let`, ways that part are `If`.

Each way through a rule returns. What follows an `if` that does not return is read once for each way.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType, NoneType, UnionType
from typing import Annotated, Any, Final, Union, cast, get_args, get_origin, get_type_hints

from duly.errors import BadInput
from duly.law.collect import type_of
from duly.law.declare import Link, Subject
from duly.law.exceptions import must_be_exception, woven
from duly.law.expressions import Reader, Signature
from duly.law.findings import Finding, Refused
from duly.law.ir import (
    NONE,
    Compare,
    Const,
    If,
    Kind,
    Let,
    Local,
    Node,
    Or,
    Parameter,
    Read,
    RuleIR,
    RuleVersion,
    Type,
)
from duly.law.language import Declaration, LawFunction
from duly.law.money import Ratio
from duly.law.records import Record
from duly.law.scope import Lambda, Scope
from duly.law.source import Source
from duly.law.types import BOOL, FRACTION, NOTHING, SHARE, fits, join, must_fit, optional, scalar, told
from duly.law.vocabulary import Vocabulary

__all__ = ["Module", "functions_of", "translate"]

LIMIT: Final = 4000
"""Nodes of one rule: above this, ways that part are better rules of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Module:
    """A law module as written and as loaded."""

    source: Source
    loaded: ModuleType


def translate(modules: Sequence[Module], vocabulary: Vocabulary) -> tuple[dict[str, RuleIR], list[Finding]]:
    """Every rule of the modules, and what was refused."""
    found = _functions(modules)
    findings: list[Finding] = []
    signatures: dict[str, Signature] = {}
    records = _records(modules)
    for module, node, function in found:
        try:
            signature = _signature(node, function, vocabulary)
            _must_be_new(node, function, signature, signatures)
            signatures.setdefault(function.name, signature)
        except Refused as refused:
            findings.append(refused.finding(module.source.file))
    if findings:
        return {}, findings
    rules: dict[str, RuleIR] = {}
    for module, node, function in found:
        try:
            must_be_exception(node, function, _written(node, function), signatures)
            version = _version(module, node, function, vocabulary, signatures, records)
            rules[function.name] = _with(
                rules.get(function.name), signatures[function.name], function, version
            )
        except Refused as refused:
            findings.append(refused.finding(module.source.file))
    if findings:
        return rules, findings
    whole = {function.name: woven(rules[function.name], function, rules) for _, _, function in found}
    return whole, []


Found = tuple[Module, ast.FunctionDef, LawFunction[..., Any]]


def _functions(modules: Iterable[Module]) -> list[Found]:
    found: list[Found] = []
    for module in modules:
        declared = functions_of(module.loaded)
        for node in module.source.functions():
            line = node.decorator_list[0].lineno
            found += [
                (module, node, function)
                for function in declared
                for version in function.versions
                if _is_written_at(version.function, module, node.name, line)
            ][:1]
    return found


def functions_of(module: ModuleType) -> list[LawFunction[..., Any]]:
    """The functions of the law that a module names, its own and imported ones."""
    return [cast(LawFunction[..., Any], v) for v in vars(module).values() if isinstance(v, LawFunction)]


def _written(node: ast.FunctionDef, function: LawFunction[..., Any]) -> Declaration:
    """What was declared above this very version of a function."""
    line = node.decorator_list[0].lineno
    here = [v for v in function.versions if v.function.__name__ == node.name]
    return next((v for v in here if v.function.__code__.co_firstlineno == line), here[0]).declaration


def _records(modules: Iterable[Module]) -> dict[str, type[Record]]:
    """The records that the modules declare or import."""
    named = [value for module in modules for value in vars(module.loaded).values() if isinstance(value, type)]
    return {c.__name__: c for c in named if issubclass(c, Record) and c is not Record}


def _is_written_at(function: Any, module: Module, name: str, line: int) -> bool:
    same = function.__module__ == module.loaded.__name__ and function.__name__ == name
    return same and function.__code__.co_firstlineno == line


def _must_be_new(
    node: ast.FunctionDef,
    function: LawFunction[..., Any],
    signature: Signature,
    known: Mapping[str, Signature],
) -> None:
    before = known.get(function.name)
    if before is not None and len(function.versions) == 1:
        raise Refused(
            node, f"There are two rules called {function.name}", "another name: names are the pack's own"
        )
    if before is not None and (before.parameters, before.result) != (signature.parameters, signature.result):
        raise Refused(node, f"A version of {function.name} takes or gives something else", "the same types")


def _signature(node: ast.FunctionDef, function: LawFunction[..., Any], vocabulary: Vocabulary) -> Signature:
    arguments = node.args
    extra = (
        arguments.posonlyargs
        or arguments.kwonlyargs
        or arguments.defaults
        or arguments.vararg
        or arguments.kwarg
    )
    if extra:
        raise Refused(
            node, f"{node.name} has other than plain parameters", "plain parameters without defaults"
        )
    hints = _hints(node, function)
    missing = [a.arg for a in arguments.args if a.arg not in hints] + ["return"] * ("return" not in hints)
    if missing:
        raise Refused(node, f"{node.name} does not say the type of {', '.join(missing)}", "a type for each")
    parameters = tuple(Parameter(name=a.arg, type=_type(hints[a.arg], a)) for a in arguments.args)
    result = BOOL if function.declaration.kind == "review" else _type(hints["return"], node)
    return Signature(name=function.name, parameters=parameters, result=result)


def _hints(node: ast.FunctionDef, function: LawFunction[..., Any]) -> dict[str, Any]:
    version = next(v for v in function.versions if v.function.__name__ == node.name)
    try:
        return get_type_hints(version.function, include_extras=True)
    except (NameError, SyntaxError, TypeError, AttributeError) as error:
        raise Refused(
            node, f"A type is not known: {error}", "a type of duly.law or of the vocabulary"
        ) from error


def _type(hint: Any, node: ast.AST) -> Type:
    if get_origin(hint) in (Union, UnionType):
        parts = [part for part in get_args(hint) if part is not NoneType]
        if len(parts) == 1:
            return optional(_type(parts[0], node))
    if isinstance(hint, type):
        named = cast(type[object], hint)
        if issubclass(named, Subject | Link):
            return scalar(Kind.SUBJECT if issubclass(named, Subject) else Kind.LINK, named.__name__)
        if issubclass(named, Record):
            return scalar(Kind.RECORD, named.__name__)
    if get_origin(hint) is Annotated:
        return FRACTION if hint == Ratio else SHARE
    try:
        return type_of(hint)
    except BadInput as error:
        raise Refused(node, error.detail, "one of those, a subject, a link or a record") from error


def _version(
    module: Module,
    node: ast.FunctionDef,
    function: LawFunction[..., Any],
    vocabulary: Vocabulary,
    signatures: Mapping[str, Signature],
    records: Mapping[str, type[Record]],
) -> RuleVersion:
    signature = signatures[function.name]
    names = [argument.arg for argument in node.args.args]
    reader = Reader(
        file=module.source.file,
        vocabulary=vocabulary,
        signatures=signatures,
        records=records,
        taken=set(names),
    )
    span = reader.span(node)
    locals_: dict[str, Node | Lambda] = {
        p.name: Local(type=p.type, span=span, name=p.name) for p in signature.parameters
    }
    scope = Scope(module=module.loaded, names=locals_, sure=frozenset())
    body = _Body(reader, signature.result).block(node.body, scope, node)
    written = _written(node, function)
    return RuleVersion(
        since=written.since,
        law=written.law,
        sentence=ast.get_docstring(node) or "",
        body=_unless_found(body, function, signature, reader, node),
        span=span,
    )


def _with(
    before: RuleIR | None, signature: Signature, function: LawFunction[..., Any], version: RuleVersion
) -> RuleIR:
    versions = (*(before.versions if before else ()), version)
    return RuleIR(
        name=signature.name,
        parameters=signature.parameters,
        result=signature.result,
        versions=tuple(sorted(versions, key=lambda v: v.since)),
        finding=function.declaration.finding,
    )


def _unless_found(
    body: Node, function: LawFunction[..., Any], signature: Signature, reader: Reader, node: ast.FunctionDef
) -> Node:
    name = function.declaration.finding
    if not name:
        return body
    about = [p for p in signature.parameters if p.type.name == name.partition(".")[0]]
    finding = reader.vocabulary.attributes.get(name)
    if finding is None or finding.type != optional(signature.result) or not about:
        kind = told(optional(signature.result))
        raise Refused(
            node, f"The finding {name} does not fit {signature.name}", f"an attribute {kind} of a parameter"
        )
    span = reader.span(node)
    of = Local(type=about[0].type, span=span, name=about[0].name)
    nothing = Const(type=NOTHING, span=span, value=NONE)
    found = Read(type=finding.type, span=span, of=of, attribute=name)
    there = Compare(type=BOOL, span=span, op="!=", left=found, right=nothing)
    sure = replace(found, type=signature.result)
    return If(type=signature.result, span=span, test=there, then=sure, other=body)


class _Body:
    """Reads the statements of one function."""

    def __init__(self, reader: Reader, result: Type) -> None:
        self.reader = reader
        self.result = result
        self.nodes = 0

    def block(self, statements: Sequence[ast.stmt], scope: Scope, after: ast.AST) -> Node:
        """What the statements return."""
        if not statements:
            raise Refused(after, "One way through the rule returns nothing", "a return at its end")
        first, rest = statements[0], statements[1:]
        self.nodes += 1
        if self.nodes > LIMIT:
            raise Refused(
                first, "The rule has too many ways through it", "a rule for each part, called from here"
            )
        match first:
            case ast.Expr(value=ast.Constant(value=str())):
                return self.block(rest, scope, after)
            case ast.Return():
                return self._returned(first, scope)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                return self._assigned(name, value, rest, scope, first)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                return self._assigned(name, value, rest, scope, first)
            case ast.If():
                return self._parted(first, rest, scope)
            case ast.Match():
                return self._matched(first, rest, scope)
            case _:
                raise _refusal(first)

    def _returned(self, statement: ast.Return, scope: Scope) -> Node:
        written = statement.value or ast.copy_location(ast.Constant(None), statement)
        found = self.reader.expression(written, scope)
        if found.type.kind is Kind.RECORD and not fits(found.type, self.result):
            raise Refused(statement, f"This returns {told(found.type)}", told(self.result))
        must_fit(found, self.result, written, "What is returned")
        return found

    def _assigned(
        self, name: str, value: ast.expr, rest: Sequence[ast.stmt], scope: Scope, statement: ast.stmt
    ) -> Node:
        if isinstance(value, ast.Lambda):
            return self.block(rest, scope.bind(name, Lambda(value.body, scope)), statement)
        found = self.reader.expression(value, scope)
        if found.type.kind is Kind.NOTHING:
            raise Refused(statement, f"{name} is always None", "the rule without it")
        local = Local(type=found.type, span=self.reader.span(statement), name=self.reader.name_for(name))
        body = self.block(rest, scope.bind(name, local), statement)
        return Let(type=body.type, span=self.reader.span(statement), name=local.name, value=found, body=body)

    def _parted(self, statement: ast.If, rest: Sequence[ast.stmt], scope: Scope) -> Node:
        test, yes, no = self.reader.test(statement.test, scope, "The test of an if")
        then = self.block([*statement.body, *rest], scope.surely(yes), statement)
        other = self.block([*statement.orelse, *rest], scope.surely(no), statement)
        return self._either(statement, test, then, other)

    def _either(self, node: ast.AST, test: Node, then: Node, other: Node) -> Node:
        kind = join(then.type, other.type, node)
        return If(type=kind, span=self.reader.span(node), test=test, then=then, other=other)

    def _matched(self, statement: ast.Match, rest: Sequence[ast.stmt], scope: Scope) -> Node:
        subject = self.reader.expression(statement.subject, scope)
        if subject.type.kind is not Kind.CHOICE:
            raise Refused(
                statement, f"match looks at {told(subject.type)}", "match on a choice, else if and elif"
            )
        local = Local(
            type=subject.type, span=self.reader.span(statement), name=self.reader.name_for("matched")
        )
        body = self._cases(statement.cases, set(), local, [statement, *rest], scope)
        return Let(type=body.type, span=local.span, name=local.name, value=subject, body=body)

    def _cases(
        self,
        cases: Sequence[ast.match_case],
        seen: set[int],
        local: Local,
        after: Sequence[ast.stmt],
        scope: Scope,
    ) -> Node:
        statement, rest = after[0], after[1:]
        if not cases:
            return self.block(rest, scope, statement)
        case = cases[0]
        if case.guard is not None:
            raise Refused(case.pattern, "A case has a condition of its own", "an if inside the case")
        values = self._values(case.pattern, local, scope)
        body = self.block([*case.body, *rest], scope, statement)
        seen = seen | values
        if not values or self._all(local) <= seen:
            return body
        test = self._is_one_of(values, local, case.pattern)
        return self._either(statement, test, body, self._cases(cases[1:], seen, local, after, scope))

    def _values(self, pattern: ast.pattern, local: Local, scope: Scope) -> set[int]:
        match pattern:
            case ast.MatchAs(pattern=None, name=None):
                return set()
            case ast.MatchOr(patterns=patterns):
                return {value for part in patterns for value in self._values(part, local, scope)}
            case ast.MatchSingleton(value=None) if local.type.optional:
                return {NONE}
            case ast.MatchValue(value=value):
                found = self.reader.expression(value, scope)
                if isinstance(found, Const) and isinstance(found.value, int):
                    join(found.type, local.type, pattern)
                    return {found.value}
            case _:
                pass
        raise Refused(
            pattern, f"This is no case of {local.type.name}", f"case {local.type.name}.NAME, or case _"
        )

    def _all(self, local: Local) -> set[int]:
        members = set(range(len(self.reader.vocabulary.choices[local.type.name])))
        return members | ({NONE} if local.type.optional else set())

    def _is_one_of(self, values: set[int], local: Local, node: ast.AST) -> Node:
        span = self.reader.span(node)
        kinds = {value: NOTHING if value == NONE else optional(local.type, allowed=False) for value in values}
        parts = tuple(
            Compare(type=BOOL, span=span, op="==", left=local, right=Const(type=kinds[v], span=span, value=v))
            for v in sorted(values)
        )
        return parts[0] if len(parts) == 1 else Or(type=BOOL, span=span, parts=parts)


_STATEMENTS: Final[dict[type[ast.stmt], tuple[str, str]]] = {
    ast.For: ("A loop", "any, all, sum, max, min, len or the of a generator expression over a relation"),
    ast.While: ("A loop", "any, all, sum, max, min, len or the of a generator expression over a relation"),
    ast.AugAssign: ("A name is changed", "a new name for the new value"),
    ast.FunctionDef: ("A function inside a rule", "a rule of its own, or `name = lambda: ...`"),
    ast.Raise: ("A rule raises an error", "return None where nothing is due"),
    ast.Assert: ("A rule asserts", "an if and a return"),
    ast.Try: ("A rule catches errors", "an if: rules raise none"),
    ast.With: ("A rule opens something", "facts: a rule has no input or output"),
    ast.Expr: ("A value is computed and thrown away", "a return, or a name for it"),
    ast.Assign: ("Several names are given at once", "one `name = value` a line"),
    ast.Pass: ("A way through the rule does nothing", "a return"),
    ast.Import: ("A rule imports", "the import at the top of the module"),
    ast.ImportFrom: ("A rule imports", "the import at the top of the module"),
}


def _refusal(statement: ast.stmt) -> Refused:
    what, instead = _STATEMENTS.get(
        type(statement), ("This statement", "if, match, name = value, and return")
    )
    return Refused(statement, f"{what}: {ast.unparse(statement).splitlines()[0]}", instead)
