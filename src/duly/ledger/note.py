"""A note is text that a key has signed, in the form of C2SP signed-note; the keys are Ed25519.

Two kinds of signature line are written: type 0x01 over the text, and type 0x04 (C2SP tlog-cosignature) over
the text and the second in which it was signed. Nothing here checks a signature that somebody else made:
that is `duly.ledger.verify`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from duly.errors import BadInput

__all__ = ["SIGNED", "TIMED", "Signer"]

SIGNED: Final = b"\x01"
"""The type of a signature over a note's text."""

TIMED: Final = b"\x04"
"""The type of a signature over a checkpoint's text and the time."""


def _bad_key(detail: str) -> BadInput:
    hint = "A signing key reads PRIVATE+KEY+<name>+<8 hexadecimal digits>+<base64>."
    return BadInput("Not a signing key", detail=detail, hint=hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """A named signing key. The name is public and stands in every signature line."""

    name: str
    key: Ed25519PrivateKey

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or any(not c.isprintable() or c.isspace() for c in self.name):
            raise _bad_key(f"{self.name!r} is no name for a key: no spaces, no plus sign, not empty.")

    @classmethod
    def generate(cls, name: str) -> Self:
        """A new key."""
        return cls(name=name, key=Ed25519PrivateKey.generate())

    @classmethod
    def from_seed(cls, name: str, seed: bytes) -> Self:
        """The key that 32 secret bytes stand for."""
        if len(seed) != 32:
            raise _bad_key(f"The seed has {len(seed)} bytes instead of 32.")
        return cls(name=name, key=Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `encoded()` wrote. The message of the BadInput never holds the key."""
        words = text.strip().split("+", 4)
        if len(words) != 5 or words[:2] != ["PRIVATE", "KEY"]:
            raise _bad_key("It does not begin with PRIVATE+KEY+ and three more parts.")
        try:
            secret = b64decode(words[4], validate=True)
        except NotBase64 as error:
            raise _bad_key("Its last part is not base64.") from error
        if secret[:1] != SIGNED:
            raise _bad_key("Its algorithm is not Ed25519 (1).")
        signer = cls.from_seed(words[2], secret[1:])
        if signer._id(SIGNED).hex() != words[3].lower():
            raise _bad_key("Its name and number do not belong to the key.")
        return signer

    def encoded(self) -> str:
        """The secret key as text; whoever has it can sign."""
        secret = b64encode(SIGNED + self.key.private_bytes_raw()).decode()
        return f"PRIVATE+KEY+{self.name}+{self._id(SIGNED).hex()}+{secret}"

    def public_keys(self) -> tuple[str, str]:
        """The two verifier keys to publish: of the plain signature and of the timed one."""
        public = self.key.public_key().public_bytes_raw()
        return (self._verifier_key(SIGNED, public), self._verifier_key(TIMED, public))

    def _verifier_key(self, kind: bytes, public: bytes) -> str:
        return f"{self.name}+{self._id(kind).hex()}+{b64encode(kind + public).decode()}"

    def sign(self, text: str) -> str:
        """The signature line over a note's text."""
        return self._line(self._id(SIGNED) + self.key.sign(text.encode()))

    def sign_at(self, text: str, second: int) -> str:
        """The signature line over a checkpoint's text and the time, in seconds since 1970."""
        said = f"cosignature/v1\ntime {second}\n{text}"
        return self._line(self._id(TIMED) + second.to_bytes(8) + self.key.sign(said.encode()))

    def _line(self, signature: bytes) -> str:
        return f"\N{EM DASH} {self.name} {b64encode(signature).decode()}\n"

    def _id(self, kind: bytes) -> bytes:
        public = self.key.public_key().public_bytes_raw()
        return sha256(self.name.encode() + b"\n" + kind + public).digest()[:4]
