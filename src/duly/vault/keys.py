"""Keys that open the database never lie in it.

A `KeyService` wraps data keys, hashes identifiers and names of messages, and signs; a `KeyStore` also begins
and destroys keys. Wrapping keys are numbered *epochs*: the newest wraps, older ones still unwrap until they
are destroyed. `FileKeys` has keys in a file, `RemoteKeys` asks a process of its own; `open_keys` knows which.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from duly.errors import BadInput, Conflict, OurFault

__all__ = [
    "EPOCH",
    "KeyService",
    "KeyStore",
    "epoch_of",
    "locked",
    "not_unwrapped",
    "read_private",
    "replace_private",
    "write_new",
]

EPOCH: Final = 4
"""Bytes that lead a wrapped key: the epoch that wraps it, big endian, whatever wraps it."""


class KeyService(Protocol):
    """Where the keys are: a file, or a service of the agency's; keys need not leave it."""

    def epochs(self) -> tuple[int, ...]:
        """The epochs whose wrapping keys exist, newest first."""
        ...

    def wrap(self, data_keys: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Wrap (subject, data key) pairs under the newest epoch; the subject is bound in."""
        ...

    def unwrap(self, wrapped: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """The data keys of (subject, wrapped key) pairs. OurFault when one is not the subject's."""
        ...

    def hash_versions(self) -> tuple[int, ...]:
        """Versions of the identifiers' hash key, newest first."""
        ...

    def hash(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """HMAC-SHA256 of each text under that version of the hash key."""
        ...

    def name_versions(self) -> tuple[int, ...]:
        """Versions of the key that names messages, newest first."""
        ...

    def name(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """HMAC-SHA256 of each text under that version of the key that names messages."""
        ...

    def department_versions(self, department: str) -> tuple[int, ...]:
        """Versions of the key that makes a department's identifiers, newest first; none if it has none."""
        ...

    def department(self, department: str, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """HMAC-SHA256 of each text under that version of the department's key."""
        ...

    def signing_key(self) -> Ed25519PrivateKey:
        """What signs the ledger's checkpoints; of a service it signs there, and cannot be exported."""
        ...


class KeyStore(KeyService, Protocol):
    """The same for whoever keeps the keys: what is destroyed here cannot be brought back by anybody."""

    def begin_epoch(self) -> int:
        """Draw a new wrapping key, durably; it wraps from now on, in every process."""
        ...

    def destroy_epoch(self, epoch: int) -> None:
        """Destroy a wrapping key. Conflict for the newest. Destroying it again changes nothing."""
        ...

    def begin_hash(self) -> int:
        """Draw a new hash key for identifiers; it hashes from now on, in every process."""
        ...

    def destroy_hash(self, version: int) -> None:
        """Destroy a hash key. Conflict for the newest, and where it names messages too."""
        ...

    def begin_department(self, department: str) -> int:
        """Draw a new key for a department's identifiers; it makes them from now on, in every process."""
        ...

    def destroy_department(self, department: str, version: int) -> None:
        """Destroy a key of a department's. Conflict for the newest."""
        ...


def epoch_of(wrapped: bytes) -> int:
    """The epoch that wraps a key."""
    return int.from_bytes(wrapped[:EPOCH], "big")


def not_unwrapped(subject: int) -> OurFault:
    """What is raised where a wrapped key does not open."""
    return OurFault(
        "A data key does not unwrap",
        detail="It was altered, is another subject's, or its epoch's key is not in the key store.",
        where=f"subject {subject}",
        hint="Check that the key file is the one that this database was made with.",
    )


def write_new(path: Path, content: bytes) -> None:
    """A file that only its owner reads, on disk before this returns. Conflict where it is there already."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    try:
        handle = os.open(path, flags, 0o600)
    except FileExistsError as error:
        raise Conflict(
            "A key file is already there",
            detail="New keys would make everything unreadable that was sealed with the old ones.",
            where=str(path),
            hint="Name another file.",
        ) from error
    with os.fdopen(handle, "wb") as file:
        os.fchmod(handle, 0o600)  # whatever the umask
        file.write(content)
        file.flush()
        os.fsync(handle)
    _sync(path.parent)  # a key that is lost in a power cut takes the data with it


def read_private(path: Path) -> bytes:
    """What stands in a key file. BadInput where it cannot be read, or others than its owner can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError as error:
        raise BadInput(
            "The key file cannot be read",
            detail=error.strerror or "It cannot be opened.",
            where=str(path),
            hint="Name the key file that belongs to this database.",
        ) from error
    with os.fdopen(handle, "rb") as file:
        state = os.fstat(handle)  # of the open file, so that it cannot be exchanged in between
        if stat.S_IMODE(state.st_mode) & 0o077:
            raise BadInput(
                "The key file can be read by others",
                detail=f"Its mode is {stat.S_IMODE(state.st_mode):04o}.",
                where=str(path),
                hint=f"Run: chmod 600 {path}",
            )
        return file.read()


@contextmanager
def locked(path: Path, *, alone: bool) -> Generator[None]:
    """Hold the directory of a key file: several read at a time, or one changes what is there."""
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX if alone else fcntl.LOCK_SH)
        yield
    finally:
        os.close(directory)


def replace_private(path: Path, content: bytes) -> None:
    """Put other content into a key file at once, and overwrite the old, so that what it lost is lost.

    The caller holds it alone. A file system that copies on write, or a disk that moves blocks, may keep the
    old bytes all the same; keys that must be gone for certain belong into a device.
    """
    fresh = path.with_name(f"{path.name}.new")
    if fresh.exists():
        _wipe(fresh)  # of a process that was killed in between
        fresh.unlink()
    write_new(fresh, content)
    with path.open("r+b") as before:
        fresh.replace(path)
        _sync(path.parent)
        _zero(before.fileno())


def _wipe(path: Path) -> None:
    with path.open("r+b") as file:
        _zero(file.fileno())


def _zero(handle: int) -> None:
    os.pwrite(handle, b"\0" * os.fstat(handle).st_size, 0)
    os.fsync(handle)


def _sync(path: Path) -> None:
    directory = os.open(path, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
