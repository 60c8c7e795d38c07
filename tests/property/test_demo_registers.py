"""The registers' messages: one seed, one history, and the pack understands every message."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.demo.messages import SOURCES
from duly.demo.registers import FIRST, LAST, History, history
from duly.events import Message
from duly.law import Pack

SIZE = 2000


@pytest.fixture(scope="module")
def two_years() -> History:
    return history(seed=1, size=SIZE)


@pytest.fixture(scope="module")
def types() -> dict[str, type[Message]]:
    events = Pack.load("norway").module("events")
    return {
        kind.type: kind
        for kind in vars(events).values()
        if isinstance(kind, type) and issubclass(kind, Message) and kind.type
    }


def envelopes(found: History) -> list[tuple[date, str, dict[str, Any]]]:
    return [(day.date, register, event) for day in found.days for register, event in day.sent]


def encoded(found: History) -> bytes:
    return msgspec.json.encode([day.sent for day in found.days])


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_same_seed_gives_the_same_bytes(seed: int) -> None:
    last = FIRST + timedelta(days=40)
    one, two = (history(seed=seed, size=700, last=last, designed=False) for _ in range(2))
    assert encoded(one) == encoded(two)


@settings(max_examples=4, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_every_message_of_any_seed_is_understood(seed: int, types: dict[str, type[Message]]) -> None:
    understood(history(seed=seed, size=400, last=FIRST + timedelta(days=200), designed=False), types)


def test_every_message_of_the_demo_is_understood(two_years: History, types: dict[str, type[Message]]) -> None:
    understood(two_years, types)


def understood(found: History, types: dict[str, type[Message]]) -> None:
    for day, register, event in envelopes(found):
        kind = types[event["type"]]
        assert kind.register == register
        assert event["source"] == SOURCES[register]
        if event.get("action") == "cancel":
            assert "data" not in event
            continue
        message = msgspec.convert(event["data"], kind)
        message.check(day)
        assert list(message.says())


def test_an_id_names_one_message(two_years: History) -> None:
    seen: dict[tuple[str, str], dict[str, Any]] = {}
    for _, _, event in envelopes(two_years):
        assert seen.setdefault((event["source"], event["id"]), event) == event
    assert len(seen) < two_years.count  # some came twice


def test_corrections_name_a_message_of_their_source(two_years: History) -> None:
    ids = {(event["source"], event["id"]) for _, _, event in envelopes(two_years)}
    changes = [event for _, _, event in envelopes(two_years) if "action" in event]
    assert {event["action"] for event in changes} == {"correct", "cancel"}
    assert all((event["source"], event["corrects"]) in ids for event in changes)


def test_days_follow_each_other_and_messages_are_told_on_theirs(two_years: History) -> None:
    dates = [day.date for day in two_years.days]
    assert dates == [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
    for day in two_years.days[1:]:
        told = [datetime.fromisoformat(event["time"]) for _, event in day.sent]
        assert all(day.date - timedelta(days=1) <= moment.date() <= day.date for moment in told)


def test_two_years_bring_what_a_town_of_2000_brings(two_years: History) -> None:
    kinds = Counter(
        event["type"].split(".")[2]
        for day in two_years.days[1:]
        for _, event in day.sent
        if "action" not in event
    )
    assert 25 < kinds["birth"] < 75  # 39 expected of residents, and children who arrive
    assert 18 < kinds["death"] < 50  # 32
    assert kinds["emigration"] > 8
    assert kinds["marriage"] > 4
    assert kinds["divorce"] + kinds["care"] + kinds["care-ended"] > 4


def test_those_worth_looking_at_are_there(two_years: History) -> None:
    known = {person.identity for person in two_years.population.residents}
    assert len(two_years.worth_looking_at) >= 10
    assert {identity for _, identity in two_years.worth_looking_at} <= known
