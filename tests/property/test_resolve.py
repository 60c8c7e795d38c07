"""Which assertion holds: the same for any order, and the same as asking day by day."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from duly.facts.resolve import Entry, Origin, Stated, plain, resolve, values
from duly.law import ABSENT, UNKNOWN
from duly.timeline import BEGIN

SOURCES = {"a": 10, "b": 10, "c": 20}
DAYS = range(8)

origins = st.builds(
    lambda source, event, time: Origin(source, event, time, SOURCES[source], 0),
    st.sampled_from(sorted(SOURCES)),
    st.sampled_from("stuvwxyz"),
    st.integers(0, 2),
)
statements = st.builds(
    lambda start, length, known, value: Stated(
        "Person.x",
        0,
        start,
        None if length is None else max(start, 0) + length,
        known,
        value if known else None,
    ),
    st.sampled_from([BEGIN, *DAYS]),
    st.none() | st.integers(1, 4),
    st.sampled_from([True, True, True, False]),
    st.sampled_from(["x", "y", None]),
)
entries = st.builds(lambda origin, stated: Entry(origin, (stated,)), origins, statements)
events = st.lists(entries, max_size=7, unique_by=lambda e: (e.origin.source, e.origin.event))


def said_on(day: int, found: Sequence[Entry]) -> Any:
    """The rule word by word: latest start, then rank, source time, event id; equal ranks must agree."""
    covering = [
        (e.stated[0].start, -e.origin.rank, e.origin.time, e.origin.event, e)
        for e in found
        if e.stated[0].start <= day and (e.stated[0].end is None or day < (e.stated[0].end or 0))
    ]
    if not covering:
        return ABSENT
    top = max(row[:2] for row in covering)
    latest: dict[str, Any] = {}
    for row in sorted((r for r in covering if r[:2] == top), key=lambda r: r[2:4]):
        latest[row[4].origin.source] = row[4].stated[0]
    said = [(one.known, one.value) for one in latest.values()]
    if any(one != said[0] for one in said):
        return UNKNOWN
    return said[0][1] if said[0][0] else UNKNOWN


@settings(max_examples=400, deadline=None)
@given(events)
def test_every_day_has_what_the_rule_says(found: list[Entry]) -> None:
    segments = resolve(found).get(("Person.x", 0), ())
    for day in (BEGIN, -1, *DAYS, 20):
        holding = [s for s in segments if s.start <= day]
        value = holding[-1].value if holding else ABSENT
        assert value == said_on(day, found)


@settings(max_examples=200, deadline=None)
@given(events.flatmap(lambda found: st.tuples(st.just(found), st.permutations(found))))
def test_the_order_of_assertions_does_not_matter(pair: tuple[list[Entry], list[Entry]]) -> None:
    assert resolve(pair[0]) == resolve(pair[1])


@settings(max_examples=200, deadline=None)
@given(events)
def test_segments_start_later_and_later_and_say_something_new(found: list[Entry]) -> None:
    segments = resolve(found).get(("Person.x", 0), ())
    for earlier, later in pairwise(segments):
        assert earlier.start < later.start
        assert earlier[1:] != later[1:]


@settings(max_examples=300, deadline=None)
@given(events)
def test_values_are_those_of_the_segments(found: list[Entry]) -> None:
    assert values(found) == {key: plain(segments) for key, segments in resolve(found).items()}
