"""Over every pack: what rules read lies on the plan's paths, and whoever a change moves is found."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pack_histories import EARLY, LATE, PACKS, some_history

from duly.law import History, Pack, SubjectHistory, World, columns, interpret, kernel, plan

SEEDS = st.integers(0, 2**32)
Keyed = dict[tuple[int, int], list[tuple[int, Any]]]


class Traced(World):
    """A world that notes which facts it was asked for, and whose links."""

    def __init__(self, pack: Pack, history: History) -> None:
        super().__init__(pack, history)
        self.asked: set[tuple[str, int, int]] = set()

    def fact(self, attribute: str, subject: int, member: int, day: int) -> object:
        self.asked.add((attribute, subject, member))
        return super().fact(attribute, subject, member, day)

    def links(self, relation: str, subject: int) -> Sequence[tuple[int, int, int]]:
        found = super().links(relation, subject)
        link = self.pack.vocabulary.relations[relation].link
        self.asked |= {(f"{link}.present", owner, member) for _, owner, member in found}
        return found


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_what_is_read_lies_on_a_path(name: str, seed: int) -> None:
    pack = Pack.load(name)
    history = some_history(pack, seed)
    day = Random(seed).randrange(EARLY, LATE)
    for programme in pack.programmes:
        for holder, about in _keys(pack, programme, history):
            world = Traced(pack, history)
            interpret.value(pack, programme, world, holder, about, day, None)
            for review in pack.reviews:
                if review.programme == programme:
                    interpret.review(pack, review.rule, world, holder, about, day)
            for attribute, subject, member in world.asked:
                found = _reached(pack, world, programme, attribute, subject, member)
                assert holder in found, (programme, attribute)


@pytest.mark.parametrize("name", PACKS)
@settings(max_examples=20, deadline=None)
@given(seed=SEEDS)
def test_whoever_a_change_moves_is_found(name: str, seed: int) -> None:
    pack, random = Pack.load(name), Random(seed)
    before, other = some_history(pack, seed), some_history(pack, seed + 1)
    number = random.choice([n for n, subject in before.items() if subject.facts])
    old = dict(before[number].facts)
    changed = random.sample(sorted({*old, *other[number].facts}), min(3, len(old)))
    facts = {key: segments for key, segments in old.items() if key not in changed}
    facts |= {key: other[number].facts[key] for key in changed if key in other[number].facts}
    after = {**before, number: SubjectHistory(before[number].kind, facts)}
    world = World(pack, after)
    for programme in pack.programmes:
        was, now = _due(pack, programme, before), _due(pack, programme, after)
        moved = {key[0] for key in {*was, *now} if was.get(key) != now.get(key)}
        reached = {
            holder
            for attribute, member in changed
            for holder in _reached(pack, world, programme, attribute, number, member)
        }
        assert moved <= reached, (programme, changed)


def _reached(pack: Pack, world: World, programme: str, attribute: str, subject: int, member: int) -> set[int]:
    """The holders that a change of the attribute of the subject, or of its link to `member`, concerns."""
    found: set[int] = set()
    for concern in plan.affected(pack).get(attribute, ()):
        if concern.programme == programme:
            here = {subject}
            for step, hop in enumerate(concern.hops):
                here = {end for one in here for end in _ends(pack, world, one, hop)}
                if step == 0 and concern.over_link:
                    here.add(member)
            found |= here
    return found


def _ends(pack: Pack, world: World, subject: int, hop: plan.Hop) -> set[int]:
    link = pack.vocabulary.relations[hop.relation].link
    pairs = {
        (owner, member)
        for owner, known in world.history.items()
        for attribute, member in known.facts
        if attribute.partition(".")[0] == link
    }
    if hop.to_owners:
        return {owner for owner, member in pairs if member == subject}
    return {member for owner, member in pairs if owner == subject}


def _keys(pack: Pack, programme: str, history: History) -> list[tuple[int, int]]:
    found = pack.programme(programme)
    facts = columns.build(pack, history)
    keys = columns.keys(pack, programme, facts)
    holders = facts.numbers[found.holder][keys.holders].tolist()
    abouts = facts.numbers[found.about][keys.abouts].tolist() if found.over else holders
    return list(zip(holders, abouts, strict=True))


def _due(pack: Pack, programme: str, history: History) -> Keyed:
    """What is due or unknown by key; a link that nobody asserted is a key of which nothing is due."""
    facts = columns.build(pack, history)
    keys = columns.keys(pack, programme, facts)
    ends = (keys.holders, keys.abouts, keys.links)
    grants = kernel.evaluate(pack, programme, facts, *ends, known_at=None, first=EARLY, last=LATE, fast=False)
    found = {
        key: kernel.decoded(pack, programme, grants, row)
        for row, key in enumerate(_keys(pack, programme, history))
    }
    return {key: segments for key, segments in found.items() if any(due is not None for _, due in segments)}
