"""What a pack says to people, in one language: names of things, sentences, days and money in words.

The pack's folder `notices/` holds one file for each language, `<language>.toml`; what pack.toml gives a title
has its name from there. A name that is missing is our fault and is said so, never replaced by a made-up one.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, cast
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from duly.errors import NotFound, OurFault, near_miss
from duly.law.ir import RuleIR
from duly.law.pack import Pack
from duly.law.settings import settings_of

__all__ = ["Words", "load", "sentence_of"]

_EPOCH: Final = date(1970, 1, 1)
CODES: Final = "codes.toml"
"""What codes are called in every language, a table for each attribute that has them."""
TITLED: Final = ("exchanges", "agencies", "departments", "purposes", "categories", "registers")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language of one pack. `sections` are those of the file, with the titles of pack.toml."""

    language: str
    name: str
    direction: str
    place: str
    locale: Locale
    zone: str
    money_form: str
    sections: Mapping[str, Mapping[str, str]]

    def name_of(self, section: str, key: str) -> str:
        """The word for `key` in a section: programmes, agencies, registers, purposes, attributes ..."""
        found = self.sections.get(section, {}).get(key)
        if found is None:
            raise OurFault(
                "A word is missing in the pack",
                detail=f"[{section}] has no {key!r}.",
                where=f"notices/{self.language}.toml",
                hint=near_miss(key, self.sections.get(section, {})) or "Add it to the file.",
            )
        return found

    def has(self, section: str, key: str) -> bool:
        return key in self.sections.get(section, {})

    def phrase(self, section: str, key: str, **values: str) -> str:
        """A sentence with its gaps filled."""
        return self.name_of(section, key).format(**values)

    def day(self, day: int) -> str:
        """A day in words: 3 March 2026."""
        return format_date(_date(day), format="long", locale=self.locale)

    def month(self, day: int) -> str:
        """The month of a day in words: March 2026."""
        return format_date(_date(day), format="LLLL y", locale=self.locale)

    def instant(self, microseconds: int) -> str:
        """An instant on the pack's wall clock: 3 March 2026, 09:12."""
        moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
        local = moment.astimezone(ZoneInfo(self.zone))
        clock = format_datetime(local, format="HH:mm", locale=self.locale)
        return f"{format_date(local.date(), format='long', locale=self.locale)}, {clock}"

    def money(self, minor: int) -> str:
        """An amount (in hundredths) with the currency: 1,968 kr. Hundredths only where there are any."""
        form = "#,##0" if minor % 100 == 0 else "#,##0.00"
        number = Decimal(minor) / 100
        return self.money_form.format(amount=format_decimal(number, format=form, locale=self.locale))


def load(pack: Pack, language: str) -> Words:
    """The words of one of the pack's languages; NotFound where it has no such language."""
    if language not in pack.languages:
        there = ", ".join(pack.languages)
        raise NotFound("No such language", detail=f"The pack speaks {there}.", where=language)
    return _loaded(pack.directory, pack.hash, language)


def sentence_of(pack: Pack, language: str, rule: RuleIR) -> str:
    """What a rule says to the one it is about."""
    return pack.sentence(rule.name, language).split(" | ")[0]


@lru_cache(maxsize=64)
def _loaded(directory: Path, whole: str, language: str) -> Words:
    settings = settings_of(directory)
    content = _table(directory / "notices" / f"{language}.toml")
    sections = {key: cast(dict[str, str], value) for key, value in content.items() if isinstance(value, dict)}
    for section in TITLED:
        titles = {key: str(named["title"][language]) for key, named in settings.get(section, {}).items()}
        sections[section] = titles | sections.get(section, {})
    codes = directory / "notices" / CODES
    sections |= _table(codes) if codes.exists() else {}
    return Words(
        language=language,
        name=content["name"],
        direction=content["direction"],
        place=content["place"],
        locale=Locale.parse(content["locale"]),
        zone=settings["zone"],
        money_form=content["money"],
        sections=sections,
    )


def _table(file: Path) -> dict[str, Any]:
    return tomllib.loads(file.read_text("utf-8"))


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)
