"""Folds over the same links, wherever they stand in a rule, are gathered in one loop before it.

So a member is looked at once, and what several folds ask of it is worked out once. Folds have no effect but
their value, so that one of them may be worked out though the rule does not come to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from duly.law.emit_folds import fold_key, looped
from duly.law.emit_periods import looks_at_today
from duly.law.emitted import Scope, Value, Writer, free_names
from duly.law.ir import Call, Fold, Let, Local, Node, On, Select
from duly.law.walk import parts

__all__ = ["together"]

_Names = Mapping[str, Value]
_Found = tuple[Fold, Scope]


def together(w: Writer, node: Node, scope: Scope) -> None:
    """Write one loop for all folds below the node that go over the same links on the current day."""
    groups: dict[tuple[str, str], dict[str, _Found]] = {}
    for fold, names in _folds(w, node, scope.names, scope):
        inside = replace(scope, names=names)
        of = names[fold.of.name].only if isinstance(fold.of, Local) else ""
        key = fold_key(fold, inside)
        if of and w.recall(key) is None:
            groups.setdefault((fold.relation, of), {})[key] = fold, inside
    for group in groups.values():
        if len(group) > 1:
            for key, value in zip(group, looped(w, list(group.values())), strict=True):
                w.hold(key, value)


def _folds(w: Writer, node: Node, names: _Names, scope: Scope) -> Iterator[tuple[Fold, _Names]]:
    """Folds on the current day that use nothing but what is there already."""
    if isinstance(node, Fold):
        if all(name in names for name in free_names(node)):
            yield node, names
        return
    if isinstance(node, On) or (isinstance(node, Select) and not looks_at_today(node, scope)):
        return
    if isinstance(node, Let):
        yield from _folds(w, node.value, names, scope)
        yield from _folds(w, node.body, {n: v for n, v in names.items() if n != node.name}, scope)
        return
    for part in parts(node):
        yield from _folds(w, part, names, scope)
    if isinstance(node, Call) and node.rule in w.inlined and len(w.rules[node.rule].versions) == 1:
        rule = w.rules[node.rule]
        pairs = zip(rule.parameters, node.arguments, strict=True)
        given = {p.name: names[a.name] for p, a in pairs if isinstance(a, Local) and a.name in names}
        yield from _folds(w, rule.versions[0].body, given, scope)
