"""A pack says in `authority.toml` by which ways one may act for another; where it says nothing, nobody may.

A way is a relation whose owning end is the one acted for and whose member acts, the law that gives the right,
what ends it, and for every category of data either that it is seen, until which age, or why it never is.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import msgspec

from duly.errors import BadInput
from duly.law import Pack

__all__ = [
    "AUTHORITY",
    "FILE",
    "KEPT",
    "Authorities",
    "Protection",
    "Way",
    "authorities",
    "held_by",
    "link_of",
    "title_of",
]

AUTHORITY: Final = "authority"
"""The purpose for which rights are computed."""
FILE: Final = "authority.toml"
KEPT: Final = frozenset({"decision", "entitlement", "explanation", "notice", "payment", "use"})
"""What Duly itself keeps of a subject and shows on its pages."""


class Protection(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The fact that somebody is protected, and those that say who looks after whom.

    `looks_after` says for each relation which end of it looks after the other; `home` is presence on the link
    that says who lives with whom, owned by the one who looks after.
    """

    protected: str
    looks_after: dict[str, Literal["owner", "member"]]
    home: str


class Way(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One way to a right.

    `holds`: what the link has to say, known and so. `until_age`: the age of the one acted for at which the
    right passes to them; `from_age`: the age before which nobody can give it; `actor_age`: the age from which
    somebody can have it. `sees`: categories; `ages`: for some of those an age of their own. `never`: why a
    category is not among them. Attributes of the link, "" where it has none: `programmes` and `acts` bound
    the right, `accepted` says whether whoever has it took it, `called` what they are called by whoever gave
    it. `protection`: "ends" (the child's or the other parent's), "renews" (what was given
    before whoever gave it was protected has to be given again) or "none". `names`: whether who has it may
    give others a right to act for the same subject. `equal`: whether several have the same right.
    """

    kind: Literal["guardian", "delegate", "agent"]
    relation: str
    law: str
    title: dict[str, str]
    sees: tuple[str, ...]
    never: dict[str, str]
    protection: Literal["ends", "renews", "none"]
    holds: dict[str, bool | str] = {}
    ages: dict[str, int] = {}
    until_age: int | None = None
    from_age: int | None = None
    actor_age: int | None = None
    programmes: str = ""
    acts: str = ""
    accepted: str = ""
    called: str = ""
    names: bool = False
    equal: bool = False


class Authorities(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that a pack says of acting for others.

    By kind of subject, `scheme` is of the identifiers that people know, and `name`, `born` and `died` are
    attributes. `choices` has, by choice of delivery, the
    attribute of a guardian's link that says what this guardian chose.
    """

    scheme: dict[str, str]
    name: dict[str, str]
    born: dict[str, str]
    died: dict[str, str]
    protection: Protection
    ways: dict[str, Way]
    choices: dict[str, str] = {}

    def way(self, name: str) -> Way | None:
        return self.ways.get(name)


_NOTHING: Final = Authorities(
    scheme={},
    name={},
    born={},
    died={},
    protection=Protection(protected="", looks_after={}, home=""),
    ways={},
)


def authorities(pack: Pack) -> Authorities:
    """What the pack says, read once for each of its contents; nobody may act where it says nothing."""
    return _read(pack.directory / FILE, pack.hash)


def held_by(pack: Pack, way: Way, *, accepted: bool = True) -> dict[str, bool | str]:
    """What the link has to say for the right to be there; or, not `accepted` yet, to be offered."""
    held: dict[str, bool | str] = {f"{link_of(pack, way)}.present": True, **way.holds}
    return held | ({way.accepted: accepted} if way.accepted else {})


def link_of(pack: Pack, way: Way) -> str:
    """The name of the link by which the way goes."""
    return pack.vocabulary.relations[way.relation].link


def title_of(way: Way, language: str) -> str:
    """Why one acts, in the reader's language."""
    return way.title.get(language) or next(iter(way.title.values()), "")


@lru_cache(maxsize=16)
def _read(file: Path, whole: str) -> Authorities:
    if not file.is_file():
        return _NOTHING
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Authorities)
    except msgspec.DecodeError as error:
        raise BadInput(
            f"{FILE} cannot be read",
            detail=str(error),
            where=str(file),
            hint="The reference page on acting for others says what a way has to say.",
        ) from error
