"""Marked people are opened by every path there is, and each opening has its entry in the ledger.

The paths are the server's routes, the commands, the worker's step and the runs; a new one of them fails here
until it says how it is reached, and so does a new place in the code that opens something, until a path leads
there.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from canaries import Watch, reached, sites
from every_command import Keepers, left_out, walked
from litestar.testing import TestClient
from two_worlds import PORTAL, number
from web_routes import PARAMETER, Door, doors
from web_town import (
    CACHE,
    CHILD,
    FATHER,
    MOTHER,
    NEIGHBOUR,
    TOKEN,
    Browser,
    Town,
    account,
    birth,
    event,
    practice,
    register,
)

from duly.app import App, build
from duly.delivery import cases
from duly.web.server import create

BEGINS = "2025-10-02"
NOTHING_PERSONAL = ("/static", "/schema")


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    given = {"DIRECTORY": tmp_path, "MODE": "demo", "CACHE": CACHE, "BEGINS": BEGINS,
             "DATABASE": f"sqlite:///{tmp_path / 'duly.db'}", "REFORM": "procedure"}  # fmt: skip
    for name, value in given.items():
        monkeypatch.setenv(f"DULY_{name}", str(value))
    made = Town(tmp_path, BEGINS)
    yield made
    made.close()


MARKED = (MOTHER, CHILD)


def arrive(town: Town) -> None:
    """The marked come into the world: she is protected, and something of hers waits for a human."""
    home = {"child": CHILD, "since": "2025-03-03", "shared": "split"}
    town.take(
        [
            register(MOTHER, "Canary One", "1990-01-01", "5601", protected=True),
            register(FATHER, "Jonas Berg", "1988-02-02"),
            register(NEIGHBOUR, "Nils Nabo", "1970-04-04"),
            account(MOTHER),
            *practice(MOTHER, "P1001", "2020-01-01"),
            birth("2025-03-03", name="Canary Two", lives_with=[], municipality="5601"),
            event("no.folkeregisteret.care.v1", {**home, "carer": MOTHER, "role": "mother"}),
            event("no.folkeregisteret.care.v1", {**home, "carer": FATHER, "role": "father"}),
        ]
    )


def live(town: Town) -> None:
    """Time goes on: payments, a contest, a loss that waits, an answer, a parked and a corrected message."""
    town.app.worker.run_until_idle()
    town.on("2025-11-25")
    town.tell("no.self.contest.v1", {"person": MOTHER, "contest": "It is wrong", "since": "2025-11-25"})
    town.tell("no.folkeregisteret.emigration.v1", {"person": MOTHER, "since": "2025-11-20"})
    waiting = event("no.folkeregisteret.move.v1", None, action="cancel", corrects="unheard")
    town.take([waiting])
    town.app.worker.run_until_idle()


def open_case(town: Town) -> int:
    with town.app.store.read() as conn:
        return cases.open_cases(conn, "nav", 10)[0].number


# Routes

Ways = dict[str, Callable[[Town, Browser], str]]
WAYS: Ways = {
    "steps": lambda *_: "0/000",
    "language": lambda *_: "nb",
    "programme": lambda *_: "barnetrygd.ordinary",
    "holder": lambda town, _: str(number(town, MOTHER)),
    "about": lambda town, _: str(number(town, CHILD)),
    "child": lambda town, _: str(number(town, CHILD)),
    "/me/uses mark": lambda _, browser: link(browser, "/me/uses", r"/me/uses/([^/\"]+)/receipt"),
    "/me/facts mark": lambda _, browser: link(browser, "/me/facts", r"/me/facts/([^/\"]+)/wrong"),
    "/me/contests mark": lambda *_: "none",
    "/me/notices number": lambda *_: "1",
    "/me/choices name": lambda *_: "benefit",
    "/officer/cases number": lambda town, _: str(open_case(town)),
    "/officer/cases name": lambda *_: "none",
    "/officer/law number": lambda *_: "1",
    "/law number": lambda *_: "1",
    "/demo name": lambda *_: "birth",
}
"""What stands in place of a parameter, everywhere or under an address, so that the marked are met."""
LOOKED_UP = {"identifier": MOTHER, "purpose": "child-benefit", "reason": "It is needed"}
FORMS: dict[str, dict[str, str]] = {
    "/me/choices/delivery/{name:str}": {"answer": "automatic"},
    "/me/choices/recipient/{child:int}": {"answer": "me"},
    "/me/contest/{programme:str}/{holder:int}/{about:int}": {"text": "This is wrong"},
    "/officer/cases/{number:int}": {"answer": "differ", "reason": "I have looked"},
    "/me/facts/{mark:str}/wrong": {"text": "I live elsewhere"},
    "/me/contests/{mark:str}/take-back": {},
    "/me/ask/{programme:str}/{holder:int}/{about:int}": {"text": "Please call me"},
    "/me/erasure": {},
    "/me/erasure/take-back": {},
    "/officer/cases/{number:int}/contests/{name:str}": {"answer": "stands", "reason": "I have looked"},
    "/officer/look-up": LOOKED_UP,
    "/sign-in": {"identifier": MOTHER},
    "/sign-in/filled": {"identifier": MOTHER},
    "/sign-out": {},
    "/sessions": {},
    "/demo/clock": {"to": "2025-11-25"},
    "/demo/take-back": {},
    "/demo/{name:str}": {},
    "/events": {},
    "/uses": {},
    "/dci/registry/notify": {},
}
"""What is sent."""
REFUSES = {"/ledger/checkpoint/counting", "/ledger/tile/{steps:path}", "/dci/registry/notify", "/uses",
           "/demo/clock", "/demo/{name:str}", "/demo/take-back", "/me/contests/{mark:str}/take-back",
           "/officer/cases/{number:int}/contests/{name:str}"}  # fmt: skip
"""Routes with nothing to take or give here: no witness and no sender signs, no fact is contested before."""
STEP = {"family", "identity", "residence", "protection", "account", "contact", "entitlement",
        "decision", "order", "notice", "case"}  # fmt: skip
"""Categories that the worker opens from the birth to the payment and the case."""
OPENS = {
    "/me", "/me/uses", "/me/uses/{mark:str}/receipt", "/me/notices", "/me/notices/{number:int}",
    "/me/choices",
    "/me/choices/delivery/{name:str}", "/me/choices/recipient/{child:int}",
    "/me/contest/{programme:str}/{holder:int}/{about:int}", "/officer", "/officer/cases/{number:int}",
    "/officer/look-up", "/v2/findUsage", "/events",
}  # fmt: skip
"""Routes that must be seen to open something of the marked, or the walk proves nothing."""


def link(browser: Browser, path: str, pattern: str) -> str:
    """What a page links to."""
    found = re.search(pattern, browser.page(path))
    assert found is not None, path
    return found[1]


def address_of(town: Town, browser: Browser, door: Door) -> str:
    """The route with something in place of each parameter."""

    def filled(found: re.Match[str]) -> str:
        under = [at for at in WAYS if " " in at and door.path.startswith(at.split()[0])]
        named = [at for at in under if at.split()[1] == found[1]]
        return WAYS[named[0] if named else found[1]](town, browser)

    return PARAMETER.sub(filled, door.path)


def asked(town: Town, server: Any, door: Door) -> int:
    """A door opened as those whom it serves, in a browser of its own; the status of its answer."""
    browser = Browser(TestClient(server, raise_server_exceptions=False))
    officer = door.path.startswith("/officer")
    cleared = "nav-1" if door.path == "/officer" else "nav-3"  # for others the list is looked through
    browser.be_officer(cleared) if officer else browser.be(MOTHER)
    address = address_of(town, browser, door)
    if door.path.startswith("/v2"):
        headers = {"x-road-client": PORTAL, "x-road-userid": f"NO{MOTHER}"}
        answer = browser.client.get(address, params={"userCode": f"NO{MOTHER}"}, headers=headers)
    elif door.path == "/events":
        body = json.loads(
            event("no.krr.language.v1", {"person": MOTHER, "language": "nb", "since": "2025-01-01"}).body
        )
        kind = {"content-type": "application/cloudevents+json"}
        answer = browser.client.post(address, json=body, headers=kind)
    elif door.method == "POST":
        shown = TOKEN.search(browser.page("/officer/look-up" if officer else "/me/choices"))
        form = {"token": shown.group(1) if shown else "", **FORMS[door.path]}
        answer = browser.client.post(address, data=form, headers=browser.headers)
    else:
        answer = browser.client.request(door.method, address, headers=browser.headers)
    return answer.status_code


def through_routes(town: Town, watch: Watch) -> None:
    told = {"x_road_servers": "testclient", "x_road_clients": PORTAL}
    object.__setattr__(town.app, "settings", msgspec.structs.replace(town.app.settings, **told))
    server = create(town.app)
    opened, missed = set[str](), list[tuple[str, str, int]]()
    for door in sorted(doors(server), key=lambda one: (one.path, one.method)):
        if door.method in ("OPTIONS", "HEAD") or door.path.startswith(NOTHING_PERSONAL):
            continue
        status = asked(town, server, door)
        if status >= 400 and door.path not in REFUSES:
            missed.append((door.method, door.path, status))
        before = watch.take(f"{door.method} {door.path}")
        town.app.worker.run_until_idle()
        after = watch.take(f"what follows {door.method} {door.path}")
        opened |= {door.path} if before | after else set()
    assert missed == [], "say in WAYS and FORMS how the new route is reached"
    assert opened >= OPENS, OPENS - opened


# Commands


COMMANDS_THAT_OPEN = {
    "intake",
    "inbox show",
    "law dry-run",
    "run",
    "restore",
    "keys rotate",
    "forget carry-out",
}


def test_every_command_is_walked() -> None:
    assert left_out() == set(), "say in tests/every_command.py how the new command is called"


def through_commands(town: Town, watch: Watch, folder: Path) -> None:
    keepers = Keepers(town, folder, MOTHER, NEIGHBOUR)
    opened: set[str] = set()
    for path, _ in walked(keepers):
        with beside(town, keepers) if path == "restore" else nullcontext(None) as restored:
            if watch.take(path, restored):
                opened.add(path)
    assert opened >= COMMANDS_THAT_OPEN, COMMANDS_THAT_OPEN - opened


@contextmanager
def beside(town: Town, keepers: Keepers) -> Generator[App]:
    """The database that was restored, with the town's keys."""
    database = f"sqlite:///{keepers.file('restored.db')}"
    app = build(msgspec.structs.replace(town.app.settings, database=database))
    yield app
    app.close()


# All of it

TESTS = Path(__file__).parents[1]
ELSEWHERE = {
    "delivery/corrections.py untold": "integration/test_contests.py",
    "delivery/enrolments.py read": "integration/test_step.py",
    "entitlements/exchanges.py _known": "integration/test_exchanges.py",
    "events/queue.py _reason": "integration/test_intake_cli.py",
    "events/renewal.py _reasons": "contract/test_rotation.py",
    "facts/record.py replayed": "integration/test_replay.py",
    "web/facts.py named": "integration/test_contest_pages.py",
}
"""Places that open something and that no path here leads to, with the test that walks them."""


def test_each_opening_on_every_path_is_in_the_ledger(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch = Watch(town, MARKED, monkeypatch)
    arrive(town)
    live(town)
    assert watch.take("the step") >= STEP
    through_routes(town, watch)
    through_commands(town, watch, tmp_path / "keepers")
    left = {f"{site.file} {site.function}" for site in sites().keys() - reached(watch.lines)}
    assert all((TESTS / test).is_file() for test in ELSEWHERE.values())
    assert left <= set(ELSEWHERE), "a place opens something, and no path that is walked leads to it"
