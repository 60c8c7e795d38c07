"""What officers answer to cases, and what people choose and contest."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Annotated

from msgspec import Meta

from duly.events import Identifier, Message, Statement, fact, link

from .event_wording import IdentityNumber, in_order, person
from .vocabulary import Answer, Case, Delivery, Person, Verdict

CaseNumber = Annotated[str, Meta(pattern=r"^[1-9]\d{0,18}$", description="The number of an open case.")]
OfficerName = Annotated[
    str, Meta(min_length=1, max_length=100, description="How the agency knows the officer.")
]
Words = Annotated[str, Meta(min_length=1, max_length=4000)]


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
