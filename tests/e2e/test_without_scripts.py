"""Everything works with a keyboard alone and without scripts; a page brings nothing from anywhere else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page
from test_accessibility import until_decided
from web_town import MOTHER


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page in a browser that runs no scripts."""
    context = browser.new_context(java_script_enabled=False, locale="en")
    yield context.new_page()
    context.close()


def test_by_keyboard_alone_from_the_door_to_the_reasons(page: Page, address: str) -> None:
    until_decided(page, address)
    page.context.clear_cookies()
    page.goto(f"{address}/sign-in")
    page.keyboard.press("Tab")
    assert page.locator("*:focus").inner_text() == "Skip to main content"
    page.locator("#identifier").focus()
    page.keyboard.type(MOTHER)
    page.keyboard.press("Enter")
    page.wait_for_url("**/me")
    assert page.get_by_role("heading", level=1).inner_text() == "What was done for you"
    summary = page.locator("summary", has_text="How we worked this out").first
    assert not page.get_by_text("Emma Berg is under 18.").first.is_visible()
    summary.focus()
    page.keyboard.press("Enter")
    assert page.get_by_text("Emma Berg is under 18.").first.is_visible()


def test_a_choice_is_made_and_kept(page: Page, address: str) -> None:
    until_decided(page, address)
    page.goto(f"{address}/me/choices")
    page.get_by_label("Ask me first").nth(1).check()
    page.get_by_role("button", name="Save my choice").nth(1).click()
    assert page.get_by_text("Your choice was received.").is_visible()


def test_the_page_asks_only_its_own_server(page: Page, address: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    until_decided(page, address)
    assert asked
    assert [url for url in asked if not url.startswith(address)] == []


def test_a_link_of_the_summary_of_mistakes_leads_to_the_field(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in")
    page.locator("#identifier").fill("123")
    page.get_by_role("button", name="Continue").click()
    link = page.locator(".govuk-error-summary a")
    assert link.get_attribute("href") == "#identifier"
    assert page.locator("#identifier").get_attribute("aria-describedby") == "identifier-hint identifier-error"
    assert page.title().startswith("Error: ")
