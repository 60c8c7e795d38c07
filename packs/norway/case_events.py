"""What officers answer to cases, and what people choose and contest."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from hashlib import sha256
from typing import Annotated

from msgspec import Meta

from duly.events import Identifier, Message, Statement, fact, link, refuse

from .event_wording import IdentityNumber, happened, in_order, person
from .vocabulary import Answer, Asking, Case, Confirming, Contesting, Delivery, Person, Settled, Verdict

CaseNumber = Annotated[str, Meta(pattern=r"^[1-9]\d{0,18}$", description="The number of an open case.")]
OfficerName = Annotated[
    str, Meta(min_length=1, max_length=100, description="How the agency knows the officer.")
]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]
AttributeName = Annotated[
    str, Meta(pattern=r"^[A-Z][A-Za-z]+\.[a-z_]+$", description="A fact's full name, such as Person.permit.")
]
OtherEnd = Annotated[
    str, Meta(pattern=r"^[a-z.]+ \S{1,100}$", description="The other end of a link: a scheme and a number.")
]
OneValue = Annotated[str, Meta(min_length=1, max_length=1000, description="A value as JSON has it.")]
ContestName = Annotated[
    str, Meta(pattern=r"^[0-9a-f]{32}$", description="What the request for correction calls the contest.")
]


class CaseAnswer(Message):
    """An officer approves what a case proposes, or differs, with a reason."""

    case: CaseNumber
    officer: OfficerName
    verdict: Verdict
    reason: Words

    def says(self) -> Iterator[Statement]:
        case = Identifier(scheme="duly.case", value=self.case)
        officer = Identifier(scheme=f"{self.register}.officer", value=self.officer)
        yield fact(case, Case.number, self.case)
        yield from link(case, Answer, officer, verdict=self.verdict, reason=self.reason)


class CaseAnswered(CaseAnswer, type="no.nav.case-answer.v1", register="nav"):
    """An officer of NAV approves what a case proposes, or differs, with a reason."""


class PlaceCaseAnswered(CaseAnswer, type="no.helfo.case-answer.v1", register="helfo"):
    """An officer of Helfo approves what a case proposes, or differs, with a reason."""


class Service(Enum):
    """What a choice of delivery is about."""

    CHILD_BENEFIT = "child_benefit"
    PRACTITIONER = "practitioner"


DELIVERIES = {
    Service.CHILD_BENEFIT: Person.benefit_delivery,
    Service.PRACTITIONER: Person.practitioner_delivery,
}


class DeliveryChosen(Message, type="no.self.delivery.v1", register="self"):
    """How a person wants a service delivered. It changes nothing of what is due."""

    person: IdentityNumber
    service: Service
    delivery: Delivery
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), DELIVERIES[self.service], self.delivery, self.since)


class Contest(Message, type="no.self.contest.v1", register="self"):
    """A person says that something is wrong; null withdraws it. While it is open no machine takes."""

    person: IdentityNumber
    contest: Words | None
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.contest, self.contest, self.since)


class ErasureAsked(Message, type="no.self.erasure.v1", register="self"):
    """A person asks that what is known about them be deleted, on the day `since`; `withdrawn` takes it back.

    Two officers answer; nothing is deleted by this alone.
    """

    person: IdentityNumber
    since: date
    withdrawn: bool = False

    def check(self, today: date) -> None:
        happened(today, "since", self.since)

    def says(self) -> Iterator[Statement]:
        asked = None if self.withdrawn else self.since
        yield fact(person(self.person), Person.erasure_asked, asked, self.since)


def contest_of(who: str, *about: object) -> Identifier:
    """What a contest is called: the same words about the same thing are one contest, however often said."""
    named = "\n".join([who, *map(str, about)])
    return Identifier(scheme="duly.contest", value=sha256(named.encode()).hexdigest()[:32])


class FactContested(Message, type="no.self.fact-contest.v1", register="self"):
    """A person says that a fact about them is wrong, from `since` on; nobody has to prove it.

    `fact`, `end`, `first` and `until` (the last day) say which fact, `held` what it says, `right` what would
    be. Sent again with `withdrawn`, the contest is over.
    """

    person: IdentityNumber
    fact: AttributeName
    held: OneValue
    since: date
    end: OtherEnd | None = None
    first: date | None = None
    until: date | None = None
    words: Words | None = None
    right: OneValue | None = None
    withdrawn: bool = False

    def check(self, today: date) -> None:
        in_order(self.since, None)
        in_order(self.first, self.until)
        if not self.withdrawn and self.words is None and self.right is None:
            raise refuse("words", "Say in words what is wrong, or which value would be right.")

    def says(self) -> Iterator[Statement]:
        contest = contest_of(self.person, self.fact, self.end, self.first, self.held)
        who, present = person(self.person), not self.withdrawn
        yield from link(who, Contesting, contest, self.since, present=present)
        if present:
            yield from self._details(who, contest)

    def _details(self, who: Identifier, contest: Identifier) -> Iterator[Statement]:
        yield fact(who, Contesting.name, contest.value, self.since, member=contest)
        yield fact(who, Contesting.fact, self.fact, self.since, member=contest)
        yield fact(who, Contesting.end, self.end, self.since, member=contest)
        yield fact(who, Contesting.first, self.first, self.since, member=contest)
        yield fact(who, Contesting.until, self.until, self.since, member=contest)
        yield fact(who, Contesting.held, self.held, self.since, member=contest)
        yield fact(who, Contesting.says, self.words, self.since, member=contest)
        yield fact(who, Contesting.right, self.right, self.since, member=contest)


class HumanAsked(Message, type="no.self.human-asked.v1", register="self"):
    """A person wants to talk to a human about a programme. It holds nothing back, and decides nothing."""

    person: IdentityNumber
    programme: Annotated[str, Meta(pattern=r"^[a-z]+\.[a-z_]+$", description="The programme's name.")]
    words: Words | None
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        who, about = person(self.person), contest_of(self.person, self.programme)
        yield from link(who, Asking, about, self.since, present=self.words is not None)
        yield fact(who, Asking.programme, self.programme, self.since, member=about)
        if self.words is not None:
            yield fact(who, Asking.words, self.words, self.since, member=about)


class FactConfirmed(Message):
    """The register that holds a contested fact has looked, and says that the fact is right.

    A correction needs no message of its own: the register corrects the fact.
    """

    person: IdentityNumber
    contest: ContestName
    since: date
    words: Words | None = None

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        word = contest_of(self.person, self.contest, self.register)
        yield from link(
            person(self.person),
            Confirming,
            word,
            self.since,
            contest=self.contest,
            by=self.register,
            says=self.words,
        )


class PopulationConfirmed(FactConfirmed, type="no.folkeregisteret.confirmed.v1", register="folkeregisteret"):
    """The Population Register says that a contested fact is right."""


class PermitConfirmed(FactConfirmed, type="no.udi.confirmed.v1", register="udi"):
    """The Directorate of Immigration says that a contested fact is right."""


class ContactConfirmed(FactConfirmed, type="no.krr.confirmed.v1", register="krr"):
    """The Contact and Reservation Register says that a contested fact is right."""


class AccountConfirmed(FactConfirmed, type="no.kontoregisteret.confirmed.v1", register="kontoregisteret"):
    """The Account Register says that a contested fact is right."""


class ListConfirmed(FactConfirmed, type="no.fastlegeregisteret.confirmed.v1", register="fastlegeregisteret"):
    """The register of general practitioners says that a contested fact is right."""


class BenefitConfirmed(FactConfirmed, type="no.nav.confirmed.v1", register="nav"):
    """NAV says that a contested fact, which it holds itself, is right."""


class ContestSettlement(Message):
    """An officer settles a contest of a fact: the person is right, or the fact stands; with a reason.

    That the person is right changes no fact: a finding does, or the register's correction.
    """

    person: IdentityNumber
    contest: ContestName
    verdict: Settled
    reason: Words
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        who, contest = person(self.person), Identifier(scheme="duly.contest", value=self.contest)
        yield fact(who, Contesting.settled, self.verdict, self.since, member=contest)
        yield fact(who, Contesting.settled_says, self.reason, self.since, member=contest)


class ContestSettled(ContestSettlement, type="no.nav.contest-settled.v1", register="nav"):
    """An officer of NAV settles a contest of a fact."""


class PlaceContestSettled(ContestSettlement, type="no.helfo.contest-settled.v1", register="helfo"):
    """An officer of Helfo settles a contest of a fact."""
