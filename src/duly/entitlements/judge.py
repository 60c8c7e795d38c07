"""A comparison becomes what is written: the entitlement as it now stands, and a decision if there was one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from duly.entitlements.holdings import Decision, Entitlement, Held
from duly.entitlements.keys import Key
from duly.entitlements.marks import Cause
from duly.entitlements.segments import TAKES, Answer, Due, Position, Reason, Segment, Verdict

__all__ = ["Circumstances", "Found", "Judged", "held_only", "judged", "moved", "position"]


class Found(msgspec.Struct, kw_only=True):
    """A key while it is judged: what stands, what is due, and what a closer look found.

    `marked` says that it may be written; others are looked at only because they hold the same subject.
    `conflict` says in words how the law contradicts itself on the days `torn`.
    """

    key: Key
    before: Held | None
    due: Due
    marked: bool
    first_day: int
    payable_from: int
    without_deaths: Due
    doubted: Due
    deceased_from: int
    review: str
    review_all: bool
    paid_to: int
    contested: bool
    torn: tuple[tuple[int, int], ...]
    conflict: str


class Judged(msgspec.Struct, frozen=True, kw_only=True):
    """One key after its comparison. `decision` is None where nothing was decided; `news` waits since now.

    `conflict` is why what waits for a conflict of law does.
    """

    before: Held | None
    held: Held
    decision: Decision | None
    news: tuple[Segment, ...]
    causes: tuple[Cause, ...]
    conflict: str


class Circumstances(msgspec.Struct, frozen=True, kw_only=True):
    """When and by which law a batch is judged: instant, day, content hash, and the days compared."""

    now: int
    today: int
    law: str
    first: int
    until: int


def position(found: Found, until: int) -> Position:
    """Where the key stands, for `decide`."""
    stands = found.before.entitlement if found.before else None
    return Position(
        standing=stands.standing if stands else (),
        until=stands.until if stands else until,
        due=found.due,
        without_deaths=found.without_deaths,
        doubted=found.doubted,
        deceased_from=found.deceased_from,
        suspended=stands.suspended if stands else (),
        answers=stands.answers if stands else (),
        payable_from=found.payable_from,
        review=found.review,
        review_all=found.review_all,
        paid_to=found.paid_to,
        contested=found.contested,
        torn=found.torn,
    )


def moved(found: Found) -> bool:
    """Whether there is anything to compare: something new is due, or something still waits."""
    if found.before is None:
        return True
    stands = found.before.entitlement
    return found.due != stands.due or bool(stands.waiting or stands.suspended or found.torn)


def judged(
    found: Found,
    verdict: Verdict,
    at: Circumstances,
    causes: Sequence[Cause],
    read: Iterable[tuple[int, int]],
    *,
    held_back: bool,
) -> Judged | None:
    """What is to be written for the key; None where nothing is different."""
    before = found.before.entitlement if found.before else None
    waited = before.waiting if before else ()
    after = Entitlement(
        standing=verdict.standing,
        until=at.until,
        due=found.due,
        suspended=verdict.suspended,
        waiting=verdict.waiting,
        answers=before.answers if before else (),
        review=found.review if verdict.waiting else "",
        first_day=found.first_day,
        held=held_back,
    )
    if after == before:
        return None
    known = {_uncontested(segment) for segment in waited}
    news = tuple(segment for segment in verdict.waiting if _uncontested(segment) not in known)
    version = found.before.version + 1 if found.before else 1
    held = Held(key=found.key, version=version, entitlement=after)
    decision = None
    if verdict.acted or news:
        decision = _decision(found, verdict, news, at, causes, read, waited)
    return Judged(
        before=found.before,
        held=held,
        decision=decision,
        news=news,
        causes=tuple(causes),
        conflict=found.conflict,
    )


def _uncontested(segment: Segment) -> Segment:
    """The same as if nobody contested a fact: that somebody does decides nothing, and is nobody's news."""
    if segment.waits is not Reason.CONTESTED:
        return segment
    why = Reason.TAKES if segment.kind in TAKES else Reason.SHARED
    return Segment(segment.start, segment.end, segment.kind, segment.before, segment.after, why)


def _decision(
    found: Found,
    verdict: Verdict,
    news: tuple[Segment, ...],
    at: Circumstances,
    causes: Sequence[Cause],
    read: Iterable[tuple[int, int]],
    waited: Sequence[Segment],
) -> Decision:
    return Decision(
        at=at.now,
        law=at.law,
        known_at=at.today,
        first=at.first,
        until=at.until,
        causes=tuple(causes),
        acted=verdict.acted,
        waiting=news,
        review=found.review,
        read=tuple(read),
        by_person=_by_person(verdict.acted, waited, found.before),
    )


def _by_person(acted: Sequence[Segment], waited: Sequence[Segment], before: Held | None) -> bool:
    """Whether what acted had waited for a human, who answered."""
    answers: Sequence[Answer] = before.entitlement.answers if before else ()
    return any(
        answer.value == waiting.after and waiting.start < segment.end and segment.start < waiting.end
        for segment in acted
        for waiting in waited
        for answer in answers
    )


def held_only(before: Mapping[Key, Held], causes: Mapping[tuple[int, str], Sequence[Cause]]) -> list[Judged]:
    """The same entitlements, delivered no longer because their holders want them on claim only."""
    return [
        Judged(
            before=one,
            held=Held(
                key=one.key,
                version=one.version + 1,
                entitlement=msgspec.structs.replace(one.entitlement, held=True),
            ),
            decision=None,
            news=(),
            causes=tuple(causes[one.key.holder, one.key.programme]),
            conflict="",
        )
        for one in before.values()
        if not one.entitlement.held
    ]
