"""The Merkle tree of RFC 6962: a leaf is SHA-256(0x00 || entry), a node SHA-256(0x01 || left || right).

A tree over entries [0, size) is never held whole. A *node* is one complete subtree, named by its height and
its index among the subtrees of that height; a *range* [begin, end) of entries is covered by a few nodes,
and its hash is their fold. A proof is a list of ranges.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

__all__ = [
    "EMPTY_ROOT",
    "HASH",
    "Node",
    "Range",
    "consistency_ranges",
    "cover",
    "fold",
    "inclusion_ranges",
    "leaf_hash",
    "node_hash",
    "perfect_root",
]

HASH: Final = 32
"""Bytes of a hash."""

EMPTY_ROOT: Final = sha256().digest()
"""The root of the tree without entries."""


class Node(NamedTuple):
    """The complete subtree over entries [position << height, (position + 1) << height)."""

    height: int
    position: int


class Range(NamedTuple):
    """Entries [begin, end) of one subtree, complete or at the tree's right edge."""

    begin: int
    end: int


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbouring subtrees."""
    return sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash of a range from those of the nodes that cover it, left to right; of none, the empty root."""
    if not hashes:
        return EMPTY_ROOT
    *rest, folded = hashes
    for left in reversed(rest):
        folded = node_hash(left, folded)
    return folded


def perfect_root(hashes: bytes) -> bytes:
    """The hash over 2**n neighbouring hashes, given as one string of bytes."""
    row = [hashes[at : at + HASH] for at in range(0, len(hashes), HASH)]
    while len(row) > 1:
        row = [node_hash(row[at], row[at + 1]) for at in range(0, len(row), 2)]
    return row[0]


def cover(entries: Range) -> list[Node]:
    """The fewest nodes that make up a range, left to right; `begin` is where some subtree begins."""
    nodes: list[Node] = []
    at = entries.begin
    while at < entries.end:
        room = (entries.end - at).bit_length() - 1
        height = min(room, (at & -at).bit_length() - 1) if at else room
        nodes.append(Node(height, at >> height))
        at += 1 << height
    return nodes


def _middle(begin: int, end: int) -> int:
    """Where RFC 6962 splits a range of two or more: after the largest power of two below its length."""
    return begin + (1 << ((end - begin - 1).bit_length() - 1))


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """The ranges whose hashes prove entry `index` (below `size`) in the tree of `size`, nearest first."""
    ranges: list[Range] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = _middle(begin, end)
        if index < middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(begin, middle))
            begin = middle
    return ranges[::-1]


def consistency_ranges(size1: int, size2: int) -> list[Range]:
    """The ranges whose hashes prove the tree of `size1` (1 up to `size2`) a prefix of that of `size2`."""
    ranges: list[Range] = []
    begin, end = 0, size2
    while end != size1:
        middle = _middle(begin, end)
        if size1 <= middle:
            ranges.append(Range(middle, end))
            end = middle
        else:
            ranges.append(Range(begin, middle))
            begin = middle
    if begin:  # else the old tree is itself one node of the new one, and its root is known to whoever checks
        ranges.append(Range(begin, end))
    return ranges[::-1]
