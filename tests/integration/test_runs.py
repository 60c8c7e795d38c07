"""A run over everybody comes to what the steps came to, twice to nothing, and each can prove being in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from recomputed import lives, state, tell_all
from town import Town, town

from duly.runs import Everyone, Run


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2025-03-01")
    yield made
    made.app.close()


def run_all(place: Town, *programmes: str) -> Run:
    everyone = Everyone(place.app.store, place.app.clock, place.app.worker)
    going = everyone.begin(programmes, "A test.", None)
    while going.state == "running":
        going = everyone.step(going)
    place.app.worker.run_until_idle()
    return going


@pytest.mark.parametrize("seed", range(4))
def test_a_run_finds_what_the_steps_found(place: Town, seed: int) -> None:
    tell_all(place, lives(seed, 14), seed)
    before = state(place)
    ended = run_all(place)
    assert ended.changed == 0
    assert state(place) == before
    again = run_all(place)
    assert (again.changed, again.different) == (0, again.different)
    assert again.different <= ended.different
    assert state(place) == before
