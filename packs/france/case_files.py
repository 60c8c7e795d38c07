"""Reads case files about family allowances: a family's facts of one month in, the amount due out.

The facts are those of the whole month. A file that does not say otherwise is about the published reading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from duly.law import cases
from duly.timeline import add_months, from_iso

from .case_format import CaseForm, ChildForm, cents, form, lines

PROGRAMME = "allocations.familiales"
TERRITORIES = {
    "Metropole": "metropole",
    "Guadeloupe": "guadeloupe",
    "Guyane": "guyane",
    "Martinique": "martinique",
    "LaReunion": "la_reunion",
    "SaintBarthelemy": "saint_barthelemy",
    "SaintMartin": "saint_martin",
    "Mayotte": "mayotte",
    "SaintPierreEtMiquelon": "saint_pierre_et_miquelon",
}
CUSTODY = {
    "EffectiveEtPermanente": "effective_and_permanent",
    "GardeAlterneeAllocataireUnique": "alternating_one_recipient",
    "GardeAlterneePartageAllocations": "alternating_shared",
    "ServicesSociauxAllocationVerseeALaFamille": "services_paid_to_family",
    "ServicesSociauxAllocationVerseeAuxServicesSociaux": "services_paid_to_services",
}


def kind_of(document: object) -> str:
    """What a file of cases is about."""
    return f"families ({len(lines(document))} of a month)"


def read(document: object) -> Iterator[cases.Case]:
    """Each case of a file with one JSON object a line. Raises BadInput for what is not a case."""
    for number, written in enumerate(lines(document), start=1):
        yield _case(form(written, number=number), number, _base(written, number))


def _base(written: Any, number: int) -> int:
    """Where the numbers of a case's subjects begin: by its content, so that those of two files keep apart."""
    text = f"{number} {json.dumps(written, sort_keys=True)}".encode()
    return (int.from_bytes(hashlib.sha256(text).digest()[:7]) | 1) << 7


def _case(case: CaseForm, number: int, base: int) -> cases.Case:
    found = case.input
    first = from_iso(found.first)
    builder = cases.HistoryBuilder(kind="Person")
    _carer(builder, base, case)
    # Of children born on one day the library takes the last for the eldest; here the lowest number is.
    numbers = {base + len(found.children) - place: child for place, child in enumerate(found.children)}
    for child_number, child in numbers.items():
        _child(builder, base, child_number, child, parent=found.parent)
    return cases.Case(
        id=case.id or f"line {number}",
        title=case.note or f"{found.first[:7]}, {found.place.kind}, {len(found.children)} children",
        history=builder.history(),
        known_at=None,
        first=first,
        last=add_months(first, 1),
        window=(first, first),
        programmes=(PROGRAMME,),
        expected=_expected(case, base, first),
        fields=frozenset({"amount", *case.output.parts}),
        left_out="",
        names={base: "the household", **{n: f"child {c.number}" for n, c in numbers.items()}},
    )


def _carer(builder: cases.HistoryBuilder, number: int, case: CaseForm) -> None:
    found = case.input
    values = {
        "resources": cents(found.resources),
        "territory": TERRITORIES[found.place.kind],
        "covered": found.covered,
        "child_before_2012": found.child_before_2012,
        "reading": case.reading,
    }
    for name, value in values.items():
        builder.since_ever(number, f"Person.{name}", value)


def _child(builder: cases.HistoryBuilder, carer: int, number: int, child: ChildForm, *, parent: bool) -> None:
    values = {
        "born": from_iso(child.born),
        "earnings": cents(child.earnings),
        "housing_aid": child.housing_aid,
        "opened_right": child.opened_right,
    }
    for name, value in values.items():
        builder.since_ever(number, f"Person.{name}", value)
    builder.since_ever(carer, "Care.present", True, member=number)
    builder.since_ever(carer, "Care.custody", CUSTODY[child.charge.kind], member=number)
    builder.since_ever(carer, "Care.parent", parent, member=number)


def _expected(case: CaseForm, number: int, first: int) -> tuple[cases.Expected, ...]:
    """One month, or none where nothing is due."""
    amount = cents(case.output.amount)
    if not amount:
        return ()
    parts = {str(name): cents(part) for name, part in case.output.parts.items()}
    return (
        cases.Expected(
            programme=PROGRAMME,
            holder=number,
            about=number,
            first=first,
            end=add_months(first, 1),
            values={"amount": amount, **parts},
        ),
    )
