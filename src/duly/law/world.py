"""A world is a pack and the histories of some subjects: every fact on every day, absence filled in.

A history holds canonical values by attribute and member. Before its first start, and from an `ABSENT`
on, what the vocabulary says of absence holds; `UNKNOWN` stays unknown. A subject that is only referred to
has no facts at all: all that its registers might hold, its relations too, is unknown.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING

from duly.law import sound
from duly.law.situation import ABSENT, UNKNOWN
from duly.timeline.calendar import BEGIN

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["History", "SubjectHistory", "World", "segment_on"]

FactKey = tuple[str, int]
"""Full name of the attribute, and the member (the other subject's number; 0 where it is no link)."""


@dataclass(frozen=True, slots=True)
class SubjectHistory:
    """Facts of one subject: (start, value) by start. Links stand with the owning end.

    Values are canonical (bool, int, str, None; a choice as its string; days and money as int), or UNKNOWN,
    or ABSENT from where no assertion holds.
    """

    kind: str
    facts: Mapping[FactKey, Sequence[tuple[int, object]]]


History = Mapping[int, SubjectHistory]


class World:
    """Facts by subject and day; links by relation, in both directions. An unsound history is refused."""

    def __init__(self, pack: Pack, history: History) -> None:
        sound.check(pack, history)
        self.pack = pack
        self.history = history
        self._links = _links(pack, history)

    def fact(self, attribute: str, subject: int, member: int, day: int) -> object:
        """The canonical value on a day, or UNKNOWN."""
        known = self.history.get(subject)
        if known is None:
            return UNKNOWN
        value = value_on(known.facts.get((attribute, member), ()), day)
        return self.pack.vocabulary.attribute(attribute).absent if value is ABSENT else value

    def links(self, relation: str, subject: int) -> Sequence[tuple[int, int, int]]:
        """(other subject, owner, member) of every link there ever was, by the other's number."""
        return self._links.get((relation, subject), ())

    def knows(self, subject: int) -> bool:
        """Whether the subject's history is here, or the subject is only referred to."""
        return subject in self.history


def segment_on(world: World, attribute: str, subject: int, member: int, day: int) -> tuple[int, object]:
    """From which day on the value of a day has held, and the value; ABSENT before the first."""
    known = world.history.get(subject)
    segments = () if known is None else known.facts.get((attribute, member), ())
    at = bisect_right(segments, day, key=itemgetter(0))
    return segments[at - 1] if at else (BEGIN, ABSENT)


def value_on(segments: Sequence[tuple[int, object]], day: int) -> object:
    """The value of segments ordered by start; ABSENT before the first."""
    at = bisect_right(segments, day, key=itemgetter(0))
    return segments[at - 1][1] if at else ABSENT


def _links(pack: Pack, history: History) -> dict[FactKey, tuple[tuple[int, int, int], ...]]:
    owning = {r.link: r.name for r in pack.vocabulary.relations.values() if not r.inverse_of}
    inverses = {r.inverse_of: r.name for r in pack.vocabulary.relations.values() if r.inverse_of}
    found: dict[FactKey, set[tuple[int, int, int]]] = {}
    for owner, subject in history.items():
        for attribute, member in subject.facts:
            relation = owning.get(attribute.partition(".")[0])
            if relation is None:
                continue
            found.setdefault((relation, owner), set()).add((member, owner, member))
            if relation in inverses:
                found.setdefault((inverses[relation], member), set()).add((owner, owner, member))
    return {key: tuple(sorted(rows)) for key, rows in found.items()}
