"""Reads case files about child benefit: dated findings of conditions in, granted months out.

A row of a condition is an officer's finding that replaces the condition: true for the days of a satisfied
row, false on all others. The format is that of `cases.json` in the set of cases taken from NAV's tests. Files
of other kinds are known by their content, too; `kind_of` says what a file is.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, cast

from duly.errors import BadInput
from duly.law import cases
from duly.law.components import Compared
from duly.law.decimals import canonical
from duly.timeline import BEGIN, END_OF_TIME, from_iso, month_first, to_iso

from . import compared_files
from .case_format import (
    CaseForm,
    ConditionRow,
    Dated,
    ExpectedRow,
    ForeignRow,
    Heading,
    Individual,
    OfChildren,
    RateRow,
    documents,
    form,
)
from .component_cases import derived, differential
from .component_format import Derived, Differential

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
SPLIT, NOT_SPLIT = "shared_residence", "shared_residence_not_to_be_split"
ABROAD = {"child_lives_in_eea_with_other_parent", "child_lives_in_uk_with_other_parent"}
ALONE = {"institution", "lone_minor"}
FIELDS = {"amounts": "amount", "percent": "percent", "rate": "rate"}


CASES, COMPONENTS, DERIVED = "cases", "foreign benefits by themselves", "derived places"
RATES, BIRTHS = "rates", "birth rules"
KINDS = {
    "rates": RATES,
    "filter_rules": BIRTHS,
    "child_benefit_act": "sections of law",
    "override_reasons": "glossary",
}


def kind_of(document: object) -> str:
    """What a file is, by its content."""
    if not isinstance(document, Mapping):
        return CASES
    written = cast("Mapping[str, Any]", document)
    found = [kind for field, kind in KINDS.items() if field in written]
    rows = written.get("cases")
    first: Any = cast("list[Any]", rows)[0] if isinstance(rows, list) and rows else None
    if isinstance(first, Mapping):
        found += [COMPONENTS] if "granted" in first else []
        found += [DERIVED] if "expected_conditions_after" in first else []
    return found[0] if found else CASES


def read(document: object) -> Iterator[cases.Case | Compared]:
    """Each case of a file; one that cannot be judged says why in `left_out`.

    Raises BadInput for what is not a case.
    """
    kind, written = kind_of(document), cast("Any", document)
    if kind == RATES:
        yield from compared_files.rates_of(written)
    elif kind == BIRTHS:
        yield from compared_files.birth_rules_of(written)
    elif kind == COMPONENTS:
        for number, one in enumerate(documents(document)):
            yield differential(form(one, Differential, number=number), base=_base(one))
    elif kind == DERIVED:
        for number, one in enumerate(documents(document)):
            yield derived(form(one, Derived, number=number), base=_base(one))
    elif kind == CASES:
        yield from _cases(document)
    else:
        yield from compared_files.nothing_of(kind)


def _cases(document: object) -> Iterator[cases.Case]:
    for number, written in enumerate(documents(document)):
        heading = form(written, Heading, number=number)
        if reason := _left_out(heading):
            yield _unread(heading, reason)
        else:
            yield _case(form(written, CaseForm, number=number), base=_base(written))


def _base(written: object) -> int:
    """Where the numbers of a case's subjects begin: by its content, so that those of two files keep apart."""
    text = json.dumps(written, sort_keys=True).encode()
    return (int.from_bytes(hashlib.sha256(text).digest()[:7]) | 1) << 7


def _left_out(heading: Heading) -> str:
    if not heading.usable:
        return "its table does not follow from its facts"
    return ""


def _unread(heading: Heading, reason: str) -> cases.Case:
    return cases.Case(
        id=heading.id,
        title=f"{heading.tier}: {heading.source}",
        history={},
        known_at=None,
        first=0,
        last=0,
        window=None,
        programmes=(),
        expected=(),
        fields=frozenset(),
        left_out=reason,
        names={},
    )


def _case(case: CaseForm, *, base: int) -> cases.Case:
    numbers = {person.id: base + i for i, person in enumerate(case.persons)}
    holder, children = _family(case)
    builder = cases.HistoryBuilder(kind="Person")
    for person in case.persons:
        _person(builder, numbers[person.id], person, case)
    for child in children:
        _care(builder, numbers[holder], numbers[child], child, case)
    _overrides(builder, "Person", numbers[holder], holder, case)
    # Only the applicant can have transitional benefit; tables name other persons of the case, too.
    builder.spans(
        numbers[holder], "Person.transitional", _spans(case.transitional_benefit, "full"), outside="none"
    )
    first, last = _months(case, children)
    return cases.Case(
        id=case.id,
        title=f"{case.tier}: {case.source}",
        history=builder.history(),
        known_at=cases.day(case.rates_as_of),
        first=first,
        last=last,
        window=(_first(case.window), _after(case.window) - 1) if case.window else None,
        programmes=tuple(TYPES[kind] for kind in case.only_types or TYPES),
        expected=tuple(_expected(row, numbers, numbers[holder]) for row in case.expected),
        fields=frozenset(FIELDS[use] for use in case.usable if use in FIELDS),
        left_out="",
        names={number: person for person, number in numbers.items()},
    )


def _family(case: CaseForm) -> tuple[str, list[str]]:
    """The applicant and the children; one who is alone is both, whatever the table calls them."""
    applicants = list(dict.fromkeys(p.id for p in case.persons if p.role == "applicant"))
    children = list(dict.fromkeys(p.id for p in case.persons if p.role == "child"))
    if case.case_kind in ALONE and len({*applicants, *children}) == 1:
        applicants = children = applicants or children
    elif not applicants and len(children) == 1:
        applicants = children
    if len(applicants) != 1:
        raise BadInput(
            "A case has one applicant",
            detail=f"Here are {len(applicants)}, and {len(children)} children.",
            where=case.id,
            hint="A child alone is the only person of the case.",
        )
    return applicants[0], children


def _months(case: CaseForm, children: Collection[str]) -> tuple[int, int]:
    """Every month in which something can be granted, and those in which something is expected too early."""
    births = [p.born for p in case.persons if p.born and (p.id in children or not children)]
    if not births:
        raise BadInput("A case without a day of birth", detail="No child's age is known.", where=case.id)
    begins = [row.since for row in case.expected if row.since]
    return cases.month(min([*births, *begins])), cases.month(max(births), years=19)


def _first(row: Dated) -> int:
    return BEGIN if row.since is None else from_iso(row.since)


def _after(row: Dated) -> int:
    return cases.day_after(row.last)


def _rows(case: CaseForm, person: str, condition: str) -> list[ConditionRow]:
    return [
        row
        for row in case.conditions
        if (row.person, row.condition, row.result) == (person, condition, "satisfied")
    ]


def _spans(rows: Iterable[Dated], value: Any) -> Iterator[cases.Span]:
    """The days of each row; one that ends before it begins has none."""
    return ((row.since, row.last, value) for row in rows if _first(row) < _after(row))


def _person(builder: cases.HistoryBuilder, number: int, person: Individual, case: CaseForm) -> None:
    for attribute, day in (("Person.born", person.born), ("Person.died", person.died)):
        if day is not None:
            builder.since_ever(number, attribute, from_iso(day))
    for condition, attribute in FINDINGS.items():
        builder.spans(number, attribute, _spans(_rows(case, person.id, condition), True), outside=False)
    resident = _rows(case, person.id, "resident")
    marked = ((mark, row) for row in resident for mark in PLACES if mark in row.details)
    places = (span for mark, row in marked for span in _spans([row], PLACES[mark]))
    builder.spans(number, "Person.place_finding", places, outside="elsewhere")


def _care(builder: cases.HistoryBuilder, holder: int, child: int, child_id: str, case: CaseForm) -> None:
    rows = _rows(case, child_id, "lives_with_applicant")
    builder.since_ever(holder, "Care.present", True, member=child)
    builder.since_ever(holder, "Care.role", "self" if holder == child else "parent", member=child)
    builder.spans(holder, "Care.lives_finding", _spans(rows, True), outside=False, member=child)
    builder.spans(holder, "Care.shared", _shared(case, child_id), outside="no", member=child)
    abroad = (row for row in rows if not ABROAD.isdisjoint(row.details))
    builder.spans(holder, "Care.abroad_with_other_parent", _spans(abroad, True), outside=False, member=child)
    _overrides(builder, "Care", holder, child_id, case, member=child)
    _two_countries(builder, holder, child_id, case, member=child)


def _two_countries(
    builder: cases.HistoryBuilder, holder: int, child: str, case: CaseForm, *, member: int
) -> None:
    """Which country pays first, what the other pays, and the rate of exchange; None where no row says it."""

    def say(attribute: str, rows: Iterable[OfChildren], value: str, outside: str | None) -> None:
        mine = [row for row in rows if child in row.persons and getattr(row, value) is not None]
        spans = (span for row in mine for span in _spans([row], _canonical(attribute, getattr(row, value))))
        builder.spans(holder, f"Care.{attribute}", spans, outside=outside, member=member)

    say("competence", case.competences, "result", "none")
    amounts = [row for row in case.foreign_amounts if row.amount is not None]
    say("foreign_amount", amounts, "amount", None)
    say("foreign_currency", amounts, "currency", None)
    say("foreign_interval", amounts, "interval", "monthly")
    rates = [
        row
        for row in case.exchange_rates
        if row.rate is not None and any(_of_one_currency(row, amount, child) for amount in amounts)
    ]
    say("exchange_rate", rates, "rate", None)
    say("exchange_currency", rates, "currency", None)


def _of_one_currency(rate: RateRow, amount: ForeignRow, child: str) -> bool:
    """Whether a rate converts an amount for the child in some month."""
    meet = _first(rate) < _after(amount) and _first(amount) < _after(rate)
    return meet and child in amount.persons and amount.currency == rate.currency


def _canonical(attribute: str, value: str) -> str:
    return canonical(Fraction(value), 10) if attribute in ("foreign_amount", "exchange_rate") else value


def _shared(case: CaseForm, child: str) -> Iterator[cases.Span]:
    """To be split where any row of the child says so, else not to be split where the child's home says so."""
    homes = _rows(case, child, "lives_with_applicant")
    marked = [row for name in FINDINGS for row in _rows(case, child, name) if SPLIT in row.details]
    split = [(_first(row), _after(row)) for row in homes if SPLIT in row.details]
    split += [_at_once(_first(row), _after(row)) for row in marked]
    whole = [(_first(row), _after(row)) for row in homes if NOT_SPLIT in row.details]
    turns = sorted({turn for days in (*split, *whole) for turn in days})
    for first, after in pairwise(turns):
        since = None if first == BEGIN else to_iso(first)
        until = None if after == END_OF_TIME else to_iso(after - 1)
        if _within(first, split):
            yield since, until, "split"
        elif _within(first, whole):
            yield since, until, "not_split"


def _at_once(first: int, after: int) -> tuple[int, int]:
    """The law waits a month where shared residence begins on the 1st, but only when a home's row says it."""
    begins_at_a_turn = first != BEGIN and first == month_first(first)
    ends_at_a_turn = after != END_OF_TIME and after == month_first(after)
    return first - begins_at_a_turn, after - ends_at_a_turn


def _within(day: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(first <= day < after for first, after in spans)


def _overrides(
    builder: cases.HistoryBuilder, owner: str, number: int, person: str, case: CaseForm, *, member: int = 0
) -> None:
    rows = [row for row in case.overrides if person in row.persons]
    reasons = (span for row in rows for span in _spans([row], row.reason))
    percents = (span for row in rows for span in _spans([row], row.percent))
    builder.spans(number, f"{owner}.override", reasons, outside="none", member=member)
    builder.spans(number, f"{owner}.override_percent", percents, outside=100, member=member)


def _expected(row: ExpectedRow, numbers: Mapping[str, int], holder: int) -> cases.Expected:
    values = {
        "amount": None if row.amount is None else row.amount * 100,
        "percent": row.percent,
        # An older rule kept the first rate of a stretch of 0 percent, and tables show it.
        "rate": None if row.rate is None or row.percent == 0 else row.rate * 100,
    }
    return cases.Expected(
        programme=TYPES[row.kind],
        holder=holder,
        about=numbers[row.person],
        first=_first(row),
        end=_after(row),
        values={name: value for name, value in values.items() if value is not None},
    )
