"""The worker in its thread: what comes in is done without being asked for, and the ledger keeps up."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, MOTHER, birth
from people import registered
from town import Town, town

from duly.ledger.tables import PENDING


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(sqlite_url, tmp_path, "2024-11-05")
    made.app.worker.start()
    yield made
    made.app.close()


def soon(is_so: Callable[[], bool], seconds: float = 60.0) -> bool:
    ends = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > ends:
            return False
        time.sleep(0.02)
    return True


def pending(place: Town) -> bool:
    with place.app.store.read() as conn:
        return conn.execute(PENDING.select().limit(1)).first() is not None


def decided(place: Town) -> bool:
    if place.desk.number(CHILD) is None:
        return False
    return bool(place.decisions(place.key(MOTHER, about=CHILD)))


def test_an_event_is_decided_and_its_uses_are_sequenced(place: Town) -> None:
    place.hear(registered(MOTHER, "1990-05-05"), birth())
    place.app.worker.wake()
    assert soon(lambda: decided(place))
    assert soon(lambda: not pending(place), 5.0)


def test_stopping_ends_the_thread_and_starting_again_carries_on(place: Town) -> None:
    place.app.worker.stop()
    place.hear(registered(MOTHER, "1990-05-05"), birth())
    time.sleep(0.2)
    assert place.desk.number(CHILD) is None
    place.app.worker.start()
    assert soon(lambda: decided(place))
