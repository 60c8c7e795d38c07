"""A second reading of French family allowances: one family, one month, from the case as it stands.

It shares nothing with the pack. Amounts are cents; each is rounded to the cent, halves up, where it arises.
`PUBLISHED` is the reading of the implementation that the case files come from, `LAW` that of the text; the
nine places where they part are marked by the name `published`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from functools import partial
from typing import Any, Final, Literal

Reading = Literal["law", "published"]
Row = Mapping[str, Any]

OVERSEAS: Final = {"Guadeloupe", "Guyane", "Martinique", "LaReunion", "SaintBarthelemy", "SaintMartin"}
SHARED, TO_SERVICES = "GardeAlterneePartageAllocations", "ServicesSociauxAllocationVerseeAuxServicesSociaux"
BASES: Final = {
    "2018-04-01": 41192,
    "2019-04-01": 41316,
    "2020-04-01": 41440,
    "2021-04-01": 41481,
    "2022-04-01": 42228,
    "2022-07-01": 43917,
}
WAGES: Final = {
    "2019-01-01": (1003, 757),
    "2020-01-01": (1015, 766),
    "2021-01-01": (1025, 774),
    "2021-10-01": (1048, 791),
    "2022-01-01": (1057, 798),
    "2022-05-01": (1085, 819),
    "2022-08-01": (1107, 835),
}
CEILINGS: Final = {
    2019: (56849, 79558, 5684),
    2020: (57759, 80831, 5775),
    2021: (58279, 81558, 5827),
    2022: (58396, 81721, 5839),
}
NOT_PUBLISHED: Final = {"2022-07-01", "2021-10-01"}
UNREVISED: Final = (55950, 78300, 5595)
MAYOTTE: Final = {
    2019: ("8.47", "29.36", "12.59"),
    2020: ("7.17", "30.68", "14.30"),
    2021: ("5.88", "32", "16"),
}
BANDS: Final = {
    "second": ("32", "16", "8"),
    "further": ("41", "20.5", "10.25"),
    "age": ("16", "8", "4"),
    "flat": ("20.234", "10.117", "5.059"),
}


def due(case: Row, reading: Reading) -> int:
    """Cents of the month; 0 where nothing is."""
    return Family(case, reading).due()


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    born: date
    earns: int
    custody: str
    opened: bool
    housing_aid: bool

    @property
    def weight(self) -> Fraction:
        return {SHARED: Fraction(1, 2), TO_SERVICES: Fraction(0)}.get(self.custody, Fraction(1))

    def is_aged(self, years: int, on: date) -> bool:
        return birthday(self.born, years) <= on


class Family:
    """What is due to one carer for the month that begins on `first`."""

    def __init__(self, case: Row, reading: Reading) -> None:
        self.published = reading == "published"
        self.first = date.fromisoformat(case["iDateCouranteIn"])
        self.last = (self.first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        self.before = self.first - timedelta(days=1)
        self.territory: str = case["iResidenceIn"]["kind"]
        self.resources = cents(case["iRessourcesMenageIn"])
        self.early: bool = case["iAvaitEnfantAChargeAvant1erJanvier2012In"]
        self.children = [child(row) for row in case["iEnfantsIn"]]
        self.counted = [each for each in self.children if self.counts(each)]
        self.number = len(self.counted)
        self.base = self.dated(BASES)
        self.alone = self.number == 1 and self.territory in OVERSEAS

    def due(self) -> int:
        if self.number < (1 if self.territory in OVERSEAS | {"Mayotte"} else 2):
            return 0
        count = sum((each.weight for each in self.counted), Fraction(0))
        main = half_up(self.allowance() * count / self.number)
        main += sum(half_up(self.for_age(each) * each.weight) for each in self.children)
        flat, ways = self.flat(), self.flat_children()
        total = main + flat * ways
        if self.territory == "Mayotte" and not self.published:
            return main
        if not self.alone:
            total += self.complement(main)
        if self.published:
            return total + self.complement(flat * ways)
        return total + self.complement(flat) * ways

    # Who counts.

    def counts(self, of: Child) -> bool:
        """Whether the child opens a right: when the month began, or from the month before to its end."""
        if self.published:
            return self.qualifies(of, self.first, at_school_until=birthday(of.born, 16))
        school = birthday(of.born, 16) - timedelta(days=1)
        days = [self.before, self.first, self.last, birthday(of.born, 16), birthday(of.born, 20)]
        looked = [day for day in days if self.before <= day <= self.last]
        return all(day >= of.born and self.qualifies(of, day, at_school_until=school) for day in looked)

    def qualifies(self, of: Child, day: date, at_school_until: date) -> bool:
        if of.housing_aid:
            return False
        return day <= at_school_until or (of.earns <= self.cap(day) and not of.is_aged(20, day))

    def cap(self, day: date) -> int:
        wages = {since: wage[self.territory == "Mayotte"] for since, wage in WAGES.items()}
        return half_up(Fraction(55, 100) * self.dated(wages, day)) * 169

    # Amounts.

    def allowance(self) -> int:
        if self.territory == "Mayotte":
            return self.in_mayotte()
        if self.alone:
            return self.percent("5.88")
        return self.banded("second") + self.banded("further") * (self.number - 2)

    def in_mayotte(self) -> int:
        one, two, third = (self.percent(text) for text in MAYOTTE[min(self.first.year, 2021)])
        one = 5728 if self.early else one
        further = (third if self.number > 2 else 0) + self.percent("4.63") * max(self.number - 3, 0)
        if self.published:
            return one + (two if self.number > 1 else 0) + further
        return (two if self.number > 1 else one) + further

    def for_age(self, of: Child) -> int:
        """The supplement that a child gives, before it is shared."""
        on = self.first if self.published else self.before
        if self.published:
            eldest = min(reversed(self.children), key=lambda each: each.born)
        elif of not in self.counted or self.territory == "Mayotte":
            return 0
        elif self.alone:
            return self.for_the_only_one(of, on)
        else:
            eldest = min(reversed(self.counted), key=lambda each: each.born)
        limit = 14 if birthday(of.born, 11) > date(2008, 4, 30) else 16
        if not of.is_aged(limit, on) or (of is eldest and self.number < 3):
            return 0
        return self.for_the_only_one(of, on) if self.alone else self.banded("age")

    def for_the_only_one(self, of: Child, on: date) -> int:
        if of.is_aged(16, on):
            return self.percent("5.67")
        return self.percent("3.69") if of.is_aged(11, on) else 0

    def flat(self) -> int:
        return self.banded("flat")

    def flat_children(self) -> int:
        """How many children give the flat-rate allowance."""
        if self.alone:
            return 0
        found = [each for each in self.children if self.is_flat(each)]
        together = len(self.children) if self.published else self.number + len(found)
        return len(found) if together >= 3 else 0

    def is_flat(self, of: Child) -> bool:
        if not of.opened or of.earns > self.cap(self.first):
            return False
        if self.published:
            return (birthday(of.born, 20) - self.first).days < 365
        return not of.housing_aid and of.is_aged(20, self.last) and not of.is_aged(21, self.last)

    # Resources.

    @property
    def ceilings(self) -> Sequence[int]:
        year = self.first.year
        lower, upper, each = UNREVISED if self.published and year >= 2022 else CEILINGS[min(year, 2022)]
        return [100 * (lower + each * self.number), 100 * (upper + each * self.number)]

    def banded(self, what: str) -> int:
        return self.percent(BANDS[what][sum(self.resources > ceiling for ceiling in self.ceilings)])

    def complement(self, amount: int) -> int:
        passed = [ceiling for ceiling in self.ceilings if ceiling < self.resources <= ceiling + 12 * amount]
        return half_up(Fraction(passed[-1] + 12 * amount - self.resources, 12)) if passed else 0

    def percent(self, text: str) -> int:
        return half_up(Fraction(text) / 100 * self.base)

    def dated(self, entries: Mapping[str, int], day: date | None = None) -> int:
        known = {
            since: value
            for since, value in entries.items()
            if not self.published or since not in NOT_PUBLISHED
        }
        return [value for since, value in sorted(known.items()) if since <= str(day or self.first)][-1]


def child(row: Row) -> Child:
    return Child(
        born=date.fromisoformat(row["dDateDeNaissance"]),
        earns=cents(row["dRemunerationMensuelle"]),
        custody=row["dPriseEnCharge"]["kind"],
        opened=row["dADejaOuvertDroitAuxAllocationsFamiliales"],
        housing_aid=row["dBeneficieTitrePersonnelAidePersonnelleLogement"],
    )


def birthday(born: date, years: int) -> date:
    """29 February is 1 March in other years."""
    try:
        return born.replace(year=born.year + years)
    except ValueError:
        return date(born.year + years, 3, 1)


def cents(euros: float | int | str) -> int:
    exact = Fraction(str(euros)) * 100
    assert exact.denominator == 1
    return int(exact)


def half_up(exact: Fraction | int) -> int:
    """To the cent; amounts are never negative."""
    return int(Fraction(exact) + Fraction(1, 2))


by_the_law: Final[Callable[[Row], int]] = partial(due, reading="law")
as_published: Final[Callable[[Row], int]] = partial(due, reading="published")
