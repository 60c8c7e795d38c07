"""What the demo keeps on disk: one directory inside the clone, its secrets readable by the owner only.

Beside the server's own files (database, keys) stand `sources.toml` with the digests of the senders' keys, and
`senders/<register>` with the keys themselves, which in life each register would keep at home.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from duly.events.sources import new_key

from .messages import SOURCES

__all__ = ["SENDERS", "SOURCES_FILE", "prepare", "sender_keys"]

SOURCES_FILE: Final = "sources.toml"
SENDERS: Final = "senders"


def prepare(directory: Path) -> Mapping[str, str]:
    """Make the directory with the senders' keys if it is not there; the keys by register."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    ignore = directory / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n")
    if not (directory / SOURCES_FILE).exists():
        _make_keys(directory)
    return sender_keys(directory)


def _make_keys(directory: Path) -> None:
    (directory / SENDERS).mkdir(mode=0o700, exist_ok=True)
    rows: list[str] = []
    for register, source in SOURCES.items():
        key, digest = new_key()
        _write_secret(directory / SENDERS / register, key)
        rows.append(f'[[source]]\nsource = "{source}"\nregister = "{register}"\nkeys = ["{digest}"]\n')
    _write_secret(directory / SOURCES_FILE, "\n".join(rows))


def _write_secret(path: Path, text: str) -> None:
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)


def sender_keys(directory: Path) -> Mapping[str, str]:
    """The registers' keys."""
    return {register: (directory / SENDERS / register).read_text() for register in SOURCES}
