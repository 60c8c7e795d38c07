"""A bulk use is sound if its leaves alone lead to its root, and its root to an entry of the log.

Read with statements of its own, like the log. The entry is SHA-256 of "duly.bulk.v1", the number of leaves
(8 bytes, big endian), the root and the text; each leaf is the commitment of one subject to one use.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from itertools import pairwise

from sqlalchemy import Connection, inspect, text

from duly.ledger.verify.whole import Finding, Tree

__all__ = ["bulk_uses"]

_GROUP = 256
_HASH = 32
_USES = text("SELECT id, text, leaves, root, commitment FROM bulk_use WHERE root IS NOT NULL ORDER BY at, id")
_LEAVES = text(
    "SELECT number, first, subjects, uses, commitments FROM bulk_leaf WHERE bulk = :bulk ORDER BY number"
)
_TILE = text("SELECT hashes FROM bulk_tile WHERE bulk = :bulk AND level = :level AND number = :number")
_LOGGED = text("SELECT 1 FROM ledger_leaf WHERE commitment = :entry")
_PENDING = text("SELECT commitments FROM ledger_pending")


def bulk_uses(connection: Connection) -> tuple[int, list[Finding]]:
    """How many bulk uses that have ended there are, and what is wrong with them."""
    if not inspect(connection).has_table("bulk_use"):
        return 0, []
    rows = connection.execute(_USES).all()
    return len(rows), [
        Finding(where=f"bulk use {row.id}", what=what) for row in rows for what in _wrong(connection, *row)
    ]


def _wrong(
    connection: Connection, number: int, said: bytes, leaves: int, root: bytes, promised: bytes
) -> Iterator[str]:
    tree, last = Tree(), (-1, -1)
    for at, (group, first, subjects, uses, commitments) in enumerate(
        connection.execute(_LEAVES, {"bulk": number})
    ):
        count = len(uses)
        if group != at or len(subjects) != 8 * count or len(commitments) != _HASH * count:
            yield f"group {at} of its leaves is missing or not whole"
            return
        whose = [int.from_bytes(subjects[8 * n : 8 * n + 8]) for n in range(count)]
        keys = [last, *zip(whose, uses, strict=True)]
        if whose[:1] != [first] or any(one >= other for one, other in pairwise(keys)):
            yield f"the leaves of group {at} are not in order"
        last = keys[-1]
        for n in range(count):
            tree.add(bytes(commitments[_HASH * n : _HASH * (n + 1)]))
        if count < _GROUP and tree.size != leaves:
            yield f"group {at} of its leaves is not full"
        yield from _tiles(connection, number, tree.take_full())
    yield from _tiles(connection, number, tree.take_partial())
    if tree.size != leaves or tree.root() != bytes(root):
        yield f"its {tree.size} leaves lead to another root than the one that is kept for {leaves}"
    entry = hashlib.sha256(b"duly.bulk.v1" + leaves.to_bytes(8) + bytes(root) + bytes(said)).digest()
    if entry != bytes(promised):
        yield "its root and text are not what was promised"
    if connection.execute(_LOGGED, {"entry": entry}).first() is None and not _is_pending(connection, entry):
        yield "the log has no entry of it"


def _is_pending(connection: Connection, entry: bytes) -> bool:
    return any(
        bytes(some[at : at + _HASH]) == entry
        for some in connection.execute(_PENDING).scalars()
        for at in range(0, len(some), _HASH)
    )


def _tiles(connection: Connection, bulk: int, made: list[tuple[int, int, bytes]]) -> Iterator[str]:
    """The tiles above the leaves, as they are kept."""
    for level, number, hashes in made:
        if level:
            place = {"bulk": bulk, "level": level, "number": number}
            if bytes(connection.execute(_TILE, place).scalar() or b"") != hashes:
                yield f"tile {level}/{number} is not the one that its leaves lead to"
