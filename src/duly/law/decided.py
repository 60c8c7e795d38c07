"""A condition on a number that is not known turns at thresholds, and these are found exactly.

A value that only rises (or only falls) with its one answer turns where it crosses what it is compared with:
a search by halves finds the place. What follows from a few answers is tried for each. Anything else stays
what it is: a condition that follows from the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from math import prod
from typing import Any, Final

from duly.law import ir
from duly.law.diagrams import Diagram, Diagrams, Formula, Question
from duly.law.questions import Answers
from duly.law.situation import UNKNOWN

__all__ = ["decided", "direction"]

TRIED: Final = 4096
"""Up to this many combinations of answers are tried one by one."""

Work = Callable[[int], Any]


def decided(
    diagrams: Diagrams,
    answers: Mapping[Question, Answers],
    formula: Formula,
    node: ir.Node,
    given: Sequence[Any],
) -> Diagram:
    """The condition told apart by answers; the formula itself where that cannot be."""
    sizes = [answers[question].size for question in formula.questions]
    if prod(sizes) <= TRIED:
        return _each(diagrams, formula, formula.questions, {})
    if len(formula.questions) > 1:
        return formula
    question = next(iter(formula.questions))
    last = answers[question].numbers - 1

    turns = _turns(node, given, question, last)
    if turns is None:
        return formula
    starts = sorted({0, *turns})
    return diagrams.split(question, starts, [formula.work({question: start}) for start in starts])


def direction(node: ir.Node, given: Sequence[Any]) -> int:
    """1 or -1 where a node's value never falls or never rises with its one unknown answer, else 0."""
    moving = [each for each in given if isinstance(each, Formula)]
    if len({question for each in moving for question in each.questions}) != 1:
        return 0
    if isinstance(node, ir.Round | ir.Digits | ir.AddPeriod | ir.Exactly):
        return moving[0].rising
    if isinstance(node, ir.RoundProduct):
        return _of_arithmetic("*", given)
    return _of_arithmetic(node.op, given) if isinstance(node, ir.Arith) else 0


def _of_arithmetic(op: str, given: Sequence[Any]) -> int:
    ways = [each.rising if isinstance(each, Formula) else None for each in given]
    if op == "neg":
        return -(ways[0] or 0)
    if op == "-":
        ways[1] = None if ways[1] is None else -ways[1]
    if op in ("*", "/", "//"):
        by = [each for each in given if not isinstance(each, Formula)]
        known = len(by) == len(given) - 1 and all(isinstance(each, int | Fraction) for each in by)
        if not known or (op != "*" and isinstance(given[1], Formula)):
            return 0
        sign = prod(1 if each >= 0 else -1 for each in by)
        return sign * next(way for way in ways if way is not None)
    moving = {way for way in ways if way is not None}
    return moving.pop() if op in ("+", "-", "min", "max") and len(moving) == 1 else 0


def _turns(node: ir.Node, given: Sequence[Any], question: Question, last: int) -> set[int] | None:
    """Where a comparison of what only rises or falls may turn; None where that is not known."""
    if isinstance(node, ir.Compare):
        left, right = given
        if None in (left, right) and any(isinstance(each, Formula) and each.rising for each in given):
            return set()
        falls = direction(
            ir.Arith(type=node.type, span=node.span, op="-", parts=(node.left, node.right)), given
        )
        return _crossings(lambda answer: _apart(left, right, question, answer), falls, last)
    if isinstance(node, ir.OneOf) and given[0].rising:
        found: set[int] = set()
        for value in node.values:
            crossings = _crossings(
                lambda answer, value=value: _apart(given[0], value, question, answer), given[0].rising, last
            )
            if crossings is None:
                return None
            found |= crossings
        return found
    return None


def _apart(left: Any, right: Any, question: Question, answer: int) -> Any:
    ends = [each.work({question: answer}) if isinstance(each, Formula) else each for each in (left, right)]
    return None if UNKNOWN in ends or None in ends else ends[0] - ends[1]


def _crossings(apart: Work, rising: int, last: int) -> set[int] | None:
    """The first answers at which a difference that only rises (or falls) reaches and passes zero."""
    if rising == 0 or apart(0) is None or apart(last) is None:
        return None
    reached = _first(lambda answer: apart(answer) * rising >= 0, last)
    passed = _first(lambda answer: apart(answer) * rising > 0, last)
    return {place for place in (reached, passed) if place <= last}


def _first(holds: Callable[[int], bool], last: int) -> int:
    """The first answer for which a condition that stays true is true; after the last if there is none."""
    low, high = 0, last + 1
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if holds(middle) else (middle + 1, high)
    return low


def _each(
    diagrams: Diagrams, formula: Formula, asked: Sequence[Question], answers: Mapping[Question, int]
) -> Diagram:
    if not asked:
        return formula.work(answers)
    question = asked[0]
    each = range(question.size)
    ways = [_each(diagrams, formula, asked[1:], {**answers, question: answer}) for answer in each]
    return diagrams.split(question, each, ways)
