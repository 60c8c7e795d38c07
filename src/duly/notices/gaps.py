"""Each sentence of a notice or page has gaps for what is known when it is said, and no others.

`GAPS` names them by section and key ("*": every key of the section); a text that is not named here has none.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, cast

from duly.law import Finding, Pack
from duly.law.placeholders import wrong
from duly.law.settings import PURPOSES, SPOKEN
from duly.notices.words import TITLED

__all__ = ["GAPS", "findings", "gaps_of"]

_CHANGED: Final = frozenset({"what", "from", "until"})
_PART: Final = frozenset({"amount", "rate", "percent"})
_TOPIC: Final = frozenset({"programme", "about"})
_CONTEST: Final = frozenset({"said", "deadline", "fact", "register"})
_ERASURE: Final = frozenset({"number"})
_AGENCY: Final = frozenset({"agency"})
GAPS: Final[Mapping[tuple[str, str], frozenset[str]]] = {
    ("amounts", "half"): _PART,
    ("amounts", "month"): frozenset({"amount"}),
    ("amounts", "part"): _PART,
    ("amounts", "provider"): frozenset({"provider"}),
    ("causes", "register"): frozenset({"register"}),
    ("choices", "recipient"): frozenset({"child"}),
    ("contest", "confirmed"): _CONTEST,
    ("contest", "corrected"): _CONTEST,
    ("contest", "next_confirmed"): _CONTEST,
    ("contest", "next_corrected"): _CONTEST,
    ("contest", "next_overdue"): _CONTEST,
    ("contest", "next_rejected"): _CONTEST,
    ("contest", "next_upheld"): _CONTEST,
    ("contest", "officer_says"): frozenset({"words"}),
    ("contest", "overdue"): _CONTEST,
    ("contest", "register_says"): frozenset({"words"}),
    ("contest", "rejected"): _CONTEST,
    ("contest", "said"): _CONTEST,
    ("contest", "upheld"): _CONTEST,
    ("erasure", "approved"): _ERASURE,
    ("erasure", "law"): frozenset({"law"}),
    ("erasure", "officer_says"): frozenset({"words"}),
    ("erasure", "receipt"): _ERASURE,
    ("erasure", "remains"): _ERASURE,
    ("erasure", "said"): frozenset({"said"}),
    ("erasure", "until"): frozenset({"until"}),
    ("notice", "about"): _TOPIC,
    ("notice", "arrears"): frozenset({"amount"}),
    ("notice", "corrected"): _CHANGED,
    ("notice", "corrected_until"): _CHANGED,
    ("notice", "enrolled"): frozenset({"what", "from"}),
    ("notice", "granted"): _CHANGED,
    ("notice", "granted_until"): _CHANGED,
    ("notice", "greeting"): frozenset({"name"}),
    ("notice", "greeting_plain"): frozenset({"name"}),
    ("notice", "lowered"): _CHANGED,
    ("notice", "lowered_until"): _CHANGED,
    ("notice", "page"): frozenset({"address"}),
    ("notice", "provisional"): frozenset({"from"}),
    ("notice", "raised"): _CHANGED,
    ("notice", "raised_until"): _CHANGED,
    ("notice", "rule"): frozenset({"law"}),
    ("notice", "self"): _TOPIC,
    ("notice", "stopped"): frozenset({"until"}),
    ("notice", "stopped_day"): frozenset({"until"}),
    ("notice", "subject_many"): frozenset({"count"}),
    ("notice", "subject_one"): frozenset({"programme"}),
    ("notice", "who"): _AGENCY,
    ("notice", "who_person"): _AGENCY,
    ("notice", "why"): frozenset({"sentence"}),
    ("results", "*"): frozenset({"value"}),
}
MONEY: Final = frozenset({"amount"})


def gaps_of(section: str, key: str) -> Collection[str]:
    """The gaps that a text has."""
    return GAPS.get((section, key)) or GAPS.get((section, "*"), frozenset())


def findings(pack: Pack) -> Iterator[Finding]:
    """Placeholders that stand for nothing in the texts of a pack's notices and in its titles."""
    for language in pack.languages:
        path = pack.directory / "notices" / f"{language}.toml"
        if path.is_file():
            yield from _texts(path, f"notices/{language}.toml")
    yield from _titles(pack)


def _texts(path: Path, file: str) -> Iterator[Finding]:
    try:
        content: dict[str, Any] = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        yield Finding(file=file, line=1, what=f"This is not TOML: {error}", write_instead="TOML")
        return
    section, lines = "", path.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, start=1):
        section = line.strip().strip("[]") if line.startswith("[") else section
        key = line.partition("=")[0].strip().strip('"')
        table: Any = content.get(section, {}) if section else content
        text = table.get(key) if line.partition("=")[1] and not line.startswith("#") else None
        if isinstance(text, str):
            known = MONEY if (section, key) == ("", "money") else gaps_of(section, key)
            place = f"in [{section}] {key}" if section else f"in {key}"
            yield from wrong(text, known, place, file, number)


def _titles(pack: Pack) -> Iterator[Finding]:
    for section in TITLED:
        file = PURPOSES if section in SPOKEN and (pack.directory / PURPOSES).is_file() else "pack.toml"
        for name, said in pack.settings.get(section, {}).items():
            for language, text in cast(dict[str, Any], said).get("title", {}).items():
                lines = (pack.directory / file).read_text(encoding="utf-8").splitlines()
                line = next((n for n, line in enumerate(lines, start=1) if str(text) in line), 1)
                yield from wrong(str(text), (), f"in the {language} title of {name}", file, line)
