"""A proof holds only if it is exactly right: the algorithms of RFC 9162, sections 2.1.3.2 and 2.1.4.2.

Everything else raises `ProofError`: a wrong hash, one too few, one too many, a number that is no number.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

__all__ = ["ProofError", "consistency", "inclusion", "parent"]

_LARGEST_SIZE = 2**63 - 1


class ProofError(ValueError):
    """What was given does not prove what it should."""


def parent(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return hashlib.sha256(b"".join((b"\x01", left, right))).digest()


def inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if `proof` shows `leaf_hash` at `index` of the tree of `size` with `root`; else ProofError."""
    _require_size(size, "size")
    _require_number(index, "index")
    if index >= size:
        raise ProofError(f"index {index} is outside a tree of {size}")
    _require_hash(leaf_hash, "leaf_hash")
    _require_hash(root, "root")
    _require_hashes(proof)
    node, last, result = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof has more hashes than the tree has levels")
        if node & 1 or node == last:
            result = parent(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = parent(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof has fewer hashes than the tree has levels")
    _require_root(result, root, "root")


def consistency(*, size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Return if `proof` shows the tree of `size1` to be the beginning of that of `size2`; else ProofError."""
    _require_size(size1, "size1")
    _require_size(size2, "size2")
    _require_hash(root1, "root1")
    _require_hash(root2, "root2")
    _require_hashes(proof)
    if size1 > size2:
        raise ProofError(f"a tree of {size1} cannot be the beginning of a tree of {size2}")
    if size1 == size2:
        if proof:
            raise ProofError("two trees of one size need no proof")
        return _require_root(root1, root2, "root2")
    hashes = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    old, new = _climb(size1, size2, hashes)
    _require_root(old, root1, "root1")
    return _require_root(new, root2, "root2")


def _climb(size1: int, size2: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    """The two roots that the hashes lead to."""
    if len(hashes) == 0:
        raise ProofError("the proof is empty")
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the proof has more hashes than the tree has levels")
        if node & 1 or node == last:
            old, new = parent(sibling, old), parent(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = parent(new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof has fewer hashes than the tree has levels")
    return old, new


def _require_number(value: object, name: str) -> None:
    if type(value) is not int:
        raise ProofError(f"{name} is {type(value).__name__}, not a whole number")
    if not 0 <= value <= _LARGEST_SIZE:
        raise ProofError(f"{name} is {value}, outside 0 to 2**63 - 1")


def _require_size(value: object, name: str) -> None:
    _require_number(value, name)
    if value == 0:
        raise ProofError(f"{name} is 0: nothing can be proved of an empty tree")


def _require_hash(value: object, name: str) -> None:
    if type(value) is not bytes:
        raise ProofError(f"{name} is {type(value).__name__}, not bytes")
    if len(value) != 32:
        raise ProofError(f"{name} has {len(value)} bytes instead of 32")


def _require_hashes(proof: Sequence[object]) -> None:
    if not isinstance(proof, list | tuple):
        raise ProofError(f"the proof is {type(proof).__name__}, not a list of hashes")
    for at, one in enumerate(proof):
        _require_hash(one, f"proof[{at}]")


def _require_root(found: bytes, expected: bytes, name: str) -> None:
    if found != expected:
        raise ProofError(f"the proof leads to {found.hex()}, but {name} is {expected.hex()}")
