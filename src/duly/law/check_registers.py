"""Every fact has a category and a register that provides it, or rules that read it never get an answer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from duly.law.findings import Finding, line_with, nearest
from duly.law.ir import Fold, Node, Read
from duly.law.walk import below

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """Attributes without category or register, and the rules that read what no register provides."""
    registers = pack.section("registers")
    sent = {name: register for register, said in registers.items() for name in said.get("attributes", [])}
    for attribute in pack.vocabulary.attributes.values():
        if attribute.category not in pack.section("categories"):
            what = f"{attribute.name} is in no category"
            yield _in_settings(pack, "[categories]", what, f"[categories] with {attribute.category}")
        if attribute.register not in registers:
            what = f"{attribute.name} has no register"
            yield _in_settings(pack, "[registers.", what, f"[registers.{attribute.register}]")
        elif sent.get(attribute.name) != attribute.register:
            near = f"[registers.{attribute.register}]"
            what = f"The register of {attribute.name} does not send it"
            yield _in_settings(pack, near, what, f'"{attribute.name}" in the attributes of {near}')
    for name in sorted(sent.keys() - pack.vocabulary.attributes.keys()):
        what = f"{sent[name]} sends {name}, which is no attribute"
        near = nearest(name, pack.vocabulary.attributes, "an attribute of the vocabulary")
        yield _in_settings(pack, f'"{name}"', what, near)
    yield from _read(pack, {name for name in sent if name in pack.vocabulary.attributes})


def _read(pack: Pack, provided: set[str]) -> Iterator[Finding]:
    """What rules read and nobody provides, once for each rule."""
    for rule in pack.rules.values():
        seen: set[str] = set()
        for version in rule.versions:
            for node in below(version.body):
                name = _name(pack, node)
                if name and name not in provided and name not in seen:
                    seen.add(name)
                    register = pack.vocabulary.attribute(name).register
                    yield Finding(
                        file=node.span.file,
                        line=node.span.line,
                        what=f"{rule.name} reads {name}, which no register provides",
                        write_instead=f'"{name}" in the attributes of [registers.{register}] in pack.toml',
                    )


def _name(pack: Pack, node: Node) -> str:
    """The fact that a node reads; of a relation whether its links are there; "" if it reads none."""
    if isinstance(node, Read):
        return node.attribute
    return f"{pack.vocabulary.relations[node.relation].link}.present" if isinstance(node, Fold) else ""


def _in_settings(pack: Pack, near: str, what: str, write_instead: str) -> Finding:
    """A finding in pack.toml, at the first line with these words."""
    line = line_with(pack.directory / "pack.toml", near)
    return Finding(file="pack.toml", line=line, what=what, write_instead=write_instead)
