"""A rule called as plain Python sees the facts, the rates and the day of one situation.

The situation stands in a context variable, so a law module needs no parameter for it. Outside of
one, attributes and rates are only references.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from typing import Final, Protocol

from duly.errors import BadInput

__all__ = [
    "ABSENT",
    "UNKNOWN",
    "Contradiction",
    "Missing",
    "NotKnown",
    "Situation",
    "current",
    "looking",
    "needed",
]


class Missing(Enum):
    """What stands in a history where there is no value. Neither is true or false."""

    UNKNOWN = "unknown"
    ABSENT = "absent"

    def __bool__(self) -> bool:
        raise TypeError(f"{self.name} is neither true nor false; compare it with `is`")


UNKNOWN: Final = Missing.UNKNOWN
"""It is not known, or the sources contradict each other."""

ABSENT: Final = Missing.ABSENT
"""No assertion holds from this day on; the vocabulary says what that means."""


class NotKnown(BadInput):
    """A rule called as plain Python read a fact that is unknown. `fact` names the attribute."""

    def __init__(self, fact: str) -> None:
        super().__init__(
            "A fact is unknown",
            detail=f"{fact} is unknown on this day, and plain Python has no answer for that.",
            hint="Use duly.law.interpret, which carries unknown through the rules.",
        )
        self.fact = fact


class Contradiction(BadInput):
    """Two exceptions to a rule called as plain Python apply and disagree, and neither goes first."""

    def __init__(self, rule: str) -> None:
        super().__init__(
            "The law contradicts itself",
            detail=f"Two exceptions to {rule} apply here and disagree, and neither goes before the other.",
            hint="Say over=(...) in the exception that goes before.",
        )
        self.rule = rule


class Situation(Protocol):
    """What a rule called as plain Python looks at."""

    @property
    def day(self) -> int: ...

    def at(self, day: int) -> Situation:
        """The same facts on another day."""
        ...

    def read(self, attribute: str, subject: int, member: int) -> object:
        """The fact as an author's value (a `Choice`, a `Money`, a `Day`); raises `NotKnown`."""
        ...

    def links(self, relation: str, subject: int) -> Sequence[tuple[int, int, int]]:
        """(other subject, owning subject, member) of each link there ever was."""
        ...

    def rate(self, name: str) -> object:
        """The amount on the current day, `None` where there is none."""
        ...


_current: ContextVar[Situation | None] = ContextVar("duly_situation", default=None)


def current() -> Situation | None:
    """The situation that the running rule sees, if one is being called."""
    return _current.get()


def needed(what: str) -> Situation:
    """The situation, or an error that says why there must be one."""
    situation = _current.get()
    if situation is None:
        raise BadInput(
            "No situation",
            detail=f"{what} was used where no facts and no day are being looked at.",
            hint="Call the rule through duly.law.plain, or inside `with looking(situation):`.",
        )
    return situation


@contextmanager
def looking(situation: Situation) -> Generator[None]:
    """Inside, rules called as plain Python see `situation`."""
    token = _current.set(situation)
    try:
        yield
    finally:
        _current.reset(token)
