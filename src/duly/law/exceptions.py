"""A rule with exceptions is one expression: the exception that stands, else the rule; else their conflict.

From each day on which a version of the rule or of an exception begins, the rule has a version of its own. Of
exceptions that apply together those stand before which none of the others goes; if they disagree, `Conflict`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from duly.law.expressions import Signature
from duly.law.findings import Refused
from duly.law.ir import And, Call, Compare, Conflict, If, Local, Node, Not, Or, RuleIR, RuleVersion
from duly.law.language import Declaration, LawFunction
from duly.law.priority import closed, rings
from duly.law.types import BOOL, told
from duly.timeline import BEGIN

__all__ = ["InForce", "in_force", "must_be_exception", "parts_from", "woven"]

Function = LawFunction[..., Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class InForce:
    """The exceptions to a rule on a day, in order: the condition of each, and all that it goes before."""

    applies: Mapping[str, str]
    below: Mapping[str, frozenset[str]]

    def unordered(self, one: str, other: str) -> bool:
        """Whether neither goes before the other."""
        return one not in self.below[other] and other not in self.below[one]

    def above(self, one: str) -> list[str]:
        """Those that go before it."""
        return [other for other in self.applies if one in self.below[other]]


def in_force(general: Function, day: int) -> InForce:
    """What exceptions the rule has on a day."""
    said = {one.name: one.declared_on(day) for one in general.exceptions}
    begun = {name: declared for name, declared in said.items() if declared is not None}
    return InForce(
        applies={name: _named(declared.applies).name for name, declared in begun.items()},
        below=closed({name: _over(declared) for name, declared in begun.items()}),
    )


def parts_from(general: Function) -> list[int]:
    """The days from which the rule has other exceptions."""
    return sorted({version.since for one in general.exceptions for version in one.versions})


def woven(rule: RuleIR, general: Function, rules: Mapping[str, RuleIR]) -> RuleIR:
    """The rule with its exceptions."""
    if not general.exceptions:
        return rule
    days = sorted({BEGIN, *parts_from(general), *(version.since for version in rule.versions)})
    versions = (_version(rule, in_force(general, day), rules, day) for day in days)
    return replace(rule, versions=tuple(_different(versions)))


def _version(rule: RuleIR, exceptions: InForce, rules: Mapping[str, RuleIR], day: int) -> RuleVersion:
    begun = [version for version in rule.versions if version.since <= day]
    version = begun[-1] if begun else rule.versions[0]
    weave = _Weave(rule, exceptions, rules)
    if rule.finding:
        body = cast(If, version.body)  # a finding stands before any exception
        return replace(version, since=day, body=replace(body, other=weave.all(body.other)))
    return replace(version, since=day, body=weave.all(version.body))


def _different(versions: Iterable[RuleVersion]) -> Iterator[RuleVersion]:
    """Without those that say the same as the one before."""
    last: RuleVersion | None = None
    for one in versions:
        if last is None or replace(one, since=last.since) != last:
            yield one
            last = one


class _Weave:
    """Writes the expression for one set of exceptions."""

    def __init__(self, rule: RuleIR, exceptions: InForce, rules: Mapping[str, RuleIR]) -> None:
        self.rule, self.exceptions, self.rules = rule, exceptions, rules

    def all(self, body: Node) -> Node:
        """The exceptions in their order, and the rule's own body where none applies."""
        names = list(self.exceptions.applies)
        for place, name in reversed(list(enumerate(names))):
            others = [other for other in names[place + 1 :] if self.exceptions.unordered(name, other)]
            body = self._if(name, self._stands(name), self._agreeing(name, others), body)
        return body

    def _agreeing(self, name: str, others: Sequence[str]) -> Node:
        """The exception's value, if those that also stand agree with it."""
        value: Node = self._value(name)
        for other in reversed(others):
            span = self.rules[other].versions[0].span
            same = Compare(type=BOOL, span=span, op="==", left=self._value(name), right=self._value(other))
            agree = Or(type=BOOL, span=span, parts=(self._not(other, self._stands(other)), same))
            conflict = Conflict(type=self.rule.result, span=span, rules=(name, other))
            value = self._if(other, agree, value, conflict)
        return value

    def _stands(self, name: str) -> Node:
        """Whether it applies, and nothing that goes before it does."""
        above = [self._not(other, self._applies(other)) for other in self.exceptions.above(name)]
        if not above:
            return self._applies(name)
        return And(type=BOOL, span=self._span(name), parts=(self._applies(name), *above))

    def _applies(self, name: str) -> Node:
        return self._call(self.exceptions.applies[name], name)

    def _value(self, name: str) -> Node:
        return self._call(name, name)

    def _call(self, rule: str, name: str) -> Node:
        span, of = self._span(name), self.rules[rule]
        arguments = tuple(Local(type=p.type, span=span, name=p.name) for p in of.parameters)
        return Call(type=of.result, span=span, rule=rule, arguments=arguments)

    def _not(self, name: str, part: Node) -> Node:
        return Not(type=BOOL, span=self._span(name), part=part)

    def _if(self, name: str, test: Node, then: Node, other: Node) -> Node:
        return If(type=self.rule.result, span=self._span(name), test=test, then=then, other=other)

    def _span(self, name: str) -> Any:
        return self.rules[name].versions[0].span


def must_be_exception(
    node: ast.AST, function: Function, declared: Declaration, signatures: Mapping[str, Signature]
) -> None:
    """Refuse an exception that does not fit the rule, its condition, or those that it goes before."""
    kinds = {version.declaration.kind for version in function.versions}
    if "exception" not in kinds:
        return
    if len(kinds) > 1:
        raise Refused(node, f"A version of {function.name} is an exception, another is none", "one of them")
    general = _named(declared.general)
    for version in function.versions:
        if version.declaration.general is not general:
            raise Refused(
                node, f"A version of {function.name} is an exception to another rule", f"to={general.name}"
            )
    _must_fit(node, signatures[function.name], general, signatures)
    _must_be_asked(node, _named(declared.applies), signatures[general.name], signatures)
    _must_go_before(node, function, declared, general)


def _must_fit(node: ast.AST, mine: Signature, general: Function, signatures: Mapping[str, Signature]) -> None:
    theirs = signatures[general.name]
    if general.declaration.kind == "review":
        raise Refused(node, f"{general.name} is a review, which has no exceptions", "another review")
    if mine.parameters != theirs.parameters:
        wanted = ", ".join(f"{p.name}: {told(p.type)}" for p in theirs.parameters)
        raise Refused(node, f"{mine.name} takes other than {general.name}", f"the parameters {wanted}")
    if mine.result != theirs.result:
        raise Refused(
            node,
            f"{mine.name} gives {told(mine.result)}, {general.name} {told(theirs.result)}",
            f"-> {told(theirs.result)}",
        )


def _must_be_asked(
    node: ast.AST, condition: Function, general: Signature, signatures: Mapping[str, Signature]
) -> None:
    asked = signatures[condition.name]
    if asked.result != BOOL or condition.declaration.kind in ("review", "programme"):
        raise Refused(
            node, f"when={asked.name} gives {told(asked.result)}", "a rule or condition that is true or false"
        )
    strange = [p.name for p in asked.parameters if p not in general.parameters]
    if strange:
        wanted = ", ".join(f"{p.name}: {told(p.type)}" for p in general.parameters)
        what = f"when={asked.name} asks about {', '.join(strange)}, which {general.name} is not given"
        raise Refused(node, what, f"parameters among {wanted}")


def _must_go_before(node: ast.AST, function: Function, declared: Declaration, general: Function) -> None:
    mine = [one.name for one in general.exceptions if one is not function]
    for name in _over(declared):
        if name != function.name and name not in mine:
            what = f"over={name} is no exception to {general.name}"
            raise Refused(node, what, f"one of {', '.join(mine)}" if mine else "no over")
    over = {
        one.name: _over(said)
        for one in general.exceptions
        if (said := one.declared_on(declared.since)) is not None
    }
    ring = rings(over)
    if function.name in ring:
        what = f"Exceptions to {general.name} go before each other in a ring: {', '.join(ring)}"
        raise Refused(node, what, "over= in one direction only")


def _over(declared: Declaration) -> list[str]:
    return [_named(other).name for other in declared.before]


def _named(function: object) -> Function:
    return cast(Function, function)
