"""Whom a case is about decides who sees that it exists; looking through the list is one use of many."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from web_town import CHILD, FATHER, MOTHER, Town, birth, browse, event, register

from duly.vault.tables import bulk_use


@pytest.fixture
def town(tmp_path: Path, store_url: str) -> Iterator[Town]:
    made = Town(tmp_path / "town", "2025-10-02", database=store_url)
    yield made
    made.close()


def contested_by(town: Town, person: str, *, protected: bool) -> None:
    home = {"child": CHILD, "carer": MOTHER, "role": "mother", "since": "2025-03-03"}
    town.take(
        [
            register(MOTHER, "Ingrid Berg", "1990-01-01", "5601", protected=protected),
            register(FATHER, "Jonas Berg", "1988-02-02"),
            birth("2025-03-03", lives_with=[], municipality="5601"),
            event("no.folkeregisteret.care.v1", home),
        ]
    )
    town.tell("no.self.contest.v1", {"person": person, "contest": "It is wrong", "since": "2025-10-02"})


def listed(town: Town, officer: str) -> bool:
    browser = browse(town)
    browser.be_officer(officer)
    return "/officer/cases/" in browser.page("/officer")


def test_who_is_not_cleared_does_not_see_a_case_of_somebody_protected(town: Town) -> None:
    contested_by(town, MOTHER, protected=True)
    assert listed(town, "nav-3")
    assert not listed(town, "nav-1")
    assert not listed(town, "helfo-1")


def test_a_case_of_anybody_else_is_seen_by_all_and_leaves_one_use(town: Town) -> None:
    contested_by(town, FATHER, protected=False)
    browser = browse(town)
    browser.be_officer("nav-1")
    before = many(town)
    assert "/officer/cases/" in browser.page("/officer")
    assert many(town) == before + 1
    assert listed(town, "nav-3")
    assert many(town) == before + 1


def many(town: Town) -> int:
    """How many uses of many there were."""
    with town.app.store.read() as conn:
        return conn.execute(select(func.count()).select_from(bulk_use)).scalar_one()
