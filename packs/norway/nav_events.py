"""NAV: benefits that it grants, and what its officers found and decided."""

from collections.abc import Iterator
from datetime import date
from enum import Enum
from typing import Annotated

from msgspec import Meta

from duly.events import Message, Statement, fact, refuse

from .event_wording import (
    IdentityNumber,
    different,
    happened,
    in_order,
    person,
)
from .vocabulary import Care, Override, Person, Place, Transitional

NAV = "nav"

Percent = Annotated[int, Meta(ge=0, le=100)]


class LoneParent(Message, type="no.nav.lone-parent.v1", register=NAV):
    """A person is alone with children, or with `lone_parent` false is not."""

    person: IdentityNumber
    since: date
    until: date | None = None
    lone_parent: bool = True

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.lone_parent, self.lone_parent, self.since, self.until)


class TransitionalBenefit(Message, type="no.nav.transitional.v1", register=NAV):
    """A lone parent has transitional benefit."""

    person: IdentityNumber
    transitional: Transitional
    since: date
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.transitional, self.transitional, self.since, self.until)


class BenefitAbroad(Message, type="no.nav.abroad-benefit.v1", register=NAV):
    """A benefit under the rules for two countries runs for a person."""

    person: IdentityNumber
    since: date
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.abroad_benefit, True, self.since, self.until)


class ChildAbroad(Message, type="no.nav.child-abroad.v1", register=NAV):
    """A child lives abroad with the other parent."""

    carer: IdentityNumber
    child: IdentityNumber
    since: date
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        different("carer", self.carer, "child", self.child, "carer and child are two people here.")

    def says(self) -> Iterator[Statement]:
        carer, child = person(self.carer), person(self.child)
        yield fact(carer, Care.abroad_with_other_parent, True, self.since, self.until, member=child)


class MovedFromLegacy(Message, type="no.nav.moved-from-legacy.v1", register=NAV):
    """A person's case came from the older system on a day."""

    person: IdentityNumber
    moved: date

    def check(self, today: date) -> None:
        happened(today, "moved", self.moved)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.moved_from_legacy, self.moved)


class Condition(Enum):
    """A condition that an officer can find to hold or not."""

    RESIDENT = "resident"
    LAWFUL_RESIDENCE = "lawful_residence"
    UNMARRIED = "unmarried"
    UNDER_18 = "under_18"
    LONE_PARENT = "lone_parent"


FINDINGS = {
    Condition.RESIDENT: Person.resident_finding,
    Condition.LAWFUL_RESIDENCE: Person.lawful_finding,
    Condition.UNMARRIED: Person.unmarried_finding,
    Condition.UNDER_18: Person.under_18_finding,
    Condition.LONE_PARENT: Person.lone_parent_finding,
}


class Finding(Message, type="no.nav.finding.v1", register=NAV):
    """An officer found that a condition holds, or does not, for a person over some days."""

    person: IdentityNumber
    condition: Condition
    holds: bool
    since: date | None = None
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), FINDINGS[self.condition], self.holds, self.since, self.until)


class LivesWithFinding(Message, type="no.nav.care-finding.v1", register=NAV):
    """An officer found that a child lives with a carer, or does not, over some days."""

    carer: IdentityNumber
    child: IdentityNumber
    lives_with: bool
    since: date | None = None
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        carer, child = person(self.carer), person(self.child)
        yield fact(carer, Care.lives_finding, self.lives_with, self.since, self.until, member=child)


class PlaceFinding(Message, type="no.nav.place-finding.v1", register=NAV):
    """An officer found where a person lives over some days, as far as a supplement depends on it."""

    person: IdentityNumber
    place: Place
    since: date | None = None
    until: date | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)

    def says(self) -> Iterator[Statement]:
        yield fact(person(self.person), Person.place_finding, self.place, self.since, self.until)


class ChangedPayment(Message, type="no.nav.override.v1", register=NAV):
    """An officer replaced the percentage: of a child if `child` is named, else of the extended benefit."""

    carer: IdentityNumber
    reason: Override
    percent: Percent
    since: date
    until: date | None = None
    child: IdentityNumber | None = None

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        if self.reason is Override.NONE:
            raise refuse("reason", "A changed payment has a reason; to end one, correct or cancel its event.")

    def says(self) -> Iterator[Statement]:
        who = person(self.carer)
        if self.child is None:
            yield fact(who, Person.override, self.reason, self.since, self.until)
            yield fact(who, Person.override_percent, self.percent, self.since, self.until)
            return
        child = person(self.child)
        yield fact(who, Care.override, self.reason, self.since, self.until, member=child)
        yield fact(who, Care.override_percent, self.percent, self.since, self.until, member=child)
