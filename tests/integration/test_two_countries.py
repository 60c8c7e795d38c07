"""What officers find and are told about two countries reaches the amount that is decided."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, MOTHER, birth, event
from people import account, registered
from town import Town, town

ABOUT = {"carer": MOTHER, "child": CHILD, "since": "2024-11-01"}


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2024-10-01")
    yield made
    made.app.close()


def amount(place: Town) -> int | None:
    stands = place.stands(place.key(MOTHER, about=CHILD), "2024-12-01")
    return None if stands is None else stands["amount"]


def test_what_another_country_pays_is_taken_after_a_human_agreed(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    assert amount(place) == 176600
    place.tell(event("nav.competence-finding", "c1", {**ABOUT, "competence": "norway_is_secondary"}))
    assert amount(place) == 176600, "what the other country pays is not known yet, and nothing is taken"
    place.tell(
        event("nav.foreign-benefit", "f1", {**ABOUT, "amount": "500.00", "currency": "PLN"}),
        event("nav.exchange-rate", "x1", {**ABOUT, "currency": "PLN", "rate": "2.7621453465"}),
    )
    assert amount(place) == 176600, "a lower amount waits for a human"
    (waiting,) = place.open_cases()
    place.answer(waiting.number, "approve")
    assert amount(place) == (1766 - 1381) * 100
