"""What an explanation is: a rule's answer with what decided it; at the root, also what was asked.

The root says the outlook, too. It speaks as a page of words and as a document for programs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from duly.errors import OurFault
from duly.law.next_change import Change
from duly.law.outlook import Instead
from duly.law.page import page
from duly.law.phrases import Phrases

__all__ = ["Explanation", "FactUsed", "RateUsed", "Subject"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactUsed:
    """A fact that was decisive, first looked at on `day`. `value` is canonical, `told` the same in words.

    `since`: from which day the fact holds ("" since ever). `reported` says that a register told it; else it
    is what the vocabulary says that the register's silence means.
    """

    subject: int
    who: str
    attribute: str
    member: int
    day: str
    known: bool
    value: Any
    told: str
    register: str
    since: str
    reported: bool
    provenance: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RateUsed:
    """A rate that was decisive: in force since a day ("" since ever), and where it stands.

    `provisional`: beyond the days for which the source gives it, the last amount runs on.
    """

    name: str
    day: str
    known: bool
    value: Any
    told: str
    since: str
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the root was asked: the pack and its content, the programme, of whom, when, in which language."""

    pack: str
    law: str
    programme: str
    holder: str
    about: str
    day: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One rule's answer, and what decided it. `alike` are the others for whom the same holds.

    The root also says what it was `asked`, which facts are `needed`, what would have to `differ` (sentences
    of rules, and in `instead` single facts with what they would lead to), and when it `changes` by itself.
    """

    rule: str
    sentence: str
    law: str
    days: tuple[str, ...]
    known: bool
    value: Any
    told: str
    facts: tuple[FactUsed, ...]
    rates: tuple[RateUsed, ...]
    children: tuple[Explanation, ...]
    alike: tuple[str, ...]
    needed: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    instead: tuple[Instead, ...] = ()
    changes: Change | None = None
    asked: Subject | None = None
    phrases: Phrases | None = field(default=None, compare=False, repr=False)

    def text(self) -> str:
        """All of it in words, at most a page."""
        return "\n".join(page(self, self.root()[1]))

    def root(self) -> tuple[Subject, Phrases]:
        """What the root was asked, and how it speaks; a part of it was not asked by anybody."""
        if self.asked is None or self.phrases is None:
            raise OurFault("This is a part of an explanation", detail="Only the whole is told.")
        return self.asked, self.phrases

    def document(self) -> Mapping[str, Any]:
        """The stable form, version 1 (docs/reference/explanation.schema.json)."""
        from duly.law.document import document

        return document(self)
