"""Sessions, languages and the look: the small parts that every page stands on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError
from web_people import frame

from duly.errors import Denied, NotFound
from duly.law.pack import Pack
from duly.web.languages import speech
from duly.web.render import FOLDER, environment, render
from duly.web.sessions import LIFE, MOST, NOBODY, Sessions

PACK = Pack.load("norway")
STATIC = FOLDER.with_name("static")


class Hours:
    """The process's own time, moved by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def begin(sessions: Sessions, subject: int = 7) -> str:
    return sessions.begin(subject=subject, officer="", agency="", cleared=False, name="Ingrid").key


def test_a_session_is_found_by_its_key_until_it_ends() -> None:
    clock = Hours()
    sessions = Sessions(clock)
    key = begin(sessions)
    found = sessions.find(key)
    assert found is not None
    assert found.subject == 7
    clock.now = LIFE
    assert sessions.find(key) is None


def test_an_ended_session_and_an_invented_key_are_nobodys() -> None:
    sessions = Sessions(Hours())
    key = begin(sessions, NOBODY)
    sessions.end(key)
    sessions.end(key)
    assert sessions.find(key) is None
    assert sessions.find("invented") is None


def test_keys_and_tokens_are_never_the_same() -> None:
    sessions = Sessions(Hours())
    made = [sessions.find(begin(sessions)) for _ in range(50)]
    assert len({one.key for one in made if one}) == 50
    assert len({one.token for one in made if one} | {one.key for one in made if one}) == 100


def test_the_oldest_session_gives_way() -> None:
    sessions = Sessions(Hours())
    keys = [begin(sessions) for _ in range(MOST + 1)]
    assert sessions.find(keys[0]) is None
    assert sessions.find(keys[-1]) is not None


def test_only_the_sessions_own_token_passes() -> None:
    sessions = Sessions(Hours())
    one, other = sessions.find(begin(sessions)), sessions.find(begin(sessions))
    assert one is not None
    assert other is not None
    one.check(one.token)
    for wrong in (other.token, "", one.token[:-1], "æøå"):
        with pytest.raises(Denied):
            one.check(wrong)


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
