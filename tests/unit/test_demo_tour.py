"""The tour's scenes and words: real messages for the pack, outcomes that follow from what was written."""

from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest

from duly.demo.cast import Cast, Shown, read_cast, read_played, write_cast, write_played
from duly.demo.identity import is_identity_number
from duly.demo.scenes import Played, birth, cancel, emigrations, false_death, late_correction
from duly.demo.sender import BATCH, batches
from duly.demo.tour import SCENES, TAKEN_BACK, curl, curl_of_the_look, outcome, steps
from duly.demo.walk import Gain
from duly.events import Message
from duly.law import Pack

TODAY = date(2026, 1, 31)
PEOPLE = tuple(f"0189900{number:04}" for number in range(10))


@pytest.fixture
def cast() -> Cast:
    return Cast(
        shown=(Shown(identity=PEOPLE[0], name="Kari Nordmann", why="is made up"),),
        mothers=((PEOPLE[0], PEOPLE[1], "0301"),),
        parents=(PEOPLE[0],),
        families=((PEOPLE[:4], "0301"), (PEOPLE[4:6], "5601")),
        residents=PEOPLE,
        neighbours=(PEOPLE[2],),
    )


@pytest.fixture(scope="module")
def types() -> dict[str, type[Message]]:
    events = Pack.load("norway").module("events")
    kinds = (kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Message))
    return {kind.type: kind for kind in kinds if kind.type}


def understood(played: Played, types: dict[str, type[Message]]) -> list[Any]:
    found: list[Any] = []
    for register, events in played:
        for event in events:
            message = msgspec.convert(event["data"], types[event["type"]])
            message.check(TODAY)
            assert types[event["type"]].register == register
            found.append(message)
    return found


def test_scenes_are_messages_that_the_pack_understands(cast: Cast, types: dict[str, type[Message]]) -> None:
    for scene in SCENES:
        if scene.play is not None:
            assert understood(scene.play(cast, TODAY), types)


def test_a_newborn_has_a_number_that_nobody_can_have(cast: Cast, types: dict[str, type[Message]]) -> None:
    (born,) = understood(birth(cast, TODAY), types)
    assert is_identity_number(born.child)
    assert born.mother == PEOPLE[0]


def test_a_correction_names_each_of_the_moves(cast: Cast) -> None:
    (_, moved), (_, mended) = late_correction(cast, TODAY)
    assert [event["corrects"] for event in mended] == [event["id"] for event in moved]
    assert {event["data"]["person"] for event in moved} == set(PEOPLE[:4])  # not those in the north already


def test_half_the_town_is_every_second_resident(cast: Cast) -> None:
    ((_, events),) = emigrations(cast, TODAY)
    assert [event["data"]["person"] for event in events] == list(PEOPLE[::2])


def test_a_cancel_has_no_content_and_names_its_event(cast: Cast) -> None:
    ((_, (death,)),) = false_death(cast, TODAY)
    ((_, (taken_back,)),) = cancel([(death["type"], death["id"])], TODAY)
    assert "data" not in taken_back
    assert (taken_back["action"], taken_back["corrects"]) == ("cancel", death["id"])
    assert taken_back["type"] == death["type"]


def gain(stage: str, rows: int, last: float = 0.1) -> Gain:
    return Gain(stage=stage, rows=rows, first=last, last=last)


def test_nothing_is_called_safe_that_was_stopped() -> None:
    assert "nobody loses" in " ".join(outcome("emigrations", (gain("decision", 2),), 7))
    assert "nobody loses" not in " ".join(outcome("emigrations", (gain("stop", 1),), 7))
    assert "Nothing was stopped" in outcome("false-death", (gain("fact", 1),), 0)[0]
    assert "Nothing was stopped" not in outcome("false-death", (gain("stop", 1),), 0)[0]
    assert outcome(TAKEN_BACK, (), 0)[0].startswith("Cancelled")


def test_steps_are_in_the_order_of_the_stages() -> None:
    shown = steps((gain("event", 1, 0.01), gain("decision", 3, 0.0456), gain("ledger", 9, 12.0)), 0.004)
    assert [(step.stage, step.after) for step in shown] == [
        ("answer", "4 ms"),
        ("event", "10 ms"),
        ("decision", "46 ms"),
        ("ledger", "12.0 s"),
    ]


def test_the_curl_line_shows_no_key(cast: Cast) -> None:
    ((register, (event,)),) = birth(cast, TODAY)
    line = curl("x", "http://127.0.0.1:8000", Path(".duly"), register, event).text
    assert "$(cat .duly/senders/folkeregisteret)" in line
    assert event["id"] in line


def test_the_look_by_hand_puts_no_identity_number_in_an_address() -> None:
    lines = curl_of_the_look("http://127.0.0.1:8000", PEOPLE[0]).text
    assert f"-d identifier={PEOPLE[0]}" in lines
    assert "?" not in lines


def test_batches_keep_order_and_bring_the_population_register_last() -> None:
    sent = [("folkeregisteret", {"id": n}) for n in range(BATCH + 1)] + [("udi", {"id": 1})]
    found = [(register, len(events)) for register, events in batches(sent)]
    assert found == [("udi", 1), ("folkeregisteret", BATCH), ("folkeregisteret", 1)]


def test_the_cast_and_what_was_said_are_kept(cast: Cast, tmp_path: Path) -> None:
    assert read_cast(tmp_path) is None
    assert read_played(tmp_path) == {}
    write_cast(tmp_path, cast)
    write_played(tmp_path, {"birth": (("type", "id"),)})
    assert read_cast(tmp_path) == cast
    assert read_played(tmp_path) == {"birth": (("type", "id"),)}
