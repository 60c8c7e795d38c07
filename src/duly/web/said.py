"""What people and officers decide on the pages comes in as an event, through the inbox like any register's.

Which event that is, the pack says in `notices/forms.toml`. The event's id is random: saying the same twice is
two events, of which the later one stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final, NamedTuple
from uuid import uuid4
from weakref import WeakKeyDictionary

import msgspec

from duly.access import SELF, Actor, Deed, Relation, doing
from duly.clock import Clock
from duly.errors import OurFault
from duly.events import Source, read_envelope
from duly.facts import Contest, intake_use
from duly.law import Pack
from duly.notices.people import roles
from duly.timeline import BEGIN, END_OF_TIME, to_iso
from duly.vault import Identifier
from duly.web.asked import PAGES, actor_of
from duly.web.session import Session

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from duly.app import App

__all__ = [
    "SELF_REGISTER",
    "DeliveryForm",
    "FindingForm",
    "Forms",
    "Wrong",
    "answer_case",
    "ask_erasure",
    "ask_human",
    "choose_delivery",
    "choose_recipient",
    "contest",
    "contest_fact",
    "find",
    "forms",
    "settle_contest",
    "take_back",
]

SELF_REGISTER: Final = "self"
INTAKE: Final = "intake"
IDENTIFIER: Final = "identifier"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SAYING: Final = Lock()
_LAST: Final[WeakKeyDictionary[Clock, int]] = WeakKeyDictionary()
"""By clock, when something was last said here."""


class DeliveryForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A choice of delivery: the attribute that holds it, and the event whose `field` says it."""

    attribute: str
    type: str
    field: str
    data: dict[str, str]


class FindingForm(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What an officer may find about a contested fact: the event, and its fields for whom and for yes or no.

    `other` is the field for the other end of a link, "" if there is none; `question` is by language.
    """

    type: str
    who: str
    answer: str
    data: dict[str, str]
    question: dict[str, str]
    other: str = ""


class Forms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Event types by what is said; `answers` and `settled` by agency, `delivery` by the name of the form.

    `findings` are by the contested fact.
    """

    contest: str
    recipient: str
    fact: str
    ask: str
    erasure: str
    settled: dict[str, str]
    findings: dict[str, FindingForm]
    answers: dict[str, str]
    delivery: dict[str, DeliveryForm]


class Wrong(NamedTuple):
    """A fact that somebody says is wrong, as events name it: days, or None for always; values as JSON."""

    fact: str
    other: str
    first: int | None
    until: int | None
    held: str
    words: str
    right: str

    @classmethod
    def on(cls, fact: str, other: str, first: int, end: int, held: str) -> Wrong:
        """The fact on the days [first, end), before anything is said of it."""
        return cls(
            fact=fact,
            other=other,
            first=None if first <= BEGIN else first,
            until=None if end >= END_OF_TIME else end - 1,
            held=held,
            words="",
            right="",
        )

    @classmethod
    def of(cls, contest: Contest) -> Wrong:
        """The fact that a contest is about."""
        held = msgspec.json.encode(contest.held).decode()
        return cls.on(contest.fact, contest.other, contest.first, contest.end, held)


def forms(pack: Pack) -> Forms:
    """The pack's forms, read once for each of its contents."""
    return _read(pack.directory / "notices" / "forms.toml", pack.hash)


def contest(app: App, subject: int, text: str) -> None:
    """The person says that something is wrong, in their own words."""
    _may(app, Deed.CONTEST)
    data = {"person": number_of(app, subject), "contest": text, "since": today(app)}
    _say(app, SELF_REGISTER, forms(app.pack).contest, data)


def ask_human(app: App, subject: int, programme: str, text: str) -> None:
    """The person wants to talk to a human about a programme."""
    _may(app, Deed.CONTEST)
    data = {"person": number_of(app, subject), "programme": programme, "words": text, "since": today(app)}
    _say(app, SELF_REGISTER, forms(app.pack).ask, data)


def ask_erasure(app: App, subject: int, *, withdrawn: bool) -> None:
    """The person asks that what is known about them be deleted, or takes that back."""
    _may(app, Deed.CLAIM)
    data = {"person": number_of(app, subject), "since": today(app), "withdrawn": withdrawn}
    _say(app, SELF_REGISTER, forms(app.pack).erasure, data)


def contest_fact(app: App, subject: int, said: Wrong) -> None:
    """The person says that a fact about them is wrong."""
    _may(app, Deed.CONTEST)
    more = {name: value for name, value in (("words", said.words), ("right", said.right)) if value}
    _say(app, SELF_REGISTER, forms(app.pack).fact, {**_which(app, subject, said), **more})


def take_back(app: App, subject: int, said: Wrong) -> None:
    """The person takes back what they said of a fact."""
    _may(app, Deed.CONTEST)
    _say(app, SELF_REGISTER, forms(app.pack).fact, {**_which(app, subject, said), "withdrawn": True})


def _which(app: App, subject: int, said: Wrong) -> dict[str, object]:
    told: dict[str, object] = {
        "person": number_of(app, subject),
        "fact": said.fact,
        "held": said.held,
        "since": today(app),
    }
    days = {"first": said.first, "until": said.until}
    told |= {name: to_iso(day) for name, day in days.items() if day is not None}
    return told | ({"end": said.other} if said.other else {})


def choose_delivery(app: App, subject: int, form: DeliveryForm, answer: str) -> None:
    """How the person wants a service delivered, from today on."""
    _may(app, Deed.CHOOSE)
    data = {**form.data, "person": number_of(app, subject), form.field: answer, "since": today(app)}
    _say(app, SELF_REGISTER, form.type, data)


def choose_recipient(app: App, child: int, recipient: int, instead_of: int) -> None:
    """Who receives what is due for a child, from today on."""
    _may(app, Deed.CHOOSE)
    data = {
        "child": number_of(app, child),
        "recipient": number_of(app, recipient),
        "instead_of": number_of(app, instead_of),
        "since": today(app),
    }
    _say(app, SELF_REGISTER, forms(app.pack).recipient, data)


def answer_case(app: App, officer: Session, *, case: int, verdict: str, reason: str) -> None:
    """An officer's answer to a case of their agency."""
    agency = officer.agency
    app.policy.require(doing(actor_of(officer), Deed.DECIDE, agency, relation=Relation.ASSIGNED))
    data = {"case": str(case), "officer": officer.officer, "verdict": verdict, "reason": reason}
    _say(app, agency, forms(app.pack).answers[agency], data)


def settle_contest(
    app: App, officer: Session, *, subject: int, contest: str, verdict: str, reason: str
) -> None:
    """An officer says of a contested fact that the person is right, or that the fact stands."""
    agency = officer.agency
    app.policy.require(doing(actor_of(officer), Deed.DECIDE, agency, relation=Relation.ASSIGNED))
    data = {"person": number_of(app, subject), "contest": contest, "verdict": verdict, "reason": reason}
    _say(app, agency, forms(app.pack).settled[agency], {**data, "since": today(app)})


def find(app: App, officer: Session, form: FindingForm, *, subject: int, said: Wrong, holds: bool) -> None:
    """An officer's finding about a contested fact, for the days that are contested."""
    app.policy.require(doing(actor_of(officer), Deed.DECIDE, officer.agency, relation=Relation.ASSIGNED))
    days = {"since": said.first, "until": said.until}
    data: dict[str, object] = {**form.data, form.who: number_of(app, subject), form.answer: holds}
    data |= {name: to_iso(day) for name, day in days.items() if day is not None}
    if form.other:
        data[form.other] = said.other.partition(" ")[2]
    _say(app, officer.agency, form.type, data)


def _may(app: App, deed: Deed) -> None:
    """Denied unless people may do it for themselves at the agency that takes in what they say."""
    person = Actor(organisation=SELF, system=PAGES, officer="")
    at = str(app.pack.section(INTAKE)["organisation"])
    app.policy.require(doing(person, deed, at, relation=Relation.OWN))


def today(app: App) -> str:
    """The clock's day as events write days."""
    return to_iso(app.clock.today())


def number_of(app: App, subject: int) -> str:
    """The number by which registers know a person, opened to take in what was said."""
    use = intake_use(app.pack, {IDENTIFIER})

    def read(conn: Connection) -> list[Identifier]:
        return app.vault.identifiers_of(conn, use, subject)

    scheme = roles(app.pack).scheme
    found = [one.value for one in app.vault.disclose(use, read) if one.scheme == scheme]
    if not found:
        raise OurFault("A person without a number", detail=f"None of scheme {scheme} is known.")
    return found[0]


def _say(app: App, register: str, kind: str, data: Mapping[str, object]) -> None:
    source = Source(uri=f"urn:duly:pages:{register}", register=register, keys=())
    now = _moment(app)
    event = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": source.uri,
        "type": kind,
        "time": (EPOCH + timedelta(microseconds=now)).isoformat(),
        "data": data,
    }
    outcomes = app.intake.take(source, [read_envelope(msgspec.json.encode(event))])
    for outcome in outcomes:
        if outcome.problem is not None:
            raise outcome.problem


def _moment(app: App) -> int:
    """The clock's instant, and later than what was said before, though the clock may stand meanwhile.

    Of two things that were said of one day the later one stands, so no two may have one instant.
    """
    with _SAYING:
        told = max(app.clock.now(), _LAST.get(app.clock, 0) + 1)
        _LAST[app.clock] = told
    return told


@lru_cache(maxsize=16)
def _read(file: Path, whole: str) -> Forms:
    return msgspec.toml.decode(file.read_bytes(), type=Forms)
