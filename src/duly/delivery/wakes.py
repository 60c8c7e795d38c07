"""A wake makes delivery look at a key when its day comes; it decides nothing, and a key has at most one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, bindparam, delete, func, select, update

from duly.delivery.tables import wake
from duly.entitlements import Key
from duly.store import upsert

__all__ = ["CONTEST", "due", "due_contests", "next_day", "put", "today_for"]

CONTEST: Final = "contest"
"""What stands in a wake's programme where a contest waits for its deadline; it is about the contest."""

_PUT = upsert(wake, ["holder", "programme", "about"])
_DROP = delete(wake).where(
    wake.c.holder == bindparam("of"),
    wake.c.programme == bindparam("under"),
    wake.c.about == bindparam("for_"),
)
_DUE = (
    select(wake.c.holder, wake.c.programme, wake.c.about)
    .where(wake.c.day <= bindparam("today"), wake.c.programme != CONTEST)
    .order_by(wake.c.day, wake.c.holder)
    .limit(bindparam("most"))
)
_DUE_CONTESTS = (
    select(wake.c.holder, wake.c.programme, wake.c.about)
    .where(wake.c.day <= bindparam("today"), wake.c.programme == CONTEST)
    .order_by(wake.c.day, wake.c.holder)
    .limit(bindparam("most"))
)
_TODAY = (
    update(wake)
    .where(wake.c.holder.in_(bindparam("holders", expanding=True)), wake.c.day > bindparam("today"))
    .values(day=bindparam("today"))
)


def put(conn: Connection, days: Mapping[Key, int | None]) -> None:
    """Set the next day of each key; None: it needs none."""
    rows = [{**key._asdict(), "day": day} for key, day in days.items() if day is not None]
    none = [
        {"of": key.holder, "under": key.programme, "for_": key.about}
        for key, day in days.items()
        if day is None
    ]
    if rows:
        conn.execute(_PUT, rows)
    if none:
        conn.execute(_DROP, none)


def due(conn: Connection, today: int, most: int) -> list[Key]:
    """Keys whose day has come, the longest waiting first."""
    return [Key(*row) for row in conn.execute(_DUE, {"today": today, "most": most})]


def due_contests(conn: Connection, today: int, most: int) -> list[Key]:
    """Contests whose deadline may have come, the longest waiting first."""
    return [Key(*row) for row in conn.execute(_DUE_CONTESTS, {"today": today, "most": most})]


def today_for(conn: Connection, holders: Iterable[int], today: int) -> None:
    """Look at every sleeping key of these holders now."""
    wanted: Sequence[int] = list(holders)
    if wanted:
        conn.execute(_TODAY, {"holders": wanted, "today": today})


def next_day(conn: Connection) -> int | None:
    """The first day on which something is to be looked at."""
    return conn.execute(select(func.min(wake.c.day))).scalar()
