"""A person asks on the page to be forgotten: two officers answer in time, and the person is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from looking import looking
from sqlalchemy import update
from two_people import two_keys
from web_town import FATHER, MOTHER, NEIGHBOUR, Browser, Town, birth, browse, event, family

from duly.clock import SystemClock
from duly.errors import Conflict, Denied
from duly.forget import Forgotten, Request, approve, carry_out, refuse, requests, take_up
from duly.forget.tables import forgetting
from duly.notices.tables import notice
from duly.reform import LawKey
from duly.timeline import to_iso
from duly.vault import Identifier, rotation
from duly.web.sessions import Sessions

ASKS = "2025-01-31"
SIGNED_OUT = "Choose who you are"


class Office:
    """A town in which people ask, and the two officers who answer."""

    def __init__(self, folder: Path, url: str) -> None:
        self.town = Town(folder / "home", ASKS, database=url)
        family(self.town)
        spoken = {"person": NEIGHBOUR, "language": "en", "since": "2020-01-01"}
        self.town.take([event("no.krr.language.v1", spoken | {"person": one}) for one in (NEIGHBOUR, MOTHER)])
        self.town.app.worker.run_until_idle()
        self.ada, self.grace = two_keys(self.town.app, folder)

    @property
    def today(self) -> int:
        return self.town.app.clock.today()

    @property
    def now(self) -> int:
        return self.town.app.clock.now()

    def requests(self) -> list[Request]:
        with self.town.app.store.read() as conn:
            return requests(conn)

    def states(self) -> list[str]:
        return [one.state for one in self.requests()]

    def take_up(self, number: int, key: LawKey | None = None) -> None:
        with self.town.app.store.write() as conn:
            take_up(conn, number, key or self.ada, today=self.today, now=self.now)

    def approve(self, number: int, key: LawKey | None = None) -> None:
        app = self.town.app
        with app.store.write() as conn:
            approve(conn, app.pack, number, key or self.grace, today=self.today, now=self.now)

    def refuse(self, number: int, why: str) -> None:
        with self.town.app.store.write() as conn:
            refuse(conn, number, why, self.grace, today=self.today, now=self.now)

    def carry_out(self) -> Forgotten | None:
        app = self.town.app
        return carry_out(
            store=app.store, vault=app.vault, keys=app.keys, ledger=app.ledger, pack=app.pack, sheet=None,
            today=self.today, now=self.now,
            ends=Sessions(app.store, app.keys, SystemClock("UTC").now).end_of_people,
        )  # fmt: skip

    def asks(self, browser: Browser) -> str:
        page = browser.send("/me/erasure", "/me/erasure")
        self.town.app.worker.run_until_idle()
        return page


@pytest.fixture
def office(tmp_path: Path, store_url: str) -> Iterator[Office]:
    made = Office(tmp_path, store_url)
    yield made
    made.town.close()


@pytest.fixture
def neighbour(office: Office) -> Browser:
    found = browse(office.town)
    found.be(NEIGHBOUR)
    return found


def newest(browser: Browser) -> str:
    return browser.page(re.findall(r'href="(/me/notices/\d+)"', browser.page("/me/notices"))[0])


def test_who_asks_is_answered_told_forgotten_and_signed_out(office: Office, neighbour: Browser) -> None:
    assert 'href="/me/erasure"' in neighbour.page("/me/facts")
    assert "Nothing. It can be deleted." in neighbour.page("/me/erasure")
    office.asks(neighbour)
    (asked,) = office.requests()
    assert (asked.state, asked.ground, to_iso(asked.wanted_on)) == ("wanted", "request", ASKS)
    assert to_iso(asked.answer_by) == "2025-02-28"  # a month later there is no 31st
    assert "by 28 February 2025 at the latest" in neighbour.page("/me/erasure")
    with pytest.raises(Conflict, match="taken this up"):
        office.approve(asked.number)
    office.take_up(asked.number)
    with pytest.raises(Denied, match="two people"):
        office.approve(asked.number, office.ada)
    office.approve(asked.number)
    waits = office.carry_out()
    assert waits is not None
    assert (waits.requests, waits.waits) == ((), (asked.number,))  # nobody told them yet
    office.town.app.worker.run_until_idle()
    assert "Two people have looked at it and said yes." in newest(neighbour)
    assert "Two people have said yes." in neighbour.page("/me/erasure")
    done = office.carry_out()
    assert done is not None
    assert (done.requests, done.waits) == ((asked.number,), ())
    assert SIGNED_OUT in neighbour.page("/me")
    assert SIGNED_OUT in neighbour.send("/sign-in", "/sign-in", identifier=NEIGHBOUR)
    office.town.app.worker.run_until_idle()
    assert office.carry_out() is None


def test_a_refusal_cites_the_law_that_holds_it(office: Office) -> None:
    town = office.town
    town.take([birth("2024-12-03")])
    town.app.worker.run_until_idle()
    for day in ("2025-02-28", "2025-03-28"):
        town.on(day)
    mother = browse(town)
    mother.be(MOTHER)
    page = mother.page("/me/erasure")
    assert "Records of payments have to be kept. The rule: Bokføringsloven § 13." in page
    assert "until 1 January 2031" in page
    office.asks(mother)
    (asked,) = office.requests()
    office.take_up(asked.number)
    with pytest.raises(Conflict, match="Bokføringsloven § 13"):
        office.approve(asked.number)
    office.refuse(asked.number, "You still get child benefit.")
    town.app.worker.run_until_idle()
    letter = newest(mother)
    for told in (
        "It cannot be deleted now.",
        "The rule: Bokføringsloven § 13.",
        "Something is still to be paid",
        "The reason: You still get child benefit.",
        "Datatilsynet",
    ):
        assert told in letter
    before = mother.page("/me/notices").count("/me/notices/")
    town.app.worker.run_until_idle()
    assert mother.page("/me/notices").count("/me/notices/") == before
    page = mother.page("/me/erasure")
    assert "You still get child benefit." in page
    assert "Ask to have it deleted" not in page  # of that day it is answered
    town.on("2025-03-29")
    office.asks(mother)
    assert office.states() == ["refused", "wanted"]


def test_what_was_taken_back_is_nobodys_to_carry_out(office: Office, neighbour: Browser) -> None:
    office.asks(neighbour)
    neighbour.send("/me/erasure/take-back", "/me/erasure")
    office.town.app.worker.run_until_idle()
    assert office.states() == ["withdrawn"]
    with pytest.raises(Conflict, match="withdrawn"):
        office.take_up(1)
    office.asks(neighbour)  # another day's word would be another request; this one is the same day's again
    office.town.on("2025-02-03")
    office.asks(neighbour)
    assert office.states()[-1] == "wanted"
    office.take_up(office.requests()[-1].number)
    office.approve(office.requests()[-1].number)
    office.town.app.worker.run_until_idle()
    neighbour.send("/me/erasure/take-back", "/me/erasure")
    office.town.app.worker.run_until_idle()
    assert office.carry_out() is None
    assert "What is deleted" in neighbour.page("/me/erasure")


def test_asked_twice_is_asked_once_and_the_first_deadline_stands(office: Office, neighbour: Browser) -> None:
    office.asks(neighbour)
    office.town.on("2025-02-20")
    office.asks(neighbour)
    (asked,) = office.requests()
    assert to_iso(asked.answer_by) == "2025-02-28"
    assert not asked.is_late(asked.answer_by)
    office.town.on("2025-03-01")
    assert asked.is_late(office.today)
    assert "should have come by 28 February 2025" in neighbour.page("/me/erasure")


def test_what_law_holds_by_the_day_of_carrying_out_waits(office: Office, neighbour: Browser) -> None:
    office.asks(neighbour)
    office.take_up(1)
    office.approve(1)
    office.town.app.worker.run_until_idle()
    said = {"person": NEIGHBOUR, "fact": "Person.municipality", "held": '"0301"', "since": ASKS,
            "first": "1970-04-04"}  # fmt: skip
    office.town.tell("no.self.fact-contest.v1", said | {"words": "I live elsewhere."})
    waits = office.carry_out()
    assert waits is not None
    assert (waits.requests, waits.waits) == ((), (1,))
    office.town.tell("no.self.fact-contest.v1", said | {"withdrawn": True, "since": "2025-02-01"})
    done = office.carry_out()
    assert done is not None
    assert done.requests == (1,)


def test_a_session_ends_though_the_carrying_out_was_cut_off(
    office: Office, neighbour: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.asks(neighbour)
    office.take_up(1)
    office.approve(1)
    office.town.app.worker.run_until_idle()
    father = browse(office.town)
    father.be(FATHER)

    def cut(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(rotation, "begin_hash", cut)
    with pytest.raises(KeyboardInterrupt):
        office.carry_out()
    assert SIGNED_OUT in neighbour.page("/me")
    assert SIGNED_OUT not in father.page("/me")
    monkeypatch.undo()
    done = office.carry_out()
    assert done is not None
    assert done.requests == (1,)


def test_a_notice_that_did_not_leave_in_time_stops_nobody(office: Office, neighbour: Browser) -> None:
    app = office.town.app
    office.asks(neighbour)
    office.take_up(1)
    office.approve(1)
    app.worker.run_until_idle()
    with looking(app.store).read() as conn:
        number = app.vault.find(conn, [Identifier("no.fnr", NEIGHBOUR)])
    assert list(number.values()) == [office.requests()[0].subject]
    with app.store.write() as conn:
        conn.execute(update(notice).values(handed_over=False))
        assert office.requests()[0].told == "approved"
    waits = office.carry_out()
    assert waits is not None
    assert waits.waits == (1,)
    with app.store.write() as conn:
        conn.execute(update(forgetting).values(wanted_on=0))  # as if an officer had asked
    assert office.carry_out() is not None
    office.town.tell("no.krr.language.v1", {"person": FATHER, "language": "nb", "since": "2025-01-01"})
    with app.store.read() as conn:
        assert not conn.execute(notice.select().where(~notice.c.handed_over)).all()


def test_nobody_else_sees_that_somebody_asks(office: Office) -> None:
    town = office.town
    town.take([birth("2024-12-03")])
    town.app.worker.run_until_idle()
    father, mother = browse(town), browse(town)
    father.be(FATHER)
    mother.be(MOTHER)
    pages = ["/me", "/me/facts", "/me/notices", "/me/choices", "/me/erasure"]
    before = [tokenless(father.page(path)) for path in pages]
    office.asks(mother)
    assert office.states() == ["wanted"]
    assert [tokenless(father.page(path)) for path in pages] == before


def tokenless(page: str) -> str:
    """Without what differs with every look: the form's token and the list of one's own looks."""
    return re.sub(r'name="token" value="[^"]+"', "", page).partition('id="uses"')[0]
