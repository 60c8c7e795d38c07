"""An explanation of the law as a page shows it: values in the pack's words, facts with where they came from.

A value of where somebody else lives is never shown, only whether the condition holds that read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from duly.clock import day_of
from duly.entitlements import Key
from duly.law import UNKNOWN, Pack
from duly.law.explain import Explanation, FactUsed, explain
from duly.law.ir import Kind, Type
from duly.law.situation import Missing as Absence
from duly.notices import Words, amount_in_words
from duly.notices.people import roles
from duly.timeline import BEGIN
from duly.web.circle import Circle
from duly.web.languages import Speech
from duly.web.views import FactShown, Reason

__all__ = ["fact_shown", "in_words", "reason", "shown_facts", "why"]

DEEPEST: Final = 6


def why(pack: Pack, circle: Circle, speech: Speech, key: Key, day: int) -> Explanation:
    """The law asked aloud of the reader's circle."""
    language = speech.words.language

    def called(subject: int) -> str:
        return circle.called(subject) or speech.words.name_of("people", _unnamed(circle, subject))

    def shown(subject: int) -> Any:
        if subject in circle.records:
            return "all"
        return "nothing"

    def from_where(subject: int, attribute: str, member: int, on: int) -> Any:
        record = circle.records.get(subject)
        segments = () if record is None else record.facts.get((attribute, member), ())
        return next(
            (s for s in reversed(segments) if s.start <= on and not isinstance(s.value, Absence)), None
        )

    return explain(
        pack,
        key.programme,
        circle.history,
        key.holder,
        key.about,
        day,
        language,
        names=called,
        shows=shown,
        provenance=from_where,
    )


def reason(pack: Pack, circle: Circle, speech: Speech, told: Explanation, depth: int = 0) -> Reason:
    """The tree, each rule with its answer; what could not be read says that it is about somebody else."""
    parts = told.children if depth < DEEPEST else ()
    return Reason(
        sentence=told.sentence,
        law=told.law,
        result=_result(pack, speech, told),
        facts=tuple(
            fact_shown(pack, circle, speech, fact) for fact in told.facts if _may_show(pack, circle, fact)
        ),
        parts=tuple(reason(pack, circle, speech, part, depth + 1) for part in parts),
    )


def shown_facts(pack: Pack, circle: Circle, speech: Speech, told: Explanation) -> tuple[FactShown, ...]:
    """Every fact of the tree that may be shown, once."""
    found = (fact_shown(pack, circle, speech, fact) for fact in _facts(told) if _may_show(pack, circle, fact))
    return tuple(dict.fromkeys(found))


def _facts(told: Explanation) -> Iterator[FactUsed]:
    yield from told.facts
    for part in told.children:
        yield from _facts(part)


def fact_shown(pack: Pack, circle: Circle, speech: Speech, fact: FactUsed) -> FactShown:
    """One fact that a rule read."""
    words, attribute = speech.words, pack.vocabulary.attribute(fact.attribute)
    origin = fact.provenance
    value = in_words(pack, words, attribute.type, fact.value if fact.known else UNKNOWN)
    if origin is None:
        recorded = speech.say("which has not reported anything else")
        since = ""
    else:
        recorded = speech.say("recorded on %(when)s", when=words.day(day_of(origin.recorded_at, words.zone)))
        since = "" if origin.since <= BEGIN else speech.say("since %(day)s", day=words.day(origin.since))
    return FactShown(
        what=words.name_of("attributes", fact.attribute),
        who=_whose(circle, words, fact),
        value=value,
        since=since,
        source=words.name_of("registers", attribute.register),
        recorded=recorded,
    )


def in_words(pack: Pack, words: Words, kind: Type, value: Any) -> str:
    """A canonical value as people say it."""
    if isinstance(value, Absence):
        return words.name_of("values", "unknown")
    if value is None:
        return words.name_of("values", "none")
    if isinstance(value, bool):
        return words.name_of("values", "true" if value else "false")
    if kind.kind is Kind.CHOICE:
        return words.name_of("values", f"{kind.name}.{value}")
    if kind.kind is Kind.DAY:
        return words.day(int(value))
    if kind.kind is Kind.MONEY:
        return words.money(int(value))
    return str(value)


def _result(pack: Pack, speech: Speech, told: Explanation) -> str:
    words = speech.words
    if not told.known:
        return speech.say("Not shown: it depends on somebody else, or is not known.")
    kind = pack.rules[told.rule].result
    if kind.kind is Kind.RECORD:
        return amount_in_words(words, told.value) if told.value else speech.say("Not due")
    return _capital(in_words(pack, words, kind, told.value))


def _may_show(pack: Pack, circle: Circle, fact: FactUsed) -> bool:
    """A fact of the reader or the reader's child; of the child, never where it lives."""
    if fact.subject == circle.reader.subject:
        return True
    where = roles(pack).where
    return fact.subject in circle.records and pack.vocabulary.attribute(fact.attribute).category != where


def _whose(circle: Circle, words: Words, fact: FactUsed) -> str:
    """Whose fact it is; a fact of a link is about the one at its other end."""
    subject = fact.member or fact.subject
    if subject == circle.reader.subject:
        return words.name_of("people", "you")
    return circle.called(subject) or words.name_of("people", _unnamed(circle, subject))


def _unnamed(circle: Circle, subject: int) -> str:
    return "child" if subject in circle.children or subject in circle.hidden else "other"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
