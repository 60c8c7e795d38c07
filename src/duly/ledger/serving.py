"""The log is read by C2SP tlog-tiles' names: what the newest checkpoint covers is there for good.

A tile or a bundle of entries exists once the newest checkpoint covers all of it, and never changes then; what
is not covered yet does not exist. A narrower form of a tile is its beginning, so it stays there as well.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select

from duly.ledger.tables import CHECKPOINT, LEAF, TILE
from duly.ledger.tiles import WIDTH, Place, bundle, path
from duly.ledger.tree import HASH

__all__ = ["Part", "part_at", "part_of", "stored"]

_PATH: Final = re.compile(r"(entries|0|[1-9]\d?)/((?:x\d{3}/){0,6}\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)
_HIGHEST: Final = 7
"""The highest level that a log of 2**63 entries has."""

_SIZE = select(CHECKPOINT.c.size).order_by(CHECKPOINT.c.size.desc()).limit(1)
_ENTRIES = select(LEAF.c.commitment).where(
    LEAF.c.index >= bindparam("first"), LEAF.c.index < bindparam("end")
)
_TILE = select(TILE.c.hashes).where(TILE.c.level == bindparam("height"), TILE.c.number == bindparam("at"))


class Part(NamedTuple):
    """A tile (of hashes, or with level None of entries) in the width in which it is asked for."""

    level: int | None
    number: int
    width: int


def part_at(steps: str) -> Part | None:
    """What a path below `tile/` names, such as `0/x001/234.p/17` or `entries/000`; None for any other."""
    found = _PATH.fullmatch(steps)
    if not found:
        return None
    kind, digits, width = found.groups()
    number = int(digits.replace("x", "").replace("/", ""))
    level = None if kind == "entries" else int(kind)
    part = Part(level, number, int(width or WIDTH))
    told = part.width <= WIDTH and (level or 0) <= _HIGHEST
    return part if told and f"tile/{steps}" == part_of(part) else None


def part_of(part: Part) -> str:
    """The one path of a part, `tile/` included."""
    level, number, width = part
    return path(number if level is None else Place(level, number), width)


def stored(connection: Connection, part: Part) -> bytes | None:
    """The bytes of a part; None while the newest checkpoint does not cover all of it."""
    size = connection.execute(_SIZE).scalar() or 0
    there = size >> (8 * (part.level or 0))
    if part.number * WIDTH + part.width > there:
        return None
    if part.level is None:
        first = part.number * WIDTH
        rows = connection.execute(
            _ENTRIES.order_by(LEAF.c.index), {"first": first, "end": first + part.width}
        )
        return bundle([bytes(one) for one in rows.scalars()])
    hashes = connection.execute(_TILE, {"height": part.level, "at": part.number}).scalar_one()
    return bytes(hashes)[: part.width * HASH]
