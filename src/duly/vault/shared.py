"""What several subjects share is sealed under the keys of all of them: with one of these it is gone.

The key is BLAKE2b over each subject's number (8 bytes, big endian) and data key, in order of numbers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from duly.errors import OurFault
from duly.vault.sealing import BOUND, FORMAT, NONCE

__all__ = ["Shared", "open_shared", "seal_shared"]

_DOMAIN: Final = b"duly.shared"
_KEY: Final = 32
_NUMBER: Final = 8


class Shared(NamedTuple):
    """Something of several subjects, in order of their numbers: `data` as it is, or as it is sealed."""

    subjects: tuple[int, ...]
    category: str
    version: int
    data: bytes


def seal_shared(keys: Mapping[int, bytes], what: Shared, nonce: bytes) -> bytes:
    """The sealed value. A nonce is used once."""
    return FORMAT + nonce + _cipher(keys, what).encrypt(nonce, what.data, _bound(what))


def open_shared(keys: Mapping[int, bytes], what: Shared) -> bytes:
    """The value. OurFault when it was altered or is not what the reader takes it for."""
    sealed, begin = what.data, 1 + NONCE
    try:
        if sealed[:1] != FORMAT:
            raise InvalidTag
        return _cipher(keys, what).decrypt(sealed[1:begin], sealed[begin:], _bound(what))
    except (InvalidTag, ValueError) as error:
        raise OurFault(
            "A sealed value does not open",
            detail="It was altered, or it was sealed as other subjects', or another category's or version's.",
            where=f"subjects {', '.join(map(str, what.subjects))}, category {what.category!r}",
            hint="Restore the row from a backup; nothing was taken from it.",
        ) from error


def _cipher(keys: Mapping[int, bytes], what: Shared) -> AESGCM:
    parts = b"".join(number.to_bytes(_NUMBER) + keys[number] for number in what.subjects)
    return AESGCM(hashlib.blake2b(parts, person=_DOMAIN, digest_size=_KEY).digest())


def _bound(what: Shared) -> bytes:
    return BOUND.pack(len(what.subjects), what.version) + what.category.encode()
