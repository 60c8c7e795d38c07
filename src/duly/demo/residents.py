"""What the demo knows of people, homes and lists: plain records, drawn once and never changed in place."""

from dataclasses import dataclass
from datetime import date

__all__ = ["PRACTICES", "Care", "Household", "Population", "Practice", "Resident", "age"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """A practitioner's list."""

    code: str
    full: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Resident:
    """One person as the registers know them. `mother`, `father` and `partner` are identity numbers."""

    identity: str
    name: str
    family_name: str
    origin: str
    female: bool
    born: date
    mother: str | None
    father: str | None
    partner: str | None
    married: bool
    language: str
    account: str | None
    permit_until: date | None
    practice: str
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Care:
    """A carer and a child who lives with them, in one home or in two that share the child."""

    carer: str
    child: str
    role: str
    shared: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """People who live at one address, and the children that they care for."""

    kind: str
    municipality: str
    members: tuple[Resident, ...]
    cares: tuple[Care, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Population:
    """Everybody on one day, household by household."""

    seed: int
    day: date
    households: tuple[Household, ...]
    practices: tuple[Practice, ...]

    @property
    def residents(self) -> tuple[Resident, ...]:
        return tuple(member for household in self.households for member in household.members)


PRACTICES = (
    Practice(code="P1001", full=False),
    Practice(code="P1002", full=False),
    Practice(code="P1003", full=True),
)


def age(person: Resident, day: date) -> float:
    """Age in years; a fraction, for drawing, not for law."""
    return (day - person.born).days / 365.25
