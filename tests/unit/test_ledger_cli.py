"""`duly ledger` says clearly whether a log is sound, and never takes a missing log for a sound one."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from duly.cli.ledger import app
from duly.clock import SimulatedClock
from duly.errors import BadInput
from duly.ledger import Ledger, Signer
from duly.store import Store

SIGNER = Signer.from_seed("duly.example/log", bytes(range(32)))
KEYS = [word for key in SIGNER.public_keys() for word in ("--key", key)]


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A database with a log of 300 entries in three steps; after the first, its checkpoint is kept."""
    store = Store.open(f"sqlite:///{tmp_path / 'duly.db'}")
    store.create_all()
    ledger = Ledger(store, SIGNER, "duly.example/log", SimulatedClock("UTC", 1_700_000_000_000_000))
    for at in range(3):
        with store.write() as connection:
            ledger.pend(connection, [bytes([at, one]) * 16 for one in range(100)])
        signed = ledger.sequence()
        assert signed
        (tmp_path / f"kept.{at}").write_text(signed.note, encoding="utf-8")
    store.close()
    return f"sqlite:///{tmp_path / 'duly.db'}"


def run(*words: str) -> Any:
    return CliRunner().invoke(app, list(words))


def change(url: str, statement: str) -> None:
    store = Store.open(url)
    with store.write() as connection:
        connection.execute(text(statement))
    store.close()


def test_a_sound_log_is_called_sound(url: str, tmp_path: Path) -> None:
    result = run("verify", "--database", url, *KEYS, "--kept", str(tmp_path / "kept.0"))
    assert result.exit_code == 0
    assert "The log is sound. Checked: 300 entries, 4 checkpoints, 3 tiles." in result.stdout
    assert "2023-11-14T22:13:20+00:00" in result.stdout


def test_a_changed_entry_is_named(url: str) -> None:
    change(url, 'UPDATE ledger_leaf SET commitment = zeroblob(32) WHERE "index" = 150')
    result = run("verify", "--database", url, *KEYS)
    assert result.exit_code == 1
    assert "The log is not sound." in result.stdout
    assert "hash 150" in result.stdout


def test_programs_read_the_verdict_as_json(url: str, tmp_path: Path) -> None:
    (tmp_path / "keys.txt").write_text("\n".join(SIGNER.public_keys()), encoding="utf-8")
    sound = run("verify", "--database", url, "--key", str(tmp_path / "keys.txt"), "--json")
    document = json.loads(sound.stdout)
    assert (document["sound"], document["entries"], document["findings"]) == (True, 300, [])
    assert document["checkpoint"]["size"] == 300
    change(url, "DELETE FROM ledger_checkpoint")
    broken = run("verify", "--database", url, *KEYS, "--json")
    assert broken.exit_code == 1
    assert json.loads(broken.stdout)["findings"] == [
        {"where": "checkpoints", "what": "there is none that is signed by the keys given"}
    ]


def test_a_rollback_is_found_by_the_kept_checkpoint(url: str, tmp_path: Path) -> None:
    for statement in (
        'DELETE FROM ledger_leaf WHERE "index" >= 100',
        "DELETE FROM ledger_checkpoint WHERE size > 100",
        "DELETE FROM ledger_tile WHERE level = 1 OR number = 1",
        "UPDATE ledger_tile SET hashes = substr(hashes, 1, 3200)",
    ):
        change(url, statement)
    assert run("verify", "--database", url, *KEYS).exit_code == 0
    result = run("verify", "--database", url, *KEYS, "--kept", str(tmp_path / "kept.2"))
    assert result.exit_code == 1
    assert "rolled back: it signs 300 entries, and 100 are there" in " ".join(result.stdout.split())


def test_the_checkpoint_that_is_printed_can_be_kept(url: str, tmp_path: Path) -> None:
    printed = run("checkpoint", "--database", url, *KEYS)
    assert printed.exit_code == 0
    assert printed.stdout == (tmp_path / "kept.2").read_text(encoding="utf-8")
    assert json.loads(run("checkpoint", "--database", url, *KEYS, "--json").stdout)["note"] == printed.stdout
    other = run("checkpoint", "--database", url, "--key", Signer.generate("x").public_keys()[0])
    assert other.exit_code == 1
    assert "has not signed it" in other.stdout


def test_a_published_log_verifies_by_itself(url: str, tmp_path: Path) -> None:
    directory = tmp_path / "public"
    assert run("publish", str(directory), "--database", url, "--history").exit_code == 0
    result = run("verify", str(directory), *KEYS)
    assert result.exit_code == 0
    assert "300 entries, 4 checkpoints, 3 tiles" in result.stdout
    assert run("checkpoint", str(directory), *KEYS).exit_code == 0
    (directory / "tile/entries/000").write_bytes(b"")
    assert run("verify", str(directory), *KEYS).exit_code == 1


def test_an_empty_log_is_empty_but_not_unsound(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'new.db'}")
    store.create_all()
    store.close()
    result = run("verify", "--database", str(store.url), *KEYS)
    assert result.exit_code == 0
    assert "0 entries" in result.stdout
    assert run("checkpoint", "--database", str(store.url), *KEYS).exit_code == 1


@pytest.fixture(autouse=True)
def no_installation(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whatever stands in the working directory is not asked."""
    monkeypatch.setenv("DULY_DIRECTORY", str(tmp_path / "nowhere"))


NOWHERE: dict[str, Callable[[str, Path], list[str]]] = {
    "The file does not exist": lambda _, home: ["verify", "--database", f"sqlite:///{home / 'no.db'}", *KEYS],
    "It has no checkpoint": lambda _, home: ["verify", str(home), *KEYS],
    "cannot be read as a URL": lambda _, __: ["verify", "--database", "duly.db", *KEYS],
    "Which keys": lambda url, _: ["verify", "--database", url],
    "is not a verifier key": lambda url, _: ["verify", "--database", url, "--key", "x"],
    "This file cannot be read": lambda url, _: ["verify", "--database", url, *KEYS, "--kept", "/no/such"],
}


@pytest.mark.parametrize("said", NOWHERE)
def test_a_log_that_cannot_be_checked_is_the_users_mistake(said: str, url: str, tmp_path: Path) -> None:
    result = run(*NOWHERE[said](url, tmp_path))
    assert isinstance(result.exception, BadInput)
    assert said in str(result.exception)
    assert not (tmp_path / "no.db").exists()


def test_a_database_without_a_ledger_is_none(tmp_path: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'other.db'}")
    store.close()
    result = run("verify", "--database", str(store.url), *KEYS)
    assert isinstance(result.exception, BadInput)
    assert "no ledger" in str(result.exception)
