"""Of several with the same right nobody is preferred: what all chose stands, and till then what stood.

`standing_choice` folds what was said, over days: a choice counts when everybody who has the right has made
it, and the person's own word, when it is later, counts before all of theirs. So the order in which two speak
changes nothing, and one who keeps silent, or says otherwise, takes nothing from the child.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from duly.authority.declared import Way, authorities, held_by, link_of
from duly.authority.lasting import segment_on
from duly.facts import Record, same, value_on
from duly.law import ABSENT, UNKNOWN, Pack
from duly.timeline import BEGIN

__all__ = ["Standing", "peers", "standing_choice", "watched"]

_SILENT: Final = (None, UNKNOWN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A choice on a day: what stands.

    `differs`: those with the same right said different things. `waits`: not all of them said the same yet.
    """

    value: object
    differs: bool
    waits: bool


def standing_choice(pack: Pack, record: Record, attribute: str, day: int) -> Standing:
    """What stands of a choice (an attribute of the subject) on the day."""
    wish = authorities(pack).choices.get(attribute)
    own = value_on(pack, record, attribute, day)
    if wish is None or not any(name == wish for name, _ in record.facts):
        return Standing(value=own, differs=False, waits=False)
    stands: object = pack.vocabulary.attribute(attribute).absent
    spoke = BEGIN
    for when in _days(pack, record, attribute, wish, day):
        word = segment_on(record, attribute, when)
        if word is not None and word.start == when:
            stands, spoke = word.value, when
        said = _said(pack, record, wish, when, spoke)
        if said and len(set(said)) == 1 and said[0] not in _SILENT:
            stands = said[0]
    said = _said(pack, record, wish, day, spoke)
    spoken = {one for one in said if one not in _SILENT}
    return Standing(value=stands, differs=len(spoken) > 1, waits=bool(spoken) and len(set(said)) > 1)


def peers(pack: Pack, record: Record, day: int) -> frozenset[int]:
    """Who has the same right to act for the subject on the day, whatever their ages and addresses."""
    return frozenset(
        member
        for way in _equal(pack)
        for attribute, member in record.facts
        if member and attribute == f"{link_of(pack, way)}.present" and _has(pack, record, way, day, member)
    )


def watched(pack: Pack, attribute: str) -> tuple[str, ...]:
    """The attributes of links on which what stands of a choice depends, beside the choice itself."""
    wish = authorities(pack).choices.get(attribute)
    if wish is None:
        return ()
    held = {name for way in _equal(pack) for name in held_by(pack, way)}
    return (wish, *sorted(held))


def _said(pack: Pack, record: Record, wish: str, day: int, since: int) -> list[object]:
    """What each of those with the right said by the day, and not before `since`; None who said nothing."""
    found: list[object] = []
    for member in sorted(peers(pack, record, day)):
        segment = segment_on(record, wish, day, member)
        counts = segment is not None and segment.since >= since
        found.append(segment.value if segment is not None and counts else None)
    return found


def _days(pack: Pack, record: Record, attribute: str, wish: str, day: int) -> Iterator[int]:
    """The days up to this one on which something changes, in order."""
    names = {attribute, *watched(pack, attribute), wish}
    starts = {
        segment.start
        for (name, _), segments in record.facts.items()
        if name in names
        for segment in segments
        if segment.start <= day and (segment.value is not ABSENT or name != attribute)
    }
    return iter(sorted(starts))


def _equal(pack: Pack) -> list[Way]:
    return [way for way in authorities(pack).ways.values() if way.equal]


def _has(pack: Pack, record: Record, way: Way, day: int, member: int) -> bool:
    held = held_by(pack, way)
    return all(same(value_on(pack, record, name, day, member), wanted) for name, wanted in held.items())
