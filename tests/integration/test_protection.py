"""A protected parent and child move within the country: no byte that the other parent receives changes."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from web_town import CHILD, FATHER, MOTHER, Browser, Town, account, birth, browse, event, practice, register

OSLO, FINNMARK, BERGEN = "0301", "5601", "4601"


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    yield
    structlog.reset_defaults()


def apart(folder: Path, *, protected: bool, fathers: str = OSLO, child_too: bool = True) -> Town:
    """Emma has two homes, the benefit is split; her mother is protected, and Emma with her if `child_too`."""
    town = Town(folder, "2025-10-02")
    town.take(
        [
            register(MOTHER, "Ingrid Berg", "1990-01-01", BERGEN, protected=protected),
            register(FATHER, "Jonas Berg", "1988-02-02", fathers),
            account(MOTHER),
            account(FATHER),
            *practice(MOTHER, "P1001", "2020-01-01"),
            birth("2025-03-03", municipality=BERGEN, protected=protected and child_too, lives_with=[]),
            *(home(person, role) for person, role in ((MOTHER, "mother"), (FATHER, "father"))),
        ]
    )
    town.app.worker.run_until_idle()
    town.on("2025-11-02")
    return town


def home(person: str, role: str) -> object:
    data = {"child": CHILD, "carer": person, "role": role, "since": "2025-03-03", "shared": "split"}
    return event("no.folkeregisteret.care.v1", data)


def move(town: Town, to: str, *people: str) -> None:
    town.take(
        [
            event("no.folkeregisteret.move.v1", {"person": person, "municipality": to, "since": "2025-11-02"})
            for person in people
        ]
    )
    town.app.worker.run_until_idle()


def received(town: Town, browser: Browser) -> dict[str, str]:
    """Everything that a person receives: pages, notices, files."""
    town.app.ledger.sequence()
    pages = {path: browser.page(path) for path in ("/me", "/me/uses", "/me/notices", "/me/choices")}
    files = {
        file.name: file.read_text()
        for file in sorted(town.app.settings.outbox.glob("*.eml"))
        if "Jonas" in file.read_text()
    }
    return pages | files


@pytest.mark.parametrize("child_too", [True, False])
@pytest.mark.parametrize("to", [FINNMARK, "2100", "0301"])
def test_nothing_changes_for_the_other_parent(tmp_path: Path, to: str, child_too: bool) -> None:
    town = apart(tmp_path, protected=True, child_too=child_too)
    father = browse(town)
    assert "You get 984\xa0kr a month in all." in father.be(FATHER)
    before = received(town, father)
    move(town, to, MOTHER, CHILD)
    mother = browse(town)
    mother.be(MOTHER)
    assert received(town, father) == before
    town.on("2026-01-02")
    town.close()


def test_a_supplement_that_the_other_parent_would_lose_does_not_show_either(tmp_path: Path) -> None:
    town = apart(tmp_path, protected=False, fathers=FINNMARK)
    move(town, FINNMARK, MOTHER, CHILD)
    town.on("2026-01-02")
    protection = [
        event("no.folkeregisteret.protection.v1", {"person": person, "since": "2026-01-02"})
        for person in (MOTHER, CHILD)
    ]
    town.take(protection)
    town.app.worker.run_until_idle()
    father = browse(town)
    assert "Finnmark supplement for your child" in father.be(FATHER)
    before = received(town, father)
    away = {"municipality": BERGEN, "since": "2026-01-02"}
    town.take([event("no.folkeregisteret.move.v1", {"person": p, **away}) for p in (MOTHER, CHILD)])
    town.app.worker.run_until_idle()
    assert received(town, father) == before
    town.close()


@pytest.mark.parametrize("child_too", [True, False])
def test_a_supplement_that_the_other_parent_would_get_waits_and_does_not_show(
    tmp_path: Path, child_too: bool
) -> None:
    town = apart(tmp_path, protected=True, fathers=FINNMARK, child_too=child_too)
    father = browse(town)
    father.be(FATHER)
    before = received(town, father)
    move(town, FINNMARK, MOTHER, CHILD)
    assert received(town, father) == before
    assert "Finnmark supplement for Emma" in browse(town).be(MOTHER)
    town.close()


def test_what_is_due_after_the_move_reaches_the_mother_alone(tmp_path: Path) -> None:
    town = apart(tmp_path, protected=True)
    move(town, FINNMARK, MOTHER, CHILD)
    town.on("2026-01-02")
    mother, father = browse(town), browse(town)
    assert "Finnmark supplement for Emma Berg" in mother.be(MOTHER)
    page = father.be(FATHER)
    assert "You get 984\xa0kr a month in all." in page
    for word in ("Emma", "Ingrid", FINNMARK, BERGEN, "P1001", "3 March 2025"):
        assert word not in page, word
    town.close()


def test_of_a_protected_child_the_other_parent_sees_no_name_and_no_practitioner(tmp_path: Path) -> None:
    town = apart(tmp_path, protected=True)
    father = browse(town)
    page = father.be(FATHER)
    assert "Child benefit for your child" in page
    assert "general practitioner" not in page
    assert "Some checks are not listed one by one" in father.page("/me/uses")
    assert "Who receives" not in father.page("/me/choices")
    files = [f.read_text() for f in town.app.settings.outbox.glob("*.eml") if "Jonas" in f.read_text()]
    assert files
    assert all("Emma" not in text and "P1001" not in text for text in files)
    town.close()


def test_the_protected_parent_sees_everything_of_the_child(tmp_path: Path) -> None:
    town = apart(tmp_path, protected=True)
    page = browse(town).be(MOTHER)
    assert "Child benefit for Emma Berg" in page
    assert "practitioner&#39;s list P1001" in page
    town.close()


def test_without_protection_the_other_parent_never_sees_where_the_child_lives(tmp_path: Path) -> None:
    town = apart(tmp_path, protected=False)
    page = browse(town).be(FATHER)
    assert "Child benefit for Emma Berg" in page
    assert BERGEN not in page
    assert "Ingrid" not in page
    town.close()


def test_only_a_cleared_officer_opens_a_protected_person(tmp_path: Path) -> None:
    town = apart(tmp_path, protected=True)
    form = {"identifier": MOTHER, "purpose": "child-benefit", "reason": "A case that needs it"}
    plain, cleared, mother = browse(town), browse(town), browse(town)
    plain.be_officer("nav-1")
    plain.send("/officer/look-up", "/officer/look-up", status=403, **form)
    mother.be(MOTHER)
    assert "officer nav-1" not in mother.page("/me/uses")
    cleared.be_officer("nav-3")
    assert "Ingrid Berg" in cleared.send("/officer/look-up", "/officer/look-up", **form)
    assert "officer nav-3" in mother.page("/me/uses")
    town.close()
