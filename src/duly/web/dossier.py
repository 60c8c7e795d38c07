"""What the stages know of a person's services, gathered for one reader, before it is put in words.

Whoever fills these records has already left out what is not for the reader; days are counted from 1970-01-01,
money is in minor units, instants are in microseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias

from duly.vault import Seal
from duly.web.views import FactShown, Missing, Reason

__all__ = ["Dossier", "Due", "Held", "Paid", "Step", "Unknown", "UseMade", "Waiting"]


class Unknown(Enum):
    """The value of a stretch that no fact settles yet."""

    UNKNOWN = "unknown"


Due: TypeAlias = Mapping[str, object] | Unknown | None
"""A grant's fields (money in minor units), nothing, or not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """From this day on, until the next step, this is due; nothing was decided before the first step."""

    start: int
    value: Due


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment: the first day of the month that it is for, the day it was made, the amount."""

    month: int
    day: int
    amount: int


class Waiting(Enum):
    """Why what is due does not act yet."""

    NO = "no"
    PERSON = "person"
    DEATH = "death"


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """One entitlement as its reader may know it.

    `about` is what the reader calls the one it is about ("" if that is the reader). `key` names it in links.
    `cause` is the event that set it off, in words ("" where it may not be told). From `provisional` on the
    amount rests on a rate that is not set yet.
    """

    key: str
    programme: str
    agency: str
    law: str
    sentence: str
    about: str
    monthly: bool
    steps: tuple[Step, ...]
    provisional: int | None
    waiting: Waiting
    missing: tuple[Missing, ...]
    different: tuple[str, ...]
    facts: tuple[FactShown, ...]
    reason: Reason | None
    payments: tuple[Paid, ...]
    decided: int
    by_person: bool
    law_version: str
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseMade:
    """One use as the ledger has it; `own`: the reader's own visit, `reason`: why a case was so answered.

    `mark` is what the ledger holds of it, in hexadecimal digits; `seal`: by what it was hidden first. `words`
    say what a use that another agency made with its `system` and reports was for; they are "" for a use that
    Duly made.
    """

    at: int
    organisation: str
    officer: str
    purpose: str
    legal_basis: str
    categories: tuple[str, ...]
    about: str
    reason: str
    index: int | None
    own: bool
    mark: str
    system: str
    words: str
    seal: Seal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dossier:
    """All of it for one person, on one day. `account` says whether there is an account to pay to."""

    name: str
    today: int
    account: bool
    held: tuple[Held, ...]
    uses: tuple[UseMade, ...]
