"""How long what holds today goes on holding, as far as is known today; what is not known does not hold.

Everything here is pure: a record and a day in, an end out. An end is the first day on which it no longer
holds, END_OF_TIME where none is known; the day itself where it does not hold now.
"""

from __future__ import annotations

from duly.authority.declared import Authorities
from duly.facts import Record, Segment, same, value_on
from duly.law import ABSENT, Pack
from duly.timeline import END_OF_TIME, add_years

__all__ = ["alive_until", "birthday", "lasts", "segment_on"]


def segment_on(record: Record, attribute: str, day: int, member: int = 0) -> Segment | None:
    """The segment that says it; None where no assertion covers the day."""
    found: Segment | None = None
    for segment in record.facts.get((attribute, member), ()):
        if segment.start > day:
            break
        found = segment
    return None if found is None or found.value is ABSENT else found


def lasts(pack: Pack, record: Record, attribute: str, member: int, day: int, wanted: object) -> int:
    """Until when the attribute has this value, without a break, from the day on."""
    if not same(value_on(pack, record, attribute, day, member), wanted):
        return day
    absent = pack.vocabulary.attribute(attribute).absent
    for segment in record.facts.get((attribute, member), ()):
        value = absent if segment.value is ABSENT else segment.value
        if segment.start > day and not same(value, wanted):
            return segment.start
    return END_OF_TIME


def birthday(pack: Pack, known: Authorities, record: Record, age: int, day: int) -> int | None:
    """The day on which the subject has this age; None where its birth is not known, or it is not born."""
    attribute = known.born.get(record.kind)
    born = value_on(pack, record, attribute, day) if attribute else None
    return add_years(born, age) if type(born) is int and born <= day else None


def alive_until(pack: Pack, known: Authorities, record: Record, day: int) -> int:
    """Until when the subject lives; nobody acts for the dead, nor do they act, from the day of death on."""
    attribute = known.died.get(record.kind)
    if attribute is None:
        return END_OF_TIME
    died = value_on(pack, record, attribute, day)
    if died is None:
        return lasts(pack, record, attribute, 0, day, None)
    return max(died, day) if type(died) is int else day
