"""A law module holds only law: imports, constants, classes of the vocabulary and decorated functions.

This is looked at before the module is run, so that loading a pack runs nothing else.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from duly.law.findings import Finding, Refused

__all__ = ["Source", "read"]

ALLOWED_IMPORTS: Final = ("duly.law", "__future__")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One law module as written."""

    name: str
    file: str
    tree: ast.Module

    def functions(self) -> Iterator[ast.FunctionDef]:
        """The decorated functions, from top to bottom."""
        return (node for node in self.tree.body if isinstance(node, ast.FunctionDef))

    def line_given(self, name: str) -> int:
        """The line on which the module gives a name to something; 1 if it does not."""
        lines = [node.lineno for node in self.tree.body if name in _names_given_by(node)]
        return (lines or [1])[0]

    def line_of(self, name: str) -> int:
        """The line of a class ("Person") or of its attribute ("Person.born"); 1 if it is not here."""
        owner, _, attribute = name.partition(".")
        line = 1
        for node in self.tree.body:
            if isinstance(node, ast.ClassDef) and node.name == owner:
                inner = [each.lineno for each in node.body if attribute in _names_given_by(each)]
                line = (inner or [node.lineno])[0]
        return line


def read(directory: Path, name: str, siblings: list[str]) -> tuple[Source | None, list[Finding]]:
    """The module's source, and what in it is no law; there is no source if it is no Python."""
    file = f"{name}.py"
    try:
        text = (directory / file).read_text(encoding="utf-8")
        tree = ast.parse(text)
        compile(text, file, "exec", dont_inherit=True)
    except FileNotFoundError:
        return None, [
            Finding(
                file=file,
                line=1,
                what="pack.toml names a module that is not there",
                write_instead="the file, or `law` without it",
            )
        ]
    except (SyntaxError, UnicodeDecodeError, ValueError) as error:
        line = getattr(error, "lineno", None) or 1
        return None, [
            Finding(file=file, line=line, what=f"This is not Python: {error}", write_instead="Python 3.11")
        ]
    refusals = [refused for statement in tree.body for refused in _refusals(statement, siblings)]
    findings = [refused.finding(file) for refused in (*refusals, *_written_twice(tree))]
    return Source(name=name, file=file, tree=tree), findings


def _written_twice(tree: ast.Module) -> Iterator[Refused]:
    """Python would keep the last one and say nothing."""
    first: dict[str, int] = {}
    for node in tree.body:
        for name in _names_given_by(node):
            if name in first:
                what = f"{name} is already there, on line {first[name]}"
                yield Refused(node, what, "another name, or a version: since=..., replaces=...")
            first.setdefault(name, node.lineno)


def _names_given_by(node: ast.stmt) -> list[str]:
    match node:
        case ast.FunctionDef(name=name) if not _is_version(node):
            return [name]
        case ast.ClassDef(name=name):
            return [name]
        case ast.Assign(targets=targets):
            return [target.id for target in targets if isinstance(target, ast.Name)]
        case ast.AnnAssign(target=ast.Name(id=name)):
            return [name]
        case _:
            return []


def _is_version(node: ast.FunctionDef) -> bool:
    calls = [call for call in node.decorator_list if isinstance(call, ast.Call)]
    return any(keyword.arg == "replaces" for call in calls for keyword in call.keywords)


def _refusals(statement: ast.stmt, siblings: list[str]) -> Iterator[Refused]:
    try:
        _check(statement, siblings)
    except Refused as refused:
        yield refused


def _check(statement: ast.stmt, siblings: list[str]) -> None:
    match statement:
        case ast.Expr(value=ast.Constant(value=str())):
            return
        case ast.ImportFrom():
            _check_import(statement, siblings)
        case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
            _check_constant(value)
        case ast.FunctionDef():
            _check_function(statement)
        case ast.ClassDef():
            _check_class(statement)
        case _:
            what = f"This is no law: {ast.unparse(statement).splitlines()[0]}"
            raise Refused(
                statement, what, "imports from duly.law, constants, classes and decorated functions only"
            )


def _check_import(statement: ast.ImportFrom, siblings: list[str]) -> None:
    if statement.level == 0 and statement.module in ALLOWED_IMPORTS:
        return
    named = [statement.module] if statement.module else [alias.name for alias in statement.names]
    if statement.level == 1 and set(named) <= set(siblings):
        return
    what = f"A law module imports {', '.join(str(name) for name in named)}"
    raise Refused(
        statement, what, "imports from duly.law and from the modules that pack.toml lists under `law`"
    )


def _check_function(statement: ast.FunctionDef) -> None:
    if len(statement.decorator_list) != 1:
        raise Refused(statement, f"{statement.name} is no rule", "@rule(law=...) above it, and nothing else")
    _check_constant(statement.decorator_list[0])


def _check_class(statement: ast.ClassDef) -> None:
    if len(statement.bases) != 1 or statement.keywords or statement.decorator_list:
        raise Refused(
            statement,
            f"{statement.name} is no class of the vocabulary",
            "class X(Subject), Link, Choice or Record",
        )
    for inner in statement.body:
        match inner:
            case ast.Expr(value=ast.Constant(value=str())):
                pass
            case ast.Assign(value=value) | ast.AnnAssign(value=ast.expr() as value):
                _check_constant(value)
            case ast.AnnAssign(value=None) if _is_record(statement):
                pass
            case _:
                raise Refused(
                    inner, f"{statement.name} holds more than attributes", "name: type = attribute(...)"
                )


def _is_record(statement: ast.ClassDef) -> bool:
    """Fields of a record have a type and no value; elsewhere that would declare nothing."""
    base = statement.bases[0]
    return isinstance(base, ast.Name) and base.id not in ("Subject", "Link", "Choice")


def _check_constant(value: ast.expr) -> None:
    for inner in ast.walk(value):
        if isinstance(
            inner, ast.Lambda | ast.GeneratorExp | ast.ListComp | ast.DictComp | ast.SetComp | ast.Await
        ):
            raise Refused(
                inner, f"This is computed: {ast.unparse(inner)}", "a constant; what is computed is a rule"
            )
        if isinstance(inner, ast.Call) and not isinstance(inner.func, ast.Name):
            raise Refused(inner, f"This is called: {ast.unparse(inner.func)}", "a word of duly.law")
