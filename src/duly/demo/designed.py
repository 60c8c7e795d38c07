"""A few lives that chance alone would seldom bring, so that the demo always has them to show.

Each is chosen by the same seeded town: the first home that fits. All else in the town happens by chance.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from . import messages
from .happenings import birth
from .messages import Message
from .residents import Resident, age
from .town import Town

__all__ = ["NO_PLAN", "Plan", "plan_for"]

Turn = Callable[[Town, Resident], Iterator[Message]]

ALTA = "5601"
FALSE_DEATH, TAKEN_BACK = 395, 414
HIDDEN_MOVES = 640
TO_THE_NORTH = 560
CLOSE_BIRTHS = (210, 350)
GUARDIAN_BIRTH = 480
WRONG_BIRTHDAY, MENDED = 300, 352
FULL_LIST_BIRTH = 520


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which day of the history each life has its turns on, and whom the demo points to."""

    turns: dict[date, list[tuple[Turn, Resident]]]
    worth_looking_at: tuple[tuple[str, str], ...]

    def on(self, town: Town) -> Iterator[Message]:
        for turn, person in self.turns.get(town.day, []):
            yield from turn(town, person)


NO_PLAN = Plan(turns={}, worth_looking_at=())


def plan_for(town: Town, first: date) -> Plan:
    """The plan for a town as it is on its first day. Chance leaves the homes alone that play in it."""
    cast = _cast(town)
    turns: dict[date, list[tuple[Turn, Resident]]] = {}
    for role, offset, turn in TURNS:
        if role in cast:
            turns.setdefault(first + timedelta(days=offset), []).append((turn, cast[role]))
    return Plan(
        turns=turns,
        worth_looking_at=tuple((WHY[role], cast[role].identity) for role in WHY if role in cast),
    )


WHY = {
    "alone": "is alone with a small child: several benefits, one notice",
    "two homes": "shares a child between two homes: half each",
    "northbound": "moved to Alta before the supplement of October 2025 began",
    "Svalbard": "lives on Svalbard with children",
    "falsely dead": "was registered as dead, and was not; nothing was lost",
    "wrong day": "had a child whose day of birth was corrected: what it gives acted, what it takes waits",
    "full list": "had a child, and her practitioner's list is full: a case",
    "two births": "had two births within five months: the second became a case",
    "guarded": "has a guardian: the birth became a case",
    "newcomer": "has a permit that ended and was renewed late, or not at all",
    "hidden": "lives with a child at a protected address, and moved",
    "other parent": "is the other parent of the hidden child, and sees nothing of it",
}


def _cast(town: Town) -> dict[str, Resident]:
    """Who plays what: the first who fits and plays nothing yet; a role that nobody fits is left out."""
    found: dict[str, Resident] = {}
    for role, fits in FITS.items():
        for person in town.grown():
            if person.identity not in town.reserved and fits(town, person):
                found[role] = person
                town.reserved.update(town.homes[town.home_of[person.identity]].members)
                break
    hidden = found.get("hidden")
    if hidden is not None:
        child = town.children_of(hidden.identity)[0]
        found["other parent"] = town.people[str(child.father)]
        town.reserved.add(str(child.father))
    return found


def _has_children(town: Town, person: Resident) -> bool:
    return person.female and bool(town.children_of(person.identity))


def _alone(town: Town, person: Resident) -> bool:
    ages = [age(child, town.day) for child in town.children_of(person.identity)]
    return person.female and person.identity in town.alone_since and bool(ages) and min(ages) < 1.0


def _couple_with_two(town: Town, person: Resident) -> bool:
    settled = person.female and person.partner is not None and person.origin != "arrived"
    young = all(age(child, town.day) < 15 for child in town.children_of(person.identity))
    in_the_south = not town.place_of(person.identity).startswith(("55", "56", "21"))
    return settled and young and in_the_south and len(town.children_of(person.identity)) == 2


def _may_have_children(town: Town, person: Resident) -> bool:
    settled = person.female and person.partner is not None and person.origin != "arrived"
    ages = [age(child, town.day) for child in town.children_of(person.identity)]
    return settled and 22 <= age(person, town.day) <= 39 and min(ages, default=9.0) > 2.5


FITS: dict[str, Callable[[Town, Resident], bool]] = {
    "hidden": lambda town, person: person.protected and _has_children(town, person),
    "Svalbard": lambda town, person: _has_children(town, person) and town.place_of(person.identity) == "2100",
    "alone": _alone,
    "two homes": lambda town, person: person.female and town.shares(person.identity),
    "newcomer": lambda town, person: _has_children(town, person) and person.permit_until is not None,
    "northbound": _couple_with_two,
    "falsely dead": _couple_with_two,
    "full list": lambda town, person: _may_have_children(town, person) and person.practice == "P1003",
    "two births": lambda town, person: _may_have_children(town, person) and person.practice != "P1003",
    "guarded": lambda town, person: _may_have_children(town, person) and person.practice != "P1003",
    "wrong day": lambda town, person: _may_have_children(town, person) and person.practice != "P1003",
}


def _birth(town: Town, person: Resident) -> Iterator[Message]:
    yield from birth(town, town.people[person.identity], told=town.day + timedelta(days=3))


def _birth_with_wrong_day(town: Town, person: Resident) -> Iterator[Message]:
    """The register writes the birth into the next month, and mends it weeks later."""
    told = town.day + timedelta(days=40)
    born, named = birth(town, town.people[person.identity], told=told)
    said = date.fromisoformat(born.data["born"]) + timedelta(days=32)
    wrong = replace(born, data=born.data | {"born": said.isoformat()})
    yield wrong
    yield named
    yield born.correcting(wrong, told=town.day + timedelta(days=MENDED - WRONG_BIRTHDAY))


def _false_death(town: Town, person: Resident) -> Iterator[Message]:
    said = messages.died(person, on=town.day - timedelta(days=2), told=town.day)
    yield said
    yield said.cancelled(told=town.day + timedelta(days=TAKEN_BACK - FALSE_DEATH))


def _to_alta(town: Town, person: Resident) -> Iterator[Message]:
    """The whole home moves to Alta."""
    home = town.homes[town.home_of[person.identity]]
    home.municipality, home.since = ALTA, town.day
    told = town.day + timedelta(days=2)
    for identity in home.members:
        yield messages.moved(town.people[identity], to=ALTA, since=town.day, told=told)


def _guarded(town: Town, person: Resident) -> Iterator[Message]:
    town.guarded.add(person.identity)
    yield messages.guarded(person, since=town.day, told=town.day + timedelta(days=1))


TURNS: tuple[tuple[str, int, Turn], ...] = (
    ("falsely dead", FALSE_DEATH, _false_death),
    ("northbound", TO_THE_NORTH, _to_alta),
    ("hidden", HIDDEN_MOVES, _to_alta),
    ("two births", CLOSE_BIRTHS[0], _birth),
    ("two births", CLOSE_BIRTHS[1], _birth),
    ("guarded", GUARDIAN_BIRTH - 90, _guarded),
    ("guarded", GUARDIAN_BIRTH, _birth),
    ("wrong day", WRONG_BIRTHDAY, _birth_with_wrong_day),
    ("full list", FULL_LIST_BIRTH, _birth),
)
