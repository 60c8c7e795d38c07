"""Where one is signed in: the page shows one's own sessions and ends them, over a restart of the server."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner
from web_town import CACHE, MOTHER, NEIGHBOUR, Browser, Town, browse, register

from duly.cli import app as duly
from duly.web.signed_in import browser_of

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NUMBER = re.compile(r'name="session" value="([0-9]+)"')
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Version/18 Safari/604"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Town:
    made = Town(tmp_path_factory.mktemp("town"), "2025-03-04")
    made.take([register(MOTHER, "Ingrid Berg", "1990-01-01"), register(NEIGHBOUR, "Nils Nabo", "1970-04-04")])
    made.app.worker.run_until_idle()
    return made


def signed_in(town: Town, person: str, agent: str) -> Browser:
    browser = browse(town)
    browser.headers["user-agent"] = agent
    browser.be(person)
    return browser


def test_ones_own_are_shown_and_ended_elsewhere(town: Town) -> None:
    here, there = signed_in(town, MOTHER, FIREFOX), signed_in(town, MOTHER, PHONE)
    neighbour = signed_in(town, NEIGHBOUR, FIREFOX)
    page = here.page("/sessions")
    assert page.count("last used") == 2
    assert "Firefox, Linux" in page
    assert "Safari, iPhone" in page
    here.send("/sessions", "/sessions", session="others")
    assert here.page("/sessions").count("last used") == 1
    assert there.client.get("/me", headers={"accept": "application/json"}).status_code == 401
    assert neighbour.page("/me")


def test_another_persons_session_is_not_ended(town: Town) -> None:
    one, other, elsewhere = (signed_in(town, who, PHONE) for who in (MOTHER, NEIGHBOUR, NEIGHBOUR))
    theirs = NUMBER.findall(other.page("/sessions"))
    assert len(theirs) >= 1
    for number in theirs:
        one.send("/sessions", "/sessions", session=number)
    assert elsewhere.page("/me")
    other.send("/sessions", "/sessions", session=theirs[-1])
    assert elsewhere.client.get("/me", headers={"accept": "application/json"}).status_code == 401


def test_the_server_is_started_anew_and_nobody_signs_in_again(town: Town) -> None:
    before = signed_in(town, MOTHER, FIREFOX)
    after = browse(town)
    after.client.cookies.update(before.client.cookies)
    assert "Ingrid Berg" in after.page("/sessions")


def test_nobody_sees_no_sessions(town: Town) -> None:
    answer = browse(town).client.get("/sessions", headers={"accept": "application/json"})
    assert answer.status_code == 401


def test_a_keeper_lists_and_ends_an_officers(town: Town) -> None:
    officer = browse(town)
    officer.be_officer("nav-1")
    assert "Where you are signed in" in officer.page("/sessions")
    given = ["--directory", str(town.app.settings.directory), "--demo"]
    environment = {"DULY_CACHE": str(CACHE)}
    listed = CliRunner().invoke(duly, ["sessions", "list", "--json", *given], env=environment)
    assert '"officer": "nav-1"' in listed.stdout
    assert "Ingrid" not in listed.stdout
    ended = CliRunner().invoke(duly, ["sessions", "end", "nav", "nav-1", *given], env=environment)
    assert "Sessions ended: 1." in ended.stdout
    assert officer.client.get("/officer", headers={"accept": "application/json"}).status_code == 401


@pytest.mark.parametrize(
    ("agent", "said"),
    [(FIREFOX, "Firefox, Linux"), (PHONE, "Safari, iPhone"), ("curl/8", ""), ("<script>Firefox", "Firefox")],
)
def test_a_browser_is_called_what_people_call_it(agent: str, said: str) -> None:
    assert browser_of(agent) == said
