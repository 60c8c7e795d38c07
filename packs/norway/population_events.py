"""The Population Register: people, where they live, marriage, protection, guardianship."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from msgspec import Meta

from duly.events import CivilRecord, Message, Statement, fact, link, refuse

from .event_wording import (
    IdentityNumber,
    Municipality,
    Name,
    different,
    happened,
    in_order,
    municipality_in,
    number_in,
    numbered,
    person,
)
from .vocabulary import Care, Parenthood, Person, Role, Shared

FOLKEREGISTERET = "folkeregisteret"


class Birth(Message, type="no.folkeregisteret.birth.v1", register=FOLKEREGISTERET):
    """A child was born. It lives with the mother unless `lives_with` names others.

    Of the two parents that a civil registry (DCI) tells, the first is the mother.
    """

    child: IdentityNumber
    born: date
    mother: IdentityNumber | None = None
    father: IdentityNumber | None = None
    co_mother: IdentityNumber | None = None
    lives_with: Annotated[tuple[IdentityNumber, ...], Meta(max_length=4)] | None = None
    municipality: Municipality | None = None
    name: Name | None = None
    protected: bool = False

    def parents(self) -> Iterator[tuple[str, str, Role]]:
        """(field, number, role) of each parent that is told."""
        if self.mother is not None:
            yield "mother", self.mother, Role.MOTHER
        if self.father is not None:
            yield "father", self.father, Role.FATHER
        if self.co_mother is not None:
            yield "co_mother", self.co_mother, Role.PARENT

    def carers(self) -> tuple[str, ...]:
        """Those who the child lives with."""
        if self.lives_with is not None:
            return self.lives_with
        return (self.mother,) if self.mother is not None else ()

    def check(self, today: date) -> None:
        happened(today, "born", self.born)
        seen = {self.child: "child"}
        for field, number, _ in self.parents():
            if number in seen:
                raise refuse(
                    field, f"{field} and {seen[number]} name the same person; nobody is their own parent."
                )
            seen[number] = field
        if self.child in self.carers():
            raise refuse("lives_with", "A newborn cannot be their own carer.")

    def says(self) -> Iterator[Statement]:
        child, roles = person(self.child), {number: role for _, number, role in self.parents()}
        mother = None if self.mother is None else person(self.mother)
        yield fact(child, Person.born, self.born, near=mother)
        yield from numbered(self.child, self.mother)
        if self.municipality is not None:
            yield fact(child, Person.municipality, self.municipality, self.born)
        if self.name is not None:
            yield fact(child, Person.name, self.name)
        if self.protected:
            yield fact(child, Person.protected, True, self.born)
        for number, role in roles.items():
            yield from link(child, Parenthood, person(number), self.born, role=role)
        for number in self.carers():
            role = roles.get(number, Role.OTHER)
            yield from link(person(number), Care, child, self.born, role=role, shared=Shared.NO)

    @classmethod
    def from_civil(cls, record: CivilRecord) -> "Birth | None":
        if record.happened != "birth":
            return None
        if record.born is None:
            raise refuse(f"{record.field}.birth_date", "A birth needs its day.")
        told = [number_in(record, parent) for parent in record.parents]
        return cls(
            child=number_in(record, record.identifiers),
            born=record.born,
            mother=told[0] if told else None,
            father=told[1] if len(told) > 1 else None,
            municipality=municipality_in(record),
            name=record.name or None,
        )


class Death(Message, type="no.folkeregisteret.death.v1", register=FOLKEREGISTERET):
    """A person died."""

    person: IdentityNumber
    died: date

    def check(self, today: date) -> None:
        happened(today, "died", self.died)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.died, self.died)

    @classmethod
    def from_civil(cls, record: CivilRecord) -> "Death | None":
        if record.happened != "death":
            return None
        if record.died is None:
            raise refuse(f"{record.field}.death_date", "A death needs its day.")
        return cls(person=number_in(record, record.identifiers), died=record.died)


class Registration(Message, type="no.folkeregisteret.registration.v1", register=FOLKEREGISTERET):
    """A person was entered in the register: an immigration, or a resident from before."""

    person: IdentityNumber
    born: date
    name: Name
    since: date
    municipality: Municipality | None = None
    married: bool = False
    protected: bool = False

    def check(self, today: date) -> None:
        happened(today, "born", self.born)
        in_order(self.since, None)
        if self.since < self.born:
            raise refuse("since", f"{self.since} lies before the birth.")

    def says(self) -> Iterator[Statement]:
        who = person(self.person)
        yield fact(who, Person.born, self.born)
        yield from numbered(self.person)
        yield fact(who, Person.name, self.name)
        yield fact(who, Person.municipality, self.municipality, self.since)
        if self.married:
            yield fact(who, Person.married, True, self.since)
        if self.protected:
            yield fact(who, Person.protected, True, self.since)


class Move(Message, type="no.folkeregisteret.move.v1", register=FOLKEREGISTERET):
    """A person lives in another municipality. With `protected`, the address is hidden from that day on."""

    person: IdentityNumber
    municipality: Municipality
    since: date
    protected: bool = False

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.municipality, self.municipality, self.since)
        if self.protected:
            yield fact(person(self.person), Person.protected, True, self.since)


class Emigration(Message, type="no.folkeregisteret.emigration.v1", register=FOLKEREGISTERET):
    """A person left the country."""

    person: IdentityNumber
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.municipality, None, self.since)


class Marriage(Message, type="no.folkeregisteret.marriage.v1", register=FOLKEREGISTERET):
    """A person married or entered a registered partnership; the spouse may be nobody the register knows."""

    person: IdentityNumber
    since: date
    spouse: IdentityNumber | None = None

    def check(self, today: date) -> None:
        in_order(self.since, None)
        different("person", self.person, "spouse", self.spouse, "nobody marries themselves.")

    def says(self) -> Iterator[Statement]:
        for number in (self.person, self.spouse):
            if number is not None:
                yield fact(person(number), Person.married, True, self.since)


class Divorce(Message, type="no.folkeregisteret.divorce.v1", register=FOLKEREGISTERET):
    """A marriage or registered partnership ended."""

    person: IdentityNumber
    since: date
    spouse: IdentityNumber | None = None

    def check(self, today: date) -> None:
        in_order(self.since, None)
        different("person", self.person, "spouse", self.spouse, "nobody is married to themselves.")

    def says(self) -> Iterator[Statement]:
        for number in (self.person, self.spouse):
            if number is not None:
                yield fact(person(number), Person.married, False, self.since)


class NameGiven(Message, type="no.folkeregisteret.name.v1", register=FOLKEREGISTERET):
    """A person has a name, or another one."""

    person: IdentityNumber
    name: Name
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.name, self.name, self.since)


class Protection(Message, type="no.folkeregisteret.protection.v1", register=FOLKEREGISTERET):
    """A person's address is protected, or with `protected` false no longer."""

    person: IdentityNumber
    since: date
    until: date | None = None
    protected: bool = True

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.protected, self.protected, self.since, self.until)


class SealedAdoption(Message, type="no.folkeregisteret.sealed-adoption.v1", register=FOLKEREGISTERET):
    """Where a person comes from is kept from all but the adopted (forvaltningsloven § 13), or no longer."""

    person: IdentityNumber
    since: date
    until: date | None = None
    sealed: bool = True

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.adoption_sealed, self.sealed, self.since, self.until)


class Guardianship(Message, type="no.folkeregisteret.guardianship.v1", register=FOLKEREGISTERET):
    """A person has a guardian, or with `guardianship` false no longer."""

    person: IdentityNumber
    since: date
    until: date | None = None
    guardianship: bool = True

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.guardianship, self.guardianship, self.since, self.until)
