"""Law that contradicts itself decides nothing: what stood stands, and a human is told of both rules."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, MOTHER, birth
from litestar.testing import TestClient
from people import account, moved, registered
from town import ORDINARY, Town
from web_town import Browser

from duly.app import Settings, build
from duly.delivery.cases import CASE, proposals
from duly.entitlements import Kind, use_of
from duly.law.kernel import KEPT
from duly.web.server import create

PACK = Path(__file__).parents[2] / "packs" / "norway"
LAW = '''

@rule(law="Trial Act § 1")
def infant(child: Person) -> bool:
    """{child} is under 1."""
    return this_month.last(lambda: under(child.born, 1, leap=DOWN))


@rule(law="Trial Act § 2")
def in_the_capital(child: Person) -> bool:
    """{child} lives in the capital."""
    return this_month.first(lambda: child.municipality == "0301")


@exception(to=rate_for, when=infant, law="Trial Act § 1")
def rate_for_newborns(child: Person) -> Money:
    """Who is under 1 has more."""
    return kroner(3000)


@exception(to=rate_for, when=in_the_capital, law="Trial Act § 2")
def rate_in_the_capital(child: Person) -> Money:
    """Who lives in the capital has another rate."""
    return kroner(2000)
'''


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    law = tmp_path / "norway"
    shutil.copytree(PACK, law, ignore=shutil.ignore_patterns("__pycache__"))
    file = law / "child_benefit.py"
    text = file.read_text(encoding="utf-8").replace("    condition,\n", "    condition,\n    exception,\n", 1)
    file.write_text(text + LAW, encoding="utf-8")
    given = {
        "directory": str(tmp_path),
        "database": store_url,
        "mode": "demo",
        "begins": "2024-10-01",
        "cache": str(KEPT),
        "pack": str(law),
    }
    made = Town(build(Settings.of(given)))
    yield made
    made.app.close()


def reasons(place: Town, number: int) -> list[str]:
    profile = place.app.profiles[ORDINARY]
    use = use_of(place.app.pack, profile.agency, profile.purpose, frozenset({CASE}), "test")
    with place.app.store.write() as conn:
        found = proposals(conn, place.app.vault, use, number, [ORDINARY])
    return [proposal.reason for _, _, proposal in found]


def test_a_conflict_of_law_is_a_case_that_names_both_rules(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    (decision,) = place.decisions(key)
    assert [s.kind for s in decision.waiting] == [Kind.UNDETERMINED]
    assert [s.kind for s in decision.acted if s.after] == [Kind.GRANTED]
    (case,) = place.open_cases()
    assert case.kind == "conflict"
    (reason,) = reasons(place, case.number)
    for words in ("contradicts itself", "Who is under 1 has more.", "Trial Act § 1", "Trial Act § 2"):
        assert words in reason
    later = place.stands(key, "2025-12-01")
    assert later is not None
    assert later["amount"] == 200000
    place.day("2025-01-28")
    assert place.paid(MOTHER) == {}


def test_it_stays_open_though_answered_and_settles_itself_with_a_fact(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    (case,) = place.open_cases()
    place.answer(case.number, "approve")
    place.day("2024-12-28")
    assert [c.number for c in place.open_cases()] == [case.number]
    assert place.paid(MOTHER) == {}
    place.tell(moved(CHILD, "2024-11-04", "m1", "4601"), moved(MOTHER, "2024-11-04", "m2", "4601"))
    assert "conflict" not in [c.kind for c in place.open_cases()]
    assert place.paid(MOTHER) == {"2024-12": 3000}


def test_the_officer_reads_which_rules_conflict_and_is_not_asked_to_approve(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    (case,) = place.open_cases()
    officer = Browser(TestClient(create(place.app), raise_server_exceptions=True))
    assert "The law contradicts itself" in officer.be_officer("nav-1")
    page = officer.page(f"/officer/cases/{case.number}")
    assert "Who is under 1 has more." in page
    assert "Nobody can answer this" in page
    assert 'value="approve"' not in page
