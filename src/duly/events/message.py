"""What a pack's event types mean: a message says statements, and a statement is all that reaches the facts.

A pack's `events.py` declares one `Message` class for each type. Its fields are the payload (documented and
checked by msgspec), `check` refuses what cannot be true, `says` yields the statements. Days in payloads are
dates, and a last day is inclusive; statements are half-open.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from types import NoneType
from typing import Any, ClassVar, Final, cast, dataclass_transform

import msgspec

from duly.errors import BadInput
from duly.events.civil import CivilRecord
from duly.law import UNKNOWN, Link
from duly.law.vocabulary import canonical
from duly.timeline import BEGIN
from duly.vault import Identifier

__all__ = ["Message", "Statement", "Value", "day_of", "fact", "link", "not_after", "refuse", "unknown"]

Value = bool | int | str | None
"""A canonical value, as storage and JSON have it; days as int."""

EPOCH: Final = date(1970, 1, 1).toordinal()


class Statement(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One attribute of one subject (or of its link to `member`) has a value over `[start, end)`.

    `known` is False where the source says that it does not know. `near` names the subject beside which a
    subject that nobody knows yet is to be created.
    """

    subject: Identifier
    attribute: str
    member: Identifier | None
    start: int
    end: int | None
    known: bool
    value: Value
    near: Identifier | None


PLAIN: Final = frozenset({bool, int, str, NoneType})


@dataclass_transform(frozen_default=True, kw_only_default=True)
class MessageType(type(msgspec.Struct)):
    """Keeps the type and the register of each class of messages beside the class."""

    def __new__(
        mcls,
        name: str,
        bases: tuple[type, ...],
        namespace: dict[str, Any],
        *,
        type: str = "",  # noqa: A002 - CloudEvents calls it so
        register: str = "",
        **settings: Any,
    ) -> Any:
        made: Any = super().__new__(mcls, name, bases, namespace, **settings)
        made.type, made.register = type, register
        return made


class Message(
    msgspec.Struct, metaclass=MessageType, frozen=True, kw_only=True, forbid_unknown_fields=True, gc=False
):
    """Base of a pack's event types: `class Birth(Message, type="no....birth.v1", register="...")`."""

    type: ClassVar[str]
    register: ClassVar[str]
    only_from: ClassVar[str] = ""
    """The one source that may send it, where it is not any of the register's."""

    def says(self) -> Iterable[Statement]:
        """The statements that hold because of the message."""
        raise NotImplementedError

    def check(self, today: date) -> None:
        """Refuse (see `refuse`) what is well-formed and cannot be true."""

    @classmethod
    def from_civil(cls, record: CivilRecord) -> Message | None:
        """The message that a civil registry's vital event gives, if this type is about such events."""
        return None


def fact(
    subject: Identifier,
    attribute: object,
    value: object,
    since: date | None = None,
    until: date | None = None,
    *,
    member: Identifier | None = None,
    near: Identifier | None = None,
) -> Statement:
    """`attribute` (as `Person.born`) has `value` from `since` (always, if None) to `until`, inclusive.

    With `member`, the attribute is one of the subject's link to that member (as `Care.shared`).
    """
    return Statement(
        subject=subject,
        attribute=attribute if isinstance(attribute, str) else str(attribute),
        member=member,
        start=BEGIN if since is None else since.toordinal() - EPOCH,
        end=None if until is None else until.toordinal() - EPOCH + 1,
        known=value is not UNKNOWN,
        value=cast(Value, value) if type(value) in PLAIN else _plain(value),
        near=near,
    )


def _plain(value: object) -> Value:
    if isinstance(value, date):
        return day_of(value)
    return None if value is UNKNOWN else cast(Value, canonical(value))


def unknown(
    subject: Identifier,
    attribute: object,
    since: date | None = None,
    until: date | None = None,
    *,
    member: Identifier | None = None,
) -> Statement:
    """The source says that it does not know `attribute` over those days."""
    return fact(subject, attribute, UNKNOWN, since, until, member=member)


def link(
    owner: Identifier,
    kind: type[Link],
    member: Identifier,
    since: date | None = None,
    until: date | None = None,
    *,
    present: bool = True,
    **details: object,
) -> Iterator[Statement]:
    """The owner is linked to the member (or, with `present=False`, no longer), with details by name."""
    yield fact(owner, f"{kind.__name__}.present", present, since, until, member=member)
    for name, value in details.items():
        yield fact(owner, f"{kind.__name__}.{name}", value, since, until, member=member)


def day_of(day: date) -> int:
    """A date as days since 1970-01-01."""
    return day.toordinal() - EPOCH


def refuse(field: str, reason: str) -> BadInput:
    """The error to raise from `check` when the value of `field` (a path in the payload) cannot be true."""
    return BadInput("The event cannot be true", detail=reason, where=f"data.{field}", status=422)


def not_after(today: date, field: str, day: date | None) -> None:
    """Refuse a day on which something happened if it has not come yet."""
    if day is not None and day > today:
        raise refuse(field, f"{day} lies in the future; the event tells what has happened.")
