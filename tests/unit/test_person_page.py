"""The person's page says what was done, why, what comes and what is not due, and nothing more."""

from __future__ import annotations

from dataclasses import replace

import pytest
from babel.messages.extract import extract_from_dir
from web_people import TODAY, benefit, day, dossier, frame, grant, not_due, not_known, place, uses, waits

from duly.law.pack import Pack
from duly.web.dossier import Dossier, Held, Step, Waiting
from duly.web.languages import FOLDER, Speech, preferred, speech
from duly.web.person_view import person_page, use_shown
from duly.web.render import render
from duly.web.views import PersonPage, State

PACK = Pack.load("norway")
EN, NB = speech(PACK, "en"), speech(PACK, "nb")


def shown(*held: Held) -> PersonPage:
    return person_page(EN, dossier(*held))


def html(page: PersonPage, said: Speech = EN) -> str:
    return render(said, "person.html", frame(said.words.language), page=page)


def test_what_was_done_and_that_nothing_is_to_do() -> None:
    page = shown(benefit(), place())
    assert page.headline.label == "Nothing to do"
    assert page.headline.text == "2 things were done for you."
    assert page.headline.more == "You get 1,968\xa0kr a month in all. You do not need to apply."
    first, second = page.services
    assert (first.state, first.what) == (State.DONE, "1,968\xa0kr a month, from May 2025 to January 2026.")
    assert second.what == "practitioner's list P1001, from 3 March 2024."
    assert first.data == ("From the Population Register: date of birth (Emma); municipality (you)",)


def test_periods_leave_out_what_was_never_granted() -> None:
    (service,) = shown(benefit()).services
    assert [period.when for period in service.periods] == [
        "April 2024 to April 2025",
        "May 2025 to January 2026",
        "February 2026 to February 2042",
    ]


def test_from_when_on_an_amount_is_provisional_is_said() -> None:
    (service,) = shown(benefit(provisional=day("2027-02-01"))).services
    assert [(period.when, "provisional" in period.what) for period in service.periods][-2:] == [
        ("February 2026 to January 2027", False),
        ("February 2027 to February 2042", True),
    ]
    assert service.periods[-1].what == "2,012\xa0kr a month, provisional: the rate for then is not set yet"
    always = (Step(start=day("2025-02-01"), value=grant(201200)),)
    (service,) = shown(benefit(steps=always, provisional=day("2025-02-01"))).services
    assert [period.when for period in service.periods] == ["from February 2025"]


def test_what_comes_next_is_in_order_of_days() -> None:
    page = shown(benefit(about="Jonas"), benefit())
    assert [(one.when, one.what) for one in page.coming][:2] == [
        ("February 2026", "Child benefit for Emma: 2,012\xa0kr a month."),
        ("February 2026", "Child benefit for Jonas: 2,012\xa0kr a month."),
    ]
    assert page.coming[-1].what == "Child benefit for Jonas ends. The last is for February 2042."


def test_refused_and_undetermined_are_shown_with_reasons() -> None:
    refused, unknown = shown(not_due(), not_known()).considered
    assert (refused.state, refused.different) == (State.NONE, ("You are alone with the child.",))
    assert unknown.state is State.UNKNOWN
    assert unknown.missing[0].register == "NAV"


def test_what_is_not_due_for_each_of_many_children_is_one_card() -> None:
    one, other = (
        replace(not_due(), about=name, different=("You live there.", f"{name} lives there.")) for name in "AB"
    )
    (card,) = shown(one, other).considered
    assert card.title == "Small-child supplement for A and B"
    assert card.different == ("You live there.", "A lives there.", "B lives there.")
    text = html(shown(one, other))
    assert text.count("You live there.") == 1
    assert all(f'href="{item.contest}"' in text for item in card.items)


def test_people_of_whom_the_same_was_used_share_a_line() -> None:
    facts = benefit().facts
    twins = replace(
        benefit(), facts=(*facts, *(replace(fact, who="Jonas") for fact in facts if fact.who == "Emma"))
    )
    (service,) = shown(twins).services
    assert service.data == ("From the Population Register: date of birth (Emma, Jonas); municipality (you)",)


def test_what_waits_for_a_person_says_that_nothing_is_taken() -> None:
    (service,) = shown(waits()).services
    assert service.state is State.WAITING
    assert "Nothing is taken from you" in service.what
    assert service.what.startswith("1,968\xa0kr a month")


def test_a_death_suspends_and_says_so() -> None:
    (service,) = shown(benefit(waiting=Waiting.DEATH)).services
    assert (service.state, service.label) == (State.WAITING, "Waiting")


@pytest.mark.parametrize(
    ("steps", "label", "what"),
    [
        ((Step(start=TODAY + 10, value=grant(100_00)),), "Starts", "100\xa0kr a month, from December 2025."),
        (
            (Step(start=day("2024-01-01"), value=grant(100_00)), Step(start=day("2025-01-01"), value=None)),
            "Ended",
            "Until December 2024.",
        ),
    ],
)
def test_grants_that_have_not_begun_or_have_ended(steps: tuple[Step, ...], label: str, what: str) -> None:
    (service,) = shown(benefit(steps=steps)).services
    assert (service.label, service.what) == (label, what)


def test_without_an_account_one_thing_is_wanted() -> None:
    page = person_page(EN, dossier(benefit(), account=False))
    assert page.headline.wanted
    assert "account" in page.headline.text


def test_nothing_due_is_said_kindly() -> None:
    page = shown(not_due())
    assert page.headline.text == "There is nothing that you are due now."


def test_uses_name_the_officer_the_machine_and_oneself() -> None:
    officer, machine, own = [use_shown(EN, use) for use in uses()]
    assert (officer.who, officer.index) == ("NAV, officer Z990001", None)
    assert (machine.who, machine.index) == ("NAV, by a machine", 1043)
    assert own.who == "You"
    assert machine.facts == "Your family, Where you live and your right to stay"


def test_own_visits_are_counted_apart() -> None:
    page = shown(benefit())
    assert page.use_count == 2
    assert "insight" not in html(page)


def test_everything_is_escaped() -> None:
    page = shown(benefit(about='<script>alert("x")</script>'))
    assert "<script" not in html(page)
    assert "&lt;script&gt;" in html(page)


def test_no_script_and_no_inline_style() -> None:
    for said in (EN, NB):
        text = html(person_page(said, dossier(benefit(), place(), waits(), not_due(), not_known())), said)
        assert "<script" not in text
        assert " style=" not in text
        assert "<style" not in text


def test_the_same_dossier_gives_the_same_bytes() -> None:
    def one() -> str:
        return html(shown(benefit(), not_due()))

    assert one() == one()


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("nb-NO,nb;q=0.9,en;q=0.8", "nb"),
        ("nn", "nb"),
        ("de,en;q=0.5", "en"),
        ("en;q=0.2,nb;q=0.9", "nb"),
        ("", "en"),
        ("*;q=nonsense,;;", "en"),
    ],
)
def test_the_language_follows_the_browser(accepted: str, language: str) -> None:
    assert preferred(accepted, ("en", "nb")) == language


def test_every_message_of_the_pages_is_said_in_norwegian() -> None:
    methods = [("**.py", "python"), ("**/templates/**.html", "jinja2")]
    keywords = {"_": None, "ngettext": (1, 2), "say": None, "count": (1, 2)}
    web = str(FOLDER.parent)
    messages = [one[2] for one in extract_from_dir(web, methods, keywords=keywords)]
    found = {message if isinstance(message, str) else message[0] for message in messages}
    assert len(found) > 100
    assert sorted(found - NB.catalog.messages.keys()) == []


def test_norwegian_gaps_are_those_of_the_english_message() -> None:
    for message, forms in NB.catalog.messages.items():
        for form in forms:
            assert form.count("%(") == message.count("%(") or len(forms) == 2, message


def test_a_dossier_without_anything_is_a_page() -> None:
    empty = Dossier(name="", today=TODAY, account=True, held=(), uses=())
    assert "Nobody but you." in html(person_page(EN, empty))
