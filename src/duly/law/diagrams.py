"""A value that depends on open questions is a decision diagram, and every function has one form.

A question has answers 0 .. size - 1. A diagram is a plain value (it depends on nothing) or a `Split`: a
question and the runs of answers that lead to different diagrams. Questions come in one order on every way
down, neighbours that are the same are one, so a diagram holds a question exactly if its answer can change the
value. A `Formula` is a value that follows from answers too many to tell apart; it can be worked out for given
answers.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

__all__ = [
    "Diagram",
    "Diagrams",
    "Formula",
    "Question",
    "Split",
    "TooManyError",
    "formulas_in",
    "questions_in",
    "starts_of",
    "worked_out",
]

Diagram = Any
"""A plain value, a `Formula` or a `Split`."""
MOST: Final = 30_000
"""How many splits one analysis may make before it gives up."""


class TooManyError(Exception):
    """The diagrams became too large: an answer would take too long. No user meets it."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Question:
    """One thing that is not known. `order` is its place on every way down, `size` how many answers it has.

    `zero` is the answer about which numbers turn; `last` says that others are asked first.
    """

    order: int
    size: int
    zero: int
    last: bool
    about: Any


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """`ways[i]` is what answers from `starts[i]` on (until the next start) lead to; `starts[0]` is 0."""

    question: Question
    starts: tuple[int, ...]
    ways: tuple[Diagram, ...]

    def way(self, answer: int) -> Diagram:
        """What one answer leads to."""
        return self.ways[bisect_right(self.starts, answer) - 1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Formula:
    """A value that `work` works out from the answers to `questions`. `Diagrams.formula` makes each once.

    `rising` is 1 or -1 where it never falls or never rises with the answer to its only question, else 0.
    `made` says that it is a grant, and only what is in it follows from the answers.
    """

    questions: tuple[Question, ...]
    work: Callable[[Mapping[Question, int]], Any]
    rising: int
    made: bool


class Diagrams:
    """Makes diagrams, each only once."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._made: dict[Hashable, Split] = {}
        self._branched: dict[Hashable, Diagram] = {}
        self._formulas: dict[Hashable, Formula] = {}

    def combine(self, parts: Sequence[Diagram], work: Callable[..., Diagram]) -> Diagram:
        """`work` of the parts' values, for every answer. It may itself give a diagram."""
        done: dict[Hashable, Diagram] = {}

        def way(parts: tuple[Diagram, ...]) -> Diagram:
            key = tuple(_key(part) for part in parts)
            if key not in done:
                question = _first(parts)
                if question is None:
                    done[key] = work(*parts)
                else:
                    starts = _starts(question, parts)
                    ways = [way(tuple(_at(part, question, start) for part in parts)) for start in starts]
                    done[key] = self.split(question, starts, ways)
            return done[key]

        return way(tuple(parts))

    def formula(
        self,
        key: Hashable,
        questions: Sequence[Question],
        work: Callable[[Mapping[Question, int]], Any],
        *,
        rising: int,
        made: bool,
    ) -> Formula:
        """The formula of this key, which says all that goes into it."""
        if key not in self._formulas:
            self._formulas[key] = Formula(questions=tuple(questions), work=work, rising=rising, made=made)
        return self._formulas[key]

    def split(self, question: Question, starts: Sequence[int], ways: Sequence[Diagram]) -> Diagram:
        """The diagram that asks `question` and goes on with `ways`, whatever these ask, in the one order."""
        key = (question, tuple(starts), tuple(_key(way) for way in ways))
        if key not in self._branched:
            self._branched[key] = self._split(question, starts, ways)
        return self._branched[key]

    def answered(self, diagram: Diagram, question: Question, answer: int) -> Diagram:
        """The diagram, once a question is answered."""
        done: dict[Split, Diagram] = {}

        def way(part: Diagram) -> Diagram:
            if not isinstance(part, Split) or part.question.order > question.order:
                return part
            if part not in done:
                done[part] = (
                    part.way(answer)
                    if part.question is question
                    else self.split(part.question, part.starts, [way(each) for each in part.ways])
                )
            return done[part]

        return way(diagram)

    def _split(self, question: Question, starts: Sequence[int], ways: Sequence[Diagram]) -> Diagram:
        before = _first(ways)
        if before is None or before.order > question.order:
            return self._make(question, starts, ways)
        if before is question:
            pieces = [
                (cut, _at(way, question, cut))
                for start, end, way in zip(starts, [*starts[1:], question.size], ways, strict=True)
                for cut in (start, *(inner for inner in _starts(question, (way,)) if start < inner < end))
            ]
            return self._make(question, [cut for cut, _ in pieces], [way for _, way in pieces])
        cuts = _starts(before, ways)
        inner = [self.split(question, starts, [_at(way, before, cut) for way in ways]) for cut in cuts]
        return self.split(before, cuts, inner)

    def _make(self, question: Question, starts: Sequence[int], ways: Sequence[Diagram]) -> Diagram:
        """A split whose ways ask only later questions: neighbours joined; none if there is but one way."""
        kept = [i for i in range(len(ways)) if i == 0 or _key(ways[i]) != _key(ways[i - 1])]
        if len(kept) == 1:
            return ways[0]
        starts, ways = tuple(starts[i] for i in kept), tuple(ways[i] for i in kept)
        key = (question, starts, tuple(_key(way) for way in ways))
        if key not in self._made:
            if len(self._made) >= self._most:
                raise TooManyError
            self._made[key] = Split(question, starts, ways)
        return self._made[key]


def questions_in(diagram: Diagram) -> list[Question]:
    """The questions that a diagram asks, in their order; those of formulas too."""
    found: set[Question] = set()
    for part in _parts_of(diagram):
        found |= {*part.questions} if isinstance(part, Formula) else set()
        found |= {part.question} if isinstance(part, Split) else set()
    return sorted(found, key=lambda question: question.order)


def formulas_in(diagram: Diagram) -> bool:
    """Whether some way of a diagram ends in a formula."""
    return any(isinstance(part, Formula) for part in _parts_of(diagram))


def starts_of(diagram: Diagram, question: Question) -> list[int]:
    """The first answers of all runs that a diagram tells apart anywhere."""
    return _starts(question, _parts_of(diagram))


def worked_out(diagram: Diagram, answers: Mapping[Question, int]) -> Any:
    """The plain value of a diagram, where every question that matters is answered."""
    while isinstance(diagram, Split):
        diagram = diagram.way(answers[diagram.question])
    return diagram.work(answers) if isinstance(diagram, Formula) else diagram


def _parts_of(diagram: Diagram) -> list[Diagram]:
    """A diagram and every part of it, each once."""
    found: dict[Hashable, Diagram] = {}
    waiting = [diagram]
    while waiting:
        part = waiting.pop()
        if _key(part) not in found:
            found[_key(part)] = part
            waiting += part.ways if isinstance(part, Split) else ()
    return list(found.values())


def _key(part: Diagram) -> Hashable:
    """What makes two diagrams one: 1 and True are two."""
    return (Split, id(part)) if isinstance(part, Split) else (type(cast(object, part)), part)


def _first(parts: Sequence[Diagram]) -> Question | None:
    asked = [part.question for part in parts if isinstance(part, Split)]
    return min(asked, key=lambda question: question.order) if asked else None


def _starts(question: Question, parts: Sequence[Diagram]) -> list[int]:
    starts = {0}
    for part in parts:
        if isinstance(part, Split) and part.question is question:
            starts.update(part.starts)
    return sorted(starts)


def _at(part: Diagram, question: Question, answer: int) -> Diagram:
    return part.way(answer) if isinstance(part, Split) and part.question is question else part
