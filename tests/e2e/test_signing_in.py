"""Signing in with a real provider in a real browser: a person, officers, whoever is refused; and those pages.

With DULY_SHOTS naming a directory the pages are also kept there as pictures.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from identity import Identity, free_port, production
from playwright.sync_api import Browser, BrowserContext, Page
from test_accessibility import AXE, look
from web_town import CACHE, MOTHER

OFFICER = {"org": "889640782", "job": "saksbehandler", "amr": ["pwd", "mfa"], "display": "Kari Nordmann"}
SHOTS = os.environ.get("DULY_SHOTS", "")


@pytest.fixture(scope="module")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Identity]:
    made = Identity(tmp_path_factory.mktemp("identity"))
    made.knows("ingrid", {"pid": MOTHER, "acr": "high"})
    made.knows("weak", {"pid": MOTHER, "acr": "low"})
    made.knows("nobody", {"pid": "01010150000", "acr": "high"})
    made.knows("kari", OFFICER)
    made.knows("password-only", {**OFFICER, "amr": ["pwd"]})
    made.knows("no-factor", {name: value for name, value in OFFICER.items() if name != "amr"})
    yield made
    made.stop()


@pytest.fixture(scope="module")
def house(identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server in production mode, on this machine."""
    folder, port = tmp_path_factory.mktemp("house"), free_port()
    here = f"http://localhost:{port}"
    production(folder, identity.issuer, public=here).close()
    command = [sys.executable, "-m", "duly.cli", "serve", "--directory", str(folder), "--port", str(port)]
    environment = {**os.environ, "DULY_CACHE": str(CACHE), "DULY_PUBLIC": here}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            until_up(f"{here}/healthz", folder)
            yield here
        finally:
            server.terminate()
            server.wait(timeout=60)


def until_up(address: str, folder: Path) -> None:
    ends = time.monotonic() + 120
    while time.monotonic() < ends:
        try:
            if httpx.get(address, timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError((folder / "server.log").read_text()[-2000:])


@pytest.fixture(params=["en-GB", "nb-NO"])
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    opened = browser.new_context(locale=request.param, bypass_csp=True)
    opened.add_init_script(AXE)
    opened.set_default_timeout(90_000)
    yield opened
    opened.close()


def as_one(page: Page, house: str, provider: str, sub: str) -> None:
    """Choose a provider on the page, and sign in there."""
    page.goto(f"{house}/sign-in")
    page.get_by_role("link", name=provider).click()
    page.locator("input[name=sub]").fill(sub)
    page.get_by_role("button", name="Authorize").click()
    page.wait_for_url(re.compile(re.escape(house)))


def seen(page: Page, name: str) -> None:
    """Look at a page as axe does, at both widths, and keep its picture."""
    look(page)
    if SHOTS:
        language = page.locator("html").get_attribute("lang")
        page.screenshot(path=Path(SHOTS) / f"{name}-{language}-320.png", full_page=True)
        page.set_viewport_size({"width": 1100, "height": 800})
        page.screenshot(path=Path(SHOTS) / f"{name}-{language}.png", full_page=True)


def cookies(context: BrowserContext) -> list[Any]:
    return [one for one in context.cookies() if "duly" in str(one.get("name"))]


def test_a_person_signs_in_sees_where_and_signs_out(context: BrowserContext, house: str) -> None:
    page = context.new_page()
    page.goto(f"{house}/sign-in")
    seen(page, "eid")
    as_one(page, house, "National eID", "ingrid")
    assert page.url == f"{house}/me"
    assert "Ingrid Berg" in page.content()
    (cookie,) = cookies(context)
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-duly", True, True, "Lax",
    )  # fmt: skip
    page.goto(f"{house}/sessions")
    seen(page, "sessions")
    page.get_by_role("button", name=re.compile("^(Sign out|Logg ut)$")).first.click()
    page.wait_for_url(re.compile("/signed-out/eid$"))
    seen(page, "eid_out")
    page.goto(f"{house}/me")
    assert page.url == f"{house}/sign-in"


def test_another_browser_s_session_is_ended_from_here(
    browser: Browser, context: BrowserContext, house: str
) -> None:
    other = browser.new_context()
    other.set_default_timeout(90_000)
    there, here = other.new_page(), context.new_page()
    as_one(there, house, "National eID", "ingrid")
    as_one(here, house, "National eID", "ingrid")
    here.goto(f"{house}/sessions")
    seen(here, "sessions-two")
    here.get_by_role("button", name=re.compile("Sign out everywhere else|Logg ut alle andre")).click()
    there.goto(f"{house}/me")
    assert there.url == f"{house}/sign-in"
    here.goto(f"{house}/me")
    assert here.url == f"{house}/me"
    other.close()


def test_an_officer_with_a_second_factor_signs_in(context: BrowserContext, house: str) -> None:
    page = context.new_page()
    as_one(page, house, "Staff sign-in", "kari")
    assert page.url == f"{house}/officer"
    answer = page.goto(f"{house}/me")
    assert answer is not None
    assert answer.url == f"{house}/sign-in" or answer.status == 403


@pytest.mark.parametrize(
    ("provider", "sub"),
    [("Staff sign-in", "password-only"), ("Staff sign-in", "no-factor"), ("Staff sign-in", "ingrid"),
     ("National eID", "weak"), ("National eID", "nobody"), ("National eID", "kari")],
)  # fmt: skip
def test_whoever_is_not_vouched_for_strongly_enough_is_refused(
    context: BrowserContext, house: str, provider: str, sub: str
) -> None:
    page = context.new_page()
    as_one(page, house, provider, sub)
    assert re.search("You are not signed in|Du er ikke logget inn", page.locator("h1").inner_text())
    assert MOTHER not in page.content()
    if sub == "password-only":
        seen(page, "eid_refused")
    for path in ("/me", "/officer"):
        page.goto(house + path)
        assert page.url == f"{house}/sign-in"


def test_whoever_gives_up_at_the_provider_is_not_signed_in(context: BrowserContext, house: str) -> None:
    page = context.new_page()
    page.goto(f"{house}/sign-in")
    page.get_by_role("link", name="National eID").click()
    page.get_by_role("button", name="Deny").click()
    page.wait_for_url(re.compile(re.escape(house)))
    assert re.search("You are not signed in|Du er ikke logget inn", page.locator("h1").inner_text())
