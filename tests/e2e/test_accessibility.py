"""WCAG 2.2 AA as far as a program can tell, in both languages, at two widths, with everything unfolded."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from web_town import MOTHER, NEIGHBOUR

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = [1100, 320]
LANGUAGES = ["en", "nb"]
PUBLIC = ["/", "/sign-in", "/ledger", "/accessibility", "/nothing-here", "/law", "/law/2"]
PERSONAL = [
    "/me",
    "/me/facts",
    "/me/uses",
    "/me/uses?own=yes",
    "/me/notices",
    "/me/notices/1",
    "/me/choices",
    "/me/erasure",
]
OFFICERS = ["/officer", "/officer/look-up", "/officer/law", "/officer/law/2"]


def sign_in(page: Page, address: str, **who: str) -> None:
    page.goto(f"{address}/sign-in")
    if "officer" in who:
        page.locator(f'form:has(input[value="{who["officer"]}"]) button').click()
    else:
        page.get_by_label(re.compile("National identity number|Fødselsnummer")).fill(who["person"])
        page.get_by_role("button", name=re.compile("Continue|Fortsett")).click()


@pytest.fixture(params=LANGUAGES)
def context(browser: Browser, address: str, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    """A browser that speaks one language; axe comes in beside the page's strict policy."""
    opened = browser.new_context(locale=request.param, bypass_csp=True)
    opened.add_init_script(AXE)
    yield opened
    opened.close()


def look(page: Page) -> None:
    """Nothing for axe to complain of at any width, and nothing that sticks out of the window."""
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{page.url} is {wide} pixels wide in a window of {width}"
        found: dict[str, Any] = page.evaluate(
            "rules => axe.run(document, { runOnly: { type: 'tag', values: rules } })", RULES
        )
        told = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found["violations"]]
        assert told == [], f"{page.url} at {width}"
        assert len(found["passes"]) > 10


def test_public_pages(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    for path in PUBLIC:
        page.goto(address + path)
        look(page)


def test_the_persons_pages(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    until_decided(page, address)
    for path in PERSONAL:
        page.goto(address + path)
        look(page)
    page.goto(f"{address}/me")
    page.goto(address + str(page.locator('a[href^="/me/contest/"]').first.get_attribute("href")))
    look(page)
    page.get_by_role("button", name=re.compile("^Send")).click()
    look(page)


def test_what_a_person_does_about_what_they_see(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    until_decided(page, address)
    for deed in ("ask", "outlook"):
        page.goto(f"{address}/me")
        page.goto(address + str(page.locator(f'a[href^="/me/{deed}/"]').first.get_attribute("href")))
        look(page)
    page.goto(f"{address}/me/facts")
    page.goto(address + str(page.locator('a[href$="/wrong"]').last.get_attribute("href")))
    look(page)
    page.get_by_role("button", name=re.compile("^Send")).click()
    look(page)
    page.locator("textarea").fill("It is wrong.")
    page.get_by_role("button", name=re.compile("^Send")).click()
    look(page)


def test_the_officers_pages(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    until_decided(page, address)
    page.context.clear_cookies()
    sign_in(page, address, officer="helfo-1")
    for path in OFFICERS:
        page.goto(address + path)
        look(page)
    page.goto(f"{address}/officer")
    page.locator('a[href^="/officer/cases/"]').first.click()
    look(page)
    page.get_by_role("button", name=re.compile("Send")).click()
    look(page)
    page.goto(f"{address}/officer/look-up")
    page.get_by_role("button", name=re.compile("Open|Åpne")).click()
    look(page)


def test_a_record_that_was_opened(context: BrowserContext, address: str) -> None:
    page = context.new_page()
    sign_in(page, address, officer="nav-1")
    page.goto(f"{address}/officer/look-up")
    page.locator("#identifier").fill(NEIGHBOUR)
    page.locator('input[value="child-benefit"]').check()
    page.locator("#reason").fill("To see how this page looks")
    page.get_by_role("button", name=re.compile("Open|Åpne")).click()
    assert "Nils Nabo" in page.content()
    look(page)


def until_decided(page: Page, address: str) -> None:
    """Signed in as the mother, once her newborn's benefit is on her page."""
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        sign_in(page, address, person=MOTHER)
        page.goto(f"{address}/me")
        if "1,968" in page.content() or "1&nbsp;968" in page.content():
            return
        page.context.clear_cookies()
        time.sleep(0.5)
    raise AssertionError(page.content()[:3000])
