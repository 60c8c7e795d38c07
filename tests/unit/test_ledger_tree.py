"""Hashes, tiles and their paths against the vectors of the standards."""

from hashlib import sha256

import pytest

from duly.ledger.tiles import Edge, Place, bundle, grow, last_tiles, path
from duly.ledger.tree import EMPTY_ROOT, leaf_hash, node_hash

# Leaves and roots of the trees of 1 to 8 leaves that the Certificate Transparency logs are tested with.
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
EMPTY = Edge(size=0, tiles=())


@pytest.mark.parametrize("size", range(1, 9))
def test_the_known_trees_have_the_known_roots(size: int) -> None:
    grown = grow(EMPTY, [leaf_hash(leaf) for leaf in LEAVES[:size]])
    assert grown.edge.root().hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_hash_of_nothing() -> None:
    assert EMPTY.root() == EMPTY_ROOT == sha256(b"").digest()


def test_a_leaf_is_never_a_node() -> None:
    left, right = leaf_hash(b"a"), leaf_hash(b"b")
    assert leaf_hash(left + right) != node_hash(left, right)


@pytest.mark.parametrize(
    ("place", "width", "name"),
    [
        (Place(0, 0), 256, "tile/0/000"),
        (Place(0, 1234067), 256, "tile/0/x001/x234/067"),
        (Place(2, 999), 1, "tile/2/999.p/1"),
        (Place(1, 1000), 255, "tile/1/x001/000.p/255"),
        (7, 3, "tile/entries/007.p/3"),
    ],
)
def test_tiles_lie_where_the_standard_puts_them(place: Place | int, width: int, name: str) -> None:
    assert path(place, width) == name


def test_the_standards_example_of_70_000_entries_has_its_tiles() -> None:
    assert last_tiles(70_000) == [(Place(0, 273), 112), (Place(1, 1), 17), (Place(2, 0), 1)]


def test_256_entries_fill_a_tile_and_begin_the_next_level() -> None:
    assert last_tiles(256) == [(Place(0, 0), 256), (Place(1, 0), 1)]
    grown = grow(EMPTY, [leaf_hash(bytes([at])) for at in range(256)])
    assert {place: len(tile) for place, tile in grown.tiles.items()} == {Place(0, 0): 8192, Place(1, 0): 32}
    assert grown.edge.root() == grown.tiles[Place(1, 0)]


def test_a_bundle_leads_each_entry_by_its_length() -> None:
    assert bundle([b"one", b"", b"three"]) == b"\x00\x03one\x00\x00\x00\x05three"
