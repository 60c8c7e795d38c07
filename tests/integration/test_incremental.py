"""One event makes exactly those be looked at whom the law's own paths lead to, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, FATHER, MOTHER, OTHER, birth, event, move
from people import account, registered
from recomputed import lives, recompute, state, tell_all
from sqlalchemy import select
from town import Town, town

from duly.entitlements.tables import mark

CHILD_BENEFIT = {"ordinary", "extended", "small_child", "finnmark", "svalbard"}


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2025-03-01")
    yield made
    made.app.close()


def looked_at(place: Town) -> dict[tuple[int, str], int]:
    """How often each (holder, programme) was looked at."""
    with place.app.store.read() as conn:
        rows = conn.execute(select(mark.c.holder, mark.c.programme, mark.c.done))
        return {(holder, programme): done for holder, programme, done in rows}


def families(place: Town) -> None:
    """Two families that know nothing of each other: a couple with a child, and a mother with another one."""
    couple = {"child": CHILD, "mother": MOTHER, "father": FATHER, "lives_with": [MOTHER, FATHER]}
    place.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER))
    place.tell(birth(**couple))
    place.tell(event("folkeregisteret.birth", "b9", {"child": OTHER, "born": "2024-05-01", "mother": GIRL}))


GIRL = "05908312345"


@pytest.mark.parametrize(
    ("sent", "concerned"),
    [
        (
            move("m1", "5601", "2025-02-01", person=CHILD),
            {(MOTHER, name) for name in CHILD_BENEFIT} | {(FATHER, name) for name in CHILD_BENEFIT},
        ),
        (
            event("nav.lone-parent", "l1", {"person": FATHER, "since": "2025-01-01"}),
            {(FATHER, name) for name in CHILD_BENEFIT},
        ),
        (event("folkeregisteret.name", "n1", {"person": CHILD, "name": "Ola", "since": "2025-01-01"}), set()),
        (account(FATHER), set()),
    ],
)
def test_an_event_is_looked_at_where_the_law_reads_it(
    place: Town, sent: dict[str, object], concerned: set[tuple[str, str]]
) -> None:
    families(place)
    before = looked_at(place)
    place.tell(sent)
    after = looked_at(place)
    again = {pair for pair, done in after.items() if done != before.get(pair)}
    assert again == {(place.desk.number(who), f"barnetrygd.{name}") for who, name in concerned}
    assert all(after[pair] == before[pair] + 1 for pair in again)


def test_whom_a_withdrawn_link_led_to_is_looked_at(place: Town) -> None:
    families(place)
    place.tell(event("folkeregisteret.care", "c1", {"child": OTHER, "carer": MOTHER, "role": "other",
                                                    "since": "2025-01-01"}))  # fmt: skip
    before = looked_at(place)
    place.tell(event("folkeregisteret.care", "c2", action="cancel", corrects="c1"))
    girl = place.desk.number(GIRL)
    pair = (girl, "barnetrygd.ordinary")
    assert looked_at(place)[pair] == before[pair] + 1  # type: ignore[index]


@pytest.mark.parametrize("seed", range(3))
def test_looking_at_everybody_again_changes_nothing(place: Town, seed: int) -> None:
    tell_all(place, lives(seed, 14), seed)
    before = state(place)
    recompute(place)
    assert state(place) == before
