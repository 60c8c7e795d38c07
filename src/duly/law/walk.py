"""Walks the intermediate form: the parts of a node, everything below it, everything that a rule reaches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache

from duly.law.ir import Call, Node, RuleIR

__all__ = ["below", "calls", "parts", "reached"]


def parts(node: Node) -> Iterator[Node]:
    """The nodes directly in a node, in the order of evaluation."""
    for name in _names(type(node)):
        value: object = getattr(node, name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (part for part in value if isinstance(part, Node))  # pyright: ignore[reportUnknownVariableType]  # a tuple of nodes or of constants


def below(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    for part in parts(node):
        yield from below(part)


def calls(rule: RuleIR) -> frozenset[str]:
    """The names of the rules that a rule calls itself."""
    found = (node for version in rule.versions for node in below(version.body))
    return frozenset(node.rule for node in found if isinstance(node, Call))


def reached(rule: RuleIR, rules: Mapping[str, RuleIR]) -> Iterator[Node]:
    """Every node of a rule and of all rules that it calls, each rule once."""
    seen: set[str] = set()
    waiting = [rule.name]
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            for version in rules[name].versions:
                yield from below(version.body)
            waiting.extend(sorted(calls(rules[name])))


@cache
def _names(kind: type[Node]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in ("type", "span"))
