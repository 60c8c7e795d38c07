"""A key service is a second store of keys: the same vault works on it, and it alone has the keys."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from duly.access import Policy
from duly.clock import SimulatedClock
from duly.errors import Conflict, Denied, OurFault, TryAgain
from duly.ledger import Ledger, Signer
from duly.ledger.tables import LEAF
from duly.store import Store
from duly.vault import (
    Actor,
    Box,
    FileKeys,
    Identifier,
    Plain,
    RemoteKeys,
    Use,
    Vault,
    Wanted,
    open_keys,
    rotation,
)

POLICIES = Path(__file__).parents[2] / "packs" / "norway" / "policies"
USE = Use(
    actor=Actor(organisation="nav", system="duly", officer=""),
    purpose="intake",
    legal_basis="Folkeregisterloven §§ 10-1, 10-2",
    categories=frozenset({"contact"}),
    about="a test",
)
NAME = Identifier("no.fnr", "MARKED")


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Path]:
    """The directory in which a key service listens, in a process of its own."""
    FileKeys.create(tmp_path / "keys.json")
    process = begun(tmp_path)
    yield tmp_path
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    assert not (tmp_path / "keys.sock").exists()


def begun(directory: Path) -> subprocess.Popen[bytes]:
    command = [
        sys.executable,
        "-m",
        "duly.cli",
        "keys",
        "serve",
        "--socket",
        "keys.sock",
        "--keeper",
        "keeper.sock",
    ]
    process = subprocess.Popen([*command, "keys.json"], cwd=directory, stdout=subprocess.DEVNULL)
    for _ in range(300):
        if (directory / "keeper.sock").exists():
            return process
        time.sleep(0.05)
    raise AssertionError("the key service did not begin")


def test_the_vault_works_on_it(service: Path, sqlite_url: str, clock: SimulatedClock) -> None:
    keys, keeper = (open_keys(Path(f"unix:{service}/{name}.sock")) for name in ("keys", "keeper"))
    assert isinstance(keys, RemoteKeys)
    store = Store.open(sqlite_url)
    store.migrate()
    signer = Signer(name="duly.example", key=keys.signing_key())
    ledger = Ledger(store, signer, "duly.example/uses", clock)
    vault = Vault(store, keys, ledger, Policy.load(POLICIES), clock)
    with store.write() as conn:
        number = vault.ensure(conn, [Wanted(identifier=NAME, kind="Person", near=None)])[NAME]
        plain = Plain(subject=number, category="contact", version=1, data=b"MARK")
        (sealed,) = vault.seal(conn, [plain])
    assert keeper.begin_epoch() == 2
    assert rotation.rewrap(store, keys) == 1
    rotation.retire_epoch(store, keeper, 1)
    with store.write() as conn:
        assert vault.find(conn, [NAME]) == {NAME: number}
        box = Box(subject=number, category="contact", version=1, sealed=sealed)
        assert vault.open(conn, USE, [box]) == [b"MARK"]
    ledger.sequence()
    with store.read() as conn:
        assert conn.execute(select(func.count()).select_from(LEAF)).scalar() == 1
    store.close()


def test_it_answers_as_the_file_does(service: Path) -> None:
    file, keys = FileKeys.read(service / "keys.json"), RemoteKeys(service / "keys.sock")
    pairs = [(number, os.urandom(32)) for number in (1, 2**63 - 1)]
    assert file.unwrap([(n, w) for (n, _), w in zip(pairs, keys.wrap(pairs), strict=True)]) == [
        k for _, k in pairs
    ]
    assert keys.hash(1, [b"a", b""]) == file.hash(1, [b"a", b""])
    assert keys.name(1, [b"a"]) == file.name(1, [b"a"]) != keys.hash(1, [b"a"])
    assert (keys.epochs(), keys.hash_versions(), keys.name_versions()) == ((1,), (1,), (1,))
    public = file.signing_key().public_key()
    assert keys.signing_key().public_key().public_bytes_raw() == public.public_bytes_raw()
    public.verify(keys.signing_key().sign(b"said"), b"said")
    with pytest.raises(OurFault, match="do not leave"):
        keys.signing_key().private_bytes_raw()


def test_only_a_keeper_destroys(service: Path) -> None:
    keys, keeper = RemoteKeys(service / "keys.sock"), RemoteKeys(service / "keeper.sock")
    for forbidden in (
        keys.begin_epoch,
        keys.begin_hash,
        lambda: keys.destroy_epoch(1),
        lambda: keys.destroy_hash(1),
    ):
        with pytest.raises(Denied, match="keeper"):
            forbidden()
    with pytest.raises(Conflict, match="newest"):
        keeper.destroy_epoch(1)
    assert (keeper.begin_hash(), keys.hash_versions()) == (2, (2, 1))
    keeper.destroy_hash(1)
    assert keys.hash_versions() == (2,)


def test_errors_are_the_same_over_the_socket(service: Path) -> None:
    keys = RemoteKeys(service / "keys.sock")
    with pytest.raises(OurFault, match="does not unwrap") as refused:
        keys.unwrap([(7, b"\0\0\0\1" + b"x" * 60)])
    assert refused.value.where == "subject 7"
    assert keys.epochs() == (1,)  # the line stands


def test_who_asks_nobody_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(TryAgain, match="does not answer"):
        open_keys(Path(f"unix:{tmp_path}/none.sock"))


def test_a_service_that_was_begun_anew_is_asked_again(tmp_path: Path) -> None:
    FileKeys.create(tmp_path / "keys.json")
    first = begun(tmp_path)
    keys = RemoteKeys(tmp_path / "keys.sock")
    assert keys.epochs() == (1,)
    first.terminate()
    first.wait(10)
    with pytest.raises(TryAgain):
        keys.epochs()
    second = begun(tmp_path)
    assert keys.epochs() == (1,)
    second.terminate()
    second.wait(10)
