"""Messages as registers write them: one function for each type of the Norwegian pack, all as CloudEvents.

A `Message` says what and when it is told; its id is given when it is first named, so that a correction can be
sent before the message that it corrects.
"""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .residents import Care, Resident

__all__ = ["SOURCES", "Envelope", "Message", "Numbering", "Repeat"]

Envelope = dict[str, Any]

SOURCES = {
    "folkeregisteret": "https://folkeregisteret.example",
    "fastlegeregisteret": "https://fastlegeregisteret.example",
    "kontoregisteret": "https://kontoregisteret.example",
    "krr": "https://krr.example",
    "nav": "https://nav.example/arena",
    "self": "https://nav.example/min-side",
    "udi": "https://udi.example",
}
OSLO = ZoneInfo("Europe/Oslo")
OFFICE_OPENS = 6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Message:
    """One message of a register, told on a day; `about` is the message that it corrects or cancels."""

    register: str
    type: str
    data: dict[str, Any]
    told: date
    action: str = "create"
    about: "Message | None" = None

    def correcting(self, earlier: "Message", *, told: date) -> "Message":
        """This message as the correction of an earlier one."""
        return replace(self, action="correct", about=earlier, told=told)

    def cancelled(self, *, told: date) -> "Message":
        """The message that takes this one back."""
        return replace(self, action="cancel", about=self, data={}, told=told)

    def envelope(self, numbering: "Numbering", day: date) -> Envelope:
        """The CloudEvent, sent on `day`."""
        event: Envelope = {
            "specversion": "1.0",
            "id": numbering.of(self),
            "source": SOURCES[self.register],
            "type": self.type,
            "time": numbering.time(day),
            "datacontenttype": "application/json",
        }
        if self.about is not None:
            event |= {"action": self.action, "corrects": numbering.of(self.about)}
        if self.data:
            event["data"] = self.data
        return event


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Repeat:
    """The same message sent again, as a sender does who did not hear the answer."""

    register: str
    told: date
    event: Envelope

    def envelope(self, numbering: "Numbering", day: date) -> Envelope:
        return self.event


@dataclass(slots=True)
class Numbering:
    """Ids by register, and times within a day, in the order in which they are asked for."""

    given: dict[Message, str] = field(default_factory=dict[Message, str])
    counts: dict[str, int] = field(default_factory=dict[str, int])
    day: date = date.min
    told: int = 0

    def of(self, message: Message) -> str:
        if message not in self.given:
            self.counts[message.register] = self.counts.get(message.register, 0) + 1
            self.given[message] = f"{message.register}-{self.counts[message.register]:06}"
        return self.given[message]

    def time(self, day: date) -> str:
        """Office hours of the day, a tenth of a second after the message before."""
        self.told = self.told + 1 if day == self.day else 0
        self.day = day
        opens = datetime(day.year, day.month, day.day, OFFICE_OPENS, tzinfo=OSLO)
        return (opens + timedelta(milliseconds=100 * self.told)).isoformat(timespec="milliseconds")


def _folkeregisteret(kind: str, told: date, **data: Any) -> Message:
    return _message("folkeregisteret", kind, told, data)


def _message(register: str, kind: str, told: date, data: dict[str, Any]) -> Message:
    """Days as ISO dates; what is `None` or false is what the type means without the field."""
    plain = {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in data.items()
        if value is not None and value is not False
    }
    return Message(register=register, type=f"no.{register}.{kind}.v1", data=plain, told=told)


def born(child: Resident, *, municipality: str | None, lives_with: tuple[str, ...], told: date) -> Message:
    """A birth; without municipality and carers it only says who is whose child."""
    return _folkeregisteret(
        "birth",
        told,
        child=child.identity,
        born=child.born,
        mother=child.mother,
        father=child.father,
        lives_with=list(lives_with),
        municipality=municipality,
        name=None if municipality else child.name,
    )


def registered(person: Resident, municipality: str, *, since: date, told: date) -> Message:
    return _folkeregisteret(
        "registration",
        told,
        person=person.identity,
        born=person.born,
        name=person.name,
        since=since,
        municipality=municipality,
        married=person.married,
        protected=person.protected,
    )


def died(person: Resident, *, on: date, told: date) -> Message:
    return _folkeregisteret("death", told, person=person.identity, died=on)


def moved(person: Resident, *, to: str, since: date, told: date) -> Message:
    return _folkeregisteret("move", told, person=person.identity, municipality=to, since=since)


def emigrated(person: Resident, *, since: date, told: date) -> Message:
    return _folkeregisteret("emigration", told, person=person.identity, since=since)


def married(person: Resident, spouse: Resident, *, since: date, told: date) -> Message:
    return _folkeregisteret("marriage", told, person=person.identity, spouse=spouse.identity, since=since)


def divorced(person: Resident, spouse: Resident, *, since: date, told: date) -> Message:
    return _folkeregisteret("divorce", told, person=person.identity, spouse=spouse.identity, since=since)


def cares(care: Care, *, since: date, told: date) -> Message:
    return _folkeregisteret(
        "care",
        told,
        child=care.child,
        carer=care.carer,
        role=care.role,
        since=since,
        shared="split" if care.shared else None,
    )


def cares_no_more(care: Care, *, since: date, told: date) -> Message:
    return _folkeregisteret("care-ended", told, child=care.child, carer=care.carer, since=since)


def named(person: Resident, *, since: date, told: date) -> Message:
    return _folkeregisteret("name", told, person=person.identity, name=person.name, since=since)


def hidden(person: Resident, *, since: date, told: date) -> Message:
    return _folkeregisteret("protection", told, person=person.identity, since=since)


def guarded(person: Resident, *, since: date, told: date) -> Message:
    return _folkeregisteret("guardianship", told, person=person.identity, since=since)


def speaks(person: Resident, language: str, *, since: date, told: date) -> Message:
    return _message(
        "krr", "language", told, {"person": person.identity, "language": language, "since": since}
    )


def permitted(person: Resident, *, since: date, until: date, pending: bool, told: date) -> Message:
    data = {"person": person.identity, "permit": "valid", "since": since, "until": until}
    return _message("udi", "permit", told, data | {"renewal_pending": pending})


def account(person: Resident, number: str, *, since: date, told: date) -> Message:
    data = {"person": person.identity, "account": number, "since": since}
    return _message("kontoregisteret", "account", told, data)


def practice(code: str, *, full: bool, since: date, told: date) -> Message:
    found = _message("fastlegeregisteret", "practice", told, {"practice": code, "since": since})
    return replace(found, data=found.data | {"full": full})


def listed(person: Resident, code: str, *, left: str | None, since: date, told: date) -> Message:
    data = {"person": person.identity, "practice": code, "since": since, "left": left}
    return _message("fastlegeregisteret", "listing", told, data)


def lone(person: Resident, *, since: date, until: date | None, told: date) -> Message:
    data = {"person": person.identity, "since": since, "until": until}
    return _message("nav", "lone-parent", told, data)


def lone_no_more(person: Resident, *, since: date, told: date) -> Message:
    found = _message("nav", "lone-parent", told, {"person": person.identity, "since": since})
    return replace(found, data=found.data | {"lone_parent": False})


def transitional(person: Resident, part: str, *, since: date, until: date, told: date) -> Message:
    data = {"person": person.identity, "transitional": part, "since": since, "until": until}
    return _message("nav", "transitional", told, data)


def receives(recipient: Resident, other: Resident, child: Resident, *, since: date, told: date) -> Message:
    data = {
        "child": child.identity,
        "recipient": recipient.identity,
        "instead_of": other.identity,
        "since": since,
    }
    return _message("self", "recipient", told, data)
