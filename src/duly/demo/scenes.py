"""The tour's scenes as the registers' own messages; nothing here touches the database.

A scene makes its messages from the cast and the day. Ids are new each time, so that a scene can be played
again; what a scene said can be taken back by cancelling it.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from .cast import Cast
from .identity import identity_number
from .messages import SOURCES, Envelope
from .places import NORTH

__all__ = ["Played", "birth", "cancel", "emigrations", "false_death", "late_correction"]

Played = tuple[tuple[str, tuple[Envelope, ...]], ...]
"""Batches in the order in which they are sent: (register, events)."""

OSLO = ZoneInfo("Europe/Oslo")
ALTA = "5601"
MONTHS_LATE = 120


def birth(cast: Cast, today: date) -> Played:
    """A girl is born to a couple today and lives with both."""
    mother, father, municipality = secrets.choice(cast.mothers)
    child = _newborn_number(today)
    data = {
        "child": child,
        "born": today.isoformat(),
        "mother": mother,
        "father": father,
        "lives_with": [mother, father],
        "municipality": municipality,
    }
    return (_one(_event("folkeregisteret", "birth", today, data)),)


def late_correction(cast: Cast, today: date) -> Played:
    """A family is said to have moved to Alta last week; then the register mends it: four months ago."""
    family, _ = secrets.choice([home for home in cast.families if home[1] not in NORTH])
    moved = [_moved_to_alta(person, today, today - timedelta(days=7)) for person in family]
    mended = [
        _moved_to_alta(person, today, today - timedelta(days=MONTHS_LATE))
        | {"action": "correct", "corrects": wrong["id"]}
        for person, wrong in zip(family, moved, strict=True)
    ]
    return ("folkeregisteret", tuple(moved)), ("folkeregisteret", tuple(mended))


def _moved_to_alta(person: str, today: date, since: date) -> Envelope:
    data = {"person": person, "municipality": ALTA, "since": since.isoformat()}
    return _event("folkeregisteret", "move", today, data)


def false_death(cast: Cast, today: date) -> Played:
    """A mother of two or more is reported dead."""
    data = {"person": secrets.choice(cast.parents), "died": (today - timedelta(days=1)).isoformat()}
    return (_one(_event("folkeregisteret", "death", today, data)),)


def emigrations(cast: Cast, today: date) -> Played:
    """Every second resident is marked as emigrated."""
    half = cast.residents[::2]
    events = tuple(
        _event("folkeregisteret", "emigration", today, {"person": person, "since": today.isoformat()})
        for person in half
    )
    return (("folkeregisteret", events),)


def cancel(events: Sequence[tuple[str, str]], today: date) -> Played:
    """Events taken back, given as (type, id)."""
    found: list[Envelope] = []
    for kind, earlier in events:
        event = _event("folkeregisteret", kind.split(".")[2], today, {})
        del event["data"]
        found.append(event | {"action": "cancel", "corrects": earlier})
    return (("folkeregisteret", tuple(found)),)


def _one(event: Envelope) -> tuple[str, tuple[Envelope, ...]]:
    return "folkeregisteret", (event,)


def _event(register: str, kind: str, today: date, data: dict[str, Any]) -> Envelope:
    """An event told at noon of the day."""
    noon = datetime.combine(today, time(12), tzinfo=OSLO)
    return {
        "specversion": "1.0",
        "id": f"tour-{secrets.token_hex(6)}",
        "source": SOURCES[register],
        "type": f"no.{register}.{kind}.v1",
        "time": noon.isoformat(),
        "datacontenttype": "application/json",
        "data": data,
    }


def _newborn_number(today: date) -> str:
    """A synthetic number for a girl born today, among serials that the history seldom reaches."""
    while True:
        number = identity_number(today, 600 + 2 * secrets.randbelow(200))
        if number is not None:
            return number
