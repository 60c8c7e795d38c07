"""Who is forgotten is so in the database, its log and its backups; others keep what is theirs."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from intake_events import CHILD, FATHER, MOTHER, OTHER, Event, birth, move
from looking import looking, superuser
from people import account, registered
from sqlalchemy import select, text, update
from town import Town, town
from two_people import two_keys
from typer.testing import CliRunner

from duly.app import Settings, build, restored
from duly.cli import app as cli
from duly.errors import BadInput, Conflict, Denied, NotFound, OurFault
from duly.events import queue
from duly.events.tables import inbox
from duly.facts import intake_use
from duly.forget import approve, ask, carry_out, holds_of, refuse, requests
from duly.forget.tables import forgetting
from duly.ledger.tables import LEAF
from duly.reform import LawKey
from duly.store import Store
from duly.store.backups import backup
from duly.vault import rotation
from duly.vault.tables import identifier, subject

NAME = "MARKED-NAME"


def known(person: str) -> Event:
    told = registered(person, "1990-05-05")
    return told | {"data": told["data"] | {"name": NAME}}


class Officers:
    """Two people with keys, and a town in which somebody is forgotten."""

    def __init__(self, place: Town, directory: Path) -> None:
        self.place, self.directory = place, directory
        self.ended: list[Sequence[int]] = []
        self.ada, self.grace = two_keys(place.app, directory)

    @property
    def today(self) -> int:
        return self.place.app.clock.today()

    @property
    def now(self) -> int:
        return self.place.app.clock.now()

    def number(self, person: str) -> int:
        found = self.place.desk.number(person)
        assert found is not None
        return found

    def ask(self, person: str, key: LawKey | None = None, ground: str = "request") -> int:
        app = self.place.app
        with app.store.write() as conn:
            return ask(
                conn, app.pack, self.number(person), ground, "They asked.", key or self.ada,
                today=self.today, now=self.now,
            ).number  # fmt: skip

    def approve(self, number: int, key: LawKey | None = None) -> None:
        app = self.place.app
        with app.store.write() as conn:
            approve(conn, app.pack, number, key or self.grace, today=self.today, now=self.now)

    def carry_out(self, sheet: Path | None = None) -> int:
        app = self.place.app
        done = carry_out(
            store=app.store, vault=app.vault, keys=app.keys, ledger=app.ledger, pack=app.pack, sheet=sheet,
            today=self.today, now=self.now, ends=self.ended.append,
        )  # fmt: skip
        app.ledger.sequence()
        return 0 if done is None else len(done.requests)

    def forget(self, person: str, sheet: Path | None = None) -> None:
        self.approve(self.ask(person))
        assert self.carry_out(sheet) == 1


@pytest.fixture
def officers(store_url: str, tmp_path: Path) -> Iterator[Officers]:
    """Two people who are known, without anything due."""
    place = town(store_url, tmp_path / "home", "2025-03-01")
    for at, person in enumerate((OTHER, FATHER)):
        place.tell(known(person), move(f"m{at}", "0301", "2020-01-01", person))
    yield Officers(place, tmp_path)
    place.app.close()


def wrapped(store: Store, number: int) -> bytes:
    with looking(store).read() as conn:
        key = conn.execute(select(subject.c.wrapped).where(subject.c.number == number)).scalar_one()
    assert key is not None
    return bytes(key)


def hash_of(store: Store, number: int) -> bytes:
    with looking(store).read() as conn:
        return bytes(
            conn.execute(select(identifier.c.hash).where(identifier.c.subject == number)).scalar_one()
        )


def files(store: Store) -> bytes:
    """Every byte of the database: SQLite's file and log, PostgreSQL's data directory and log."""
    if store.dialect == "sqlite":
        path = Path(store.url.database or "")
        return b"".join(part.read_bytes() for part in path.parent.glob(f"{path.name}*"))
    with superuser(store) as conn:
        conn.execute(text("CHECKPOINT"))
        where = Path(conn.execute(text("SHOW data_directory")).scalar_one())
    return b"".join(part.read_bytes() for part in where.rglob("*") if part.is_file())


def epochs_on(path: Path) -> dict[int, bytes]:
    told = json.loads(path.read_text())
    return {int(epoch): base64.b64decode(key) for epoch, key in told["wrapping"].items()}


def test_nothing_that_opens_the_record_is_left_anywhere(officers: Officers, tmp_path: Path) -> None:
    app = officers.place.app
    store, key_file = app.store, app.settings.keys
    number, other = officers.number(OTHER), officers.number(FATHER)
    before, hash_, old_epoch = wrapped(store, number), hash_of(store, number), epochs_on(key_file)
    (data_key,) = app.keys.unwrap([(number, before)])
    old = tmp_path / "old.db"
    if store.dialect == "sqlite":
        backup(store, old)
    else:
        old.write_bytes(files(store))  # as a copy of the whole directory is
    assert before in old.read_bytes()
    assert before in files(store)

    officers.forget(OTHER, tmp_path / "new.sheet")

    for content in (
        files(store),
        old.read_bytes(),
        key_file.read_bytes(),
        (tmp_path / "new.sheet").read_bytes(),
    ):
        assert data_key not in content
        for marked in (NAME.encode(), OTHER.encode()):
            assert marked not in content
    if store.dialect == "sqlite":
        assert before not in files(store)
        assert hash_ not in files(store)
    kept = b"".join(part.read_bytes() for part in key_file.parent.glob("keys*"))
    for key in old_epoch.values():
        assert base64.b64encode(key) not in kept  # what is left of the wrapped key opens with nothing
    assert set(epochs_on(key_file)) == {2}
    with pytest.raises(OurFault, match="does not unwrap"):
        app.keys.unwrap([(number, before)])
    with looking(store).read() as conn:
        assert app.vault.forgotten(conn, [number, other]) == {number}
    assert officers.place.desk.values(FATHER, "Person.municipality")


def test_the_messages_that_told_of_somebody_open_no_more(officers: Officers) -> None:
    app, number = officers.place.app, officers.number(OTHER)
    officers.forget(OTHER)
    use = intake_use(app.pack, {"message"})
    with app.store.read() as conn:
        told = {row.number: row.about for row in conn.execute(select(inbox.c.number, inbox.c.about))}
    gone = [which for which, about in told.items() if number.to_bytes(8) in about]
    assert len(gone) == len(told) - len(gone) == 2
    for which in told:
        if which in gone:
            with pytest.raises(NotFound, match="forgotten"), app.store.write() as conn:
                queue.show(conn, app.vault, use, which)
        else:
            with app.store.write() as conn:
                assert FATHER.encode() in queue.show(conn, app.vault, use, which).body


def test_what_is_not_applied_yet_is_erased_and_what_is_of_others_is_not(officers: Officers) -> None:
    officers.place.tell(
        move("w1", "5601", "2021-01-01", OTHER, action="correct", corrects="none"),
        move("w2", "5601", "2021-01-01", FATHER, action="correct", corrects="none2"),
    )
    officers.forget(OTHER)
    app = officers.place.app
    with app.store.read() as conn:
        states = sorted(conn.execute(select(inbox.c.state).where(inbox.c.about.is_(None))).scalars())
    assert states == ["forgotten", "waiting"]
    officers.place.tell(move("none2", "0301", "2021-01-01", FATHER))
    assert [v for _, v in officers.place.desk.values(FATHER, "Person.municipality")][-1] == "5601"
    officers.place.tell(move("none", "0301", "2021-01-01", MOTHER))
    assert officers.place.desk.number(OTHER) is None


ON_SQLITE = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
"""PostgreSQL is backed up by its own tools."""


@ON_SQLITE
def test_an_older_backup_opens_with_the_newest_sheet_for_all_but_the_forgotten(
    officers: Officers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = officers.place.app
    number = officers.number(OTHER)
    officers.place.hear(move("late", "5601", "2022-01-01", FATHER))
    backup(app.store, tmp_path / "old.db")
    officers.place.app.worker.run_until_idle()
    officers.forget(OTHER, tmp_path / "new.sheet")
    for name in ("directory", "keys", "mode", "begins", "cache"):
        monkeypatch.setenv(f"DULY_{name.upper()}", str(getattr(app.settings, name)))
    url = f"sqlite:///{tmp_path / 'old.db'}"
    with pytest.raises(Conflict, match="destroyed"):
        restored(url, None)
    cut = tmp_path / "cut.sheet"
    cut.write_bytes((tmp_path / "new.sheet").read_bytes()[:-40])
    with pytest.raises(BadInput, match="whole"):
        restored(url, cut)
    told = restored(url, tmp_path / "new.sheet")
    assert (told.forgotten, told.lost) == (1, 1)
    again = build(Settings.read(None, database=url))
    try:
        place = Town(again)
        assert place.desk.number(OTHER) is None
        with looking(again.store).read() as conn:
            assert again.vault.forgotten(conn, [number]) == {number}
        assert [v for _, v in place.desk.values(FATHER, "Person.municipality")][-1] == "0301"
        place.tell(move("late", "5601", "2022-01-01", FATHER))  # the register sends it again
        assert [v for _, v in place.desk.values(FATHER, "Person.municipality")][-1] == "5601"
    finally:
        again.close()


def test_it_takes_two_and_a_registered_key(officers: Officers) -> None:
    number = officers.ask(OTHER)
    with pytest.raises(Denied, match="two people"):
        officers.approve(number, officers.ada)
    with pytest.raises(Conflict, match="asked already"):
        officers.ask(OTHER, officers.grace)
    stranger = LawKey.create("Eve", officers.directory / "eve.key")
    with pytest.raises(NotFound, match="may sign"):
        officers.approve(number, stranger)
    assert officers.carry_out() == 0
    with pytest.raises(BadInput, match="ground"):
        officers.ask(FATHER, ground="reqest")
    officers.approve(number)
    with pytest.raises(Conflict, match="answered already"):
        officers.approve(number)


def test_a_row_that_was_written_by_hand_forgets_nobody(officers: Officers) -> None:
    number = officers.ask(OTHER)
    app = officers.place.app
    with app.store.write() as conn:
        conn.execute(
            update(forgetting).values(
                state="approved", answered_by=officers.ada.public, answered_signature=b"x" * 64
            )
        )
    with pytest.raises(Denied, match="not approved by two"):
        officers.carry_out()
    with app.store.write() as conn:
        conn.execute(update(forgetting).values(state="asked"))
    officers.approve(number)
    with app.store.write() as conn:
        conn.execute(update(forgetting).values(subject=officers.number(FATHER)))
    with pytest.raises(Denied, match="not approved by two"):
        officers.carry_out()


def test_it_may_be_refused_with_the_reason(officers: Officers) -> None:
    number, app = officers.ask(OTHER), officers.place.app
    with app.store.write() as conn:
        refuse(conn, number, "It is kept.", officers.grace, today=officers.today, now=officers.now)
    assert officers.carry_out() == 0
    assert officers.place.desk.number(OTHER) is not None
    with app.store.read() as conn:
        assert [(one.state, one.why) for one in requests(conn)] == [("refused", "It is kept.")]


def test_that_it_happened_remains_and_not_who(officers: Officers) -> None:
    app, number = officers.place.app, officers.number(OTHER)
    officers.forget(OTHER)
    with app.store.read() as conn:
        (done,) = requests(conn)
        entry = conn.execute(select(forgetting.c.entry)).scalar_one()
        leaves = set(conn.execute(select(LEAF.c.commitment)).scalars())
    assert (done.state, done.subject) == ("done", None)
    assert hashlib.sha256(b"duly.forgotten.v1" + entry).digest() in leaves
    assert str(number).encode() not in entry
    assert officers.carry_out() == 0


def test_one_that_was_cut_off_is_carried_out_in_the_end(
    officers: Officers, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = officers.place.app
    officers.approve(officers.ask(OTHER))
    number = officers.number(OTHER)
    real = rotation.retire_epoch

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, "retire_epoch", cut)
    with pytest.raises(KeyboardInterrupt):
        officers.carry_out()
    monkeypatch.setattr(rotation, "retire_epoch", real)
    assert officers.carry_out() == 1
    assert app.keys.epochs() == (3,)
    with looking(app.store).read() as conn:
        assert app.vault.forgotten(conn, [number]) == {number}


def test_what_is_open_and_what_law_keeps_holds_and_says_until_when(officers: Officers) -> None:
    place, app = officers.place, officers.place.app
    place.tell(known(MOTHER), account(MOTHER))
    place.tell(birth())
    for day in ("2025-03-28", "2025-04-28"):
        place.day(day)
    for person in (MOTHER, CHILD):
        with pytest.raises(Conflict, match="still to be paid") as held:
            officers.approve(officers.ask(person))
        assert "Settle what is open" in held.value.hint
    with looking(app.store).read() as conn:
        kept = [one for one in holds_of(conn, app.pack, officers.number(MOTHER), officers.today) if one.law]
    assert [(one.law, one.until) for one in kept] == [("Bokføringsloven § 13", 22_280)]  # 1 January 2031


def test_others_go_on_when_somebody_near_them_is_forgotten(officers: Officers) -> None:
    """A parent without anything due is forgotten; the other parent and the child keep theirs."""
    place, app = officers.place, officers.place.app
    place.tell(known(MOTHER))
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    before = place.stands(key, "2025-05-01")
    app.vault.forget(officers.number(FATHER))
    place.tell(move("n1", "0301", "2025-01-01", MOTHER), move("n2", "0301", "2025-01-01", CHILD))
    place.day("2025-04-28")
    assert place.stands(key, "2025-05-01") == before
    going = app.everyone()
    run = going.begin((), "A test.", None)
    while run.state == "running":
        run = going.step(run)
    app.worker.run_until_idle()
    assert place.stands(key, "2025-05-01") == before


@ON_SQLITE
def test_the_commands_do_it_from_the_request_to_the_restored_backup(
    officers: Officers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = officers.place.app.settings
    for name in ("directory", "keys", "mode", "begins", "cache", "database"):
        monkeypatch.setenv(f"DULY_{name.upper()}", str(getattr(settings, name)))

    def run(*words: str, given: str = "", code: int = 0) -> str:
        told = CliRunner().invoke(cli, [*words], input=given)
        assert told.exit_code == code, (told.output, told.exception)
        return told.output

    def key(name: str) -> tuple[str, str]:
        return "--key", str(tmp_path / f"{name}.key")

    run("backup", str(tmp_path / "old.db"), "--sheet", str(tmp_path / "old.sheet"))
    asked = ("forget", "ask", "-", "--ground", "request", "--reason", "They asked.", *key("Ada"))
    assert "Request 1" in run(*asked, given=f"no.fnr:{OTHER}\n")
    run("forget", "approve", "1", *key("Grace"))
    run("forget", "carry-out", code=1)  # which backups?
    told = json.loads(run("forget", "carry-out", "--sheet", str(tmp_path / "new.sheet"), "--json"))
    assert (told["forgotten"], told["epoch"]) == (1, 2)
    assert "Nothing is approved" in run("forget", "carry-out", "--no-backups")
    assert "1 forgotten" in run("forget", "list")
    assert json.loads(run("forget", "list", "--json"))[0]["asked_by"] == "Ada"
    for sheet in ([], ["--sheet", str(tmp_path / "old.sheet")]):
        run("restore", str(tmp_path / "old.db"), str(tmp_path / "new.db"), *sheet, code=1)
        assert not list(tmp_path.glob("new.db*"))
    new = ("--sheet", str(tmp_path / "new.sheet"))
    assert "1 forgotten since" in run("restore", str(tmp_path / "old.db"), str(tmp_path / "new.db"), *new)
    monkeypatch.setenv("DULY_DATABASE", f"sqlite:///{tmp_path / 'new.db'}")
    run("forget", "ask", f"no.fnr:{OTHER}", "--ground", "request", "--reason", "x", *key("Ada"), code=1)
    run("forget", "ask", f"no.fnr:{FATHER}", "--ground", "request", "--reason", "x", *key("Ada"))
