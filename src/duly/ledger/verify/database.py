"""A log in Duly's database, read with statements of its own; the writer's are not trusted.

The connection must see one state of the database throughout, or entries that are being added look unsigned.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, text

from duly.ledger.verify.proofs import ProofError

__all__ = ["DatabaseLog"]

_WIDTH = 256
_CHECKPOINTS = text("SELECT size, note FROM ledger_checkpoint ORDER BY size")
_CURRENT = text("SELECT note FROM ledger_checkpoint ORDER BY size DESC LIMIT 1")
_ENTRIES = text(
    'SELECT "index", commitment FROM ledger_leaf WHERE "index" >= :first AND "index" < :end ORDER BY "index"'
)
_TILE = text("SELECT hashes FROM ledger_tile WHERE level = :level AND number = :number")
_TILES = text("SELECT level, number, length(hashes) FROM ledger_tile ORDER BY level, number")
_ENDS = text('SELECT min("index"), max("index"), count(*) FROM ledger_leaf')


class DatabaseLog:
    """The tables ledger_leaf, ledger_tile and ledger_checkpoint behind one connection."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def current(self) -> bytes:
        """The last checkpoint, unchecked; b"" if there is none."""
        return bytes(self.connection.execute(_CURRENT).scalar() or b"")

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        for size, note in self.connection.execute(_CHECKPOINTS):
            raw = bytes(note)
            if raw.split(b"\n", 2)[1:2] != [str(size).encode()]:
                raise ProofError(f"the checkpoint stored for {size} entries says another number")
            yield f"checkpoint {size}", raw

    def entries(self, number: int) -> list[tuple[str, list[bytes]]]:
        first = number * _WIDTH
        rows = self.connection.execute(_ENTRIES, {"first": first, "end": first + _WIDTH}).all()
        for at, (index, _) in enumerate(rows):
            if index != first + at:
                raise ProofError(f"entry {first + at} is missing")
        return (
            [(f"entries {first} to {first + len(rows) - 1}", [bytes(row[1]) for row in rows])] if rows else []
        )

    def tile(self, level: int, number: int) -> list[tuple[str, bytes]]:
        rows = self.connection.execute(_TILE, {"level": level, "number": number})
        return [(f"tile {level}/{number}", bytes(row[0])) for row in rows]

    def strays(self, size: int) -> Iterator[str]:
        least, most, count = self.connection.execute(_ENDS).one()
        if count != size or (size and (least, most) != (0, size - 1)):
            yield f"ledger_leaf ({count} rows, from {least} to {most}, where the tree has {size})"
        for level, number, length in self.connection.execute(_TILES):
            if level < 0 or number < 0 or number * _WIDTH + length // 32 > size >> 8 * min(level, 8):
                yield f"tile {level}/{number}"
