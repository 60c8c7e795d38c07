"""Templates become pages: everything is escaped, and a name that a template lacks is an error, not a gap."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from duly.web.languages import Speech, catalog
from duly.web.views import Frame

__all__ = ["FOLDER", "environment", "render"]

FOLDER: Final = Path(__file__).with_name("templates")


def render(speech: Speech, template: str, frame: Frame, **shown: object) -> str:
    """The page of a template in the reader's language."""
    return environment(speech.words.language).get_template(template).render(frame=frame, **shown)


@cache
def environment(language: str) -> Environment:
    """The templates of the folder `templates`, with the messages of one language."""
    made = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    messages = catalog(language)
    installed: Any = made
    installed.install_gettext_callables(messages.gettext, messages.ngettext, newstyle=True)
    return made
