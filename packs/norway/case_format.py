"""The format of case files about child benefit. What is null is left out, and what is left out says nothing.

Fields that no rule here reads are allowed, numbers may be written as text, and a month stands for its days.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, TypeVar, cast

from msgspec import Meta, Struct, ValidationError, convert, field

from duly.errors import BadInput
from duly.timeline import add_months, from_iso, month_first, to_iso

Kind = Literal["ordinary", "extended", "small_child_supplement", "finnmark_supplement", "svalbard_supplement"]
Condition = Literal[
    "under_18", "lives_with_applicant", "unmarried", "resident", "lawful_residence", "lone_parent"
]
Reason = Literal[
    "shared_residence",
    "back_payment_limit_3_years",
    "back_payment_limit_3_months",
    "change_of_recipient",
    "already_paid",
]
Percent = Annotated[int, Meta(ge=0, le=100)]
F = TypeVar("F", bound="Form")


class Form(Struct, frozen=True, kw_only=True):
    """A part of a case as it is written."""


class Heading(Form, frozen=True, kw_only=True):
    """What every case has, also one that cannot be judged."""

    id: str
    source: str = ""
    tier: str = ""
    usable: frozenset[str] = frozenset()


class Individual(Form, frozen=True, kw_only=True):
    """One of the case's persons."""

    id: str
    role: Literal["applicant", "child", "other_parent"]
    born: str | None = None
    died: str | None = None

    def __post_init__(self) -> None:
        _check(self.born, self.died)
        if self.role == "child" and self.born is None:
            raise ValueError("A child has no day of birth")


class Dated(Form, frozen=True, kw_only=True):
    """A row from a first through a last day; without one, since ever or until further notice."""

    since: str | None = field(name="from", default=None)
    until: str | None = field(name="to", default=None)

    def __post_init__(self) -> None:
        _check(self.since, self.until)

    @property
    def last(self) -> str | None:
        """The last day; of a month, its last."""
        if self.until is None or len(self.until) == 10:
            return self.until
        return to_iso(add_months(month_first(from_iso(self.until)), 1) - 1)


class ConditionRow(Dated, frozen=True, kw_only=True):
    """What was found of a condition of a person; only "satisfied" gives anything."""

    person: str
    condition: Condition
    result: str = ""
    details: frozenset[str] = frozenset()


class OverrideRow(Dated, frozen=True, kw_only=True):
    """A percentage that a case worker set for some persons."""

    persons: tuple[str, ...]
    reason: Reason
    percent: Percent


class OfChildren(Dated, frozen=True, kw_only=True):
    """A row about some children."""

    persons: tuple[str, ...]


class CompetenceRow(OfChildren, frozen=True, kw_only=True):
    """Which country pays first; left out where nobody found it."""

    result: Literal["norway_is_primary", "norway_is_secondary", "two_primary_countries"] | None = None


class ForeignRow(OfChildren, frozen=True, kw_only=True):
    """What another country pays, in its currency."""

    amount: str | None = None
    currency: str | None = None
    interval: Literal["monthly", "quarterly", "yearly", "weekly"] = "monthly"


class RateRow(OfChildren, frozen=True, kw_only=True):
    """Kroner for one unit of a currency."""

    currency: str | None = None
    rate: str | None = None


class ExpectedRow(Dated, frozen=True, kw_only=True):
    """What is granted; a value that is left out is not compared."""

    person: str
    kind: Kind = field(name="type")
    amount: int | None = None
    percent: int | None = None
    rate: int | None = None


class CaseForm(Heading, frozen=True, kw_only=True):
    """A whole case."""

    case_kind: str = "normal"
    persons: Annotated[tuple[Individual, ...], Meta(min_length=1)]
    conditions: tuple[ConditionRow, ...]
    overrides: tuple[OverrideRow, ...] = ()
    transitional_benefit: tuple[Dated, ...] = ()
    competences: tuple[CompetenceRow, ...] = ()
    foreign_amounts: tuple[ForeignRow, ...] = ()
    exchange_rates: tuple[RateRow, ...] = ()
    rates_as_of: str | None = None
    window: Dated | None = None
    only_types: tuple[Kind, ...] = ()
    expected: tuple[ExpectedRow, ...]

    def __post_init__(self) -> None:
        _check(self.rates_as_of)
        _check_persons({p.id for p in self.persons}, {row.person for row in self.expected})


def documents(document: object) -> list[object]:
    """The cases of a file `{"cases": [...]}`, not yet looked at."""
    found = cast("Mapping[str, object]", document).get("cases") if isinstance(document, Mapping) else None
    if not isinstance(found, list):
        raise BadInput(
            "This is no case file", detail="It has no list of cases.", hint='Write {"cases": [...]}.'
        )
    return cast("list[object]", found)


def form(written: object, shape: type[F], *, number: int) -> F:
    """A case, or its heading, as it is written; `number` is its place in the file."""
    try:
        return convert(_said(written), shape, strict=False)
    except ValidationError as error:
        name = cast("Mapping[str, object]", written).get("id") if isinstance(written, Mapping) else None
        raise BadInput(
            "This is not a case of child benefit",
            detail=f"{error}.",
            where=f"case {number + 1}" + (f", {name}" if name else ""),
            hint="The cases in packs/norway/cases show the format.",
        ) from error


def _said(written: Any) -> Any:
    """Without what is null."""
    if isinstance(written, Mapping):
        pairs = cast("Mapping[str, Any]", written).items()
        return {name: _said(value) for name, value in pairs if value is not None}
    return [_said(value) for value in cast("list[Any]", written)] if isinstance(written, list) else written


def _check(*days: str | None) -> None:
    for day in days:
        try:
            from_iso(day or "1970-01-01")
        except BadInput as error:
            raise ValueError(error.detail) from error


def _check_persons(known: set[str], expected: set[str]) -> None:
    if strangers := sorted(expected - known):
        raise ValueError(f"Something is expected for {strangers[0]!r}, who is none of the persons")
