"""A compromised key takes back what is not law yet: what it signed, and what was looked at on top of that.

Such a change stays proposed; with fresh signatures it is enacted again.
"""

from __future__ import annotations

from sqlalchemy import Connection

from duly.reform.changes import Kind, all_changes, enacted, order, packs, set_change
from duly.reform.keys import Ending, KeyAct, LawKey, retire
from duly.reform.signing import signed_with

__all__ = ["retire_key"]


def retire_key(
    conn: Connection, whose: str, ending: Ending, why: str, since: int, key: LawKey, *, today: int, now: int
) -> tuple[KeyAct, list[int]]:
    """One of two signatures to retire a key; the act, and the changes that were taken back with it."""
    act = retire(conn, whose, ending, why, since, key, today=today, now=now)
    if not act.done_at or ending is not Ending.COMPROMISED:
        return act, []
    return act, _take_back(conn, act.public, today)


def _take_back(conn: Connection, public: bytes, today: int) -> list[int]:
    """Enacted changes to come, from the first on that the key has signed."""
    touched, taken = signed_with(conn, public), list[int]()
    for pack in packs(conn):
        coming = [one for one in enacted(all_changes(conn, pack)) if one.effective > today]
        coming = [one for one in coming if one.kind is Kind.REFORM]
        first = min((order(one) for one in coming if one.number in touched), default=None)
        taken += [one.number for one in coming if first is not None and order(one) >= first]
    for number in taken:
        set_change(conn, number, enacted_at=0)
    return sorted(taken)
