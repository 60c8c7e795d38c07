"""Every requirement of OWASP ASVS 5.0.0 at levels 1 and 2 has a status, and what it names exists."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))

import asvs_page

STANDARD = """
V1.1:1-2 V1.2:1-9 V1.3:1-11 V1.4:1-3 V1.5:1-2 V2.1:1-3 V2.2:1-3 V2.3:1-4 V2.4:1 V3.2:1-2 V3.3:1-4 V3.4:1-6
V3.5:1-5 V3.7:1-2 V4.1:1-3 V4.2:1 V4.3:1-2 V4.4:1-4 V5.1:1 V5.2:1-3 V5.3:1-2 V5.4:1-3 V6.1:1-3 V6.2:1-12
V6.3:1-4 V6.4:1-4 V6.5:1-5 V6.6:1-3 V6.8:1-4 V7.1:1-3 V7.2:1-4 V7.3:1-2 V7.4:1-5 V7.5:1-2 V7.6:1-2 V8.1:1-2
V8.2:1-3 V8.3:1 V8.4:1 V9.1:1-3 V9.2:1-4 V10.1:1-2 V10.2:1-2 V10.3:1-4 V10.4:1-11 V10.5:1-5 V10.6:1-2
V10.7:1-3 V11.1:1-2 V11.2:1-3 V11.3:1-3 V11.4:1-4 V11.5:1 V11.6:1 V12.1:1-3 V12.2:1-2 V12.3:1-4 V13.1:1
V13.2:1-5 V13.3:1-2 V13.4:1-5 V14.1:1-2 V14.2:1-4 V14.3:1-3 V15.1:1-3 V15.2:1-3 V15.3:1-7 V16.1:1 V16.2:1-5
V16.3:1-4 V16.4:1-3 V16.5:1-3 V17.1:1 V17.2:1-4 V17.3:1-2
"""
"""By section of the standard, the numbers of its requirements at levels 1 and 2."""


def numbers() -> list[str]:
    found: list[str] = []
    for part in STANDARD.split():
        section, _, span = part.partition(":")
        first, _, last = span.partition("-")
        found.extend(f"{section}.{number}" for number in range(int(first), int(last or first) + 1))
    return found


def test_every_requirement_is_there_once_and_in_order() -> None:
    assert [one["id"] for one in asvs_page.requirements()] == numbers()
    levels = [one["level"] for one in asvs_page.requirements()]
    assert (levels.count(1), levels.count(2)) == (70, 183)


def test_what_covers_a_requirement_exists() -> None:
    for one in asvs_page.requirements():
        assert one["status"] in asvs_page.STATES, one["id"]
        for path in one["by"]:
            assert (asvs_page.REPOSITORY / path).is_file(), (one["id"], path)


def test_what_is_met_is_shown_and_what_is_not_says_why() -> None:
    for one in asvs_page.requirements():
        assert one["text"], one["id"]
        if one["status"] in {"met", "operator"}:
            assert one["by"], one["id"]
        if one["status"] in {"partly", "not met", "n/a"}:
            assert one["note"] or one["by"], one["id"]
        if one["status"] in {"not met", "n/a"}:
            assert one["note"], one["id"]


def test_the_page_is_made_from_the_data() -> None:
    assert asvs_page.PAGE.read_text(encoding="utf-8") == asvs_page.page(), "run tools/asvs_page.py"
