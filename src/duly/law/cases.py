"""Cases: facts with the right answer, compared with what the law gives, month by month.

A pack's `cases` module reads its files into `Case`; `judge` evaluates all cases that share a recorded day
together and lists every month that differs, within what the case may be used for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from duly.timeline import BEGIN, END_OF_TIME, add_months, add_years, from_iso, month_first

if TYPE_CHECKING:
    from duly.law.pack import Pack

from duly.law.evaluate import Due, evaluate
from duly.law.world import SubjectHistory

__all__ = [
    "Case",
    "Difference",
    "Expected",
    "HistoryBuilder",
    "Months",
    "Span",
    "Verdict",
    "compared",
    "day",
    "day_after",
    "joined",
    "judge",
    "month",
]

Span = tuple[str | None, str | None, Any]
"""First and last day (inclusive, ISO; None = without end) and the value between them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """Months `[first, end)` (days) in which the answer has these values; only what is named is compared.

    `values` None: in these months the answer is not known.
    """

    programme: str
    holder: int
    about: int
    first: int
    end: int
    values: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """Facts, the months looked at (`first` to `last`, days), and the expected answer.

    `fields` are the values to compare beside the months themselves; `left_out` says why a case is not judged.
    """

    id: str
    title: str
    history: Mapping[int, SubjectHistory]
    known_at: int | None
    first: int
    last: int
    window: tuple[int, int] | None
    programmes: tuple[str, ...]
    expected: tuple[Expected, ...]
    fields: frozenset[str]
    left_out: str
    names: Mapping[int, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """From the first to the last of these months (days), `what` was expected to be one and is another."""

    programme: str
    about: str
    first: int
    last: int
    what: str
    expected: str
    found: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    case: Case
    differences: tuple[Difference, ...]


Key = tuple[str, int, int]
Months = dict[int, Mapping[str, Any] | None]
"""First day of a month -> values of the grant; None where it is unknown."""


def judge(pack: Pack, cases: Sequence[Case]) -> list[Verdict]:
    """A verdict for each case, in the order given; cases that are left out have none."""
    verdicts: dict[int, Verdict] = {}
    open_cases = [(place, case) for place, case in enumerate(cases) if not case.left_out]
    for known_at in sorted({case.known_at for _, case in open_cases}, key=lambda d: d or 0):
        batch = [(place, case) for place, case in open_cases if case.known_at == known_at]
        found = _evaluate(pack, [case for _, case in batch], known_at)
        verdicts.update({place: _verdict(case, _of(case, found)) for place, case in batch})
    return [verdicts[place] for place, _ in open_cases]


def _of(case: Case, found: Mapping[int, Mapping[Key, Months]]) -> dict[Key, Months]:
    """What was found for the subjects of one case."""
    return {key: months for number in case.names for key, months in found.get(number, {}).items()}


def _evaluate(pack: Pack, batch: Sequence[Case], known_at: int | None) -> dict[int, dict[Key, Months]]:
    """What each holder is due, by key."""
    history = {number: subject for case in batch for number, subject in case.history.items()}
    first, last = min(case.first for case in batch), max(case.last for case in batch)
    found: dict[int, dict[Key, Months]] = {}
    programmes = sorted({programme for case in batch for programme in case.programmes})
    for row in evaluate(pack, history, first, last, known_at=known_at, programmes=programmes):
        mine = found.setdefault(row.holder, {})
        months = mine.setdefault((row.programme, row.holder, row.about), {})
        months.update(dict.fromkeys(_months(row.first, row.end, first, last), _values(row)))
    return found


def _values(row: Due) -> Mapping[str, int] | None:
    return None if row.unknown else row.values


def _months(first: int, end: int, earliest: int, latest: int) -> Iterator[int]:
    month_of = month_first(max(first, earliest))
    while month_of < min(end, latest):
        yield month_of
        month_of = add_months(month_of, 1)


def _verdict(case: Case, found: Mapping[Key, Months]) -> Verdict:
    return Verdict(case=case, differences=tuple(compared(case, found)))


def compared(case: Case, found: Mapping[Key, Months]) -> list[Difference]:
    """The months in which what was found is not what the case expects."""
    wanted: dict[Key, Months] = {}
    for row in case.expected:
        months = wanted.setdefault((row.programme, row.holder, row.about), {})
        months.update(dict.fromkeys(_months(row.first, row.end, case.first, case.last), row.values))
    mine = {key for key in found if key[0] in case.programmes and key[1] in case.names}
    return [
        difference
        for key in sorted(mine | {key for key in wanted if key[0] in case.programmes})
        for difference in joined(_compare(case, key, wanted.get(key, {}), found.get(key, {})))
    ]


def _compare(case: Case, key: Key, wanted: Months, found: Months) -> Iterator[Difference]:
    for month_of in sorted(wanted.keys() | found.keys()):
        if case.window and not case.window[0] <= month_of <= case.window[1]:
            continue
        for what, expected, got in _month_differs(case, wanted, found, month_of):
            yield Difference(
                programme=key[0],
                about=case.names.get(key[2], str(key[2])),
                first=month_of,
                last=month_of,
                what=what,
                expected=expected,
                found=got,
            )


def _month_differs(
    case: Case, wanted: Months, found: Months, month_of: int
) -> Iterator[tuple[str, str, str]]:
    expected, got = wanted.get(month_of), found.get(month_of)
    stands = _standing(wanted, month_of), _standing(found, month_of)
    if stands[0] != stands[1]:
        yield "grant", *stands
    elif expected is not None and got is not None:
        for name in sorted(case.fields & expected.keys()):
            if expected[name] != got[name]:
                yield name, str(expected[name]), str(got[name])


def _standing(months: Months, month_of: int) -> str:
    if month_of not in months:
        return "none"
    return "unknown" if months[month_of] is None else "granted"


def joined(differences: Iterable[Difference]) -> list[Difference]:
    """Neighbouring differences that say the same, as one."""
    whole: list[Difference] = []
    for difference in sorted(differences, key=lambda d: (d.what, d.first)):
        before = whole[-1] if whole else None
        if before and _continues(before, difference):
            whole[-1] = Difference(
                programme=before.programme,
                about=before.about,
                first=before.first,
                last=difference.last,
                what=before.what,
                expected=before.expected,
                found=before.found,
            )
        else:
            whole.append(difference)
    return whole


def _continues(before: Difference, after: Difference) -> bool:
    same = (before.what, before.expected, before.found) == (after.what, after.expected, after.found)
    return same and after.first in (add_months(before.last, 1), before.last + 1)


class HistoryBuilder:
    """Collects facts of a case into histories, one subject a number."""

    def __init__(self, *, kind: str) -> None:
        self._kind = kind
        self._facts: dict[int, dict[tuple[str, int], list[tuple[int, Any]]]] = {}

    def since_ever(self, subject: int, attribute: str, value: Any, *, member: int = 0) -> None:
        """The fact holds on every day."""
        self._facts.setdefault(subject, {})[attribute, member] = [(BEGIN, value)]

    def spans(
        self, subject: int, attribute: str, spans: Iterable[Span], *, outside: Any, member: int = 0
    ) -> None:
        """The fact has a span's value on its days (first to last, inclusive), and `outside` on all others.

        Spans of one value that meet or overlap are one span.
        """
        timeline: list[tuple[int, Any]] = [(BEGIN, outside)]
        for start, end, value in _merged(spans):
            if timeline[-1][0] >= start:
                timeline.pop()
            timeline.append((start, value))
            if end < END_OF_TIME:
                timeline.append((end, outside))
        self._facts.setdefault(subject, {})[attribute, member] = timeline

    def history(self) -> dict[int, SubjectHistory]:
        """Everything collected, by subject."""
        return {number: SubjectHistory(kind=self._kind, facts=facts) for number, facts in self._facts.items()}


def _merged(spans: Iterable[Span]) -> list[tuple[int, int, Any]]:
    merged: list[tuple[int, int, Any]] = []
    days = ((BEGIN if a is None else from_iso(a), day_after(b), value) for a, b, value in spans)
    for start, end, value in sorted(days, key=lambda span: span[:2]):
        if merged and merged[-1][2] == value and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]), value)
        else:
            merged.append((start, end, value))
    return merged


def day(iso: str | None) -> int | None:
    """The day of an ISO date; None stays None."""
    return None if iso is None else from_iso(iso)


def day_after(iso: str | None) -> int:
    """The day after an inclusive last day; the end of time after None."""
    return END_OF_TIME if iso is None else from_iso(iso) + 1


def month(iso: str, *, years: int = 0) -> int:
    """The first day of the month of an ISO date, whole years later."""
    return month_first(add_years(from_iso(iso), years))
