"""Who a person is to those who write to them: a name, a language, a child or grown up, alive, protected.

Which facts tell it is the pack's to say, in `notices/people.toml`. Where a child is protected, a grown-up who
is not learns nothing from us of what the child is, has or is called.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection

from duly.access import State
from duly.facts import Record, load, states_of, value_on
from duly.law import UNKNOWN, Pack
from duly.timeline import add_years
from duly.vault import Use, Vault

__all__ = [
    "INFORM",
    "PROTECTION",
    "Home",
    "Person",
    "Roles",
    "grown_ups",
    "homes",
    "may_tell",
    "people",
    "protected",
    "roles",
]


class Roles(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Names of the attributes (and of one relation) that play each part; `grown` is an age in years.

    `where` is the category of facts that tell where somebody lives.

    `scheme` is of the identifier that people know.
    """

    kind: str
    scheme: str
    name: str
    language: str
    born: str
    died: str
    protected: str
    account: str
    where: str
    lives_with: str
    cares_for: str
    recipient: str
    grown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A person on a day. `name` is "" where none is known; `language` is one that the pack speaks."""

    subject: int
    name: str
    language: str
    child: bool
    alive: bool
    protected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The grown-ups whom a child lives with, and all who ever cared for it or are its parents."""

    carers: tuple[int, ...]
    around: frozenset[int]


INFORM: Final = "inform"
PROTECTION: Final = "protection"
NAMED: Final = ("name", "language", "born", "died", "protected")


def roles(pack: Pack) -> Roles:
    """The pack's roles, read once for each of its contents."""
    return _read(pack.directory / "notices" / "people.toml", pack.hash)


def people(
    conn: Connection, vault: Vault, use: Use, pack: Pack, subjects: Iterable[int], today: int
) -> dict[int, Person]:
    """The persons among these subjects, opened for a use."""
    parts = roles(pack)
    categories = {pack.vocabulary.attribute(getattr(parts, part)).category for part in NAMED}
    found = load(conn, vault, use, subjects, categories)
    return {
        s: _person(pack, parts, record, today) for s, record in found.items() if record.kind == parts.kind
    }


def grown_ups(child: Record) -> set[int]:
    """Everybody who cares or cared for a child or is its parent, as the child's own record points to them."""
    owners = {owner for relation in child.pointers for owner in child.owners(relation)}
    return owners | {member for _, member in child.facts if member}


def homes(
    conn: Connection, vault: Vault, use: Use, pack: Pack, children: Iterable[int], today: int
) -> dict[int, Home]:
    """By child, whom the child lives with on the day, and who else is around it."""
    parts = roles(pack)
    category = pack.vocabulary.attribute(parts.lives_with).category
    records = load(conn, vault, use, children, {category})
    owners = {owner for record in records.values() for owner in record.owners(parts.cares_for)}
    grown = load(conn, vault, use, owners, {category})
    return {
        child: Home(
            carers=tuple(
                owner
                for owner in record.owners(parts.cares_for)
                if owner in grown and value_on(pack, grown[owner], parts.lives_with, today, child) is True
            ),
            around=frozenset(grown_ups(record)),
        )
        for child, record in records.items()
    }


def protected(conn: Connection, vault: Vault, pack: Pack, subjects: Collection[int], today: int) -> set[int]:
    """Those who are protected, or of whom that is not known; nothing else of them is opened."""
    states = states_of(conn, vault, pack, subjects, today)
    return {one for one, of in states.items() if State.PROTECTED in of}


def may_tell(reader: Person, child: Person) -> bool:
    """Whether a grown-up may be told of what a child is, has and is called."""
    return reader.protected or not child.protected


def _person(pack: Pack, parts: Roles, record: Record, today: int) -> Person:
    facts: Mapping[str, object] = {
        part: value_on(pack, record, getattr(parts, part), today) for part in NAMED
    }
    name, language, born, died = facts["name"], facts["language"], facts["born"], facts["died"]
    return Person(
        subject=record.subject,
        name=name if isinstance(name, str) else "",
        language=language if isinstance(language, str) and language in pack.languages else pack.languages[0],
        child=isinstance(born, int) and today < add_years(born, parts.grown),
        alive=died is None or died is UNKNOWN,
        protected=facts["protected"] is True,
    )


@lru_cache(maxsize=16)
def _read(file: Path, whole: str) -> Roles:
    return msgspec.toml.decode(file.read_bytes(), type=Roles)
