"""Marked people: what of theirs is decrypted, seen below the vault, and what the ledger says of it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from web_town import Town

import duly
from duly.app import App
from duly.vault import Identifier, Used, opening, vault
from duly.web.circle import insight

SOURCE = Path(duly.__file__ or "").parent
OPENERS = {"open", "open_shared", "identifiers_of"}
"""What opens, called on a vault or on an opening of many."""
WHERE = ("vault", "opening", "_opening")


class Site(NamedTuple):
    """A function of the code that opens something."""

    file: str
    function: str


class Watch:
    """Notes what is decrypted of marked people, and where it was asked for."""

    def __init__(self, town: Town, marked: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
        self._town, self._marked = town, marked
        self._opened: set[tuple[int, str]] = set()
        self.lines: set[tuple[str, int]] = set()
        self._entered: set[bytes] = set()
        self._instead(monkeypatch, vault, "open_box", lambda args: [(args[1].subject, args[1].category)])
        self._instead(
            monkeypatch, vault, "open_shared", lambda args: [(n, args[1].category) for n in args[1].subjects]
        )
        self._instead(monkeypatch, opening.Opening, "open", lambda args: [row[:2] for row in args[1]])

    def _instead(
        self,
        monkeypatch: pytest.MonkeyPatch,
        of: Any,
        name: str,
        told: Callable[[Sequence[Any]], list[tuple[int, str]]],
    ) -> None:
        real = getattr(of, name)

        def noted(*args: Any) -> Any:
            self._note(told(args))
            return real(*args)

        monkeypatch.setattr(of, name, noted)

    def _note(self, opened: Iterable[tuple[int, str]]) -> None:
        self._opened.update(opened)
        frame = sys._getframe(2)
        while frame is not None:
            file = Path(frame.f_code.co_filename)
            if SOURCE in file.parents:
                self.lines.add((str(file.relative_to(SOURCE)), frame.f_lineno))
            frame = frame.f_back

    def _uses(self, app: App) -> list[Used]:
        subjects = self._subjects()
        with app.store.read() as conn:
            return [
                used
                for subject in subjects
                for used in app.vault.uses(conn, insight(app.pack), subject, limit=100_000)
            ]

    def _subjects(self) -> list[int]:
        """The marked, as far as they are known yet."""
        names = [Identifier("no.fnr", person) for person in self._marked]
        with self._town.app.store.read() as conn:
            return sorted(self._town.app.vault.find(conn, names).values())

    def take(self, what: str, restored: App | None = None) -> set[str]:
        """The categories opened of the marked since; each has an entry: who, what for, by which law.

        The entries of what restoring a database opened are in that database.
        """
        marked = set(self._subjects())
        opened, self._opened = {one for one in self._opened if one[0] in marked}, set()
        found = self._uses(restored or self._town.app)
        new = [used for used in found if used.commitment not in self._entered]
        self._entered |= {used.commitment for used in new}
        said = {(used.subject, category) for used in new for category in used.use.categories}
        assert opened <= said, (what, opened - said)
        for used in new:
            assert used.use.actor.organisation, what
            assert used.use.actor.system or used.use.actor.officer, what
            assert used.use.purpose, what
            assert used.use.legal_basis, (what, used.use)
        return {category for _, category in opened}


def sites() -> dict[Site, range]:
    """Every function outside the vault that opens something, with its lines."""
    found: dict[Site, range] = {}
    for file in sorted(SOURCE.rglob("*.py")):
        name = str(file.relative_to(SOURCE))
        if not name.startswith("vault/"):
            tree = ast.parse(file.read_text())
            for node in ast.walk(tree):
                if isinstance(node, ast.FunctionDef) and any(map(_opens, ast.walk(node))):
                    found[Site(name, node.name)] = range(node.lineno, (node.end_lineno or node.lineno) + 1)
    return found


def reached(lines: Iterable[tuple[str, int]]) -> set[Site]:
    """The sites that some of these lines lie in."""
    seen = set(lines)
    return {site for site, span in sites().items() if any(f == site.file and n in span for f, n in seen)}


def _opens(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    on = ast.unparse(node.func.value).rpartition(".")[2]
    return node.func.attr == "identifiers_of" or (node.func.attr in OPENERS and on in WHERE)
