"""A monitor that shows its key gets the ledger's figures, and nobody else anything."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from web_town import MOTHER, Town, family

from duly.web.server import create

KEY = secrets.token_urlsafe(32)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, "2025-03-04")
    family(made)
    yield made
    made.close()


def asked(town: Town, key: str = KEY) -> Any:
    return TestClient(create(town.app)).get("/metrics", headers={"authorization": f"Bearer {key}"})


def figures(text: str) -> dict[str, str]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return dict(line.rsplit(" ", 1) for line in lines)


def test_without_a_key_or_with_another_nobody_is_served(town: Town) -> None:
    assert asked(town).status_code == 401
    town.app.settings.metrics.write_text("short\n", encoding="utf-8")
    assert asked(town, "short").status_code == 401
    town.app.settings.metrics.write_text(f"{KEY}\n", encoding="utf-8")
    assert asked(town, f"{KEY}x").status_code == 401
    assert asked(town, "").status_code == 401
    client = TestClient(create(town.app))
    assert client.get("/metrics", headers={"authorization": f"Basic {KEY}"}).status_code == 401
    assert asked(town).status_code == 200


def test_it_tells_what_waits_what_is_signed_and_what_is_wrong_and_of_nobody(town: Town) -> None:
    town.app.settings.metrics.write_text(f"{KEY}\n", encoding="utf-8")
    newest = town.app.ledger.checkpoint()
    assert newest is not None
    with town.app.store.write() as conn:
        town.app.ledger.pend(conn, [os.urandom(32) for _ in range(300)])
    answer = asked(town)
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert MOTHER not in answer.text
    told = figures(answer.text)
    assert told["duly_ledger_signed"] == told["duly_ledger_counting"] == str(newest.size)
    assert told["duly_ledger_pending"] == "300"
    assert told["duly_ledger_alarms"] == "0"
    town.app.keeper.turn()
    told = figures(asked(town).text)
    assert told["duly_ledger_signed"] == str(newest.size + 300)
    assert (told["duly_ledger_pending"], told["duly_ledger_lag_seconds"]) == ("0", "0.0")
    assert int(told["duly_ledger_covered_seconds_count"]) >= 1


def test_a_log_that_cannot_be_read_is_told_as_an_alarm(town: Town) -> None:
    town.app.settings.metrics.write_text(f"{KEY}\n", encoding="utf-8")
    with town.app.store.write() as conn:
        conn.exec_driver_sql("UPDATE ledger_checkpoint SET note = x'00'")
    told = figures(asked(town).text)
    assert told['duly_ledger_alarm{kind="refuses"}'] == "1"
    assert told["duly_ledger_unreadable"] == "1"
