"""From which day a result changes by itself: the next breakpoint of its timeline, up to the horizon.

A reader who may not see everybody is told it only where it holds whatever the facts of the others are: it is
looked for as if nothing were known of them, and only what is known then is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from duly.law.blame import against
from duly.law.interpret import Interpreter
from duly.law.phrases import Phrases
from duly.law.situation import UNKNOWN
from duly.law.world import History, SubjectHistory, World
from duly.timeline.calendar import BEGIN, END_OF_TIME, to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme

__all__ = ["Change", "next_change"]

DAYS_A_YEAR: Final = 366
Key = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """From `day` on the result is another, if no fact changes; `because`: what will then stand against it."""

    day: str
    known: bool
    value: Any
    told: str
    because: tuple[str, ...]


def next_change(
    interpreter: Interpreter,
    programme: Programme,
    key: Key,
    day: int,
    phrases: Phrases,
    hides: Callable[[int], bool] | None,
) -> Change | None:
    """The first day after `day` on which the result is another, within the pack's horizon.

    None where there is none, or where it rests on somebody whom the reader may not see (`hides`).
    """
    pack, known_at = interpreter.pack, interpreter.known_at
    history = interpreter.world.history
    seen = history if hides is None else _as_seen(pack, history, hides)
    whole = seen == history
    steps = _steps(pack, programme, seen, key, day, known_at)
    if len(steps) < 2 or (not whole and UNKNOWN in (steps[0][1], steps[1][1])):
        return None
    world = interpreter.world if whole else World(pack, seen)
    return _told(Interpreter(pack, world, known_at), programme, key, *steps[1], phrases)


def _as_seen(pack: Pack, history: History, hides: Callable[[int], bool]) -> History:
    """The history in which nothing is known of those who are hidden, nor of links from or to them."""
    links, attributes = pack.vocabulary.links, pack.vocabulary.attributes
    unknown = ((BEGIN, UNKNOWN),)
    found: dict[int, SubjectHistory] = {}
    for number, subject in history.items():
        facts = dict(subject.facts)
        if hides(number):
            facts |= {(name, 0): unknown for name, a in attributes.items() if a.owner == subject.kind}
        ends = {(name.partition(".")[0], member) for name, member in subject.facts}
        hidden = {(link, m) for link, m in ends if link in links and (hides(number) or hides(m))}
        facts |= {(n, m): unknown for link, m in hidden for n, a in attributes.items() if a.owner == link}
        found[number] = SubjectHistory(subject.kind, facts)
    return found


def _steps(
    pack: Pack, programme: Programme, history: History, key: Key, day: int, known_at: int | None
) -> list[tuple[int, Any]]:
    """(start, what is due) from the day to the horizon; nothing where there is no such key.

    The kernel's code as plain Python: it looks only at the days that matter, and waits for no compiler.
    """
    from duly.law import columns, kernel

    facts = columns.build(pack, history)
    keys = columns.keys(pack, programme.name, facts)
    holders, abouts = (
        facts.numbers[programme.holder][keys.holders],
        facts.numbers[programme.about][keys.abouts],
    )
    mine = (holders == key[0]) & (abouts == (key[1] if programme.over else key[0]))
    horizon = min(day + pack.horizon_years * DAYS_A_YEAR, END_OF_TIME)
    if not mine.any():
        return []
    grants = kernel.evaluate(
        pack,
        programme.name,
        facts,
        keys.holders[mine],
        keys.abouts[mine],
        keys.links[mine],
        known_at=known_at,
        first=day,
        last=horizon,
        fast=False,
    )
    return kernel.decoded(pack, programme.name, grants, 0)


def _told(
    interpreter: Interpreter, programme: Programme, key: Key, day: int, value: Any, phrases: Phrases
) -> Change:
    stood = against(interpreter, programme, *key, day) if value is None else ()
    rules = [each for each in stood if each.rule != programme.rule.name]
    known = value is not UNKNOWN
    record = value if known else None
    return Change(
        day=to_iso(day),
        known=known,
        value=record,
        told=phrases.value(programme.rule.result, record, known=known),
        because=tuple(dict.fromkeys(phrases.stood(s.rule, s.arguments, s.day) for s in rules)),
    )
