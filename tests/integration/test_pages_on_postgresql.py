"""The pages on PostgreSQL, under row-level security: tests of `test_pages`, for each thing that pages do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from test_pages import (
    born,
    quiet,
    test_a_birth_is_child_benefit_and_a_practitioner_on_the_mothers_page,
    test_a_choice_of_recipient_comes_in_as_an_event_and_acts,
    test_a_contest_becomes_a_case,
    test_a_full_list_is_a_case_that_an_officer_approves,
    test_an_officer_who_looks_is_seen_with_their_reason,
    test_every_use_has_who_purpose_law_facts_and_a_number,
    test_notices_stand_on_the_page_and_are_only_ones_own,
    test_signing_in_gives_a_new_key_and_signing_out_ends_it,
)
from web_town import Town, family

from duly.demo.dump import dump

__all__ = [
    "born",
    "quiet",
    "test_a_birth_is_child_benefit_and_a_practitioner_on_the_mothers_page",
    "test_a_choice_of_recipient_comes_in_as_an_event_and_acts",
    "test_a_contest_becomes_a_case",
    "test_a_full_list_is_a_case_that_an_officer_approves",
    "test_an_officer_who_looks_is_seen_with_their_reason",
    "test_every_use_has_who_purpose_law_facts_and_a_number",
    "test_notices_stand_on_the_page_and_are_only_ones_own",
    "test_signing_in_gives_a_new_key_and_signing_out_ends_it",
]


@pytest.fixture
def town(tmp_path: Path, postgres_url: str) -> Iterator[Town]:
    """As in `test_pages`, on PostgreSQL."""
    made = Town(tmp_path, "2025-03-04", database=postgres_url)
    family(made)
    yield made
    made.close()


def test_the_viewer_of_the_demo_shows_every_table(born: Town) -> None:
    with born.app.worker.acting.read() as conn:
        shown = {one.name: one.count for one in dump(conn)}
    assert {shown[name] for name in ("assertion", "identifier", "snapshot", "subject", "use_entry")} & {
        "0"
    } == set()
