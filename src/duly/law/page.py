"""An explanation in words fits on a page: 45 lines of 100 characters.

What is further from the answer gives way first: facts that are only a register's silence, then the rules
furthest down. What was left out is counted, and stands in the document.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Final

from duly.law.phrases import Phrases

if TYPE_CHECKING:
    from duly.law.explanation import Explanation, FactUsed, RateUsed

__all__ = ["LINES", "WIDTH", "page"]

LINES: Final = 45
WIDTH: Final = 100
LISTED: Final = 6
"""How many facts, or conditions, the lists at the end hold."""
DEEPEST: Final = 12


def page(told: Explanation, phrases: Phrases) -> list[str]:
    """The lines: as much as a page holds."""
    end = list(_end(told, phrases))
    body: list[str] = []
    for depth in range(DEEPEST, -1, -1):
        for silent in (True, False):
            body = list(_rule(told, phrases, 0, depth, silent=silent))
            if len(body) + len(end) <= LINES:
                return body + end
    return (body[: LINES - len(end)] + end)[:LINES]


def _rule(told: Explanation, phrases: Phrases, level: int, depth: int, *, silent: bool) -> Iterator[str]:
    """A rule, what it rests on, and the rules below it down to `depth`."""
    days = told.days[0] if len(told.days) == 1 else f"{told.days[0]} .. {told.days[-1]}"
    yield from _line(f"{told.sentence} {told.told} ({told.law}; {days})", level)
    quiet = not silent and bool(told.children or told.rates or any(fact.reported for fact in told.facts))
    for fact in told.facts:
        if fact.reported or not quiet:
            yield from _line(_fact(fact, phrases), level + 1)
    for rate in told.rates:
        yield from _line(_rate(rate, phrases), level + 1)
    if depth > level:
        for child in told.children:
            yield from _rule(child, phrases, level + 1, depth, silent=silent)
    elif told.children:
        yield from _line(phrases.word("more_rules").format(count=_count(told) - 1), level + 1)
    if told.alike:
        yield from _line(_alike(told.alike, phrases), level + 1)


def _fact(fact: FactUsed, phrases: Phrases) -> str:
    name = fact.attribute.partition(".")[2]
    source = phrases.register(fact.register)
    if not fact.reported:
        held = phrases.word("silent").format(register=source)
    elif fact.since:
        held = phrases.word("since").format(day=fact.since) + f", {source}"
    else:
        held = source
    recorded = phrases.recorded(fact.provenance)
    known = ", " + phrases.word("recorded").format(day=recorded) if recorded else ""
    return f"- {fact.who}: {name} = {fact.told} ({held}{known})"


def _rate(rate: RateUsed, phrases: Phrases) -> str:
    since = phrases.word("since").format(day=rate.since) + ", " if rate.since else ""
    runs_on = ", " + phrases.word("provisional") if rate.provisional else ""
    return f"- {rate.name} = {rate.told} ({since}{rate.source}{runs_on})"


def _alike(who: Sequence[str], phrases: Phrases) -> str:
    if len(set(who)) < len(who) or len(who) > LISTED:
        return phrases.word("same_for_others").format(count=len(who))
    return phrases.word("same_for").format(who=", ".join(who))


def _end(told: Explanation, phrases: Phrases) -> Iterator[str]:
    """What is needed, what would have to be different, and when it changes by itself."""
    yield from _list(phrases.word("needed"), told.needed, phrases)
    different = [
        *told.differ,
        *(
            phrases.word("would_be").format(
                fact=f"{each.who}: {each.attribute.partition('.')[2]}", value=each.told, outcome=each.outcome
            )
            for each in told.instead
        ),
    ]
    yield from _list(phrases.word("differ"), different, phrases)
    if told.changes is not None:
        reasons = f" ({' '.join(told.changes.because[:2])})" if told.changes.because else ""
        word = phrases.word("changes").format(day=told.changes.day, value=told.changes.told)
        yield from _line(f"{word}{reasons}", 0)


def _list(head: str, lines: Sequence[str], phrases: Phrases) -> Iterator[str]:
    if not lines:
        return
    yield head
    for each in lines[:LISTED]:
        yield from _line(each, 1)
    if len(lines) > LISTED:
        yield from _line(phrases.word("more").format(count=len(lines) - LISTED), 1)


def _line(text: str, level: int) -> list[str]:
    indent = "  " * min(level, 8)
    return wrap(
        text, WIDTH, initial_indent=indent, subsequent_indent=indent + "    ", break_long_words=True
    ) or [indent]


def _count(told: Explanation) -> int:
    return 1 + sum(_count(child) for child in told.children)
