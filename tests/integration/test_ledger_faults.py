"""Whatever fails, nothing is disclosed without an entry, no entry is lost, and nothing false is signed.

The faults are those of bench/ledger_faults.py, fewer of each; the processes there are killed in earnest.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from web_town import MOTHER, Browser, Town, browse, family

from duly.errors import OurFault, TryAgain
from duly.ledger import Ledger

BENCH = Path(__file__).parents[2] / "bench" / "ledger_faults.py"


@pytest.mark.parametrize("server", ["", "postgresql"])
def test_faults_cost_no_entry_and_no_signature(server: str, request: pytest.FixtureRequest) -> None:
    command = [sys.executable, str(BENCH), "--kills", "3", "--flips", "25"]
    if server:
        command += ["--server", request.getfixturevalue("postgres_server").replace("duly@", "postgres@")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [line.split() for line in done.stdout.splitlines()[1:]]
    assert [row[-3:] for row in rows] == [["0", "0", "0"]] * 6
    answers = {" ".join(row[:-4]): int(row[-4]) for row in rows}
    assert answers["3 kills"] > 0
    assert answers["connections cut" if server else "disk full"] > 0
    assert answers["read-only volume"] == answers["locked by another"] == 0


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Browser]:
    town = Town(tmp_path, "2024-04-02")
    family(town)
    signed_in = browse(town)
    signed_in.be(MOTHER)
    yield signed_in
    town.close()


@pytest.mark.parametrize("fault", ["entry", "commit"])
def test_a_page_shows_nothing_that_the_ledger_could_not_write(
    browser: Browser, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def full(_self: Ledger, conn: Connection, commitments: list[bytes]) -> None:
        if fault == "entry":
            raise TryAgain("The database cannot be written", detail="Its disk is full.")
        conn.execute(text("CREATE TABLE parent (id INTEGER PRIMARY KEY)"))
        conn.execute(text("CREATE TABLE child (of INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)"))
        conn.execute(text("INSERT INTO child VALUES (1)"))  # which only the commit refuses

    assert 'role="rowheader"' in browser.page("/me/uses?own=yes")
    monkeypatch.setattr(Ledger, "pend", full)
    try:
        answer = browser.client.get("/me/uses?own=yes", headers=browser.headers)
        shown, status = answer.text, answer.status_code
    except Exception as error:  # noqa: BLE001 - the test client may pass on what the server answers with 500
        shown, status = str(error), 500
    assert status in (500, 503)
    assert 'role="rowheader"' not in shown


def test_damage_is_said_on_the_page_of_the_ledger(tmp_path: Path) -> None:
    town = Town(tmp_path, "2024-04-02")
    family(town)
    with town.app.store.write() as conn:
        conn.execute(text('UPDATE ledger_leaf SET commitment = zeroblob(32) WHERE "index" = 0'))
        town.app.ledger.pend(conn, [bytes(32)])
    before = town.app.ledger.checkpoint()
    with pytest.raises(OurFault):
        town.app.keeper.sequence()
    town.app.keeper.turn()
    page = browse(town).page("/ledger")
    assert "Signing has stopped" in page
    assert town.app.ledger.checkpoint() == before
    town.close()
