"""Many snapshots read at once say what each says by itself, and become the columns that a history becomes."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import law_histories
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.errors import BadInput
from duly.events import Value
from duly.facts import reading
from duly.facts.content import Snapshot, read_snapshot, written
from duly.facts.resolve import Entry, Key, Origin, Stated, values
from duly.law import ABSENT, UNKNOWN, History, Pack, SubjectHistory, columns
from duly.law.columns import Facts
from duly.law.kernel import KEPT
from duly.law.rows import Subjects, build, history_of
from duly.timeline import BEGIN

Said = dict[Key, list[tuple[int, Any]]]
DAYS = range(-3, 8)

whole: st.SearchStrategy[int] = st.sampled_from(
    [0, 1, 127, 128, 255, 256, 65535, 65536, 2**31 - 1, 2**31, 2**32, 2**63 - 1]
)
edges: st.SearchStrategy[int] = st.sampled_from([-(2**63), -32, -33, -129, -32769, -(2**31), -(2**32)])
numbers: st.SearchStrategy[int] = st.one_of(whole, edges)
texts = st.text(max_size=3) | st.sampled_from(["x" * 31, "x" * 32, "æ" * 200, "x" * 70_000])
said: st.SearchStrategy[Value] = st.one_of(st.booleans(), numbers, texts, st.none())
names = st.sampled_from(["Person.x", "Person.y", "Care.present", "P" * 40])


def _stated(name: str, member: int, start: int, length: int | None, known: bool, value: Value) -> Stated:
    end = None if length is None else max(start, -9) + length
    return Stated(name, member, start, end, known, value)


def _entry(origin: Origin, stated: list[Stated]) -> Entry:
    return Entry(origin, tuple(stated))


def _snapshot(found: list[Entry], pointers: dict[str, tuple[int, ...]]) -> Snapshot:
    return Snapshot(entries=tuple(found), pointers=pointers)


statements = st.builds(
    _stated,
    names,
    st.sampled_from([0, 1, 2**62]),
    st.sampled_from([BEGIN, *DAYS]),
    st.none() | st.integers(1, 4),
    st.sampled_from([True, True, True, False]),
    said,
)
origins = st.builds(Origin, st.sampled_from("ab"), st.text(max_size=40), numbers, st.integers(0, 3), numbers)
entries = st.builds(_entry, origins, st.lists(statements, max_size=20))
owners = st.lists(st.integers(1, 2**63 - 1), max_size=20).map(tuple[int, ...])
snapshots = st.builds(_snapshot, st.lists(entries, max_size=4), st.dictionaries(names, owners, max_size=3))


def one_by_one(found: list[Snapshot]) -> tuple[list[Said], list[dict[str, tuple[int, ...]]]]:
    return [values(each.entries) for each in found], [
        {name: owners for name, owners in each.pointers.items() if owners} for each in found
    ]


def joined(segments: list[tuple[int, Any]]) -> list[tuple[int, Any]]:
    """Without those that repeat the one before."""
    first = segments[:1]
    return first + [b for a, b in pairwise(segments) if (type(a[1]), a[1]) != (type(b[1]), b[1])]


def together(found: list[Snapshot]) -> tuple[list[Said], list[dict[str, tuple[int, ...]]]]:
    rows, pointers = reading.read([written(each) for each in found], KEPT)
    many = np.arange(len(found), dtype=np.int64)
    history = history_of(Subjects(many, many * 0, ["Person"]), rows, links=False)
    links: list[dict[str, tuple[int, ...]]] = [{} for _ in found]
    for at in range(len(pointers.records)):
        mine, text = links[int(pointers.records[at])], pointers.texts[int(pointers.names[at])]
        mine[text] = (*mine.get(text, ()), int(pointers.owners[at]))
    return [{k: joined(list(said)) for k, said in history[n].facts.items()} for n in range(len(found))], links


@settings(max_examples=150, deadline=None)
@given(st.lists(snapshots, max_size=5))
def test_together_they_say_what_each_says(found: list[Snapshot]) -> None:
    assert together(found) == one_by_one(found)


def test_only_two_statements_of_one_day_are_read_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    slow: list[bytes] = []

    def noticed(data: bytes) -> Snapshot:
        slow.append(data)
        return read_snapshot(data)

    monkeypatch.setattr(reading, "read_snapshot", noticed)
    one = Origin("a", "1", 0, 10, 0)
    later = Snapshot(
        entries=tuple(Entry(one, (Stated("Person.x", 0, day, day + 9, True, day),)) for day in range(50)),
        pointers={"Person.cares_for": (1, 2)},
    )
    tied = Snapshot(entries=(later.entries[0], later.entries[0]), pointers={})
    assert together([later, tied, later]) == one_by_one([later, tied, later])
    assert slow == [written(tied)]


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=60), st.lists(snapshots, min_size=1, max_size=2))
def test_bytes_that_are_no_snapshot_are_refused_as_ever(data: bytes, found: list[Snapshot]) -> None:
    for wrong in (data, written(found[0])[: len(data)]):
        try:
            expected = read_snapshot(wrong)
        except Exception as error:  # noqa: BLE001 - whatever the reader of one says, many say too
            with pytest.raises(type(error)):
                reading.read([written(found[0]), wrong], KEPT)
        else:
            assert together([expected]) == one_by_one([expected])


# Columns.


@pytest.fixture(scope="module")
def norway() -> Pack:
    return Pack.load(Path("packs/norway"))


def stated(history: History) -> list[Snapshot]:
    """Each subject's facts as statements that come to them."""
    found: list[Snapshot] = []
    for subject in history.values():
        told: list[Stated] = []
        for (name, member), segments in subject.facts.items():
            ends = [*(start for start, _ in segments[1:]), None]
            for (start, value), end in zip(segments, ends, strict=True):
                if value is not ABSENT:
                    known = value is not UNKNOWN
                    told.append(
                        Stated(name, member, start, end, known, cast(Value, value) if known else None)
                    )
        entry = Entry(Origin("a", "1", 0, 10, 0), tuple(told))
        found.append(Snapshot(entries=(entry,), pointers={}))
    return found


def by_people(pack: Pack, facts: Facts) -> dict[str, dict[tuple[int, ...], Any]]:
    """Every column by whose it is, so that the order of links does not matter."""
    found: dict[str, dict[tuple[int, ...], Any]] = {}
    owning = {r.link: r for r in pack.vocabulary.relations.values() if not r.inverse_of}
    for name, column in facts.columns.items():
        owner = name.partition(".")[0]
        if owner in owning:
            relation = owning[owner]
            ends = facts.links[relation.name]
            keys = list(
                zip(
                    facts.numbers[relation.of][ends.owners].tolist(),
                    facts.numbers[relation.to][ends.members].tolist(),
                    strict=True,
                )
            )
        else:
            keys = [(number,) for number in facts.numbers[owner].tolist()]
        assert len(keys) == len(column) == len(set(keys))
        found[name] = {key: column.row(at) for at, key in enumerate(keys)}
    return found


def long_way(history: History) -> History:
    """As a record gives it: without what is said of links that nobody asserted."""
    return {
        number: SubjectHistory(
            subject.kind,
            {
                (name, member): said
                for (name, member), said in values(snapshot.entries).items()
                if not member or (f"{name.partition('.')[0]}.present", member) in values(snapshot.entries)
            },
        )
        for (number, subject), snapshot in zip(history.items(), stated(history), strict=True)
    }


def in_rows(pack: Pack, history: History) -> Facts:
    kinds = sorted({subject.kind for subject in history.values()})
    of = np.array([kinds.index(subject.kind) for subject in history.values()], dtype=np.int64)
    subjects = Subjects(np.fromiter(history, np.int64, len(history)), of, kinds)
    return build(pack, subjects, reading.read([written(s) for s in stated(history)], KEPT).rows, KEPT)


def without_some(history: History, seed: int) -> History:
    """Some facts are not asserted at all, presences of links among them."""
    keep = np.random.default_rng(seed)
    return {
        number: SubjectHistory(
            subject.kind, {key: found for key, found in subject.facts.items() if keep.random() < 0.8}
        )
        for number, subject in history.items()
    }


@pytest.mark.parametrize("seed", range(60))
def test_rows_become_the_columns_of_the_history(norway: Pack, seed: int) -> None:
    history = law_histories.family(norway, seed, unknown=seed % 2 == 0)
    history = without_some(history, seed) if seed % 3 else history
    facts, expected = in_rows(norway, history), columns.build(norway, long_way(history))
    assert by_people(norway, facts) == by_people(norway, expected)
    assert facts.here == expected.here
    assert {k: sorted(v.tolist()) for k, v in facts.numbers.items()} == {
        k: sorted(v.tolist()) for k, v in expected.numbers.items()
    }


UNSOUND = [
    (1, "Person", "Person.married", 0, "yes"),
    (1, "Person", "Person.born", 0, 2**40),
    (1, "Person", "Person.municipality", 0, "0123456789"),
    (1, "Person", "Person.permit", 0, "perhaps"),
    (1, "Person", "Person.nothing", 0, True),
    (1, "Person", "Care.present", 0, True),
    (1, "Person", "Practice.full", 0, True),
    (1, "Person", "Person.override_percent", 0, -1),
    (1, "Dog", "Person.married", 0, True),
    (1, "Person", "Listing.present", 3, True),
]


@pytest.mark.parametrize(("number", "kind", "name", "member", "value"), UNSOUND)
def test_what_is_unsound_is_refused_in_the_same_words(
    norway: Pack, number: int, kind: str, name: str, member: int, value: object
) -> None:
    history = {
        number: SubjectHistory(kind, {(name, member): [(0, value)]}),
        3: SubjectHistory("Person", {("Person.married", 0): [(0, True)]}),
    }
    with pytest.raises(BadInput) as one:
        columns.build(norway, history)
    with pytest.raises(BadInput) as other:
        in_rows(norway, history)
    assert (other.value.title, other.value.detail, other.value.where) == (
        one.value.title,
        one.value.detail,
        one.value.where,
    )
