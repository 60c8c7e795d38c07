"""Why a programme gives what it gives: what was decisive, each part with its law, its value and its source.

An explanation is for a reader. What is shown of each subject is the caller's to say: everything, only whether
a condition holds, or nothing. What rests on somebody who is kept back is told without leaving anything out,
so that an omission tells nothing either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from duly.errors import OurFault
from duly.law.blame import Against, Clash, Needed, against, clashes, met
from duly.law.conflicts import said
from duly.law.decisive import Because, FactKey, Frame
from duly.law.interpret import Interpreter, arguments, decoded, version_on
from duly.law.ir import Kind, MakeRecord, Type
from duly.law.missing import needed
from duly.law.outlook import Change, Instead, instead, next_change
from duly.law.page import page
from duly.law.phrases import Phrases, subjects_in
from duly.law.plan import every_rule
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.walk import below
from duly.law.world import History, World, segment_on
from duly.timeline.calendar import BEGIN, from_iso, month_first, to_iso

if TYPE_CHECKING:
    from duly.law.given import Given
    from duly.law.pack import Pack

__all__ = ["Explanation", "FactUsed", "RateUsed", "Shown", "Subject", "explain", "explain_given"]

Shown = Literal["all", "holds", "nothing"]
Provenance = Callable[[int, str, int, int], Any]
"""(subject, attribute, member, day) -> where the fact came from; whatever the caller wants beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactUsed:
    """A fact that was decisive, first looked at on `day`. `value` is canonical, `told` the same in words.

    `since`: from which day the fact holds ("" since ever). `reported` says that a register told it; else it
    is what the vocabulary says that the register's silence means.
    """

    subject: int
    who: str
    attribute: str
    member: int
    day: str
    known: bool
    value: Any
    told: str
    register: str
    since: str
    reported: bool
    provenance: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class RateUsed:
    """A rate that was decisive: in force since a day ("" since ever), and where it stands.

    `provisional`: beyond the days for which the source gives it, the last amount runs on.
    """

    name: str
    day: str
    known: bool
    value: Any
    told: str
    since: str
    source: str
    provisional: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What the root was asked: the pack and its content, the programme, of whom, when, in which language."""

    pack: str
    law: str
    programme: str
    holder: str
    about: str
    day: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One rule's answer, and what decided it. `alike` are the others for whom the same holds.

    The root also says what it was `asked`, which facts are `needed`, what would have to `differ` (sentences
    of rules, and in `instead` single facts with what they would lead to), and when it `changes` by itself.
    """

    rule: str
    sentence: str
    law: str
    days: tuple[str, ...]
    known: bool
    value: Any
    told: str
    facts: tuple[FactUsed, ...]
    rates: tuple[RateUsed, ...]
    children: tuple[Explanation, ...]
    alike: tuple[str, ...]
    needed: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    instead: tuple[Instead, ...] = ()
    changes: Change | None = None
    asked: Subject | None = None
    phrases: Phrases | None = field(default=None, compare=False, repr=False)

    def text(self) -> str:
        """All of it in words, at most a page."""
        return "\n".join(page(self, self.root()[1]))

    def root(self) -> tuple[Subject, Phrases]:
        """What the root was asked, and how it speaks; a part of it was not asked by anybody."""
        if self.asked is None or self.phrases is None:
            raise OurFault("This is a part of an explanation", detail="Only the whole is told.")
        return self.asked, self.phrases

    def document(self) -> Mapping[str, Any]:
        """The stable form, version 1 (docs/reference/explanation.schema.json)."""
        from duly.law.document import document

        return document(self)


def explain(
    pack: Pack,
    programme: str,
    history: History,
    holder: int,
    about: int,
    day: int,
    language: str,
    *,
    names: Callable[[int], str] | None = None,
    shows: Callable[[int], Shown] | None = None,
    provenance: Provenance | None = None,
    known_at: int | None = None,
    ahead: bool = True,
) -> Explanation:
    """Why a programme gives what it gives on a day, to the holder.

    `names` calls subjects by name (else "the child", "another person"); `shows` says how much of each subject
    the reader may see (else everything); `provenance` is asked for each fact that is shown. With `ahead` it
    also says what other facts would lead to, and when the result changes by itself: that takes longer.
    """
    found = pack.programme(programme)
    day = month_first(day) if found.every == "month" else day
    quiet = Interpreter(pack, World(pack, history), known_at)
    phrases = Phrases(pack=pack, language=language, reader=holder, about=about, names=names)
    reader = _Reader(phrases, shows)
    because = Because(quiet, reader.hides if shows is not None else None)
    given = arguments(pack, found, holder, about)
    root = because.frame(found.rule, given, day)
    told = _Telling(quiet, reader, provenance or _nothing).told(root)
    kept_back = because.hidden(version_on(found.rule, day).body, _named(root), day)
    stood = against(quiet, found, holder, about, day) if root.value is None else ()
    unknown = root.value is UNKNOWN
    which = met if kept_back else needed
    lacking = which(quiet, found, holder, about, day) if unknown else ()
    torn = clashes(quiet, found, holder, about, day) if unknown else ()
    told = _with_outlook(told, reader, (*torn, *lacking), [s for s in stood if s.rule != found.rule.name])
    about_root = Subject(
        pack=pack.name,
        law=pack.hash,
        programme=programme,
        holder=phrases.called(holder),
        about=phrases.called(about),
        day=to_iso(day),
        language=language,
    )
    told = replace(told, asked=about_root, phrases=phrases)
    if not ahead or kept_back:
        return told
    shown = [key for key in _facts_in(root) if reader.sees(key[1]) and reader.sees(key[2] or key[1])]
    return replace(
        told,
        instead=instead(quiet, found, (holder, about), day, shown, root.value, phrases),
        changes=next_change(quiet, found, (holder, about), day, root.value, phrases, reader.hides),
    )


def explain_given(
    pack: Pack, given: Given, programme: str, holder: str, about: str, on: str, language: str
) -> Explanation:
    """The same for facts from a file, with its names; about "" is the holder, where that can be."""
    names = given.names
    given.must_ask(pack, programme, holder, about, language)
    return explain(
        pack,
        programme,
        given.history,
        given.number(holder),
        given.number(about or holder),
        from_iso(on),
        language,
        names=lambda subject: names.get(subject, str(subject)),
    )


def _everything(_: int) -> Shown:
    return "all"


def _nothing(*_: object) -> None:
    return None


class _Reader:
    """Whom an explanation is for, and how much of everybody they may see."""

    def __init__(self, phrases: Phrases, shows: Callable[[int], Shown] | None) -> None:
        self.phrases, self._shows = phrases, shows or _everything

    def shown(self, subject: int) -> Shown:
        return "all" if subject == self.phrases.reader else self._shows(subject)

    def sees(self, subject: int) -> bool:
        return self.shown(subject) == "all"

    def hides(self, subject: int) -> bool:
        return not self.sees(subject)


class _Telling:
    """Frames as explanations, no more of each subject than may be shown; what is the same is told once."""

    def __init__(self, interpreter: Interpreter, reader: _Reader, provenance: Provenance) -> None:
        self.interpreter, self.pack = interpreter, interpreter.pack
        self.reader, self.phrases, self.provenance = reader, reader.phrases, provenance
        self._days: dict[Any, set[int]] = {}
        self._seen: set[Any] = set()

    def told(self, root: Frame) -> Explanation:
        """The root and everything below it."""
        for frame in _frames_in(root):
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
                self._seen |= {_same(each) for other in rest for each in _frames_in(other)}

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


def _named(frame: Frame) -> Mapping[str, Any]:
    return {p.name: given for p, given in zip(frame.rule.parameters, frame.given, strict=True)}


def _frames_in(frame: Frame) -> list[Frame]:
    """The frame and all below it, each once."""
    found: dict[int, Frame] = {}
    waiting = [frame]
    while waiting:
        each = waiting.pop()
        if id(each) not in found:
            found[id(each)] = each
            waiting += reversed(each.inner)
    return list(found.values())


def _facts_in(frame: Frame) -> list[FactKey]:
    return list(dict.fromkeys(key for each in _frames_in(frame) for key, _ in _once(each)))


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


def _with_outlook(
    told: Explanation, reader: _Reader, lacking: Sequence[Needed | Clash], stood: Sequence[Against]
) -> Explanation:
    """The root, with what is needed and what would have to differ, as far as the reader may see it."""
    phrases = reader.phrases
    wanting = [each for each in lacking if all(reader.sees(s) for s in _asked(phrases, each))]
    rules = [each for each in stood if all(reader.shown(s) != "nothing" for s in _asked(phrases, each))]
    return replace(
        told,
        needed=tuple(dict.fromkeys(_lacking(phrases, each) for each in wanting)),
        differ=tuple(dict.fromkeys(phrases.stood(s.rule, s.arguments, s.day) for s in rules)),
    )


def _lacking(phrases: Phrases, lacking: Needed | Clash) -> str:
    """A fact that would settle it, or a conflict that the law would have to settle."""
    if isinstance(lacking, Clash):
        return said(phrases, lacking)
    return phrases.fact(lacking.subject, lacking.attribute, lacking.register, lacking.member)


def _asked(phrases: Phrases, about: Against | Clash | Needed) -> list[int]:
    """The subjects that a condition or a fact is about."""
    if isinstance(about, Needed):
        return [about.subject, about.member] if about.member else [about.subject]
    name = about.rules[0] if isinstance(about, Clash) else about.rule
    pairs = zip(phrases.pack.rules[name].parameters, about.arguments, strict=True)
    return [number for parameter, given in pairs for number in subjects_in(parameter.type, given)]
