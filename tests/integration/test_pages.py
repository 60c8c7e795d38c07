"""The pages over the running stages: a birth told to the intake shows, with its reasons and its uses."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
import structlog
from litestar.testing import TestClient
from web_town import CHILD, FATHER, MOTHER, NEIGHBOUR, Town, birth, browse, event, family, practice, register

from duly.app import Settings
from duly.web.demo import Tour
from duly.web.server import create


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """The Bergs in March 2025, before Emma is born."""
    made = Town(tmp_path, "2025-03-04")
    family(made)
    yield made
    made.close()


@pytest.fixture
def born(town: Town) -> Town:
    """Emma was born on 3 March; it is November."""
    town.take([birth("2025-03-03")])
    town.app.worker.run_until_idle()
    town.on("2025-11-23")
    return town


def mails(town: Town) -> list[EmailMessage]:
    files = sorted(town.app.settings.outbox.glob("*.eml"))
    return [message_from_bytes(file.read_bytes(), policy=default) for file in files]  # type: ignore[misc] - by policy


def test_a_birth_is_child_benefit_and_a_practitioner_on_the_mothers_page(born: Town) -> None:
    page = browse(born).be(MOTHER)
    for part in (
        "Nothing to do",
        "2 things were done for you.",
        "You get 1,968\xa0kr a month in all.",
        "Child benefit for Emma Berg",
        "1,968\xa0kr a month, from May 2025 to February 2043.",
        "Barnetrygdloven §§ 2, 10, 11",
        "Emma Berg is under 18.",
        "Oslo",
        "recorded on 4 March 2025",
        "A message from the Population Register.",
        "practitioner&#39;s list P1001, from 3 March 2025.",
        "Child benefit for Emma Berg ends. The last is for February 2043.",
        "You are alone with the child.",
        "See all",
    ):
        assert part in page, part


def test_the_page_speaks_norwegian(born: Town) -> None:
    page = browse(born, "nb-NO,nb;q=0.9").be(MOTHER)
    assert '<html class="govuk-template" lang="nb"' in page
    assert "Barnetrygd for Emma Berg" in page
    assert "Barnetrygd for hvert barn under 18 år som bor hos deg." in page


def test_the_language_is_switched_and_remembered(born: Town) -> None:
    browser = browse(born)
    browser.be(MOTHER)
    assert "Dette er gjort for deg" in browser.page("/language/nb?next=/me")
    assert "Dette er gjort for deg" in browser.page("/me")
    assert "Services that arrive" not in browser.page("/language/nb?next=//evil.example/")


def test_the_father_is_told_why_not_without_a_fact_of_the_mother(born: Town) -> None:
    page = browse(born).be(FATHER)
    assert "of parents living together the mother, unless they named the other" in page
    assert "Ingrid" not in page
    assert "You get" not in page


def test_one_notice_for_two_agencies_and_none_that_names_the_other_adult(born: Town) -> None:
    told = mails(born)
    to_mother = [mail for mail in told if "Ingrid" in str(mail["To"])]
    assert to_mother[0]["Subject"] == "2 vedtak for deg"
    body = to_mother[0].get_body()
    assert body is not None
    text = body.get_content()
    assert "1\xa0766\xa0kr i måneden fra april 2025" in text
    assert text.count("Fra og med september 2025 er beløpet foreløpig:") == 1
    assert "fastlegeliste P1001" in text
    assert "Jonas" not in text
    assert all("Ingrid" not in str(mail) for mail in told if "Jonas" in str(mail["To"]))


def test_notices_stand_on_the_page_and_are_only_ones_own(born: Town) -> None:
    browser = browse(born)
    browser.be(MOTHER)
    assert "2 vedtak for deg" in browser.page("/me/notices")
    assert "fastlegeliste P1001" in browser.page("/me/notices/1")
    browser.page("/me/notices/99", 404)


def test_every_use_has_who_purpose_law_facts_and_a_number(born: Town) -> None:
    browser = browse(born)
    browser.be(MOTHER)
    page = browser.page("/me/uses")
    for part in (
        "NAV, by a machine",
        "Helfo, by a machine",
        "To decide child benefit",
        "Barnetrygdloven § 14",
        "no. ",
    ):
        assert part in page, part
    assert "To see your own data" not in page
    assert "To see your own data" in browser.page("/me/uses?own=yes")


def test_looking_at_a_page_does_not_change_it(born: Town) -> None:
    browser = browse(born)
    first = browser.be(MOTHER)
    born.app.ledger.sequence()
    assert browser.page("/me") == first
    assert browser.page("/me/uses") == browser.page("/me/uses")


def test_an_officer_who_looks_is_seen_with_their_reason(born: Town) -> None:
    officer, neighbour = browse(born), browse(born)
    neighbour.be(NEIGHBOUR)
    officer.be_officer("nav-2")
    form = {"identifier": NEIGHBOUR, "purpose": "child-benefit", "reason": "I was curious"}
    record = officer.send("/officer/look-up", "/officer/look-up", **form)
    assert "Nils Nabo" in record
    assert "4 April 1970" in record
    seen = neighbour.page("/me/uses")
    assert "NAV, officer nav-2" in seen
    assert "Their reason: I was curious" in seen


@pytest.mark.parametrize(
    ("missing", "said"),
    [
        ({"reason": ""}, "Give your reason."),
        ({"purpose": "inform"}, "Choose what you need it for."),
        ({"purpose": ""}, "Choose what you need it for."),
        ({"identifier": ""}, "Write the number."),
        ({"identifier": "11111111111"}, "Nobody with this number is known."),
    ],
)
def test_no_record_opens_without_purpose_and_reason(born: Town, missing: dict[str, str], said: str) -> None:
    officer, neighbour = browse(born), browse(born)
    officer.be_officer("nav-1")
    form = {"identifier": NEIGHBOUR, "purpose": "child-benefit", "reason": "A case"} | missing
    page = officer.send("/officer/look-up", "/officer/look-up", status=400, **form)
    assert said in page
    neighbour.be(NEIGHBOUR)
    assert "officer nav-1" not in neighbour.page("/me/uses")


def test_a_full_list_is_a_case_that_an_officer_approves(town: Town) -> None:
    town.take(practice(MOTHER, "P2002", "2025-01-01", left="P1001", full=True))
    town.take([birth("2025-03-03", lives_with=[MOTHER])])
    town.app.worker.run_until_idle()
    assert "Being looked at" in browse(town).be(MOTHER)
    officer = browse(town)
    cases = officer.be_officer("helfo-1")
    number = cases.split("/officer/cases/")[1].split('"')[0]
    case = officer.page(f"/officer/cases/{number}")
    for part in ("list is full", "Emma Berg", "practitioner&#39;s list P2002", "Population Register"):
        assert part in case, part
    address = f"/officer/cases/{number}"
    assert "Give your reason." in officer.send(address, address, status=400, answer="approve", reason="")
    assert "Choose what you decide." in officer.send(address, address, status=400, answer="", reason="Room")
    officer.send(address, address, answer="approve", reason="There is room after all.")
    town.app.worker.run_until_idle()
    assert "No case is waiting." in officer.page("/officer")
    page = browse(town).be(MOTHER)
    assert "practitioner&#39;s list P2002, from 3 March 2025." in page
    assert "by a person" in page
    reader = browse(town)
    reader.be(MOTHER)
    assert f"Case {number}. Their reason: There is room after all." in reader.page("/me/uses")


def test_a_mass_taking_waits_for_two_people(town: Town) -> None:
    mothers = [f"0101{80 + n % 10:02d}{20000 + n:05d}" for n in range(30)]
    children = [f"0303{24:02d}{30000 + n:05d}" for n in range(30)]
    for mother, child in zip(mothers, children, strict=True):
        town.take(
            [
                register(mother, "Mor Mange", "1985-01-01"),
                birth("2024-03-03", child=child, mother=mother, father=None, lives_with=[mother]),
            ]
        )
    town.app.worker.run_until_idle()
    away = [{"person": person, "since": "2025-03-01"} for person in mothers]
    town.take([event("no.folkeregisteret.emigration.v1", data) for data in away])
    town.app.worker.run_until_idle()
    first, second = browse(town), browse(town)
    cases = first.be_officer("nav-1")
    assert "2 people have to agree" in cases
    assert "One source would take from unusually many at once." in cases
    address = "/officer/cases/" + cases.split("/officer/cases/")[1].split('"')[0]
    page = first.page(address)
    assert "30 entitlements are in this case. They are not opened one by one." in page
    assert "the Population Register" in page
    assert "https://folkeregisteret.example" not in page
    first.send(address, address, answer="approve", reason="They did leave.")
    town.app.worker.run_until_idle()
    assert "You have answered this case." in first.page(address)
    assert "1,510" in browse(town).be(mothers[0]) or "1,766" in browse(town).be(mothers[0])
    second.be_officer("nav-2")
    second.send(address, address, answer="approve", reason="I agree.")
    town.app.worker.run_until_idle()
    assert "No case is waiting." in second.page("/officer")
    assert "Ended" in browse(town).be(mothers[0])


def test_another_agencys_case_is_not_found(town: Town) -> None:
    town.take(practice(MOTHER, "P2002", "2025-01-01", left="P1001", full=True))
    town.take([birth("2025-03-03")])
    town.app.worker.run_until_idle()
    helfo, nav = browse(town), browse(town)
    number = helfo.be_officer("helfo-1").split("/officer/cases/")[1].split('"')[0]
    nav.be_officer("nav-1")
    nav.page(f"/officer/cases/{number}", 404)


def test_an_officer_reads_of_a_child_without_a_name_and_never_a_subject_number(town: Town) -> None:
    town.take(practice(MOTHER, "P2002", "2025-01-01", left="P1001", full=True))
    told = {"child": CHILD, "born": "2025-03-03", "mother": MOTHER, "father": FATHER}
    town.take(
        [
            event(
                "no.folkeregisteret.birth.v1",
                {**told, "lives_with": [MOTHER, FATHER], "municipality": "0301"},
            )
        ]
    )
    town.app.worker.run_until_idle()
    officer = browse(town)
    number = officer.be_officer("helfo-1").split("/officer/cases/")[1].split('"')[0]
    page = officer.page(f"/officer/cases/{number}")
    assert "a child born on 3 March 2025" in page
    shown = re.sub(r"<[^>]*>", " ", page).replace(number, "")
    assert not re.search(r"\b\d{15,}\b", shown)


def test_a_choice_of_recipient_comes_in_as_an_event_and_acts(born: Town) -> None:
    mother = browse(born)
    mother.be(MOTHER)
    choices = mother.page("/me/choices")
    assert "Who receives what is due for Emma Berg?" in choices
    child = choices.split("/me/choices/recipient/")[1].split('"')[0]
    saved = mother.send(f"/me/choices/recipient/{child}", "/me/choices", answer="other")
    assert "Your choice was received." in saved
    born.app.worker.run_until_idle()
    assert "Being looked at" in mother.page("/me")


def test_a_choice_of_delivery_is_kept(born: Town) -> None:
    mother = browse(born)
    mother.be(MOTHER)
    mother.send("/me/choices/delivery/benefit", "/me/choices", answer="ask_me_first")
    born.app.worker.run_until_idle()
    chosen = mother.page("/me/choices").split('value="ask_me_first"')[1][:40]
    assert "checked" in chosen
    mother.send("/me/choices/delivery/benefit", "/me/choices", status=404, answer="nonsense")
    mother.send("/me/choices/delivery/nothing", "/me/choices", status=404, answer="automatic")


def test_a_contest_becomes_a_case(born: Town) -> None:
    mother = browse(born)
    page = mother.be(MOTHER)
    address = page.split('href="/me/contest/')[1].split('"')[0]
    form = f"/me/contest/{address}"
    assert "Write what is wrong." in mother.send(form, form, status=400, text=" ")
    assert "We have received it" in mother.send(form, form, text="Emma lives with me and nobody else.")
    born.app.worker.run_until_idle()
    officer = browse(born)
    cases = officer.be_officer("nav-1")
    assert "Somebody says that something is wrong." in cases
    number = cases.split("/officer/cases/")[1].split('"')[0]
    assert "Emma lives with me and nobody else." in officer.page(f"/officer/cases/{number}")


def test_only_ones_own_decisions_can_be_contested(born: Town) -> None:
    mother, father = browse(born), browse(born)
    address = mother.be(MOTHER).split('href="/me/contest/')[1].split('"')[0]
    father.be(FATHER)
    father.page(f"/me/contest/{address}", 404)


def test_a_death_suspends_and_its_cancelling_takes_it_back(born: Town) -> None:
    died = event("no.folkeregisteret.death.v1", {"person": CHILD, "died": "2025-11-20"})
    born.take([died])
    born.app.worker.run_until_idle()
    assert "Payment waits because of a message about a death." in browse(born).be(MOTHER)
    cancelled = {"action": "cancel", "corrects": died.envelope.id}
    born.take([event("no.folkeregisteret.death.v1", None, **cancelled)])
    born.app.worker.run_until_idle()
    page = browse(born).be(MOTHER)
    assert "Payment waits" not in page
    assert "You get 1,968\xa0kr a month in all." in page


def test_pages_refuse_who_is_not_signed_in(town: Town) -> None:
    browser = browse(town)
    for path in ("/me", "/me/uses", "/me/choices", "/me/notices", "/officer", "/officer/look-up"):
        answer = browser.client.get(path, headers=browser.headers, follow_redirects=False)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in"), path
        assert browser.client.get(path).status_code == 401


def test_a_person_is_no_officer_and_an_officer_no_person(born: Town) -> None:
    person, officer = browse(born), browse(born)
    person.be(MOTHER)
    officer.be_officer("nav-1")
    assert person.client.get("/officer").status_code == 401
    assert officer.client.get("/me").status_code == 401


@pytest.mark.parametrize("token", ["", "wrong", "ø"])
def test_a_form_without_the_sessions_token_is_refused(born: Town, token: str) -> None:
    browser = browse(born)
    browser.be(MOTHER)
    browser.post("/me/choices/delivery/benefit", 403, token=token, answer="ask_me_first")
    browser.post("/sign-out", 403, token=token)
    browser.page("/me")


def test_signing_in_gives_a_new_key_and_signing_out_ends_it(born: Town) -> None:
    browser = browse(born)
    browser.page("/sign-in")
    before = browser.client.cookies["duly"]
    browser.be(MOTHER)
    after = browser.client.cookies["duly"]
    assert before != after
    browser.send("/sign-out", "/me")
    browser.client.cookies.set("duly", after)
    assert browser.client.get("/me").status_code == 401


def test_sign_in_says_what_it_is(town: Town) -> None:
    browser = browse(town)
    page = browser.page("/sign-in")
    assert "This is no real sign-in." in page
    assert "Nobody with this number is known" in browser.send("/sign-in", "/sign-in", identifier="123")


def test_every_answer_has_strict_headers_and_cookies(town: Town) -> None:
    client = TestClient(create(town.app))
    for path in ("/", "/sign-in", "/nothing-here", "/static/ui.css", "/healthz"):
        answer = client.get(path, headers={"accept": "text/html"})
        assert "default-src 'none'" in answer.headers["content-security-policy"], path
        assert "script-src" not in answer.headers["content-security-policy"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    assert client.get("/").headers["cache-control"] == "no-store"
    cookie = client.get("/sign-in").headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie


def test_error_pages_name_nobody_and_programs_get_problem_json(town: Town) -> None:
    client = TestClient(create(town.app))
    page = client.get(f"/nothing/{MOTHER}", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "There is no such page" in page.text
    assert "Traceback" not in page.text
    problem = client.get("/nothing", headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["status"] == 404


def test_a_large_form_is_refused(born: Town) -> None:
    browser = browse(born)
    browser.be(MOTHER)
    browser.post("/me/choices/delivery/benefit", 413, token="x", answer="y" * 100_000)


def test_the_checkpoint_is_public_and_signed(born: Town) -> None:
    client = TestClient(create(born.app))
    note = client.get("/ledger/checkpoint").text
    assert note.startswith("duly/norway\n")
    assert "— duly/norway " in note
    assert client.get("/healthz").text == "ok\n"


def test_outside_demo_mode_nobody_chooses_who_to_be(tmp_path: Path) -> None:
    told = Town(tmp_path, "2025-03-04")
    production = Settings.of({"directory": str(tmp_path), "mode": "production"})
    object.__setattr__(told.app, "settings", production)
    client = TestClient(create(told.app), base_url=production.url)
    assert client.get("/demo").status_code == 404
    assert 'name="identifier"' not in client.get("/sign-in", headers={"accept": "text/html"}).text
    assert client.post("/sign-in", data={"identifier": MOTHER}).status_code in (404, 405)
    page = client.get("/", headers={"accept": "text/html"}).text
    assert "demonstration" not in page
    told.close()


def test_what_a_scene_said_is_taken_back_whole(town: Town) -> None:
    tour = Tour(town.app)
    for number in ("a", "b"):
        tour.said("emigrations", (("folkeregisteret", ({"type": "t", "id": number},)),))
    assert tour.unsaid("emigrations") == (("t", "a"), ("t", "b"))
    assert tour.unsaid("emigrations") == ()


def test_a_number_is_filled_in_from_a_form_and_not_from_an_address(town: Town) -> None:
    browser = browse(town)
    assert MOTHER not in browser.page(f"/sign-in?who={MOTHER}").split("</head>")[1].replace("next=", "")
    answer = browser.client.post("/sign-in/filled", data={"identifier": MOTHER}, headers=browser.headers)
    assert f'value="{MOTHER}"' in answer.text
