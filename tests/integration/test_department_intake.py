"""A department that may not have the national number speaks of people by its own identifiers only."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any, cast

import pytest
from intake_events import MOTHER, Desk, birth, event
from town import town
from typer.testing import CliRunner

from duly.cli import app
from duly.errors import Denied
from duly.events import queue
from duly.facts import intake_use
from duly.law import Pack
from duly.store import Store
from duly.vault import Departments, FileKeys, Vault, known_by

NORWAY = Path(__file__).parents[2] / "packs" / "norway"
OWN = """
[departments.krr]
title = { en = "the Contact Register", nb = "Kontaktregisteret" }
scheme = "no.fnr"
known_by = "own"
"""


@pytest.fixture
def store_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def pack(tmp_path: Path) -> Pack:
    """Norway, with a register that knows people by identifiers of its own."""
    made = tmp_path / "norway"
    shutil.copytree(NORWAY, made, ignore=shutil.ignore_patterns("__pycache__"))
    (made / "pack.toml").write_text((made / "pack.toml").read_text() + OWN)
    return Pack.load(str(made))


@pytest.fixture
def desk(store: Store, vault: Vault, keys: FileKeys, pack: Pack) -> Desk:
    made = Desk(store, vault, keys, pack)
    made.send(birth())
    made.apply()
    return made


def own(desk: Desk, keys: FileKeys, person: str = MOTHER) -> str:
    if not keys.department_versions("krr"):
        keys.begin_department("krr")
    departments = Departments(desk.vault, keys, known_by(desk.pack))
    number = desk.number(person)
    assert number is not None
    with desk.store.write() as conn:
        name = departments.identifier(conn, intake_use(desk.pack, {"identifier"}), number, "krr")
    return f"{name.scheme}:{name.value}"


def language(person: str, id_: str = "l1") -> dict[str, Any]:
    return event("krr.language", id_, {"person": person, "language": "nn", "since": "2025-01-01"})


def test_what_it_says_by_its_own_identifier_becomes_the_person_s_fact(desk: Desk, keys: FileKeys) -> None:
    (outcome,) = desk.send(language(own(desk, keys)))
    assert outcome.status == "accepted"
    desk.apply()
    assert desk.values(MOTHER, "Person.language")[0][1] == "nn"
    assert desk.number(own(desk, keys).split(":")[2], "duly:krr") == desk.number(MOTHER)


def test_it_may_not_send_the_national_number_nor_another_s_identifier(desk: Desk, keys: FileKeys) -> None:
    mine = own(desk, keys)
    told = [language(MOTHER), language(mine.replace("krr", "ssb"), "l2"), language(mine, "l3")]
    refused, another, well = desk.send(*told)
    assert [refused.status, another.status, well.status] == ["refused", "refused", "accepted"]
    for outcome in (refused, another):
        assert isinstance(outcome.problem, Denied)
        assert MOTHER not in str(outcome.problem)
        assert outcome.problem.where == "data.person"
    (other,) = desk.send(event("folkeregisteret.move", "m1", {
        "person": mine, "municipality": "0301", "since": "2025-01-01",
    }))  # fmt: skip
    assert isinstance(other.problem, Denied)


def test_an_identifier_that_nobody_was_given_is_parked_and_makes_nobody(desk: Desk, keys: FileKeys) -> None:
    mine = own(desk, keys)
    wrong = "duly:krr:" + mine.split(":")[2][::-1]
    (outcome,) = desk.send(language(wrong))
    assert outcome.status == "accepted"
    desk.send(language(mine, "l2"))
    desk.apply()
    assert desk.number(wrong.split(":")[2], "duly:krr") is None
    with desk.store.read() as conn:
        titles = [row.title for row in queue.listed(conn, "parked", 10)]
    assert titles == ["Nobody is known by this identifier"]
    assert desk.values(MOTHER, "Person.language")[0][1] == "nn"


def test_keys_of_departments_are_begun_listed_and_retired_on_the_command_line(tmp_path: Path) -> None:
    def run(*words: str, code: int = 0, given: str | None = None) -> str:
        where = ["--directory", str(tmp_path), "--demo"]
        told = CliRunner().invoke(app, [*words, *where], input=given)
        assert told.exit_code == code, told.output
        return told.stdout

    events = Path(__file__).parents[2] / "docs" / "howto" / "events.ndjson"
    run("intake", str(events), code=1)  # the second is of a later day
    person = json.loads(events.read_text().splitlines()[0])["data"]["person"]
    assert json.loads(run("keys", "rotate", "--department", "ssb", "--json")) == {
        "department": "ssb",
        "version": 1,
    }
    first = run("departments", "translate", "ssb", "-", given=f"{person}\n99999999999\n").split()
    assert [line.partition(":")[0] for line in first] == ["duly", "duly"]
    run("keys", "rotate", "--department", "ssb")
    second = run("departments", "translate", "ssb", "-", given=f"{first[0]}\n{person}\n").split()
    assert second[0] == second[1] != first[0]
    run("departments", "translate", "ssb", "-", given=first[1], code=1)
    assert "1 identifiers" in run("keys", "retire", "1", "--department", "ssb")
    run("departments", "translate", "ssb", "-", given=first[0], code=1)
    listed = json.loads(run("keys", "list", "--json"))["departments"]
    assert listed == [{"department": "ssb", "version": 2, "identifiers": 1}]
    assert "duly:ssb" in run("departments", "list")
    run("keys", "rotate", "--department", "sbb", code=1)


@pytest.mark.parametrize("has_key", [True, False])
def test_it_is_asked_for_a_correction_by_its_own_identifier_or_by_none(
    sqlite_url: str, tmp_path: Path, pack: Pack, monkeypatch: pytest.MonkeyPatch, *, has_key: bool
) -> None:
    place = town(sqlite_url, tmp_path / "data", "2025-01-01", str(pack.directory))
    try:
        place.tell(birth())
        keys = cast(FileKeys, place.app.keys)
        mine = own(place.desk, keys)
        place.tell(language(mine))
        if not has_key:
            monkeypatch.setattr(FileKeys, "department_versions", lambda *_: ())
        place.tell(wrong_language())
        (asked,) = (place.app.settings.outbox / "corrections" / "krr").iterdir()
    finally:
        place.app.close()
    request = json.loads(asked.read_text())
    assert request["person"] == (mine if has_key else "")
    assert request["held"] == "nn"
    assert MOTHER not in asked.read_text()


def wrong_language() -> dict[str, Any]:
    data = {"person": MOTHER, "fact": "Person.language", "held": '"nn"', "first": "2025-01-01",
            "since": "2025-01-01", "words": "I read nb."}  # fmt: skip
    return event("self.fact-contest", "c1", data, time="2025-01-01T11:00:00Z")
