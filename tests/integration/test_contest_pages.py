"""From a fact on the page to the register and back: what the person, the register and officers see of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from web_town import CHILD, FATHER, MOTHER, Browser, Town, birth, browse, event, family

from duly.delivery.cases import open_cases

WRONG = re.compile(r'href="(/me/facts/[0-9a-f]{32}/wrong)"[^>]*>This is wrong<span[^>]*>: ([^<]*)<')
BACK = re.compile(r'action="(/me/contests/[0-9a-f]{32}/take-back)"')
GONE = "2025-02-10"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The Bergs; a register says that the mother left the country."""
    made = Town(tmp_path, "2025-03-04")
    family(made)
    spoken = {"person": MOTHER, "language": "en", "since": "2020-01-01"}
    made.take([birth("2024-11-03"), event("no.krr.language.v1", spoken)])
    made.app.worker.run_until_idle()
    made.tell("no.folkeregisteret.emigration.v1", {"person": MOTHER, "since": GONE})
    yield made
    made.close()


@pytest.fixture
def mother(town: Town) -> Browser:
    found = browse(town)
    found.be(MOTHER)
    return found


def form_of(browser: Browser, *parts: str) -> str:
    """The form about the fact whose line has all these words."""
    found = [path for path, told in WRONG.findall(browser.page("/me/facts")) if all(p in told for p in parts)]
    assert len(found) == 1
    return found[0]


def requests(town: Town, register: str) -> list[dict[str, object]]:
    folder = town.app.settings.outbox / "corrections" / register
    return [msgspec.json.decode(file.read_bytes()) for file in sorted(folder.glob("*.json"))]


def says_wrong(town: Town, browser: Browser) -> None:
    form = form_of(browser, "municipality", "none")
    assert "the Population Register" in browser.page(form)
    browser.send(form, form, text="I never left.")
    town.app.worker.run_until_idle()


def test_every_fact_says_where_it_is_from_what_it_is_used_for_and_who_may_see_it(mother: Browser) -> None:
    page = mother.page("/me/facts")
    for told in ("municipality", "Oslo", "From the Population Register", "Used for:", "Child benefit", "NAV"):
        assert told in page
    assert "machines only" in page
    assert FATHER not in page


def test_what_was_said_is_marked_asked_and_taken_back(town: Town, mother: Browser) -> None:
    says_wrong(town, mother)
    page = mother.page("/me/facts")
    assert "You said on 4 March 2025 that this is wrong." in page
    assert "We have asked the Population Register, which has until 2 April 2025 to answer." in page
    assert [one["asks"] for one in requests(town, "folkeregisteret")] == ["look"]
    found = BACK.search(page)
    assert found is not None
    mother.send(found.group(1), "/me/facts")
    town.app.worker.run_until_idle()
    assert "You took it back." in mother.page("/me/facts")
    assert [one["asks"] for one in requests(town, "folkeregisteret")] == ["look", "leave"]


def test_the_explanation_marks_the_fact(town: Town, mother: Browser) -> None:
    says_wrong(town, mother)
    assert "You said on 4 March 2025 that this is wrong." in mother.page("/me")


def test_words_or_a_value_and_nothing_else_are_asked_for(town: Town, mother: Browser) -> None:
    form = form_of(mother, "municipality", "none")
    assert "Write what is wrong." in mother.send(form, form, 400)
    assert "cannot have this value" in mother.send(form, form, 400, right="much longer than a code")
    mother.send(form, form, right="0301")
    town.app.worker.run_until_idle()
    assert requests(town, "folkeregisteret")[0]["right"] == "0301"


def test_the_answer_is_one_notice_with_the_way_on(town: Town, mother: Browser) -> None:
    says_wrong(town, mother)
    name = requests(town, "folkeregisteret")[0]["contest"]
    before = mother.page("/me/notices").count("/me/notices/")
    answer = {"person": MOTHER, "contest": name, "since": "2025-03-04", "words": "The airline told us."}
    town.tell("no.folkeregisteret.confirmed.v1", answer)
    town.tell("no.folkeregisteret.confirmed.v1", answer)
    page = mother.page("/me/notices")
    assert page.count("/me/notices/") == before + 1
    newest = re.findall(r'href="(/me/notices/\d+)"', page)[0]
    letter = mother.page(newest)
    for told in (
        "On 4 March 2025 you told us",
        "municipality",
        "They say: The airline told us.",
        "Datatilsynet",
    ):
        assert told in letter
    assert "says that the fact is right" in mother.page("/me/facts")


def test_a_correction_is_told_with_what_it_changed_in_one_notice(town: Town, mother: Browser) -> None:
    with town.app.store.read() as conn:
        stops = open_cases(conn, "nav", 10)[0]
    answer = {"case": str(stops.number), "officer": "Z1", "verdict": "approve", "reason": "She left."}
    town.tell("no.nav.case-answer.v1", answer)
    says_wrong(town, mother)
    before = mother.page("/me/notices").count("/me/notices/")
    moved = {"person": MOTHER, "municipality": "0301", "since": GONE}
    town.take([event("no.folkeregisteret.move.v1", moved, time="2025-03-04T12:00:00Z")])
    town.app.worker.run_until_idle()
    page = mother.page("/me/notices")
    assert page.count("/me/notices/") == before + 1
    letter = mother.page(re.findall(r'href="(/me/notices/\d+)"', page)[0])
    assert "the fact has been corrected" in letter
    assert "This is what has changed:" in letter
    assert "You get 1,766" in letter


def test_nobody_else_sees_that_a_fact_is_contested(town: Town, mother: Browser) -> None:
    father = browse(town)
    father.be(FATHER)
    pages = ["/me", "/me/facts", "/me/notices", "/me/choices"]
    before = [father.page(path) for path in pages]
    form = form_of(mother, "living together")
    mother.send(form, form, text="I do not live with the child.")
    town.app.worker.run_until_idle()
    assert [_without_uses(father.page(path)) for path in pages] == [_without_uses(one) for one in before]


def test_a_link_is_named_to_the_register_and_only_there(town: Town, mother: Browser) -> None:
    form = form_of(mother, "living together")
    mother.send(form, form, text="I do not live with the child.")
    town.app.worker.run_until_idle()
    assert requests(town, "folkeregisteret")[0]["end"] == f"no.fnr {CHILD}"
    assert CHILD not in mother.page("/me/facts")


def test_an_officer_settles_what_no_register_answered_by_a_finding(town: Town, mother: Browser) -> None:
    says_wrong(town, mother)
    town.on("2025-04-04")
    assert "So a person looks at it now." in _newest(mother)
    officer = browse(town)
    officer.be_officer("nav-1")
    cases = re.findall(r'href="(/officer/cases/\d+)"', officer.page("/officer"))
    path = next(one for one in cases if "I never left." in officer.page(one))
    page = officer.page(path)
    assert "It has not answered." in page
    assert "Does the person live in Norway?" in page
    action = re.findall(r'action="(/officer/cases/\d+/contests/[0-9a-f]{32})"', page)[0]
    assert "Choose what you decide." in officer.send(action, path, 400, reason="I saw the lease.")
    officer.send(action, path, answer="right", finding="yes", reason="I saw the lease.")
    town.app.worker.run_until_idle()
    officer.page(path, 404)
    told = _newest(mother)
    assert "found that you are right" in told
    assert "The reason: I saw the lease." in told
    assert "A person found that you are right." in mother.page("/me/facts")


def test_asking_a_human_and_objecting_are_two_things(town: Town, mother: Browser) -> None:
    ask = re.findall(r'href="(/me/ask/fastlege[^"]+)"', mother.page("/me"))[0]
    assert "Object to the decision" in mother.page(ask)
    assert "Write what you want" in mother.send(ask, ask, 400)
    mother.send(ask, ask, text="Please call me.")
    town.app.worker.run_until_idle()
    officer = browse(town)
    officer.be_officer("helfo-1")
    assert "Somebody wants to talk to a human." in officer.page("/officer")


def test_what_would_change_it_names_conditions_and_days_and_nobody_else(mother: Browser) -> None:
    looked = re.findall(r'href="(/me/outlook/[^"]+)"', mother.page("/me"))
    pages = [mother.page(path) for path in dict.fromkeys(looked)]
    assert any("You are alone with the child." in page for page in pages)
    assert any("November 2042: Child benefit for Emma Berg ends." in page for page in pages)
    assert all(FATHER not in page and "Jonas" not in page for page in pages)


def test_what_would_change_it_names_the_single_fact_that_would_be_enough(tmp_path: Path) -> None:
    alone = Town(tmp_path, "2025-03-04")
    try:
        family(alone)
        alone.take([birth("2024-11-03", lives_with=[MOTHER])])
        alone.app.worker.run_until_idle()
        her = browse(alone)
        her.be(MOTHER)
        extended = re.findall(r'href="(/me/outlook/barnetrygd.extended[^"]+)"', her.page("/me"))[0]
        page = her.page(extended)
        assert "alone with children (you): it is no now. If it were yes, you would get:" in page
    finally:
        alone.close()


def test_what_is_not_ones_own_is_not_found(town: Town, mother: Browser) -> None:
    father = browse(town)
    father.be(FATHER)
    father.page(form_of(mother, "municipality", "none"), 404)
    father.page(re.findall(r'href="(/me/outlook/[^"]+)"', mother.page("/me"))[0], 404)


def _newest(browser: Browser) -> str:
    return browser.page(re.findall(r'href="(/me/notices/\d+)"', browser.page("/me/notices"))[0])


def _without_uses(page: str) -> str:
    """Without the list of uses: a machine looked at what both hold, as it does after any message."""
    return re.sub(r'name="token" value="[^"]+"', "", page).partition('id="uses"')[0]


def test_an_event_about_somebody_unknown_is_no_contest(town: Town) -> None:
    told = {"person": "05058512345", "contest": "0" * 32, "since": "2025-03-04"}
    town.take([event("no.folkeregisteret.confirmed.v1", told)])
    town.app.worker.run_until_idle()
    assert not (town.app.settings.outbox / "corrections").exists()
