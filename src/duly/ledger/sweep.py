"""What was stored long ago is hashed again, some at a time: nothing is signed over damage that was found.

A full block of 256 entries has to hash to its tile, and each full tile to its hash in the tile above. Every
signature looks at the next blocks and checkpoints, round and round; a log of less is looked at whole. What is
found stays known in the database, and is looked at first until it is restored.

A block that was hashed once is afterwards compared with itself: one digest, over every stored byte of it, is
kept in memory, so that any bit that differs has the block hashed again, entry by entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, text

from duly.errors import OurFault
from duly.ledger import checkpoint
from duly.ledger.note import Signer
from duly.ledger.tables import CHECKPOINT, DAMAGE, LEAF, TILE
from duly.ledger.tiles import FULL, WIDTH
from duly.ledger.tree import HASH, leaf_hash, perfect_root
from duly.store import upsert

__all__ = ["BLOCKS", "Damage", "Sweep", "known", "lasting", "remember"]

BLOCKS: Final = 64
NOTES: Final = 16
BLOCK: Final = "block"
NOTE: Final = "checkpoint"

REMEMBERED: Final = 65_536
"""Blocks whose digest is kept, which takes some 10 MB; those of a longer log are hashed again each time."""

# What SQLite joins it joins in the order of the rows that it reads, without promising to: another order is
# another digest, and has the block hashed again.
_AT_ONCE: Final = {
    "sqlite": text(
        "SELECT count(*), min(length(commitment)), max(length(commitment)), "
        "CAST(group_concat(commitment, '') AS BLOB) FROM (SELECT commitment FROM ledger_leaf "
        'WHERE "index" >= :first AND "index" < :end ORDER BY "index")'
    ),
    "postgresql": text(
        "SELECT count(*), min(length(commitment)), max(length(commitment)), "
        "string_agg(commitment, ''::bytea ORDER BY \"index\") FROM ledger_leaf "
        'WHERE "index" >= :first AND "index" < :end'
    ),
}
_LEAVES = (
    select(LEAF.c.index, LEAF.c.commitment)
    .where(LEAF.c.index >= bindparam("first"), LEAF.c.index < bindparam("end"))
    .order_by(LEAF.c.index)
)
_TILES = select(TILE.c.number, TILE.c.hashes).where(
    TILE.c.level == bindparam("height"), TILE.c.number >= bindparam("first"), TILE.c.number < bindparam("end")
)
_NOTES = (
    select(CHECKPOINT.c.size, CHECKPOINT.c.note)
    .where(CHECKPOINT.c.size > bindparam("after"))
    .order_by(CHECKPOINT.c.size)
    .limit(bindparam("many"))
)
_NOTE = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == bindparam("which"))
_KNOWN = select(DAMAGE).order_by(DAMAGE.c.kind, DAMAGE.c.number)
_REMEMBER = upsert(DAMAGE, ["kind", "number"])
_RESTORED = delete(DAMAGE).where(DAMAGE.c.kind == bindparam("of"), DAMAGE.c.number == bindparam("which"))


class Damage(NamedTuple):
    """What is wrong: a block or a checkpoint, which, and how it differs."""

    kind: str
    number: int
    said: str


class Sweep:
    """Where the round stands. It begins at the first block, in every process."""

    def __init__(self, signer: Signer, origin: str) -> None:
        self._signer, self._origin = signer, origin
        self._block, self._after = 0, -1
        self._whole: dict[int, bytes] = {}

    def look(
        self, connection: Connection, size: int, blocks: int = BLOCKS, notes: int = NOTES
    ) -> list[Damage]:
        """Hash the next blocks of a log of `size`, and read the next checkpoints; what is wrong there."""
        full = size // WIDTH
        first = self._block if max(self._block, blocks) < full else 0
        end = min(first + blocks, full)
        self._block = end
        found = self._wrong_among(connection, first, end)
        rows = connection.execute(_NOTES, {"after": self._after, "many": NOTES}).all()
        self._after = rows[-1].size if len(rows) == NOTES else -1
        return [*found, *(wrong for row in rows for wrong in self._wrong_note(row.size, bytes(row.note)))]

    def again(self, connection: Connection, damage: Damage) -> list[Damage]:
        """Look once more at what was damaged."""
        if damage.kind == BLOCK:
            return list(_wrong_blocks(connection, damage.number, damage.number + 1))
        note = connection.execute(_NOTE, {"which": damage.number}).scalar()
        return [damage] if note is None else list(self._wrong_note(damage.number, bytes(note)))

    def _wrong_among(self, connection: Connection, first: int, end: int) -> list[Damage]:
        """What is wrong in these blocks; hashed are those of which a byte is not as it was found right."""
        digests = _digests(connection, first, end)
        other = [at for at in range(first, end) if self._whole.get(at, b"") != digests.get(at)]
        found = list(_wrong_blocks(connection, other[0], other[-1] + 1)) if other else []
        for last in range(first | (WIDTH - 1), end, WIDTH):
            found += _wrong_above(connection, last) if last not in other else ()
        wrong = {damage.number for damage in found}
        for number in other:
            if number in wrong or number not in digests or len(self._whole) >= REMEMBERED:
                self._whole.pop(number, None)
            else:
                self._whole[number] = digests[number]
        return found

    def _wrong_note(self, size: int, note: bytes) -> Iterator[Damage]:
        try:
            right = checkpoint.read(self._signer, self._origin, note).size == size
        except OurFault:
            right = False
        if not right:
            yield Damage(NOTE, size, f"The checkpoint of {size} entries is not the one that was signed.")


def known(connection: Connection) -> list[Damage]:
    """What was found and not restored yet."""
    return [Damage(*row) for row in connection.execute(_KNOWN)]


def remember(connection: Connection, damages: list[Damage]) -> None:
    """Keep what was found."""
    if damages:
        connection.execute(_REMEMBER, [damage._asdict() for damage in damages])


def lasting(connection: Connection, sweep: Sweep) -> list[Damage]:
    """What was found before and still is so; what was restored is let go of."""
    still: list[Damage] = []
    for damage in known(connection):
        found = sweep.again(connection, damage)
        still += found
        if not found:
            connection.execute(_RESTORED, {"of": damage.kind, "which": damage.number})
    return still


def _digests(connection: Connection, first: int, end: int) -> dict[int, bytes]:
    """One digest of each block's entries, tile and place above; none where a part has another length."""
    if first >= end:
        return {}
    statement = _AT_ONCE[connection.dialect.name]
    count, least, most, entries = connection.execute(
        statement, {"first": first * WIDTH, "end": end * WIDTH}
    ).one()
    if (count, least, most) != ((end - first) * WIDTH, HASH, HASH):
        return {}
    joined = memoryview(bytes(entries))
    tiles = _tiles(connection, 0, first, end)
    above = _tiles(connection, 1, first // WIDTH, (end - 1) // WIDTH + 1)
    found: dict[int, bytes] = {}
    for at, number in enumerate(range(first, end)):
        beside = tiles.get(number, b"") + _place_above(number, above.get(number // WIDTH, b""))
        if len(beside) == FULL + HASH:
            digest = sha256(joined[at * FULL : (at + 1) * FULL])
            digest.update(beside)
            found[number] = digest.digest()
    return found


def _wrong_blocks(connection: Connection, first: int, end: int) -> Iterator[Damage]:
    if first >= end:
        return
    above = _tiles(connection, 1, first // WIDTH, (end - 1) // WIDTH + 1)
    tiles = _tiles(connection, 0, first, end)
    rows = connection.execute(_LEAVES, {"first": first * WIDTH, "end": end * WIDTH}).all()
    leaves: dict[int, list[bytes]] = {}
    for index, commitment in rows:
        leaves.setdefault(index // WIDTH, []).append(leaf_hash(bytes(commitment)))
    for number in range(first, end):
        tile = tiles.get(number, b"")
        if b"".join(leaves.get(number, ())) != tile or len(tile) != FULL:
            yield Damage(BLOCK, number, f"Entries {number * WIDTH} and on do not hash to their tile.")
        elif not _carried(tile, number, above.get(number // WIDTH, b"")):
            yield Damage(BLOCK, number, f"Tile 0/{number} does not hash to its place in the tile above.")
        else:
            yield from _wrong_above(connection, number)


def _wrong_above(connection: Connection, number: int) -> Iterator[Damage]:
    """The full tiles above that end with this block."""
    level, last = 1, number
    while last % WIDTH == WIDTH - 1:
        last //= WIDTH
        tile = _tiles(connection, level, last, last + 1).get(last, b"")
        above = _tiles(connection, level + 1, last // WIDTH, last // WIDTH + 1).get(last // WIDTH, b"")
        if len(tile) != FULL or not _carried(tile, last, above):
            yield Damage(BLOCK, number, f"Tile {level}/{last} does not hash to its place in the tile above.")
        level += 1


def _carried(tile: bytes, number: int, above: bytes) -> bool:
    return perfect_root(tile) == _place_above(number, above)


def _place_above(number: int, above: bytes) -> bytes:
    at = number % WIDTH * HASH
    return above[at : at + HASH]


def _tiles(connection: Connection, level: int, first: int, end: int) -> dict[int, bytes]:
    rows = connection.execute(_TILES, {"height": level, "first": first, "end": end})
    return {number: bytes(hashes) for number, hashes in rows}
