"""Publishing writes the log as files, as C2SP tlog-tiles serves them; the checkpoint comes last.

Whoever reads the directory while it is written finds every tile that the checkpoint there needs. Files of
tiles never change, so publishing again only adds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection, bindparam, select

from duly.ledger.tables import CHECKPOINT, LEAF, TILE
from duly.ledger.tiles import WIDTH, Place, bundle, path
from duly.ledger.tree import HASH

__all__ = ["publish"]

_BLOCK = select(LEAF.c.commitment).where(LEAF.c.index >= bindparam("first"), LEAF.c.index < bindparam("end"))
_TILES = select(TILE.c.level, TILE.c.number, TILE.c.hashes).order_by(TILE.c.level, TILE.c.number)
_NOTES = select(CHECKPOINT.c.size, CHECKPOINT.c.note)


def publish(connection: Connection, directory: Path, *, history: bool) -> int:
    """Write the log up to its current checkpoint; with `history`, each checkpoint as checkpoint.<size> too.

    The connection must see one state of the database throughout. Gives the number of entries; of an empty log
    nothing is written.
    """
    last = connection.execute(_NOTES.order_by(CHECKPOINT.c.size.desc()).limit(1)).one_or_none()
    if last is None:
        return 0
    for name, content in _files(connection, last.size):
        _write_new(directory / name, content)
    for size, note in connection.execute(_NOTES.order_by(CHECKPOINT.c.size)) if history else ():
        _write_new(directory / f"checkpoint.{size}", bytes(note))
    current = directory / "checkpoint.new"
    current.write_bytes(bytes(last.note))
    current.replace(directory / "checkpoint")
    return last.size


def _files(connection: Connection, size: int) -> Iterator[tuple[str, bytes]]:
    """Every bundle of entries and every tile of the tree of `size`, the current one."""
    for number in range(-(-size // WIDTH)):
        ends = {"first": number * WIDTH, "end": min((number + 1) * WIDTH, size)}
        entries = [bytes(one) for one in connection.execute(_BLOCK.order_by(LEAF.c.index), ends).scalars()]
        yield path(number, len(entries)), bundle(entries)
    for level, number, hashes in connection.execute(_TILES):
        yield path(Place(level, number), len(hashes) // HASH), bytes(hashes)


def _write_new(file: Path, content: bytes) -> None:
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.name}.new")
        part.write_bytes(content)
        part.replace(file)
