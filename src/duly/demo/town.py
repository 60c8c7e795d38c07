"""The town as it really is on a simulated day; registers hear of it, sometimes late, sometimes wrongly.

Only `happenings` changes it. People are found by identity number, homes by a running number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TypeVar

import numpy as np

from .households import Drawing
from .residents import Care, Population, Resident, age

__all__ = ["Home", "Town"]

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Home:
    """An address: who lives there, in which municipality, since when."""

    municipality: str
    since: date
    members: list[str]


@dataclass(slots=True, kw_only=True)
class Town:
    """People, homes and who cares for whom.

    `gone` holds the dead and those who moved abroad; `reserved` those whom chance leaves alone.
    """

    random: np.random.Generator
    day: date
    people: dict[str, Resident] = field(default_factory=dict[str, Resident])
    homes: dict[int, Home] = field(default_factory=dict[int, Home])
    home_of: dict[str, int] = field(default_factory=dict[str, int])
    cares: dict[tuple[str, str], Care] = field(default_factory=dict[tuple[str, str], Care])
    gone: set[str] = field(default_factory=set[str])
    reserved: set[str] = field(default_factory=set[str])
    guarded: set[str] = field(default_factory=set[str])
    alone_since: dict[str, date] = field(default_factory=dict[str, date])

    @classmethod
    def of(cls, population: Population, random: np.random.Generator) -> "Town":
        town = cls(random=random, day=population.day)
        for household in population.households:
            town.settle(household.municipality, household.members)
            town.cares.update({(care.carer, care.child): care for care in household.cares})
        return town

    def chance(self, probability: float) -> bool:
        return bool(self.random.random() < probability)

    def between(self, first: int, last: int) -> int:
        return int(self.random.integers(first, last + 1))

    def one_of(self, items: Sequence[T]) -> T:
        return items[int(self.random.integers(len(items)))]

    def draw(self, items: Sequence[T], weights: Sequence[float]) -> T:
        shares = np.array(weights, dtype=np.float64)
        return items[int(self.random.choice(len(items), p=shares / shares.sum()))]

    @property
    def drawing(self) -> Drawing:
        """What draws new people with this town's generator, on its day."""
        return Drawing(random=self.random, day=self.day, taken=set(self.people))

    def settle(self, municipality: str, members: tuple[Resident, ...]) -> int:
        """A new home for people, known before or not."""
        number = len(self.homes)
        self.homes[number] = Home(
            municipality=municipality, since=self.day, members=[person.identity for person in members]
        )
        for person in members:
            self.people[person.identity] = person
            self.home_of[person.identity] = number
        return number

    def join(self, person: Resident, other: str) -> None:
        """Somebody new in another's home."""
        self.people[person.identity] = person
        self.home_of[person.identity] = self.home_of[other]
        self.homes[self.home_of[other]].members.append(person.identity)

    def move(self, identity: str, municipality: str) -> int:
        """One person to a home of their own."""
        self.leave(identity)
        return self.settle(municipality, (self.people[identity],))

    def leave(self, identity: str) -> None:
        home = self.homes[self.home_of[identity]]
        if identity in home.members:
            home.members.remove(identity)

    def go(self, identity: str) -> None:
        """Out of the town, by death or abroad."""
        self.leave(identity)
        self.gone.add(identity)

    def change(self, identity: str, **changes: object) -> Resident:
        self.people[identity] = replace(self.people[identity], **changes)  # pyright: ignore[reportArgumentType]
        return self.people[identity]

    def here(self) -> list[Resident]:
        """Everybody who lives in the town, in a fixed order."""
        return [person for identity, person in self.people.items() if identity not in self.gone]

    def any_of_us(self) -> list[Resident]:
        """Everybody to whom something may happen by chance."""
        return [person for person in self.here() if person.identity not in self.reserved]

    def grown(self) -> list[Resident]:
        return [person for person in self.here() if age(person, self.day) >= 18]

    def homes_of_us(self) -> list[int]:
        """Homes with anybody in them to whom something may happen by chance."""
        return [
            n for n, home in self.homes.items() if home.members and self.reserved.isdisjoint(home.members)
        ]

    def children_of(self, carer: str) -> list[Resident]:
        """Children under 18 whom somebody cares for."""
        return [
            self.people[child]
            for (who, child) in self.cares
            if who == carer and child not in self.gone and age(self.people[child], self.day) < 18
        ]

    def place_of(self, identity: str) -> str:
        return self.homes[self.home_of[identity]].municipality

    def names_at_home_of(self, identity: str) -> set[str]:
        """The first names of those who live there."""
        home = self.homes[self.home_of[identity]]
        return {self.people[member].name.split()[0] for member in home.members}

    def shares(self, carer: str) -> bool:
        """Whether a carer shares a child's residence with another home."""
        return any(care.shared for (who, _), care in self.cares.items() if who == carer)

    def couples(self) -> Iterator[tuple[Resident, Resident]]:
        """Partners to whom something may happen by chance, each pair once, the woman first."""
        for person in self.any_of_us():
            partner = person.partner
            if person.female and partner is not None and partner not in self.gone:
                yield person, self.people[partner]
