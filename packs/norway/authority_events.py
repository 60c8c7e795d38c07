"""Who may act for whom: parental responsibility, appointed guardians, rights that people give each other."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated

from msgspec import Meta

from duly.events import Message, Statement, fact, link, refuse

from .case_events import Service
from .event_wording import END, IdentityNumber, different, in_order, person
from .family_events import FOLKEREGISTERET
from .vocabulary import Appointment, Delegation, Delivery, Parenthood

SELF = "self"
ProgrammeNames = Annotated[
    str,
    Meta(
        pattern=r"^[a-z_.]+( [a-z_.]+)*" + END,
        max_length=2000,
        description="Names of programmes with spaces between.",
        examples=["barnetrygd.ordinary"],
    ),
]
Label = Annotated[
    str, Meta(min_length=1, max_length=60, description="What whoever gives the right calls the other.")
]
LONGEST = 5 * 366
"""Days for which a right can be given at most; after that it has to be given again."""
WISHES = {Service.PRACTITIONER: Parenthood.practitioner_wish}


class ParentalResponsibility(
    Message, type="no.folkeregisteret.parental-responsibility.v1", register=FOLKEREGISTERET
):
    """A legal parent has parental responsibility for a child from a day on, or with `responsible` false not.

    Without such a message both parents have it. A court's order comes as one, and holds from its day.
    """

    child: IdentityNumber
    parent: IdentityNumber
    responsible: bool
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)
        different("child", self.child, "parent", self.parent, "nobody is their own parent.")

    def says(self) -> Iterator[Statement]:
        yield fact(
            person(self.child),
            Parenthood.responsible,
            self.responsible,
            self.since,
            member=person(self.parent),
        )


class GuardianAppointed(Message, type="no.folkeregisteret.appointed-guardian.v1", register=FOLKEREGISTERET):
    """A guardian is appointed for a person, or with `ended` is not any more; `until` is the last day."""

    person: IdentityNumber
    guardian: IdentityNumber
    since: date
    until: date | None = None
    ended: bool = False

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        different("person", self.person, "guardian", self.guardian, "nobody is their own guardian.")

    def says(self) -> Iterator[Statement]:
        yield from link(
            person(self.person),
            Appointment,
            person(self.guardian),
            self.since,
            self.until,
            present=not self.ended,
        )


class RightGiven(Message, type="no.self.right-given.v1", register=SELF):
    """A person gives another the right to see, or to act in, some programmes until a day, the last one.

    It replaces what they gave the same person before, and counts from the day on which it is accepted.
    """

    person: IdentityNumber
    to: IdentityNumber
    called: Label
    programmes: ProgrammeNames
    acts: bool
    since: date
    until: date

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        different("person", self.person, "to", self.to, "nobody needs a right to act for themselves.")
        if (self.until - self.since).days > LONGEST:
            raise refuse("until", "A right is given for five years at most.")

    def says(self) -> Iterator[Statement]:
        yield from link(
            person(self.person),
            Delegation,
            person(self.to),
            self.since,
            self.until,
            programmes=self.programmes,
            acts=self.acts,
            called=self.called,
            accepted=False,
        )


class RightTakenBack(Message, type="no.self.right-taken-back.v1", register=SELF):
    """A right to act is taken back by whoever gave it, or given up by whoever has it: it ends at once."""

    person: IdentityNumber
    to: IdentityNumber
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield from link(
            person(self.person), Delegation, person(self.to), self.since, present=False, accepted=False
        )


class RightAccepted(Message, type="no.self.right-accepted.v1", register=SELF):
    """Whoever was given a right to act accepts it."""

    person: IdentityNumber
    to: IdentityNumber
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Delegation.accepted, True, self.since, member=person(self.to))


class GuardianChose(Message, type="no.self.guardian-delivery.v1", register=SELF):
    """How a parent wants a child's service delivered; it counts when all who have the same right say so."""

    person: IdentityNumber
    guardian: IdentityNumber
    service: Service
    delivery: Delivery
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)
        if self.service not in WISHES:
            raise refuse("service", "Nobody is asked about this for a child.")

    def says(self) -> Iterator[Statement]:
        yield fact(
            person(self.person), WISHES[self.service], self.delivery, self.since, member=person(self.guardian)
        )
