"""The log is read over HTTP by a verifier that knows nothing but the address and the keys."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from litestar.testing import TestClient
from web_town import Town

from duly.ledger.serving import part_at
from duly.ledger.tiles import last_tiles, path
from duly.ledger.verify import DirectoryLog, PublicKey, open_checkpoint, whole_log
from duly.web.server import create

FOR_EVER = "public, max-age=31536000, immutable"


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    town = Town(tmp_path_factory.mktemp("town"), "2024-02-01")
    yield town
    town.close()


@pytest.fixture(scope="module")
def client(town: Town) -> TestClient[Any]:
    return TestClient(create(town.app))


def grow(town: Town, to: int) -> None:
    newest = town.app.ledger.checkpoint()
    with town.app.store.write() as conn:
        town.app.ledger.pend(conn, [os.urandom(32) for _ in range(to - (newest.size if newest else 0))])
    town.app.ledger.sequence()


def test_before_the_first_entry_there_is_nothing(client: TestClient[Any]) -> None:
    for path_ in ("checkpoint", "tile/0/000.p/1", "tile/0/000", "tile/entries/000.p/1"):
        assert client.get(f"/ledger/{path_}").status_code == 404


def mirrored(client: TestClient[Any], directory: Path) -> int:
    """Copy the log as anybody would, by the size in its checkpoint alone."""
    directory.mkdir()
    answer = client.get("/ledger/checkpoint")
    assert answer.headers["cache-control"] == "no-cache"
    (directory / "checkpoint").write_bytes(answer.content)
    size = int(answer.text.split("\n")[1])
    names: list[str] = []
    for (level, last), width in last_tiles(size):
        for number in range(last + 1):
            wide = width if number == last else 256
            names.append(f"{level}/{path(number, wide).removeprefix('tile/entries/')}")
            if level == 0:
                names.append(path(number, wide).removeprefix("tile/"))
    for name in names:
        answer = client.get(f"/ledger/tile/{name}")
        assert answer.status_code == 200, name
        assert answer.headers["cache-control"] == FOR_EVER
        assert answer.headers["content-type"] == "application/octet-stream"
        (directory / "tile" / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / "tile" / name).write_bytes(answer.content)
    return size


@pytest.mark.parametrize("size", [1, 255, 256, 257, 700])
def test_a_mirror_verifies(town: Town, client: TestClient[Any], tmp_path: Path, size: int) -> None:
    grow(town, size)
    keys = [PublicKey.parse(key) for key in town.app.ledger.public_keys()]
    assert mirrored(client, tmp_path / "log") == size
    verdict = whole_log(DirectoryLog(tmp_path / "log"), keys)
    assert verdict.sound, verdict.findings
    assert verdict.entries == size
    head = open_checkpoint(client.get("/ledger/checkpoint").content, keys)
    assert (head.origin, head.size) == ("duly/norway", size)


def test_what_is_not_covered_yet_does_not_exist(town: Town, client: TestClient[Any]) -> None:
    grow(town, 700)
    for name in (
        "0/000",
        "0/001",
        "0/002.p/188",
        "0/002.p/1",
        "0/000.p/255",
        "1/000.p/2",
        "entries/002.p/188",
    ):
        assert client.get(f"/ledger/tile/{name}").status_code == 200, name
    for name in ("0/002", "0/002.p/189", "0/003.p/1", "1/000.p/3", "1/000", "2/000.p/1", "entries/002.p/189"):
        answer = client.get(f"/ledger/tile/{name}")
        assert answer.status_code == 404, name
        assert answer.headers["cache-control"] == "no-store"


def test_entries_wait_for_their_signature_before_they_are_served(town: Town, client: TestClient[Any]) -> None:
    newest = town.app.ledger.checkpoint()
    assert newest is not None
    with town.app.store.write() as conn:
        town.app.ledger.pend(conn, [os.urandom(32)])
    width = newest.size % 256 + 1
    name = path(newest.size // 256, width)
    assert client.get(f"/ledger/{name}").status_code == 404
    town.app.ledger.sequence()
    assert client.get(f"/ledger/{name}").status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "0/0", "0/0000", "00/000", "0/x000/000", "0/x00/000", "0/000.p/0", "0/000.p/256", "0/000.p/257",
        "0/000.p/01", "0/000.p/", "0/000.p", "8/000", "-1/000", "0/-01", "entries", "entries/000.p/999", "",
        "0/\u0660\u0660\u0660", "0/000/000", "0/" + "x999/" * 30 + "999", "0/001.q/1", "0/" + "9" * 5000,
    ],
)  # fmt: skip
def test_a_path_that_no_tile_has_is_not_found(client: TestClient[Any], name: str) -> None:
    assert part_at(name) is None
    assert client.get(f"/ledger/tile/{name}").status_code in (404, 405)


def test_the_greatest_number_of_a_tile_is_read(client: TestClient[Any]) -> None:
    part = part_at("0/x999/x999/x999/x999/x999/x999/999")
    assert part is not None
    assert client.get("/ledger/tile/0/x999/x999/x999/x999/x999/x999/999").status_code == 404
