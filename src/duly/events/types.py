"""The event types of a pack: what a source may send, and that every statement says what somebody reads.

A statement passes when the vocabulary has its attribute, the sender's register lists it, a programme or
another declared reader reads it, and the value is one that the attribute can have.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Final

import msgspec

from duly.errors import BadInput, Denied, near_miss
from duly.events.civil import CivilRecord
from duly.events.exchanges import answer_types
from duly.events.message import EPOCH, Message, Statement
from duly.events.problems import UNREADABLE, malformed
from duly.events.readers import read_by_somebody
from duly.events.reported import REPORTED, UseReported
from duly.law import Pack, sound
from duly.vault import Department, Identifier, known_by, scheme_of
from duly.vault.departments import SCHEME

__all__ = ["EventTypes"]

TITLE: Final = "Not an event of this type"


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTypes:
    """A pack's event types by name, with what each register may send."""

    pack: Pack
    classes: Mapping[str, type[Message]]
    decoders: Mapping[str, msgspec.json.Decoder[Message]]
    sends: Mapping[str, frozenset[str]]
    read: frozenset[str]
    ranks: Mapping[str, int]
    departments: Mapping[str, Department]

    @staticmethod
    @lru_cache(maxsize=16)
    def of(pack: Pack) -> EventTypes:
        """The types that the pack's module `events` names."""
        found = [c for c in vars(pack.module("events")).values() if _is_message(c)]
        for each in found:
            if each.says is Message.says:
                raise BadInput(
                    "An event type says nothing",
                    detail=f"{each.__name__} ({each.type}) has no statements, so it would change no fact.",
                    where=f"{pack.name}/events.py",
                    hint="Write `def says(self)`, which yields fact(...), link(...) or unknown(...).",
                )
        found += answer_types(pack)
        registers: Mapping[str, Any] = pack.section("registers")
        return EventTypes(
            pack=pack,
            classes={c.type: c for c in found},
            decoders={c.type: msgspec.json.Decoder(c) for c in (*found, UseReported)},
            sends={name: frozenset(told["attributes"]) for name, told in registers.items()},
            read=read_by_somebody(pack),
            ranks={name: int(told["rank"]) for name, told in registers.items()},
            departments=known_by(pack),
        )

    def sent_by(self, register: str) -> tuple[str, ...]:
        """The types that a register sends."""
        return tuple(name for name, c in self.classes.items() if c.register == register)

    def allowed(self, name: str, register: str, source: str) -> None:
        """Refuse a type that does not exist, or that another register or source sends."""
        if name == REPORTED and register in self.departments:
            return
        found = self.classes.get(name)
        if found is None:
            raise self._unknown(name, f"{register} sends {', '.join(self.sent_by(register))}.")
        if found.register != register:
            raise Denied(
                "Not this source's to send",
                detail=f"{name!r} is sent by {found.register}; the source is registered for {register}.",
                where="type",
                hint=f"{register} sends {', '.join(self.sent_by(register))}.",
            )

        if found.only_from and source != found.only_from:
            raise Denied(
                "Not this source's to send",
                detail=f"{name!r} is sent by {found.only_from} alone.",
                where="type",
                hint="What an agency has decided is told by Duly itself.",
            )

    def read_payload(self, name: str, payload: bytes) -> Message:
        """The message of that type in a payload's JSON."""
        if name not in self.decoders:
            raise self._unknown(name, "")
        if not payload:
            raise BadInput(TITLE, detail="The event has no data.", where="data", status=422)
        try:
            return self.decoders[name].decode(payload)
        except UNREADABLE as error:
            kind = self.classes.get(name, UseReported)
            fields = kind.__struct_fields__
            problem = malformed(error, title=TITLE, within="data", fields=fields)
            problem.hint = problem.hint or _wanted(kind, problem.where.removeprefix("data."))
            raise problem from error

    def checked(self, message: Message, today: int) -> None:
        """Refuse what cannot be true, and statements that no one may make or nobody reads."""
        message.check(date.fromordinal(today + EPOCH))
        for statement in message.says():
            self._check(message, statement)
            for name in (statement.subject, statement.member, statement.near):
                if name is not None:
                    self._check_name(message, statement, name)

    def spoken_by(self, message: Message, register: str) -> None:
        """Refuse a report of another department's uses, or one about somebody whom it cannot name so."""
        if not isinstance(message, UseReported):
            return
        one, own = self.departments[register], scheme_of(register)
        if message.organisation != register:
            raise Denied(
                "Not this source's to report",
                detail=f"It reports uses of {register} only.",
                where="data.organisation",
                hint="Each department reports its own.",
            )
        if message.about(one.scheme).scheme != (one.scheme if one.known_by == "national" else own):
            raise Denied(
                "Not this source's to name people by",
                detail=f"{register} has no such identifiers.",
                where="data.person",
                hint=f"It names people by {one.scheme if one.known_by == 'national' else own}.",
            )

    def from_civil(self, register: str, record: CivilRecord) -> Message:
        """The register's message about a civil registry's vital event."""
        for found in self.classes.values():
            message = found.from_civil(record) if found.register == register else None
            if message is not None:
                return message
        raise BadInput(
            "Unknown vital event",
            detail=f"{register} sends no {record.happened} events.",
            where=record.field,
            status=422,
        )

    def _check_name(self, message: Message, statement: Statement, name: Identifier) -> None:
        """A department speaks of people by its own identifiers, and nobody else by those."""
        department = self.departments.get(message.register)
        own = scheme_of(message.register)
        others = name.scheme.startswith(SCHEME) and (department is None or name.scheme != own)
        withheld = (
            department is not None and department.known_by != "national" and name.scheme == department.scheme
        )
        if others or withheld:
            field = _named(message, name.value) or _named(message, f"{name.scheme}:{name.value}")
            raise Denied(
                "Not this source's to name people by",
                detail=f"{message.register} has no identifiers of scheme {name.scheme!r}.",
                where=f"data.{field}" if field else "data",
                hint=f"It names people by {own}:...",
            )

    def _unknown(self, name: str, hint: str) -> BadInput:
        return BadInput(
            "Unknown event type",
            detail=f"The pack {self.pack.name} has no type {name!r}.",
            where="type",
            hint=near_miss(name, self.classes) or hint,
            status=422,
        )

    def _check(self, message: Message, statement: Statement) -> None:
        name = statement.attribute
        attribute = self.pack.vocabulary.attribute(name)
        if name not in self.sends.get(message.register, ()):
            raise Denied(
                "Not this source's to send",
                detail=f"{name} is not among the attributes that {message.register} may send.",
                where=_field_of(message, statement),
                hint=f"{attribute.register} sends it.",
            )
        if name not in self.read:
            raise BadInput(
                "Nobody reads this",
                detail=f"No programme or other declared reader reads {name}, so it is not taken.",
                where=_field_of(message, statement),
                hint="Leave it out.",
                status=422,
            )
        if statement.subject == statement.member:
            raise BadInput(
                "The event cannot be true",
                detail=f"{name} links a subject to itself.",
                where=_field_of(message, statement),
                status=422,
            )
        if statement.end is not None and statement.end <= statement.start:
            raise BadInput(
                "The event cannot be true",
                detail=f"{name} would end before it begins.",
                where=_field_of(message, statement),
                hint="Give a last day that is not before the first.",
                status=422,
            )
        found = sound.problem(self.pack.vocabulary, attribute, statement.value) if statement.known else ""
        if found:
            raise BadInput(
                "The event cannot be true",
                detail=f"{found}.",
                where=_field_of(message, statement),
                hint=f"It takes {sound.takes(self.pack.vocabulary, attribute)}.",
                status=422,
            )


def _is_message(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Message) and bool(thing.type)


def _wanted(of: type[Message], field: str) -> str:
    """What a field of a type takes, as its documentation says; "" where that says nothing."""
    _, schemas = msgspec.json.schema_components([of], ref_template="{name}")
    told: Any = schemas[of.__name__]["properties"].get(field, {})
    for one in (told, *told.get("anyOf", ())):
        found = schemas.get(one.get("$ref", ""), one)
        if "enum" in found:
            return f"One of {', '.join(str(value) for value in found['enum'])}."
        if "examples" in found:
            return f"{found['description']} Such as {found['examples'][0]}."
    return ""


def _field_of(message: Message, statement: Statement) -> str:
    """The payload's field that a statement came from: by name, else by value, else the attribute."""
    own = statement.attribute.rpartition(".")[2]
    if own in message.__struct_fields__:
        return f"data.{own}"
    about = (statement.value, statement.member and statement.member.value, statement.subject.value)
    for wanted in about:
        named = _named(message, wanted)
        if named:
            return f"data.{named}"
    return statement.attribute


def _named(message: Message, wanted: object) -> str:
    fields: Iterable[str] = message.__struct_fields__
    return next((name for name in fields if wanted is not None and getattr(message, name) == wanted), "")
