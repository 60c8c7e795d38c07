"""Reads case files about child benefit: dated findings of conditions in, granted months out.

A row of a condition is an officer's finding that replaces the condition: true for the days of a satisfied
row, false on all others. The format is that of `cases.json` in the set of cases taken from NAV's tests.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from duly.law import cases

TYPES = {
    "ordinary": "barnetrygd.ordinary",
    "extended": "barnetrygd.extended",
    "small_child_supplement": "barnetrygd.small_child",
    "finnmark_supplement": "barnetrygd.finnmark",
    "svalbard_supplement": "barnetrygd.svalbard",
}
FINDINGS = {
    "under_18": "Person.under_18_finding",
    "unmarried": "Person.unmarried_finding",
    "resident": "Person.resident_finding",
    "lawful_residence": "Person.lawful_finding",
    "lone_parent": "Person.lone_parent_finding",
}
PLACES = {"resides_in_finnmark_or_north_troms": "finnmark", "resides_in_svalbard": "svalbard"}
SHARED = {"shared_residence": "split", "shared_residence_not_to_be_split": "not_split"}
ABROAD = {"child_lives_in_eea_with_other_parent", "child_lives_in_uk_with_other_parent"}

Row = Mapping[str, Any]


def read(document: Mapping[str, Any]) -> Iterator[cases.Case]:
    """Each case of a file `{"cases": [...]}`; a case that cannot be judged says why in `left_out`."""
    for number, case in enumerate(document["cases"]):
        yield _case(case, base=1000 * (number + 1))


def _case(case: Row, *, base: int) -> cases.Case:
    numbers = {person["id"]: base + i for i, person in enumerate(case["persons"])}
    carer = next((p["id"] for p in case["persons"] if p["role"] == "applicant"), None)
    children = [p["id"] for p in case["persons"] if p["role"] == "child"]
    holder = carer if carer is not None else children[0]
    builder = cases.HistoryBuilder(kind="Person")
    for person in case["persons"]:
        _person(builder, numbers[person["id"]], person, case)
    for child in children:
        _care(builder, numbers[holder], numbers[child], child, case)
    _overrides(builder, numbers[holder], holder, case)
    # Only the applicant can have transitional benefit; tables name other persons of the case, too.
    full = ((row["from"], row["to"], "full") for row in case["transitional_benefit"])
    builder.spans(numbers[holder], "Person.transitional", full, outside="none")
    return cases.Case(
        id=case["id"],
        title=f"{case['tier']}: {case['source']}",
        history=builder.history(),
        known_at=cases.day(case["rates_as_of"]),
        first=cases.month(min(p["born"] for p in case["persons"] if p["role"] == "child")),
        last=cases.month(max(p["born"] for p in case["persons"] if p["role"] == "child"), years=19),
        window=_window(case),
        programmes=tuple(TYPES[t] for t in case.get("only_types") or TYPES),
        expected=tuple(_expected(row, numbers, numbers[holder]) for row in case["expected"]),
        fields=_fields(case),
        left_out=_left_out(case),
        names={number: person for person, number in numbers.items()},
    )


def _left_out(case: Row) -> str:
    if not case["usable"]:
        return "its table does not follow from its facts"
    if case["tier"] == "eea":
        return "it needs the rules for benefits from two countries"
    return ""


def _fields(case: Row) -> frozenset[str]:
    names = {"amounts": "amount", "percent": "percent", "rate": "rate"}
    return frozenset(names[use] for use in case["usable"] if use in names)


def _window(case: Row) -> tuple[int, int] | None:
    window = case.get("window")
    return (cases.day(window["from"]) or 0, cases.day(window["to"]) or 0) if window else None


def _rows(case: Row, person: str, condition: str) -> Iterable[Row]:
    return (
        row
        for row in case["conditions"]
        if row["person"] == person and row["condition"] == condition and row["result"] == "satisfied"
    )


def _person(builder: cases.HistoryBuilder, number: int, person: Row, case: Row) -> None:
    builder.since_ever(number, "Person.born", cases.day(person["born"]))
    if person.get("died"):
        builder.since_ever(number, "Person.died", cases.day(person["died"]))
    for condition, attribute in FINDINGS.items():
        rows = _rows(case, person["id"], condition)
        builder.spans(number, attribute, ((row["from"], row["to"], True) for row in rows), outside=False)
    rows = _rows(case, person["id"], "resident")
    places = ((row["from"], row["to"], _detail(row, PLACES, "elsewhere")) for row in rows)
    builder.spans(number, "Person.place_finding", places, outside="elsewhere")


def _care(builder: cases.HistoryBuilder, holder: int, child: int, child_id: str, case: Row) -> None:
    rows = list(_rows(case, child_id, "lives_with_applicant"))
    builder.since_ever(holder, "Care.present", True, member=child)
    builder.since_ever(holder, "Care.role", "self" if holder == child else "parent", member=child)
    lives = ((row["from"], row["to"], True) for row in rows)
    builder.spans(holder, "Care.lives_finding", lives, outside=False, member=child)
    shared = ((row["from"], row["to"], _detail(row, SHARED, "no")) for row in rows)
    builder.spans(holder, "Care.shared", shared, outside="no", member=child)
    abroad = ((row["from"], row["to"], not ABROAD.isdisjoint(row["details"])) for row in rows)
    builder.spans(holder, "Care.abroad_with_other_parent", abroad, outside=False, member=child)
    overrides = [row for row in case["overrides"] if child_id in row["persons"]]
    builder.spans(holder, "Care.override", _reasons(overrides), outside="none", member=child)
    builder.spans(holder, "Care.override_percent", _percents(overrides), outside=100, member=child)


def _overrides(builder: cases.HistoryBuilder, number: int, holder: str, case: Row) -> None:
    overrides = [row for row in case["overrides"] if holder in row["persons"]]
    builder.spans(number, "Person.override", _reasons(overrides), outside="none")
    builder.spans(number, "Person.override_percent", _percents(overrides), outside=100)


def _reasons(overrides: Iterable[Row]) -> Iterator[cases.Span]:
    return ((row["from"], row["to"], row["reason"]) for row in overrides)


def _percents(overrides: Iterable[Row]) -> Iterator[cases.Span]:
    return ((row["from"], row["to"], int(row["percent"])) for row in overrides)


def _detail(row: Row, names: Mapping[str, str], otherwise: str) -> str:
    return next((names[detail] for detail in row["details"] if detail in names), otherwise)


def _expected(row: Row, numbers: Mapping[str, int], holder: int) -> cases.Expected:
    person = numbers[row["person"]]
    values = {
        "amount": None if row["amount"] is None else int(row["amount"]) * 100,
        "percent": row["percent"],
        "rate": None if row["rate"] is None or row["percent"] == 0 else int(row["rate"]) * 100,
    }
    return cases.Expected(
        programme=TYPES[row["type"]],
        holder=holder,
        about=person,
        first=cases.day(row["from"]) or 0,
        end=cases.day_after(row["to"]),
        values={name: value for name, value in values.items() if value is not None},
    )
