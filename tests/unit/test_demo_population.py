"""The demo's people: plausible in their proportions, impossible in their numbers."""

from collections import Counter
from datetime import date

import pytest

from duly.demo.identity import (
    account_number,
    identity_number,
    is_account_number,
    is_identity_number,
    person_number,
)
from duly.demo.places import NORTH, SVALBARD
from duly.demo.population import populate
from duly.demo.residents import Population, age

DAY = date(2024, 2, 1)


@pytest.fixture(scope="module")
def town() -> Population:
    return populate(seed=1, size=2000, day=DAY)


def test_the_size_is_exact_and_numbers_are_given_once(town: Population) -> None:
    numbers = [person.identity for person in town.residents]
    assert len(numbers) == 2000
    assert len(set(numbers)) == 2000


def test_no_number_can_be_somebodys(town: Population) -> None:
    for person in town.residents:
        assert is_identity_number(person.identity)
        assert int(person.identity[2:4]) == person.born.month + 80
        assert int(person.identity[8]) % 2 == (0 if person.female else 1)
        assert person.account is None or is_account_number(person.account)


def test_a_real_looking_number_is_not_taken_for_synthetic() -> None:
    synthetic = identity_number(date(1990, 5, 17), 2)
    assert synthetic is not None
    assert not is_identity_number(synthetic[:2] + "05" + synthetic[4:])
    assert not is_identity_number(synthetic[:10] + str((int(synthetic[10]) + 1) % 10))


def test_people_born_since_2000_have_serials_from_500() -> None:
    assert int(person_number(date(2001, 1, 1), True, set())[6:9]) >= 500
    assert int(person_number(date(1999, 1, 1), True, set())[6:9]) < 500


def test_accounts_are_of_no_bank() -> None:
    assert all(is_account_number(account_number(serial)) for serial in range(500))
    assert not is_account_number("12345678911")


def test_proportions_are_near_the_country(town: Population) -> None:
    people = len(town.residents)
    children = sum(age(person, DAY) < 18 for person in town.residents)
    kinds = Counter(home.kind for home in town.households)
    homes = len(town.households)
    assert 0.16 < children / people < 0.24  # the country: 0.20
    assert 0.36 < kinds["alone"] / homes < 0.46  # 0.41
    assert 0.03 < kinds["lone_parent"] / homes < 0.06  # 0.04
    assert 1.95 < people / homes < 2.25  # 2.10
    assert 0.05 < sum(person.origin == "arrived" for person in town.residents) / people < 0.25  # 0.17


def test_families_hold_together(town: Population) -> None:
    people = {person.identity: person for person in town.residents}
    for home in town.households:
        for care in home.cares:
            child, carer = people[care.child], people[care.carer]
            assert age(child, DAY) < 18
            assert care.carer in {child.mother, child.father}
            assert care.role == ("mother" if carer.female else "father")
            assert age(carer, DAY) - age(child, DAY) > 15
    shared = Counter(care.child for home in town.households for care in home.cares if care.shared)
    assert shared
    assert set(shared.values()) <= {1, 2}


def test_there_is_a_north_a_full_list_and_one_hidden_family(town: Population) -> None:
    places = {home.municipality for home in town.households}
    assert places & NORTH
    assert SVALBARD in places
    assert [practice.full for practice in town.practices] == [False, False, True]
    hidden = [person for person in town.residents if person.protected]
    assert len(hidden) == 2
    assert any(age(person, DAY) < 18 for person in hidden)


def test_the_same_seed_gives_the_same_people(town: Population) -> None:
    assert populate(seed=1, size=2000, day=DAY) == town
    assert populate(seed=2, size=200, day=DAY) != populate(seed=3, size=200, day=DAY)


def test_nobody_in_a_family_has_anothers_name(town: Population) -> None:
    for home in town.households:
        if home.kind != "sharing":
            assert len({person.name for person in home.members}) == len(home.members)
