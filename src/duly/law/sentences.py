"""What people are told, by language: a rule's sentence, a review's reason, the words for people and values.

A sentence may have two forms, parted by " | ": the first to the person it is about, the second to others. In
the first language of the law the sentence is the rule's docstring.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, cast

from duly.errors import BadInput

__all__ = ["FIRST_LANGUAGE", "WORDS", "Sentences", "read_sentences"]

FIRST_LANGUAGE: Final = "en"
WORDS: Final = frozenset(
    {
        "you",
        "about",
        "other",
        "yes",
        "no",
        "nothing",
        "unknown",
        "month",
        "finding",
        "needed",
        "differ",
        "law",
        "from",
    }
)
"""Words that an explanation needs besides the sentences."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentences:
    """The texts of one language."""

    words: Mapping[str, str]
    rules: Mapping[str, str]
    reasons: Mapping[str, str]


def read_sentences(directory: Path, languages: Iterable[str]) -> Mapping[str, Sentences]:
    """The texts of each language that has a file."""
    files = {language: directory / f"sentences.{language}.toml" for language in languages}
    found = {language: _read(file) for language, file in files.items() if file.is_file()}
    return MappingProxyType(found)


def _read(file: Path) -> Sentences:
    try:
        read = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput("Sentences cannot be read", detail=str(error), where=file.name) from error
    tables = {name: _table(read.get(name, {}), name, file) for name in ("words", "rules", "reasons")}
    return Sentences(
        **{name: MappingProxyType({k: str(v) for k, v in table.items()}) for name, table in tables.items()}
    )


def _table(found: object, name: str, file: Path) -> Mapping[str, Any]:
    if isinstance(found, dict):
        return cast(Mapping[str, Any], found)
    detail = f"{name} is {found!r}, and no table."
    raise BadInput("Sentences cannot be read", detail=detail, where=file.name, hint=f"Write [{name}].")
