"""Members of a relation combine so that an unknown one matters only where it could change the answer.

A row is (whether it counts: true or unknown, its value); rows that do not count are left out before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from duly.law.exact import calculated
from duly.law.situation import UNKNOWN

__all__ = ["folded"]

Row = tuple[Any, Any]


def folded(op: str, rows: Sequence[Row]) -> Any:
    """The combination of the rows, or UNKNOWN where completions of what is unknown differ."""
    return _FOLDS[op](rows)


def _any(rows: Sequence[Row]) -> Any:
    if any(where is not UNKNOWN and found is not UNKNOWN and found for where, found in rows):
        return True
    return UNKNOWN if any(found is UNKNOWN or found for _, found in rows) else False


def _all(rows: Sequence[Row]) -> Any:
    if any(where is not UNKNOWN and found is not UNKNOWN and not found for where, found in rows):
        return False
    return UNKNOWN if any(found is UNKNOWN or not found for _, found in rows) else True


def _len(rows: Sequence[Row]) -> Any:
    return UNKNOWN if any(where is UNKNOWN for where, _ in rows) else len(rows)


def _sum(rows: Sequence[Row]) -> Any:
    matter = [row for row in rows if row[1] is UNKNOWN or row[1] != 0]
    if any(where is UNKNOWN or found is UNKNOWN for where, found in matter):
        return UNKNOWN
    return calculated("+", [0, *(found for _, found in matter)])


def _extreme(op: str) -> Callable[[Sequence[Row]], Any]:
    def extreme(rows: Sequence[Row]) -> Any:
        if any(found is UNKNOWN for _, found in rows):
            return UNKNOWN
        sure = [found for where, found in rows if where is not UNKNOWN]
        best = calculated(op, sure) if sure else None
        perhaps = [found for where, found in rows if where is UNKNOWN]
        settled = all(best is not None and calculated(op, [best, found]) == best for found in perhaps)
        return best if settled else UNKNOWN

    return extreme


def _the(rows: Sequence[Row]) -> Any:
    if any(found is UNKNOWN for _, found in rows):
        return UNKNOWN
    sure = [found for where, found in rows if where is not UNKNOWN]
    best = sure[0] if sure else None
    return best if all(found == best for _, found in rows) else UNKNOWN


_FOLDS: Final[dict[str, Callable[[Sequence[Row]], Any]]] = {
    "any": _any,
    "all": _all,
    "len": _len,
    "sum": _sum,
    "max": _extreme("max"),
    "min": _extreme("min"),
    "the": _the,
}
