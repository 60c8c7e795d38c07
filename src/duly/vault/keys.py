"""Keys that open the database never lie in it.

A `KeyService` wraps data keys and hashes identifiers; `FileKeys` is one in a file that only its owner can
read. Keys have versions: the newest wraps and hashes, older ones still unwrap and find.
"""

from __future__ import annotations

import hmac
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from duly.errors import BadInput, Conflict, OurFault

__all__ = ["FileKeys", "KeyService", "read_private", "write_new"]

_NONCE: Final = 12
_VERSION: Final = 4
_SEALED: Final = _VERSION + _NONCE


class KeyService(Protocol):
    """Where the keys are: a file, or a service of the agency's; keys need not leave it."""

    def wrap(self, data_keys: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """Wrap (subject, data key) pairs; the subject is bound in."""
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


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Keys in base64 by version; `signing` is an Ed25519 seed for the ledger's checkpoints."""

    wrapping: dict[int, bytes]
    hashing: dict[int, bytes]
    signing: bytes

    def __repr__(self) -> str:
        return "<keys>"  # never in a log or a traceback


class FileKeys:
    """Keys in a JSON file with mode 0600."""

    def __init__(self, keys: _KeyFile) -> None:
        self._wrapping = {version: AESGCM(key) for version, key in keys.wrapping.items()}
        self._hashing = keys.hashing
        self._signing = keys.signing
        self._newest = max(keys.wrapping)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Draw new keys into a file that does not exist yet, else Conflict."""
        keys = _KeyFile(wrapping={1: os.urandom(32)}, hashing={1: os.urandom(32)}, signing=os.urandom(32))
        write_new(path, msgspec.json.format(msgspec.json.encode(keys)) + b"\n")
        return cls(keys)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. BadInput when it is not there, not a key file, or others could read it."""
        content = read_private(path)
        try:
            keys = msgspec.json.decode(content, type=_KeyFile)
        except msgspec.DecodeError as error:
            raise _not_a_key_file(path, str(error)) from error
        lengths = {len(key) for key in [*keys.wrapping.values(), *keys.hashing.values(), keys.signing]}
        if not keys.wrapping or not keys.hashing or lengths != {32}:
            raise _not_a_key_file(path, "Each key has 32 bytes, and there is at least one of each.")
        return cls(keys)

    def wrap(self, data_keys: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """See `KeyService`. A wrapped key is the version (4 bytes), nonce, ciphertext and tag."""
        head, key = self._newest.to_bytes(_VERSION, "big"), self._wrapping[self._newest]
        wrapped: list[bytes] = []
        for subject, data_key in data_keys:
            nonce = os.urandom(_NONCE)
            wrapped.append(head + nonce + key.encrypt(nonce, data_key, _bound(subject)))
        return wrapped

    def unwrap(self, wrapped: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """See `KeyService`."""
        keys = {version.to_bytes(_VERSION, "big"): key for version, key in self._wrapping.items()}
        unwrapped: list[bytes] = []
        for subject, key in wrapped:
            try:
                cipher = keys.get(key[:_VERSION])
                if cipher is None:
                    raise InvalidTag
                unwrapped.append(cipher.decrypt(key[_VERSION:_SEALED], key[_SEALED:], _bound(subject)))
            except (InvalidTag, ValueError) as error:
                raise _not_unwrapped(subject) from error
        return unwrapped

    def hash_versions(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return tuple(sorted(self._hashing, reverse=True))

    def hash(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        key = self._hashing[version]
        return [hmac.digest(key, text, "sha256") for text in texts]

    def signing_seed(self) -> bytes:
        """The 32 secret bytes of the Ed25519 key that signs the ledger's checkpoints."""
        return self._signing


def _not_unwrapped(subject: int) -> OurFault:
    return OurFault(
        "A data key does not unwrap",
        detail="It was altered, is another subject's, or its wrapping key is not in the key file.",
        where=f"subject {subject}",
        hint="Check that the key file is the one that this database was made with.",
    )


def _bound(subject: int) -> bytes:
    return b"duly.data-key" + subject.to_bytes(8, "big")


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
    directory = os.open(path.parent, os.O_RDONLY)
    os.fsync(directory)  # a key that is lost in a power cut takes the data with it
    os.close(directory)


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


def _not_a_key_file(path: Path, detail: str) -> BadInput:
    return BadInput(
        "Not a key file",
        detail=detail,
        where=str(path),
        hint="Name the key file that belongs to this database.",
    )
