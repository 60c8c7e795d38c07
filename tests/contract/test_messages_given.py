"""A message that was applied belongs to whom it is about: the system alone cannot open it any more."""

from __future__ import annotations

import pytest
from intake_events import CHILD, FATHER, MOTHER, Desk, Event, birth, event, move
from sqlalchemy import select

from duly.errors import NotFound
from duly.events import queue
from duly.events.tables import inbox
from duly.facts import intake_use
from duly.law import Pack
from duly.store import Store
from duly.vault import FileKeys, Vault


@pytest.fixture
def desk(store: Store, vault: Vault, keys: FileKeys) -> Desk:
    return Desk(store, vault, keys, Pack.load("norway"))


def kept(desk: Desk) -> dict[str, queue.Kept]:
    with desk.store.read() as conn:
        rows = [queue.Kept(*row) for row in conn.execute(select(*(inbox.c[n] for n in queue.Kept._fields)))]
    return {row.state: row for row in rows}


def content(desk: Desk, row: queue.Kept) -> bytes:
    use = intake_use(desk.pack, {"message"})
    with desk.store.write() as conn:
        return queue.opened(conn, desk.vault, use, [row])[0][0]


def whom(desk: Desk, *names: str) -> tuple[int, ...]:
    numbers = [desk.number(name) for name in names]
    return tuple(sorted(number for number in numbers if number is not None))


def corrected() -> Event:
    data = birth()["data"] | {"born": "2024-11-04"}
    return event("folkeregisteret.birth", "b2", data, action="correct", corrects="b1")


def test_it_is_the_systems_until_it_is_applied(desk: Desk) -> None:
    desk.send(birth())
    row = kept(desk)["received"]
    assert row.subjects() == ()
    assert CHILD.encode() in content(desk, row)


def test_then_it_opens_with_the_keys_of_all_whom_it_is_about(desk: Desk) -> None:
    desk.tell(birth())
    row = kept(desk)["applied"]
    assert row.subjects() == whom(desk, MOTHER, FATHER, CHILD)
    assert CHILD.encode() in content(desk, row)
    desk.vault.forget(*whom(desk, FATHER))
    with pytest.raises(NotFound, match="forgotten"):
        content(desk, row)


def test_corrected_and_cancelled_messages_are_given_too(desk: Desk) -> None:
    desk.tell(birth())
    desk.tell(event("folkeregisteret.birth", "x", action="cancel", corrects="b1"))
    for state in ("applied", "cancelled"):
        assert kept(desk)[state].subjects() == whom(desk, MOTHER, FATHER, CHILD)


def test_a_message_that_waits_stays_the_systems(desk: Desk) -> None:
    desk.tell(corrected())
    assert kept(desk)["waiting"].subjects() == ()


def test_what_names_a_forgotten_event_is_put_aside_with_its_reason(desk: Desk) -> None:
    desk.tell(birth(), move("m1", "0301", "2025-01-01"))
    before = desk.values(CHILD, "Person.born")
    desk.vault.forget(*whom(desk, FATHER))
    desk.tell(
        corrected(),
        move("m2", "5601", "2025-01-01", action="correct", corrects="m1"),
    )
    with desk.store.read() as conn:
        (parked,) = queue.listed(conn, "parked", 10)
    assert parked.title == "The event that it names was forgotten"
    assert desk.values(CHILD, "Person.born") == before
    assert [value for _, value in desk.values(MOTHER, "Person.municipality")][-1] == "5601"
