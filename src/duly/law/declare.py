"""What a pack's registers know is declared as classes: a reference on the class, a fact on an instance.

`Person.born` names the attribute; `person.born`, inside a rule called as plain Python, is the fact on the
current day of the situation.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any, ClassVar, Generic, NewType, TypeVar, cast

from duly.errors import BadInput
from duly.law.situation import UNKNOWN, needed

__all__ = [
    "Choice",
    "Code",
    "Day",
    "DeclaredAttribute",
    "DeclaredRelation",
    "Link",
    "Members",
    "Reference",
    "Subject",
    "attribute",
    "ends_of",
    "inverse",
    "number_of",
    "relation",
]

Day = NewType("Day", int)
"""Days since 1970-01-01."""

Code = NewType("Code", str)
"""Up to 9 ASCII characters, as registers write municipalities, practices, trades."""

PRESENT = "present"


class Choice(Enum):
    """One of several named values; the string is how registers, storage and JSON write it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """The full name of an attribute or relation: "Person.born"."""

    name: str

    def __str__(self) -> str:
        return self.name


class Subject:
    """Base of the kinds of subject. An instance is a handle: the facts stand in the situation."""

    __slots__ = ("_number",)

    def __init__(self, number: int) -> None:
        self._number = number

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and cast(Subject, other)._number == self._number

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._number))


class Link:
    """Base of the kinds of link. `present` says whether the link holds on the day."""

    __slots__ = ("_member", "_owner")

    present: ClassVar[bool]

    def __init__(self, owner: int, member: int) -> None:
        self._owner = owner
        self._member = member

    def __init_subclass__(cls) -> None:
        declared = DeclaredAttribute(category="", register="", purposes=frozenset(), absent=False)
        declared.__set_name__(cls, PRESENT)
        cls.present = cast(bool, declared)

    def __eq__(self, other: object) -> bool:
        same = type(other) is type(self)
        return same and (cast(Link, other)._owner, cast(Link, other)._member) == (self._owner, self._member)

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._owner, self._member))


def number_of(subject: Subject) -> int:
    """The subject's number, whatever attributes its kind has."""
    return subject._number  # pyright: ignore[reportPrivateUsage]  # the names without _ belong to packs


def ends_of(link: Link) -> tuple[int, int]:
    """The numbers of the owning subject and of the member."""
    return link._owner, link._member  # pyright: ignore[reportPrivateUsage]  # as above


S = TypeVar("S", bound=Subject, covariant=True)
L = TypeVar("L", bound=Link, covariant=True)


class Members(Generic[S, L]):
    """The links of one subject: iterating gives (the other subject, the link), whether present or not."""

    def __init__(self, pairs: Iterable[tuple[S, L]]) -> None:
        self._pairs = tuple(pairs)

    def __iter__(self) -> Iterator[tuple[S, L]]:
        return iter(self._pairs)

    def __len__(self) -> int:
        return len(self._pairs)


class DeclaredAttribute:
    def __init__(
        self,
        *,
        category: str,
        register: str,
        purposes: frozenset[str],
        absent: object = UNKNOWN,
        least: int | None = None,
        most: int | None = None,
        suspends: bool = False,
        marks: str = "",
        keep_years: int | None = None,
        digits: int | None = None,
        currency: str = "",
    ) -> None:
        self.category, self.register, self.purposes = category, register, purposes
        self.absent, self.least, self.most = absent, least, most
        self.suspends, self.marks, self.keep_years = suspends, marks, keep_years
        self.digits, self.currency = digits, currency
        self.reference = Reference("")

    def __set_name__(self, owner: type, name: str) -> None:
        self.reference = Reference(f"{owner.__name__}.{name}")

    def __get__(self, instance: Subject | Link | None, owner: type) -> object:
        if instance is None:
            return self.reference
        if isinstance(instance, Subject):
            return needed(self.reference.name).read(self.reference.name, number_of(instance), 0)
        return needed(self.reference.name).read(self.reference.name, *ends_of(instance))


class DeclaredRelation:
    """A relation or, with `inverse_of`, the other end of one."""

    def __init__(
        self, *, link: type[Link] | None, to: str, inverse_of: str, present: DeclaredAttribute | None
    ) -> None:
        self.link, self.to, self.inverse_of, self.present = link, to, inverse_of, present
        self.reference = Reference("")
        self.owner: type = object

    def __set_name__(self, owner: type, name: str) -> None:
        self.reference = Reference(f"{owner.__name__}.{name}")
        self.owner = owner

    def __get__(self, instance: Subject | None, owner: type) -> object:
        if instance is None:
            return self.reference
        rows = needed(self.reference.name).links(self.reference.name, number_of(instance))
        kind, link = self.ends()
        return Members((kind(other), link(owning, member)) for other, owning, member in rows)

    def ends(self) -> tuple[type[Subject], type[Link]]:
        """The kind of the other subject and of the link."""
        if self.inverse_of:
            owning = owning_of(self.owner, self.inverse_of)
            assert owning.link is not None  # noqa: S101 - a relation that owns names its link
            return cast(type[Subject], owning.owner), owning.link
        assert self.link is not None  # noqa: S101 - only an inverse has none
        return _kind_named(self.owner, self.to), self.link


def attribute(
    category: str,
    *,
    register: str,
    purposes: Iterable[str],
    absent: object = UNKNOWN,
    least: int | None = None,
    most: int | None = None,
    suspends: bool = False,
    marks: str = "",
    keep_years: int | None = None,
    digits: int | None = None,
    currency: str = "",
) -> Any:
    """Declare an attribute; its annotation is its type.

    A Decimal says how many `digits` it has after the point; money may be of another `currency`. Whoever it
    `marks` ("protected", "sealed" or "contested") is minded by whoever opens their record.
    """
    return DeclaredAttribute(
        category=category,
        register=register,
        purposes=frozenset(purposes),
        absent=absent,
        least=least,
        most=most,
        suspends=suspends,
        marks=marks,
        keep_years=keep_years,
        digits=digits,
        currency=currency,
    )


def relation(link: type[Link], to: str, *, category: str, register: str, purposes: Iterable[str]) -> Any:
    """Declare a relation owned by this end; the rest is about the link's `present`."""
    present = DeclaredAttribute(
        category=category, register=register, purposes=frozenset(purposes), absent=False
    )
    return DeclaredRelation(link=link, to=to, inverse_of="", present=present)


def inverse(of: str) -> Any:
    """Declare the other end of a relation: its name, with its kind ("Person.patient_of") if another."""
    return DeclaredRelation(link=None, to="", inverse_of=of, present=None)


def owning_of(owner: type, name: str) -> DeclaredRelation:
    kind, _, own = name.rpartition(".")
    found = vars(_kind_named(owner, kind) if kind else owner).get(own)
    if isinstance(found, DeclaredRelation) and not found.inverse_of:
        return found
    raise BadInput("Unknown relation", detail=f"inverse({name!r}) names no relation.", where=owner.__name__)


def _kind_named(owner: type, name: str) -> type[Subject]:
    found = vars(sys.modules[owner.__module__]).get(name)
    if isinstance(found, type) and issubclass(found, Subject):
        return found
    raise BadInput("Unknown kind", detail=f"{name!r} is no kind of subject here.", where=owner.__name__)
