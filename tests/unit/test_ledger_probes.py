"""Proofs probed as RFC 9162 defines them: what its sections 2.1.3 and 2.1.4 do not lead to is refused.

The definitions are written down here once more, from the top of the tree down, where the verifier climbs
from the leaf up; every spoiled proof of every small tree has to get one answer from both.
"""

import json
from collections.abc import Iterator, Sequence
from hashlib import sha256
from itertools import combinations, pairwise
from pathlib import Path
from typing import Any

import pytest

from duly.ledger.tiles import Place, hashes_of, places_of
from duly.ledger.tree import consistency_ranges, inclusion_ranges
from duly.ledger.verify import DirectoryLog, ProofError, PublicKey, consistency, inclusion, open_checkpoint

MOST = 17
LEAVES = [sha256(b"\x00" + bytes([at])).digest() for at in range(MOST + 1)]
ZEROS = bytes(32)


class RefusedError(Exception):
    """The definition does not lead there."""


def node(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()


def split(size: int) -> int:
    """The largest power of two that is smaller than `size`."""
    k = 1
    while 2 * k < size:
        k *= 2
    return k


def tree(leaves: Sequence[bytes]) -> bytes:
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(tree(leaves[:k]), tree(leaves[k:]))


def path(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH of section 2.1.3.1."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if index < k:
        return [*path(index, leaves[:k]), tree(leaves[k:])]
    return [*path(index - k, leaves[k:]), tree(leaves[:k])]


def subproof(old: int, leaves: Sequence[bytes], *, known: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.4.1."""
    if old == len(leaves):
        return [] if known else [tree(leaves)]
    k = split(len(leaves))
    if old <= k:
        return [*subproof(old, leaves[:k], known=known), tree(leaves[k:])]
    return [*subproof(old - k, leaves[k:], known=False), tree(leaves[:k])]


def root_by(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that a proof leads to, from the top down."""
    if size == 1:
        if proof:
            raise RefusedError
        return leaf
    if not proof:
        raise RefusedError
    k = split(size)
    if index < k:
        return node(root_by(leaf, index, k, proof[:-1]), proof[-1])
    return node(proof[-1], root_by(leaf, index - k, size - k, proof[:-1]))


def roots_by(
    root1: bytes, old: int, size: int, proof: Sequence[bytes], *, known: bool
) -> tuple[bytes, bytes]:
    """Both roots that a proof leads to, from the top down."""
    if old == size:
        if len(proof) != (0 if known else 1):
            raise RefusedError
        return (root1, root1) if known else (proof[0], proof[0])
    if not proof:
        raise RefusedError
    k = split(size)
    if old <= k:
        first, second = roots_by(root1, old, k, proof[:-1], known=known)
        return first, node(second, proof[-1])
    first, second = roots_by(root1, old - k, size - k, proof[:-1], known=False)
    return node(proof[-1], first), node(proof[-1], second)


def included(case: dict[str, Any]) -> bool:
    if not 0 <= case["index"] < case["size"] or any(len(one) != 32 for one in case["proof"]):
        return False
    try:
        return root_by(case["leaf_hash"], case["index"], case["size"], case["proof"]) == case["root"]
    except RefusedError:
        return False


def consistent(case: dict[str, Any]) -> bool:
    if not 0 < case["size1"] <= case["size2"] or any(len(one) != 32 for one in case["proof"]):
        return False
    try:
        found = roots_by(case["root1"], case["size1"], case["size2"], case["proof"], known=True)
    except RefusedError:
        return False
    return found == (case["root1"], case["root2"])


def spoiled(proof: list[bytes], near: Sequence[bytes]) -> Iterator[list[bytes]]:
    """The proof itself, and every way to have it a little wrong."""
    yield proof
    yield []
    yield proof[::-1]
    yield proof * 2
    for at in range(len(proof) + 1):
        for more in (*near, ZEROS, b"", proof[at - 1] if proof else ZEROS):
            yield [*proof[:at], more, *proof[at:]]
    for at, one in enumerate(proof):
        yield [*proof[:at], *proof[at + 1 :]]
        yield proof[:at]
        for wrong in (
            one[:-1],
            one + b"\x00",
            b"",
            ZEROS,
            bytes([one[0] ^ 1]) + one[1:],
            one[:-1] + bytes([one[-1] ^ 128]),
        ):
            yield [*proof[:at], wrong, *proof[at + 1 :]]
    for one, other in combinations(range(len(proof)), 2):
        swapped = list(proof)
        swapped[one], swapped[other] = proof[other], proof[one]
        yield swapped


def holds(check: Any, case: dict[str, Any]) -> bool:
    try:
        check(**case)
    except ProofError:
        return False
    return True


def inclusions(size: int, index: int) -> Iterator[dict[str, Any]]:
    right = {"leaf_hash": LEAVES[index], "index": index, "size": size, "root": tree(LEAVES[:size])}
    proof = path(index, LEAVES[:size])
    yield from ({**right, "proof": one} for one in spoiled(proof, (right["leaf_hash"], right["root"])))
    for change in (
        *(
            {"index": one}
            for one in (index ^ 1, index + 1, index - 1, index + size, index ^ 2, 2**62, 2**63, -size)
        ),
        *({"size": one} for one in (0, size - 1, size + 1, size * 2, size // 2, -size, 2**63, 2**64, 10**40)),
        *({"leaf_hash": one} for one in (ZEROS, right["root"], LEAVES[index + 1])),
        *({"root": one} for one in (ZEROS, right["leaf_hash"], tree(LEAVES[: size + 1]))),
    ):
        yield {**right, "proof": proof, **change}


def consistencies(size1: int, size2: int) -> Iterator[dict[str, Any]]:
    roots = tree(LEAVES[:size1]), tree(LEAVES[:size2])
    right = {"size1": size1, "root1": roots[0], "size2": size2, "root2": roots[1]}
    proof = subproof(size1, LEAVES[:size2])
    yield from ({**right, "proof": one} for one in spoiled(proof, roots))
    for change in (
        *({"size1": one} for one in (0, size1 - 1, size1 + 1, size1 * 2, size2, size2 + 1, -size1, 2**63)),
        *({"size2": one} for one in (0, size2 - 1, size2 + 1, size2 * 2, size1, size1 - 1, -size2, 2**64)),
        *({"root1": one} for one in (ZEROS, roots[1], LEAVES[-1])),
        *({"root2": one} for one in (ZEROS, roots[0], LEAVES[-1])),
        {"size1": size2, "size2": size1},
        {"root1": roots[1], "root2": roots[0]},
        {"size1": size2, "root1": roots[1], "proof": []},
        {"size1": size2, "root1": roots[0], "proof": []},
        {"size1": 0, "proof": []},
        {"size1": 0, "root1": sha256().digest(), "proof": []},
        {"size1": 0, "root1": sha256().digest(), "size2": 0, "root2": sha256().digest(), "proof": []},
    ):
        yield {**right, "proof": proof, **change}


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_an_inclusion_holds_exactly_where_its_definition_leads_to_the_root(size: int) -> None:
    answers = {True: 0, False: 0}
    for index in range(size):
        for case in inclusions(size, index):
            assert holds(inclusion, case) == included(case), case
            answers[included(case)] += 1
    assert answers[True] >= size
    assert answers[False] > 25 * size


@pytest.mark.parametrize("size2", range(1, MOST + 1))
def test_a_consistency_holds_exactly_where_its_definition_leads_to_both_roots(size2: int) -> None:
    answers = {True: 0, False: 0}
    for size1 in range(1, size2 + 1):
        for case in consistencies(size1, size2):
            assert holds(consistency, case) == consistent(case), case
            answers[consistent(case)] += 1
    assert answers[True] >= size2
    assert answers[False] > 25 * size2


@pytest.mark.parametrize("wrong", [True, 1.0, "1", None, b"1", [1], 1j, float("nan"), float("inf"), object()])
def test_what_is_no_number_is_refused_as_a_proof_error(wrong: Any) -> None:
    alone = {"leaf_hash": LEAVES[0], "index": 0, "size": 1, "proof": [], "root": LEAVES[0]}
    same = {"size1": 1, "root1": LEAVES[0], "size2": 1, "root2": LEAVES[0], "proof": []}
    assert holds(inclusion, alone)
    assert holds(consistency, same)
    for name in ("index", "size"):
        assert not holds(inclusion, {**alone, name: wrong})
    for name in ("size1", "size2"):
        assert not holds(consistency, {**same, name: wrong})


@pytest.mark.parametrize("wrong", ["0" * 32, bytearray(32), memoryview(bytes(32)), [0] * 32, None, 32, True])
def test_what_is_no_hash_is_refused_as_a_proof_error(wrong: Any) -> None:
    two = {"leaf_hash": LEAVES[0], "index": 0, "size": 2, "proof": [LEAVES[1]], "root": tree(LEAVES[:2])}
    on = {"size1": 1, "root1": LEAVES[0], "size2": 2, "root2": tree(LEAVES[:2]), "proof": [LEAVES[1]]}
    assert holds(inclusion, two)
    assert holds(consistency, on)
    for change in ({"leaf_hash": wrong}, {"root": wrong}, {"proof": [wrong]}, {"proof": wrong}):
        assert not holds(inclusion, {**two, **change})
    for change in ({"root1": wrong}, {"root2": wrong}, {"proof": [wrong]}, {"proof": wrong}):
        assert not holds(consistency, {**on, **change})


def test_a_proof_longer_than_any_tree_is_refused_at_once() -> None:
    endless = [ZEROS] * 100_000
    assert not holds(
        inclusion, {"leaf_hash": ZEROS, "index": 0, "size": 2**63 - 1, "proof": endless, "root": ZEROS}
    )
    assert not holds(
        consistency, {"size1": 1, "root1": ZEROS, "size2": 2**63 - 1, "root2": ZEROS, "proof": endless}
    )


TESSERA = (
    Path(__file__).resolve().parents[3] / "shared" / "standards" / "tlog" / "tessera-log" / "testdata" / "log"
)
KEY = TESSERA.parents[2] / "note-kat.json"


@pytest.mark.skipif(not TESSERA.is_dir(), reason=f"the log that Tessera wrote is not there: {TESSERA}")
class TestTessera:
    """Proofs from Tessera's tiles between the checkpoints that Tessera signed."""

    def heads(self) -> dict[int, bytes]:
        key = PublicKey.parse(json.loads(KEY.read_text(encoding="utf-8"))["tessera_log_vkey"])
        notes = [open_checkpoint(note, [key]) for _, note in DirectoryLog(TESSERA).checkpoints()]
        return {head.size: head.root for head in notes}

    def tiles(self) -> dict[Place, bytes]:
        return {Place(0, 0): DirectoryLog(TESSERA).tile(0, 0)[-1][1]}

    def test_each_checkpoint_continues_each_earlier_one(self) -> None:
        heads, tiles = self.heads(), self.tiles()
        assert list(heads) == list(range(16))
        for size1, size2 in [*combinations(range(1, 16), 2), *((one, one) for one in range(1, 16))]:
            ranges = consistency_ranges(size1, size2)
            assert places_of(ranges) <= tiles.keys()
            case = {"size1": size1, "root1": heads[size1], "size2": size2, "root2": heads[size2]}
            consistency(**case, proof=hashes_of(ranges, tiles))
            assert not holds(
                consistency, {**case, "root1": heads[size1 - 1], "proof": hashes_of(ranges, tiles)}
            )
        assert len(set(heads.values())) == 16

    def test_each_entry_is_in_each_checkpoint_that_covers_it(self) -> None:
        heads, tiles = self.heads(), self.tiles()
        entries = DirectoryLog(TESSERA).entries(0)[-1][1]
        for size in range(1, 16):
            for index, (entry, after) in enumerate(pairwise([*entries[:size], b""])):
                leaf = sha256(b"\x00" + entry).digest()
                case = {"index": index, "size": size, "root": heads[size]}
                proof = hashes_of(inclusion_ranges(index, size), tiles)
                inclusion(**case, leaf_hash=leaf, proof=proof)
                other = sha256(b"\x00" + after).digest()
                assert not holds(inclusion, {**case, "leaf_hash": other, "proof": proof})
