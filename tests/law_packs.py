"""Small packs for tests of the language: a vocabulary, a pack.toml, and the law under test."""

from __future__ import annotations

from pathlib import Path

from duly.law import Finding, Pack, check_named

VOCABULARY = '''"""A small vocabulary."""

from duly.law import Choice, Code, Day, Link, Members, Money, Subject, attribute, inverse, relation

HELP = "help"


class Colour(Choice):
    """A colour."""

    RED = "red"
    GREEN = "green"
    BLUE = "blue"


class Bond(Link):
    """A bond."""

    close: bool = attribute("family", register="town", purposes={HELP})
    weight: int = attribute("family", register="town", purposes={HELP})


class Person(Subject):
    """A person."""

    born: Day = attribute("identity", register="town", purposes={HELP})
    died: Day | None = attribute("identity", register="town", purposes={HELP}, absent=None)
    home: Code | None = attribute("identity", register="town", purposes={HELP})
    wage: Money = attribute("money", register="town", purposes={HELP})
    colour: Colour = attribute("identity", register="town", purposes={HELP}, absent=Colour.RED)
    married: bool = attribute("family", register="town", purposes={HELP})
    married_finding: bool | None = attribute("family", register="town", purposes={HELP}, absent=None)
    name: str = attribute("identity", register="town", purposes={"other"})
    secret: bool = attribute("identity", register="town", purposes={"other"})
    knows: "Members[Person, Bond]" = relation(
        Bond, "Person", category="family", register="town", purposes={HELP}
    )
    known_by: "Members[Person, Bond]" = inverse("knows")
'''
RATES = '''"""Rates."""

from duly.law import END, kroner, rate

PLAIN = rate("plain", source="Act § 1", entries={"": kroner(100), "2024-02-01": kroner(110)})
ENDING = rate("ending", source="Act § 1", entries={"": kroner(5), "2024-03-01": END})
LATE = rate("late", source="Act § 1", begins="2024-01-15", entries={"2024-01-15": kroner(7)})
'''
TOML = """name = "small"
zone = "Europe/Oslo"
currency = "NOK"
horizon_years = 5
languages = ["en"]
law = ["vocabulary", "rates", "law"]

[agencies.office]
purposes = ["help"]

[categories]
identity = {}
family = {}
money = {}

[registers.town]
attributes = [
    "Person.born", "Person.died", "Person.home", "Person.wage", "Person.colour", "Person.married",
    "Person.married_finding", "Person.name", "Person.secret", "Bond.present", "Bond.close", "Bond.weight",
]
"""
WORDS = "you about other yes no nothing unknown month finding needed differ law from"
NAMES = (
    "ALWAYS, AUTOMATIC, DAY, DOWN, FIRST, HALF_EVEN, HALF_UP, MONTH, UP, Code, Day, Enrolment, Grant, Money, "
    "add_days, add_months, add_years, condition, exception, kroner, last_months, next_month, on, "
    "previous_month, programme, rank_of, review, round_to, rule, split, the, this_month, this_year, today, "
    "under"
)
HEAD = f'''"""Law under test."""

from duly.law import ({NAMES})

from . import rates
from .vocabulary import Bond, Colour, Person

HOMES = {{"0301", "5501"}}
'''
FIRST_LINE = HEAD.count("\n") + 1
"""The line of the module on which the law under test begins."""


def write(directory: Path, law: str, **files: str) -> Path:
    """The directory of a pack with this law; `files` replaces others by their stem."""
    directory.mkdir(parents=True, exist_ok=True)
    words = "[words]\n" + "\n".join(f'{word} = "{word}"' for word in WORDS.split())
    texts = {
        "vocabulary.py": VOCABULARY,
        "rates.py": _rates_of(law),
        "pack.toml": TOML,
        "sentences.en.toml": words,
        "law.py": HEAD + law,
    }
    replaced = {name: files.get(name.partition(".")[0], text) for name, text in texts.items()}
    for name, text in replaced.items():
        (directory / name).write_text(text, encoding="utf-8")
    return directory


def _rates_of(law: str) -> str:
    """All rates, or beside a programme those that the law names: one that nothing reads is a finding."""
    if "@programme(" not in law:
        return RATES
    named = [line for line in RATES.splitlines() if "= rate(" not in line or line.split()[0] in law]
    return "\n".join(named) + "\n"


def load(directory: Path, law: str, **files: str) -> Pack:
    """The pack with this law."""
    return Pack.load(write(directory, law, **files))


def the_finding(directory: Path, law: str, **files: str) -> Finding:
    """The only finding of the pack with this law; it says what to write instead."""
    (finding,) = check_named(write(directory / "pack", law, **files))
    assert finding.write_instead
    return finding


def rule(body: str, *, result: str = "bool", parameters: str = "person: Person") -> str:
    """One rule called `tested` with this body (lines without indentation)."""
    lines = "\n".join(f"    {line}" if line else line for line in body.strip("\n").splitlines())
    head = f'@rule(law="Act § 1")\ndef tested({parameters}) -> {result}:\n    """It is so."""\n'
    return head + lines + "\n"
