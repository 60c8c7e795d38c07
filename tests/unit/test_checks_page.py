"""The page of findings names every one that the code makes, and those of well-formedness with an example."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import checks_page


def test_the_page_is_what_the_code_says() -> None:
    assert checks_page.PAGE.read_text(encoding="utf-8") == checks_page.page(), (
        "a finding is new or says something else: run `.venv/bin/python tools/checks_page.py`"
    )


def test_every_finding_of_a_pack_that_loads_has_an_example() -> None:
    assert checks_page.without_example() == [], "add an example to EXAMPLES in tools/checks_page.py"
