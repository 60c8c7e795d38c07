"""An officer opens a neighbour's record, and the neighbour looks: both on the real pages, timed."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import Final

from duly.errors import TryAgain

from .visitor import Visitor

__all__ = ["Seen", "open_a_neighbours_record"]

OFFICER: Final = "nav-2"
LONGEST: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """Seconds from the officer's click until the record was on screen and the neighbour saw the use."""

    reason: str
    opened: float
    seen: float


def open_a_neighbours_record(url: str, identity: str) -> Seen:
    """As the officer open the record; as the neighbour look at the own page until the use is there."""
    reason = f"I was curious ({secrets.token_hex(2)})"
    with Visitor(url) as officer, Visitor(url) as neighbour:
        officer.be_officer(OFFICER)
        neighbour.be_person(identity)
        began = time.perf_counter()
        officer.send(
            "/officer/look-up",
            "/officer/look-up",
            identifier=identity,
            purpose="child-benefit",
            reason=reason,
        )
        opened = time.perf_counter() - began
        while reason not in neighbour.page("/me/uses"):
            if time.perf_counter() - began > LONGEST:
                raise TryAgain("The use is not on the page yet", detail=f"Not after {LONGEST:.0f} seconds.")
        return Seen(reason=reason, opened=opened, seen=time.perf_counter() - began)
