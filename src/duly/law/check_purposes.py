"""A programme reads only what its purpose allows, and of other agencies' programmes nothing.

What it reads follows from its rules and their calls.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from duly.law.findings import Finding
from duly.law.ir import Call, Fold, Node, Read
from duly.law.walk import reached

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """Each fact that a programme, or a review of it, reads beyond its purpose."""
    for programme in pack.programmes.values():
        rules = [programme.rule, *(r.rule for r in pack.reviews if r.programme == programme.name)]
        seen: set[str] = set()
        for rule in rules:
            for node in reached(rule, pack.rules):
                yield from _beyond(pack, programme, node, seen)
                yield from _of_others(pack, programme, node)
        yield from _agency(pack, programme)


def _beyond(pack: Pack, programme: Programme, node: Node, seen: set[str]) -> Iterator[Finding]:
    name = ""
    if isinstance(node, Read):
        name = node.attribute
    if isinstance(node, Fold):
        name = f"{pack.vocabulary.relations[node.relation].link}.present"
    if not name or name in seen:
        return
    seen.add(name)
    attribute = pack.vocabulary.attribute(name)
    if programme.purpose not in attribute.purposes:
        allowed = ", ".join(sorted(attribute.purposes))
        what = f"{programme.name} ({programme.purpose}) reads {name}, which is for {allowed}"
        purposes = f'"{programme.purpose}" among its purposes'
        instead = f"a rule without it, or {purposes} if {attribute.register} allows it"
        yield Finding(file=node.span.file, line=node.span.line, what=what, write_instead=instead)


def _of_others(pack: Pack, programme: Programme, node: Node) -> Iterator[Finding]:
    """A call of another agency's programme: what it reads would be opened on this agency's legal basis."""
    for other in pack.programmes.values():
        if isinstance(node, Call) and node.rule == other.rule.name and other.agency != programme.agency:
            what = f"{programme.name} of {programme.agency} builds on {other.name} of {other.agency}"
            instead = f"a fact of the vocabulary, and an exchange by which {other.agency} tells it"
            yield Finding(file=node.span.file, line=node.span.line, what=what, write_instead=instead)


def _agency(pack: Pack, programme: Programme) -> Iterator[Finding]:
    agency = pack.section("agencies").get(programme.agency)
    span = programme.rule.versions[0].span
    if agency is None:
        what = f"{programme.name} is of no agency known here"
        instead = f"[agencies.{programme.agency}] in pack.toml"
        yield Finding(file=span.file, line=span.line, what=what, write_instead=instead)
    elif programme.purpose not in agency.get("purposes", []):
        what = f"{programme.agency} has no purpose {programme.purpose}"
        instead = f'"{programme.purpose}" in [agencies.{programme.agency}] of pack.toml'
        yield Finding(file=span.file, line=span.line, what=what, write_instead=instead)
