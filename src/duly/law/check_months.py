"""A monthly programme is looked at on the first of each month, so nothing in it may change inside a month.

Facts and the current day stand inside selectors, which look at whole months; rates change on a first.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from duly.law.findings import Finding
from duly.law.ir import Call, Node, On, RateOf, Read, RuleIR, Select, Today
from duly.law.walk import parts
from duly.timeline.calendar import BEGIN, month_first, to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """Each place where a monthly programme could change inside a month."""
    for programme in pack.programmes.values():
        if programme.every == "month":
            yield from _rule(pack, programme.rule, programme.name, set())


def _rule(pack: Pack, rule: RuleIR, programme: str, seen: set[str]) -> Iterator[Finding]:
    if rule.name in seen:
        return
    seen.add(rule.name)
    for version in rule.versions:
        if not _on_a_first(version.since):
            what = f"{programme} is monthly; {rule.name} has a version from {to_iso(version.since)}"
            yield _found(version.body, what, "since= the first of a month")
        yield from _node(pack, version.body, programme, seen)


def _node(pack: Pack, node: Node, programme: str, seen: set[str]) -> Iterator[Finding]:
    if isinstance(node, Select):
        return
    if isinstance(node, On):
        yield from _node(pack, node.day, programme, seen)
        return
    yield from _changing(pack, node, programme)
    for part in parts(node):
        yield from _node(pack, part, programme, seen)
    if isinstance(node, Call):
        yield from _rule(pack, pack.rules[node.rule], programme, seen)


def _changing(pack: Pack, node: Node, programme: str) -> Iterator[Finding]:
    if isinstance(node, Read):
        name = node.attribute.partition(".")[2]
        what = f"{programme} is monthly, and {node.attribute} can change inside a month"
        yield _found(node, what, f"a selector, as in this_month.first(lambda: ... .{name})")
    if isinstance(node, Today):
        what = f"{programme} is monthly, and the current day changes inside a month"
        yield _found(
            node, what, "a selector, as in this_month.last(lambda: under(child.born, 18, leap=DOWN))"
        )
    if isinstance(node, RateOf):
        days = [e.start for e in pack.rates[node.name].entries if not _on_a_first(e.start)]
        for day in days:
            what = f"{programme} is monthly, and the rate {node.name} changes on {to_iso(day)}"
            yield _found(node, what, "a selector around the rate, or an entry on the first of a month")


def _on_a_first(day: int) -> bool:
    return day == BEGIN or month_first(day) == day


def _found(node: Node, what: str, instead: str) -> Finding:
    return Finding(file=node.span.file, line=node.span.line, what=what, write_instead=instead)
