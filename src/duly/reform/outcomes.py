"""What a change of law does to one key, from its two timelines; and to one person, from their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from duly.entitlements import UNKNOWN, Due, Profile, Value, value_at
from duly.reform.figures import Outcome
from duly.timeline import add_months, month_first, month_index

__all__ = ["MONTHS", "UNCHANGED", "outcome_of", "together"]

MONTHS: Final = 12
UNCHANGED: Final = Outcome(
    year=0, back=0, higher=False, lower=False, other=False, unknown=False, reasons=frozenset(), takes=False
)


def outcome_of(
    profile: Profile, old: Due, new: Due, day: int, *, reasons: frozenset[str], takes: bool
) -> Outcome:
    """Two timelines of one key, over the days that are decided and the year from a day on."""
    end = add_months(month_first(day), MONTHS)
    first = min(old[0][0], new[0][0])
    cuts = sorted({c for c, _ in (*old, *new) if c < end} | {day, first})
    year = back = 0
    higher = lower = other = unknown = False
    for start, stop in zip(cuts, [*cuts[1:], end], strict=True):
        was, is_ = _at(old, start), _at(new, start)
        if was == is_:
            continue
        if UNKNOWN in (was, is_):
            unknown = True
            continue
        more = _worth(profile, is_) - _worth(profile, was)
        higher, lower = higher or more > 0, lower or more < 0
        other = other or more == 0
        if profile.pays:
            total = more * _months(start, stop)
            year, back = (year + total, back) if start >= day else (year, back + total)
    return Outcome(
        year=year, back=back, higher=higher, lower=lower, other=other, unknown=unknown,
        reasons=reasons, takes=takes,
    )  # fmt: skip


def _at(timeline: Due, day: int) -> Value:
    """Nothing was due before a timeline begins."""
    return value_at(timeline, day) if day >= timeline[0][0] else None


def _worth(profile: Profile, value: Value) -> int:
    if not value:
        return 0
    return value[profile.terms.amount] if profile.pays else 1


def _months(start: int, stop: int) -> int:
    """How many months begin in the days [start, stop)."""
    return month_index(stop - 1) - month_index(start - 1)


def together(outcomes: Sequence[Outcome]) -> Outcome:
    """One person's outcomes as one."""
    return Outcome(
        year=sum(one.year for one in outcomes),
        back=sum(one.back for one in outcomes),
        higher=any(one.higher for one in outcomes),
        lower=any(one.lower for one in outcomes),
        other=any(one.other for one in outcomes),
        unknown=any(one.unknown for one in outcomes),
        reasons=frozenset[str]().union(*(one.reasons for one in outcomes)),
        takes=any(one.takes for one in outcomes),
    )
