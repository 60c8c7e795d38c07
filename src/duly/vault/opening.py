"""Opening for a bulk use: many records in one go, with every data key unwrapped once for the batch.

Nothing here writes an entry: whoever opens covers in the same transaction whom it opened.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection

from duly.errors import OurFault
from duly.vault.bulk import Bulk, uncovered
from duly.vault.keys import KeyService
from duly.vault.sealing import BOUND, FORMAT, NONCE

__all__ = ["Opening", "Sealed", "digest"]

Sealed = tuple[int, str, int, bytes]
"""(subject, category, version, sealed)."""

_DIGEST: Final = b"duly.digest"


def digest(key: bytes, content: bytes) -> bytes:
    """A digest (16 bytes) of something of a subject under its data key."""
    return hashlib.blake2b(content, key=key, person=_DIGEST, digest_size=16).digest()


class Opening:
    """Data keys of the subjects at hand, and the bulk use that they are unwrapped for."""

    def __init__(self, keys: KeyService, bulk: Bulk) -> None:
        self.bulk = bulk
        self._service = keys
        self.keys: dict[int, bytes] = {}
        self._ciphers: dict[int, AESGCM] = {}

    def rest(self) -> None:
        """Between batches: forget the keys."""
        self.keys.clear()
        self._ciphers.clear()

    def unlock(self, wrapped: Iterable[tuple[int, bytes | None]]) -> set[int]:
        """Unwrap the data keys of subjects; those whose key is destroyed are given back."""
        pairs = dict(wrapped)
        missing = [(n, key) for n, key in pairs.items() if key is not None and n not in self.keys]
        for (number, _), key in zip(missing, self._service.unwrap(missing), strict=True):
            self.keys[number] = key
        return {number for number, key in pairs.items() if key is None}

    def open(self, rows: Sequence[Sealed]) -> list[bytes]:
        """The values of sealed rows of subjects that are unlocked. OurFault where one does not open."""
        ciphers, keys, pack, head = self._ciphers, self.keys, BOUND.pack, FORMAT[0]
        names = {category: category.encode() for category in {row[1] for row in rows}}
        begin, opened = 1 + NONCE, list[bytes]()
        for number, category, version, sealed in rows:
            cipher = ciphers.get(number)
            if cipher is None:
                cipher = ciphers[number] = AESGCM(keys[number])
            try:
                if sealed[0] != head:
                    raise InvalidTag
                bound = pack(number, version) + names[category]
                opened.append(cipher.decrypt(sealed[1:begin], sealed[begin:], bound))
            except (InvalidTag, ValueError, IndexError) as error:
                raise _closed(number, category, version) from error
        return opened

    def uncovered(self, conn: Connection, subjects: Iterable[int], use: int) -> list[int]:
        """Those of the subjects that have no leaf for the use (by its place)."""
        return uncovered(conn, self.bulk.number, subjects, use)

    def cover(self, conn: Connection, found: Iterable[tuple[int, int]]) -> None:
        """Give (subject, use) pairs, in order, their leaves."""
        self.bulk.cover(conn, found, self.keys)


def _closed(number: int, category: str, version: int) -> OurFault:
    return OurFault(
        "A sealed value does not open",
        detail="It was altered, or it was sealed as another subject's, category's or version's.",
        where=f"subject {number}, category {category!r}, version {version}",
        hint="Restore the row from a backup, or rebuild it; nothing was taken from it.",
    )
