"""From an event to what people are decided, ordered and paid, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from intake_events import CHILD, FATHER, MOTHER, Event, birth, event
from town import ORDINARY, Town, town

from duly.entitlements import Kind

BORN = "2024-11-03"


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2024-10-01")
    yield made
    made.app.close()


def resident(person: str, since: str = "1990-01-01") -> Event:
    data = {"person": person, "municipality": "0301", "since": since}
    return event("folkeregisteret.move", f"home-{person}", data)


def registered(person: str, born: str) -> Event:
    data: dict[str, Any] = {
        "person": person,
        "born": born,
        "name": "Kari",
        "since": born,
        "municipality": "0301",
    }
    return event("folkeregisteret.registration", f"reg-{person}", data)


def account(person: str) -> Event:
    data = {"person": person, "account": "12345678903", "since": "2020-01-01"}
    return event("kontoregisteret.account", f"account-{person}", data)


def family(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))


def test_a_birth_becomes_a_decision_an_order_and_payments(place: Town) -> None:
    family(place)
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    (decision,) = place.decisions(key)
    assert [s.kind for s in decision.acted if s.after] == [Kind.GRANTED]
    assert place.stands(key, "2024-11-05") is None
    granted = place.stands(key, "2024-12-01")
    assert granted is not None
    assert granted["amount"] == 176600
    assert place.paid(MOTHER) == {}
    place.day("2024-12-28")
    assert place.paid(MOTHER) == {"2024-12": 1766}
    place.day("2025-02-28")
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766, "2025-02": 1766}
