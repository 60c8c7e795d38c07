"""`duly keys` makes a file for its owner only, never over another, and tells what may be told."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest
from typer.testing import CliRunner

from duly.cli import app
from duly.errors import Conflict
from duly.ledger.verify import PublicKey
from duly.vault import FileKeys


def test_keys_are_made_once_and_for_the_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "new" / "keys.json"
    assert CliRunner().invoke(app, ["keys", "create", str(file)]).exit_code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    assert CliRunner().invoke(app, ["keys", "create", str(file)]).exit_code != 0
    assert file.read_bytes() == before


def test_only_the_public_halves_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DULY_DIRECTORY", str(tmp_path))
    keys = FileKeys.create(tmp_path / "keys.json")
    told = CliRunner().invoke(app, ["keys", "public"])
    assert [PublicKey.parse(line).name for line in told.stdout.split()] == ["duly/norway", "duly/norway"]
    assert keys.signing_seed().hex() not in told.stdout


def test_keys_are_rotated_and_the_old_ones_destroyed(tmp_path: Path) -> None:
    def run(*words: str) -> str:
        where = ["--directory", str(tmp_path), "--demo"]
        told = CliRunner().invoke(app, ["keys", *words, *where], catch_exceptions=False)
        assert told.exit_code == 0, told.output
        return told.stdout

    run("list")
    event = Path(__file__).parents[2] / "docs" / "howto" / "events.ndjson"
    told = CliRunner().invoke(app, ["intake", str(event), "--directory", str(tmp_path), "--demo"])
    assert "1 accepted" in told.output
    assert json.loads(run("rotate", "--json"))["epoch"] == 2
    assert json.loads(run("rotate", "--identifiers", "--json"))["rewritten"] > 0
    before = json.loads(run("list", "--json"))
    assert [one["data_keys"] > 0 for one in before["epochs"]] == [True, False]
    run("retire", "1")
    run("retire", "1", "--identifiers")
    now = json.loads(run("list", "--json"))
    assert [one["epoch"] for one in now["epochs"]] == [2]
    assert now["hash_keys"] == before["hash_keys"][:1]
    with pytest.raises(Conflict, match="newest"):
        run("retire", "2")
