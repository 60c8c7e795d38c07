"""Pending commitments become entries in one transaction, held by one sequencer at a time, or not at all.

Rows are taken by deleting them: what a transaction deletes it has seen, and nobody else can take it. So it
does not matter that ids have gaps (rolled back) or appear late (committed after a higher one); the order of
entries is the order of ids among those taken together. Before anything is signed, what is stored at the right
edge is read and hashed again: a ledger that no longer leads to its own last checkpoint is not continued.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select, text

from duly.clock import Clock
from duly.errors import OurFault
from duly.ledger import checkpoint
from duly.ledger.checkpoint import Checkpoint
from duly.ledger.note import Signer
from duly.ledger.tables import CHECKPOINT, LEAF, PENDING, TILE
from duly.ledger.tiles import FULL, WIDTH, Edge, Grown, Place, grow, last_tiles
from duly.ledger.tree import HASH, leaf_hash, perfect_root
from duly.store import upsert

__all__ = ["MOST", "last_checkpoint", "sequence", "stored_tiles"]

MOST: Final = 65_536
"""Entries that one transaction takes at most."""

_SECOND: Final = 1_000_000

_ALONE = text("SELECT pg_advisory_xact_lock(hashtextextended('duly.ledger/' || current_schema(), 0))")
_OLDEST = select(PENDING.c.id, func.length(PENDING.c.commitments).label("bytes")).order_by(PENDING.c.id)
_FIRST = _OLDEST.limit(bindparam("most")).subquery("ledger_oldest")
_SO_FAR = select(_FIRST.c.id, func.sum(_FIRST.c.bytes).over(order_by=_FIRST.c.id).label("bytes")).subquery(
    "ledger_so_far"
)
_ROOM = _SO_FAR.c.bytes <= HASH * bindparam("most")
_ONE = select(func.min(PENDING.c.id)).scalar_subquery()
_NEXT = select(_SO_FAR.c.id).where(or_(_ROOM, _SO_FAR.c.id == _ONE))
_TAKE = delete(PENDING).where(PENDING.c.id.in_(_NEXT)).returning(PENDING.c.id, PENDING.c.commitments)
_LAST_NOTE = select(CHECKPOINT.c.note).order_by(CHECKPOINT.c.size.desc()).limit(1)
_LEAVES_FROM = select(LEAF.c.index, LEAF.c.commitment).where(LEAF.c.index >= bindparam("first"))
_KEEP_TILES = upsert(TILE, ["level", "number"])


def sequence(
    connection: Connection, signer: Signer, *, origin: str, clock: Clock, most: int
) -> Checkpoint | None:
    """Take up to `most` pending commitments, and no less than a row; the checkpoint that covers them.

    None where none was pending.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(_ALONE)
    taken = _split(sorted((id_, bytes(some)) for id_, some in connection.execute(_TAKE, {"most": most})))
    if not taken:
        return None
    last = last_checkpoint(connection, signer, origin)
    edge = _stored_edge(connection, last.size if last else 0)
    _require_root(edge, last)
    grown = _store(connection, edge, taken)
    if _stored_edge(connection, grown.edge.size) != grown.edge:
        raise _damaged("What was just stored reads differently.")
    now = max(clock.now() // _SECOND, last.time if last else 0)
    signed = checkpoint.sign(signer, origin=origin, size=grown.edge.size, root=grown.edge.root(), time=now)
    connection.execute(insert(CHECKPOINT), {"size": signed.size, "note": signed.note.encode()})
    return signed


def last_checkpoint(connection: Connection, signer: Signer, origin: str) -> Checkpoint | None:
    """The current checkpoint; None before the first. OurFault if `signer` did not sign it."""
    note = connection.execute(_LAST_NOTE).scalar()
    return None if note is None else checkpoint.read(signer, origin, bytes(note))


def _split(rows: Sequence[tuple[int, bytes]]) -> list[bytes]:
    return [some[at : at + HASH] for _, some in rows for at in range(0, len(some), HASH)]


def _store(connection: Connection, edge: Edge, commitments: Sequence[bytes]) -> Grown:
    grown = grow(edge, [leaf_hash(commitment) for commitment in commitments])
    leaves = [{"index": at, "commitment": one} for at, one in enumerate(commitments, edge.size)]
    tiles = [
        {"level": place.level, "number": place.number, "hashes": hashes}
        for place, hashes in grown.tiles.items()
    ]
    connection.execute(insert(LEAF), leaves)
    connection.execute(_KEEP_TILES, tiles)
    return grown


def stored_tiles(connection: Connection, places: Collection[Place]) -> dict[Place, bytes]:
    """The stored hashes of these tiles; those that are not stored are left out."""
    levels = {place.level for place in places}
    found: dict[Place, bytes] = {}
    for level in sorted(levels):
        numbers = {place.number for place in places if place.level == level}
        rows = select(TILE.c.number, TILE.c.hashes).where(TILE.c.level == level, TILE.c.number.in_(numbers))
        found.update({Place(level, number): bytes(hashes) for number, hashes in connection.execute(rows)})
    return found


def _stored_edge(connection: Connection, size: int) -> Edge:
    """The edge of the tree of `size`, from what is stored, hashed again. OurFault if it does not fit."""
    last = last_tiles(size)
    before = [Place(level, number - 1) for (level, number), width in last if number and width < WIDTH]
    tiles = stored_tiles(connection, [*(place for place, _ in last), *before])
    for place, width in last:
        if len(tiles.get(place, b"")) != width * HASH:
            raise _damaged(f"Tile {place.level}/{place.number} does not hold {width} hashes.")
    _require_leaves(connection, size, tiles[last[0][0]] if last else b"")
    for (below, _), (above, _) in pairwise(last):
        _require_carried(tiles, below, above)
    return Edge(size=size, tiles=tuple(tiles[place] if width < WIDTH else b"" for place, width in last))


def _require_leaves(connection: Connection, size: int, tile: bytes) -> None:
    first = size - len(tile) // HASH
    rows = connection.execute(_LEAVES_FROM.order_by(LEAF.c.index), {"first": first}).all()
    if [row.index for row in rows] != list(range(first, size)):
        raise _damaged(f"The stored entries from {first} on do not end at {size - 1}.")
    if b"".join(leaf_hash(bytes(row.commitment)) for row in rows) != tile:
        raise _damaged(f"The entries from {first} on do not hash to their tile.")


def _require_carried(tiles: dict[Place, bytes], below: Place, above: Place) -> None:
    """The last hash of a level is that of the last full tile of the level below it."""
    full = below if len(tiles[below]) == FULL else Place(below.level, below.number - 1)
    if len(tiles.get(full, b"")) != FULL or perfect_root(tiles[full]) != tiles[above][-HASH:]:
        raise _damaged(
            f"Tile {full.level}/{full.number} does not hash to the end of {above.level}/{above.number}."
        )


def _require_root(edge: Edge, last: Checkpoint | None) -> None:
    if last and edge.root() != last.root:
        raise _damaged(f"The stored tree of {edge.size} entries has another root than was signed for it.")


def _damaged(detail: str) -> OurFault:
    return OurFault(
        "The ledger does not match its last checkpoint",
        detail=f"{detail} Nothing was added and nothing signed.",
        where="ledger",
        hint="Run `duly ledger verify` and restore the database from a copy that verifies.",
    )
