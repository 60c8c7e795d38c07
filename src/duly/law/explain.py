"""The same evaluation, aloud: each rule's sentence, law and value, the facts it read, the rules it asked.

An explanation is for a reader. What is shown of each subject is the caller's to say: everything, only whether
a condition holds, or nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from duly.law import ir
from duly.law.blame import Against, Clash, Needed, against, clashes
from duly.law.conflicts import said
from duly.law.interpret import Interpreter, NeverNone, arguments, decoded, version_on
from duly.law.ir import Kind, Node, RuleIR, Type
from duly.law.missing import needed
from duly.law.periods import bounds
from duly.law.phrases import Phrases, subjects_in
from duly.law.situation import UNKNOWN
from duly.law.world import History, World
from duly.timeline.calendar import from_iso, month_first, to_iso

if TYPE_CHECKING:
    from duly.law.given import Given
    from duly.law.pack import Pack

__all__ = ["Explanation", "FactUsed", "Shown", "explain", "explain_given"]

Shown = Literal["all", "holds", "nothing"]
Provenance = Callable[[int, str, int, int], Any]
"""(subject, attribute, member, day) -> where the fact came from; whatever the caller wants beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactUsed:
    """A fact that a rule read, first on `day`. `value` is canonical, `told` the same in words."""

    subject: int
    who: str
    attribute: str
    member: int
    day: str
    known: bool
    value: Any
    told: str
    provenance: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One rule's answer. The root also says which facts are `needed`, and what would have to `differ`."""

    rule: str
    sentence: str
    law: str
    days: tuple[str, ...]
    known: bool
    value: Any
    told: str
    facts: tuple[FactUsed, ...]
    children: tuple[Explanation, ...]
    needed: tuple[str, ...] = ()
    differ: tuple[str, ...] = ()
    heads: tuple[str, str] = ("", "")

    def text(self) -> str:
        """The tree in plain words, an indented line for each rule and fact."""
        lines = list(_lines(self, 0))
        for head, found in zip(self.heads, (self.needed, self.differ), strict=True):
            lines += [head, *(f"  {each}" for each in found)] if found else []
        return "\n".join(lines)


@dataclass(slots=True)
class _Frame:
    """A rule that is being evaluated."""

    rule: RuleIR
    given: tuple[Any, ...]
    day: int
    facts: dict[tuple[str, int, int, int], Any] = field(default_factory=dict[tuple[str, int, int, int], Any])
    inner: list[_Frame] = field(default_factory=list["_Frame"])
    value: Any = None


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
) -> Explanation:
    """Why a programme gives what it gives on a day, to the holder.

    `names` calls subjects by name (else "the child", "another person"); `shows` says how much of each subject
    the reader may see (else everything); `provenance` is asked for each fact that is shown.
    """
    found = pack.programme(programme)
    day = month_first(day) if found.every == "month" else day
    tracer = _Tracer(pack, World(pack, history), known_at)
    given = arguments(pack, found, holder, about)
    root = tracer.trace(found.rule, given, day)
    phrases = Phrases(pack=pack, language=language, reader=holder, about=about, names=names)
    told = _Telling(pack, phrases, shows or _everything, provenance or _nothing, found.fields).told(root)
    quiet = tracer.quiet
    stood = against(quiet, found, holder, about, day) if root.value is None else ()
    unknown = root.value is UNKNOWN
    lacking = needed(quiet, found, holder, about, day) if unknown else ()
    torn = clashes(quiet, found, holder, about, day) if unknown else ()
    others = [s for s in stood if s.rule != found.rule.name]
    return _with_outlook(told, phrases, (*torn, *lacking), others, shows or _everything)


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


class _Tracer(Interpreter):
    """An interpreter that keeps what each rule read and asked. A false `and` is asked to its end."""

    def __init__(self, pack: Pack, world: World, known_at: int | None) -> None:
        super().__init__(pack, world, known_at)
        self.quiet = Interpreter(pack, world, known_at)
        self._open: list[_Frame] = []

    def trace(self, rule: RuleIR, given: Sequence[Any], day: int) -> _Frame:
        """The rule's frame, evaluated."""
        frame = _Frame(rule, tuple(given), day)
        names = {p.name: argument for p, argument in zip(rule.parameters, given, strict=True)}
        self._open.append(frame)
        try:
            frame.value = self.value(version_on(rule, day).body, names, day)
        finally:
            self._open.pop()
        return frame

    def rule(self, rule: RuleIR, arguments: Sequence[Any], day: int) -> Any:
        frame = self.trace(rule, arguments, day)
        self._open[-1].inner.append(frame)
        return frame.value

    def read(self, node: ir.Read, subject: int, member: int, day: int) -> Any:
        self._open[-1].facts[node.attribute, subject, member, day] = self.world.fact(
            node.attribute, subject, member, day
        )
        return super().read(node, subject, member, day)

    def junction(self, parts: Sequence[Node], ends: bool, names: Any, day: int) -> Any:
        settled = super().junction(parts, ends, names, day)
        if settled is False and ends is False:
            self._rest(parts, names, day)
        return settled

    def over_days(self, node: ir.Select, names: Any, day: int) -> Any:
        if node.op in ("first", "last"):
            return super().over_days(node, names, day)
        first, after = bounds(node.period, node.count, day)
        values = {on: self.quiet.value(node.body, names, on) for on in range(first, after)}
        wanted = {"any": True, "all": False}.get(node.op)
        deciding = [on for on, found in values.items() if found is UNKNOWN or found == wanted]
        self.value(node.body, names, deciding[0] if deciding else after - 1)
        return self.quiet.over_days(node, names, day)

    def _rest(self, parts: Sequence[Node], names: Any, day: int) -> None:
        values = [self._quietly(part, names, day) for part in parts]
        for part in parts[values.index(False) + 1 :]:
            if self._quietly(part, names, day) is not None:
                self.value(part, names, day)

    def _quietly(self, part: Node, names: Any, day: int) -> Any:
        try:
            return self.quiet.value(part, names, day)
        except NeverNone:  # what comes before would have kept None away from here
            return None


class _Telling:
    """Frames as explanations, with no more of each subject than may be shown."""

    def __init__(
        self,
        pack: Pack,
        phrases: Phrases,
        shows: Callable[[int], Shown],
        provenance: Provenance,
        fields: tuple[tuple[str, Type], ...],
    ) -> None:
        self.pack, self.phrases, self.shows, self.provenance = pack, phrases, shows, provenance
        self.fields = fields

    def told(self, frame: _Frame) -> Explanation:
        value, known = self._value(frame), frame.value is not UNKNOWN
        return Explanation(
            rule=frame.rule.name,
            sentence=self.phrases.sentence(frame.rule, frame.given, frame.day),
            law=version_on(frame.rule, frame.day).law,
            days=(to_iso(frame.day),),
            known=known,
            value=value,
            told=self.phrases.value(frame.rule.result, value, known=known),
            facts=tuple(self._facts(frame)),
            children=self._children(frame),
        )

    def _children(self, frame: _Frame) -> tuple[Explanation, ...]:
        joined: dict[tuple[Any, ...], Explanation] = {}
        for inner in frame.inner if self._opens(frame) else ():
            if all(self._shown(subject) != "nothing" for subject in _subjects_of(inner)):
                told = self.told(inner)
                key = _undated(told)
                joined[key] = _on_both(joined[key], told) if key in joined else told
        return tuple(joined.values())

    def _opens(self, frame: _Frame) -> bool:
        """Whether what is below a rule is shown: it is asked of the reader, or of nobody who is kept back."""
        subjects = _subjects_of(frame)
        return self.phrases.reader in subjects or all(self._shown(subject) == "all" for subject in subjects)

    def _shown(self, subject: int) -> Shown:
        return "all" if subject == self.phrases.reader else self.shows(subject)

    def _facts(self, frame: _Frame) -> list[FactUsed]:
        return [
            FactUsed(
                subject=subject,
                who=self.phrases.who(subject),
                attribute=attribute,
                member=member,
                day=to_iso(day),
                known=value is not UNKNOWN,
                value=None if value is UNKNOWN else value,
                told=self.phrases.fact_value(attribute, value, known=value is not UNKNOWN),
                provenance=self.provenance(subject, attribute, member, day),
            )
            for (attribute, subject, member, day), value in _once(frame)
            if self._shown(subject) == "all" and self._shown(member or subject) == "all"
        ]

    def _value(self, frame: _Frame) -> Any:
        if frame.value is UNKNOWN or frame.value is None:
            return None
        if frame.rule.result.kind is Kind.RECORD:
            made = dict(frame.value)
            return {name: decoded(self.pack, kind, made[name]) for name, kind in self.fields}
        return decoded(self.pack, frame.rule.result, frame.value)


def _undated(told: Explanation) -> tuple[Any, ...]:
    """All of an answer but the days: the same answer on two days is told once."""
    facts = tuple((f.subject, f.attribute, f.member, f.told) for f in told.facts)
    return told.rule, told.sentence, told.told, facts, tuple(_undated(child) for child in told.children)


def _once(frame: _Frame) -> Iterator[tuple[tuple[str, int, int, int], Any]]:
    """Each fact once for each value, and no finding that nobody made."""
    seen: set[tuple[object, ...]] = set()
    for key, value in frame.facts.items():
        fact = (*key[:3], str(value))
        if fact not in seen and not (key[0] == frame.rule.finding and value is None):
            seen.add(fact)
            yield key, value


def _on_both(one: Explanation, other: Explanation) -> Explanation:
    """The same answer on the days of both."""
    children = (_on_both(a, b) for a, b in zip(one.children, other.children, strict=True))
    return replace(one, days=tuple(sorted({*one.days, *other.days})), children=tuple(children))


def _subjects_of(frame: _Frame) -> list[int]:
    return [
        number
        for parameter, given in zip(frame.rule.parameters, frame.given, strict=True)
        for number in subjects_in(parameter.type, given)
    ]


def _with_outlook(
    told: Explanation,
    phrases: Phrases,
    lacking: Sequence[Needed | Clash],
    stood: Sequence[Against],
    shown: Callable[[int], Shown],
) -> Explanation:
    """The root, with what is needed and what would have to differ, as far as the reader may see it."""
    wanting = [n for n in lacking if _may_be_told(phrases, n, shown)]
    rules = [
        s for s in stood if all(i == phrases.reader or shown(i) != "nothing" for i in _asked(phrases, s))
    ]
    return replace(
        told,
        needed=tuple(dict.fromkeys(_lacking(phrases, n) for n in wanting)),
        differ=tuple(dict.fromkeys(phrases.stood(s.rule, s.arguments, s.day) for s in rules)),
        heads=(phrases.word("needed"), phrases.word("differ")),
    )


def _may_be_told(phrases: Phrases, lacking: Needed | Clash, shown: Callable[[int], Shown]) -> bool:
    subjects = _asked(phrases, lacking) if isinstance(lacking, Clash) else _ends(lacking)
    return all(subject == phrases.reader or shown(subject) == "all" for subject in subjects)


def _lacking(phrases: Phrases, lacking: Needed | Clash) -> str:
    """A fact that would settle it, or a conflict that the law would have to settle."""
    if isinstance(lacking, Clash):
        return said(phrases, lacking)
    return phrases.fact(lacking.subject, lacking.attribute, lacking.register, lacking.member)


def _ends(needed: Needed) -> list[int]:
    return [needed.subject, needed.member] if needed.member else [needed.subject]


def _asked(phrases: Phrases, stood: Against | Clash) -> list[int]:
    name = stood.rules[0] if isinstance(stood, Clash) else stood.rule
    parameters = phrases.pack.rules[name].parameters
    pairs = zip(parameters, stood.arguments, strict=True)
    return [number for parameter, given in pairs for number in subjects_in(parameter.type, given)]


def _lines(told: Explanation, depth: int) -> Iterator[str]:
    days = f"{told.days[0]}" if len(told.days) == 1 else f"{told.days[0]} .. {told.days[-1]}"
    yield f"{'  ' * depth}{told.sentence} {told.told} ({told.law}; {days})"
    for fact in told.facts:
        name = fact.attribute.partition(".")[2]
        yield f"{'  ' * (depth + 1)}- {fact.who}: {name} = {fact.told} ({fact.day})"
    for child in told.children:
        yield from _lines(child, depth + 1)
