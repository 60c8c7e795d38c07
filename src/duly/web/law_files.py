"""A dry run or a difference as a page of its own, for whoever has no server at hand: one file, no script."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from markupsafe import Markup

from duly.law import Pack
from duly.reform.differences import Differences
from duly.reform.figures import Figures
from duly.reform.passage import Passage
from duly.web.languages import speech
from duly.web.law_views import change_shown, compared, drawn, figures_shown, titles_of
from duly.web.render import environment

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["diff_page", "dry_run_page", "dry_run_picture"]

TEMPLATE: Final = "law_file.html"
STYLE: Final = Path(__file__).with_name("static") / "law-file.css"


def diff_page(pack: Pack, found: Differences, language: str) -> str:
    """What differs between two versions."""
    spoken = speech(pack, language)
    return (
        environment(language)
        .get_template(TEMPLATE)
        .render(
            language=language,
            style=_style(),
            direction=spoken.words.direction,
            title=spoken.say("What it changes"),
            change=None,
            figures=None,
            found=found,
            titles=titles_of(spoken, found),
        )
    )


def dry_run_page(app: App, at: Passage, figures: Figures, language: str) -> str:
    """What a change would do, and what it changes."""
    spoken, found = speech(app.pack, language), compared(app, at, language)
    return (
        environment(language)
        .get_template(TEMPLATE)
        .render(
            language=language,
            style=_style(),
            direction=spoken.words.direction,
            title=spoken.say("Change %(number)s of the law", number=at.change.number),
            change=change_shown(spoken, at),
            figures=figures_shown(spoken, figures),
            found=found,
            titles=titles_of(spoken, found),
        )
    )


def _style() -> Markup:
    return Markup(f"<style>\n{STYLE.read_text(encoding='utf-8')}</style>")  # noqa: S704 - our own file


def dry_run_picture(app: App, figures: Figures, language: str) -> str:
    """The picture alone."""
    return drawn(speech(app.pack, language), figures)
