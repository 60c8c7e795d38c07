"""What operations do at the end of one way of a diagram, where values are plain or formulas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

from duly.law.diagrams import Diagram, Formula, Question, worked_out
from duly.law.exact import calculated
from duly.law.members import folded
from duly.law.situation import UNKNOWN

__all__ = [
    "NEVER",
    "Never",
    "calculated_of",
    "chosen",
    "folded_of",
    "grown",
    "kleene",
    "or_unknown",
    "still_open",
    "with_value",
]


class Never(Enum):
    """What stands where a way of a diagram cannot be taken: the rule asks before, and turns away."""

    NEVER = "never"


NEVER: Final = Never.NEVER


def or_unknown(diagram: Diagram, answers: Mapping[Question, int]) -> Any:
    """What a diagram comes to; UNKNOWN where the answers lead to further questions."""
    try:
        return worked_out(diagram, answers)
    except KeyError:
        return UNKNOWN


def still_open(so_far: tuple[Any, ...], ends: bool, value: Any) -> Any:
    """What is open in a junction after one more part."""
    if value is NEVER:
        return NEVER
    if value is UNKNOWN or isinstance(value, Formula):
        return so_far if value in so_far else (*so_far, value)
    return ends if bool(value) is ends else so_far


def with_value(op: str, so_far: Any, value: Any) -> Any:
    """The values of a period and one more; those that are known are calculated at once."""
    for odd in (NEVER, UNKNOWN):
        if so_far is odd or value is odd:
            return odd
    if isinstance(value, Formula):
        return (*so_far, value)
    known = [each for each in so_far if not isinstance(each, Formula)]
    total = calculated_of(op, [*known, value])
    return UNKNOWN if total is UNKNOWN else (total, *(e for e in so_far if isinstance(e, Formula)))


def calculated_of(op: str, values: Sequence[Any]) -> Any:
    if UNKNOWN in values:
        return UNKNOWN
    plain = [int(value) if isinstance(value, bool) else value for value in values]
    return calculated(op, plain)


def chosen(plain: Sequence[Any]) -> Any:
    test, then, other = plain
    if test is UNKNOWN:
        return then if then == other else UNKNOWN
    return then if test else other


def kleene(plain: Sequence[Any], *, ends: bool) -> Any:
    if any(each is not UNKNOWN and bool(each) is ends for each in plain):
        return ends
    return UNKNOWN if UNKNOWN in plain else not ends


def grown(op: str, rows: Any, row: tuple[Any, Any]) -> Any:
    """One row more; rows that are sure become one where that changes nothing."""
    if rows is NEVER or row[1] is NEVER:
        return NEVER
    grown = (*rows, row)
    sure = [each for each in grown if each[0] is True and each[1] is not UNKNOWN]
    if op == "len" or len(sure) < 2 or any(isinstance(value, Formula) for _, value in sure):
        return grown
    total = folded(op, sure)
    return grown if total is UNKNOWN else ((True, total), *(each for each in grown if each not in sure))


def folded_of(op: str, flat: Sequence[Any]) -> Any:
    rows = [(where, value) for where, value in zip(flat[::2], flat[1::2], strict=True)]
    return folded(op, [row for row in rows if row[0] is UNKNOWN or row[0]])
