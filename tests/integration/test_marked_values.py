"""Marked names, numbers, homes and accounts go in by every door, and no output tells one of them to others.

Searched are log lines, errors, problem JSON, redirects, cookies, what commands print, every file beside the
database and the notices, and the title of the process.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
import structlog
from every_command import Keepers, walked
from litestar.testing import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner
from web_routes import doors
from web_town import CACHE, Browser, Town, event, practice, register

from duly.cli import app as commands
from duly.cli.lines import Form, log_lines
from duly.web.server import create

NUMBERS = ("17057498765", "18067498764", "19027498763")
PERSON, OTHER, CHILD = NUMBERS
NAME, OTHERS, CHILDS = "Zqxvina Merkestad", "Zqxvar Merkestad", "Zqxlitt Merkestad"
HOME, ACCOUNT, WORDS = "5437", "98761234567", "zqxord om min sak"
STRANGER = "04047034561"
GIVEN = {"events.ndjson", "numbers.txt"}
"""Files that were written to be given to commands."""
MARKED = (STRANGER, *NUMBERS, "Zqx", "zqxord", ACCOUNT, "Merkestad")
ONE = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    given = {"DIRECTORY": tmp_path, "DATABASE": f"sqlite:///{tmp_path / 'duly.db'}", "MODE": "demo",
             "CACHE": CACHE, "BEGINS": "2025-03-04"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"DULY_{name}", str(value))
    made = Town(tmp_path, "2025-03-04")
    yield made
    made.close()


def told() -> list[Any]:
    account = {"person": PERSON, "account": ACCOUNT, "since": "2020-01-01"}
    born = {"child": CHILD, "born": "2025-03-03", "mother": PERSON, "father": OTHER, "municipality": HOME,
            "name": CHILDS, "lives_with": [PERSON, OTHER]}  # fmt: skip
    return [
        register(PERSON, NAME, "1974-05-17", HOME),
        register(OTHER, OTHERS, "1974-06-18", HOME),
        event("no.kontoregisteret.account.v1", account),
        *practice(PERSON, "P1001", "2020-01-01"),
        event("no.folkeregisteret.birth.v1", born),
    ]


def broken(good: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The event with a marked value where it cannot stand, one place after another."""
    data = good["data"]
    for field in data:
        for wrong in (NAME, ACCOUNT, [NAME], {"a": NAME}, f"{PERSON}\n", f"2025-02-30 {NAME}"):
            yield {**good, "id": f"wrong {field}", "data": {**data, field: wrong}}
        yield {**good, "id": f"less {field}", "data": {k: v for k, v in data.items() if k != field}}
    for field in ("time", "specversion", "action", "corrects", "datacontenttype"):
        yield {**good, "id": "w", field: NAME}
    yield {**good, "id": "w", "data": NAME}
    yield {**good, "id": "w", "data": PERSON}


def notifications() -> Iterator[dict[str, Any]]:
    """A birth as DCI tells it, with a marked value in one place after another."""
    child = {"identifier_type": "UIN", "identifier_value": CHILD}
    record = {"identifier": child, "birth_date": "2025-03-03", "name": {"given_name": CHILDS},
              "parent1_identifier": {"identifier_type": "UIN", "identifier_value": PERSON}}  # fmt: skip
    for field in record:
        yield notification({**record, field: NAME}, "2025-03-04T10:00:00Z")
        yield notification({k: v for k, v in record.items() if k != field}, "2025-03-04T10:00:00Z")
    yield notification(record, NAME)


def notification(record: dict[str, Any], at: str) -> dict[str, Any]:
    data = {"reg_event_type": "LiveBirth", "reg_records": record}
    told = {"transaction_id": "t", "notify_event": [{"reference_id": "r", "timestamp": at, "data": data}]}
    head = {"message_id": "m", "message_ts": "2025-03-04T10:00:00Z", "action": "notify"}
    return {"header": head, "message": told}


def found_in(text: str) -> list[str]:
    """What is there, each with what stands around it."""
    places = [(marked, text.find(marked)) for marked in MARKED]
    return [text[max(0, place - 150) : place + 150] for _, place in places if place >= 0]


def said_to_senders(client: TestClient[Any]) -> str:
    """Every answer to every message, good or broken, with a right key, a wrong one and none."""
    answers: list[str] = []
    for arrived in told():
        good = json.loads(arrived.body)
        bodies = [good, *broken(good), {**good, "source": "https://other.example"}]
        for body in bodies:
            for kind, content in ((ONE, body), (BATCH, [body, body])):
                answer = client.post("/events", content=json.dumps(content), headers={"content-type": kind})
                answers.append(answer.text + str(dict(answer.headers)))
        text = json.dumps(good)
        torn = (text[:-3], text.replace(NAME, f"{NAME}\\ud800"), text.replace('"data"', '"id":"x","data"'))
        answers.extend(
            client.post("/events", content=raw, headers={"content-type": ONE}).text for raw in torn
        )
        wrong = {"content-type": ONE, "authorization": f"Bearer {PERSON}"}
        answers.append(client.post("/events", content=text, headers=wrong).text)
        answers.append(client.post("/dci/registry/notify", content=text).text)
    answers.extend(client.post("/dci/registry/notify", json=one).text for one in notifications())
    return "\n".join(answers)


def said_of_errors(town: Town, client: TestClient[Any]) -> str:
    """Error pages and problems of every route, asked with marked values in path, query, header and form."""
    answers: list[str] = []
    browser = Browser(client)
    for door in doors(create(town.app)):
        address = door.address.replace("/x", f"/{PERSON}").replace("/1", f"/{PERSON}")
        for accept in ("text/html", "application/json"):
            headers = {"accept": accept, "referer": f"http://x/{PERSON}", "x-name": ACCOUNT}
            answer = browser.client.request(
                door.method,
                f"{address}?who={PERSON}&saved={ACCOUNT}",
                headers=headers,
                data={"token": "x", "identifier": PERSON, "text": WORDS} if door.method == "POST" else None,
                follow_redirects=False,
            )
            if answer.status_code >= 300:
                answers.append(answer.text.replace(f"next={address}", "") + str(dict(answer.headers)))
    return "\n".join(answers)


def files_beside(town: Town) -> Iterator[Path]:
    """Every file but the database and the notices."""
    settings = town.app.settings
    for file in settings.directory.rglob("*"):
        if file.is_file() and not file.name.startswith("duly.db") and settings.outbox not in file.parents:
            yield file


@pytest.mark.parametrize("form", ["text", "json"])
def test_no_line_of_the_log_tells_one_in_either_form(
    town: Town, capfd: pytest.CaptureFixture[str], form: Form
) -> None:
    log_lines(form)
    try:
        client = TestClient(create(town.app), raise_server_exceptions=False)
        said_to_senders(client)
        town.app.worker.run_until_idle()
        said_of_errors(town, client)
    finally:
        structlog.reset_defaults()
    written = capfd.readouterr().out
    assert written.count("turned away") > 10
    assert found_in(written) == []


def test_no_output_tells_a_marked_value(town: Town, capfd: pytest.CaptureFixture[str]) -> None:
    structlog.reset_defaults()
    client = TestClient(create(town.app), raise_server_exceptions=False)
    printed = io.StringIO()
    with redirect_stdout(printed), redirect_stderr(printed), capture_logs() as lines:
        to_senders = said_to_senders(client)
        town.app.worker.run_until_idle()
        errors = said_of_errors(town, client)
    captured = capfd.readouterr()
    assert lines, "the search looks at something"
    assert found_in(to_senders) == []
    assert found_in(errors) == []
    assert found_in(json.dumps(lines, default=str)) == []
    assert found_in(printed.getvalue() + captured.out + captured.err) == []
    assert found_in(Path("/proc/self/cmdline").read_text()) == []


def test_no_file_beside_the_database_and_the_notices_holds_one(town: Town) -> None:
    town.take(told())
    town.app.worker.run_until_idle()
    town.on("2025-06-10")
    client = TestClient(create(town.app))
    Browser(client).be(PERSON)
    files = list(files_beside(town))
    assert any(file.name == "keys.json" for file in files)
    for file in files:
        assert found_in(file.read_bytes().decode("latin-1")) == [], file


def test_commands_print_none_unless_they_are_asked_for_one_record(tmp_path: Path, town: Town) -> None:
    town.take(told())
    town.app.worker.run_until_idle()
    good = json.loads(told()[0].body)
    lines = [json.dumps(one) for one in (good, *broken(good))]
    file = tmp_path / "events.ndjson"
    file.write_text("\n".join([*lines, lines[0][:-5], json.dumps(good | {"id": "\ud800"})]))
    here = ["--directory", str(town.app.settings.directory)]
    asked = (
        ["intake", str(file), *here, "--demo"],
        ["intake", str(file), *here, "--demo", "--json"],
        ["inbox", "list", *here, "--demo"],
        ["inbox", "list", *here, "--demo", "--state", "parked", "--json"],
        ["sources", "list", *here, "--demo"],
        ["ledger", "verify", *here],
        ["law", "list", *here],
    )
    printed = ""
    for arguments in asked:
        result = CliRunner().invoke(commands, arguments)
        printed += result.output + str(result.exception or "")
    assert "refused" in printed or "not taken" in printed, printed[:2000]
    assert found_in(printed) == []


ASKED_FOR = {"inbox show"}
"""Commands that print one record, since that is what they were asked for."""


def test_no_command_prints_or_writes_one_that_was_not_asked_for(
    tmp_path: Path, town: Town, capfd: pytest.CaptureFixture[str]
) -> None:
    town.take([*told(), register(STRANGER, "Zqxnabo Merkestad", "1970-04-04")])
    town.app.worker.run_until_idle()
    keepers = Keepers(town, tmp_path / "keepers", PERSON, STRANGER)
    for path, said in walked(keepers):
        assert path in ASKED_FOR or found_in(said) == [], path
    captured = capfd.readouterr()
    assert found_in(captured.out + captured.err) == []
    written = [file for file in keepers.folder.rglob("*") if file.is_file() and file.name not in GIVEN]
    assert {file.name for file in written} >= {"copy.db", "copy.sheet", "newer.sheet", "restored.db"}
    for file in written:
        assert found_in(file.read_bytes().decode("latin-1")) == [], file
