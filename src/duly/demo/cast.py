"""Who plays in the tour: people of the last day who fit each scene, kept in a file beside the database.

Real registers know this; the demo's server, which must not, is told by the file what its visitors may press.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import msgspec

from .registers import History
from .residents import Resident, age
from .town import Town

__all__ = ["Cast", "Shown", "cast_of", "read_cast", "read_played", "write_cast", "write_played"]

FILE: Final = "cast.json"
PLAYED: Final = "played.json"
Said = tuple[tuple[str, str], ...]
"""Messages by type and id."""


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody worth looking at, and why."""

    identity: str
    name: str
    why: str


class Cast(msgspec.Struct, frozen=True, kw_only=True):
    """Identity numbers for each scene.

    `mothers`: (mother, father, municipality) of couples who may have a child. `parents`: mothers of two or
    more who may be reported dead. `families`: (members, municipality) of homes that may move. `residents`:
    everybody whom a register could mark as emigrated. `neighbours`: whose record an officer may open.
    """

    shown: tuple[Shown, ...]
    mothers: tuple[tuple[str, str, str], ...]
    parents: tuple[str, ...]
    families: tuple[tuple[tuple[str, ...], str], ...]
    residents: tuple[str, ...]
    neighbours: tuple[str, ...]


def cast_of(history: History) -> Cast:
    """The cast of a finished history."""
    town = history.town
    mothers = [person for person in town.grown() if _may_have_a_child(town, person)]
    parents = [
        person
        for person in town.grown()
        if person.female and person.partner is not None and len(town.children_of(person.identity)) >= 2
    ]
    return Cast(
        shown=tuple(
            Shown(identity=identity, name=town.people[identity].name, why=why)
            for why, identity in history.worth_looking_at
        ),
        mothers=tuple((p.identity, str(p.partner), town.place_of(p.identity)) for p in mothers),
        parents=tuple(person.identity for person in parents),
        families=tuple(
            (tuple(town.homes[town.home_of[p.identity]].members), town.place_of(p.identity)) for p in parents
        ),
        residents=tuple(person.identity for person in town.here()),
        neighbours=tuple(person.identity for person in parents if not person.protected),
    )


def _may_have_a_child(town: Town, person: Resident) -> bool:
    """A couple whose youngest child is at least a year old, far from every filter rule."""
    fits = person.female and person.partner not in {None, *town.gone} and 24 <= age(person, town.day) <= 40
    ages = [age(child, town.day) for child in town.children_of(person.identity)]
    return fits and bool(ages) and min(ages) > 1.0 and person.identity not in town.guarded


def write_cast(directory: Path, cast: Cast) -> None:
    (directory / FILE).write_bytes(msgspec.json.format(msgspec.json.encode(cast)))


def read_cast(directory: Path) -> Cast | None:
    """The cast, or `None` before the demo has written one."""
    path = directory / FILE
    return msgspec.json.decode(path.read_bytes(), type=Cast) if path.exists() else None


def read_played(directory: Path) -> dict[str, Said]:
    """What each scene said when it was last played, unless it was taken back."""
    path = directory / PLAYED
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Said]) if path.exists() else {}


def write_played(directory: Path, played: dict[str, Said]) -> None:
    (directory / PLAYED).write_bytes(msgspec.json.encode(played))
