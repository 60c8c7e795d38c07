"""A place supplement for a newborn is not granted while a human still looks at the birth."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, MOTHER, birth, event
from people import account, moved, registered
from town import Town, town

SUPPLEMENT = "barnetrygd.finnmark"


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2025-10-20")
    yield made
    made.app.close()


def test_the_supplement_waits_with_the_benefit(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.tell(moved(MOTHER, "2025-09-10", "m1", "5601"))
    place.tell(event("folkeregisteret.guardianship", "g1", {"person": MOTHER, "since": "2020-01-01"}))
    place.day("2025-11-05")
    place.tell(birth(born="2025-11-03", municipality="5601"))
    benefit, supplement = place.key(MOTHER, about=CHILD), place.key(MOTHER, SUPPLEMENT, about=CHILD)
    place.day("2025-12-28")
    assert place.paid(MOTHER) == {}
    reasons = sorted(str(held.review) for key in (benefit, supplement) if (held := place.entitlement(key)))
    assert reasons == ["Child benefit for the newborn child waits.", "The mother has a guardian."]
    for waiting in place.open_cases():
        place.answer(waiting.number, "approve")
    assert place.paid(MOTHER) == {"2025-12": 1968 + 500}
