"""The town's time: moved a day at a time from outside, and a day is over when nothing is left to do on it."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from duly.clock import SimulatedClock, midnight
from duly.errors import Conflict
from duly.law import Pack

from .corrections import answer_requests
from .walk import settled

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["advance", "next_rise", "simulated_day"]

EPOCH: Final = date(1970, 1, 1).toordinal()
OPENS: Final = 6 * 60 * 60 * 1_000_000
"""Microseconds from midnight until the town gets up."""


def simulated_day(app: App) -> date:
    """Today, in the town."""
    return date.fromordinal(app.clock.today() + EPOCH)


def advance(app: App, day: date) -> None:
    """Finish what is to be done; go to the morning of `day`, if that is later; finish what is due then."""
    clock = app.clock
    if not isinstance(clock, SimulatedClock):
        raise Conflict("Time is real here", detail="Only the demo's clock can be set.")
    with app.store.read() as conn:
        idle = settled(conn)
    if not idle:
        app.worker.run_until_idle()
    morning = midnight(day.toordinal() - EPOCH, app.pack.zone) + OPENS
    if morning > clock.now():
        clock.set(morning)
        app.worker.run_until_idle()
        if answer_requests(app):
            app.worker.run_until_idle()


def next_rise(pack: Pack, today: date) -> date | None:
    """The first day after today on which any rate changes, if the law knows one."""
    day = today.toordinal() - EPOCH
    later = [entry.start for table in pack.rates.values() for entry in table.entries if entry.start > day]
    return date.fromordinal(min(later) + EPOCH) if later else None
