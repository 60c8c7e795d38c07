"""An entry about two people shows neither the other, also where an officer's case is about both."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from web_town import CHILD, FATHER, MOTHER, NEIGHBOUR, Browser, Town, birth, browse, event, family

from duly.delivery.tables import case

REASON = "MARKED-REASON about both of them"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """A child that lives with its mother."""
    town = Town(tmp_path, "2025-03-04")
    family(town)
    town.take([birth("2025-01-03", lives_with=[MOTHER])])
    town.app.worker.run_until_idle()
    yield town
    town.close()


def reader(town: Town, person: str) -> Browser:
    browser = browse(town)
    browser.be(person)
    return browser


def answered(town: Town) -> str:
    """The number of the only case, answered by an officer with the marked reason."""
    officer = browse(town)
    cases = officer.be_officer("nav-1")
    number = cases.split("/officer/cases/")[1].split('"')[0]
    address = f"/officer/cases/{number}"
    officer.page(address)
    officer.send(address, address, answer="approve", reason=REASON)
    town.app.worker.run_until_idle()
    return number


def test_neither_of_two_in_one_case_is_shown_in_the_others_uses(town: Town) -> None:
    shared = {"child": CHILD, "since": "2025-04-01", "shared": "split"}
    town.take(
        [
            event("no.folkeregisteret.care.v1", {**shared, "carer": MOTHER, "role": "mother"}),
            event("no.folkeregisteret.care.v1", {**shared, "carer": FATHER, "role": "father"}),
        ]
    )
    town.app.worker.run_until_idle()
    number = answered(town)
    with town.app.store.read() as conn:
        assert conn.execute(select(case.c.joint).where(case.c.number == int(number))).scalar_one() is True
    for person, other in ((MOTHER, ("Jonas", FATHER)), (FATHER, ("Ingrid", MOTHER))):
        page = reader(town, person).page("/me/uses")
        assert f"Case {number}" in page
        assert REASON not in page
        for told in (*other, NEIGHBOUR):
            assert told not in page
