"""What a comparison of two entitlements is made of: values over days, segments, answers, positions, verdicts.

A value is a tuple of int64 (a grant, its fields in the programme's order), `None` (not due) or `UNKNOWN`.
"""

from __future__ import annotations

from bisect import bisect_right
from enum import Enum
from typing import Final, TypeAlias

import msgspec

__all__ = [
    "GIVES",
    "TAKES",
    "UNKNOWN",
    "Answer",
    "Due",
    "Kind",
    "Position",
    "Reason",
    "Segment",
    "Terms",
    "Value",
    "Verdict",
    "value_at",
]

Value: TypeAlias = tuple[int, ...] | None
Due: TypeAlias = tuple[tuple[int, Value], ...]
"""Starts increase strictly; no two neighbours are equal; nothing was ever decided before the first start."""

UNKNOWN: Final[tuple[int, ...]] = ()


class Kind(Enum):
    """What a decision does to a stretch of days."""

    GRANTED = "granted"
    RAISED = "raised"
    LOWERED = "lowered"
    STOPPED = "stopped"
    REFUSED = "refused"
    CORRECTED = "corrected"
    UNDETERMINED = "undetermined"


GIVES: Final = frozenset({Kind.GRANTED, Kind.RAISED})
TAKES: Final = frozenset({Kind.LOWERED, Kind.STOPPED})


class Reason(Enum):
    """Why a segment does not act yet; all but MISSING wait for a human.

    CONFLICT: the law contradicts itself there, CONTESTED: it rests on a fact that its subject says is wrong;
    neither does anybody's approval settle.
    """

    TAKES = "takes"
    REVIEW = "review"
    SHARED = "shared"
    MISSING = "missing"
    CONFLICT = "conflict"
    CONTESTED = "contested"


class Segment(msgspec.Struct, frozen=True, array_like=True):
    """The days [start, end): what stood, what is due, and why it waits (`None`: it acts)."""

    start: int
    end: int
    kind: Kind
    before: Value
    after: Value
    waits: Reason | None


class Answer(msgspec.Struct, frozen=True, array_like=True):
    """A human's answer to the proposal `value` for the days [start, end)."""

    start: int
    end: int
    value: Value
    approved: bool


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """How a programme's values are compared.

    `amount` and `percent` are places in its grants, -1 if it has none; `machine` are the takes that the pack
    cites a law for, so that they act without a human.
    """

    amount: int
    percent: int
    machine: frozenset[Kind]


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where one holder stands.

    `until` is the horizon to which `standing` was decided: beyond it, what is due stands without a decision.
    `doubted` is what would be due if contested facts were not known; what they alone would take is not taken.
    `without_deaths` is what would be due had nobody died, `deceased_from` the day after the holder's or the
    subject's death, `suspended` what is not paid because of a death. Days before `payable_from` lie beyond
    what the law pays back, and are not decided. `torn` are days on which the law contradicts itself.
    `review` is why a grant waits ("" if it need not), the first one or, if `review_all`, every one; what
    waits for every one waits on when it is due no longer, since that alone may tell what the review guards.
    Days before `paid_to` are paid. `contested` says that a contest is open, and then no machine takes.
    """

    standing: Due
    until: int
    due: Due
    without_deaths: Due
    doubted: Due
    deceased_from: int
    suspended: tuple[tuple[int, int], ...]
    answers: tuple[Answer, ...]
    payable_from: int
    review: str
    review_all: bool
    paid_to: int
    contested: bool
    torn: tuple[tuple[int, int], ...]


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What stands from now on, what is suspended, and the differences: those that act, those that wait."""

    standing: Due
    suspended: tuple[tuple[int, int], ...]
    acted: tuple[Segment, ...]
    waiting: tuple[Segment, ...]


def value_at(timeline: Due, day: int) -> Value:
    """What a timeline says on a day; UNKNOWN before its first start."""
    place = bisect_right(timeline, day, key=_start) - 1
    return timeline[place][1] if place >= 0 else UNKNOWN


def _start(step: tuple[int, Value]) -> int:
    return step[0]
