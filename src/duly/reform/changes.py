"""A change is one passage of a version into force; which law decides on a day follows from the enacted ones.

The last of those whose day has come and that were not undone is in force. `Standing` says so, and whether
what the law now takes is held until people have decided.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, insert, select, update

from duly.errors import NotFound
from duly.reform.tables import law_change, law_dry_run
from duly.timeline import BEGIN

__all__ = [
    "Change",
    "Kind",
    "Standing",
    "all_changes",
    "by_hand",
    "change_of",
    "enacted",
    "in_force",
    "install",
    "new_change",
    "order",
    "packs",
    "set_change",
    "standing",
]


class Kind(Enum):
    """How a version comes into force: as the first that was installed, by the procedure, back, or by hand."""

    INSTALLED = "installed"
    REFORM = "reform"
    ROLL_BACK = "roll-back"
    DEVELOPER = "developer"


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `law_change`; instants are 0 until it has happened."""

    number: int
    pack: str
    kind: Kind
    hash: str
    base: str
    effective: int
    why: str
    author: str
    undoes: int
    proposed_at: int
    announced_at: int
    announced_run: str
    enacted_at: int
    undone_at: int


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """The law of a day: by which change it is in force, and whether what it takes waits for people."""

    change: Change
    holds: bool

    @property
    def hash(self) -> str:
        return self.change.hash


_FIELDS: Final = Change.__struct_fields__
_COLUMNS = [law_change.c[name] for name in _FIELDS]
_OF_PACK = select(*_COLUMNS).where(law_change.c.pack == bindparam("named")).order_by(law_change.c.number)
_ONE = select(*_COLUMNS).where(law_change.c.number == bindparam("wanted"))
_PACKS = select(law_change.c.pack).distinct().order_by(law_change.c.pack)
_HOLDS = select(law_dry_run.c.holds).where(law_dry_run.c.id == bindparam("run"))


def _change(row: Any) -> Change:
    return msgspec.convert(dict(zip(_FIELDS, row, strict=True)), Change)


def all_changes(conn: Connection, pack: str) -> list[Change]:
    """Every change of a pack's law that was ever proposed, the first first."""
    return [_change(row) for row in conn.execute(_OF_PACK, {"named": pack})]


def packs(conn: Connection) -> list[str]:
    """The packs whose law was ever in force."""
    return list(conn.execute(_PACKS).scalars())


def change_of(conn: Connection, number: int) -> Change:
    """The change with this number. NotFound if there is none."""
    row = conn.execute(_ONE, {"wanted": number}).first()
    if row is None:
        raise NotFound(
            "Unknown change of the law",
            detail=f"There is no change {number}.",
            hint="See them with: duly law list",
        )
    return _change(row)


def new_change(conn: Connection, **told: object) -> Change:
    """Record a change; what is not told has not happened yet."""
    row = dict.fromkeys(_FIELDS[1:], 0) | {"base": "", "author": "", "announced_run": "", **told}
    number = conn.execute(insert(law_change).values(row)).inserted_primary_key
    assert number is not None  # noqa: S101 - the key counts by itself
    return change_of(conn, int(number[0]))


def install(conn: Connection, pack: str, version: str, now: int) -> Change:
    """The first version of a pack is in force since ever."""
    told = {"kind": Kind.INSTALLED.value, "hash": version, "effective": BEGIN, "why": "", "enacted_at": now}
    return new_change(conn, pack=pack, proposed_at=now, **told)


def by_hand(conn: Connection, before: Change, version: str, today: int, now: int) -> Change:
    """A developer's own version is in force from today, without the procedure, and it is recorded as such."""
    told = {"kind": Kind.DEVELOPER.value, "hash": version, "base": before.hash, "effective": today}
    return new_change(conn, pack=before.pack, why="", proposed_at=now, enacted_at=now, **told)


def set_change(conn: Connection, number: int, **told: object) -> Change:
    """Record what has happened to a change."""
    conn.execute(update(law_change).where(law_change.c.number == number).values(told))
    return change_of(conn, number)


def enacted(changes: Sequence[Change]) -> list[Change]:
    """Those that were enacted and not undone before their day, in the order in which they come into force."""
    valid = [one for one in changes if one.enacted_at and not one.undone_at]
    return sorted(valid, key=order)


def order(change: Change) -> tuple[int, int, int]:
    """By day; of one day by when it was enacted."""
    return change.effective, change.enacted_at, change.number


def in_force(changes: Sequence[Change], day: int) -> Change | None:
    """The change by which the law of a day is in force; None before the first."""
    begun = [one for one in enacted(changes) if one.effective <= day]
    return begun[-1] if begun else None


def standing(conn: Connection, pack: str, day: int) -> Standing | None:
    """The law in force on a day; None where no law of this pack was ever in force."""
    found = in_force(all_changes(conn, pack), day)
    return None if found is None else Standing(change=found, holds=_holds(conn, found))


def _holds(conn: Connection, change: Change) -> bool:
    """Only an approved dry run that takes no more than the declared share lets a machine take."""
    if change.kind is not Kind.REFORM:
        return change.kind is not Kind.INSTALLED
    run: Mapping[str, object] = {"run": change.announced_run}
    return bool(conn.execute(_HOLDS, run).scalar_one())
