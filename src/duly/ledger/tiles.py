"""Hashes are kept as C2SP tlog-tiles: 256 neighbouring hashes of every eighth height, and nothing else.

Tile n of level l holds the hashes of the nodes of height 8l with the indexes 256n to 256n+255. A full tile
never changes and gives one hash to the level above; a partial tile only grows, so that every narrower form
of it is its own beginning. Everything between two levels is recomputed. The *edge* is the partial tile of
each level: all that is needed to add entries and to know the root.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from duly.ledger.tree import HASH, Node, Range, cover, fold, perfect_root

__all__ = [
    "FULL",
    "WIDTH",
    "Edge",
    "Grown",
    "Place",
    "bundle",
    "grow",
    "hashes_of",
    "last_tiles",
    "locate",
    "path",
    "places_of",
]

WIDTH: Final = 256
"""Hashes in a full tile, and entries in a full bundle."""

FULL: Final = WIDTH * HASH
"""Bytes in a full tile."""

_LEVEL: Final = 8
"""Heights from one level to the next."""


class Place(NamedTuple):
    """Which tile: its level and its number within it."""

    level: int
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """The partial tiles of the tree of `size`, from level 0 up; b"" where a level ends with a full tile."""

    size: int
    tiles: tuple[bytes, ...]

    def root(self) -> bytes:
        """The root of the tree."""
        hashes: list[bytes] = []
        for tile in reversed(self.tiles):
            hashes += [_part(tile, node) for node in cover(Range(0, len(tile) // HASH))]
        return fold(hashes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grown:
    """What adding entries made: every new or longer tile, and the new edge."""

    tiles: Mapping[Place, bytes]
    edge: Edge


def _part(tile: bytes, node: Node) -> bytes:
    """The hash of a node, given in units of the tile's own hashes."""
    return perfect_root(
        tile[(node.position << node.height) * HASH : ((node.position + 1) << node.height) * HASH]
    )


def grow(edge: Edge, leaf_hashes: Sequence[bytes]) -> Grown:
    """Add leaves at the right."""
    tiles: dict[Place, bytes] = {}
    partial: list[bytes] = []
    rising = b"".join(leaf_hashes)
    level = 0
    while rising or level < len(edge.tiles):
        held = edge.tiles[level] if level < len(edge.tiles) else b""
        number = (edge.size >> (_LEVEL * level)) // WIDTH
        row = held + rising
        made = [row[at : at + FULL] for at in range(0, len(row), FULL)]
        if rising:
            tiles.update({Place(level, number + at): tile for at, tile in enumerate(made)})
        partial.append(made[-1] if made and len(made[-1]) < FULL else b"")
        rising = b"".join(perfect_root(tile) for tile in made if len(tile) == FULL)
        level += 1
    return Grown(tiles=tiles, edge=Edge(size=edge.size + len(leaf_hashes), tiles=tuple(partial)))


def last_tiles(size: int) -> list[tuple[Place, int]]:
    """The last tile of each level of the tree of `size`, with its width, from level 0 up."""
    last: list[tuple[Place, int]] = []
    level = 0
    while count := size >> (_LEVEL * level):
        number = (count - 1) // WIDTH
        last.append((Place(level, number), count - number * WIDTH))
        level += 1
    return last


def locate(node: Node) -> tuple[Place, Node]:
    """The tile that a node's hash is made from, and the node in units of that tile's hashes."""
    level, height = divmod(node.height, _LEVEL)
    per_tile = _LEVEL - height
    return Place(level, node.position >> per_tile), Node(height, node.position & ((1 << per_tile) - 1))


def places_of(ranges: Sequence[Range]) -> set[Place]:
    """The tiles that the hashes of these ranges are made from."""
    return {locate(node)[0] for entries in ranges for node in cover(entries)}


def hashes_of(ranges: Sequence[Range], tiles: Mapping[Place, bytes]) -> list[bytes]:
    """The hash of each range. KeyError if a tile is missing or too narrow."""
    return [fold([_hash(*locate(node), tiles) for node in cover(entries)]) for entries in ranges]


def _hash(place: Place, node: Node, tiles: Mapping[Place, bytes]) -> bytes:
    tile = tiles[place]
    if len(tile) < ((node.position + 1) << node.height) * HASH:
        raise KeyError(place)
    return _part(tile, node)


def path(part: Place | int, width: int) -> str:
    """Where tlog-tiles puts a tile (or, by its number alone, a bundle of entries) of this width."""
    level, number = part if isinstance(part, tuple) else ("entries", part)
    digits = f"{number:03d}"
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    *heads, tail = [digits[at : at + 3] for at in range(0, len(digits), 3)]
    steps = [*(f"x{head}" for head in heads), tail]
    partial = "" if width == WIDTH else f".p/{width}"
    return f"tile/{level}/{'/'.join(steps)}{partial}"


def bundle(entries: Sequence[bytes]) -> bytes:
    """Entries as tlog-tiles publishes them: each led by its length in two bytes."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)
