"""The pages' own words in the reader's language; English is the source, `locale/<language>.po` the rest.

What a pack says (programmes, registers, values) is in its `Words`; both travel together as one `Speech`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from babel.messages.pofile import read_po

from duly.law.pack import Pack
from duly.notices import Words, load

__all__ = ["SOURCE", "Catalog", "Speech", "catalog", "preferred", "speech"]

SOURCE: Final = "en"
FOLDER: Final = Path(__file__).with_name("locale")


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalog:
    """The pages' messages in one language, by their English form; none where the language is the source."""

    language: str
    messages: Mapping[str, tuple[str, ...]]

    def gettext(self, message: str) -> str:
        return self.messages.get(message, (message,))[0]

    def ngettext(self, one: str, many: str, number: int) -> str:
        """English and Norwegian both have one form for 1 and one for all other numbers."""
        return self.messages.get(one, (one, many))[0 if number == 1 else 1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """One language: the pack's words and the pages' own."""

    words: Words
    catalog: Catalog

    def say(self, message: str, **values: object) -> str:
        """The message with its gaps, written %(name)s, filled."""
        return self.catalog.gettext(message) % values

    def count(self, one: str, many: str, number: int, **values: object) -> str:
        """The form for a number, with %(num)s and the other gaps filled."""
        return self.catalog.ngettext(one, many, number) % {"num": number, **values}


def speech(pack: Pack, language: str) -> Speech:
    """What pages of this pack say in a language; NotFound where the pack does not speak it."""
    return Speech(words=load(pack, language), catalog=catalog(language))


def preferred(accepted: str, spoken: Sequence[str]) -> str:
    """The spoken language that an Accept-Language header prefers, else the first; regions are ignored."""
    ranked: list[tuple[float, str]] = []
    for part in accepted.split(","):
        tag, _, quality = part.strip().partition(";q=")
        weight = float(quality) if quality.replace(".", "", 1).isdigit() else 1.0
        primary = tag.partition("-")[0].lower()
        ranked.append((-weight, "nb" if primary in {"no", "nn"} else primary))
    for _, language in sorted(ranked, key=lambda one: one[0]):
        if language in spoken:
            return language
    return spoken[0]


@cache
def catalog(language: str) -> Catalog:
    """The messages of a language, read once."""
    if language == SOURCE:
        return Catalog(language=language, messages={})
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language, abort_invalid=True)
    found: dict[str, tuple[str, ...]] = {}
    for message in read:
        if message.id and message.string:
            key = message.id if isinstance(message.id, str) else message.id[0]
            found[key] = (message.string,) if isinstance(message.string, str) else tuple(message.string)
    return Catalog(language=language, messages=found)
