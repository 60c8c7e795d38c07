"""What would lead to more, as things stand.

Single facts are tried: each that was decisive, with every other value that it can have. Births, deaths and
what an officer found are not: nobody can do anything about them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from duly.law.decisive import FactKey
from duly.law.diagrams import Formula, Split, TooManyError
from duly.law.interpret import Interpreter, NeverNone, decoded
from duly.law.ir import Kind
from duly.law.phrases import Phrases
from duly.law.possible import Possible
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.telling import Run, answer_in_words
from duly.law.world import SubjectHistory, World, segment_on
from duly.timeline.calendar import BEGIN

if TYPE_CHECKING:
    from duly.law.pack import Programme

__all__ = ["Instead", "instead"]

TRIED: Final = frozenset({Kind.BOOL, Kind.CHOICE, Kind.INT, Kind.MONEY, Kind.DECIMAL})
MOST: Final = 5
TRIES: Final = 12
MAIN: Final = "amount"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instead:
    """A single fact that would lead to more: its value now, the values it would need, what they lead to."""

    who: str
    attribute: str
    now: str
    told: str
    runs: tuple[Run, ...]
    value: Any
    outcome: str


Key = tuple[int, int]


def instead(
    interpreter: Interpreter,
    programme: Programme,
    key: Key,
    day: int,
    facts: Sequence[FactKey],
    now: Any,
    phrases: Phrases,
) -> tuple[Instead, ...]:
    """The facts that alone would lead to more than `now`, by the order in which they were decisive."""
    if now is UNKNOWN:
        return ()
    found: list[Instead] = []
    findings = {rule.finding for rule in interpreter.pack.rules.values()}
    days: dict[tuple[str, int, int], list[int]] = {}
    for attribute, subject, member, on in facts:
        if attribute not in findings and _may_be_tried(interpreter, (attribute, subject, member), on):
            days.setdefault((attribute, subject, member), []).append(on)
    for fact, looked in list(days.items())[:TRIES]:
        if len(found) < MOST:
            found += _tried(interpreter, programme, key, day, (*fact, looked), now, phrases)
    return tuple(found)


def _may_be_tried(interpreter: Interpreter, fact: tuple[str, int, int], day: int) -> bool:
    attribute, subject, member = fact
    kind = interpreter.pack.vocabulary.attribute(attribute).type.kind
    held = segment_on(interpreter.world, attribute, subject, member, day)[1]
    if held is UNKNOWN or subject not in interpreter.world.history:
        return False
    return kind in TRIED and (held is not ABSENT or kind is Kind.BOOL)


def _tried(
    interpreter: Interpreter,
    programme: Programme,
    key: Key,
    day: int,
    fact: tuple[str, int, int, list[int]],
    now: Any,
    phrases: Phrases,
) -> list[Instead]:
    """What the other values of one fact lead to, where it is more."""
    attribute, subject, member, days = fact
    world = World(interpreter.pack, _without(interpreter.world, attribute, subject, member, days))
    possible = Possible(interpreter.pack, world, interpreter.known_at)
    try:
        diagram = possible.programme(programme, *key, day)
    except (TooManyError, NeverNone, RecursionError):
        return []
    if not isinstance(diagram, Split) or diagram.question.about.attribute != attribute:
        return []
    ends = [*(start - 1 for start in diagram.starts[1:]), diagram.question.size - 1]
    rows = list(zip(diagram.starts, ends, diagram.ways, strict=True))
    better = [value for _, _, value in rows if _more(value, now)]
    if not better:
        return []
    best = max(better, key=_amount)
    runs = tuple((first, last) for first, last, value in rows if value == best)
    told, values = answer_in_words(phrases, possible.answers[diagram.question], runs)
    record = None if isinstance(best, Formula) else _record(interpreter, programme, best)
    value, _ = segment_on(interpreter.world, attribute, subject, member, days[0])[::-1]
    whose = f"{phrases.who(subject)}, {phrases.who(member)}" if member else phrases.who(subject)
    absent = interpreter.pack.vocabulary.attribute(attribute).absent
    return [
        Instead(
            who=whose,
            attribute=attribute,
            now=phrases.fact_value(attribute, absent if value is ABSENT else value, known=True),
            told=told,
            runs=values,
            value=record,
            outcome=phrases.word("due_follows")
            if record is None
            else phrases.value(programme.rule.result, record, known=True),
        )
    ]


def _without(world: World, attribute: str, subject: int, member: int, days: Sequence[int]) -> Any:
    """The history in which one fact is not known where it was looked at."""
    known = world.history[subject]
    segments = [*known.facts.get((attribute, member), ())]
    starts = {segment_on(world, attribute, subject, member, on)[0] for on in days}
    changed = [(start, UNKNOWN if start in starts else value) for start, value in segments]
    if BEGIN in starts and (not changed or changed[0][0] > BEGIN):
        changed = [(BEGIN, UNKNOWN), *changed]
    facts = {**known.facts, (attribute, member): changed}
    return {**world.history, subject: SubjectHistory(known.kind, facts)}


def _more(value: Any, now: Any) -> bool:
    if isinstance(value, Formula):
        return value.made and now is None
    if value is UNKNOWN or value is None or not isinstance(value, tuple):
        return False
    return now is None or _amount(value) > _amount(now)


def _amount(value: Any) -> int:
    made = dict(cast(Sequence[tuple[str, Any]], value)) if isinstance(value, tuple) else {}
    return int(made.get(MAIN) or 0)


def _record(interpreter: Interpreter, programme: Programme, value: Any) -> Any:
    if value is None or value is UNKNOWN:
        return None
    made = dict(value)
    return {name: decoded(interpreter.pack, kind, made[name]) for name, kind in programme.fields}
