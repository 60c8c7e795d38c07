"""Rights to act for another, by random lives: none outlives what it rests on, none sees beyond an age."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.access import Relation
from duly.authority import Authority, authorities, right_of, standing_choice
from duly.facts import Record, Segment
from duly.law import ABSENT, UNKNOWN, Pack
from duly.timeline import BEGIN, add_years, from_iso

PACK = Pack.load("norway")
ME, CHILD, OTHER = 1, 2, 3
START = from_iso("2000-01-01")
DAYS = st.integers(START, START + 30 * 365)
Facts = Mapping[tuple[str, int], list[tuple[int, object]]]


def record(subject: int, facts: Facts, pointers: Mapping[str, tuple[int, ...]] | None = None) -> Record:
    kept = {
        key: tuple(Segment(start, value, "e", "s", 0, start, "") for start, value in sorted(said, key=first))
        for key, said in facts.items()
    }
    return Record(subject=subject, kind="Person", version=1, facts=kept, pointers=pointers or {})


def first(one: tuple[int, object]) -> int:
    return one[0]


def born(day: int) -> dict[tuple[str, int], list[tuple[int, object]]]:
    return {("Person.born", 0): [(BEGIN, day)]}


ADULT = record(ME, born(START - 30 * 365))


def parented(birth: int, **more: list[tuple[int, object]]) -> Record:
    named = {
        ("Parenthood.present", ME): more.pop("present", [(birth, True)]),
        ("Parenthood.responsible", ME): more.pop("responsible", []),
        ("Person.died", 0): more.pop("died", []),
        ("Person.protected", 0): more.pop("protected", []),
    }
    assert not more
    return record(CHILD, {**born(birth), **{key: said for key, said in named.items() if said}})


def parent(child: Record, day: int, near: Mapping[int, Record] | None = None) -> Authority | None:
    return right_of(PACK, "parent", ADULT, child, near or {}, day)


@given(birth=DAYS, day=DAYS)
def test_a_parent_acts_from_birth_until_the_day_on_which_the_child_is_of_age(birth: int, day: int) -> None:
    found = parent(parented(birth), day)
    assert (found is not None) is (birth <= day < add_years(birth, 18))
    if found is not None:
        assert found.kind is Relation.GUARDIAN
        assert found.until == add_years(birth, 18)


@given(birth=DAYS, day=DAYS)
def test_no_category_is_seen_beyond_its_age_nor_a_programme_that_reads_it(birth: int, day: int) -> None:
    way = authorities(PACK).ways["parent"]
    found = parent(parented(birth), day)
    if found is None:
        return
    for category in PACK.vocabulary.categories():
        age = way.ages.get(category, way.until_age or 0)
        expected = category in way.sees and day < add_years(birth, age)
        assert (category in found.categories) is expected, category
    assert found.covers("fastlege.newborn") is (day < add_years(birth, 16))


@given(birth=DAYS, ordered=DAYS, day=DAYS)
def test_a_court_ends_it_on_its_day(birth: int, ordered: int, day: int) -> None:
    found = parent(parented(birth, responsible=[(ordered, False)]), day)
    assert (found is not None) is (birth <= day < min(ordered, add_years(birth, 18)))
    if found is not None:
        assert found.until == min(ordered, add_years(birth, 18))


@given(birth=DAYS, since=DAYS, day=DAYS, unknown=st.booleans())
def test_what_is_not_known_gives_no_right(birth: int, since: int, day: int, unknown: bool) -> None:
    said = UNKNOWN if unknown else ABSENT
    child = parented(birth, present=[(birth, True), (max(since, birth), said)])
    found = parent(child, day)
    assert (found is not None) is (birth <= day < min(max(since, birth), add_years(birth, 18)))
    assert parent(record(CHILD, {("Parenthood.present", ME): [(BEGIN, True)]}), day) is None


@given(birth=DAYS, died=DAYS, day=DAYS)
def test_nobody_acts_for_the_dead_nor_do_they_act(birth: int, died: int, day: int) -> None:
    gone = max(birth, died)
    found = parent(parented(birth, died=[(BEGIN, gone)]), day)
    assert (found is not None) is (birth <= day < min(gone, add_years(birth, 18)))
    dead = record(ME, {**born(START - 30 * 365), ("Person.died", 0): [(BEGIN, gone)]})
    assert (right_of(PACK, "parent", dead, parented(birth), {}, day) is not None) is (
        birth <= day < min(gone, add_years(birth, 18))
    )


@given(birth=DAYS, hidden=DAYS, day=DAYS, whose=st.sampled_from(["child", "other"]), known=st.booleans())
def test_protection_of_the_child_or_the_other_parent_ends_it_at_once(
    birth: int, hidden: int, day: int, whose: str, known: bool
) -> None:
    said: list[tuple[int, object]] = [(hidden, True if known else UNKNOWN)]
    child = parented(birth, protected=said if whose == "child" else [])
    child = record(CHILD, {k: [(s.start, s.value) for s in v] for k, v in child.facts.items()} | {
        ("Parenthood.present", OTHER): [(birth, True)]
    })  # fmt: skip
    other = record(OTHER, {("Person.protected", 0): said} if whose == "other" else {})
    found = parent(child, day, {OTHER: other})
    assert (found is not None) is (birth <= day < add_years(birth, 18) and day < hidden)


@given(birth=DAYS, day=DAYS, at_home=st.booleans(), protected=st.booleans())
def test_only_who_is_protected_and_lives_with_a_protected_child_goes_on(
    birth: int, day: int, at_home: bool, protected: bool
) -> None:
    facts: dict[tuple[str, int], list[tuple[int, object]]] = {
        ("Care.present", CHILD): [(BEGIN, at_home)], ("Person.protected", 0): [(BEGIN, protected)]
    }  # fmt: skip
    me = record(ME, {**born(START - 30 * 365), **facts})
    found = right_of(PACK, "parent", me, parented(birth, protected=[(BEGIN, True)]), {}, day)
    assert (found is not None) is (at_home and protected and birth <= day < add_years(birth, 18))


def test_a_parent_of_whom_nothing_was_opened_counts_as_protected() -> None:
    linked: Facts = {("Parenthood.present", who): [(START, True)] for who in (ME, OTHER)}
    child = record(CHILD, {**born(START), **linked})
    assert parent(child, START) is None


def given_right(since: int, until: int, **more: object) -> Record:
    said: dict[str, list[tuple[int, object]]] = {
        "present": [(since, True), (until, ABSENT)],
        "programmes": [(since, more.get("programmes", "barnetrygd.ordinary"))],
        "acts": [(since, more.get("acts", False))],
        "accepted": [(since, more.get("accepted", True))],
    }
    facts: dict[tuple[str, int], list[tuple[int, object]]] = {
        (f"Delegation.{name}", ME): segments for name, segments in said.items()
    }
    hidden: list[tuple[int, object]] = [(more["hidden"], True)] if "hidden" in more else []  # type: ignore[list-item]
    facts |= {("Person.protected", 0): hidden} if hidden else {}
    age = more.get("born", START - 40 * 365)
    assert isinstance(age, int)
    return record(OTHER, {**born(age), **facts})


def delegate(other: Record, day: int, me: Record = ADULT) -> Authority | None:
    return right_of(PACK, "delegate", me, other, {}, day)


@given(since=DAYS, length=st.integers(1, 4000), day=DAYS, acts=st.booleans(), accepted=st.booleans())
def test_what_was_given_lasts_from_acceptance_to_its_end_and_is_what_was_given(
    since: int, length: int, day: int, acts: bool, accepted: bool
) -> None:
    found = delegate(given_right(since, since + length, acts=acts, accepted=accepted), day)
    assert (found is not None) is (accepted and since <= day < since + length)
    if found is not None:
        assert found.until == since + length
        assert found.acts is acts
        assert found.programmes == {"barnetrygd.ordinary"}


@given(since=DAYS, taken_back=DAYS, day=DAYS)
def test_what_is_taken_back_ends_on_that_day(since: int, taken_back: int, day: int) -> None:
    found = delegate(given_right(since, max(taken_back, since)), day)
    assert (found is not None) is (since <= day < max(taken_back, since))


@given(since=DAYS, hidden=DAYS, day=DAYS)
def test_whoever_goes_into_hiding_has_to_give_it_again(since: int, hidden: int, day: int) -> None:
    found = delegate(given_right(since, since + 4000, hidden=hidden), day)
    assert (found is not None) is (since <= day < since + 4000 and (day < hidden or since > hidden))


@given(age=st.integers(0, 40), mine=st.integers(0, 40))
def test_neither_gives_nor_has_a_child_such_a_right(age: int, mine: int) -> None:
    other = given_right(START, START + 400, born=add_years(START, -age))
    me = record(ME, born(add_years(START, -mine)))
    assert (delegate(other, START, me) is not None) is (age >= 18 and mine >= 18)


@pytest.mark.parametrize(
    "programmes", ["", "fastlege.newborn barnetrygd.ordinary", "nothing.there", None, UNKNOWN]
)
def test_what_a_right_is_for_is_what_it_names(programmes: object) -> None:
    found = delegate(given_right(START, START + 9, programmes=programmes), START)
    assert found is not None
    named = programmes.split() if isinstance(programmes, str) else []
    assert found.programmes == {name for name in named if name in PACK.programmes}


WISH, CHOICE = "Parenthood.practitioner_wish", "Person.practitioner_delivery"
WISHES = st.sampled_from(["automatic", "ask_me_first", "only_when_claimed"])
SAID = st.lists(st.tuples(st.integers(START, START + 60), WISHES), max_size=4, unique_by=first)
WORDS: st.SearchStrategy[list[tuple[int, object]]] = SAID.map(lambda said: [*said])


def chosen(mine: list[tuple[int, object]], others: list[tuple[int, object]], own: object = ()) -> Record:
    facts: dict[tuple[str, int], list[tuple[int, object]]] = {
        ("Parenthood.present", who): [(BEGIN, True)] for who in (ME, OTHER)
    }
    said = {(WISH, ME): mine, (WISH, OTHER): others, (CHOICE, 0): own}
    return record(CHILD, {**facts, **{key: one for key, one in said.items() if one}})  # type: ignore[dict-item]


@given(mine=WORDS, others=WORDS)
def test_of_two_with_the_same_right_it_does_not_matter_who_is_who(
    mine: list[tuple[int, object]], others: list[tuple[int, object]]
) -> None:
    one = standing_choice(PACK, chosen(mine, others), CHOICE, START + 60)
    assert one == standing_choice(PACK, chosen(others, mine), CHOICE, START + 60)


@given(mine=WORDS, others=WORDS, day=st.integers(START, START + 60))
def test_only_what_both_said_at_once_ever_stands(
    mine: list[tuple[int, object]], others: list[tuple[int, object]], day: int
) -> None:
    def at(said: list[tuple[int, object]], when: int) -> object:
        return next((value for start, value in sorted(said, key=first, reverse=True) if start <= when), None)

    expected: object = "automatic"
    for when in range(START, day + 1):
        both = at(mine, when)
        expected = both if both is not None and both == at(others, when) else expected
    found = standing_choice(PACK, chosen(mine, others), CHOICE, day)
    assert found.value == expected
    assert found.differs is (
        None not in (at(mine, day), at(others, day)) and at(mine, day) != at(others, day)
    )


@given(said=WORDS)
def test_one_alone_takes_nothing_while_another_has_the_same_right(said: list[tuple[int, object]]) -> None:
    found = standing_choice(PACK, chosen(said, []), CHOICE, START + 60)
    assert found.value == "automatic"
    assert not found.differs
    assert found.waits is bool(said)


@given(said=WORDS)
def test_the_only_one_with_the_right_decides(said: list[tuple[int, object]]) -> None:
    alone = chosen(said, [])
    facts = {
        **alone.facts,
        ("Parenthood.responsible", OTHER): (Segment(BEGIN, False, "e", "s", 0, BEGIN, ""),),
    }
    child = Record(subject=CHILD, kind="Person", version=1, facts=facts, pointers={})
    expected = max(said, key=first)[1] if said else "automatic"
    assert standing_choice(PACK, child, CHOICE, START + 60).value == expected


@given(said=WORDS, own=WISHES)
def test_the_childs_own_later_word_stands(said: list[tuple[int, object]], own: str) -> None:
    child = chosen(said, said, [(START + 61, own)])
    assert standing_choice(PACK, child, CHOICE, START + 61).value == own
