"""`duly intake`, `duly inbox`, `duly sources`, as somebody types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from intake_events import MOTHER, REGISTER, birth, event, move
from typer.testing import CliRunner, Result

from duly.app import Settings, build
from duly.cli import app
from duly.errors import DulyError
from duly.events import Sources
from duly.facts import apply
from duly.law import Pack
from duly.vault import FileKeys


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with keys, and a source that may send."""
    monkeypatch.setenv("DULY_DIRECTORY", str(tmp_path))
    FileKeys.create(tmp_path / "keys.json")
    made = run("sources", "add", REGISTER, "folkeregisteret", "--new-key", str(tmp_path / "private.pem"))
    assert made.exit_code == 0
    return tmp_path


def run(*words: str, given: str = "") -> Result:
    return CliRunner().invoke(app, list(words), input=given)


def told(*words: str) -> Any:
    result = run(*words, "--json")
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return json.loads(result.output)


def lines(directory: Path, *events: Any) -> str:
    file = directory / "events.ndjson"
    file.write_text("\n".join(one if isinstance(one, str) else json.dumps(one) for one in events))
    return str(file)


def applied(directory: Path) -> None:
    """What a running server would do with what came in."""
    wired = build(Settings.read(directory=str(directory)))
    with wired.store.write() as conn:
        apply(conn, wired.vault, wired.pack, 500)
    wired.close()


def test_a_file_of_events_is_taken_in_and_each_fault_names_its_line(directory: Path) -> None:
    file = lines(directory, birth(), "", "nonsense", birth("b2", born="2024-02-30"), birth())
    result = run("intake", file, "--no-work")
    assert result.exit_code == 1
    assert "line 3: Not a CloudEvent" in result.output
    assert "line 4 b2 data.born" in result.output
    assert "1 accepted, 1 repeated, 0 conflict, 2 refused" in result.output
    again = told("intake", file, "--no-work")
    assert (again["accepted"], again["repeated"]) == (0, 2)
    assert [one["line"] for one in again["problems"]] == [3, 4]


def test_standard_input_and_no_fault(directory: Path) -> None:
    result = run("intake", "-", "--no-work", given=json.dumps(birth()))
    assert (result.exit_code, result.output.strip()) == (0, "1 accepted, 0 repeated, 0 conflict, 0 refused")


def test_a_source_that_is_not_listed_is_refused(directory: Path) -> None:
    stranger = event("nav.lone-parent", "l1", {"person": MOTHER, "since": "2025-01-01"})
    assert told("intake", lines(directory, stranger), "--no-work")["problems"][0]["field"] == "source"


def test_the_inbox_lists_shows_and_replays_what_could_not_be_applied(directory: Path) -> None:
    wrong = move("m1", "0301", "2025-01-01", action="correct", corrects="b1")
    early = move("m2", "0301", "2025-01-01", action="correct", corrects="m0")
    run("intake", lines(directory, birth(), wrong, early), "--no-work")
    applied(directory)
    assert [(one["number"], one["state"]) for one in told("inbox", "list")] == [(3, "waiting"), (2, "parked")]
    shown = told("inbox", "show", "2")
    assert "no.folkeregisteret.move.v1" in shown["reason"]
    assert shown["event"]["id"] == "m1"
    assert told("inbox", "replay", "2", "--no-work") == {
        "number": 2,
        "replayed": True,
        "state": "received",
        "why": "",
    }
    applied(directory)
    assert told("inbox", "list", "--state", "parked")[0]["number"] == 2
    assert told("inbox", "replay", "1", "--no-work")["replayed"] is False


def test_what_does_not_exist_is_a_readable_error(directory: Path) -> None:
    for words in (
        ("inbox", "show", "9"),
        ("inbox", "replay", "9"),
        ("intake", "nowhere"),
        ("inbox", "list", "--state", "odd"),
    ):
        assert isinstance(run(*words).exception, DulyError)


def test_a_second_key_of_a_source_works_beside_the_first(directory: Path) -> None:
    key = run("sources", "add", REGISTER, "folkeregisteret", "--bearer").output.strip()
    read = Sources.read(directory / "sources.toml", Pack.load("norway"))
    held = read.holding(key)
    assert held is not None
    assert (held.uri, len(held.keys), len(held.signing)) == (REGISTER, 1, 1)
    assert told("sources", "list") == [{"source": REGISTER, "register": "folkeregisteret", "keys": 2}]
    assert key not in (directory / "sources.toml").read_text()
    assert isinstance(run("sources", "add", REGISTER, "nav", "--bearer").exception, DulyError)
    assert isinstance(run("sources", "add", "https://x.example", "odd", "--bearer").exception, DulyError)
    assert isinstance(run("sources", "add", REGISTER, "folkeregisteret").exception, DulyError)
