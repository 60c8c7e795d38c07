"""Sessions, languages and the look: the small parts that every page stands on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from web_people import frame

from duly.errors import NotFound
from duly.law.pack import Pack
from duly.web.languages import speech
from duly.web.render import FOLDER, environment, render

PACK = Pack.load("norway")
STATIC = FOLDER.with_name("static")


def test_an_unspoken_language_is_not_found() -> None:
    with pytest.raises(NotFound):
        speech(PACK, "xx")


def test_a_name_that_a_template_lacks_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        render(speech(PACK, "en"), "person.html", frame())


@pytest.mark.parametrize("language", PACK.languages)
def test_every_template_compiles(language: str) -> None:
    templates = [name for name in environment(language).list_templates() if name.endswith(".html")]
    assert len(templates) > 15
    for name in templates:
        environment(language).get_template(name)


def test_templates_have_no_script_and_no_inline_style() -> None:
    for file in FOLDER.rglob("*.html"):
        text = file.read_text("utf-8")
        assert not re.search(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", text), file
        assert "|safe" not in text.replace(" ", ""), file


@pytest.mark.parametrize("sheet", ["ui.css", "ui.rtl.css", "theme.css"])
def test_the_look_is_nobodys_brand(sheet: str) -> None:
    text = (STATIC / sheet).read_text("utf-8")
    for trace in (
        "GDS Transport",
        "crest",
        "crown",
        "url(",
        "govuk-header",
        "govuk-footer",
        "#1d70b8",
        "@import",
    ):
        assert trace.lower() not in re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL).lower(), trace


def test_the_sheets_stand_with_their_licence() -> None:
    assert "MIT License" in (STATIC / "LICENSE-govuk-frontend.txt").read_text("utf-8")
    assert Path(STATIC / "icon.svg").is_file()


def test_every_municipality_with_a_supplement_has_a_name() -> None:
    codes = PACK.module("codes")
    words = speech(PACK, "nb").words
    assert words.name_of("Person.municipality", "5601") == "Alta"
    for code in codes.SVALBARD | codes.FINNMARK_AND_NORTH_TROMS:
        assert words.has("Person.municipality", code), code
