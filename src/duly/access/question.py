"""Whatever is read or done, one question is asked first; everything that the answer may rest on is in it.

`opening` asks whether a category of data may be opened, `doing` whether a deed may be done somewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from duly.access.actor import Actor

__all__ = ["UNMARKED", "Deed", "Question", "Relation", "State", "doing", "opening"]


class Deed(StrEnum):
    """What can be done. The schema of policies (`duly.cedarschema`) has the same as actions."""

    OPEN = "open"
    # sources
    REPORT = "report"
    # people
    CHOOSE = "choose"
    CLAIM = "claim"
    CONTEST = "contest"
    COMPLAIN = "complain"
    WATCH = "watch"
    DELEGATE = "delegate"
    # officers
    DECIDE = "decide"
    APPROVE = "approve"
    RELEASE = "release"
    ENTER = "enter"
    FORGET = "forget"
    # keepers
    SERVE = "serve"
    INSPECT = "inspect"
    REPLAY = "replay"
    ADMIT = "admit"
    RUN = "run"
    PUBLISH = "publish"
    KEEP_KEYS = "keep-keys"
    # law
    PROPOSE = "propose"
    DRY_RUN = "dry-run"
    SIGN = "sign"
    VOUCH = "vouch"
    ANNOUNCE = "announce"
    ENACT = "enact"


class Relation(StrEnum):
    """Why this actor may look at this subject, or act for it."""

    OWN = "own"
    GUARDIAN = "guardian"
    DELEGATE = "delegate"
    AGENT = "agent"
    ASSIGNED = "assigned"
    LOOKED_UP = "looked-up"
    NONE = "none"


class State(StrEnum):
    """What is to be minded of a subject, or of what is opened."""

    CONTESTED = "contested"
    SEALED = "sealed"
    PROTECTED = "protected"


UNMARKED: Final[frozenset[State]] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """May the actor do this? `category` is what would be opened, `at` the organisation of any other deed.

    A report is at the register that the source speaks for; what people and officers do is at the agency that
    it concerns.
    """

    actor: Actor
    deed: Deed
    purpose: str
    legal_basis: str
    category: str
    at: str
    relation: Relation
    state: frozenset[State]

    def __post_init__(self) -> None:
        opens = self.deed is Deed.OPEN
        if opens != bool(self.category) or opens == bool(self.at):
            raise ValueError(f"to {self.deed} {self.category!r} at {self.at!r} is no question")


def opening(
    actor: Actor,
    *,
    purpose: str,
    legal_basis: str,
    category: str,
    relation: Relation = Relation.NONE,
    state: frozenset[State] = UNMARKED,
) -> Question:
    """May the category be opened?"""
    return Question(
        actor=actor,
        deed=Deed.OPEN,
        purpose=purpose,
        legal_basis=legal_basis,
        category=category,
        at="",
        relation=relation,
        state=state,
    )


def doing(
    actor: Actor,
    deed: Deed,
    at: str,
    *,
    relation: Relation = Relation.NONE,
    state: frozenset[State] = UNMARKED,
) -> Question:
    """May the deed be done at the organisation?"""
    return Question(
        actor=actor,
        deed=deed,
        purpose="",
        legal_basis="",
        category="",
        at=at,
        relation=relation,
        state=state,
    )
