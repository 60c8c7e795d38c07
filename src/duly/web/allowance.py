"""How often one may ask: each address, account and source has an allowance, which refills steadily.

Who has used one up is told when to come back, and nothing is done. Allowances live in the process: n web
processes allow n times as much. Nothing is locked: waiting always helps, so nobody can shut another out.
"""

from __future__ import annotations

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import Enum
from threading import Lock
from typing import TYPE_CHECKING, Final

from duly.errors import TooOften

if TYPE_CHECKING:
    from duly.app import Settings

__all__ = ["Allowances", "Door", "address_of", "allowances_of"]

MOST: Final = 100_000
"""Holders of an allowance that are remembered; whoever asked longest ago is forgotten first."""
MINUTE: Final = 60.0


class Door(Enum):
    """What is counted, and for whom."""

    PAGE = "page, by address"
    ACCOUNT = "page, by account"
    SIGN_IN = "attempt to show who one is, by address"
    INTAKE = "message, by source"


@dataclass(slots=True)
class _Purse:
    left: float
    at: float


class Allowances:
    """What is left to everybody who asked lately. `per_minute` is also how much may be asked at once."""

    def __init__(self, per_minute: Mapping[Door, int], clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = dict(per_minute), clock
        self._purses: OrderedDict[tuple[Door, str], _Purse] = OrderedDict()
        self._lock = Lock()

    def take(self, door: Door, who: str) -> None:
        """Ask once. TooOften where nothing is left."""
        with self._lock:
            purse = self._purse(door, who)
            self._require(door, purse)
            purse.left -= 1

    def require(self, door: Door, who: str) -> None:
        """TooOften where nothing is left; nothing is taken."""
        with self._lock:
            self._require(door, self._purse(door, who))

    def spend(self, door: Door, who: str) -> None:
        """Count what happened already; nothing is left at the least."""
        with self._lock:
            purse = self._purse(door, who)
            purse.left = max(0.0, purse.left - 1)

    def _require(self, door: Door, purse: _Purse) -> None:
        if purse.left < 1:
            raise TooOften(seconds=math.ceil((1 - purse.left) * MINUTE / self._per_minute[door]))

    def _purse(self, door: Door, who: str) -> _Purse:
        now, most = self._clock(), self._per_minute[door]
        purse = self._purses.get((door, who))
        if purse is None:
            while len(self._purses) >= MOST:
                self._purses.popitem(last=False)
            purse = self._purses[(door, who)] = _Purse(left=float(most), at=now)
        self._purses.move_to_end((door, who))
        purse.left = min(float(most), purse.left + (now - purse.at) * most / MINUTE)
        purse.at = now
        return purse


def allowances_of(settings: Settings) -> Allowances:
    """As the settings say."""
    return Allowances(
        {
            Door.PAGE: settings.rate_pages,
            Door.ACCOUNT: settings.rate_account,
            Door.SIGN_IN: settings.rate_sign_in,
            Door.INTAKE: settings.rate_intake,
        }
    )


def address_of(peer: str, forwarded: str, proxies: Collection[str]) -> str:
    """Who asks: the peer, or, where that is a proxy of ours, the last address it saw that is none.

    What stands before that in X-Forwarded-For anybody may have written. An IPv6 address is its /64.
    """
    for seen in (*reversed(forwarded.split(",")), ""):
        if peer not in proxies or not seen.strip():
            break
        peer = seen.strip()
    try:
        parsed = ipaddress.ip_address(peer)
    except ValueError:
        return peer
    return str(parsed) if parsed.version == 4 else str(ipaddress.ip_network((parsed, 64), strict=False))
