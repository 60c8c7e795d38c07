"""The pictures of the explanation are what the law gives for the tutorial's facts."""

from __future__ import annotations

import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

TOOLS = Path(__file__).parents[2] / "tools"
FOLDER = Path(__file__).parents[2] / "docs/explanation"
SVG = "{http://www.w3.org/2000/svg}"


def test_the_pictures_are_as_drawn_now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(TOOLS))
    import timelines

    drawn = timelines.pictures()
    assert {name: (FOLDER / name).read_text(encoding="utf-8") for name in drawn} == drawn
    del sys.modules["timelines"]


@pytest.mark.parametrize("file", sorted(FOLDER.glob("timelines-*.svg")), ids=lambda file: file.stem)
def test_a_picture_says_in_words_what_it_shows(file: Path) -> None:
    root = ElementTree.fromstring(file.read_text(encoding="utf-8"))  # noqa: S314 - our own file
    assert root.get("role") == "img"
    title, told = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert told is not None
    assert title.text
    assert told.text
    page = (FOLDER / "timelines.md").read_text(encoding="utf-8")
    assert f"]({file.name})" in page
