"""The Population Register: who is whose parent, and who a child lives with."""

from collections.abc import Iterator
from datetime import date

from duly.events import Message, Statement, link

from .event_wording import (
    IdentityNumber,
    different,
    in_order,
    person,
)
from .vocabulary import Care, Parenthood, Role, Shared

FOLKEREGISTERET = "folkeregisteret"


class ParentOf(Message, type="no.folkeregisteret.parenthood.v1", register=FOLKEREGISTERET):
    """A person is, or with `ended` is no longer, a legal parent of a child."""

    child: IdentityNumber
    parent: IdentityNumber
    role: Role
    since: date
    ended: bool = False

    def check(self, today: date) -> None:
        in_order(self.since, None)
        different("child", self.child, "parent", self.parent, "nobody is their own parent.")

    def says(self) -> Iterator[Statement]:
        yield from link(
            person(self.child),
            Parenthood,
            person(self.parent),
            self.since,
            present=not self.ended,
            role=self.role,
        )


class LivesWith(Message, type="no.folkeregisteret.care.v1", register=FOLKEREGISTERET):
    """A child lives with a carer, in one home or in two that share the child."""

    child: IdentityNumber
    carer: IdentityNumber
    role: Role
    since: date
    until: date | None = None
    shared: Shared = Shared.NO

    def check(self, today: date) -> None:
        in_order(self.since, self.until)
        if self.role is not Role.SELF:
            different("child", self.child, "carer", self.carer, "only the role `self` says that.")

    def says(self) -> Iterator[Statement]:
        yield from link(
            person(self.carer),
            Care,
            person(self.child),
            self.since,
            self.until,
            role=self.role,
            shared=self.shared,
        )


class LivesNoLongerWith(Message, type="no.folkeregisteret.care-ended.v1", register=FOLKEREGISTERET):
    """A child does not live with a carer any more."""

    child: IdentityNumber
    carer: IdentityNumber
    since: date

    def check(self, today: date) -> None:
        in_order(self.since, None)

    def says(self) -> Iterator[Statement]:
        yield from link(person(self.carer), Care, person(self.child), self.since, present=False)
