"""What the pages of facts show, as plain records of finished text, as in `duly.web.views`."""

from __future__ import annotations

from dataclasses import dataclass

from duly.web.said import Wrong
from duly.web.views import Option

__all__ = ["ContestShown", "FactKind", "FactRow", "FactsPage", "OutlookPage", "WrongPage"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One fact over some days. `wrong` is where to say that it is wrong, "" where that is not for a register.

    `contested` says that the reader did so. `mark` names the fact in links, and tells nothing; `member` and
    `said` are not shown: they say which fact it is, without what the other end of a link is called.
    """

    mark: str
    what: str
    who: str
    value: str
    when: str
    source: str
    recorded: str
    used_for: str
    contested: str
    wrong: str
    member: int
    said: Wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class FactKind:
    """The facts of one category, and who may see them for what."""

    title: str
    seen_by: tuple[str, ...]
    rows: tuple[FactRow, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContestShown:
    """What the reader said is wrong, and how it stands; `take_back` is "" where it is over."""

    mark: str
    what: str
    said_on: str
    words: str
    state: str
    answers: tuple[str, ...]
    take_back: str
    said: Wrong


@dataclass(frozen=True, slots=True, kw_only=True)
class FactsPage:
    """Everything that is known of the reader. `withheld` says that something is left out, and why."""

    kinds: tuple[FactKind, ...]
    contests: tuple[ContestShown, ...]
    withheld: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WrongPage:
    """The form about one fact: `options` are values that it can have; without any, words are taken."""

    fact: FactRow
    options: tuple[Option, ...]
    free: bool
    register: str
    days: int
    law: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OutlookPage:
    """What would change a decision: single facts, what they would lead to, what changes by itself."""

    title: str
    now: str
    instead: tuple[str, ...]
    differ: tuple[str, ...]
    needed: tuple[str, ...]
    by_itself: tuple[str, ...]
    back: str
