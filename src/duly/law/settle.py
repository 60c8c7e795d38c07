"""The fewest facts that settle an unknown result are those that can change it: all of them, and no other.

Whoever knows these knows the result whatever they are; whoever lacks one of them does not. So there is one
smallest set, and the diagram of the result holds it. Which of them to ask first is a plan: of the registers
before the people, the fact that most often settles it; after each answer only what can still change it.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random
from typing import Final, cast

from duly.law.diagrams import (
    Diagram,
    Diagrams,
    Formula,
    Question,
    Split,
    formulas_in,
    questions_in,
    starts_of,
    worked_out,
)

__all__ = ["Step", "Way", "fewest", "plan"]

WEIGHED: Final = 16
"""Of more questions than that the first is asked first."""
MOST_STEPS: Final = 120
TRIES: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Runs of answers (first, last) that lead to one thing: a step, by its place in the plan, or a value.

    `step` is -1 where the value stands in `value` (a `Formula` where it follows from what was answered), and
    -2 where the plan was broken off for its size.
    """

    runs: tuple[tuple[int, int], ...]
    step: int
    value: Diagram


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One question and where its answers lead. `least` and `most` count the questions from here on."""

    question: Question
    ways: tuple[Way, ...]
    least: int
    most: int


def fewest(diagram: Diagram) -> tuple[list[Question], bool]:
    """The questions whose answers can change the value, and whether that is proved of each of them."""
    asked = questions_in(diagram)
    proved = not formulas_in(diagram) or all(_matters(diagram, question, asked) for question in asked)
    return asked, proved


def plan(diagrams: Diagrams, diagram: Diagram) -> list[Step]:
    """The steps, the first of them first; none where nothing is to be asked."""
    return _Planning(diagrams).steps(diagram)


class _Planning:
    def __init__(self, diagrams: Diagrams) -> None:
        self.diagrams = diagrams

    def steps(self, diagram: Diagram) -> list[Step]:
        """Steps in the order in which they are come to."""
        places: dict[Hashable, int] = {}
        states: list[tuple[Diagram, frozenset[Question]]] = []
        found: list[tuple[Question, list[tuple[tuple[int, int], Diagram, int]]]] = []

        def place(part: Diagram, asked: frozenset[Question]) -> int:
            """Where the step for a diagram stands; -1 where nothing is left to ask."""
            left = asked & frozenset(questions_in(part))
            if not set(questions_in(part)) - asked:
                return -1
            key: Hashable = (part if isinstance(part, Formula) else id(part), left)
            if key not in places:
                if len(states) == MOST_STEPS:
                    return -2
                places[key] = len(states)
                states.append((part, asked))
            return places[key]

        place(diagram, frozenset())
        while len(found) < len(states):
            part, asked = states[len(found)]
            question = self._first(part, asked)
            after = asked | {question}
            runs = self._runs(part, question)
            found.append((question, [(run, way, place(way, after)) for run, way in runs]))
        return _counted(found)

    def _first(self, part: Diagram, asked: frozenset[Question]) -> Question:
        """The question to ask: of a register before of people, the one that most often settles it."""
        open_ = [question for question in questions_in(part) if question not in asked]
        first = [question for question in open_ if question.last is open_[0].last]
        if len(first) == 1 or len(first) > WEIGHED:
            return first[0]
        return max(first, key=lambda question: (self._settles(part, question, asked), -question.order))

    def _settles(self, part: Diagram, question: Question, asked: frozenset[Question]) -> tuple[Fraction, int]:
        """The share of the answers after which nothing is left to ask, and how little the rest leave."""
        left = [len(set(questions_in(way)) - asked - {question}) for _, way in self._runs(part, question)]
        return Fraction(left.count(0), len(left)), -sum(left)

    def _runs(self, part: Diagram, question: Question) -> list[tuple[tuple[int, int], Diagram]]:
        starts = starts_of(part, question)
        lasts = [start - 1 for start in starts[1:]] + [question.size - 1]
        return [
            ((start, last), self.diagrams.answered(part, question, start))
            for start, last in zip(starts, lasts, strict=True)
        ]


def _counted(found: Sequence[tuple[Question, list[tuple[tuple[int, int], Diagram, int]]]]) -> list[Step]:
    """Steps with their runs joined by where they lead, and how many questions are still to come."""
    steps: dict[int, Step] = {}

    def step(at: int) -> Step:
        if at not in steps:
            question, runs = found[at]
            ways = _joined(runs)
            after = [step(way.step) for way in ways if way.step >= 0]
            ends = [0] if any(way.step < 0 for way in ways) else []
            least = min([each.least for each in after] + ends)
            most = max([each.most for each in after] + ends)
            steps[at] = Step(question=question, ways=ways, least=least + 1, most=most + 1)
        return steps[at]

    return [step(at) for at in range(len(found))]


def _joined(runs: Sequence[tuple[tuple[int, int], Diagram, int]]) -> tuple[Way, ...]:
    by: dict[Hashable, tuple[list[tuple[int, int]], Diagram, int]] = {}
    for run, way, at in runs:
        key: Hashable = at if at >= 0 else (at, id(way) if isinstance(way, Split) else way)
        kept = by.setdefault(key, ([], way, at))[0]
        if kept and kept[-1][1] == run[0] - 1:
            kept[-1] = (kept[-1][0], run[1])
        else:
            kept.append(run)
    return tuple(Way(runs=tuple(kept), step=at, value=way) for kept, way, at in by.values())


def _matters(diagram: Diagram, question: Question, asked: Sequence[Question]) -> bool:
    """Whether two answers to a question, all others alike, were found that lead to different values."""
    random = Random(0)  # noqa: S311 - the same tries each time
    likely = {each: _likely(diagram, each) for each in asked}
    for _ in range(TRIES):
        answers = {each: random.choice(likely[each]) for each in asked} | _way_down(diagram, likely, random)
        values = [_value(diagram, {**answers, question: answer}) for answer in likely[question]]
        if any(value != values[0] for value in values[1:]):
            return True
    return False


def _way_down(
    diagram: Diagram, likely: Mapping[Question, Sequence[int]], random: Random
) -> dict[Question, int]:
    """Answers that lead down one way, each way as likely as any other: a formula at its end is reached."""
    answers: dict[Question, int] = {}
    while isinstance(diagram, Split):
        at = random.randrange(len(diagram.ways))
        start, after = (*diagram.starts, diagram.question.size)[at : at + 2]
        within = [answer for answer in likely[diagram.question] if start <= answer < after]
        answers[diagram.question] = random.choice(within)
        diagram = diagram.ways[at]
    return answers


def _value(diagram: Diagram, answers: Mapping[Question, int]) -> object:
    value = worked_out(diagram, answers)
    return type(cast(object, value)), value


def _likely(diagram: Diagram, question: Question) -> list[int]:
    """Answers at which something may turn, and some between."""
    turns = {place for start in starts_of(diagram, question) for place in (start - 1, start)}
    spread = {question.size * step // 7 for step in range(7)} | {question.size - 1}
    around = {question.zero + sign * 10**power for power in range(18) for sign in (-1, 1)}
    return sorted(place for place in turns | spread | around if 0 <= place < question.size)
