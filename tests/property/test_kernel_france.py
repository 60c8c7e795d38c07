"""Over the law of France: kernel = interpreter = plain Python, for families that change, facts with gaps."""

from __future__ import annotations

from random import Random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from duly.law import (
    ABSENT,
    UNKNOWN,
    History,
    Pack,
    SubjectHistory,
    World,
    columns,
    interpret,
    kernel,
    plain,
    plan,
)
from duly.law.situation import NotKnown
from duly.law.vocabulary import Attribute
from duly.timeline import BEGIN, from_iso

FRANCE = Pack.load("france")
PROGRAMME = "allocations.familiales"
CARER, CHILDREN = 50, (61, 30, 72, 45)
"""Numbers in no order, so that the order of the history is not that of the numbers."""
FIRST, LAST = from_iso("2021-01-01"), from_iso("2021-08-01")
BIRTHS = ("2001-02-28", "2001-03-01", "2000-04-15", "2005-02-28", "2007-02-28", "2007-04-01", "2015-05-05")
TURNS = ("2020-12-31", "2021-01-01", "2021-02-01", "2021-02-15", "2021-03-31", "2021-05-01", "2021-07-31")
VALUES: dict[str, tuple[object, ...]] = {
    "Care.present": (True, True, True, False),
    "Care.custody": ("effective_and_permanent", "alternating_shared", "services_paid_to_services"),
    "Care.parent": (True,),
    "Person.born": tuple(map(from_iso, BIRTHS)),
    "Person.died": (None, None, None, from_iso("2021-03-31")),
    "Person.earnings": (0, 0, 95300, 95400),
    "Person.housing_aid": (False, False, True),
    "Person.opened_right": (True, True, False),
    "Person.resources": (0, 69_933_00, 70_100_00, 93_300_00, 200_000_00),
    "Person.territory": ("metropole", "la_reunion", "mayotte", "saint_pierre_et_miquelon"),
    "Person.covered": (True, True, False),
    "Person.child_before_2012": (True, False),
    "Person.reading": ("law", "law", "published"),
}
TO_THE_CARER = plan.Hop(relation="Person.cares_for", to_owners=True)
SEEDS = st.integers(0, 2**32)


def family(seed: int, *, gaps: float) -> History:
    """A carer and up to four children; each fact changes now and then, and some are unknown."""
    random = Random(seed)
    members = random.sample(CHILDREN, random.choice([1, 2, 3, 4]))
    facts: dict[int, dict[tuple[str, int], list[tuple[int, object]]]] = {n: {} for n in (CARER, *members)}
    for attribute in FRANCE.vocabulary.attributes.values():
        links = [(CARER, member) for member in members]
        for owner, member in links if attribute.owner == "Care" else [(n, 0) for n in facts]:
            facts[owner][attribute.name, member] = _segments(random, attribute, gaps)
    hidden = members[0] if gaps and random.random() < 0.1 else 0
    return {number: SubjectHistory("Person", facts[number]) for number in facts if number != hidden}


def _segments(random: Random, attribute: Attribute, gaps: float) -> list[tuple[int, object]]:
    many = 0 if attribute.name == "Person.born" else random.choice([0, 0, 0, 1, 2])
    starts = [BEGIN, *sorted(map(from_iso, random.sample(TURNS, many)))]
    return [(start, _value(random, attribute, gaps)) for start in starts]


def _value(random: Random, attribute: Attribute, gaps: float) -> object:
    if random.random() < gaps:
        return UNKNOWN
    if attribute.absent is not UNKNOWN and random.random() < 0.1:
        return ABSENT
    return random.choice(VALUES[attribute.name])


def with_gaps(history: History, seed: int) -> History:
    """The same with some segments unknown."""
    random = Random(seed)
    return {
        number: SubjectHistory(
            subject.kind,
            {
                key: [(start, UNKNOWN if random.random() < 0.05 else value) for start, value in segments]
                for key, segments in subject.facts.items()
            },
        )
        for number, subject in history.items()
    }


def due(history: History, *, fast: bool) -> list[tuple[int, Any]]:
    """What the carer is due, by the kernel."""
    facts = columns.build(FRANCE, history)
    keys = columns.keys(FRANCE, PROGRAMME, facts)
    ends = (keys.holders, keys.abouts, keys.links)
    grants = kernel.evaluate(
        FRANCE, PROGRAMME, facts, *ends, known_at=None, first=FIRST, last=LAST, fast=fast
    )
    row = facts.numbers["Person"][keys.holders].tolist().index(CARER)
    return kernel.decoded(FRANCE, PROGRAMME, grants, row)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS, gaps=st.sampled_from([0.0, 0.0, 0.02, 0.1]))
def test_kernel_is_interpreter(seed: int, gaps: float) -> None:
    history = family(seed, gaps=gaps)
    world = World(FRANCE, history)
    assert due(history, fast=True) == interpret.timeline(FRANCE, PROGRAMME, world, CARER, CARER, FIRST, LAST)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_plain_python_is_the_interpreter(seed: int) -> None:
    world = World(FRANCE, family(seed, gaps=0))
    for day, found in interpret.timeline(FRANCE, PROGRAMME, world, CARER, CARER, FIRST, LAST):
        try:
            assert plain.value(FRANCE, PROGRAMME, world, CARER, CARER, day) == found
        except NotKnown:
            assert found is UNKNOWN


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_what_stands_in_spite_of_gaps_stands_however_they_are_filled(seed: int) -> None:
    whole = family(seed, gaps=0)
    settled, partial = World(FRANCE, whole), World(FRANCE, with_gaps(whole, seed))
    for day in map(from_iso, TURNS[1:]):
        found = interpret.value(FRANCE, PROGRAMME, partial, CARER, CARER, day)
        if found is not UNKNOWN:
            assert found == interpret.value(FRANCE, PROGRAMME, settled, CARER, CARER, day)


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_a_change_that_matters_leads_to_the_carer(seed: int) -> None:
    random = Random(seed)
    before, other = family(seed, gaps=0), family(seed + 1, gaps=0)
    number = random.choice(sorted(before.keys() & other.keys()))
    changed = random.sample(sorted(before[number].facts.keys() & other[number].facts.keys()), 2)
    facts = {**before[number].facts, **{key: other[number].facts[key] for key in changed}}
    after = {**before, number: SubjectHistory("Person", facts)}
    if due(before, fast=True) != due(after, fast=True):
        ways = {found.hops for name, _ in changed for found in plan.affected(FRANCE).get(name, ())}
        assert (() if number == CARER else (TO_THE_CARER,)) in ways


def test_families_that_are_drawn_have_something_to_lose() -> None:
    """The properties above say nothing if nobody is due anything."""
    drawn = [dict(due(family(seed, gaps=0), fast=True)) for seed in range(150)]
    found = [grant for timeline in drawn for grant in timeline.values() if grant]
    for part in ("base", "supplement", "flat_rate", "complement"):
        assert sum(1 for grant in found if grant[part]) >= 5, part
