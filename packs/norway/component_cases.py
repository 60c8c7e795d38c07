"""Reads the component cases: what a foreign benefit leaves of the applicant's amounts, and derived places.

In the first the amounts that go in are given and stand for the rules that would compute them; in the second
the places where people live follow from their registered addresses.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import Any

from duly.law import cases
from duly.law.components import ComponentCase, Stated
from duly.timeline import BEGIN, END_OF_TIME, from_iso

from .component_format import Amount, Derived, Differential, MonthsOf, Residence
from .vocabulary import Place

TYPES = {"extended": "barnetrygd.extended", "small_child_supplement": "barnetrygd.small_child"}
AMOUNTS = {"extended": "extended_amount", "small_child_supplement": "small_child_amount"}
PERCENTS: dict[str, tuple[str, ...]] = {
    "extended": ("extended_percent_by_children", "extended_percent"),
    "small_child_supplement": ("small_child_percent",),
}
MARKS = {"resides_in_finnmark_or_north_troms": Place.FINNMARK, "resides_in_svalbard": Place.SVALBARD}
WHOLE = 100

Values = list[tuple[int, Any]]


def differential(case: Differential, *, base: int) -> ComponentCase:
    """What is left of extended benefit and small-child supplement after the children's shortfalls."""
    children = [person.id for person in case.persons]
    holder, numbers = base, {child: base + 1 + at for at, child in enumerate(children)}
    builder = cases.HistoryBuilder(kind="Person")
    builder.since_ever(holder, "Person.born", from_iso("1980-01-01"))
    for person in case.persons:
        builder.since_ever(numbers[person.id], "Person.born", from_iso(person.born))
        builder.since_ever(holder, "Care.present", True, member=numbers[person.id])
        found = ((row.since, row.last, row.value) for row in case.competences if row.person == person.id)
        builder.spans(holder, "Care.competence", found, outside="none", member=numbers[person.id])
    given = [stated for child in children for stated in _of_child(case, child, holder, numbers[child])]
    given += [stated for kind in TYPES for stated in _of_applicant(case, kind, holder)]
    first, last = _bounds(case.granted)
    return ComponentCase(
        id=case.id,
        title=f"differential: {case.source}",
        history=builder.history(),
        known_at=None,
        first=first,
        last=last,
        window=None,
        programmes=tuple(TYPES[kind] for kind in dict.fromkeys(row.kind for row in case.expected)),
        expected=tuple(_expected(row, holder) for row in case.expected),
        fields=frozenset({"amount"}),
        left_out="",
        names={holder: "applicant", **{number: child for child, number in numbers.items()}},
        given=tuple(given),
        says=(),
    )


def _of_child(case: Differential, child: str, holder: int, number: int) -> Iterator[Stated]:
    """What the rules about a child are taken to say: whether it counts at home, and its shortfall."""
    link = (holder, number)
    granted = [row for row in case.granted if row.person == child]
    home = [row for row in case.homes if row.person == child and row.value is True]
    counting = [(*both, True) for a in granted for b in home if (both := _overlap(a, b))]
    yield Stated(rule="at_home", arguments=(holder, number, link), values=_timeline(counting, False))
    short = [(*_days(row), max(-(row.differential or 0), 0) * WHOLE) for row in granted]
    yield Stated(rule="shortfall", arguments=(number, link), values=_timeline(short, 0))


def _of_applicant(case: Differential, kind: str, holder: int) -> Iterator[Stated]:
    """The amount before any foreign benefit stands for what the rules would give."""
    rows = [row for row in case.granted if row.kind == kind]
    amounts = [(*_days(row), row.before * WHOLE) for row in rows]
    yield Stated(rule=AMOUNTS[kind], arguments=(holder,), values=_timeline(amounts, 0))
    percents = [(*_days(row), 100) for row in rows]
    for rule in PERCENTS[kind]:
        yield Stated(rule=rule, arguments=(holder,), values=_timeline(percents, None))


def _expected(row: Amount, holder: int) -> cases.Expected:
    first, end = _days(row)
    return cases.Expected(
        programme=TYPES[row.kind],
        holder=holder,
        about=holder,
        first=first,
        end=end,
        values={"amount": (row.amount or 0) * WHOLE},
    )


def derived(case: Derived, *, base: int) -> ComponentCase:
    """Where each person lives, as far as a supplement depends on it, from addresses and findings."""
    numbers = {person.id: base + at for at, person in enumerate(case.persons)}
    builder = cases.HistoryBuilder(kind="Person")
    says: list[Stated] = []
    for person, number in numbers.items():
        builder.since_ever(number, "Person.born", BEGIN)
        addresses = list(_addresses(case, person))
        builder.spans(number, "Person.municipality", addresses, outside=None)
        before = _residence(case.conditions_before, person)
        builder.spans(number, "Person.resident_finding", before, outside=False)
        says += _places(case, person, number)
    first, last = _span_of(case)
    return ComponentCase(
        id=case.id,
        title=f"derived: {case.source}",
        history=builder.history(),
        known_at=None,
        first=first,
        last=last,
        window=None,
        programmes=(),
        expected=(),
        fields=frozenset(),
        left_out="",
        names={number: person for person, number in numbers.items()},
        given=(),
        says=tuple(says),
    )


def _addresses(case: Derived, person: str) -> Iterator[cases.Span]:
    """An address without an end ends the day before the next begins."""
    rows = sorted((row for row in case.municipalities if row.person == person), key=lambda r: r.since or "")
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        begins = following.since if following else None
        until = row.until or (None if begins is None else _day_before(begins))
        if until is None or (row.since or "") <= until:
            yield row.since, until, row.municipality


def _residence(rows: Iterable[Residence], person: str, mark: str = "") -> Iterator[cases.Span]:
    for row in rows:
        satisfied = (row.person, row.condition, row.result) == (person, "resident", "satisfied")
        if satisfied and (not mark or mark in row.details):
            yield row.since, row.last, True


def _places(case: Derived, person: str, number: int) -> Iterator[Stated]:
    after = case.conditions_after
    yield Stated(rule="resident", arguments=(number,), values=_spans(_residence(after, person)))
    for mark, place in MARKS.items():
        there = _spans(_residence(after, person, mark))
        yield Stated(rule="lives_in", arguments=(number, list(Place).index(place)), values=there)


def _span_of(case: Derived) -> tuple[int, int]:
    rows = [*case.conditions_before, *case.conditions_after]
    days = [from_iso(day) for row in rows for day in (row.since, row.until) if day]
    return min(days) - 400, max(days) + 400


def _spans(rows: Iterable[cases.Span]) -> Values:
    return _timeline([(_first(a), cases.day_after(b), value) for a, b, value in rows], False)


def _timeline(rows: Iterable[tuple[int, int, Any]], outside: Any) -> Values:
    """[first, after) spans that do not overlap, as (start, value)."""
    values: Values = [(BEGIN, outside)]
    for first, after, value in sorted(rows, key=lambda row: row[:2]):
        if values[-1][0] == first:
            values.pop()
        values.append((first, value))
        if after < END_OF_TIME:
            values.append((after, outside))
    return values


def _days(row: MonthsOf) -> tuple[int, int]:
    return _first(row.since), cases.day_after(row.last)


def _overlap(one: MonthsOf, other: MonthsOf) -> tuple[int, int] | None:
    first = max(_days(one)[0], _days(other)[0])
    after = min(_days(one)[1], _days(other)[1])
    return (first, after) if first < after else None


def _bounds(rows: Iterable[MonthsOf]) -> tuple[int, int]:
    days = [_days(row) for row in rows]
    return min(first for first, _ in days), max(min(after, from_iso("2045-01-01")) for _, after in days)


def _first(iso: str | None) -> int:
    return BEGIN if iso is None else from_iso(iso)


def _day_before(iso: str) -> str:
    return str(datetime.date.fromisoformat(iso) - datetime.timedelta(days=1))
