"""A second reading of Norwegian child benefit: every month on its own, from the rows of a case as they stand.

It shares nothing with the pack: the months of a condition, the percentages and the order of the overrides
are read from the rules once more, slowly. A month is a count: twelve times the year, plus January as 0.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from norway_oracle_eea import foreign, left_of, second

Row = Mapping[str, Any]
CHILD: Final = ("under_18", "lives_with_applicant", "unmarried", "resident", "lawful_residence")
APPLICANT: Final = ("resident", "lawful_residence")
REACHING: Final = ("back_payment_limit_3_years", "back_payment_limit_3_months", "change_of_recipient")
PLACES: Final = {
    "finnmark_supplement": "resides_in_finnmark_or_north_troms",
    "svalbard_supplement": "resides_in_svalbard",
}
SHARED: Final = ("shared_residence", "shared_residence_not_to_be_split")
ABROAD: Final = ("child_lives_in_eea_with_other_parent", "child_lives_in_uk_with_other_parent")

RATES: Final[Mapping[str, Mapping[str, int | None]]] = {
    "ordinary": {
        "0001-01": 970,
        "2019-03": 1054,
        "2023-03": 1083,
        "2023-07": 1310,
        "2024-01": 1510,
        "2024-09": 1766,
        "2025-05": 1968,
        "2026-02": 2012,
    },
    "under_6": {
        "0001-01": 970,
        "2019-03": 1054,
        "2020-09": 1354,
        "2021-09": 1654,
        "2022-01": 1676,
        "2023-03": 1723,
        "2023-07": 1766,
        "2024-09": None,
    },
    "extended": {"0001-01": 970, "2019-03": 1054, "2023-03": 2489, "2023-07": 2516, "2026-02": 2572},
    "small_child_supplement": {"0001-01": 660, "2023-03": 678, "2023-07": 696, "2026-02": 712},
    "finnmark_supplement": {"2025-10": 500, "2026-02": 512},
    "svalbard_supplement": {"2025-10": 500, "2026-02": 512},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    percent: int
    rate: int
    amount: int


class Case:
    """The rows of one case, asked by person and month."""

    def __init__(self, case: Row) -> None:
        self.case = case
        self.born = {person["id"]: person["born"] for person in case["persons"]}
        self.children = [person["id"] for person in case["persons"] if person["role"] == "child"]
        applicants = [person["id"] for person in case["persons"] if person["role"] == "applicant"]
        self.applicant: str = (applicants or self.children)[0]
        self.alone = not applicants

    def month(self, month: int) -> dict[tuple[str, str], Paid]:
        """What is granted in a month: (type, person) -> the grant."""
        granted: dict[tuple[str, str], Paid] = {}
        full = {child: percent for child in self.children if (percent := self._ordinary(child, month))}
        for child, percent in full.items():
            self._grant(granted, "ordinary", child, month, self._overridden(child, month, percent))
        # An override for shared residence leaves the child's percentage for the applicant's benefits alone.
        counted = {c: self._overridden(c, month, percent, REACHING) for c, percent in full.items()}
        self._of_the_applicant(granted, counted, month)
        self._after_foreign(granted, full, month)
        for kind, mark in PLACES.items():
            for child in full:
                percent = granted["ordinary", child].percent
                if percent > 0 and all(self._lives_in(p, mark, month) for p in {self.applicant, child}):
                    self._grant(granted, kind, child, month, percent)
        return granted

    def _of_the_applicant(self, granted: dict[Any, Paid], counted: Mapping[str, int], month: int) -> None:
        at_home = [percent for child, percent in counted.items() if not self._abroad(child, month)]
        if not at_home or self._row(self.applicant, "lone_parent", month) is None:
            return
        extended = self._overridden(self.applicant, month, max(at_home))
        self._grant(granted, "extended", self.applicant, month, extended)
        small = [percent for child, percent in counted.items() if month <= _age(self.born[child], 3)]
        if small and self._transitional(month):
            percent = 100 if extended > 0 and max(small) > 0 else 0
            self._grant(granted, "small_child_supplement", self.applicant, month, percent)

    def _after_foreign(self, granted: dict[Any, Paid], full: Mapping[str, int], month: int) -> None:
        """What another country pays is taken from the child's own benefit, the rest from the applicant's."""
        paid = {child: foreign(self.case, child, month) for child in full}
        short: dict[str, int] = {}
        for child, percent in full.items():
            grant = granted["ordinary", child]
            short[child] = max(paid[child] - _share(grant.rate, percent), 0)
            granted["ordinary", child] = replace(grant, amount=max(grant.amount - paid[child], 0))
        home = [child for child in full if not self._abroad(child, month)]
        extended = granted.get(("extended", self.applicant))
        if extended is None or not all(second(self.case, child, month) for child in home):
            return
        supplement = granted.get(("small_child_supplement", self.applicant))
        small = [child for child in home if month <= _age(self.born[child], 3)]
        amount, rest = left_of(extended.amount, supplement and supplement.amount, short, home, small)
        granted["extended", self.applicant] = replace(extended, amount=amount)
        if supplement is not None and rest is not None:
            granted["small_child_supplement", self.applicant] = replace(supplement, amount=rest)

    def _grant(self, granted: dict[Any, Paid], kind: str, person: str, month: int, percent: int) -> None:
        rate = self._rate(kind, month)
        if kind == "ordinary" and month < _age(self.born[person], 6):
            rate = self._rate("under_6", month) or rate
        if rate is not None:
            granted[kind, person] = Paid(percent=percent, rate=rate, amount=_share(rate, percent))

    def _ordinary(self, child: str, month: int) -> int:
        """The child's percentage before overrides; 0 where the conditions do not hold."""
        rows = [self._row(child, condition, month) for condition in CHILD]
        if not self.alone:
            own = [self._row(self.applicant, condition, month) for condition in APPLICANT]
            if None in own:
                return 0
        if None in rows or not _month_of(self.born[child]) < month < _age(self.born[child], 18):
            return 0
        return 50 if any("shared_residence" in row["details"] for row in rows if row) else 100

    def _row(self, person: str, condition: str, month: int, mark: str = "") -> Row | None:
        """The row that counts in the month: of two that meet at its turn the new one, but see below."""
        rows = [
            row
            for row in self.case["conditions"]
            if (row["person"], row["condition"], row["result"]) == (person, condition, "satisfied")
            if mark in row["details"] or not mark
        ]
        first = _first_day(month)
        old = next((row for row in rows if _covers(row, first - datetime.timedelta(1))), None)
        new = next((row for row in rows if _covers(row, first)), None)
        if old is None or new is None:
            return None
        # A change to shared residence on the first of a month waits for the next.
        late = condition == "lives_with_applicant" and any(mark in SHARED for mark in new["details"])
        return old if late else new

    def _lives_in(self, person: str, mark: str, month: int) -> bool:
        return self._row(person, "resident", month, mark) is not None

    def _abroad(self, child: str, month: int) -> bool:
        row = self._row(child, "lives_with_applicant", month)
        return row is not None and any(mark in row["details"] for mark in ABROAD)

    def _overridden(self, person: str, month: int, percent: int, reasons: Sequence[str] | None = None) -> int:
        for row in self.case["overrides"]:
            reaches = person in row["persons"] and (reasons is None or row["reason"] in reasons)
            if reaches and _covers(row, _first_day(month)):
                return row["percent"]
        return percent

    def _transitional(self, month: int) -> bool:
        first, after = _first_day(month), _first_day(month + 1)
        return any(_from(row) < after and first <= _to(row) for row in self.case["transitional_benefit"])

    def _rate(self, kind: str, month: int) -> int | None:
        as_of = self.case["rates_as_of"] or "9999-12-31"
        known = [amount for start, amount in RATES[kind].items() if _known(start, as_of, month)]
        return known[-1] if known else None


def months(first: str, last: str) -> range:
    """The months from that of one ISO day through that of another."""
    return range(_month_of(first), _month_of(last) + 1)


def _share(rate: int, percent: int) -> int:
    """Halves rounded up."""
    return (rate * percent + 50) // 100


def _known(start: str, as_of: str, month: int) -> bool:
    return start + "-01" <= as_of and _month_of(start) <= month


def _covers(row: Row, day: datetime.date) -> bool:
    return _from(row) <= day <= _to(row)


def _from(row: Row) -> datetime.date:
    return datetime.date.fromisoformat(row["from"] or "0001-01-01")


def _to(row: Row) -> datetime.date:
    return datetime.date.fromisoformat(row["to"] or "9999-12-31")


def _month_of(iso: str) -> int:
    return int(iso[:4]) * 12 + int(iso[5:7]) - 1


def _age(born: str, years: int) -> int:
    """The month of a birthday."""
    return _month_of(born) + 12 * years


def _first_day(month: int) -> datetime.date:
    return datetime.date(month // 12, month % 12 + 1, 1)
