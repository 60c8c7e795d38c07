"""A bank takes transfers, each once by its key, and says what it booked.

The one here is simulated: it books everything at once. A real one answers later, and its answer is an event.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from typing import Protocol

import msgspec

__all__ = ["Bank", "SimulatedBank", "Transfer"]


class Transfer(msgspec.Struct, frozen=True, kw_only=True):
    """An amount (minor units) to an account; `key` is the same for the same transfer, however often sent."""

    key: str
    account: str
    amount: int
    currency: str


class Bank(Protocol):
    """Where transfers go."""

    def book(self, transfers: Sequence[Transfer]) -> list[str]:
        """The bank's reference of each transfer, in order; "" for one that it has not booked yet."""
        ...


class SimulatedBank:
    """A bank that books whatever it gets."""

    def book(self, transfers: Sequence[Transfer]) -> list[str]:
        return [sha256(transfer.key.encode()).hexdigest()[:16] for transfer in transfers]
