"""A text has placeholders for what is known when it is said, and for nothing else.

A placeholder is a plain name in braces: no attribute, index, format or conversion, which could tell more than
the text may. What is not so is answered when the pack is checked, for it would fail when somebody is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from string import Formatter

from duly.law.findings import Finding

__all__ = ["placeholders", "wrong"]


def placeholders(text: str) -> list[str]:
    """The placeholders of a text as they are written; ValueError where braces do not pair."""
    found: list[str] = []
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None:
            found.append(name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else ""))
    return found


def wrong(text: str, known: Collection[str], whose: str, file: str, line: int) -> Iterator[Finding]:
    """A finding for each placeholder of the text that stands for nothing, and for braces that do not pair.

    `whose` says of which text: "in the sentence of alive".
    """
    instead = " or ".join("{" + each + "}" for each in sorted(known)) or "no placeholder"
    try:
        named = placeholders(text)
    except ValueError as error:
        what = f"The braces {whose} do not pair: {error}"
        yield Finding(file=file, line=line, what=what, write_instead=f"{instead}; a brace itself as {{{{")
        return
    for name in dict.fromkeys(named):
        if name not in known:
            what = f"{{{name}}} {whose} stands for nothing"
            yield Finding(file=file, line=line, what=what, write_instead=instead)
