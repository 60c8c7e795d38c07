"""Random families of the Norwegian pack: facts with gaps, corrections, ends and, if asked for, unknowns.

A family follows from its seed alone, which is what a failing property test names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from duly.law import ABSENT, UNKNOWN, History, Pack, SubjectHistory
from duly.law.ir import Kind
from duly.law.vocabulary import Attribute
from duly.timeline import BEGIN, from_iso

PEOPLE = {1: "Person", 2: "Person", 3: "Person", 4: "Person", 9: "Practice"}
LINKS = {
    "Care": [(1, 3), (1, 4), (2, 3)],
    "Parenthood": [(3, 1), (3, 2), (4, 1)],
    "Listing": [(1, 9), (2, 9)],
}
"""Of each kind of link the (owner, member) that a family may have: two adults, two children, a practice."""
EARLY, LATE = from_iso("2022-01-01"), from_iso("2027-01-01")
CODES = ["0301", "5501", "5534", "5610", "2100"]
LIKELY: Mapping[str, Any] = {
    "Care.present": True,
    "Parenthood.present": True,
    "Parenthood.role": "mother",
    "Listing.present": True,
    "Person.died": None,
    "Person.married": False,
    "Person.permit": "valid",
    "Care.lives_finding": None,
    "Person.place_finding": None,
    "Person.resident_finding": None,
    "Person.lawful_finding": None,
    "Person.unmarried_finding": None,
    "Person.under_18_finding": None,
    "Person.transitional": "full",
    "Person.lone_parent": True,
    "Care.override": "none",
    "Care.named_recipient": True,
    "Care.foreign_currency": "EUR",
    "Care.exchange_currency": "EUR",
}
"""What lets a family have something: without it nearly every random family has nothing."""


def family(pack: Pack, seed: int, *, unknown: bool) -> History:
    """Two adults, two children and a practice; without `unknown` every fact is known on every day."""
    random = Random(seed)
    draw = _Family(pack, random, unknown, home=random.choice(CODES))
    facts: dict[int, dict[tuple[str, int], list[tuple[int, object]]]] = {number: {} for number in PEOPLE}
    for attribute in pack.vocabulary.attributes.values():
        if attribute.type.kind is not Kind.TEXT:
            for owner, member in _places(attribute):
                facts[owner][attribute.name, member] = draw.segments(attribute, owner)
    hidden = draw.random.choice([0, 0, 2, 9]) if unknown else 0
    return {n: SubjectHistory(kind, facts[n]) for n, kind in PEOPLE.items() if n != hidden}


def with_holes(history: History, seed: int) -> History:
    """The same history, some of its segments unknown."""
    random = Random(seed)
    share = random.choice([0.01, 0.05, 0.2])
    return {
        number: SubjectHistory(
            subject.kind,
            {
                key: [(start, UNKNOWN if random.random() < share else value) for start, value in segments]
                for key, segments in subject.facts.items()
            },
        )
        for number, subject in history.items()
    }


def turning_days(pack: Pack, history: History) -> list[int]:
    """Every day on which a fact or a rate changes, and the day before each."""
    days = {start for s in history.values() for segments in s.facts.values() for start, _ in segments}
    days |= {start for rate in pack.rates.values() for start, _ in rate.steps()}
    wanted = [day for day in days if EARLY <= day < LATE]
    return sorted({day - before for day in wanted for before in (0, 1)})


def _places(attribute: Attribute) -> list[tuple[int, int]]:
    if attribute.owner in LINKS:
        return LINKS[attribute.owner]
    return [(number, 0) for number, kind in PEOPLE.items() if kind == attribute.owner]


@dataclass(frozen=True)
class _Family:
    pack: Pack
    random: Random
    unknown: bool
    home: str

    def segments(self, attribute: Attribute, owner: int) -> list[tuple[int, object]]:
        if attribute.name == "Person.born":
            return [(BEGIN, self._birth(owner))]
        starts = sorted({self._turn() for _ in range(self.random.choice([0, 0, 1, 2, 3]))})
        return [(start, self._value_or_gap(attribute)) for start in (BEGIN, *starts)]

    def _birth(self, owner: int) -> int:
        first, last = ("1985-01-01", "2008-01-01") if owner < 3 else ("2005-01-01", "2026-06-01")
        near = from_iso("2023-06-01") + self.random.randrange(900)
        anywhere = self.random.randrange(from_iso(first), from_iso(last))
        return near if owner == 4 and self.random.random() < 0.7 else anywhere

    def _turn(self) -> int:
        """A day on which something changes: often about the turn of a month."""
        month = self.random.randrange(48)
        first = from_iso(f"{2023 + month // 12}-{month % 12 + 1:02d}-01")
        return first + self.random.choice([-1, 0, 0, 1, 14])

    def _value_or_gap(self, attribute: Attribute) -> object:
        if self.unknown and self.random.random() < 0.1:
            return UNKNOWN
        if attribute.absent is not UNKNOWN and self.random.random() < 0.1:
            return ABSENT
        if attribute.name == "Person.municipality" and self.random.random() < 0.8:
            return self.home
        if attribute.name in LIKELY and self.random.random() < 0.9:
            return LIKELY[attribute.name]
        return self._value(attribute)

    def _value(self, attribute: Attribute) -> object:
        kind = attribute.type
        if kind.optional and self.random.random() < 0.2:
            return None
        if kind.kind is Kind.BOOL:
            return self.random.random() < 0.5
        if kind.kind is Kind.CHOICE:
            return self.random.choice([member.value for member in self.pack.vocabulary.choices[kind.name]])
        if kind.kind is Kind.CODE:
            return self.random.choice(CODES)
        if kind.kind is Kind.DAY:
            return self.random.randrange(EARLY, LATE)
        if kind.kind is Kind.DECIMAL:
            long = "11.1234567891"[: 3 + int(kind.name)]
            return self.random.choice(["0", "25", "83.3333", "150.5", "5023400", long])
        return self.random.choice([0, 50, 100])
