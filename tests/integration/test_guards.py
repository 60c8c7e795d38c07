"""Every route and every command is behind a guard: open to anybody for a reason, or really denied."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from litestar.testing import TestClient
from sqlalchemy import update
from web_town import MOTHER, Browser, Town, family

from duly.cli import app as command_line
from duly.cli.guards import GUARDS, Open, commands, guard_of
from duly.errors import Denied
from duly.law.pack import find
from duly.vault import FileKeys
from duly.web import eid
from duly.web.asked import SERVES
from duly.web.server import create
from duly.web.tables import web_session

COMMANDS = dict(commands(command_line))
GUARDED = sorted(path for path in COMMANDS if not isinstance(guard_of(path), Open))
FOR = {"persons": {"person"}, "officers": {"officer"}, "signed in": {"person", "officer"}}


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    made = Town(tmp_path_factory.mktemp("town"), "2025-03-04", rate_sign_in="600")
    family(made)
    yield made
    made.close()


def served(server: Litestar) -> list[tuple[str, str, Any]]:
    """Each method of each route: an address that fits it, the method, what it says of itself."""
    found: list[tuple[str, str, Any]] = []
    for route in server.routes:
        if isinstance(route, HTTPRoute):
            address = re.sub(r"\{[^}]*:(\w+)\}", lambda m: "1" if m[1] == "int" else "x", route.path)
            handlers = {method: one for one in route.route_handlers for method in one.http_methods}
            found += [(address, method, one.opt) for method, one in handlers.items() if method != "OPTIONS"]
    return found


def test_every_route_says_whom_it_serves_and_denies_everybody_else(town: Town) -> None:
    server = create(town.app)
    browsers = {who: Browser(TestClient(server)) for who in ("nobody", "person", "officer", "keyless")}
    browsers["person"].be(MOTHER)
    browsers["officer"].be_officer("nav-1")
    routes = served(server)
    assert len(routes) > 30
    asked = 0
    for address, method, opt in routes:
        serves = opt.get(SERVES)
        if serves == "operators":
            assert {
                one.client.request(method, address, follow_redirects=False).status_code
                for one in browsers.values()
            } == {401}, address
            asked += 1
        if serves in ("anybody", "sources", "operators"):
            assert len(opt["why"]) > 10, address
            continue
        for who in {"nobody", "person", "officer"} - FOR[serves]:
            answer = browsers[who].client.request(method, address, follow_redirects=False)
            assert answer.status_code in (401, 403), (who, method, address)
            asked += 1
        for who in FOR[serves] if method == "GET" else ():
            answer = browsers[who].client.request(method, address, follow_redirects=False)
            assert answer.status_code not in (401, 403), (who, method, address)
    assert asked > 20


def test_the_pages_of_providers_say_whom_they_serve() -> None:
    assert eid.router().opt[SERVES] == "anybody"


def test_the_description_of_the_doors_is_open(town: Town) -> None:
    with TestClient(create(town.app)) as client:
        assert client.get("/schema/openapi.json").status_code == 200


def test_a_route_that_says_nothing_serves_nobody(town: Town) -> None:
    server = create(town.app)
    for route in server.routes:
        if isinstance(route, HTTPRoute) and route.path == "/healthz":
            for handler in route.route_handlers:
                handler.opt.pop(SERVES, None)
    with TestClient(server) as client:
        assert client.get("/healthz").status_code == 403


def test_an_officer_without_a_role_is_served_nothing(town: Town) -> None:
    server = create(town.app)
    browser = Browser(TestClient(server))
    browser.be_officer("nav-1")
    with town.app.store.write() as conn:
        conn.execute(update(web_session).values(role="visitor"))
    assert browser.client.get("/officer").status_code == 403
    assert browser.client.post("/officer/look-up").status_code == 403


def test_every_command_is_open_for_a_reason_or_a_deed() -> None:
    assert set(GUARDS) - set(COMMANDS) <= {"ledger check-receipt"}
    for path in COMMANDS:
        asked = guard_of(path)
        assert not isinstance(asked, Open) or len(asked.why) > 10


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Somebody who may not read the keys of the installation."""
    keys = tmp_path / "keys.json"
    FileKeys.create(keys)
    keys.chmod(0)
    for name, value in (("KEYS", keys), ("DIRECTORY", tmp_path), ("MODE", "production"), ("PACK", "norway")):
        monkeypatch.setenv(f"DULY_{name}", str(value))
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    yield
    os.seteuid(user)


@pytest.mark.usefixtures("stranger")
def test_every_guarded_command_is_denied_to_a_stranger() -> None:
    assert len(GUARDED) > 20
    for path in GUARDED:
        with pytest.raises(Denied, match="keep the installation"):
            COMMANDS[path].callback()


def test_a_keeper_is_denied_what_the_pack_does_not_permit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = Path(shutil.copytree(find("norway"), tmp_path / "norway"))
    policies = pack / "policies" / "norway.cedar"
    policies.write_text(policies.read_text().replace('Role::"keeper"', 'Role::"nobody"'))
    monkeypatch.setenv("DULY_PACK", str(pack))
    monkeypatch.setenv("DULY_DIRECTORY", str(tmp_path / "data"))
    for path in ("run", "inbox list", "sources add", "keys rotate", "sessions end"):
        with pytest.raises(Denied, match="has no right to"):
            COMMANDS[path].callback()
