"""Households of the invented country, drawn from a seed: the same arrays for every engine that is measured.

Money stands in cents, days as counts from 1970-01-01.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from duly.law import Pack, columns
from duly.timeline import BEGIN, Timelines

PACK = Path(__file__).parent / "packs" / "country_template"
Ints = NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Households:
    """A row for each person, in the order of households, or for each household."""

    home: NDArray[np.int32]
    adult: Ints
    born: Ints
    salary: Ints
    capital: Ints
    size: Ints
    rent: Ints
    occupancy: Ints

    def save(self, path: Path) -> None:
        np.savez(path, **{field.name: getattr(self, field.name) for field in fields(self)})


def draw(count: int, seed: int) -> Households:
    """One or two adults, and up to three children: 2.45 people on average."""
    random = np.random.default_rng(seed)
    adults = random.integers(1, 3, count)
    size = adults + random.choice([0, 0, 0, 1, 2, 3], count, p=[0.2, 0.2, 0.1, 0.2, 0.15, 0.15])
    home = np.repeat(np.arange(count, dtype=np.int32), size)
    place = np.arange(len(home)) - np.repeat(np.cumsum(size) - size, size)
    adult = (place < np.repeat(adults, size)).astype(np.int64)
    people = len(home)
    born = np.where(adult, random.integers(-13000, 10000, people), random.integers(11000, 16800, people))
    earns = adult & (random.random(people) < 0.8)
    return Households(
        home=home,
        adult=adult,
        born=born,
        salary=np.where(earns, random.integers(0, 1_500_000, people), 0),
        capital=np.where(random.random(people) < 0.1, random.integers(0, 50_000, people), 0),
        size=random.integers(10, 200, count),
        rent=random.integers(0, 200_000, count),
        occupancy=random.integers(0, 4, count),
    )


@dataclass(frozen=True, kw_only=True)
class Memory:
    """What a register would hand over: everything that is no fact but has to be there."""

    people: Ints
    households: Ints
    present: Ints
    rows: NDArray[np.int32]


def memory(of: Households) -> Memory:
    people, households = len(of.home), len(of.size)
    return Memory(
        people=np.arange(people),
        households=np.arange(households),
        present=np.ones(people, dtype=np.int64),
        rows=np.arange(people, dtype=np.int32),
    )


def facts(pack: Pack, of: Households, given: Memory, salaries: Timelines | None = None) -> columns.Facts:
    """The same columns as a batch, where they lie."""
    lasting = Timelines.lasting
    return columns.given(
        pack,
        numbers={"Person": given.people, "Household": given.households},
        links={"Household.members": columns.Links(owners=of.home, members=given.rows)},
        columns={
            "Person.born": lasting(of.born),
            "Person.salary": lasting(of.salary) if salaries is None else salaries,
            "Person.capital_returns": lasting(of.capital),
            "Membership.adult": lasting(of.adult),
            "Membership.present": lasting(given.present),
            "Household.size": lasting(of.size),
            "Household.rent": lasting(of.rent),
            "Household.occupancy": lasting(of.occupancy),
        },
    )


def raises(of: Households, days: list[int], seed: int) -> tuple[Timelines, Ints]:
    """Salaries that change on each of these days, as timelines and as a row for each day."""
    random = np.random.default_rng(seed)
    steps = [of.salary]
    for _ in days[1:]:
        up = steps[-1] + random.integers(0, 20_000, len(of.salary))
        steps.append(np.where(steps[-1] > 0, up, 0))
    rows = np.stack(steps)
    starts = np.array([BEGIN, *days[1:]], dtype=np.int32)
    return Timelines.canonical(
        offsets=np.arange(len(of.salary) + 1) * len(days),
        starts=np.tile(starts, len(of.salary)),
        values=rows.T.reshape(-1).copy(),
        known=np.ones(rows.size, dtype=np.bool_),
    ), rows
