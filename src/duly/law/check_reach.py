"""Every way through the law can be taken, every rule and every rate plays a part.

What is reported is proved (see `ranges`): a test that the vocabulary, the choices or the tests before it
leave only one answer. A test that is read on several ways is reported only if it has one answer on all.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, Final, cast

from duly.law import ir
from duly.law.extents import NEVER, Extent
from duly.law.findings import Finding
from duly.law.ir import Kind, Node
from duly.law.language import LawFunction
from duly.law.ranges import Ranges
from duly.law.walk import below, calls, parts

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]

Place = tuple[object, ...]
COMPARISONS: Final = (ir.Compare, ir.OneOf)
WRITTEN: Final[dict[type[Node], type[ast.AST] | tuple[type[ast.AST], ...]]] = {
    ir.Compare: (ast.Compare, ast.Call, ast.pattern),
    ir.OneOf: (ast.Compare, ast.pattern),
    ir.And: (ast.BoolOp, ast.Compare, ast.Call),
    ir.Or: (ast.BoolOp, ast.pattern),
    ir.Not: (ast.UnaryOp, ast.Compare),
    ir.Const: (ast.Constant, ast.Name, ast.Attribute),
}
"""What a node may have been written as; other nodes as a name, a fact or a call."""
OTHERWISE: Final = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)


def findings(pack: Pack) -> Iterator[Finding]:
    """What can never be reached."""
    trees = dict(_trees(pack))
    for file, tree in trees.items():
        yield from _after_the_end(file, tree)
    covered = [finding for file, tree in trees.items() for finding in _covered(pack, file, tree)]
    yield from covered
    places = {(finding.file, finding.line) for finding in covered}
    ranges = Ranges(pack)
    answered = _one_answer(pack, ranges, trees)
    yield from (found for found in answered if (found.file, found.line) not in places)
    yield from _exceptions(pack, ranges)
    if pack.programmes:
        yield from _rules(pack)
        yield from _rates(pack, trees)


def _trees(pack: Pack) -> Iterator[tuple[str, ast.Module]]:
    for name in cast(list[str], pack.settings["law"]):
        file = pack.directory / f"{name}.py"
        yield file.name, ast.parse(file.read_text(encoding="utf-8"))


def _one_answer(pack: Pack, ranges: Ranges, trees: dict[str, ast.Module]) -> Iterator[Finding]:
    answers: dict[Place, Extent] = {}
    samples: dict[Place, Node] = {}
    inside: dict[Place, set[Place]] = {}
    for rule in pack.rules.values():
        for version in rule.versions:
            for test, outer in _tests(version.body, ()):
                place = _place(test)
                samples.setdefault(place, test)
                answers[place] = answers.get(place, NEVER) | (ranges.of(test) or NEVER)
                for around in outer:
                    inside.setdefault(around, set()).add(place)
    settled = {place for place, answer in answers.items() if answer.only is not None}
    for place in settled:
        if not inside.get(place, set()) & settled:
            yield from _settled(samples[place], trees, bool(answers[place].only))


def _exceptions(pack: Pack, ranges: Ranges) -> Iterator[Finding]:
    """Exceptions whose condition is never true."""
    for function in pack.functions.values():
        asked = function.declaration.applies
        if isinstance(asked, LawFunction) and ranges.result(asked.name).only == 0:
            span = pack.rules[function.name].versions[0].span
            what = f"{function.name} never applies: {asked.name} is never true"
            instead = "the law without this exception"
            yield Finding(file=span.file, line=span.line, what=what, write_instead=instead)


def _tests(node: Node, outer: tuple[Place, ...]) -> Iterator[tuple[Node, tuple[Place, ...]]]:
    """The conditions below a node, and the places of those that each stands in."""
    asked = set(map(id, _asked(node)))
    for part in parts(node):
        test = id(part) in asked or isinstance(part, COMPARISONS)
        if test and not isinstance(part, ir.Not) and not _of_our_making(part):
            yield part, outer
            yield from _tests(part, (*outer, _place(part)))
        else:
            yield from _tests(part, outer)
    if not outer and isinstance(node, COMPARISONS):
        yield node, ()


def _of_our_making(node: Node) -> bool:
    """Whether a table, a scale or the like became this comparison: nobody wrote it."""
    return isinstance(node, ir.Compare) and node.span == node.left.span == node.right.span


def _asked(node: Node) -> tuple[Node, ...]:
    """The parts of a node that are conditions."""
    if isinstance(node, ir.If):
        return (node.test,)
    if isinstance(node, ir.And | ir.Or):
        return node.parts
    if isinstance(node, ir.Not):
        return (node.part,)
    if isinstance(node, ir.Fold) and not isinstance(node.where, ir.Const):
        return (node.where,)
    return ()


def _place(node: Node) -> Place:
    """Where a test is written: the same for each way on which it is read."""
    operands = (node.left.span, node.right.span) if isinstance(node, ir.Compare) else ()
    op = node.op if isinstance(node, ir.Compare) else ""
    return type(node).__name__, node.span, op, *operands


def _settled(node: Node, trees: dict[str, ast.Module], answer: bool) -> Iterator[Finding]:
    """The finding; there is none of a test that nobody wrote."""
    text, turned = _text(node, trees[node.span.file])
    if not text:
        return
    told = "always" if answer is not turned else "never"
    instead = {
        "always": "the rule without this test: its other way is never taken",
        "never": "the rule without this way: it is never taken",
    }
    yield Finding(
        file=node.span.file,
        line=node.span.line,
        what=f"{text} is {told} true here",
        write_instead=instead[told],
    )


def _text(node: Node, tree: ast.Module) -> tuple[str, bool]:
    """What the author wrote there ("" if it is of our making), and whether it says the opposite."""
    wanted = WRITTEN.get(type(node), OTHERWISE)
    span = node.span
    here = [
        found
        for found in ast.walk(tree)
        if isinstance(found, wanted)
        and isinstance(found, ast.expr | ast.pattern)
        and (found.lineno, found.col_offset) == (span.line, span.column)
    ]
    found = max(here, key=lambda f: (f.end_lineno or 0, f.end_col_offset or 0), default=None)
    if found is None:
        return "", False
    if isinstance(found, ast.pattern):
        return f"case {ast.unparse(found)}", False
    outside = isinstance(found, ast.Compare) and isinstance(found.ops[0], ast.NotIn)
    return ast.unparse(found), outside and isinstance(node, ir.OneOf)


def _after_the_end(file: str, tree: ast.Module) -> Iterator[Finding]:
    for node in ast.walk(tree):
        for block in _blocks(node):
            for before, statement in pairwise(block):
                if _ends([before]):
                    yield Finding(
                        file=file,
                        line=statement.lineno,
                        what="Nothing gets here: all ways before it return",
                        write_instead="the rule without what follows the return",
                    )
                    break


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    if isinstance(node, ast.FunctionDef | ast.match_case):
        yield node.body
    if isinstance(node, ast.If):
        yield from (node.body, node.orelse)


def _ends(block: list[ast.stmt]) -> bool:
    """Whether all ways through the statements return."""
    if not block:
        return False
    last = block[-1]
    match last:
        case ast.Return():
            return True
        case ast.If():
            return _ends(last.body) and _ends(last.orelse)
        case ast.Match():
            rest = any(isinstance(c.pattern, ast.MatchAs) and c.pattern.pattern is None for c in last.cases)
            return rest and all(_ends(case.body) for case in last.cases)
        case _:
            return False


def _covered(pack: Pack, file: str, tree: ast.Module) -> Iterator[Finding]:
    """Cases of a match whose values all stand in cases before."""
    kinds = {
        (node.span.line, node.span.column): node.value.type
        for rule in pack.rules.values()
        for version in rule.versions
        for node in below(version.body)
        if isinstance(node, ir.Let) and node.span.file == file and node.value.type.kind is Kind.CHOICE
    }
    for node in ast.walk(tree):
        kind = kinds.get((node.lineno, node.col_offset)) if isinstance(node, ast.Match) else None
        if kind is None or not isinstance(node, ast.Match):
            continue
        left = {f"{kind.name}.{m.name}" for m in pack.vocabulary.choices[kind.name]}
        left |= {"None"} if kind.optional else set[str]()
        for case in node.cases:
            named = _named(case.pattern)
            if not (named & left if named else left):
                yield Finding(
                    file=file,
                    line=case.pattern.lineno,
                    what=f"case {ast.unparse(case.pattern)} is covered by the cases before it",
                    write_instead="the match without this case",
                )
            left -= named


def _named(pattern: ast.pattern) -> set[str]:
    """The values of a pattern as they are written; none for the rest."""
    match pattern:
        case ast.MatchOr(patterns=patterns):
            return set[str]().union(*map(_named, patterns))
        case ast.MatchValue(value=value):
            return {".".join(ast.unparse(value).split(".")[-2:])}
        case ast.MatchSingleton(value=None):
            return {"None"}
        case _:
            return set()


def _rules(pack: Pack) -> Iterator[Finding]:
    called = {name for rule in pack.rules.values() for name in calls(rule)}
    used = {p.rule.name for p in pack.programmes.values()} | {r.rule.name for r in pack.reviews}
    for name in sorted(pack.rules.keys() - called - used):
        span = pack.rules[name].versions[0].span
        yield Finding(
            file=span.file,
            line=span.line,
            what=f"No programme, review or other rule reaches {name}",
            write_instead="a call of it, or the pack without it",
        )


def _rates(pack: Pack, trees: dict[str, ast.Module]) -> Iterator[Finding]:
    bodies = [version.body for rule in pack.rules.values() for version in rule.versions]
    read = {node.name for body in bodies for node in below(body) if isinstance(node, ir.RateOf)}
    declared = {name.partition("[")[0] for name in pack.rates}
    for name in sorted(declared - {name.partition("[")[0] for name in read}):
        file, line = _declared(name, trees)
        yield Finding(
            file=file,
            line=line,
            what=f"No rule reads the rate {name}",
            write_instead="a rule that reads it, or the pack without it",
        )


def _declared(name: str, trees: dict[str, ast.Module]) -> tuple[str, int]:
    for file, tree in trees.items():
        for node in tree.body:
            call = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            first = call.args[0] if isinstance(call, ast.Call) and call.args else None
            if isinstance(first, ast.Constant) and first.value == name:
                return file, node.lineno
    return "pack.toml", 1
