"""An explanation of the law as a page shows it: values in the pack's words, facts with where they came from.

A value that tells where somebody else lives is never shown, only whether the condition holds that read it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from duly.clock import day_of
from duly.entitlements import Key
from duly.facts import Contest, Record, Segment
from duly.facts.contests import IN_DOUBT
from duly.law import UNKNOWN, Pack
from duly.law.explain import Explanation, FactUsed, RateUsed, explain
from duly.law.ir import Kind, Type
from duly.law.situation import Missing as Absence
from duly.law.world import History
from duly.notices import Words, amount_in_words
from duly.timeline import BEGIN, from_iso
from duly.web.languages import Speech
from duly.web.said import SELF_REGISTER
from duly.web.views import FactShown, Reason

__all__ = ["Known", "facts_of", "in_words", "reason", "shown_facts", "why"]

DEEPEST: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a page may use: opened records, what the law can be asked, what people are called.

    `reader` is the subject who is spoken to (0 where that is an officer); of others, values of the categories
    `hides` are not shown. `contests` are those of which the reader may know, by who contests.
    """

    reader: int
    records: Mapping[int, Record]
    history: History
    name: Callable[[int], str]
    hides: frozenset[str]
    contests: Mapping[int, Sequence[Contest]]


def why(pack: Pack, known: Known, speech: Speech, key: Key, day: int, *, ahead: bool = False) -> Explanation:
    """The law asked aloud about what is known; with `ahead` also what would change it, which takes longer."""
    return explain(
        pack,
        key.programme,
        known.history,
        key.holder,
        key.about,
        day,
        speech.words.language,
        names=known.name,
        shows=lambda subject: "all" if subject in known.records else "nothing",
        provenance=lambda subject, attribute, member, on: _origin(known, subject, attribute, member, on),
        ahead=ahead,
        tries=lambda attribute, subject, _: _is_open(pack, known, attribute, subject),
    )


def reason(pack: Pack, known: Known, speech: Speech, told: Explanation, depth: int = 0) -> Reason:
    """The tree, each rule with its answer; what could not be read says that it is about somebody else."""
    parts = told.children if depth < DEEPEST else ()
    return Reason(
        sentence=told.sentence,
        law=told.law,
        result=_result(pack, known, speech, told),
        facts=tuple(_used(pack, known, speech, fact) for fact in told.facts if _may_show(pack, known, fact)),
        rates=tuple(_rate(pack, speech, rate) for rate in told.rates if rate.value is not None),
        alike=speech.say("The same holds for %(who)s.", who=_listed(told.alike)) if told.alike else "",
        parts=tuple(reason(pack, known, speech, part, depth + 1) for part in parts),
    )


def shown_facts(pack: Pack, known: Known, speech: Speech, told: Explanation) -> tuple[FactShown, ...]:
    """Every fact of the tree that a register reported and that may be shown, once."""
    reported = (fact for fact in _facts(told) if fact.provenance is not None and _may_show(pack, known, fact))
    return tuple(dict.fromkeys(_used(pack, known, speech, fact) for fact in reported))


def facts_of(pack: Pack, known: Known, speech: Speech, subject: int, day: int) -> tuple[FactShown, ...]:
    """Everything on record of a subject on a day."""
    record = known.records[subject]
    found: list[FactShown] = []
    for attribute, member in sorted(record.facts):
        segment = _origin(known, subject, attribute, member, day)
        if segment is not None:
            found.append(_shown(pack, known, speech, subject, attribute, member, segment.value, segment))
    return tuple(found)


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
    if kind.kind is Kind.MONEY and kind.name:
        return f"{kind.name} {int(value) // 100}.{int(value) % 100:02d}"
    if kind.kind is Kind.MONEY:
        return words.money(int(value))
    return str(value)


def _rate(pack: Pack, speech: Speech, rate: RateUsed) -> str:
    """A figure of the law, since when it is in force, whether it only runs on, and where it stands."""
    words, kind = speech.words, pack.rates[rate.name].kind
    value = words.money(int(rate.value)) if kind is Kind.MONEY else str(rate.value)
    since = speech.say("since %(day)s", day=words.day(from_iso(rate.since))) if rate.since else ""
    unset = speech.say("provisional: no later figure is set yet") if rate.provisional else ""
    return f"{', '.join(part for part in (value, since, unset) if part)} ({rate.source})"


def _listed(who: Sequence[str]) -> str:
    """Names, each once; how often, where several are called the same."""
    return ", ".join(name if count == 1 else f"{count} x {name}" for name, count in Counter(who).items())


def _facts(told: Explanation) -> Iterator[FactUsed]:
    yield from told.facts
    for part in told.children:
        yield from _facts(part)


def _origin(known: Known, subject: int, attribute: str, member: int, day: int) -> Segment | None:
    """The segment that holds on a day, unless it says nothing."""
    record = known.records.get(subject)
    segments = () if record is None else record.facts.get((attribute, member), ())
    holding = [segment for segment in segments if segment.start <= day]
    return holding[-1] if holding and not isinstance(holding[-1].value, Absence) else None


def _used(pack: Pack, known: Known, speech: Speech, fact: FactUsed) -> FactShown:
    value = fact.value if fact.known else UNKNOWN
    return _shown(pack, known, speech, fact.subject, fact.attribute, fact.member, value, fact.provenance)


def _shown(
    pack: Pack,
    known: Known,
    speech: Speech,
    subject: int,
    attribute: str,
    member: int,
    value: Any,
    origin: Segment | None,
) -> FactShown:
    words, declared = speech.words, pack.vocabulary.attribute(attribute)
    whose = member if member and known.name(member) else subject
    since, recorded = "", speech.say("which has reported nothing else")
    if origin is not None:
        day = day_of(origin.recorded_at, words.zone)
        recorded = speech.say("recorded on %(when)s", when=words.day(day))
        since = "" if origin.since <= BEGIN else speech.say("since %(day)s", day=words.day(origin.since))
    return FactShown(
        what=words.name_of("attributes", attribute),
        who=_whose(known, words, subject, whose),
        value=words.name_of(attribute, str(value))
        if words.has(attribute, str(value))
        else in_words(pack, words, declared.type, value),
        since=since,
        source=_source(known, words, declared.register),
        recorded=recorded,
        contested=_contested(known, speech, subject, attribute, member, origin),
    )


def _contested(
    known: Known, speech: Speech, subject: int, attribute: str, member: int, origin: Segment | None
) -> str:
    """That the subject says the fact is wrong, and since when."""
    if origin is None:
        return ""
    for one in known.contests.get(subject, ()):
        if one.standing in IN_DOUBT and one.covers(attribute, member, origin.start, origin.start + 1):
            day = speech.words.day(one.said_on)
            if known.reader == subject:
                return speech.say("You said on %(day)s that this is wrong.", day=day)
            return speech.say("The person said on %(day)s that this is wrong.", day=day)
    return ""


def _source(known: Known, words: Words, register: str) -> str:
    """The register; what people said themselves is from "yourself" to them, from the person to an officer."""
    if register == SELF_REGISTER and not known.reader:
        return words.name_of("people", "person")
    return words.name_of("registers", register)


def _whose(known: Known, words: Words, subject: int, whose: int) -> str:
    """Whose fact it is; an officer sees both ends of a link."""
    if whose == known.reader:
        return words.name_of("people", "you")
    ends = (
        (known.name(subject), known.name(whose))
        if not known.reader and whose != subject
        else (known.name(whose),)
    )
    return ", ".join(end for end in ends if end)


def _result(pack: Pack, known: Known, speech: Speech, told: Explanation) -> str:
    words = speech.words
    if not told.known:
        if any(fact.subject == known.reader and not fact.known for fact in _facts(told)):
            return speech.say("Not known yet.")
        return speech.say("Not shown: it is about somebody else, or not known.")
    kind = pack.rules[told.rule].result
    if kind.kind is Kind.RECORD:
        return amount_in_words(words, told.value) if told.value else speech.say("Not due")
    said = in_words(pack, words, kind, told.value)
    if told.value is not None and words.has("results", told.rule):
        return words.phrase("results", told.rule, value=said)
    return said[:1].upper() + said[1:]


def _may_show(pack: Pack, known: Known, fact: FactUsed) -> bool:
    return _is_open(pack, known, fact.attribute, fact.subject)


def _is_open(pack: Pack, known: Known, attribute: str, subject: int) -> bool:
    """Whether the reader may see this fact of this subject."""
    if subject == known.reader:
        return True
    return subject in known.records and pack.vocabulary.attribute(attribute).category not in known.hides
