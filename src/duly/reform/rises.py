"""Whose amounts only rise is told from two timelines and what stands: nothing of theirs waits or is taken.

That holds of a key whose holder was looked at and has nothing waiting, where both laws let the same act and
ask a human only about first grants, where something is granted, and where both give, on every day, at least
what stands, of the same part of the whole.
"""

from __future__ import annotations

from duly.entitlements import Due, Value, value_at
from duly.entitlements.evaluate import Evaluator, clipped
from duly.entitlements.holdings import Entitlement
from duly.entitlements.segments import Terms
from duly.law import ALWAYS

__all__ = ["alike", "only_rises"]


def alike(old: Evaluator, new: Evaluator, programme: str) -> bool:
    """Whether both laws let the same act under a programme, and neither asks a human about later grants."""
    if programme not in old.law.pack.programmes:
        return False
    reviews = (one for side in (old, new) for one in side.law.pack.reviews if one.programme == programme)
    same = old.terms(programme) == new.terms(programme) and old.rules.back_months == new.rules.back_months
    return same and not any(one.when == ALWAYS for one in reviews)


def only_rises(stands: Entitlement, due: Due, first: int, terms: Terms) -> bool:
    """Whether every day from `first` on gives what stands, or more of the same part."""
    if stands.waiting or stands.suspended or stands.answers or stands.held:
        return False
    if not any(value for _, value in stands.standing) or stands.standing[0][0] > first:
        return False
    later = clipped(due, first)
    cuts = {first, *(start for start, _ in (*stands.standing, *later) if first < start < stands.until)}
    return all(_rises(value_at(stands.standing, cut), value_at(later, cut), terms) for cut in cuts)


def _rises(before: Value, after: Value, terms: Terms) -> bool:
    if before == after:
        return before != ()
    if not before or not after or terms.amount < 0 or after[terms.amount] < before[terms.amount]:
        return False
    return terms.percent < 0 or after[terms.percent] == before[terms.percent]
