"""Three witnesses as programs: two of three make a checkpoint count, and no rewritten log gets past them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from litestar.testing import TestClient
from sqlalchemy import delete
from witness_programs import WitnessProgram, settings_of

from duly.app import App, Settings, build, origin
from duly.errors import BadInput
from duly.ledger import Witnesses
from duly.ledger.tables import CHECKPOINT, LEAF, TILE
from duly.ledger.verify import PublicKey, open_checkpoint, signers
from duly.web.server import create

Place = tuple[App, list[WitnessProgram], TestClient[Any]]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    given = {"directory": str(tmp_path), "mode": "demo"}
    first = build(Settings.of(given))
    keys = first.ledger.public_keys()
    first.close()
    programs = [WitnessProgram(tmp_path / name, name, origin("norway"), keys) for name in ("w1", "w2", "w3")]
    (tmp_path / "witnesses.toml").write_text(settings_of(programs), encoding="utf-8")
    app = build(Settings.of(given))
    try:
        for one in programs:
            one.start()
        yield app, programs, TestClient(create(app))
    finally:
        for one in programs:
            one.kill()
        app.close()


def grow(app: App, many: int) -> int:
    """So many entries more, signed and shown to the witnesses; the size."""
    with app.store.write() as conn:
        app.ledger.pend(conn, [os.urandom(32) for _ in range(many)])
    app.keeper.turn()
    cosign(app)
    newest = app.ledger.checkpoint()
    assert newest is not None
    return newest.size


def cosign(app: App) -> None:
    """Ask every witness that is missing, at once."""
    app.keeper.ask_all_again()
    app.keeper.have_cosigned()


def kinds(app: App) -> list[str]:
    return [alarm.kind for alarm in app.keeper.alarms()]


def test_two_of_three_make_a_checkpoint_count(place: Place) -> None:
    app, programs, client = place
    assert client.get("/ledger/checkpoint/counting").status_code == 404
    size = grow(app, 3)
    answer = client.get("/ledger/checkpoint")
    assert (answer.headers["duly-counts"], answer.headers["duly-witnesses"]) == ("yes", "3 of 3, 2 needed")
    keys = [PublicKey.parse(one.public) for one in programs]
    assert open_checkpoint(answer.content, [*log_keys(app), *keys]).size == size
    assert kinds(app) == []

    programs[0].kill()
    size = grow(app, 300)
    answer = client.get("/ledger/checkpoint")
    assert (answer.headers["duly-counts"], answer.headers["duly-witnesses"]) == ("yes", "2 of 3, 2 needed")
    assert len(signers(answer.content, keys)) == 2
    assert kinds(app) == ["witness w1.example"]

    programs[1].kill()
    grown = grow(app, 1)
    answer = client.get("/ledger/checkpoint")
    assert answer.headers["duly-counts"] == "no"
    counting = client.get("/ledger/checkpoint/counting")
    assert open_checkpoint(counting.content, keys[1:]).size == size
    assert kinds(app) == ["witness w1.example", "witness w2.example", "does not count"]
    page = client.get("/ledger", headers={"accept-language": "en"}).text
    assert "It does not count yet: 1 of 3 witnesses have cosigned it." in page
    assert "Too few witnesses cosign: new checkpoints do not count." in page

    for one in programs[:2]:
        one.start()
    cosign(app)
    assert open_checkpoint(client.get("/ledger/checkpoint/counting").content, keys).size == grown
    assert kinds(app) == []
    assert "It counts: 3 of 3" in client.get("/ledger", headers={"accept-language": "en"}).text


def test_a_log_that_is_rewritten_and_signed_again_is_refused(place: Place) -> None:
    app, programs, client = place
    size = grow(app, 5)
    with app.store.write() as conn:
        for table in (LEAF, TILE, CHECKPOINT):
            conn.execute(delete(table))
    assert grow(app, 5) == size
    assert [one for one in kinds(app) if one.startswith("witness")] == [
        f"witness {p.name}.example" for p in programs
    ]
    assert "does not count" in kinds(app)
    assert client.get("/ledger/checkpoint").headers["duly-counts"] == "no"
    grow(app, 40)
    assert "does not count" in kinds(app)
    assert all("refuses (422)" in one.problem for one in app.keeper.standing().witnesses)
    assert (
        client.get("/ledger", headers={"accept-language": "en"}).text.count("has not answered as it should")
        == 3
    )


def test_a_log_that_is_set_back_is_told_so_by_its_witnesses(place: Place, tmp_path: Path) -> None:
    app, _, _ = place
    grow(app, 2)
    with app.store.read() as conn:
        whole = [(table, conn.execute(table.select()).mappings().all()) for table in (LEAF, TILE, CHECKPOINT)]
    grow(app, 7)
    with app.store.write() as conn:
        for table, rows in whole:
            conn.execute(delete(table))
            conn.execute(table.insert(), [dict(row) for row in rows])
    grow(app, 1)
    assert all("it was set back" in one.problem for one in app.keeper.standing().witnesses)
    assert "does not count" in kinds(app)


def test_an_alarm_is_said_once_and_its_end_too(place: Place) -> None:
    app, programs, _ = place
    with structlog.testing.capture_logs() as lines:
        for one in programs:
            one.kill()
        for _ in range(3):
            grow(app, 1)
            app.keeper.turn()
        for one in programs:
            one.start()
        cosign(app)
        app.keeper.turn()
    said = [(line["event"], line["log_level"]) for line in lines if line["event"].startswith("ledger")]
    assert said == [("ledger alarm", "error"), ("ledger alarm is over", "info")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "witness"),
        ("quorum = 2\n", "witness"),
        ('[[witness]]\nurl = "x"\nkey = "y"\n', "url"),
        ('[[witness]]\nurl = "http://x"\nkey = "y"\n', "not a verifier key"),
        ('quorum = 0\n[[witness]]\nurl = "http://x"\nkey = "y"\n', "quorum"),
        ("quorum = 3\n", "cannot count with 3 of 2"),
        ("quorum = 2\ntwice = true\n", "twice"),
    ],
)
def test_what_is_wrong_with_the_file_of_witnesses_is_said(tmp_path: Path, text: str, said: str) -> None:
    from duly.witness import Cosigner

    keys = [Cosigner.generate(name).encoded_public() for name in ("w1", "w2")]
    rows = "".join(f'[[witness]]\nurl = "http://127.0.0.1:1/"\nkey = "{key}"\n' for key in keys)
    file = tmp_path / "witnesses.toml"
    file.write_text(text + (rows if said.startswith(("cannot", "twice")) else ""), encoding="utf-8")
    with pytest.raises(BadInput, match=said):
        Witnesses.read(file)
    file.write_text(rows, encoding="utf-8")
    assert Witnesses.read(file).quorum == 2


def log_keys(app: App) -> list[PublicKey]:
    return [PublicKey.parse(key) for key in app.ledger.public_keys()]
