"""The format of the component cases: what goes into a part of the rules, and what has to come out."""

from __future__ import annotations

from msgspec import field

from .case_format import Dated, Form


class Born(Form, frozen=True, kw_only=True):
    """A person by name and day of birth."""

    id: str
    born: str


class MonthsOf(Dated, frozen=True, kw_only=True):
    """Months, from the first day of the first to the last day of the last."""


class Amount(MonthsOf, frozen=True, kw_only=True):
    """An amount a month; of what goes in, also what it is before any foreign benefit."""

    person: str = ""
    kind: str = field(name="type")
    amount: int | None = None
    before: int = field(name="before_foreign", default=0)
    differential: int | None = field(name="differential_amount", default=None)


class Told(MonthsOf, frozen=True, kw_only=True):
    """What was found of a person in some months."""

    person: str
    value: bool | str | None = None


class Differential(Form, frozen=True, kw_only=True):
    """Granted amounts, who is first in line, where the children live; and what is left."""

    id: str
    source: str = ""
    persons: tuple[Born, ...]
    granted: tuple[Amount, ...]
    competences: tuple[Told, ...] = field(name="competence_months", default=())
    homes: tuple[Told, ...] = field(name="lives_with_applicant_months", default=())
    expected: tuple[Amount, ...]


class Named(Form, frozen=True, kw_only=True):
    """A person by name."""

    id: str


class Residence(Dated, frozen=True, kw_only=True):
    """A row of a condition."""

    person: str
    condition: str
    result: str = ""
    details: frozenset[str] = frozenset()


class Address(Dated, frozen=True, kw_only=True):
    """A registered address, as far as its municipality."""

    person: str
    municipality: str


class Derived(Form, frozen=True, kw_only=True):
    """Conditions before an automatic decision, registered addresses, and the conditions after it."""

    id: str
    source: str = ""
    persons: tuple[Named, ...]
    conditions_before: tuple[Residence, ...]
    municipalities: tuple[Address, ...]
    conditions_after: tuple[Residence, ...] = field(name="expected_conditions_after")
