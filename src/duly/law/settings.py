"""What pack.toml must say, before anything of the pack is read; purposes.toml beside it adds purposes."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from reprlib import repr as shortened
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from duly.errors import BadInput
from duly.law.rates import CURRENCY

__all__ = ["PURPOSES", "SPOKEN", "settings_of"]

PURPOSES: Final = "purposes.toml"
SPOKEN: Final = ("purposes", "legal_bases")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
FARTHEST: Final = 200
"""Years to which timelines may be computed: a life and more."""


def settings_of(directory: Path) -> dict[str, Any]:
    """What pack.toml and purposes.toml say. BadInput where it is not complete."""
    file = directory / "pack.toml"
    settings = _read(file)
    missing = WANTED.keys() - settings.keys()
    if missing:
        raise BadInput(
            "pack.toml is not complete",
            detail=f"It does not say {', '.join(sorted(missing))}.",
            where=str(file),
        )
    if "vocabulary" not in settings["law"]:
        raise BadInput(
            "pack.toml is not complete",
            detail="`law` does not list a module called vocabulary.",
            where=str(file),
        )
    for name, (fits, instead) in {**WANTED, **TABLES}.items():
        if name in settings and not fits(settings[name]):
            detail = f"{name} is {shortened(settings[name])}."
            title, hint = "pack.toml says what cannot be", f"Write {instead}."
            raise BadInput(title, detail=detail, where=str(file), hint=hint)
    return settings | _purposes(directory / PURPOSES, settings)


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{file.name} cannot be read", detail=str(error), where=str(file)) from error


def _purposes(file: Path, settings: Mapping[str, Any]) -> dict[str, Any]:
    """What purposes.toml says; nothing that pack.toml says too, and each thing as a table of tables."""
    told = _read(file) if file.is_file() else {}
    for name, said in told.items():
        if name not in SPOKEN or name in settings or not _are_tables(said):
            raise BadInput(
                "purposes.toml says what cannot be",
                detail=f"{name} is {shortened(said)}."
                if name not in settings
                else f"pack.toml says {name} too.",
                where=str(file),
                hint="Write [purposes.NAME] for each, and [legal_bases] with CITATION = {...} for each.",
            )
    return told


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_zone(value: object) -> bool:
    try:
        return isinstance(value, str) and bool(ZoneInfo(value))
    except (ValueError, OSError, ZoneInfoNotFoundError):
        return False


def _is_currency(value: object) -> bool:
    return isinstance(value, str) and CURRENCY.fullmatch(value) is not None


def _are_years(value: object) -> bool:
    return type(value) is int and 0 < value <= FARTHEST


def _are_modules(value: object) -> bool:
    """Modules of this directory: what lies outside of it would not be in the pack's hash."""
    return _are_texts(value) and all(name.isidentifier() for name in cast(list[str], value))


def _are_languages(value: object) -> bool:
    return _are_texts(value) and all(LANGUAGE.fullmatch(name) for name in cast(list[str], value))


def _are_texts(value: object) -> bool:
    """A list of texts, at least one, each once."""
    texts = cast(list[object], value) if isinstance(value, list) else []
    return bool(texts) and all(map(_is_text, texts)) and len(set(texts)) == len(texts)


def _are_tables(value: object) -> bool:
    """A table of tables, in which what has several names is a list of texts."""
    named = list(cast(dict[str, object], value).values()) if isinstance(value, dict) else [None]
    tables = [cast(dict[str, object], each) for each in named if isinstance(each, dict)]
    lists = [
        table[name]
        for table in tables
        for name in ("purposes", "attributes", "roles", "also")
        if name in table
    ]
    return len(tables) == len(named) and all(each == [] or _are_texts(each) for each in lists)


Fits = Callable[[object], bool]
WANTED: Final[Mapping[str, tuple[Fits, str]]] = {
    "name": (_is_text, "a text"),
    "zone": (_is_zone, 'a time zone, such as "Europe/Oslo"'),
    "currency": (_is_currency, "the three letters of ISO 4217"),
    "horizon_years": (_are_years, f"whole years, from 1 to {FARTHEST}"),
    "languages": (_are_languages, 'a list of languages, such as ["en", "nb"], each once'),
    "law": (_are_modules, 'a list of modules beside pack.toml, such as ["vocabulary", "rates"], each once'),
}
"""What must be said, when it can be, and what to write."""
TABLES: Final[Mapping[str, tuple[Fits, str]]] = {
    "agencies": (_are_tables, '[agencies.NAME] for each, with purposes = ["..."]'),
    "purposes": (_are_tables, "[purposes.NAME] for each"),
    "categories": (_are_tables, "NAME = {...} for each"),
    "departments": (_are_tables, "[departments.NAME] for each"),
    "registers": (_are_tables, '[registers.NAME] for each, with attributes = ["..."]'),
}
"""The same of what need not be said."""
