"""What decided an answer, told to its reader: no more of anybody than may be shown, the same only once.

Answers that differ in nothing but the day are one; members for whom the same holds are gathered behind the
first of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from duly.law.decisive import FactKey, Frame
from duly.law.explanation import Explanation, FactUsed, RateUsed
from duly.law.interpret import Interpreter, decoded, version_on
from duly.law.ir import Kind, MakeRecord, Type
from duly.law.phrases import Phrases, subjects_in
from duly.law.plan import every_rule
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.walk import below
from duly.law.world import segment_on
from duly.timeline.calendar import BEGIN, to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["Provenance", "Reader", "Shown", "Telling", "facts_in"]

Shown = Literal["all", "holds", "nothing"]
Provenance = Callable[[int, str, int, int], Any]
"""(subject, attribute, member, day) -> where the fact came from; whatever the caller wants beside it."""


class Reader:
    """Whom an explanation is for, and how much of everybody they may see."""

    def __init__(self, phrases: Phrases, shows: Callable[[int], Shown] | None) -> None:
        self.phrases, self._shows = phrases, shows or _everything

    def shown(self, subject: int) -> Shown:
        return "all" if subject == self.phrases.reader else self._shows(subject)

    def sees(self, subject: int) -> bool:
        return self.shown(subject) == "all"

    def hides(self, subject: int) -> bool:
        return not self.sees(subject)


class Telling:
    """Frames as explanations, no more of each subject than may be shown; what is the same is told once."""

    def __init__(self, interpreter: Interpreter, reader: Reader, provenance: Provenance) -> None:
        self.interpreter, self.pack = interpreter, interpreter.pack
        self.reader, self.phrases, self.provenance = reader, reader.phrases, provenance
        self._days: dict[Any, set[int]] = {}
        self._seen: set[Any] = set()

    def told(self, root: Frame) -> Explanation:
        """The root and everything below it."""
        for frame in frames_in(root):
            self._days.setdefault(_same(frame), set()).add(frame.day)
        return self._told(root, ())

    def _told(self, frame: Frame, alike: tuple[str, ...]) -> Explanation:
        self._seen.add(_same(frame))
        value, known = self._value(frame), frame.value is not UNKNOWN
        return Explanation(
            rule=frame.rule.name,
            sentence=self.phrases.sentence(frame.rule, frame.given, frame.day),
            law=version_on(frame.rule, frame.day).law,
            days=tuple(to_iso(day) for day in sorted(self._days[_same(frame)])),
            known=known,
            value=value,
            told=self.phrases.value(frame.rule.result, value, known=known),
            facts=tuple(self._facts(frame)),
            rates=tuple(self._rates(frame)),
            children=tuple(self._children(frame)),
            alike=alike,
        )

    def _children(self, frame: Frame) -> Iterator[Explanation]:
        """The rules below, each once; members for whom the same holds are gathered behind the first."""
        if not self._opens(frame):
            return
        groups: dict[Any, list[Frame]] = {}
        for inner in frame.inner:
            subjects = _subjects_of(inner)
            if _same(inner) not in self._seen and all(self.reader.shown(s) != "nothing" for s in subjects):
                others = any(s not in (self.phrases.reader, self.phrases.about) for s in subjects)
                groups.setdefault(_alike(inner) if others else _same(inner), []).append(inner)
        for first, *rest in groups.values():
            if _same(first) not in self._seen:
                yield self._told(first, tuple(self._called(first, rest)))
                self._seen |= {_same(each) for other in rest for each in frames_in(other)}

    def _called(self, first: Frame, rest: Sequence[Frame]) -> Iterator[str]:
        """Those of the others whom the first is not about, each once."""
        about = {*_subjects_of(first), self.phrases.reader}
        found = dict.fromkeys(s for other in rest for s in _subjects_of(other) if s not in about)
        yield from (self.phrases.called(subject) for subject in found)

    def _opens(self, frame: Frame) -> bool:
        """Whether what is below a rule is shown: it is asked of the reader, or of nobody who is kept back."""
        subjects = _subjects_of(frame)
        return self.phrases.reader in subjects or all(self.reader.sees(subject) for subject in subjects)

    def _facts(self, frame: Frame) -> Iterator[FactUsed]:
        for (attribute, subject, member, day), value in _once(frame):
            if not (self.reader.sees(subject) and self.reader.sees(member or subject)):
                continue
            known = value is not UNKNOWN
            start, held = segment_on(self.interpreter.world, attribute, subject, member, day)
            yield FactUsed(
                subject=subject,
                who=self._whose(subject, member),
                attribute=attribute,
                member=member,
                day=to_iso(day),
                known=known,
                value=value if known else None,
                told=self.phrases.fact_value(attribute, value, known=known),
                register=self.pack.vocabulary.attribute(attribute).register,
                since="" if start <= BEGIN else to_iso(start),
                reported=held is not ABSENT and known,
                provenance=self.provenance(subject, attribute, member, day),
            )

    def _whose(self, subject: int, member: int) -> str:
        who = self.phrases.who(subject)
        return f"{who}, {self.phrases.who(member)}" if member else who

    def _rates(self, frame: Frame) -> Iterator[RateUsed]:
        told: set[tuple[str, str]] = set()
        for (name, day), value in frame.rates.items():
            table, known = self.pack.rates[name], value is not UNKNOWN
            starts = [start for start, _ in table.steps(self.interpreter.known_at) if start <= day]
            since = "" if not starts or starts[-1] <= BEGIN else to_iso(starts[-1])
            if (name, since) not in told:
                told.add((name, since))
                yield RateUsed(
                    name=name,
                    day=to_iso(day),
                    known=known,
                    value=str(value)
                    if table.kind is Kind.FRACTION and known and value is not None
                    else value,
                    told=self.phrases.word("none")
                    if value is None
                    else self.phrases.value(
                        Type(kind=table.kind, optional=True, name=""), value, known=known
                    ),
                    since=since,
                    source=table.source,
                    provisional=_runs_on(table.provisional_from(self.interpreter.known_at), day),
                )

    def _value(self, frame: Frame) -> Any:
        """The value as storage and JSON have it; None where it is None or unknown."""
        value, kind = frame.value, frame.rule.result
        if value is UNKNOWN or value is None:
            return None
        if kind.kind is Kind.RECORD:
            fields = _fields_of(self.pack, kind.name)
            return {name: self._plain(fields[name], each) for name, each in value}
        return self._plain(kind, value)

    def _plain(self, kind: Type, value: Any) -> Any:
        if kind.kind is Kind.FRACTION:
            return None if value is None else str(value)
        if kind.kind in (Kind.SUBJECT, Kind.LINK):
            return None
        return decoded(self.pack, kind, value)


def _everything(_: int) -> Shown:
    return "all"


@lru_cache(maxsize=64)
def _fields_of(pack: Pack, record: str) -> Mapping[str, Type]:
    """The fields of a record, with their types, as some rule makes it."""
    bodies = (version.body for rule in every_rule(pack).values() for version in rule.versions)
    made = (node for body in bodies for node in below(body) if isinstance(node, MakeRecord))
    for node in made:
        if node.type.name == record:
            return {name: each.type for name, each in zip(node.names, node.fields, strict=True)}
    return {}


def _runs_on(start: int | None, day: int) -> bool:
    return start is not None and start <= day


def frames_in(frame: Frame) -> list[Frame]:
    """The frame and all below it, each once."""
    found: dict[int, Frame] = {}
    waiting = [frame]
    while waiting:
        each = waiting.pop()
        if id(each) not in found:
            found[id(each)] = each
            waiting += reversed(each.inner)
    return list(found.values())


def facts_in(frame: Frame) -> list[FactKey]:
    return list(dict.fromkeys(key for each in frames_in(frame) for key, _ in _once(each)))


def _same(frame: Frame) -> Any:
    """All of a rule's answer but the days: the same answer on two days is told once."""
    if frame.same is None:
        frame.same = _signed(frame)
    return frame.same


def _signed(frame: Frame) -> Any:
    facts = tuple((*key[:3], str(value)) for key, value in frame.facts.items())
    rates = tuple((name, str(value)) for (name, _), value in frame.rates.items())
    inner = tuple(_same(each) for each in frame.inner)
    return frame.rule.name, frame.given, str(frame.value), facts, rates, inner


def _alike(frame: Frame) -> Any:
    """What an answer comes to and by which rules and kinds of facts, whoever it is about."""
    if frame.alike is None:
        frame.alike = _shaped(frame)
    return frame.alike


def _shaped(frame: Frame) -> Any:
    attributes = tuple(dict.fromkeys(key[0] for key in frame.facts))
    inner = tuple(dict.fromkeys(_alike(each) for each in frame.inner))
    return frame.rule.name, str(frame.value), attributes, inner


def _once(frame: Frame) -> Iterator[tuple[FactKey, Any]]:
    """Each fact once for each value, and no finding that nobody made."""
    seen: set[tuple[object, ...]] = set()
    for key, value in frame.facts.items():
        fact = (*key[:3], str(value))
        if fact not in seen and not (key[0] == frame.rule.finding and value is None):
            seen.add(fact)
            yield key, value


def _subjects_of(frame: Frame) -> list[int]:
    return [
        number
        for parameter, given in zip(frame.rule.parameters, frame.given, strict=True)
        for number in subjects_in(parameter.type, given)
    ]
