"""What is wrong with a pack is a list of findings, each with its place and what to write instead."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from duly.errors import BadInput

__all__ = ["Finding", "LawRefused", "Refused", "line_with", "nearest"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """File relative to the pack, 1-based line, what was found, and what to write instead."""

    file: str
    line: int
    what: str
    write_instead: str


class LawRefused(BadInput):
    """The pack cannot be loaded; `findings` says why, in order of place."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        first = findings[0]
        more = f" And {len(findings) - 1} more." if len(findings) > 1 else ""
        super().__init__(
            "The law is refused",
            detail=f"{first.what}{more}",
            where=f"{first.file}:{first.line}",
            hint=f"Write {first.write_instead}",
        )
        self.findings = tuple(findings)


class Refused(Exception):  # noqa: N818 - it is caught and becomes a finding
    """One place of the law cannot be read; becomes a finding with the file's name."""

    def __init__(self, node: ast.AST, what: str, write_instead: str) -> None:
        super().__init__(what)
        self.line = int(getattr(node, "lineno", 1))
        self.what = what
        self.write_instead = write_instead

    def finding(self, file: str) -> Finding:
        """The record that is shown."""
        return Finding(file=file, line=self.line, what=self.what, write_instead=self.write_instead)


def line_with(file: Path, words: str) -> int:
    """The first line of a file that begins with these words, or else has them; 1 if none does."""
    lines = file.read_text(encoding="utf-8").splitlines() if file.is_file() else []
    begin = [n for n, line in enumerate(lines, start=1) if line.lstrip().startswith(words)]
    have = [n for n, line in enumerate(lines, start=1) if words in line]
    return (begin or have or [1])[0]


def nearest(wrong: str, known: Iterable[str], otherwise: str) -> str:
    """The known word that was probably meant, or else this."""
    near = get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return near[0] if near else otherwise
