"""A few lives that chance alone would seldom bring, so that the demo always has them to show.

Each is chosen by the same seeded town: the first home that fits. All else in the town happens by chance.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta

from . import messages
from .happenings import birth
from .households import newborn
from .messages import Message
from .residents import Care, Resident, age
from .town import Town

__all__ = ["NO_PLAN", "Plan", "plan_for"]

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

    turns: dict[date, list[Callable[[Town], Iterator[Message]]]]
    worth_looking_at: tuple[tuple[str, str], ...]

    def on(self, town: Town) -> Iterator[Message]:
        for turn in self.turns.get(town.day, []):
            yield from turn(town)


NO_PLAN = Plan(turns={}, worth_looking_at=())


def plan_for(town: Town, first: date) -> Plan:
    """The plan for a town as it is on its first day."""
    cast = _cast(town)
    turns: dict[date, list[Callable[[Town], Iterator[Message]]]] = {}

    def on(offset: int, turn: Callable[[Town], Iterator[Message]]) -> None:
        turns.setdefault(first + timedelta(days=offset), []).append(turn)

    on(FALSE_DEATH, lambda town: _false_death(town, cast["falsely dead"]))
    on(TO_THE_NORTH, lambda town: _to_alta(town, cast["northbound"]))
    on(HIDDEN_MOVES, lambda town: _to_alta(town, cast["hidden"]))
    on(CLOSE_BIRTHS[0], lambda town: _birth(town, cast["two births"]))
    on(CLOSE_BIRTHS[1], lambda town: _birth(town, cast["two births"]))
    on(GUARDIAN_BIRTH - 90, lambda town: _guarded(town, cast["guarded"]))
    on(GUARDIAN_BIRTH, lambda town: _birth(town, cast["guarded"]))
    on(WRONG_BIRTHDAY, lambda town: _birth_with_wrong_day(town, cast["wrong day"]))
    on(FULL_LIST_BIRTH, lambda town: _birth(town, cast["full list"]))
    return Plan(
        turns=turns, worth_looking_at=tuple((WHY[role], person.identity) for role, person in cast.items())
    )


WHY = {
    "falsely dead": "was registered as dead, and was not; nothing was lost",
    "northbound": "moved to Alta before the supplement of October 2025 began",
    "hidden": "lives with a child at a protected address, and moved",
    "other parent": "is the other parent of the hidden child, and sees nothing of it",
    "two births": "had two births five months apart: the second became a case",
    "guarded": "has a guardian: the birth became a case",
    "wrong day": "had a child whose day of birth was corrected",
    "full list": "had a child, and her practitioner's list is full: a case",
    "alone with a small child": "is alone with a small child: three benefits in one notice",
    "two homes": "shares a child between two homes: half each",
    "on Svalbard": "lives on Svalbard with children",
    "newcomer": "has a permit that ends",
}


def _cast(town: Town) -> dict[str, Resident]:
    """Who plays what: everybody once."""
    taken: set[str] = set()

    def first(role: str, fits: Callable[[Resident], bool]) -> Resident:
        for person in town.grown():
            if person.identity not in taken and fits(person):
                taken.add(person.identity)
                return person
        raise LookupError(f"nobody in the town fits {role!r}: take another seed or more residents")

    def children(person: Resident) -> list[Resident]:
        return town.children_of(person.identity)

    def young_wife(person: Resident) -> bool:
        fit = person.female and person.partner is not None and 22 <= age(person, town.day) <= 39
        return fit and all(age(child, town.day) > 2.5 for child in children(person))

    def far_from_the_north(person: Resident) -> bool:
        return not town.place_of(person.identity).startswith(("55", "56", "21"))

    def alone_with_small(person: Resident) -> bool:
        alone = person.identity in town.alone_since and not person.protected
        return alone and any(age(child, town.day) < 2.2 for child in children(person))

    cast = {"hidden": first("hidden", lambda p: p.protected)}
    child = children(cast["hidden"])[0]
    cast["other parent"] = town.people[str(child.father)]
    taken.add(cast["other parent"].identity)
    cast["on Svalbard"] = first(
        "on Svalbard", lambda p: p.female and bool(children(p)) and town.place_of(p.identity) == "2100"
    )
    cast["alone with a small child"] = first("alone with a small child", alone_with_small)
    cast["two homes"] = first("two homes", lambda p: p.female and town.shares(p.identity))
    cast["newcomer"] = first("newcomer", lambda p: p.permit_until is not None and bool(children(p)))
    cast["northbound"] = first(
        "northbound",
        lambda p: p.female and p.partner is not None and len(children(p)) == 2 and far_from_the_north(p),
    )
    cast["falsely dead"] = first(
        "falsely dead", lambda p: p.female and p.partner is not None and len(children(p)) == 2
    )
    cast["full list"] = first("full list", lambda p: young_wife(p) and p.practice == "P1003")
    for role in ("two births", "guarded", "wrong day"):
        cast[role] = first(role, lambda p: young_wife(p) and p.practice != "P1003")
    return cast


def _here(town: Town, person: Resident) -> bool:
    """Chance may have taken somebody away before their turn."""
    return person.identity not in town.gone


def _birth(town: Town, mother: Resident) -> Iterator[Message]:
    if _here(town, mother):
        yield from birth(town, town.people[mother.identity], told=town.day + timedelta(days=3))


def _birth_with_wrong_day(town: Town, mother: Resident) -> Iterator[Message]:
    """The register writes the birth into the wrong month, and mends it weeks later."""
    if not _here(town, mother):
        return
    known = town.people[mother.identity]
    child = newborn(town.drawing, known, known.partner)
    town.join(child, known.identity)
    carers = tuple(who for who in (known.identity, known.partner) if who is not None)
    for carer, role in zip(carers, ("mother", "father"), strict=False):
        town.cares[carer, child.identity] = Care(carer=carer, child=child.identity, role=role, shared=False)
    told, place = town.day + timedelta(days=40), town.place_of(known.identity)
    wrong = messages.born(
        replace(child, born=town.day + timedelta(days=32)), municipality=place, lives_with=carers, told=told
    )
    yield wrong
    right = messages.born(child, municipality=place, lives_with=carers, told=told)
    yield right.correcting(wrong, told=town.day + timedelta(days=MENDED - WRONG_BIRTHDAY))


def _false_death(town: Town, person: Resident) -> Iterator[Message]:
    if _here(town, person):
        said = messages.died(person, on=town.day - timedelta(days=2), told=town.day)
        yield said
        yield said.cancelled(told=town.day + timedelta(days=TAKEN_BACK - FALSE_DEATH))


def _to_alta(town: Town, person: Resident) -> Iterator[Message]:
    """The whole home moves to Alta."""
    if not _here(town, person):
        return
    home = town.homes[town.home_of[person.identity]]
    home.municipality, home.since = ALTA, town.day
    for identity in home.members:
        yield messages.moved(
            town.people[identity], to=ALTA, since=town.day, told=town.day + timedelta(days=2)
        )


def _guarded(town: Town, person: Resident) -> Iterator[Message]:
    if _here(town, person):
        town.guarded.add(person.identity)
        yield messages.guarded(person, since=town.day, told=town.day + timedelta(days=1))
