"""Rules that call each other in a ring have no value: they are refused when the law is loaded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from duly.law.findings import Finding
from duly.law.ir import RuleIR
from duly.law.walk import calls

__all__ = ["rings"]


def rings(rules: Mapping[str, RuleIR]) -> Iterator[Finding]:
    """Each ring once, where its first rule begins."""
    done: set[str] = set()
    for name in rules:
        yield from _from(rules, name, (), done)


def _from(
    rules: Mapping[str, RuleIR], name: str, above: tuple[str, ...], done: set[str]
) -> Iterator[Finding]:
    if name in above:
        ring = " -> ".join([*above[above.index(name) :], name])
        span = rules[name].versions[0].span
        what = f"Rules call each other in a ring: {ring}"
        yield Finding(
            file=span.file, line=span.line, what=what, write_instead="a rule that does not need itself"
        )
    elif name not in done:
        for called in sorted(calls(rules[name]) & rules.keys()):
            yield from _from(rules, called, (*above, name), done)
        done.add(name)
