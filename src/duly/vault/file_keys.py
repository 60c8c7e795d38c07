"""Keys in a JSON file with mode 0600; whoever changes the file changes them in every process that reads it.

A process looks at each call whether the file is another one, so a key that was destroyed in the file is used
by nobody any more.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from duly.errors import BadInput, Conflict, NotFound
from duly.vault.keys import EPOCH, locked, not_unwrapped, read_private, replace_private, write_new

__all__ = ["FileKeys"]

_NONCE: Final = 12
_SEALED: Final = EPOCH + _NONCE
_KEY: Final = 32


class _KeyFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Keys in base64 by version; `signing` is an Ed25519 seed for the ledger's checkpoints.

    In a file from before messages had keys of their own there is no `naming`: they are named as identifiers.
    `departments` has the keys of each by its name.
    """

    wrapping: dict[int, bytes]
    hashing: dict[int, bytes]
    naming: dict[int, bytes] | None = None
    signing: bytes
    departments: dict[str, dict[int, bytes]] = {}

    def __repr__(self) -> str:
        return "<keys>"  # never in a log or a traceback

    def naming_keys(self) -> dict[int, bytes]:
        return self.hashing if self.naming is None else self.naming


_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    """What was read from the file when it had this stamp."""

    keys: _KeyFile
    ciphers: dict[bytes, AESGCM]
    newest: int
    stamp: _Stamp

    @classmethod
    def of(cls, keys: _KeyFile, stamp: _Stamp) -> Self:
        ciphers = {epoch.to_bytes(EPOCH, "big"): AESGCM(key) for epoch, key in keys.wrapping.items()}
        return cls(keys, ciphers, max(keys.wrapping), stamp)


class FileKeys:
    """Keys in a file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held = _read(path)

    @classmethod
    def create(cls, path: Path) -> Self:
        """Draw new keys into a file that does not exist yet, else Conflict."""
        wrapping, hashing, naming = ({1: os.urandom(_KEY)} for _ in range(3))
        keys = _KeyFile(wrapping=wrapping, hashing=hashing, naming=naming, signing=os.urandom(_KEY))
        write_new(path, _written(keys))
        return cls(path)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read the file. BadInput when it is not there, not a key file, or others could read it."""
        return cls(path)

    def epochs(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return tuple(sorted(self._now().keys.wrapping, reverse=True))

    def wrap(self, data_keys: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """See `KeyService`. A wrapped key is the epoch (4 bytes), nonce, ciphertext and tag."""
        held = self._now()
        head = held.newest.to_bytes(EPOCH, "big")
        key = held.ciphers[head]
        wrapped: list[bytes] = []
        for subject, data_key in data_keys:
            nonce = os.urandom(_NONCE)
            wrapped.append(head + nonce + key.encrypt(nonce, data_key, _bound(subject)))
        return wrapped

    def unwrap(self, wrapped: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """See `KeyService`."""
        keys = self._now().ciphers
        unwrapped: list[bytes] = []
        for subject, key in wrapped:
            try:
                cipher = keys.get(key[:EPOCH])
                if cipher is None:
                    raise InvalidTag
                unwrapped.append(cipher.decrypt(key[EPOCH:_SEALED], key[_SEALED:], _bound(subject)))
            except (InvalidTag, ValueError) as error:
                raise not_unwrapped(subject) from error
        return unwrapped

    def hash_versions(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return tuple(sorted(self._now().keys.hashing, reverse=True))

    def hash(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        return _hashed(self._now().keys.hashing, version, texts, self._path)

    def name_versions(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return tuple(sorted(self._now().keys.naming_keys(), reverse=True))

    def name(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        return _hashed(self._now().keys.naming_keys(), version, texts, self._path)

    def department_versions(self, department: str) -> tuple[int, ...]:
        """See `KeyService`."""
        return tuple(sorted(self._now().keys.departments.get(department, {}), reverse=True))

    def department(self, department: str, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        return _hashed(self._now().keys.departments.get(department, {}), version, texts, self._path)

    def signing_seed(self) -> bytes:
        """The 32 secret bytes of the Ed25519 key that signs the ledger's checkpoints."""
        return self._now().keys.signing

    def signing_key(self) -> Ed25519PrivateKey:
        """See `KeyService`."""
        return Ed25519PrivateKey.from_private_bytes(self.signing_seed())

    def begin_epoch(self) -> int:
        """See `KeyStore`."""
        return max(self._change(_with_epoch).wrapping)

    def destroy_epoch(self, epoch: int) -> None:
        """See `KeyStore`."""
        self._change(lambda keys: _without_epoch(keys, epoch))

    def begin_hash(self) -> int:
        """See `KeyStore`."""
        return max(self._change(_with_hash).hashing)

    def destroy_hash(self, version: int) -> None:
        """See `KeyStore`."""
        self._change(lambda keys: _without_hash(keys, version))

    def begin_department(self, department: str) -> int:
        """See `KeyStore`."""
        return max(self._change(lambda keys: _with_department(keys, department)).departments[department])

    def destroy_department(self, department: str, version: int) -> None:
        """See `KeyStore`."""
        self._change(lambda keys: _without_department(keys, department, version))

    def _now(self) -> _Held:
        """The keys as the file has them now."""
        held = self._held
        try:
            stamp = _stamp(self._path)
        except OSError:
            stamp = None  # reading says what is wrong
        if stamp != held.stamp:
            held = self._held = _read(self._path)
        return held

    def _change(self, make: Callable[[_KeyFile], _KeyFile]) -> _KeyFile:
        with locked(self._path, alone=True):
            before = _decoded(self._path)
            keys = make(before)
            if keys != before:
                replace_private(self._path, _written(keys))
        return keys


def _read(path: Path) -> _Held:
    if not path.parent.is_dir():
        read_private(path)  # says that it is not there
    with locked(path, alone=False):
        keys = _decoded(path)
        return _Held.of(keys, _stamp(path))


def _decoded(path: Path) -> _KeyFile:
    content = read_private(path)
    try:
        keys = msgspec.json.decode(content, type=_KeyFile)
    except msgspec.DecodeError as error:
        raise _not_a_key_file(path, str(error)) from error
    sets = [keys.wrapping, keys.hashing, keys.naming_keys(), *keys.departments.values()]
    lengths = {len(key) for of in sets for key in of.values()} | {len(keys.signing)}
    if not all(sets) or lengths != {_KEY}:
        raise _not_a_key_file(path, "Each key has 32 bytes, and there is at least one of each.")
    return keys


def _written(keys: _KeyFile) -> bytes:
    return msgspec.json.format(msgspec.json.encode(keys)) + b"\n"


def _stamp(path: Path) -> _Stamp:
    state = os.stat(path)
    return state.st_ino, state.st_mtime_ns, state.st_size


def _with_epoch(keys: _KeyFile) -> _KeyFile:
    return msgspec.structs.replace(keys, wrapping=keys.wrapping | {max(keys.wrapping) + 1: os.urandom(_KEY)})


def _without_epoch(keys: _KeyFile, epoch: int) -> _KeyFile:
    if epoch == max(keys.wrapping):
        raise _newest(f"epoch {epoch}", "Begin another and wrap everything in it first: duly keys rotate")
    left = {number: key for number, key in keys.wrapping.items() if number != epoch}
    return msgspec.structs.replace(keys, wrapping=left)


def _with_hash(keys: _KeyFile) -> _KeyFile:
    fresh = keys.hashing | {max(keys.hashing) + 1: os.urandom(_KEY)}
    return msgspec.structs.replace(keys, hashing=fresh, naming=keys.naming_keys())


def _without_hash(keys: _KeyFile, version: int) -> _KeyFile:
    if version == max(keys.hashing):
        raise _newest(f"hash key {version}", "Begin another first: duly keys rotate --identifiers")
    if keys.hashing.get(version) in keys.naming_keys().values():
        raise Conflict(
            "This key names messages too",
            detail="The key file is from before messages had keys of their own; without it a repeated "
            "message would be taken for a new one.",
            where=f"hash key {version}",
            hint="It stays. Identifiers that are hashed anew are found by the new key only.",
        )
    left = {number: key for number, key in keys.hashing.items() if number != version}
    return msgspec.structs.replace(keys, hashing=left)


def _with_department(keys: _KeyFile, department: str) -> _KeyFile:
    known = keys.departments.get(department, {})
    fresh = known | {max(known, default=0) + 1: os.urandom(_KEY)}
    return msgspec.structs.replace(keys, departments=keys.departments | {department: fresh})


def _without_department(keys: _KeyFile, department: str, version: int) -> _KeyFile:
    known = keys.departments.get(department, {})
    if version == max(known, default=version + 1):
        raise _newest(
            f"{department}'s key {version}",
            f"Begin another first: duly keys rotate --department {department}",
        )
    left = {number: key for number, key in known.items() if number != version}
    return msgspec.structs.replace(keys, departments=keys.departments | ({department: left} if known else {}))


def _newest(what: str, hint: str) -> Conflict:
    return Conflict(
        "The newest key is in use",
        detail="Whatever is written now is written with it.",
        where=what,
        hint=hint,
    )


def _hashed(keys: dict[int, bytes], version: int, texts: Sequence[bytes], path: Path) -> list[bytes]:
    key = keys.get(version)
    if key is None:
        raise NotFound(
            "This hash key is destroyed", detail=f"There is no version {version}.", where=str(path)
        )
    return [hmac.digest(key, text, "sha256") for text in texts]


def _bound(subject: int) -> bytes:
    return b"duly.data-key" + subject.to_bytes(8, "big")


def _not_a_key_file(path: Path, detail: str) -> BadInput:
    return BadInput(
        "Not a key file",
        detail=detail,
        where=str(path),
        hint="Name the key file that belongs to this database.",
    )
