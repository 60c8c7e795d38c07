"""Of an event and all that corrects or cancels it, at most one message's statements hold, in any order.

A correction replaces the message that it names; a cancel takes it away. Of several that name the same message
the latest by source time, then by id, decides. Whoever is cancelled counts as never sent, a cancel too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from duly.events.envelope import CANCEL

__all__ = ["Told", "standing"]


class Told(NamedTuple):
    """One message of a family: its key, the key that it names (None for the first), what it does, when."""

    key: bytes
    names: bytes | None
    action: str
    time: int
    id: str


def standing(family: Sequence[Told]) -> bytes | None:
    """The key of the message whose statements hold; None when the event is cancelled.

    `family` is the first message and all that name it or each other; what names nothing in it does not count.
    """
    latest_first: dict[bytes | None, list[Told]] = {}
    for told in sorted(family, key=lambda t: (t.time, t.id), reverse=True):
        latest_first.setdefault(told.names, []).append(told)
    outward = latest_first.get(None, [])[:1]
    for told in outward:  # grows while it is read: each message before those that name it
        outward.extend(latest_first.get(told.key, ()))
    holds: dict[bytes, bytes | None] = {}
    for told in reversed(outward):
        decisive = (one for one in latest_first.get(told.key, ()) if holds[one.key] is not None)
        holds[told.key] = _after(told, next(decisive, None), holds)
    return holds[outward[0].key] if outward else None


def _after(told: Told, decisive: Told | None, holds: Mapping[bytes, bytes | None]) -> bytes | None:
    """The message in force for `told`, once the decisive one of those that name it is known."""
    if decisive is None:
        return told.key
    return None if decisive.action == CANCEL else holds[decisive.key]
