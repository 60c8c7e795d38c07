"""A sealed value opens only under its subject's data key, and only as what it was sealed as.

AES-256-GCM with a random 96-bit nonce; subject, category and version are bound in, so that a value moved to
another row, version, category or subject does not open. A box is one byte of format, the nonce, ciphertext
and tag.
"""

from __future__ import annotations

import hmac
import os
import struct
from typing import Final, Protocol

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from duly.errors import OurFault

__all__ = ["BOUND", "FORMAT", "NONCE", "Box", "Cipher", "Plain", "cipher", "nonces", "open_box", "seal_plain"]

NONCE: Final = 12
FORMAT: Final = b"\x01"
_PREFIX: Final = 16
BOUND: Final = struct.Struct(">qq")


class Plain(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What is to be sealed, and as what."""

    subject: int
    category: str
    version: int
    data: bytes


class Box(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What was sealed, and what the reader takes it for."""

    subject: int
    category: str
    version: int
    sealed: bytes


class Cipher(Protocol):
    """A data key, ready for use."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes: ...


class _KeyPerBox:
    """For subject 0: one key seals every message that ever comes, more than 96-bit random nonces can serve.

    So each box has a key of its own, derived from the data key and 128 random bits that lead the ciphertext.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def _derived(self, prefix: bytes) -> AESGCM:
        return AESGCM(hmac.digest(self._key, b"duly.box" + prefix, "sha256"))

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        prefix = os.urandom(_PREFIX)
        return prefix + self._derived(prefix).encrypt(nonce, data, associated_data)

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        return self._derived(data[:_PREFIX]).decrypt(nonce, data[_PREFIX:], associated_data)


def cipher(subject: int, key: bytes) -> Cipher:
    """The data key (32 bytes) of the subject as a cipher."""
    return _KeyPerBox(key) if subject == 0 else AESGCM(key)


def nonces(count: int) -> list[bytes]:
    """That many random nonces, drawn at once."""
    drawn = os.urandom(NONCE * count)
    return [drawn[at : at + NONCE] for at in range(0, len(drawn), NONCE)]


def seal_plain(key: Cipher, plain: Plain, nonce: bytes) -> bytes:
    """The sealed value. A nonce is used once."""
    bound = BOUND.pack(plain.subject, plain.version) + plain.category.encode()
    return FORMAT + nonce + key.encrypt(nonce, plain.data, bound)


def open_box(key: Cipher, box: Box) -> bytes:
    """The value. OurFault when the box was altered or is not what the reader takes it for."""
    sealed = box.sealed
    try:
        if sealed[:1] != FORMAT:
            raise InvalidTag
        bound = BOUND.pack(box.subject, box.version) + box.category.encode()
        return key.decrypt(sealed[1 : 1 + NONCE], sealed[1 + NONCE :], bound)
    except (InvalidTag, ValueError) as error:  # ValueError: too short to hold a tag
        raise OurFault(
            "A sealed value does not open",
            detail="It was altered, or it was sealed as another subject's, category's or version's.",
            where=f"subject {box.subject}, category {box.category!r}, version {box.version}",
            hint="Restore the row from a backup, or rebuild it; nothing was taken from it.",
        ) from error
