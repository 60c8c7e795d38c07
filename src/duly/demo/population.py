"""A seeded population of residents in families: the same seed gives the same people, byte for byte.

Proportions and where they are from (Statistics Norway unless said otherwise; the rest is marked "assumed"):

- kinds of household, "Families and households", 20 September 2024: 2,617,268 private households, of which
  1,067,725 live alone, 636,291 couples without children, 300,651 married and 187,170 cohabiting couples and
  108,371 lone parents with children under 18, 186,716 with adult children, 97,755 of several families without
  children under 18 and 32,589 with (counted here as cohabiting couples with children);
- children per family: children by number of siblings at home, same statistics (with both parents: 129,739
  without, 425,359 with one, 222,008 with two, 48,765 with three, 12,458 with four siblings), so 30 % of
  families have one child, 49 % two, 17 % three, 3 % four, 1 % five; lone parents: assumed 55, 33, 10, 2 %;
- after a break-up 43 % of parents share the child's residence, 50 % of children live with the mother, 7 %
  with the father (survey on residence and contact 2020, published 16 December 2022: 43, 49 and 7);
- immigrants: 16.8 % of the population (1 January 2024); that four in ten of them need a permit is assumed;
- practitioners' lists: 986 people on average (Directorate of Health, annual report 2023), so two full-sized
  lists and a small one; that the small one is full is assumed;
- a protected address: 817 people in the country in the strictest grade, half of them children (Tax
  Administration, in the press 2013), which is none in 2,000: here one mother and child have it, by design;
- ages of mothers at birth (about 31), of adults who live alone, share or are couples, and languages: assumed.
"""

from dataclasses import replace
from datetime import date

import numpy as np

from .households import Drawing, household
from .residents import PRACTICES, Household, Population, age

__all__ = ["populate"]


def populate(*, seed: int, size: int, day: date) -> Population:
    """Households drawn until `size` residents are there, as on the morning of `day`."""
    drawing = Drawing(random=np.random.default_rng(seed), day=day, taken=set())
    households: list[Household] = []
    room = size
    while room > 0:
        households.append(household(drawing, room))
        room -= len(households[-1].members)
    return Population(seed=seed, day=day, households=_hide_one(households, day), practices=PRACTICES)


def _hide_one(households: list[Household], day: date) -> tuple[Household, ...]:
    """The first lone mother of one young child, not shared, if any, lives at a protected address."""
    for place, home in enumerate(households):
        if _lone_mother_of_a_young_child(home, day):
            members = tuple(replace(member, protected=True) for member in home.members)
            return (*households[:place], replace(home, members=members), *households[place + 1 :])
    return tuple(households)


def _lone_mother_of_a_young_child(home: Household, day: date) -> bool:
    alone = home.kind == "lone_parent" and len(home.members) == 2 and len(home.cares) == 1
    young = alone and age(home.members[1], day) < 10
    return young and home.members[0].female and not home.cares[0].shared
