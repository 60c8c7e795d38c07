"""How a message walks through the stages, watched from outside: what each stage's tables gained, and when.

Nothing is told to the stages and nothing is opened: rows are counted, in clear, until nothing is left to do.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection, func, select

from duly.delivery import tables as delivery
from duly.delivery.cases import OPEN, CaseKind
from duly.entitlements.tables import decision, entitlement, mark
from duly.events.tables import inbox
from duly.facts.tables import assertion
from duly.ledger.tables import LEAF, PENDING
from duly.notices.tables import notice
from duly.store import Store

__all__ = ["Gain", "Walk", "held_for_two", "settled"]

LONGEST: Final = 120.0
PAUSE: Final = 0.004


def _rows(table: Any) -> Any:
    return select(func.count()).select_from(table).scalar_subquery()


COUNTED: Final[Mapping[str, Any]] = {
    "event": _rows(inbox),
    "facts": _rows(assertion),
    "mark": select(func.coalesce(func.sum(mark.c.wanted), 0)).scalar_subquery(),
    "entitlement": select(func.coalesce(func.sum(entitlement.c.version), 0)).scalar_subquery(),
    "decision": _rows(decision),
    "case": select(func.count()).where(delivery.case.c.state == OPEN).scalar_subquery(),
    "order": select(_rows(delivery.order_line) + _rows(delivery.enrolment_order)).scalar_subquery(),
    "stop": _rows(delivery.order_stop),
    "payment": _rows(delivery.payment),
    "notice": _rows(notice),
    "ledger": select(func.coalesce(func.max(LEAF.c.index) + 1, 0)).scalar_subquery(),
}
TO_DO: Final[tuple[Any, ...]] = (
    select(func.count()).where(inbox.c.state == "received").scalar_subquery(),
    select(func.count()).where(mark.c.wanted > mark.c.done).scalar_subquery(),
    select(func.count()).where(decision.c.told.is_(False)).scalar_subquery(),
    _rows(PENDING),
)
_LOOK: Final[Any] = select(*COUNTED.values())
_LEFT: Final[Any] = select(*TO_DO)


def held_for_two(conn: Connection) -> int:
    """How many entitlements wait in the newest open case that one source's flood made."""
    flood = select(delivery.case.c.number).where(
        delivery.case.c.kind == CaseKind.BRAKE.value, delivery.case.c.state == OPEN
    )
    newest = flood.order_by(delivery.case.c.opened.desc()).limit(1).scalar_subquery()
    waiting = select(func.count()).select_from(delivery.case_key)
    return conn.scalar(waiting.where(delivery.case_key.c.number == newest)) or 0


def settled(conn: Connection) -> bool:
    """Whether no stage has anything left to do."""
    return not any(conn.execute(_LEFT).one())


def _counts(conn: Connection) -> dict[str, int]:
    return dict(zip(COUNTED, conn.execute(_LOOK).one(), strict=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What a stage's tables gained: rows, and seconds until the first and the last of them."""

    stage: str
    rows: int
    first: float
    last: float


@dataclass(slots=True, kw_only=True)
class Walk:
    """Begin it, send the message, then wait; the gains are in the order of the stages."""

    store: Store
    began: float = field(default_factory=time.perf_counter)
    before: dict[str, int] = field(default_factory=dict[str, int])
    now: dict[str, int] = field(default_factory=dict[str, int])
    times: dict[str, tuple[float, float]] = field(default_factory=dict[str, tuple[float, float]])

    def __post_init__(self) -> None:
        with self.store.read() as conn:
            self.before = _counts(conn)
        self.now = dict(self.before)
        self.began = time.perf_counter()

    def elapsed(self) -> float:
        return time.perf_counter() - self.began

    def wait(self) -> tuple[Gain, ...]:
        """Look until all is done; at most two minutes."""
        done = False
        while not done and self.elapsed() < LONGEST:
            done = self._look()
            time.sleep(PAUSE)
        self._look()
        return self.gains()

    def _look(self) -> bool:
        with self.store.read() as conn:
            done = settled(conn)
            seen = _counts(conn)
        at = self.elapsed()
        for stage, count in seen.items():
            if count != self.now[stage]:
                self.times[stage] = (self.times.get(stage, (at, at))[0], at)
        self.now = seen
        return done

    def gains(self) -> tuple[Gain, ...]:
        """What was gained so far."""
        return tuple(
            Gain(stage=stage, rows=self.now[stage] - self.before[stage], first=first, last=last)
            for stage in COUNTED
            if (times := self.times.get(stage)) is not None
            for first, last in (times,)
        )
