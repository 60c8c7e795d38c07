"""What an entitlement, its decisions, its orders and its cases are about: (holder, programme, about)."""

from __future__ import annotations

from hashlib import blake2b
from typing import NamedTuple

__all__ = ["Key"]


class Key(NamedTuple):
    """(holder, programme, about)."""

    holder: int
    programme: str
    about: int

    def bound(self, row: str, number: int) -> int:
        """A version to seal a row of this key under, so that its box opens in this very row only."""
        name = f"{row}\0{self.holder}\0{self.programme}\0{self.about}\0{number}".encode()
        return int.from_bytes(blake2b(name, digest_size=8).digest(), "big") >> 1
