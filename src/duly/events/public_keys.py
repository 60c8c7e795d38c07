"""The public keys by which a source's signatures are known, each until the day on which it is retired."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, date, datetime
from typing import Final

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_der_public_key

from duly.errors import BadInput

__all__ = ["PublicKey"]

BITS: Final = 2048
CURVES: Final = ("secp256r1", "secp384r1")
Loaded = ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey | rsa.RSAPublicKey


class PublicKey(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`id` as signatures name it, `key` (SubjectPublicKeyInfo) in base64, `retired` a date or ""."""

    id: str
    key: str
    retired: str

    def loaded(self) -> Loaded:
        """The key. BadInput where it is none, or none that is strong enough."""
        try:
            key = load_der_public_key(base64.b64decode(self.key, validate=True))
        except (binascii.Error, ValueError, UnsupportedAlgorithm) as error:
            raise self._wrong("It is no public key in base64.") from error
        if isinstance(key, ed25519.Ed25519PublicKey):
            return key
        if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in CURVES:
            return key
        if isinstance(key, rsa.RSAPublicKey) and key.key_size >= BITS:
            return key
        raise self._wrong("It is none of Ed25519, P-256, P-384, RSA of 2048 bits or more.")

    def is_retired(self, now: float) -> bool:
        """Whether the day has come (in UTC) on which it counts no more; `now` in seconds."""
        return self.retired != "" and datetime.fromtimestamp(now, UTC).date() >= self._day()

    def check(self) -> None:
        """BadInput where anything of it is wrong."""
        if not self.id:
            raise self._wrong("It has no id.")
        self.loaded()
        if self.retired:
            self._day()

    def _day(self) -> date:
        try:
            return date.fromisoformat(self.retired)
        except ValueError as error:
            raise self._wrong(f"{self.retired!r} is no date.") from error

    def _wrong(self, detail: str) -> BadInput:
        return BadInput(
            "A public key is wrong",
            detail=detail,
            where=f"key {self.id}",
            hint="Make the entry with `duly sources add --public-key FILE`.",
        )
