"""What the registers send, day by day: a pure function of a seed. The same seed gives the same bytes.

The first day brings what the registers know already, said to hold from the day before; after that each day
brings what registers heard on it. Some messages come twice, as at-least-once delivery has it.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from . import messages
from .designed import NO_PLAN, plan_for
from .happenings import happenings, known, transitional
from .messages import Envelope, Message, Numbering, Repeat
from .population import populate
from .residents import Population
from .town import Town

__all__ = ["FIRST", "LAST", "Day", "History", "history"]

FIRST = date(2024, 2, 1)
LAST = date(2026, 1, 31)
SENT_TWICE = 0.005
LISTS_BEGAN = date(2001, 6, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One day's messages in the order in which they were sent, as (register, CloudEvent)."""

    date: date
    sent: tuple[tuple[str, Envelope], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """All days, who in them is worth looking at (why, identity number), and the town on its last evening."""

    population: Population
    town: Town
    days: tuple[Day, ...]
    worth_looking_at: tuple[tuple[str, str], ...]

    @property
    def count(self) -> int:
        return sum(len(day.sent) for day in self.days)


def history(
    *, seed: int, size: int, first: date = FIRST, last: date = LAST, designed: bool = True
) -> History:
    """A town of `size` residents from first to last day, with the designed lives or by chance alone."""
    population = populate(seed=seed, size=size, day=first)
    random = np.random.default_rng([seed, 1])
    town = Town.of(population, random)
    for home in population.households:
        if home.kind == "lone_parent":
            town.alone_since[home.members[0].identity] = first
    plan = plan_for(town, first) if designed else NO_PLAN
    outbox: dict[date, list[Message | Repeat]] = defaultdict(list)
    numbering = Numbering()
    days: list[Day] = []
    for offset in range((last - first).days + 1):
        town.day = first + timedelta(days=offset)
        today = opening(population, town) if offset == 0 else [*plan.on(town), *happenings(town)]
        for message in today:
            outbox[max(message.told, town.day)].append(message)
        sent = tuple(_sent(outbox.pop(town.day, []), numbering, town.day))
        for register, envelope in sent:
            if offset and random.random() < SENT_TWICE:
                tomorrow = town.day + timedelta(days=1)
                outbox[tomorrow].append(Repeat(register=register, told=tomorrow, event=envelope))
        days.append(Day(date=town.day, sent=sent))
    return History(population=population, town=town, days=tuple(days), worth_looking_at=plan.worth_looking_at)


def _sent(due: list[Message | Repeat], numbering: Numbering, day: date) -> Iterator[tuple[str, Envelope]]:
    """The day's messages with their ids; a correction names the id that its message got when it was sent."""
    for message in due:
        yield message.register, message.envelope(numbering, day)


def opening(population: Population, town: Town) -> list[Message]:
    """What the registers know before the first day, said to hold from the day before it."""
    told, since = population.day, population.day - timedelta(days=1)
    found = [
        messages.practice(practice.code, full=practice.full, since=LISTS_BEGAN, told=told)
        for practice in population.practices
    ]
    for home in population.households:
        for person in home.members:
            found.extend(known(person, home.municipality, since=since, told=told))
    for home in population.households:
        found.extend(messages.cares(care, since=since, told=told) for care in home.cares)
        if home.kind == "lone_parent":
            found.append(messages.lone(home.members[0], since=since, until=None, told=told))
            found.extend(transitional(town, home.members[0], since=since, told=told))
    return found
