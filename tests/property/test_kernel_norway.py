"""Over the law of Norway: kernel = interpreter, and what the plan says of reading and of changes is true."""

from __future__ import annotations

import subprocess
import sys
from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_histories import EARLY, LATE, family, turning_days

from duly.law import UNKNOWN, History, Pack, SubjectHistory, World, columns, interpret, kernel, plan
from duly.timeline import from_iso

NORWAY = Pack.load("norway")
PROGRAMMES = sorted(NORWAY.programmes)
SEEDS = st.integers(0, 2**32)
Keyed = dict[tuple[int, int], list[tuple[int, Any]]]


def _due(
    programme: str, history: History, *, known_at: int | None = None, fast: bool = False, shaped: int = 2**62
) -> Keyed:
    """What each key is due, by the kernel."""
    found = NORWAY.programme(programme)
    facts = columns.build(NORWAY, history)
    keys = columns.keys(NORWAY, programme, facts)
    ends = (keys.holders, keys.abouts, keys.links)
    grants = kernel.evaluate(
        NORWAY,
        programme,
        facts,
        *ends,
        known_at=known_at,
        first=EARLY,
        last=LATE,
        fast=fast,
        shaped=shaped,
    )
    holders = facts.numbers[found.holder][keys.holders].tolist()
    abouts = facts.numbers[found.about][keys.abouts].tolist()
    return {
        key: kernel.decoded(NORWAY, programme, grants, row)
        for row, key in enumerate(zip(holders, abouts, strict=True))
    }


def _at(segments: list[tuple[int, Any]], day: int) -> Any:
    return [due for start, due in segments if start <= day][-1]


@pytest.mark.parametrize("programme", PROGRAMMES)
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, unknown=st.booleans(), late=st.sampled_from([None, "2025-03-01", "2026-02-01"]))
def test_kernel_is_interpreter_at_every_turn_and_the_day_before(
    programme: str, seed: int, unknown: bool, late: str | None
) -> None:
    history = family(NORWAY, seed, unknown=unknown)
    known_at = None if late is None else from_iso(late)
    world = World(NORWAY, history)
    for (holder, about), segments in _due(programme, history, known_at=known_at).items():
        if NORWAY.programme(programme).every == "month":
            whole = interpret.timeline(NORWAY, programme, world, holder, about, EARLY, LATE, known_at)
            assert segments == whole, (holder, about)
        turns = {start - before for start, _ in segments for before in (0, 1)}
        for day in sorted({*turning_days(NORWAY, history), *turns} - {EARLY - 1}):
            due = _at(segments, day)
            if NORWAY.programme(programme).every == "day":
                assert due == interpret.value(NORWAY, programme, world, holder, about, day, known_at)


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_compiled_it_gives_the_same(programme: str) -> None:
    for seed in range(40):
        history = family(NORWAY, seed, unknown=seed % 2 == 0)
        assert _due(programme, history, fast=True) == _due(programme, history, fast=False)


@pytest.mark.parametrize("programme", PROGRAMMES)
@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_code_for_a_shape_gives_the_same(programme: str, seed: int) -> None:
    history = family(NORWAY, seed, unknown=False)
    assert _due(programme, history, shaped=0) == _due(programme, history)


@settings(max_examples=25, deadline=None)
@given(seed=SEEDS, unknown=st.booleans())
def test_reviews_are_the_interpreters(seed: int, unknown: bool) -> None:
    history = family(NORWAY, seed, unknown=unknown)
    world, facts = World(NORWAY, history), columns.build(NORWAY, history)
    words = {False: 0, UNKNOWN: 1, True: 2}
    for programme in PROGRAMMES:
        found = NORWAY.programme(programme)
        keys = columns.keys(NORWAY, programme, facts)
        days = np.array([EARLY + 37 * row for row in range(len(keys))], dtype=np.int32) + seed % 400
        answers = kernel.reviews(
            NORWAY,
            programme,
            facts,
            keys.holders,
            keys.abouts,
            keys.links,
            days=days,
            known_at=None,
            fast=False,
        )
        rules = [review.rule for review in NORWAY.reviews if review.programme == programme]
        assert answers.shape == (len(keys), len(rules))
        for row in range(len(keys)):
            holder = int(facts.numbers[found.holder][keys.holders[row]])
            about = int(facts.numbers[found.about][keys.abouts[row]])
            expected = [interpret.review(NORWAY, r, world, holder, about, int(days[row])) for r in rules]
            assert answers[row].tolist() == [words[answer] for answer in expected]


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_whoever_a_change_reaches_is_affected(seed: int) -> None:
    random = Random(seed)
    before, other = family(NORWAY, seed, unknown=False), family(NORWAY, seed + 1, unknown=False)
    number = random.choice(sorted(before))
    changed = random.sample(sorted(before[number].facts), min(3, len(before[number].facts)))
    facts = {**before[number].facts, **{key: other[number].facts[key] for key in changed}}
    after = {**before, number: SubjectHistory(before[number].kind, facts)}
    for programme in PROGRAMMES:
        old, new = _due(programme, before), _due(programme, after)
        moved = {holder for holder, about in new if old.get((holder, about)) != new[holder, about]}
        reached = {
            holder
            for name, _ in changed
            for affected in plan.affected(NORWAY).get(name, ())
            if affected.programme == programme
            for holder in _back(World(NORWAY, after), number, affected.hops)
        }
        assert moved <= reached, (programme, changed)


def _back(world: World, number: int, hops: tuple[plan.Hop, ...]) -> set[int]:
    """Those whom the hops lead to from a subject."""
    here = {number}
    for hop in hops:
        links = [(owner, member) for n in world.history for owner, member in _owned(world, hop.relation, n)]
        here = {
            owner if hop.to_owners else member
            for owner, member in links
            if (member if hop.to_owners else owner) in here
        }
    return here


def _owned(world: World, relation: str, owner: int) -> set[tuple[int, int]]:
    return {(owner, other) for other, _, _ in world.links(relation, owner)}


@settings(max_examples=30, deadline=None)
@given(seed=SEEDS)
def test_what_is_not_read_does_not_matter(seed: int) -> None:
    history = family(NORWAY, seed, unknown=False)
    for programme in PROGRAMMES:
        read = {path.attribute for path in plan.reads(NORWAY, programme)}
        less = {
            number: SubjectHistory(
                subject.kind, {key: segments for key, segments in subject.facts.items() if key[0] in read}
            )
            for number, subject in history.items()
        }
        assert _due(programme, less) == _due(programme, history)


def test_reads_name_the_way_to_each_fact() -> None:
    ordinary = {(path.relations, path.attribute) for path in plan.reads(NORWAY, "barnetrygd.ordinary")}
    assert (("Person.cares_for",), "Care.shared") in ordinary
    assert (("Person.cares_for",), "Person.born") in ordinary
    assert (("Person.cares_for", "Person.cared_for_by"), "Care.recipient") in ordinary
    assert ((), "Person.municipality") in ordinary
    assert not any(attribute == "Practice.code" for _, attribute in ordinary)
    newborn = {path.attribute: path for path in plan.reads(NORWAY, "fastlege.newborn")}
    code = newborn["Practice.code"]
    assert code.relations == ("Person.parents", "Person.patient_of")
    assert (code.category, code.register) == ("practice", "fastlegeregisteret")
    assert "general-practitioner" in code.purposes


def test_a_change_leads_back_to_the_holder() -> None:
    affected = plan.affected(NORWAY)
    to_carer = plan.Hop(relation="Person.cares_for", to_owners=True)
    to_child = plan.Hop(relation="Person.cares_for", to_owners=False)
    of_the_carer = plan.Affected(programme="barnetrygd.ordinary", hops=(), over_link=False)
    of_the_child = plan.Affected(programme="barnetrygd.ordinary", hops=(to_carer,), over_link=False)
    of_the_other = plan.Affected(programme="barnetrygd.ordinary", hops=(to_child, to_carer), over_link=True)
    assert {of_the_carer, of_the_child} <= set(affected["Person.municipality"])
    assert of_the_other in affected["Care.recipient"]
    assert of_the_child not in affected["Care.recipient"]
    full = [found for found in affected["Practice.full"] if found.programme == "fastlege.newborn"]
    assert [hop.relation for hop in full[0].hops] == ["Person.patient_of", "Person.parents"]


def test_what_needs_no_kernel_does_not_import_the_compiler() -> None:
    code = (
        "import sys; from duly.law import Pack, kernel; Pack.load('norway'); print('llvmlite' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "False"
