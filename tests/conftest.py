"""Every test that takes `store` runs on a SQLite file and on a real PostgreSQL, each time on an empty one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from looking import looking
from postgres import new_database, running

from duly.access import Policy
from duly.access.permits import take_up
from duly.clock import SimulatedClock
from duly.ledger import Ledger, Signer
from duly.store import Store
from duly.vault import FileKeys, Vault

POLICIES = Path(__file__).parents[1] / "packs" / "norway" / "policies"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL of this session's own, to be formatted with a database's name."""
    with running() as server:
        yield server


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    with new_database(postgres_server) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'duly.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of either kind."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store with every table that the test's imports declare, as `looking` lets tests look.

    On PostgreSQL its role is no superuser, so that everything is done under row-level security.
    """
    opened = Store.open(store_url)
    opened.create_all()
    with opened.owning() as conn:
        take_up(conn, POLICIES.parent, alone=True)
    yield looking(opened)
    opened.close()


@pytest.fixture
def clock() -> SimulatedClock:
    """A clock in Oslo that stands at noon of 1 March 2026 until it is set."""
    return SimulatedClock("Europe/Oslo", 1_772_362_800_000_000)


@pytest.fixture
def keys(tmp_path: Path) -> FileKeys:
    """New keys in a file of the test's own."""
    return FileKeys.create(tmp_path / "keys.json")


@pytest.fixture
def ledger(store: Store, clock: SimulatedClock, keys: FileKeys) -> Ledger:
    """The ledger on `store`."""
    return Ledger(store, Signer.from_seed("duly.example", keys.signing_seed()), "duly.example/uses", clock)


@pytest.fixture
def vault(store: Store, keys: FileKeys, ledger: Ledger, clock: SimulatedClock) -> Vault:
    """A vault on `store`, with Norway's policies and the real ledger."""
    return Vault(store, keys, ledger, Policy.load(POLICIES), clock)
