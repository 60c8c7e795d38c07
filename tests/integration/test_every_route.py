"""Every route that the server has, walked: headers, sizes, forms, hosts and how often one may ask."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from litestar.testing import TestClient
from structlog.testing import capture_logs
from web_routes import Door, doors
from web_town import MOTHER, TOKEN, Browser, Town, browse, family

from duly.app import Settings
from duly.events.tables import inbox
from duly.web.intake import MOST_BYTES
from duly.web.security import ENCRYPTED, HEADERS
from duly.web.server import create
from duly.web.site import FORM_BYTES

MESSAGES = {"/events", "/dci/registry/notify", "/uses"}
"""Messages of programs, which carry a key and no cookie."""
PUBLIC = ("/static", "/ledger/")
"""What is the same for everybody, and may be kept."""
CHANGES_NOTHING = {"/sign-in/filled"}
PAGE = {"accept": "text/html"}


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, "2025-03-04")
    family(made)
    yield made
    made.close()


def set_to(town: Town, **settings: Any) -> None:
    """Change settings of a wired app."""
    told = msgspec.structs.replace(town.app.settings, **settings)
    object.__setattr__(town.app, "settings", told)


def client_of(town: Town) -> TestClient[Any]:
    return TestClient(create(town.app), raise_server_exceptions=False)


def posts(town: Town) -> list[Door]:
    return [door for door in doors(create(town.app)) if door.method not in {"GET", "HEAD", "OPTIONS"}]


def received(town: Town) -> int:
    with town.app.store.read() as conn:
        return len(conn.execute(inbox.select()).all())


def strict(answer: Any, what: str) -> None:
    for name, value in HEADERS.items():
        assert answer.headers[name] == value, (what, name)
    if answer.status_code not in {204, 304} and answer.content:
        assert answer.headers["content-type"], what


def test_every_route_answers_with_the_strict_headers_whatever_it_answers(town: Town) -> None:
    client = client_of(town)
    for door in doors(create(town.app)):
        answer = client.request(door.method, door.address, headers=PAGE)
        strict(answer, f"{door.method} {door.path} {answer.status_code}")
        assert answer.headers["cache-control"] == "no-store" or door.path.startswith(PUBLIC), door.path


def test_every_kind_of_error_has_the_strict_headers_too(town: Town, monkeypatch: Any) -> None:
    def fails() -> None:
        raise RuntimeError(MOTHER)

    monkeypatch.setattr(type(town.app.keeper), "standing", lambda _: fails())
    set_to(town, hosts="duly.example")
    client = client_of(town)
    here = {"host": "duly.example"}
    met = {
        client.get("/nothing", headers=here).status_code: client.get("/nothing", headers=here),
        405: client.delete("/", headers=here),
        401: client.get("/me", headers=here),
        421: client.get("/", headers={"host": "evil.example"}),
        403: client.post("/sign-out", headers={**here, "sec-fetch-site": "cross-site"}),
        413: client.post("/sign-in", content=b"a" * (FORM_BYTES + 1), headers=here),
        500: client.get("/ledger", headers=here),
        415: client.post("/events", content=b"{}", headers={**here, "content-type": "text/plain"}),
    }
    for status, answer in met.items():
        assert answer.status_code == status, (status, answer.text)
        assert answer.headers["content-type"] == "application/problem+json", status
        assert MOTHER not in answer.text
        strict(answer, str(status))


def test_outside_the_demo_every_answer_insists_on_tls(town: Town) -> None:
    assert "strict-transport-security" not in client_of(town).get("/").headers
    set_to(town, mode="production")
    client = client_of(town)
    for path, status in (("/", 200), ("/nothing", 404), ("/static/ui.css", 200)):
        answer = client.get(path, headers={"host": "localhost"})
        assert answer.status_code == status
        for name, value in ENCRYPTED.items():
            assert answer.headers[name] == value


def test_signing_out_leaves_nothing_in_the_browser(town: Town) -> None:
    browser = browse(town)
    browser.be(MOTHER)
    found = TOKEN.search(browser.page("/me/choices"))
    assert found is not None
    answer = browser.client.post("/sign-out", data={"token": found.group(1)}, follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["clear-site-data"] == '"cache", "storage"'


def test_no_page_loads_or_runs_anything_of_its_own(town: Town) -> None:
    browser = browse(town)
    pages = [browser.be(MOTHER), *(browser.page(path) for path in ("/", "/me/uses", "/me/choices", "/law"))]
    for text in pages:
        assert "<script" not in text
        assert " style=" not in text
        assert " onclick=" not in text


def test_every_route_has_a_size_that_it_takes_at_most(town: Town) -> None:
    found = doors(create(town.app))
    assert len(found) > 30
    for door in found:
        most = door.handler.resolve_request_max_body_size()
        assert most is not None, door.path
        assert most <= (MOST_BYTES if door.path in MESSAGES else FORM_BYTES), door.path


def test_every_route_refuses_more_than_its_size(town: Town) -> None:
    browser = browse(town)
    browser.be(MOTHER)
    for door in posts(town):
        if door.path in MESSAGES:
            continue  # 20 MB each; test_intake_http sends them
        kind = {
            "content-type": "application/json"
            if "clock" in door.path
            else "application/x-www-form-urlencoded"
        }
        body = b"token=" + b"a" * FORM_BYTES
        answer = browser.client.request(door.method, door.address, content=body, headers=kind)
        assert answer.status_code in {401, 403, 404, 413}, (door.path, answer.status_code)


def test_no_form_works_without_its_token(town: Town) -> None:
    before = received(town)
    person, officer = browse(town), browse(town)
    person.be(MOTHER)
    officer.be_officer("nav-1")
    for door in posts(town):
        if door.path in MESSAGES | CHANGES_NOTHING or door.path.startswith("/demo"):
            continue
        met = {
            browser.client.request(door.method, door.address, data=fields).status_code
            for browser in (person, officer)
            for fields in ({"a": "b"}, {"token": "x"}, {"token": other_token(town)})
        }
        assert 403 in met, (door.path, met)
        assert met <= {401, 403}, (door.path, met)
    assert received(town) == before


def other_token(town: Town) -> str:
    """A token that is somebody else's."""
    found = TOKEN.search(Browser(client_of(town)).page("/sign-in"))
    assert found is not None
    return found.group(1)


def test_nothing_that_another_sites_page_sends_is_taken(town: Town) -> None:
    before = received(town)
    browser = browse(town)
    browser.be(MOTHER)
    for door in posts(town):
        for told in ("cross-site", "same-site"):
            answer = browser.client.request(
                door.method, door.address, headers={"sec-fetch-site": told}, data={"a": "b"}
            )
            assert answer.status_code == 403, (door.path, told)
    assert received(town) == before


def test_only_posts_change_anything(town: Town) -> None:
    browser = browse(town)
    browser.be(MOTHER)
    before = received(town)
    for door in doors(create(town.app)):
        if door.method == "GET":
            browser.client.get(door.address, headers=PAGE)
    assert received(town) == before


def test_trace_and_unknown_methods_are_not_served(town: Town) -> None:
    client = client_of(town)
    for method in ("TRACE", "CONNECT", "PROPFIND"):
        assert client.request(method, "/").status_code in {404, 405, 501}


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "duly.example.", "", "[::1]evil"])
def test_a_server_answers_to_its_own_names_only(town: Town, host: str) -> None:
    set_to(town, mode="production", hosts="duly.example, www.duly.example")
    client = client_of(town)
    for good in ("duly.example", "DULY.example:443", "www.duly.example", "127.0.0.1:8000", "[::1]:8000"):
        assert client.get("/", headers={"host": good}).status_code == 200, good
    assert client.get("/", headers={"host": host}).status_code == 421


def test_no_host_is_needed_in_the_demo_unless_one_is_named(town: Town) -> None:
    assert client_of(town).get("/", headers={"host": "laptop.local"}).status_code == 200


def test_an_address_that_asks_too_often_waits_and_the_log_says_so_without_saying_who(town: Town) -> None:
    set_to(town, rate_pages=5)
    structlog.reset_defaults()
    client = client_of(town)
    with capture_logs() as lines:
        met = [client.get("/law", headers=PAGE | {"x-forwarded-for": str(number)}) for number in range(7)]
    assert [one.status_code for one in met] == [200] * 5 + [429] * 2
    assert int(met[-1].headers["retry-after"]) in range(1, 13)
    assert "Wait a minute" in met[-1].text
    assert client.get("/static/ui.css").status_code == 200
    assert client.get("/healthz").status_code == 200
    assert {
        "event": "turned away",
        "log_level": "warning",
        "status": 429,
        "title": "Asked too often",
    } in lines
    assert [line["status"] for line in lines if line["event"] == "request"] == [200] * 5 + [429] * 2


def test_behind_a_proxy_each_visitor_has_an_allowance_of_their_own(town: Town) -> None:
    set_to(town, rate_pages=2, proxies="testclient")
    client = client_of(town)

    def asked(address: str) -> int:
        return client.get("/law", headers={"x-forwarded-for": f"192.0.2.9, {address}"}).status_code

    assert [asked("198.51.100.1") for _ in range(3)] == [200, 200, 429]
    assert asked("198.51.100.2") == 200


def test_a_line_that_the_visitor_wrote_before_the_proxys_is_not_believed(town: Town) -> None:
    set_to(town, rate_pages=2, proxies="testclient")
    client = client_of(town)
    met = [
        client.get(
            "/law", headers=[("x-forwarded-for", f"192.0.2.{n}"), ("x-forwarded-for", "198.51.100.1")]
        ).status_code
        for n in range(3)
    ]
    assert met == [200, 200, 429]


def test_an_account_has_one_allowance_in_all_its_browsers(town: Town) -> None:
    set_to(town, rate_account=6, proxies="testclient")
    server = create(town.app)
    first, second, other = (Browser(TestClient(server)) for _ in range(3))
    for number, one in enumerate((first, second, other)):
        one.headers["x-forwarded-for"] = f"198.51.100.{number}"
    first.be(MOTHER)
    second.be(MOTHER)
    other.be_officer("nav-1")
    met = {one.client.get("/me/choices", headers=one.headers).status_code for one in (first, second) * 3}
    assert met == {200, 429}
    other.page("/officer")


def test_trying_to_sign_in_is_counted_by_itself(town: Town) -> None:
    set_to(town, rate_sign_in=4)
    browser = browse(town)
    for _ in range(4):
        browser.send("/sign-in", "/sign-in", identifier="123")
    assert browser.client.post("/sign-in", data={"identifier": "1"}).status_code == 429


def test_keys_cannot_be_tried_out(town: Town) -> None:
    set_to(town, rate_sign_in=4)
    client = client_of(town)
    wrong = {"authorization": "Bearer guess", "content-type": "application/cloudevents+json"}
    met = [client.post("/events", content=b"{}", headers=wrong).status_code for _ in range(6)]
    assert met == [401] * 4 + [429] * 2


def test_a_source_that_sends_too_often_is_told_to_wait(town: Town) -> None:
    set_to(town, rate_intake=3)
    client = client_of(town)
    met = [client.post("/events", content=b"{}", headers={"content-type": "a/b"}) for _ in range(4)]
    assert [one.status_code for one in met] == [415] * 3 + [429]
    assert int(met[-1].headers["retry-after"]) > 0
    assert met[-1].json()["hint"].startswith("Ask again in ")


def test_settings_of_rates_are_whole_numbers_from_one() -> None:
    assert Settings.read({"DULY_RATE_PAGES": "7"}).rate_pages == 7
    for wrong in ("0", "-1", "many", "1.5"):
        with pytest.raises(Exception, match="setting is wrong"):
            Settings.read({"DULY_RATE_PAGES": wrong})
