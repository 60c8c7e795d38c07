"""What is to be minded of a subject is looked up inside the vault, whoever opens it and whatever they forgot.

It is asked after decryption and before anything is given out, for everybody who does not act for themselves
and is no machine. The looking up opens the same of everybody and leaves the same entry, so that no row tells
who is protected.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final, Protocol

from sqlalchemy import Connection

from duly.access import UNMARKED, Question, Relation, State
from duly.vault.uses import Use

if TYPE_CHECKING:
    from duly.vault.vault import Vault

__all__ = ["NOBODY", "Nobody", "States", "concerns", "questions"]

_FOR_ANOTHER: Final = frozenset({Relation.GUARDIAN, Relation.DELEGATE, Relation.AGENT})
Marked = Mapping[int, frozenset[State]]


class States(Protocol):
    """What the vault has to know of subjects; `duly.facts.States` is one."""

    def of(self, conn: Connection, vault: Vault, subjects: Iterable[int]) -> Marked:
        """The states of those that have any, looked up by machine in the caller's write transaction."""
        ...


class Nobody:
    """Where there is no vocabulary that marks anybody."""

    def of(self, conn: Connection, vault: Vault, subjects: Iterable[int]) -> Marked:
        return {}


NOBODY: Final[States] = Nobody()


def concerns(use: Use) -> bool:
    """Whether the use is an officer's, or a person's who acts for another."""
    return bool(use.actor.officer) or use.relation in _FOR_ANOTHER


def questions(use: Use, opened: Iterable[tuple[int, str]], marked: Marked) -> Iterator[tuple[str, Question]]:
    """By category what has to be permitted before these (subject, category) are given out."""
    for state, category in {(marked.get(subject, UNMARKED), category) for subject, category in opened}:
        yield category, replace(use, state=use.state | state).asks(category)
