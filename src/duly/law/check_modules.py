"""What the other modules of a pack (events and the like) name of its vocabulary exists.

They run only when a message comes; a name that is wrong would be found by the first who sends one.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast

from duly.law.bundle import is_part
from duly.law.findings import Finding, nearest

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["findings"]


def findings(pack: Pack) -> Iterator[Finding]:
    """Each module that is no Python, and each name in it that the vocabulary does not have."""
    law = cast(list[str], pack.settings["law"])
    classes = {**pack.vocabulary.kinds, **pack.vocabulary.links, **pack.vocabulary.choices}
    for file in sorted(pack.directory.glob("*.py")):
        if file.stem not in law and is_part(Path(file.name)):
            yield from _module(file, classes)


def _module(file: Path, classes: Mapping[str, type]) -> Iterator[Finding]:
    try:
        tree = ast.parse(file.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError) as error:
        line = getattr(error, "lineno", None) or 1
        yield Finding(
            file=file.name, line=line, what=f"This is not Python: {error}", write_instead="Python 3.11"
        )
        return
    named = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            declared = classes.get(named.get(node.value.id, ""))
            if declared is not None and not hasattr(declared, node.attr):
                yield _unknown(file, node, declared)


def _imported(tree: ast.Module) -> dict[str, str]:
    """What the module calls the classes of the vocabulary."""
    imports = [
        node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "vocabulary"
    ]
    return {alias.asname or alias.name: alias.name for node in imports for alias in node.names}


def _unknown(file: Path, node: ast.Attribute, declared: type) -> Finding:
    known = [name for name in dir(declared) if not name.startswith("_")]
    name = declared.__name__
    return Finding(
        file=file.name,
        line=node.lineno,
        what=f"There is no {name}.{node.attr}",
        write_instead=f"{name}.{nearest(node.attr, known, 'one of ' + ', '.join(known))}",
    )
