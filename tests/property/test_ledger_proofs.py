"""Every proof that the writer makes convinces the verifier, and nothing near it does."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.ledger.tiles import Edge, Place, grow, hashes_of, places_of
from duly.ledger.tree import consistency_ranges, inclusion_ranges, leaf_hash, node_hash
from duly.ledger.verify import ProofError, consistency, inclusion

MOST = 66_000  # three levels of tiles
LEAVES = [leaf_hash(at.to_bytes(4)) for at in range(MOST)]


def rfc_root(leaves: Sequence[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return node_hash(rfc_root(leaves[:k]), rfc_root(leaves[k:]))


def built(sizes: Sequence[int]) -> tuple[Edge, dict[Place, bytes]]:
    """A tree grown in steps up to each size."""
    edge, tiles = Edge(size=0, tiles=()), dict[Place, bytes]()
    for size in sizes:
        grown = grow(edge, LEAVES[edge.size : size])
        edge = grown.edge
        tiles.update(grown.tiles)
    return edge, tiles


WHOLE, TILES = built([MOST])
ROOTS: dict[int, bytes] = {}


def root(size: int) -> bytes:
    if size not in ROOTS:
        ROOTS[size] = built([size])[0].root()
    return ROOTS[size]


near_tiles = [size + by for size in (256, 512, 65_536) for by in (-1, 0, 1)]
sizes = st.one_of(st.integers(1, 600), st.sampled_from(near_tiles), st.integers(1, MOST))


@given(st.lists(st.integers(0, 700), min_size=1, max_size=6).map(sorted))
@settings(max_examples=60, deadline=None)
def test_a_tree_grown_in_any_steps_is_the_tree(steps: list[int]) -> None:
    edge, tiles = built(steps)
    assert edge.root() == rfc_root(LEAVES[: steps[-1]])
    assert tiles == built(steps[-1:])[1] if steps[-1] else tiles == {}
    assert edge.size == steps[-1]


def test_a_large_tree_has_the_root_of_the_definition() -> None:
    assert WHOLE.root() == rfc_root(LEAVES)


def included(index: int, size: int) -> dict[str, Any]:
    ranges = inclusion_ranges(index, size)
    assert places_of(ranges) <= TILES.keys()
    return {
        "leaf_hash": LEAVES[index],
        "index": index,
        "size": size,
        "proof": hashes_of(ranges, TILES),
        "root": root(size),
    }


def consistent(size1: int, size2: int) -> dict[str, Any]:
    proof = hashes_of(consistency_ranges(size1, size2), TILES)
    return {"size1": size1, "root1": root(size1), "size2": size2, "root2": root(size2), "proof": proof}


inclusions = sizes.flatmap(lambda size: st.builds(included, st.integers(0, size - 1), st.just(size)))
consistencies = sizes.flatmap(lambda size: st.builds(consistent, st.integers(1, size), st.just(size)))


def test_every_proof_of_every_small_tree_holds() -> None:
    for size in range(1, 34):
        for other in range(size):
            inclusion(**included(other, size))
            consistency(**consistent(other + 1, size))


@given(inclusions)
@settings(max_examples=100, deadline=None)
def test_an_inclusion_proof_holds(case: dict[str, Any]) -> None:
    inclusion(**case)


@given(consistencies)
@settings(max_examples=100, deadline=None)
def test_a_consistency_proof_holds(case: dict[str, Any]) -> None:
    consistency(**case)


def flipped(value: bytes, bit: int) -> bytes:
    return bytes(byte ^ (1 << bit % 8 if at == bit // 8 else 0) for at, byte in enumerate(value))


def spoiled(draw: st.DrawFn, case: dict[str, Any], hashes: list[str]) -> dict[str, Any]:
    """One hash with one bit flipped, or one hash too few or too many."""
    proof: list[bytes] = case["proof"]
    kinds = ["hash", "extra", *(["flip", "missing"] if proof else [])]
    kind = draw(st.sampled_from(kinds))
    at = draw(st.integers(0, len(proof) - (kind != "extra"))) if kind != "hash" else 0
    if kind == "hash":
        name = draw(st.sampled_from(hashes))
        return {**case, name: flipped(case[name], draw(st.integers(0, 255)))}
    if kind == "flip":
        return {
            **case,
            "proof": [*proof[:at], flipped(proof[at], draw(st.integers(0, 255))), *proof[at + 1 :]],
        }
    if kind == "missing":
        return {**case, "proof": [*proof[:at], *proof[at + 1 :]]}
    return {**case, "proof": [*proof[:at], draw(st.binary(min_size=32, max_size=32)), *proof[at:]]}


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoiled_inclusion_proof_is_refused(data: st.DataObject) -> None:
    case = data.draw(inclusions)
    wrong = data.draw(st.composite(spoiled)(case, ["leaf_hash", "root"]))
    with pytest.raises(ProofError):
        inclusion(**wrong)


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_a_spoiled_consistency_proof_is_refused(data: st.DataObject) -> None:
    case = data.draw(consistencies)
    wrong = data.draw(st.composite(spoiled)(case, ["root1", "root2"]))
    with pytest.raises(ProofError):
        consistency(**wrong)


@given(inclusions, st.integers(0, MOST))
@settings(max_examples=100, deadline=None)
def test_a_proof_holds_for_no_other_index(case: dict[str, Any], index: int) -> None:
    if index != case["index"]:
        with pytest.raises(ProofError):
            inclusion(**dict(case, index=index))


@given(
    st.fixed_dictionaries(
        {
            "leaf_hash": st.binary(max_size=40),
            "index": st.one_of(st.integers(), st.booleans()),
            "size": st.one_of(st.integers(), st.booleans()),
            "proof": st.lists(st.binary(max_size=40), max_size=70),
            "root": st.binary(min_size=32, max_size=32),
        }
    )
)
@settings(max_examples=150)
def test_whatever_is_sent_is_refused_and_nothing_else_happens(case: dict[str, Any]) -> None:
    with pytest.raises(ProofError):
        inclusion(**case)
