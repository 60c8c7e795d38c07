"""Exactly once, on both databases: repeats, conflicts, two at the same time, new hash keys."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Barrier, Thread

import pytest
from intake_events import CHILD, MOTHER, Desk, Event, birth, event, move
from sqlalchemy import func, select

from duly.access import Policy
from duly.clock import SimulatedClock
from duly.events import Outcome
from duly.events.tables import inbox
from duly.law import Pack
from duly.ledger import Ledger
from duly.store import Store
from duly.vault import FileKeys, Vault


@pytest.fixture
def desk(store: Store, vault: Vault, keys: FileKeys) -> Desk:
    return Desk(store, vault, keys, Pack.load("norway"))


def kept(desk: Desk) -> int:
    with desk.store.read() as conn:
        return conn.execute(select(func.count()).select_from(inbox)).scalar_one()


def statuses(outcomes: list[Outcome]) -> list[str]:
    return [one.status for one in outcomes]


def test_the_same_event_is_taken_in_once(desk: Desk) -> None:
    assert statuses(desk.send(birth(), birth())) == ["accepted", "repeated"]
    desk.apply()
    version = desk.record(CHILD).version
    assert statuses(desk.send(birth())) == ["repeated"]
    assert desk.apply() == 0
    assert (kept(desk), desk.record(CHILD).version) == (1, version)


def test_how_it_is_written_makes_no_other_event(desk: Desk) -> None:
    desk.send(birth())
    other = dict(reversed(birth(**dict(reversed(birth()["data"].items()))).items()))
    other |= {
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b9c7c989f97918e1-01",
        "time": "2025-06-01T14:00:00+02:00",
    }
    assert statuses(desk.send(other)) == ["repeated"]


@pytest.mark.parametrize(
    "other",
    [birth(name="Ada"), birth() | {"time": "2025-06-01T12:00:01Z"}, move("b1", "0301", "2025-01-01")],
)
def test_the_same_id_with_other_content_is_a_conflict(desk: Desk, other: Event) -> None:
    desk.send(birth())
    [outcome] = desk.send(other)
    assert outcome.status == "conflict"
    assert outcome.problem is not None
    assert outcome.problem.status == 409
    assert kept(desk) == 1


def test_two_sources_may_use_the_same_id(desk: Desk) -> None:
    lone = event("nav.lone-parent", "b1", {"person": MOTHER, "since": "2025-01-01"})
    assert statuses(desk.send(birth(), lone)) == ["accepted", "accepted"]


def test_what_was_refused_may_come_again_mended(desk: Desk) -> None:
    assert statuses(desk.send(birth(born="2025-02-30"))) == ["refused"]
    assert statuses(desk.send(birth())) == ["accepted"]


def test_of_many_who_send_the_same_at_once_one_is_first(desk: Desk) -> None:
    outcomes: list[str] = []
    together = Barrier(4)

    def send() -> None:
        together.wait()
        outcomes.extend(statuses(desk.send(birth(), move("m1", "0301", "2025-01-01"))))

    threads = [Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 8
    assert set(outcomes) <= {"accepted", "repeated"}
    assert kept(desk) == 2
    assert desk.apply() == 2


def test_of_two_contents_sent_at_once_one_is_kept_and_the_other_is_a_conflict(desk: Desk) -> None:
    outcomes: list[str] = []
    together = Barrier(2)

    def send(name: str) -> None:
        together.wait()
        outcomes.extend(statuses(desk.send(birth(name=name))))

    threads = [Thread(target=send, args=(name,)) for name in ("Ada", "Eva")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["accepted", "conflict"]
    assert kept(desk) == 1


def test_after_the_hash_key_is_renewed_events_are_still_known(
    desk: Desk, store: Store, ledger: Ledger, clock: SimulatedClock, tmp_path: Path
) -> None:
    desk.send(birth(), move("m2", "5601", "2025-01-01", action="correct", corrects="m1"))
    desk.apply()
    renewed = Desk(store, *_renewed(store, ledger, clock, tmp_path), desk.pack)
    assert statuses(renewed.send(birth(), birth(name="Ada"))) == ["repeated", "conflict"]
    renewed.tell(event("folkeregisteret.birth", "x", action="cancel", corrects="b1"))
    assert renewed.values(CHILD, "Person.born") == []
    renewed.tell(move("m1", "0301", "2025-01-01"))
    assert [value for _, value in renewed.values(MOTHER, "Person.municipality")] == ["5601"]


def _renewed(store: Store, ledger: Ledger, clock: SimulatedClock, directory: Path) -> tuple[Vault, FileKeys]:
    """The same keys with a newer one for hashes."""
    file = directory / "keys.json"
    told = json.loads(file.read_text())
    told["naming"]["2"] = told["signing"]
    file.write_text(json.dumps(told))
    keys = FileKeys.read(file)
    policy = Policy.load(Pack.load("norway").directory / "policies")
    return Vault(store, keys, ledger, policy, clock), keys
