"""Random cases in the format of the case files, so close together that rows and birthdays collide.

All days lie within three years; children turn 0, 3, 6 and 18 in them. Rows meet, miss each other by a day or
leave gaps, at the turns of months and inside them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from duly.timeline import add_months, from_iso, to_iso

CHILD = ("under_18", "lives_with_applicant", "unmarried", "resident", "lawful_residence")
APPLICANT = ("resident", "lawful_residence", "lone_parent")
FIRST = from_iso("2024-04-01")
MONTHS = 27
BIRTHS = (
    "2025-05-31",
    "2024-02-29",
    "2020-02-29",
    "2021-09-30",
    "2022-12-15",
    "2018-10-01",
    "2007-10-31",
    "2008-01-01",
)
AS_OF = (None, None, "2023-03-01", "2023-12-31", "2024-08-31", "2025-05-01", "2026-01-31")
FINNMARK, SVALBARD = "resides_in_finnmark_or_north_troms", "resides_in_svalbard"
SPLIT, NOT_SPLIT = "shared_residence", "shared_residence_not_to_be_split"
EEA, UK = "child_lives_in_eea_with_other_parent", "child_lives_in_uk_with_other_parent"
Details = tuple[list[str], ...]
Homes = tuple[tuple[list[str], list[str]], ...]
SHARED: Details = ([], [SPLIT], [SPLIT], [NOT_SPLIT], [NOT_SPLIT, SPLIT], ["of_tomorrow"])
ABROAD: Details = ([], [EEA], [UK, SPLIT], [NOT_SPLIT, EEA], ["child_lives_in_eea_with_applicant"])
RESIDENT: Details = ([FINNMARK], [], ["membership_assessed", FINNMARK], [FINNMARK], [SVALBARD])
OTHER: Details = ([], [], ["assessed_on_other_basis", FINNMARK, EEA])
REASONS = (
    "shared_residence",
    "back_payment_limit_3_years",
    "back_payment_limit_3_months",
    "change_of_recipient",
    "already_paid",
)
COMPETENCES = ("norway_is_secondary", "norway_is_primary", "two_primary_countries", None)
AMOUNTS = ("0", "25", "199.99", "500", "1493", "5023400", "83.3333", None)
INTERVALS = ("monthly", "monthly", "quarterly", "yearly", "weekly")
EXCHANGE = ("1", "10.5138", "2.7621453465", "0.9453325900", None)
RESULTS = ("satisfied", "satisfied", "satisfied", "satisfied", "not_satisfied", "not_assessed")

Rows = list[dict[str, Any]]


@st.composite
def batches(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Some cases with one day of knowledge of the rates, so that they can be evaluated together."""
    as_of = draw(st.sampled_from(AS_OF))
    found = [draw(cases()) for _ in range(draw(st.integers(1, 4)))]
    return [{**case, "id": f"case-{at}", "rates_as_of": as_of} for at, case in enumerate(found)]


@st.composite
def cases(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(("normal", "normal", "normal", "normal", "institution", "lone_minor")))
    names = ["barn1", "barn2", "barn3"][: draw(st.integers(1, 3))] if kind == "normal" else ["barn1"]
    persons = [{"id": name, "role": "child", "born": draw(st.sampled_from(BIRTHS))} for name in names]
    if draw(st.booleans()):
        persons[0]["died"] = "2024-03-15"
    rows: Rows = [row for name in names for row in draw(child(name))]
    if kind == "normal":
        persons.insert(draw(st.integers(0, 1)), {"id": "mor", "role": "applicant", "born": "1990-01-01"})
        persons += draw(st.sampled_from(([], [{"id": "far", "role": "other_parent", "born": "1988-01-01"}])))
        rows += [row for condition in APPLICANT for row in draw(conditions("mor", condition))]
        rows += draw(conditions("mor", draw(st.sampled_from(("under_18", "lives_with_applicant")))))
        rows += draw(conditions("far", draw(st.sampled_from(APPLICANT))))
    else:
        rows += draw(conditions("barn1", "lone_parent"))
    holder = "mor" if kind == "normal" else "barn1"
    return {
        "source": "random",
        "tier": "derivable",
        "usable": ["months", "amounts", "percent", "rate"],
        "case_kind": kind,
        "persons": persons,
        "conditions": rows[::-1] if draw(st.booleans()) else rows,
        "overrides": draw(overrides(sorted({*names, holder}))),
        "transitional_benefit": draw(transitional(holder)),
        **draw(two_countries(names)),
        "expected": [],
    }


@st.composite
def two_countries(draw: st.DrawFn, names: Sequence[str]) -> dict[str, Rows]:
    """Who is first in line, what another country pays, and the rate; often for all children at once."""
    found: dict[str, Rows] = {"competences": [], "foreign_amounts": [], "exchange_rates": []}
    if draw(st.integers(0, 2)) == 0:
        return found
    groups = [list(names)] if draw(st.booleans()) else [[name] for name in names]
    for persons in groups:
        for months in draw(stretches()):
            result = draw(st.sampled_from(("norway_is_secondary", *COMPETENCES)))
            found["competences"].append({"persons": persons, **months, "result": result})
        for months in draw(stretches()):
            amount, interval = draw(st.sampled_from(AMOUNTS)), draw(st.sampled_from(INTERVALS))
            row = {"amount": amount, "interval": interval, "currency": draw(st.sampled_from(("EUR", "PLN")))}
            found["foreign_amounts"].append({"persons": persons, **months, **row})
        for months in draw(stretches()):
            row = {"rate": draw(st.sampled_from(EXCHANGE)), "currency": draw(st.sampled_from(("EUR", "PLN")))}
            found["exchange_rates"].append({"persons": persons, **months, **row})
    return found


@st.composite
def stretches(draw: st.DrawFn) -> Rows:
    """Months one after the other, without end, as the case files write them."""
    turns = sorted(draw(st.sets(st.integers(0, MONTHS), max_size=2)))
    begun = [None, *(add_months(FIRST, turn) for turn in turns)]
    ended = [*(start - 1 for start in begun[1:] if start is not None), None]
    return [
        {key: day and day[:7] for key, day in days(*pair).items()} for pair in zip(begun, ended, strict=True)
    ]


@st.composite
def child(draw: st.DrawFn, name: str) -> Rows:
    """A child's conditions; living abroad, or marks of shared residence on other rows than the home's."""
    abroad = draw(st.booleans())
    rows = draw(conditions(name, "lives_with_applicant", ABROAD if abroad else SHARED))
    marked = "" if abroad else draw(st.sampled_from(("", "", *CHILD)))
    for condition in CHILD:
        if condition != "lives_with_applicant":
            marks = [SPLIT] if condition == marked else []
            found = draw(conditions(name, condition))
            rows += [{**row, "details": [*row["details"], *marks]} for row in found]
    return rows


@st.composite
def conditions(draw: st.DrawFn, person: str, condition: str, details: Details | None = None) -> Rows:
    """Rows of one condition; most conditions but home and residence hold all the time."""
    details = details or (RESIDENT if condition == "resident" else OTHER)
    many = 4 if condition == "lives_with_applicant" else draw(st.sampled_from((0, 0, 0, 3)))
    return [
        {
            "person": person,
            "condition": condition,
            **span,
            "result": draw(st.sampled_from(RESULTS)) if many else "satisfied",
            "details": draw(st.sampled_from(details)),
            "assessed_under": None,
        }
        for span in draw(spans(many))
    ]


@st.composite
def spans(draw: st.DrawFn, most: int) -> list[dict[str, str | None]]:
    """First and last days of stretches that follow each other at once, after a day, or after longer."""
    turns = sorted(draw(st.sets(st.integers(0, MONTHS), max_size=most)))
    begun = [add_months(FIRST, turn) + draw(st.sampled_from((0, 0, 0, -1, 1, 14))) for turn in turns]
    ended = [start - 1 - draw(st.sampled_from((0, 0, 0, 1, 20))) for start in begun]
    starts = [None if draw(st.booleans()) else from_iso("2000-01-01"), *begun]
    last = draw(st.sampled_from((None, None, add_months(FIRST, MONTHS + 2) - 1)))
    found = zip(starts, [*ended, last], strict=True)
    return [days(first, last) for first, last in found if first is None or last is None or first <= last]


def days(first: int | None, last: int | None) -> dict[str, str | None]:
    return {"from": None if first is None else to_iso(first), "to": None if last is None else to_iso(last)}


@st.composite
def overrides(draw: st.DrawFn, persons: Sequence[str]) -> Rows:
    """Whole months; no two rows of one person overlap."""
    found: Rows = []
    free = list(persons)
    while free and draw(st.integers(0, 3)):
        mine = draw(st.lists(st.sampled_from(free), min_size=1, unique=True))
        free = [person for person in free if person not in mine]
        turns = sorted(draw(st.sets(st.integers(0, MONTHS), min_size=1, max_size=3)))
        ends = [add_months(FIRST, turn) - 1 for turn in turns[1:]]
        for turn, last in zip(turns, [*ends, None], strict=True):
            reason, percent = draw(st.sampled_from(REASONS)), draw(st.sampled_from((0, 100, 50)))
            if draw(st.integers(0, 3)):
                months = days(add_months(FIRST, turn), last)
                found.append({"persons": mine, **months, "reason": reason, "percent": percent})
    return found


@st.composite
def transitional(draw: st.DrawFn, person: str) -> Rows:
    return [{"person": person, **span} for span in draw(spans(4)) if draw(st.booleans())]


def rare() -> list[dict[str, Any]]:
    """What chance seldom brings together: a lone parent with a child of two in each case."""
    turn = {"from": "2025-03-01", "to": None}
    recipient = {"persons": ["barn"], **turn, "reason": "change_of_recipient", "percent": 0}
    late = [{"person": "mor", "from": "2025-03-31", "to": "2025-05-01"}]
    homes: Homes = (
        ([], [SPLIT, EEA]),
        ([SPLIT, EEA], []),
        ([EEA], [NOT_SPLIT]),
        ([SPLIT], [NOT_SPLIT]),
        ([], []),
    )
    found = [lone_parent(before, after, overrides=[], transitional_benefit=late) for before, after in homes]
    found.append(lone_parent([], [], overrides=[recipient], transitional_benefit=late))
    return [{**case, "id": f"rare-{at}"} for at, case in enumerate(found)]


def lone_parent(before: list[str], after: list[str], **more: Rows) -> dict[str, Any]:
    """The child's home has other details from March 2025 on."""
    held = {"to": None, "result": "satisfied", "details": list[str]()}
    homes = [{"from": None, "to": "2025-02-28", "details": before}, {"from": "2025-03-01", "details": after}]
    rows = [{"person": "barn", "condition": "lives_with_applicant", **held, **home} for home in homes]
    rows += [
        {"person": "barn", "condition": c, "from": None, **held} for c in CHILD if c != "lives_with_applicant"
    ]
    rows += [{"person": "mor", "condition": c, "from": None, **held} for c in APPLICANT]
    mother = {"id": "mor", "role": "applicant", "born": "1990-01-01"}
    child = {"id": "barn", "role": "child", "born": "2023-01-20"}
    whole = {"tier": "derivable", "usable": ["months"], "rates_as_of": None, "expected": []}
    return {**whole, "persons": [mother, child], "conditions": rows, **more}
