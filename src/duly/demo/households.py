"""Households are drawn one by one from one random generator; nothing else decides who lives with whom.

`Drawing` holds the generator and the numbers already given away. `household` draws the next one of a settled
population, `arriving` one that moves to Norway. Proportions and their sources stand in `population`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from . import places
from .identity import account_number, person_number
from .residents import Care, Household, Resident, age

__all__ = ["Drawing", "arriving", "household", "newborn"]

T = TypeVar("T")

KINDS = {
    "alone": 1_067_725,
    "couple": 636_291,
    "married_with_children": 300_651,
    "cohabiting_with_children": 187_170 + 32_589,
    "lone_parent": 108_371,
    "adult_children": 186_716,
    "sharing": 97_755,
}
KINDS_ARRIVING = {"alone": 62, "couple": 14, "married_with_children": 24}
CHILDREN_OF_COUPLES = {1: 301, 2: 493, 3: 172, 4: 28, 5: 6}
CHILDREN_OF_LONE_PARENTS = {1: 55, 2: 33, 3: 10, 4: 2}
AFTER_A_BREAK_UP = {"shared": 43, "mother": 50, "father": 7}
LISTS = {"P1001": 46, "P1002": 42, "P1003": 12}
AGES = {
    "alone": ((0.45, (19, 24, 40)), (0.55, (35, 68, 95))),
    "couple": ((0.35, (21, 28, 40)), (0.65, (45, 66, 90))),
    "sharing": ((1.0, (19, 23, 36)),),
    "adult_children": ((1.0, (42, 53, 68)),),
}
AGES_OF_PARENTS = ((1.0, (22, 37, 55)),)
IMMIGRANTS, NEED_A_PERMIT, SPEAK_ENGLISH = 0.168, 0.4, 0.6
SAMI_IN_THE_NORTH = 0.2
GIRLS = 0.487
WITH_AN_ACCOUNT = 0.985


class Drawing:
    """A random generator, its day, the numbers taken, and former partners who wait for a home."""

    def __init__(self, *, random: np.random.Generator, day: date, taken: set[str]) -> None:
        self.random = random
        self.day = day
        self.taken = taken
        self.former: list[tuple[Resident, tuple[Care, ...]]] = []

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def weighted(self, choices: Mapping[T, float]) -> T:
        weights = np.array(list(choices.values()), dtype=np.float64)
        return list(choices)[int(self.random.choice(len(choices), p=weights / weights.sum()))]

    def one_of(self, items: Sequence[str]) -> str:
        return items[int(self.random.integers(len(items)))]

    def account(self) -> str:
        return account_number(int(self.random.integers(1_000_000)))

    def born_at_age(self, years: float) -> date:
        return self.day - timedelta(days=max(1, int(years * 365.25)))

    def grown_up(self, kind: str) -> float:
        """An age for an adult of that kind of household."""
        parts = AGES.get(kind, AGES_OF_PARENTS)
        low, mode, high = self.weighted({bounds: share for share, bounds in parts})
        return float(self.random.triangular(low, mode, high))


def household(drawing: Drawing, room: int) -> Household:
    """The next household of at most `room` people."""
    municipality = _municipality(drawing)
    kind = drawing.weighted(KINDS) if room > 2 else "alone"
    if kind == "alone" and drawing.former:
        member, cares = drawing.former.pop(0)
        return Household(kind=kind, municipality=municipality, members=(member,), cares=cares)
    origin = "arrived" if drawing.chance(IMMIGRANTS) else "norwegian"
    if origin == "norwegian" and municipality in places.NORTH and drawing.chance(SAMI_IN_THE_NORTH):
        origin = "sami"
    return _draw(drawing, kind, _Frame(drawing, origin, municipality), room)


def arriving(drawing: Drawing) -> Household:
    """A household that moves to Norway."""
    return _draw(
        drawing, drawing.weighted(KINDS_ARRIVING), _Frame(drawing, "arrived", _municipality(drawing)), 9
    )


def newborn(drawing: Drawing, mother: Resident, father: str | None, named: set[str]) -> Resident:
    """A child born on the drawing's day, named like nobody in `named` (first names of the home)."""
    frame = _Frame.of(mother, named)
    return _person(drawing, frame, _child_of(mother, father, drawing.day), drawing.chance(GIRLS))


class _Frame:
    """What the members of a household have in common."""

    def __init__(self, drawing: Drawing, origin: str, municipality: str) -> None:
        self.origin = origin
        self.municipality = municipality
        self.family_name = drawing.one_of(places.FAMILY_NAMES[origin])
        self.practice = drawing.weighted(LISTS)
        self.named: set[str] = set()

    @classmethod
    def of(cls, person: Resident, named: set[str]) -> "_Frame":
        frame = cls.__new__(cls)
        frame.origin, frame.municipality = person.origin, ""
        frame.family_name, frame.practice = person.family_name, person.practice
        frame.named = named
        return frame


class _Origins:
    """When somebody was born, and to whom."""

    def __init__(self, born: date, mother: str | None = None, father: str | None = None) -> None:
        self.born, self.mother, self.father = born, mother, father


def _child_of(mother: Resident, father: str | None, born: date) -> _Origins:
    return _Origins(born, mother.identity, father)


def _person(
    drawing: Drawing, frame: _Frame, origins: _Origins, female: bool, married: bool = False
) -> Resident:
    """Somebody with number and name and, when grown up, an account and a language of their own."""
    grown = (drawing.day - origins.born).days >= 18 * 365.25
    foreign = frame.origin == "arrived"
    names = places.first_names(frame.origin, female, origins.born.year)
    first = drawing.one_of([name for name in names if name not in frame.named] or names)
    frame.named.add(first)
    return Resident(
        identity=person_number(origins.born, female, drawing.taken),
        name=f"{first} {frame.family_name}",
        family_name=frame.family_name,
        origin=frame.origin,
        female=female,
        born=origins.born,
        mother=origins.mother,
        father=origins.father,
        partner=None,
        married=married,
        language="en" if grown and foreign and drawing.chance(SPEAK_ENGLISH) else "nb",
        account=drawing.account() if grown and drawing.chance(WITH_AN_ACCOUNT) else None,
        permit_until=_permit(drawing) if foreign and drawing.chance(NEED_A_PERMIT) else None,
        practice=frame.practice,
        protected=False,
    )


def _permit(drawing: Drawing) -> date:
    return drawing.day + timedelta(days=int(drawing.random.integers(60, 3 * 365)))


def _municipality(drawing: Drawing) -> str:
    return drawing.weighted({code: weight for code, (_, weight) in places.MUNICIPALITIES.items()})


def _draw(drawing: Drawing, kind: str, frame: _Frame, room: int) -> Household:
    if kind in {"alone", "sharing"}:
        return _adults(drawing, kind, frame, 1 if kind == "alone" else min(3, room))
    if kind == "lone_parent":
        return _lone_parent(drawing, frame, room)
    return _couple(drawing, kind, frame, room)


def _adults(drawing: Drawing, kind: str, frame: _Frame, number: int) -> Household:
    """Adults who are not each other's partners."""
    members = tuple(
        _person(drawing, frame, _Origins(drawing.born_at_age(drawing.grown_up(kind))), drawing.chance(0.5))
        for _ in range(number)
    )
    return Household(kind=kind, municipality=frame.municipality, members=members, cares=())


def _two(drawing: Drawing, kind: str, frame: _Frame, married: bool) -> tuple[Resident, Resident]:
    """A woman and a man, he some years older."""
    years = drawing.grown_up(kind)
    older = max(19.0, years + float(drawing.random.normal(2.4, 3.0)))
    her = _person(drawing, frame, _Origins(drawing.born_at_age(years)), True, married)
    return her, _person(drawing, frame, _Origins(drawing.born_at_age(older)), False, married)


def _couple(drawing: Drawing, kind: str, frame: _Frame, room: int) -> Household:
    """Two adults, and their children where the kind has some."""
    married = kind in {"married_with_children", "adult_children"} or (
        kind == "couple" and drawing.chance(0.62)
    )
    her, him = _two(drawing, kind, frame, married)
    her, him = replace(her, partner=him.identity), replace(him, partner=her.identity)
    children: tuple[Resident, ...] = ()
    if kind != "couple":
        number = min(drawing.weighted(CHILDREN_OF_COUPLES), room - 2)
        children = _children(drawing, her, him, number, least=18.0 if kind == "adult_children" else 0.0)
    cares = _cares(drawing, her, children, shared=False) + _cares(drawing, him, children, shared=False)
    return Household(kind=kind, municipality=frame.municipality, members=(her, him, *children), cares=cares)


def _lone_parent(drawing: Drawing, frame: _Frame, room: int) -> Household:
    """One parent with children; the other waits for a home alone, and may share the children's residence."""
    where = drawing.weighted(AFTER_A_BREAK_UP)
    her, him = _two(drawing, "lone_parent", frame, married=False)
    number = min(drawing.weighted(CHILDREN_OF_LONE_PARENTS), room - 1)
    children = _children(drawing, her, him, number, least=0.0)
    here, away = (him, her) if where == "father" else (her, him)
    shared = where == "shared"
    drawing.former.append((away, _cares(drawing, away, children, shared=True) if shared else ()))
    return Household(
        kind="lone_parent",
        municipality=frame.municipality,
        members=(here, *children),
        cares=_cares(drawing, here, children, shared=shared),
    )


def _cares(
    drawing: Drawing, carer: Resident, children: Sequence[Resident], *, shared: bool
) -> tuple[Care, ...]:
    role = "mother" if carer.female else "father"
    return tuple(
        Care(carer=carer.identity, child=child.identity, role=role, shared=shared)
        for child in children
        if age(child, drawing.day) < 18
    )


def _children(
    drawing: Drawing, her: Resident, him: Resident, number: int, *, least: float
) -> tuple[Resident, ...]:
    """Children some years apart; the oldest born when the mother was 19 at the earliest."""
    frame = _Frame.of(her, {person.name.split()[0] for person in (her, him)})
    most = max(least + 0.1, min(age(her, drawing.day) - 19.0, least + 17.9))
    years = float(drawing.random.uniform(least, most))
    children: list[Resident] = []
    while len(children) < number and (not children or years <= most):
        born = drawing.born_at_age(years)
        children.append(_person(drawing, frame, _child_of(her, him.identity, born), drawing.chance(GIRLS)))
        years += float(drawing.random.uniform(1.3, 3.6))
    return tuple(children)
