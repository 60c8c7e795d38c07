"""A log that was set back is closed and kept, and another begun, by two; what people hold stays good."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update
from two_people import two_keys
from typer.testing import CliRunner
from web_town import NEIGHBOUR, Town, browse, family
from witness_programs import WitnessProgram, settings_of

from duly.anew import ask, begin, origin_in, requests
from duly.anew.tables import ledger_log
from duly.app import origin, signer
from duly.cli import app as cli
from duly.errors import BadInput, Conflict, Denied, OurFault
from duly.ledger.verify import DatabaseLog, DirectoryLog, PublicKey, check_receipt, whole_log
from duly.reform import LawKey
from duly.store.backups import backup

LINK = re.compile(r'href="(/me/uses/[0-9a-f]{64}/receipt)"')
OLD, NEW = "duly/norway", "duly/norway/2"


class Place:
    """A town and two people with keys; it can be left and come back to, as when a server is started again."""

    def __init__(self, home: Path, keys: Path) -> None:
        self.home, self.town = home, Town(home, "2024-04-02")
        family(self.town)
        browse(self.town).be(NEIGHBOUR)
        self.town.app.worker.run_until_idle()
        self.ada, self.grace = two_keys(self.town.app, keys)

    @property
    def today(self) -> int:
        return self.town.app.clock.today()

    @property
    def now(self) -> int:
        return self.town.app.clock.now()

    def again(self) -> None:
        self.town.close()
        self.town = Town(self.home, "2024-04-02")

    def ask(self, key: LawKey | None = None, reason: str = "Restored.") -> int:
        with self.town.app.store.write() as conn:
            return ask(conn, OLD, reason, key or self.ada, today=self.today, now=self.now).number

    def begin(self, number: int, keep: Path, key: LawKey | None = None) -> int:
        app = self.town.app
        own = signer(app.keys, app.pack.name)
        return begin(app.store, own, app.clock, number, key or self.grace, keep).size

    def keys(self) -> list[PublicKey]:
        return [PublicKey.parse(key) for key in self.town.app.ledger.public_keys()]

    def use(self) -> None:
        browse(self.town).be(NEIGHBOUR)
        self.town.app.worker.run_until_idle()

    def receipts(self) -> list[bytes]:
        browser = browse(self.town)
        browser.be(NEIGHBOUR)
        links = LINK.findall(browser.page("/me/uses?own=yes"))
        return [browser.client.get(link).content for link in reversed(links)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path / "home", tmp_path)
    yield made
    made.town.close()


def test_it_goes_on_by_another_name_and_both_logs_verify(place: Place, tmp_path: Path) -> None:
    held = place.receipts()
    assert held
    place.town.app.worker.run_until_idle()
    before = place.town.app.ledger.checkpoint()
    assert before is not None
    assert place.begin(place.ask(), tmp_path / "closed") == before.size

    with pytest.raises(OurFault, match="not its own"):
        place.use()  # the server that still runs knows the old name
    place.again()
    assert place.town.app.ledger.origin == NEW
    place.use()
    newest = place.town.app.ledger.checkpoint()
    assert newest is not None
    assert (newest.origin, newest.size > before.size) == (NEW, True)
    with place.town.app.store.read() as conn:
        assert whole_log(DatabaseLog(conn), place.keys()).sound
    closed = whole_log(DirectoryLog(tmp_path / "closed"), place.keys())
    assert (closed.sound, closed.entries) == (True, before.size)
    assert closed.head is not None
    assert closed.head.origin == OLD
    kept = whole_log(DirectoryLog(tmp_path / "closed"), place.keys(), kept=[("kept", before.note.encode())])
    assert kept.sound
    for receipt in held:
        assert check_receipt(receipt, place.keys(), [], 0).head.origin == OLD
    again = [check_receipt(one, place.keys(), [], 0) for one in place.receipts()]
    assert {one.head.origin for one in again} == {NEW}
    assert {check_receipt(one, place.keys(), [], 0).index for one in held} <= {one.index for one in again}


def test_it_takes_two_and_a_reason_and_what_was_signed(place: Place, tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        place.ask(reason=" ")
    number = place.ask()
    with pytest.raises(Conflict, match="asked already"):
        place.ask(place.grace)
    with pytest.raises(Denied, match="two people"):
        place.begin(number, tmp_path / "closed", place.ada)
    with place.town.app.store.write() as conn:
        conn.execute(update(ledger_log).values(origin="duly/else"))
    with pytest.raises(Denied, match="not asked by anybody"):
        place.begin(number, tmp_path / "closed")
    with place.town.app.store.write() as conn:
        conn.execute(update(ledger_log).values(origin=NEW))
        assert origin_in(conn, OLD) == OLD
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").write_text("x")
    with pytest.raises(Conflict, match="kept apart"):
        place.begin(number, tmp_path / "full")
    place.begin(number, tmp_path / "closed")
    with pytest.raises(Conflict, match="done already"):
        place.begin(number, tmp_path / "other")
    with place.town.app.store.read() as conn:
        assert origin_in(conn, OLD) == NEW
        assert [one.begun_at > 0 for one in requests(conn)] == [True]
    assert place.ask() == number + 1
    with place.town.app.store.read() as conn:
        assert requests(conn)[-1].origin == "duly/norway/3"


def test_a_log_that_is_not_sound_is_not_gone_on_with(place: Place, tmp_path: Path) -> None:
    number = place.ask()
    with place.town.app.store.write() as conn:
        conn.exec_driver_sql('UPDATE ledger_leaf SET commitment = zeroblob(32) WHERE "index" = 0')
    with pytest.raises(Conflict, match="not sound"):
        place.begin(number, tmp_path / "closed")
    assert not (tmp_path / "closed").exists()


def test_witnesses_refuse_what_was_set_back_and_cosign_what_was_begun(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", tmp_path)
    keys = place.town.app.ledger.public_keys()
    programs = [WitnessProgram(tmp_path / name, name, origin("norway"), keys) for name in ("w1", "w2", "w3")]
    (tmp_path / "home" / "witnesses.toml").write_text(settings_of(programs), encoding="utf-8")
    place.again()
    try:
        for one in programs:
            one.start()
        app = place.town.app
        app.keeper.have_cosigned()
        backup(app.store, tmp_path / "old.db")
        place.use()
        app.keeper.ask_all_again()
        app.keeper.have_cosigned()
        held = place.receipts()[0]
        place.town.close()
        for name in ("duly.db-wal", "duly.db-shm"):
            (tmp_path / "home" / name).unlink(missing_ok=True)
        (tmp_path / "old.db").replace(tmp_path / "home" / "duly.db")
        place.town = Town(tmp_path / "home", "2024-04-02")
        place.use()
        place.town.app.keeper.have_cosigned()
        assert all(one.problem for one in place.town.app.keeper.standing().witnesses)

        place.begin(place.ask(), tmp_path / "closed")
        for one in programs:
            one.kill()
            (one.home / "log.txt").write_text("\n".join([NEW, *keys]) + "\n", encoding="utf-8")
            one.start()
        place.again()
        place.use()
        place.town.app.keeper.have_cosigned()
        newest = place.town.app.keeper.standing().newest
        assert newest is not None
        assert (newest.counts, len(newest.lines)) == (True, 3)
        assert place.town.app.keeper.alarms() == ()
        witnesses = [PublicKey.parse(one.public) for one in programs]
        assert check_receipt(held, place.keys(), witnesses, 2).head.origin == OLD
    finally:
        for one in programs:
            one.kill()
        place.town.close()


def test_the_commands_do_it(place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("directory", "mode", "begins", "cache"):
        monkeypatch.setenv(f"DULY_{name.upper()}", str(getattr(place.town.app.settings, name)))

    def run(*words: str, code: int = 0) -> str:
        told = CliRunner().invoke(cli, ["ledger", *words])
        assert told.exit_code == code, (told.output, told.exception)
        return told.output

    ada, grace = (("--key", str(tmp_path / f"{name}.key")) for name in ("Ada", "Grace"))
    keep = ("--keep", str(tmp_path / "closed"))
    assert "Request 1" in run("close", "--reason", "Restored from 3 May.", *ada)
    run("begin", "1", *keep, *ada, code=1)
    assert NEW in run("begin", "1", *keep, *grace)
    told = json.loads(run("logs", "--json"))
    assert told["log"] == NEW
    assert [(one["asked_by"], one["begun_by"]) for one in told["requests"]] == [("Ada", "Grace")]
    assert "The log is duly/norway/2." in run("logs")
    keys = tmp_path / "keys.txt"
    keys.write_text("\n".join(place.town.app.ledger.public_keys()) + "\n", encoding="utf-8")
    assert "is sound" in run("verify", str(tmp_path / "closed"), "--key", str(keys))
