"""A transaction says for what it is there, and PostgreSQL shows it the rows that this permits, and no others.

This is the only place where a context is set. It ends with its transaction. A context that the policies do
not permit, or none at all, sees no row about a subject (see `guards`). SQLite has no such second line; there
nothing is set.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from enum import StrEnum
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection

from duly.errors import OurFault

__all__ = ["KEEPING", "Context", "Duty", "Within", "begin", "itself", "require_use", "under"]

_CURRENT: Final = "duly.within"
_ITSELF: Final = "duly.itself"
_IN_ERROR: Final = 3
"""libpq's PQTRANS_INERROR: nothing can be said in this transaction any more."""
_SET: Final = "SELECT set_config('duly.duty', %s, true), set_config('duly.uses', %s, true)"


class Duty(StrEnum):
    """What the system does by itself, and for which no policy lets it open anything."""

    NONE = ""
    SCHEDULING = "scheduling"
    KEYS = "keys"


class Context(NamedTuple):
    """What a use is permitted by: who, in which role, for what, by which right, in which relation and state.

    `kind` is "system" or "officer"; `state` has its states in order, with a blank between.
    """

    organisation: str
    kind: str
    role: str
    purpose: str
    legal_basis: str
    relation: str
    state: str


class Within(NamedTuple):
    """A duty, and uses: a transaction sees what any of them permits."""

    duty: Duty
    uses: frozenset[Context]


KEEPING: Final = Within(Duty.SCHEDULING, frozenset())
"""What a transaction is in when nobody says more: it can look after states, days and numbers."""


def begin(conn: Connection, within: Within) -> None:
    """Set the context of a transaction that has just begun."""
    if conn.dialect.name == "postgresql":
        _set(conn, within)


@contextmanager
def under(conn: Connection, uses: Iterable[Context]) -> Generator[None]:
    """Inside, the transaction acts for these uses and no others."""
    if conn.dialect.name != "postgresql":
        yield
        return
    before: Within = conn.info[_CURRENT]
    within = Within(before.duty, frozenset(uses))
    if within == before:
        yield
        return
    _set(conn, within)
    try:
        yield
    finally:
        driver: Any = conn.connection.driver_connection
        if driver.info.transaction_status == _IN_ERROR:
            conn.info[_CURRENT] = before  # what rolls it back sets it back there too
        else:
            _set(conn, before)


@contextmanager
def itself(conn: Connection) -> Generator[None]:
    """Inside, the system asks for the row of its own key only, which takes no use."""
    before = conn.info.get(_ITSELF, False)
    conn.info[_ITSELF] = True
    try:
        yield
    finally:
        conn.info[_ITSELF] = before


def require_use(conn: Connection, what: str) -> None:
    """OurFault where the transaction is for no use: it would find nothing, and take that for the truth."""
    if conn.dialect.name != "postgresql" or conn.info.get(_ITSELF):
        return
    within: Within = conn.info.get(_CURRENT, KEEPING)
    if not within.uses and within.duty is not Duty.KEYS:
        raise OurFault(
            "Rows are asked for without a use",
            detail=f"The database shows no {what} to a transaction that does not say for which use it is.",
            where=what,
            hint="Begin it with `store.acting(use.context)`.",
        )


def _set(conn: Connection, within: Within) -> None:
    told = msgspec.json.encode([use._asdict() for use in sorted(within.uses)]).decode()
    conn.exec_driver_sql(_SET, (within.duty, told))
    conn.info[_CURRENT] = within
