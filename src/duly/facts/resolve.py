"""The latest valid start holds on a day; ties go by rank, source time, event id, never by arrival.

A tie between sources of equal rank that say different things is a contradiction: the value is unknown there.
What no assertion covers is `ABSENT`; the vocabulary says what that means. Everything here is pure, and gives
the same for the same assertions in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from duly.events import Value
from duly.law import ABSENT, UNKNOWN
from duly.timeline import END_OF_TIME

__all__ = ["Entry", "Key", "Origin", "Segment", "Stated", "plain", "resolve", "same", "values"]

Key = tuple[str, int]
"""(attribute, number of the link's other subject or 0)."""

NOWHERE: Final = ""


class Origin(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """The event that asserted something. Times in µs; of two ranks the lower stands."""

    source: str
    event: str
    time: int
    rank: int
    recorded_at: int


class Stated(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What one event says of one attribute over `[start, end)`; `known` is False where it says "unknown"."""

    attribute: str
    member: int
    start: int
    end: int | None
    known: bool
    value: Value


class Entry(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Everything that one event asserts in one category of one subject."""

    origin: Origin
    stated: tuple[Stated, ...]


class Segment(NamedTuple):
    """From `start` on, until the next segment, the value is this, because of this event.

    `value` is canonical, `UNKNOWN` or `ABSENT`. `since` is the first day for which the event asserted it.
    `against` names the source that contradicts it ("" if none does).
    """

    start: int
    value: Any
    event: str
    source: str
    recorded_at: int
    since: int
    against: str


Claim = tuple[int, int, int, str, str, Stated, Origin]
"""(start, -rank, source time, event id, source, ...): compared in this order, the greatest holds."""


def resolve(entries: Iterable[Entry]) -> dict[Key, tuple[Segment, ...]]:
    """The segments of every attribute that the entries assert anything of."""
    claims: dict[Key, list[Claim]] = {}
    for entry in entries:
        origin = entry.origin
        for stated in entry.stated:
            claim = (stated.start, -origin.rank, origin.time, origin.event, origin.source, stated, origin)
            claims.setdefault((stated.attribute, stated.member), []).append(claim)
    return {key: _segments(rows) for key, rows in claims.items()}


def values(entries: Iterable[Entry]) -> dict[Key, list[tuple[int, Any]]]:
    """The same as the law takes it: (start, value), without where it comes from."""
    alone: dict[Key, list[tuple[int, Any]]] = {}
    for entry in entries:
        for stated in entry.stated:
            key = (stated.attribute, stated.member)
            if key in alone:
                return {several: plain(found) for several, found in resolve(entries).items()}
            value = stated.value if stated.known else UNKNOWN
            end = stated.end
            alone[key] = [(stated.start, value)] if end is None else [(stated.start, value), (end, ABSENT)]
    return alone


def plain(segments: tuple[Segment, ...]) -> list[tuple[int, Any]]:
    """(start, value), each value once where neighbours agree."""
    found: list[tuple[int, Any]] = []
    for segment in segments:
        if not found or not same(found[-1][1], segment.value):
            found.append((segment.start, segment.value))
    return found


def same(one: object, other: object) -> bool:
    """Equal, and of one type: 1 is not True."""
    return type(one) is type(other) and one == other


def _segments(claims: list[Claim]) -> tuple[Segment, ...]:
    if len(claims) == 1:
        return _alone(claims[0])
    ordered = sorted(claims, key=_strength, reverse=True)
    days = sorted({day for claim in claims for day in (claim[0], _end(claim)) if day < END_OF_TIME})
    found: list[Segment] = []
    hidden = 0
    for day in reversed(days):
        while ordered[hidden][0] > day:
            hidden += 1
        found.append(_holding(ordered[hidden:] if hidden else ordered, day))
    return _joined(reversed(found))


def _strength(claim: Claim) -> tuple[object, ...]:
    """A total order of claims: what is asserted decides last, should one event assert two things at once."""
    stated = claim[5]
    return (*claim[:5], _end(claim), stated.known, str(type(stated.value)), str(stated.value))


def _alone(claim: Claim) -> tuple[Segment, ...]:
    first = _segment(claim[0], claim, NOWHERE)
    end = claim[5].end
    return (first,) if end is None else (first, _gap(end))


def _holding(ordered: Sequence[Claim], day: int) -> Segment:
    """The segment of the strongest claim that covers the day."""
    best: Claim | None = None
    for claim in ordered:
        if best is not None and claim[:2] != best[:2]:
            break
        if _end(claim) <= day:
            continue
        if best is None:
            best = claim
        elif _contradicts(claim, best, ordered, day):
            return _segment(day, best, claim[4])
    return _gap(day) if best is None else _segment(day, best, NOWHERE)


def _contradicts(claim: Claim, best: Claim, ordered: Sequence[Claim], day: int) -> bool:
    """Whether another source of equal rank, in its own latest word on the day, says something else."""
    if claim[4] == best[4] or _says(claim) == _says(best):
        return False
    own = (one for one in ordered if one[4] == claim[4] and one[:2] == claim[:2] and _end(one) > day)
    return next(own) is claim


def _says(claim: Claim) -> tuple[bool, Value]:
    return claim[5].known, claim[5].value


def _end(claim: Claim) -> int:
    end = claim[5].end
    return END_OF_TIME if end is None else end


def _segment(day: int, claim: Claim, against: str) -> Segment:
    stated, origin = claim[5], claim[6]
    value = stated.value if stated.known and not against else UNKNOWN
    return Segment(day, value, origin.event, origin.source, origin.recorded_at, stated.start, against)


def _gap(day: int) -> Segment:
    return Segment(day, ABSENT, NOWHERE, NOWHERE, 0, day, NOWHERE)


def _joined(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Without those that only repeat the one before: the same word of the same event."""
    found: list[Segment] = []
    for segment in segments:
        if not found or segment[1:] != found[-1][1:]:
            found.append(segment)
    return tuple(found)
