"""Which facts would settle what is not known, who holds each, and what each answer leads to.

Only facts that can change the outcome are named. Registers are asked first, people last, nobody twice. Where
that cannot be worked out within bounds, the facts that the evaluation met are named, and it is said that
fewer might be enough.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from duly.law.blame import Needed, clashes, met
from duly.law.conflicts import said
from duly.law.diagrams import Diagram, Formula, Question, TooManyError
from duly.law.interpret import Interpreter, arguments, decoded
from duly.law.phrases import Phrases
from duly.law.possible import Possible
from duly.law.questions import Answers, Asked, register_of, told_by_people
from duly.law.settle import Step, Way, fewest, plan
from duly.law.situation import UNKNOWN
from duly.law.telling import Run, answer_in_words
from duly.law.world import World
from duly.timeline.calendar import from_iso, month_first, to_iso

if TYPE_CHECKING:
    from duly.law.given import Given
    from duly.law.pack import Pack, Programme

__all__ = ["Answer", "MissingFact", "MissingFacts", "Outcome", "missing", "missing_given", "needed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFact:
    """A fact that is unknown and can change the outcome; `attribute` may be a relation.

    `first` and `last` are the days that the law looks at; `asked` is "register", or "person" where people
    themselves are the source. `told` says it in words.
    """

    subject: int
    who: str
    attribute: str
    member: int
    register: str
    register_name: str
    asked: str
    first: str
    last: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`due`: yes, no, unknown (of people who are not known yet), or follows (from the exact answers)."""

    due: str
    value: Any
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Some answers to a question, and what they lead to: an outcome, or the next step (0: ask again then)."""

    told: str
    runs: tuple[Run, ...]
    outcome: Outcome | None
    step: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """One step: which fact is asked (its place in `facts`, from 1) and where each answer leads."""

    fact: int
    answers: tuple[Answer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingFacts:
    """What would settle an entitlement on a day. Steps and facts count from 1; the first step is the first.

    `outcome` stands where nothing is to be asked. `least` and `most` say how many of the facts have to be
    asked, as the answers fall. `fewest` says that no smaller set of facts settles it whatever the answers.
    """

    version: int
    programme: str
    holder: str
    about: str
    day: str
    known: bool
    outcome: Outcome | None
    facts: tuple[MissingFact, ...]
    fewest: bool
    least: int
    most: int
    steps: tuple[Asking, ...]
    lines: tuple[str, ...]

    def text(self) -> str:
        """The same in words."""
        return "\n".join(self.lines)


def needed(
    interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int
) -> tuple[Needed, ...]:
    """The facts that would settle an unknown result, in the order in which to ask for them."""
    found = _Settling(interpreter, programme, holder, about, day)
    return tuple(found.needed(question) for question in found.asked) if found.worked else found.met()


def missing(
    pack: Pack,
    programme: str,
    world: World,
    holder: int,
    about: int,
    day: int,
    language: str,
    *,
    names: Callable[[int], str] | None = None,
    known_at: int | None = None,
) -> MissingFacts:
    """What would settle a programme's result on a day."""
    found = pack.programme(programme)
    day = month_first(day) if found.every == "month" else day
    phrases = Phrases(pack=pack, language=language, reader=holder, about=about, names=names)
    interpreter = Interpreter(pack, world, known_at)
    told = _Telling(_Settling(interpreter, found, holder, about, day), phrases).told()
    if told.outcome is None or told.known:
        return told
    torn = (said(phrases, clash) for clash in clashes(interpreter, found, holder, about, day))
    return replace(told, lines=(*told.lines, *dict.fromkeys(torn)))


def missing_given(
    pack: Pack, given: Given, programme: str, holder: str, about: str, on: str, language: str
) -> MissingFacts:
    """The same for facts from a file, with its names; about "" is the holder, where that can be."""
    names = given.names
    given.must_ask(pack, programme, holder, about, language)
    return missing(
        pack,
        programme,
        World(pack, given.history),
        given.number(holder),
        given.number(about or holder),
        from_iso(on),
        language,
        names=lambda subject: names.get(subject, str(subject)),
    )


class _Settling:
    """A result for every answer, or, where that is too much, the facts that the evaluation met."""

    def __init__(
        self, interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int
    ) -> None:
        self.interpreter, self.programme = interpreter, programme
        self.holder, self.about, self.day = holder, about, day
        self.pack = interpreter.pack
        self.possible = Possible(self.pack, interpreter.world, interpreter.known_at)
        self.worked, self.proved = True, True
        self.asked: list[Question] = []
        self.steps: list[Step] = []
        self.diagram: Diagram = UNKNOWN
        try:
            self.diagram = self.possible.programme(programme, holder, about, day)
            self.steps = plan(self.possible.diagrams, self.diagram)
            asked, self.proved = fewest(self.diagram)
            places = {step.question: -at for at, step in enumerate(self.steps)}
            self.asked = sorted(asked, key=lambda q: (q.last, -places.get(q, -len(places)), q.order))
        except (TooManyError, RecursionError):
            self.worked, self.proved = False, False

    def value(self) -> Any:
        """What the interpreter says."""
        given = arguments(self.pack, self.programme, self.holder, self.about)
        return self.interpreter.rule(self.programme.rule, given, self.day)

    def met(self) -> tuple[Needed, ...]:
        """The facts that the evaluation met, registers' first."""
        found = met(self.interpreter, self.programme, self.holder, self.about, self.day)
        return tuple(sorted(found, key=lambda each: told_by_people(self.pack, each.register)))

    def needed(self, question: Question) -> Needed:
        """A question as the fact that it asks for."""
        about: Asked = question.about
        register = register_of(self.pack, about.attribute)
        return Needed(
            subject=about.subject, attribute=about.attribute, member=about.member, register=register
        )


class _Telling:
    def __init__(self, settling: _Settling, phrases: Phrases) -> None:
        self.settling, self.phrases, self.pack = settling, phrases, settling.pack
        self.facts: list[tuple[Needed, list[int]]] = (
            [(settling.needed(q), sorted(settling.possible.looked[q])) for q in settling.asked]
            if settling.worked
            else [(each, [settling.day]) for each in settling.met()]
        )

    def told(self) -> MissingFacts:
        value = self.settling.value()
        known = value is not UNKNOWN
        diagram = value if known else self.settling.diagram
        facts = () if known else tuple(self._fact(*fact) for fact in self.facts)
        steps = () if known else tuple(self._step(step) for step in self.settling.steps)
        first = self.settling.steps[0] if steps else None
        outcome = None if facts else self._outcome(diagram)
        found = MissingFacts(
            version=1,
            programme=self.settling.programme.name,
            holder=self.phrases.called(self.settling.holder),
            about=self.phrases.called(self.settling.about),
            day=to_iso(self.settling.day),
            known=known,
            outcome=outcome,
            facts=facts,
            fewest=self.settling.proved,
            least=first.least if first else len(facts),
            most=min(first.most, len(facts)) if first else len(facts),
            steps=steps,
            lines=(),
        )
        return _with_lines(found, self.phrases)

    def _fact(self, needed: Needed, days: list[int]) -> MissingFact:
        return MissingFact(
            subject=needed.subject,
            who=self.phrases.who(needed.subject),
            attribute=needed.attribute,
            member=needed.member,
            register=needed.register,
            register_name=self.phrases.register(needed.register),
            asked="person" if told_by_people(self.pack, needed.register) else "register",
            first=to_iso(days[0]),
            last=to_iso(days[-1]),
            told=self.phrases.fact(needed.subject, needed.attribute, needed.register, needed.member),
        )

    def _step(self, step: Step) -> Asking:
        answers = self.settling.possible.answers[step.question]
        return Asking(
            fact=self.settling.asked.index(step.question) + 1,
            answers=tuple(self._answer(step.question, answers, way) for way in step.ways),
        )

    def _answer(self, question: Question, answers: Answers, way: Way) -> Answer:
        whole = len(way.runs) == 1 and way.runs[0] == (0, question.size - 1)
        told, runs = self._said(question.about, answers, way)
        return Answer(
            told=self.phrases.word("any_answer") if whole else told,
            runs=runs,
            outcome=self._outcome(way.value) if way.step == -1 else None,
            step=None if way.step == -1 else max(way.step + 1, 0),
        )

    def _said(self, asked: Asked, answers: Answers, way: Way) -> tuple[str, tuple[Run, ...]]:
        if not asked.relation:
            return answer_in_words(self.phrases, answers, way.runs)
        known = bool(self.settling.interpreter.world.links(asked.attribute, asked.subject))
        words = ("nobody_more", "somebody_more") if known else ("nobody", "somebody")
        places = [at for first, last in way.runs for at in range(first, last + 1)]
        runs = tuple(Run(kind="range", first=bool(at), last=bool(at)) for at in places)
        return f" {self.phrases.word('or')} ".join(self.phrases.word(words[at]) for at in places), runs

    def _outcome(self, value: Diagram) -> Outcome:
        word = self.phrases.word
        if isinstance(value, Formula):
            return Outcome(due="follows", value=None, told=word("due_follows" if value.made else "follows"))
        if value is UNKNOWN:
            return Outcome(due="unknown", value=None, told=word("unknown"))
        if value is None:
            return Outcome(due="no", value=None, told=word("nothing"))
        record = {
            name: decoded(self.pack, kind, dict(value)[name]) for name, kind in self.settling.programme.fields
        }
        told = self.phrases.value(self.settling.programme.rule.result, record, known=True)
        return Outcome(due="yes", value=record, told=told)


MOST_LINES: Final = 40


def _with_lines(found: MissingFacts, phrases: Phrases) -> MissingFacts:
    return replace(found, lines=tuple(_lines(found, phrases)))


def _lines(found: MissingFacts, phrases: Phrases) -> Iterator[str]:
    word = phrases.word
    if found.outcome is not None:
        way = "settled" if found.known else "unsettled" if found.outcome.due == "unknown" else "agreed"
        yield word(way).format(value=found.outcome.told)
        return
    head = word("missing_one" if len(found.facts) == 1 else "missing")
    yield head.format(count=len(found.facts), least=found.least, most=found.most)
    for at, fact in enumerate(found.facts, start=1):
        days = (
            word("days").format(first=fact.first, last=fact.last) if fact.first != fact.last else fact.first
        )
        yield f"  {at}. {fact.told}, {days}"
    if not found.fewest:
        yield word("not_fewest")
    if found.steps:
        yield word("plan")
        yield from _steps(found, phrases)


def _steps(found: MissingFacts, phrases: Phrases) -> Iterator[str]:
    word, said = phrases.word, 0
    for at, step in enumerate(found.steps, start=1):
        if said + len(step.answers) + 1 > MOST_LINES:
            yield "  " + word("more_steps").format(count=len(found.steps) - at + 1)
            return
        said += len(step.answers) + 1
        yield f"  [{at}] {found.facts[step.fact - 1].told}"
        for answer in step.answers:
            yield f"      {_shortened(answer.told)}: {_leads(answer, phrases)}"


def _leads(answer: Answer, phrases: Phrases) -> str:
    if answer.outcome is not None:
        return answer.outcome.told
    return (
        phrases.word("go_to").format(step=f"[{answer.step}]") if answer.step else phrases.word("broken_off")
    )


def _shortened(told: str) -> str:
    return told if len(told) <= 80 else f"{told[:79]}…"
