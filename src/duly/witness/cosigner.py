"""A cosignature says when its signer saw a checkpoint as the largest: C2SP tlog-cosignature, Ed25519 (v1)."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from dataclasses import dataclass
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from duly.errors import BadInput
from duly.ledger.verify import ProofError, PublicKey

__all__ = ["Cosigner"]

_KIND: Final = b"\x04"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigner:
    """A named key that cosigns; the name is public and looks like an address without its scheme."""

    name: str
    key: Ed25519PrivateKey

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key. BadInput for a name with spaces or a plus sign."""
        made = cls(name=name, key=Ed25519PrivateKey.generate())
        try:
            made.public()
        except ProofError as error:
            raise BadInput("Not a name for a witness", detail=str(error), where=name) from error
        return made

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `encoded` wrote. The message of the BadInput never holds the key."""
        words = text.strip().split("+", 4)
        try:
            head, kind, name, number, secret = words
            raw = b64decode(secret, validate=True)
            made = cls(name=name, key=Ed25519PrivateKey.from_private_bytes(raw[1:]))
            right = (head, kind, raw[:1], number) == ("PRIVATE", "KEY", _KIND, made.public().id.hex())
        except ValueError as error:
            raise _unreadable() from error
        if not right:
            raise _unreadable()
        return made

    def encoded(self) -> str:
        """The secret key as text; whoever has it can cosign."""
        secret = b64encode(_KIND + self.key.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self.public().id.hex()}+{secret}"

    def encoded_public(self) -> str:
        """The public key as text, to be named where cosignatures are checked."""
        raw = _KIND + self.key.public_key().public_bytes_raw()
        number = hashlib.sha256(self.name.encode() + b"\n" + raw).digest()[:4]
        return f"{self.name}+{number.hex()}+{b64encode(raw).decode()}"

    def public(self) -> PublicKey:
        """The public key, for the verifier."""
        return PublicKey.parse(self.encoded_public())

    def line(self, text: str, second: int) -> str:
        """The cosignature over a checkpoint's text at a second since 1970."""
        signed = self.key.sign(f"cosignature/v1\ntime {second}\n{text}".encode())
        raw = self.public().id + second.to_bytes(8) + signed
        return f"\N{EM DASH} {self.name} {b64encode(raw).decode()}\n"


def _unreadable() -> BadInput:
    return BadInput(
        "Not the key of a witness",
        detail="It does not read PRIVATE+KEY+<name>+<8 hexadecimal digits>+<base64>.",
        hint="Make one: duly witness key NAME.",
    )
