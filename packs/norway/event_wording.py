"""What the payloads of all registers share: how numbers are written, and which days cannot be."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated

from msgspec import Meta

from duly.events import CivilRecord, Identifier, Statement, fact, not_after, refuse, spoken

from .vocabulary import Number, Person

OLDEST = date(1850, 1, 1)
NEWEST = date(2200, 1, 1)

END = r"$(?![\s\S])"  # "$" alone lets a line break by

IdentityNumber = Annotated[
    str,
    Meta(
        pattern=r"^([0-9]{11}|[A-Z]{2,8}:[A-Za-z0-9-]{1,40}|duly:[a-z-]{1,40}:[A-Za-z0-9+/=_-]{20,64})" + END,
        description="A national identity number of 11 digits, or what another register calls the person, "
        "led by the kind of identifier, as in UIN:847951632; or what Duly calls them for the department that "
        "sends it, as in duly:helfo:...",
        examples=["01895012345"],
    ),
]
Municipality = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}" + END,
        description="Statistics Norway's code of the municipality.",
        examples=["0301"],
    ),
]
PracticeCode = Annotated[
    str,
    Meta(
        pattern=r"^[A-Z0-9]{1,9}" + END, description="The code of a practitioner's list.", examples=["P1001"]
    ),
]
AccountNumber = Annotated[str, Meta(pattern=r"^[0-9]{11}" + END, description="A bank account, 11 digits.")]
Name = Annotated[str, Meta(min_length=1, max_length=200)]
Language = Annotated[str, Meta(pattern=r"^[a-z]{2,3}" + END, description="ISO 639 code.", examples=["nb"])]


def person(number: str) -> Identifier:
    """The person with that identity number, or that another register calls so."""
    if (own := spoken(number)) is not None:
        return own
    kind, colon, value = number.partition(":")
    return Identifier(f"dci.{kind.lower()}", value) if colon else Identifier("no.fnr", number)


def practice(code: str) -> Identifier:
    """The practitioner's list with that code."""
    return Identifier("no.fastlege", code)


def kind_of_number(number: str) -> Number:
    """Old case numbers have a month of 21 to 32, bare dates of birth five zeros (birth filter)."""
    if ":" in number:
        return Number.ORDINARY
    if 21 <= int(number[2:4]) <= 32:
        return Number.LEGACY_CASE
    return Number.BARE_BIRTH_DATE if number.endswith("00000") else Number.ORDINARY


def numbered(*numbers: str | None) -> Iterator[Statement]:
    """That an identity number is not an ordinary one."""
    for number in numbers:
        if number is not None and kind_of_number(number) is not Number.ORDINARY:
            yield fact(person(number), Person.number, kind_of_number(number))


def in_order(since: date | None, until: date | None) -> None:
    """Refuse days that no calendar of living people has, and an end before its beginning."""
    for field, day in (("since", since), ("until", until)):
        if day is not None and not OLDEST <= day < NEWEST:
            raise refuse(field, f"{day} is no day that this can be about.")
    if since is not None and until is not None and until < since:
        raise refuse("until", f"{until} lies before {since}.")


def happened(today: date, field: str, day: date) -> None:
    """Refuse a day that has not come, or that lies before everybody's time."""
    if day < OLDEST:
        raise refuse(field, f"{day} lies before everybody's time.")
    not_after(today, field, day)


def different(first: str, one: str, second: str, other: str | None, who: str) -> None:
    """Refuse two fields that name one person."""
    if one == other:
        raise refuse(second, f"{second} and {first} name the same person: {who}")


def number_in(record: CivilRecord, identifiers: Mapping[str, str]) -> str:
    """Who a civil record's identifiers name: by identity number if there is one, else by the first."""
    if not identifiers:
        raise refuse(f"{record.field}.identifier", "The person has no identifier.")
    kind = "UIN" if "UIN" in identifiers else min(identifiers)
    value = identifiers[kind]
    national = kind == "UIN" and len(value) == 11 and value.isdigit()
    return value if national else f"{kind}:{value}"


def municipality_in(record: CivilRecord) -> str | None:
    """The first place of a civil record that is the code of a municipality."""
    return next((place for place in record.places if len(place) == 4 and place.isdigit()), None)
