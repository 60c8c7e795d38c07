"""Two exceptions that the law's text alone shows to apply together and to disagree are no law.

A condition is taken apart into what it asks, through the rules that it calls. Where one condition asks all
that another asks, both apply whenever the first does; then both have to say the same, or one goes before the
other. What only facts can tell is a conflict when the law is applied.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import combinations
from typing import TYPE_CHECKING, Any, cast

from duly.law.exceptions import InForce, in_force, parts_from
from duly.law.findings import Finding
from duly.law.ir import And, Call, Const, If, Local, Node, Not, RuleIR
from duly.law.language import LawFunction
from duly.timeline import BEGIN, to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]

Written = tuple[Any, ...]
"""A node by what it says, without where it stands; parameters by the general rule's names."""
Names = Mapping[str, Written]
FALSE: Written = ("false",)


def findings(pack: Pack) -> Iterator[Finding]:
    """Each pair of exceptions without order that surely meet and are not surely equal, once."""
    for general in pack.functions.values():
        seen: set[tuple[str, str]] = set()
        for day in parts_from(general):
            for one, other in _pairs(pack, in_force(general, day)):
                if (one, other) not in seen:
                    seen.add((one, other))
                    yield _finding(pack, general, one, other, day)


def _pairs(pack: Pack, here: InForce) -> Iterator[tuple[str, str]]:
    asked = {name: _asked(pack, pack.rules[rule], {}) for name, rule in here.applies.items()}
    for one, other in combinations(here.applies, 2):
        if not here.unordered(one, other) or not (asked[one] <= asked[other] or asked[other] <= asked[one]):
            continue
        both = asked[one] | asked[other]
        above = {*here.above(one), *here.above(other)}
        settled = _never(both) or any(asked[name] <= both for name in above)
        if not settled and not _same(pack.rules[one], pack.rules[other]):
            yield one, other


def _asked(pack: Pack, rule: RuleIR, names: Names) -> frozenset[Written]:
    """What has to be true for the rule to be true; each of it is needed, and all of it is enough."""
    *older, version = rule.versions
    if older or rule.finding:
        arguments = tuple(names.get(p.name, (p.name,)) for p in rule.parameters)
        return frozenset({("call", rule.name, arguments)})
    return _needed(pack, version.body, names)


def _needed(pack: Pack, node: Node, names: Names) -> frozenset[Written]:
    if isinstance(node, And):
        return frozenset[Written]().union(*(_needed(pack, part, names) for part in node.parts))
    if isinstance(node, Const):
        return frozenset() if node.value else frozenset({FALSE})
    if isinstance(node, Call):
        rule = pack.rules[node.rule]
        given = (_written(argument, names) for argument in node.arguments)
        inner = {p.name: argument for p, argument in zip(rule.parameters, given, strict=True)}
        return _asked(pack, rule, inner)
    if isinstance(node, If) and node.other == _falsehood(node):
        return _needed(pack, node.test, names) | _needed(pack, node.then, names)
    return frozenset({_written(node, names)})


def _falsehood(node: If) -> Node | None:
    return node.other if isinstance(node.other, Const) and not node.other.value else None


def _never(asked: frozenset[Written]) -> bool:
    """Whether something and its opposite is asked."""
    opposites = {part[1] for part in asked if part[:1] == (Not.__name__,)}
    return FALSE in asked or bool(opposites & asked)


def _same(one: RuleIR, other: RuleIR) -> bool:
    """Whether two rules say the same, word for word."""
    bodies = [[_written(version.body, {}) for version in rule.versions] for rule in (one, other)]
    return bodies[0] == bodies[1]


def _written(node: Node, names: Names) -> Written:
    if isinstance(node, Local):
        return names.get(node.name, (node.name,))
    values = (getattr(node, f.name) for f in fields(node) if f.name not in ("type", "span"))
    return (type(node).__name__, *(_value(value, names) for value in values))


def _value(value: object, names: Names) -> Any:
    if isinstance(value, Node):
        return _written(value, names)
    if isinstance(value, tuple):
        parts = cast("tuple[object, ...]", value)
        return tuple(_value(each, names) for each in parts)
    return value


def _finding(pack: Pack, general: LawFunction[..., Any], one: str, other: str, day: int) -> Finding:
    span = pack.rules[other].versions[0].span
    since = "" if day == BEGIN else f" from {to_iso(day)} on"
    return Finding(
        file=span.file,
        line=span.line,
        what=f"{one} and {other} are exceptions to {general.name} that apply together{since} and differ",
        write_instead=f"over=({one},) here, or over=({other},) in {one}: the one that goes before",
    )
