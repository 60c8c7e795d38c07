"""The format of case files about family allowances: one JSON object a line, a family and what it is due.

`input` and `output` have the names of the library `@catala-lang/french-law`. Our own cases also have an `id`,
a `note` (how the answer was worked out), their `reading` (else "published"), and perhaps parts of the amount.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Literal, cast

from msgspec import Struct, ValidationError, convert, field

from duly.errors import BadInput
from duly.timeline import from_iso, month_first

Territory = Literal[
    "Metropole",
    "Guadeloupe",
    "Guyane",
    "Martinique",
    "LaReunion",
    "SaintBarthelemy",
    "SaintMartin",
    "Mayotte",
    "SaintPierreEtMiquelon",
]
Custody = Literal[
    "EffectiveEtPermanente",
    "GardeAlterneeAllocataireUnique",
    "GardeAlterneePartageAllocations",
    "ServicesSociauxAllocationVerseeALaFamille",
    "ServicesSociauxAllocationVerseeAuxServicesSociaux",
]
Euros = int | float


class Form(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a case as it is written."""


class Place(Form, frozen=True, kw_only=True):
    kind: Territory
    payload: None = None


class Charge(Form, frozen=True, kw_only=True):
    kind: Custody
    payload: None = None


class ChildForm(Form, frozen=True, kw_only=True):
    """One child of the household."""

    number: int = field(name="dIdentifiant")
    earnings: Euros = field(name="dRemunerationMensuelle")
    born: str = field(name="dDateDeNaissance")
    charge: Charge = field(name="dPriseEnCharge")
    opened_right: bool = field(name="dADejaOuvertDroitAuxAllocationsFamiliales")
    housing_aid: bool = field(name="dBeneficieTitrePersonnelAidePersonnelleLogement")

    def __post_init__(self) -> None:
        _must_be_day(self.born)
        cents(self.earnings)


class Household(Form, frozen=True, kw_only=True):
    """The facts of the month that begins on `first`."""

    first: str = field(name="iDateCouranteIn")
    children: tuple[ChildForm, ...] = field(name="iEnfantsIn")
    resources: Euros = field(name="iRessourcesMenageIn")
    place: Place = field(name="iResidenceIn")
    parent: bool = field(name="iPersonneChargeEffectivePermanenteEstParentIn")
    covered: bool = field(name="iPersonneChargeEffectivePermanenteRemplitTitreIIn")
    child_before_2012: bool = field(name="iAvaitEnfantAChargeAvant1erJanvier2012In")

    def __post_init__(self) -> None:
        cents(self.resources)
        if month_first(_must_be_day(self.first)) != from_iso(self.first):
            raise ValueError(f"{self.first} is not the first of a month")


class Answer(Form, frozen=True, kw_only=True):
    """What is due, in euros; 0 where nothing is."""

    amount: Euros = field(name="iMontantVerse")
    parts: Mapping[Literal["base", "supplement", "flat_rate", "complement"], Euros] = field(
        default_factory=dict[Literal["base", "supplement", "flat_rate", "complement"], Euros]
    )

    def __post_init__(self) -> None:
        for amount in (self.amount, *self.parts.values()):
            cents(amount)


class CaseForm(Form, frozen=True, kw_only=True):
    """A whole case."""

    id: str = ""
    note: str = ""
    reading: Literal["law", "published"] = "published"
    input: Household
    output: Answer


def lines(document: object) -> list[object]:
    """The cases of a file, not yet looked at."""
    written = cast("list[object]", document) if isinstance(document, list) else [document]
    if not all(isinstance(each, Mapping) and {"input", "output"} <= each.keys() for each in written):
        raise BadInput(
            "This is no case file",
            detail="A line has no input or no output.",
            hint="Write one JSON object a line, with input and output.",
        )
    return written


def form(written: Any, *, number: int) -> CaseForm:
    """A case as it is written; `number` is its line."""
    try:
        return convert(written, CaseForm)
    except ValidationError as error:
        raise BadInput(
            "This is not a case of family allowances",
            detail=f"{error}.",
            where=f"line {number}",
            hint="The cases in packs/france/cases show the format.",
        ) from error


def cents(euros: Euros) -> int:
    """Euros as they are written, in cents; what is no whole number of cents is refused."""
    exact = Fraction(str(euros)) * 100
    if exact.denominator != 1 or exact < 0:
        raise ValueError(f"{euros} is no amount in euros and cents")
    return int(exact)


def _must_be_day(text: str) -> int:
    try:
        return from_iso(text)
    except BadInput as error:
        raise ValueError(error.detail) from error
