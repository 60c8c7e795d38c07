"""How results and errors look on a terminal: tables and progress for people, JSON for programs."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from rich.console import Console
from rich.markup import escape

from duly.errors import DulyError

__all__ = ["failed", "out", "print_json", "time_of", "warn"]

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
out = Console()
_errors = Console(stderr=True)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def time_of(instant: int) -> str:
    """An instant as people and programs read it, to the second."""
    return (EPOCH + timedelta(microseconds=instant)).isoformat(timespec="seconds")


def warn(text: str) -> None:
    """A line for a person on standard error, whatever is printed besides."""
    _errors.print(escape(text), style="yellow", highlight=False)


def failed(error: DulyError) -> int:
    """Say what was wrong, where, and what to do; the exit code that fits."""
    _errors.print(f"[bold red]{escape(error.title)}[/]", highlight=False)
    for label, text in (("what", error.detail), ("where", error.where), ("do", error.hint)):
        if text:
            _errors.print(f"  [dim]{label:>5}[/]  {escape(text)}", highlight=False)
    if error.status == 503:
        return 3
    return 70 if error.status >= 500 else 2
