"""Facts in columns are looked at all at once, and only doubted; `sound.check` then says what is unsound.

What is doubted here is exactly what is refused there, for the attributes that have columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from duly.errors import OurFault
from duly.law.sound import LAST, NUMBERS, check, problem, python_types
from duly.law.vocabulary import Attribute, Vocabulary
from duly.timeline.calendar import BEGIN, END_OF_TIME

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.world import History

__all__ = ["Doubt", "distinct", "members", "numbers", "refused", "starts"]


class Doubt(Exception):  # noqa: N818 - not yet an error: `check` says which
    """Something in a column of facts is unsound."""


def refused(pack: Pack, history: History) -> OurFault:
    """Raises BadInput if `sound.check` agrees; else it is our fault that we doubted."""
    check(pack, history)
    return OurFault("Facts that are doubted", detail="In columns they look unsound, one by one they do not.")


def numbers(history: History) -> None:
    """Doubts if a subject has a number that none can have."""
    if history and (not set(map(type, history)) <= {int} or min(history) < 1 or max(history) > LAST):
        raise Doubt


def members(
    vocabulary: Vocabulary,
    here: Mapping[str, Mapping[int, int]],
    links: Mapping[str, Iterable[tuple[int, int]]],
) -> None:
    """Doubts if a link leads to what is no subject of the kind that its relation says.

    `here`: the subjects with a history by kind; `links`: by kind of link, (owner's row, member).
    """
    for relation in vocabulary.relations.values():
        if relation.inverse_of:
            continue
        found = {member for _, member in links[relation.link]}
        if found and (not set(map(type, found)) <= {int} or min(found) < 1 or max(found) > LAST):
            raise Doubt
        if any(found & known.keys() for kind, known in here.items() if kind != relation.to):
            raise Doubt


def distinct(vocabulary: Vocabulary, attribute: Attribute, values: Sequence[object]) -> set[object]:
    """The different values of an attribute; doubts if one of them cannot be."""
    kind = attribute.type
    if not set(map(type, values)) <= python_types(kind):
        raise Doubt
    found = set(values)
    looked_at = found
    if kind.kind in NUMBERS:
        numbers = [value for value in found if type(value) is int]
        looked_at = {min(numbers), max(numbers)} if numbers else set[object]()
    if any(problem(vocabulary, attribute, value) for value in looked_at):
        raise Doubt
    return found


def starts(segments: Sequence[tuple[int, object]], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
    """The starts of segments of several facts, so many each; doubts if one of them cannot be."""
    try:
        given = [start for start, _ in segments]
        if not set(map(type, given)) <= {int}:
            raise Doubt
        found = np.array(given, dtype=np.int64)
    except (TypeError, ValueError, OverflowError):
        raise Doubt from None
    if len(found) and (found.min() < BEGIN or found.max() >= END_OF_TIME):
        raise Doubt
    later = found[1:] > found[:-1]
    first = np.cumsum(lengths)
    later[first[(first > 0) & (first < len(found))] - 1] = True
    if not later.all():
        raise Doubt
    return found
