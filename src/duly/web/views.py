"""What a page shows, as plain records of finished text: a template lays out and decides nothing.

Every string here is already in the reader's language and already for the reader: what may not be shown to
them was left out before a record of this module was made. An empty string or tuple means "do not show".
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

__all__ = [
    "CaseItem",
    "CasePage",
    "CaseRow",
    "ChoiceShown",
    "Coming",
    "Cosigning",
    "DisputeShown",
    "FactShown",
    "Frame",
    "Gathered",
    "Headline",
    "LedgerPage",
    "LetterShown",
    "Missing",
    "Option",
    "PaymentShown",
    "PeriodShown",
    "PersonPage",
    "Reason",
    "RecordPage",
    "Service",
    "State",
    "Tab",
    "UseShown",
    "UsesPage",
]


class State(Enum):
    """What the colour of a tag says; the words beside it say it too."""

    DONE = "green"
    WAITING = "yellow"
    NONE = "grey"
    UNKNOWN = "blue"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """One entry of the navigation; `here` marks the page that is shown."""

    text: str
    href: str
    here: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to answer a question."""

    value: str
    text: str
    hint: str
    chosen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What stands around every page: language, direction, navigation, who is signed in, the form's token."""

    language: str
    direction: str
    languages: tuple[Tab, ...]
    place: str
    home: str
    tabs: tuple[Tab, ...]
    signed_in: str
    demo: bool
    token: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactShown:
    """A value, where it came from and since when. `who` is whose fact it is ("you", "Emma").

    `contested` says that somebody said it is wrong, and when.
    """

    what: str
    who: str
    value: str
    since: str
    source: str
    recorded: str
    contested: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule, said aloud: its sentence, its law, what it came to, what that rests on, the rules below it.

    `rates` are figures of the law, each with its source; `alike` says for whom else the same holds.
    """

    sentence: str
    law: str
    result: str
    facts: tuple[FactShown, ...]
    rates: tuple[str, ...]
    alike: str
    parts: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A fact that would settle what is not known, and the register that holds it."""

    what: str
    who: str
    register: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodShown:
    """Months (or days) with one value."""

    when: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentShown:
    """One payment: the month that it is for, the day it was made, the amount."""

    month: str
    paid: str
    amount: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One programme for one holder about one subject, as its reader sees it."""

    anchor: str
    title: str
    agency: str
    state: State
    label: str
    what: str
    why: str
    law: str
    law_version: str
    data: tuple[str, ...]
    decided: str
    cause: str
    periods: tuple[PeriodShown, ...]
    payments: tuple[PaymentShown, ...]
    missing: tuple[Missing, ...]
    different: tuple[str, ...]
    reason: Reason | None
    contest: str
    ask: str
    outlook: str
    choose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What was looked at and is not due under one programme, for one reason, whatever number of children."""

    anchor: str
    title: str
    state: State
    label: str
    what: str
    missing: tuple[Missing, ...]
    different: tuple[str, ...]
    items: tuple[Service, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """What happens next, and when."""

    when: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UseShown:
    """One use of the reader's data. `index` is its place in the ledger; None until the ledger has one.

    `receipt` is where its receipt is, "" until then.
    """

    when: str
    who: str
    purpose: str
    legal_basis: str
    facts: str
    about: str
    index: int | None
    receipt: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """The first thing said: whether anything is wanted of the reader."""

    wanted: bool
    label: str
    text: str
    more: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage:
    """What was done for a person and their children, what comes, what was looked at, who used their data."""

    name: str
    headline: Headline
    services: tuple[Service, ...]
    coming: tuple[Coming, ...]
    considered: tuple[Gathered, ...]
    uses: tuple[UseShown, ...]
    use_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesPage:
    """Every use of a person's data, newest first; `withheld` says in words what is left out, and why.

    `sealed` says how many uses stay hidden for now.
    """

    uses: tuple[UseShown, ...]
    own_shown: bool
    withheld: str
    older: bool
    sealed: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigning:
    """A witness of the ledger: what it does, and the newest size that it cosigned."""

    name: str
    said: str
    size: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerPage:
    """The ledger in public: its newest checkpoint, whether that counts, its witnesses, and what is wrong."""

    checkpoint: str
    counts: str
    witnesses: tuple[Cosigning, ...]
    alarms: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoiceShown:
    """A question that the person may answer, with what holds now."""

    field: str
    question: str
    hint: str
    action: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterShown:
    """A notice: its list entry, and its text when it is opened ("" in the list)."""

    number: int
    when: str
    subject: str
    language: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRow:
    """A case in an officer's list. It names nobody: who it is about is opened with the case."""

    number: int
    opened: str
    programme: str
    reason: str
    people: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeShown:
    """A contested fact in a case: what it says, what the person says, what the register answered.

    `finding` is the question that an officer may answer by a finding, "" if there is none.
    """

    name: str
    action: str
    fact: str
    held: str
    register: str
    said_on: str
    words: str
    right: str
    asked_until: str
    answer: str
    finding: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseItem:
    """One entitlement in a case: what is proposed, why it waits, the facts that the machine saw."""

    anchor: str
    programme: str
    law: str
    holder: str
    about: str
    reason: str
    changes: tuple[PeriodShown, ...]
    facts: tuple[FactShown, ...]
    disputes: tuple[DisputeShown, ...]
    explanation: Reason | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """What a person has to decide. `more` entitlements of a large case are not opened; it has a `source`."""

    number: int
    opened: str
    agency: str
    reason: str
    people: str
    source: str
    items: tuple[CaseItem, ...]
    more: int
    may_answer: bool
    why_not: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPage:
    """A person's record as an officer's purpose lets it be seen, and the words of the use that it left."""

    who: str
    purpose: str
    legal_basis: str
    reason: str
    facts: tuple[FactShown, ...]
    categories: str
