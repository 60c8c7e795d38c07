"""What gives acts at once; what takes waits for a human, and until then the last decision stands. Pure.

`decide` compares, for all holders of one programme about one subject, what stands with what is due now. It
cuts time where any of their timelines changes, judges each stretch for itself, and joins equal neighbours.
So a decision is split by months by itself: the months that gain act, the months that lose wait.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import msgspec

from duly.entitlements.segments import (
    GIVES,
    TAKES,
    UNKNOWN,
    Due,
    Kind,
    Position,
    Reason,
    Segment,
    Terms,
    Value,
    Verdict,
)

__all__ = ["decide"]

WHOLE: Final = 100


class _Stretch(msgspec.Struct):
    """One holder, one stretch of time, while it is judged. `kind` is None where nothing differs.

    `held`: no longer suspended, but what it would pay again is another holder's until a human decides.
    `doubted`: without facts that are contested nothing would be taken.
    """

    before: Value
    after: Value
    kind: Kind | None
    waits: Reason | None
    suspended: bool
    was_suspended: bool
    never: bool
    held: bool = False
    torn: bool = False
    doubted: bool = False

    def stands(self) -> Value:
        if self.kind is None or self.waits is not None:
            return self.before
        return self.after


def decide(positions: Sequence[Position], terms: Terms, first: int, horizon: int) -> list[Verdict]:
    """Compare the days [first, horizon) of all holders of one programme about one subject."""
    cuts = _cuts(positions, first, horizon)
    lanes = [list(_judged(position, terms, cuts)) for position in positions]
    if len(lanes) > 1:
        for start, stretches in zip(cuts, zip(*lanes, strict=True), strict=False):
            _hold_back(positions, stretches, terms, start)
    for position, lane in zip(positions, lanes, strict=True):
        for start, stretch in zip(cuts, lane, strict=False):
            _answered(position, stretch, start)
    return [_verdict(lane, cuts, horizon) for lane in lanes]


def _cuts(positions: Sequence[Position], first: int, horizon: int) -> list[int]:
    cuts = {first}
    for one in positions:
        for timeline in (one.standing, one.due, one.without_deaths, one.doubted):
            cuts.update(start for start, _ in timeline)
        for start, end in (*one.suspended, *one.torn):
            cuts.update((start, end))
        for answer in one.answers:
            cuts.update((answer.start, answer.end))
        cuts.update((one.payable_from, one.paid_to, one.deceased_from, one.until))
    return sorted(cut for cut in cuts if first <= cut < horizon)


def _judged(position: Position, terms: Terms, cuts: Sequence[int]) -> Iterator[_Stretch]:
    """The stretches of one holder, as if there were no other."""
    reviewed = position.review != "" and (
        position.review_all or not any(value for _, value in position.standing)
    )
    columns = zip(
        cuts,
        _spread(position.standing, cuts),
        _spread(position.due, cuts),
        _spread(position.without_deaths, cuts),
        _spread(position.doubted, cuts),
        strict=True,
    )
    for start, stands, due, without, doubted in columns:
        if start < position.payable_from or (position.standing and start >= position.until):
            settled = due if start >= position.payable_from else None
            yield _Stretch(settled, settled, None, None, False, False, False)
            continue
        stretch = _compared(position, start, stands, due, without, doubted, terms)
        if stretch.kind is not None:
            stretch.waits = _waits(position, stretch, terms, reviewed=reviewed)
        yield stretch


def _compared(
    position: Position,
    start: int,
    stands: Value,
    due: Value,
    without: Value,
    doubted: Value,
    terms: Terms,
) -> _Stretch:
    never = not position.standing or start < position.standing[0][0]
    was = any(a <= start < b for a, b in position.suspended)
    torn = due == UNKNOWN and any(a <= start < b for a, b in position.torn)
    kind, suspended, in_doubt = None, False, False
    if stands:
        if due == UNKNOWN:
            kind = Kind.UNDETERMINED
            suspended = was and (start >= position.deceased_from or without != due)
        elif not _takes(stands, due, terms):
            kind = None if due == stands else _gain(stands, due, terms)
        elif not _takes(stands, doubted, terms):
            kind, in_doubt = _loss(due), True
        elif start < position.deceased_from and _takes(stands, without, terms):
            kind = _loss(due)
        else:
            suspended = True
    elif due:
        kind = Kind.GRANTED
    elif due == UNKNOWN:
        kind = Kind.UNDETERMINED if never or stands is None or torn else None
    elif never or stands == UNKNOWN:
        kind = Kind.REFUSED
    return _Stretch(stands, due, kind, None, suspended, was, never, torn=torn, doubted=in_doubt)


def _takes(stands: tuple[int, ...], due: Value, terms: Terms) -> bool:
    if due is None:
        return True
    return bool(due) and terms.amount >= 0 and due[terms.amount] < stands[terms.amount]


def _loss(due: Value) -> Kind:
    return Kind.STOPPED if due is None else Kind.LOWERED


def _gain(stands: tuple[int, ...], due: Value, terms: Terms) -> Kind:
    raised = bool(due) and terms.amount >= 0 and due[terms.amount] > stands[terms.amount]
    return Kind.RAISED if raised else Kind.CORRECTED


def _waits(position: Position, stretch: _Stretch, terms: Terms, *, reviewed: bool) -> Reason | None:
    kind = stretch.kind
    if kind is Kind.UNDETERMINED:
        return Reason.CONFLICT if stretch.torn else Reason.MISSING if stretch.before else None
    if stretch.doubted:
        return Reason.CONTESTED
    if kind in TAKES:
        return None if kind in terms.machine and not position.contested else Reason.TAKES
    if kind is Kind.REFUSED and position.review_all and not stretch.never:
        return Reason.REVIEW
    return Reason.REVIEW if reviewed and kind in GIVES else None


def _hold_back(
    positions: Sequence[Position], stretches: Sequence[_Stretch], terms: Terms, start: int
) -> None:
    """What one gains at another's expense waits with what the other loses; nothing passes the whole."""
    gains = [stretch for stretch in stretches if _gains_share(stretch, terms)]
    if not gains:
        return
    losing = [s for s in stretches if s.waits in (Reason.TAKES, Reason.CONTESTED)]
    contested = any(s.waits is Reason.CONTESTED for s in losing)
    total = sum(
        _share(stretch, terms, paid=start < position.paid_to)
        for position, stretch in zip(positions, stretches, strict=True)
    )
    for stretch in gains:
        if total > WHOLE or any(other is not stretch for other in losing):
            stretch.waits = Reason.CONTESTED if contested else Reason.SHARED
            stretch.kind = stretch.kind or Kind.GRANTED
            stretch.held = stretch.was_suspended


def _gains_share(stretch: _Stretch, terms: Terms) -> bool:
    resumes = stretch.was_suspended and not stretch.suspended and bool(stretch.stands())
    if stretch.kind not in GIVES and not resumes:
        return False
    if terms.percent < 0 or resumes:
        return True
    return _percent(stretch.after, terms) > _percent(stretch.before, terms)


def _share(stretch: _Stretch, terms: Terms, *, paid: bool) -> int:
    """The part of the whole that is paid to a holder if everything that does not wait acts."""
    if stretch.suspended and not paid:
        return 0
    return _percent(stretch.stands(), terms)


def _percent(value: Value, terms: Terms) -> int:
    return value[terms.percent] if value and terms.percent >= 0 else 0


def _answered(position: Position, stretch: _Stretch, start: int) -> None:
    """A human's answer to this very proposal settles it; an answer to another one says nothing."""
    if stretch.waits in (None, Reason.MISSING, Reason.CONFLICT, Reason.CONTESTED):
        return
    for answer in reversed(position.answers):
        if answer.start <= start < answer.end and answer.value == stretch.after:
            _settle(stretch, approved=answer.approved)
            return


def _settle(stretch: _Stretch, *, approved: bool) -> None:
    if approved:
        stretch.waits, stretch.held = None, False
        if stretch.before == stretch.after:
            stretch.kind = None
    elif stretch.before == UNKNOWN:
        stretch.kind, stretch.after, stretch.waits = Kind.REFUSED, None, None
    else:
        stretch.kind, stretch.waits = None, None


def _verdict(lane: Sequence[_Stretch], cuts: Sequence[int], horizon: int) -> Verdict:
    ends = [*cuts[1:], horizon]
    segments = [
        Segment(start, end, s.kind, s.before, s.after, s.waits)
        for start, end, s in zip(cuts, ends, lane, strict=True)
        if s.kind is not None and (s.waits or s.never or s.stands() != s.before)
    ]
    joined = tuple(_joined(segments))
    return Verdict(
        standing=_joined_values(zip(cuts, (s.stands() for s in lane), strict=True)),
        suspended=_spans((a, b) for a, b, s in zip(cuts, ends, lane, strict=True) if s.suspended or s.held),
        acted=tuple(s for s in joined if s.waits is None),
        waiting=tuple(s for s in joined if s.waits is not None),
    )


def _joined(segments: Iterable[Segment]) -> Iterator[Segment]:
    last: Segment | None = None
    for one in segments:
        if last is not None and last.end == one.start and _same(last, one):
            last = Segment(last.start, one.end, one.kind, one.before, one.after, one.waits)
            continue
        if last is not None:
            yield last
        last = one
    if last is not None:
        yield last


def _same(one: Segment, other: Segment) -> bool:
    return (one.kind, one.before, one.after, one.waits) == (
        other.kind,
        other.before,
        other.after,
        other.waits,
    )


def _joined_values(steps: Iterable[tuple[int, Value]]) -> Due:
    joined: list[tuple[int, Value]] = []
    for start, value in steps:
        if not joined or joined[-1][1] != value:
            joined.append((start, value))
    return tuple(joined)


def _spans(spans: Iterable[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    joined: list[tuple[int, int]] = []
    for start, end in spans:
        if joined and joined[-1][1] == start:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return tuple(joined)


def _spread(timeline: Due, cuts: Sequence[int]) -> list[Value]:
    """The value at every cut; UNKNOWN before the first start."""
    values: list[Value] = []
    place, count = -1, len(timeline)
    for cut in cuts:
        while place + 1 < count and timeline[place + 1][0] <= cut:
            place += 1
        values.append(timeline[place][1] if place >= 0 else UNKNOWN)
    return values
