"""Smaller registers: permits, languages, bank accounts, practitioners' lists, and people themselves."""

from collections.abc import Iterator
from datetime import date, timedelta

from duly.events import Message, Statement, fact, link, refuse, unknown

from .event_wording import (
    AccountNumber,
    IdentityNumber,
    Language,
    PracticeCode,
    different,
    in_order,
    person,
    practice,
)
from .vocabulary import Care, Listing, Permit, Person, Practice

ONE_DAY = timedelta(days=1)
FASTLEGEREGISTERET = "fastlegeregisteret"


class ResidencePermit(Message, type="no.udi.permit.v1", register="udi"):
    """The right to stay. After `until` there is none, unless a renewal is pending: then nobody knows yet."""

    person: IdentityNumber
    permit: Permit
    since: date
    until: date | None = None
    renewal_pending: bool = False

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        if self.renewal_pending and self.until is None:
            raise refuse("renewal_pending", "Only a permit that ends can wait for its renewal.")

    def says(self) -> Iterator[Statement]:
        who = person(self.person)
        yield fact(who, Person.permit, self.permit, self.since)
        if self.until is not None and self.renewal_pending:
            yield unknown(who, Person.permit, self.until + ONE_DAY)
        elif self.until is not None:
            yield fact(who, Person.permit, Permit.NONE, self.until + ONE_DAY)


class SpokenLanguage(Message, type="no.krr.language.v1", register="krr"):
    """The language that a person wants to be written to in."""

    person: IdentityNumber
    language: Language
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.language, self.language, self.since)


class BankAccount(Message, type="no.kontoregisteret.account.v1", register="kontoregisteret"):
    """The account that a person wants to be paid to; null if none."""

    person: IdentityNumber
    account: AccountNumber | None
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.account, self.account, self.since)


class PracticeListed(Message, type="no.fastlegeregisteret.practice.v1", register=FASTLEGEREGISTERET):
    """A practitioner's list exists, and is full or has room from a day on."""

    practice: PracticeCode
    full: bool
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(practice(self.practice), Practice.code, self.practice)
        yield fact(practice(self.practice), Practice.full, self.full, self.since)


class PatientListed(Message, type="no.fastlegeregisteret.listing.v1", register=FASTLEGEREGISTERET):
    """A person has a place on a practitioner's list, and left another one if `left` names it."""

    person: IdentityNumber
    practice: PracticeCode
    since: date
    until: date | None = None
    left: PracticeCode | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        different("practice", self.practice, "left", self.left, "nobody moves to the list that they leave.")

    def says(self) -> Iterator[Statement]:
        who = person(self.person)
        yield from link(who, Listing, practice(self.practice), self.since, self.until)
        if self.left is not None:
            yield from link(who, Listing, practice(self.left), self.since, present=False)


class RecipientChosen(Message, type="no.self.recipient.v1", register="self"):
    """Parents who live together name the one who receives child benefit for a child, instead of another."""

    child: IdentityNumber
    recipient: IdentityNumber
    since: date
    instead_of: IdentityNumber | None = None

    def check(self, today: date) -> None:
        in_order(self.since, None)
        different(
            "recipient", self.recipient, "instead_of", self.instead_of, "name the other parent, or nobody."
        )

    def says(self) -> Iterator[Statement]:
        child = person(self.child)
        for number, chosen in ((self.recipient, True), (self.instead_of, False)):
            if number is not None:
                yield fact(person(number), Care.recipient, chosen, self.since, member=child)
                yield fact(person(number), Care.named_recipient, chosen, self.since, member=child)
