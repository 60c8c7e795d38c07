"""A person's "this is wrong" of a fact, read from their own record: which fact, and what came of it.

While a contest is open, or was found right and the fact is not mended yet, the fact is in doubt: it may give,
and never take. A contest is over when the facts no longer say what was contested, when the register that
holds the fact confirms it, when an officer settles it, or when the person takes it back. No silence ends it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, Final, cast

import msgspec
from sqlalchemy import Connection

from duly.facts.record import Record
from duly.facts.resolve import Segment, same
from duly.law import ABSENT, UNKNOWN, Pack, SubjectHistory
from duly.law.situation import Missing
from duly.timeline import BEGIN, END_OF_TIME
from duly.vault import Identifier, Vault

__all__ = [
    "IN_DOUBT",
    "Contest",
    "Declared",
    "Standing",
    "contests_in",
    "contests_of",
    "declared",
    "in_doubt",
]

PRESENT: Final = "present"
RIGHT: Final = "right"
NOBODY: Final = -1
"""The number of another end that nobody knows: no fact has it."""


class Standing(Enum):
    """What came of a contest."""

    OPEN = "open"
    CORRECTED = "corrected"
    CONFIRMED = "confirmed"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


IN_DOUBT: Final = frozenset({Standing.OPEN, Standing.UPHELD})


class Declared(msgspec.Struct, frozen=True, kw_only=True):
    """How the pack takes contests of facts, from [contests] of pack.toml.

    `link` holds them, `confirms` what registers say to them, `asks` what people ask a human; a register has
    `days` to answer, by a law. `scheme` is of the identifier by which it is told whom a request is about.
    """

    link: str
    confirms: str
    asks: str
    days: int
    law: str
    scheme: str


class Contest(msgspec.Struct, frozen=True, kw_only=True):
    """One contest of one person. `number` is the subject that stands for it, `name` what registers call it.

    The fact is `fact` with the other end `member` (0: none; `other` as it was named) over `[first, end)`,
    where it said `held`; `right` is what would be right (ABSENT: not said), `register` holds the fact.
    `said_on` is a day.
    """

    number: int
    name: str
    fact: str
    member: int
    other: str
    first: int
    end: int
    held: Any
    says: str
    right: Any
    said_on: int
    register: str
    register_says: str
    officer_says: str
    standing: Standing

    def covers(self, attribute: str, member: int, start: int, end: int) -> bool:
        """Whether it is about some of these days of the fact."""
        return (self.fact, self.member) == (attribute, member) and start < self.end and self.first < end


def declared(pack: Pack) -> Declared | None:
    """How the pack takes contests of facts; None where it does not."""
    section = pack.settings.get("contests")
    return None if section is None else msgspec.convert(dict(cast(Mapping[str, Any], section)), Declared)


def contests_in(
    conn: Connection, vault: Vault, pack: Pack, records: Mapping[int, Record]
) -> dict[int, list[Contest]]:
    """What the subjects of these records contest, by subject; those who contest nothing are left out."""
    told = declared(pack)
    if told is None:
        return {}
    name = f"{told.link}.{PRESENT}"
    wanted = {n: r for n, r in records.items() if any(attribute == name for attribute, _ in r.facts)}
    named = {Identifier(*end.split(" ", 1)): end for end in _ends(told, wanted.values())}
    numbers = vault.find(conn, list(named)) if named else {}
    ends = {named[identifier]: number for identifier, number in numbers.items()}
    found = {number: contests_of(pack, record, ends) for number, record in wanted.items()}
    return {number: contests for number, contests in found.items() if contests}


def contests_of(pack: Pack, record: Record, ends: Mapping[str, int]) -> list[Contest]:
    """Everything that a person contests or contested, in order of being said; `ends` by `scheme value`.

    What became of a fact can be seen only where its category was opened, too.
    """
    told = declared(pack)
    if told is None:
        return []
    present = f"{told.link}.{PRESENT}"
    found = [
        _contest(pack, told, record, member, segments, ends)
        for (attribute, member), segments in record.facts.items()
        if attribute == present
    ]
    return sorted((one for one in found if one is not None), key=lambda one: (one.said_on, one.number))


def in_doubt(history: SubjectHistory, contests: Iterable[Contest]) -> SubjectHistory:
    """The history in which the facts in doubt are not known on the contested days."""
    facts = dict(history.facts)
    for one in contests:
        steps = facts.get((one.fact, one.member))
        if one.standing in IN_DOUBT and steps is not None:
            facts[one.fact, one.member] = list(_doubted(steps, one))
    return SubjectHistory(kind=history.kind, facts=facts)


def _ends(told: Declared, records: Iterable[Record]) -> set[str]:
    """The other ends of links that are contested in these records, as `scheme value`."""
    name = f"{told.link}.end"
    return {
        segment.value
        for record in records
        for (attribute, _), segments in record.facts.items()
        if attribute == name
        for segment in segments[-1:]
        if isinstance(segment.value, str)
    }


def _contest(
    pack: Pack,
    told: Declared,
    record: Record,
    number: int,
    present: Sequence[Segment],
    ends: Mapping[str, int],
) -> Contest | None:
    def said(name: str) -> Any:
        return _last(record, f"{told.link}.{name}", number)

    fact, held, end = said("fact"), said("held"), said("end")
    if not isinstance(fact, str) or not isinstance(held, str) or fact not in pack.vocabulary.attributes:
        return None
    first, until, right = said("first"), said("until"), said("right")
    made = Contest(
        number=number,
        name=said("name") or "",
        fact=fact,
        member=ends.get(end, NOBODY) if isinstance(end, str) else 0,
        other=end or "",
        first=BEGIN if first is None else first,
        end=END_OF_TIME if until is None else until + 1,
        held=msgspec.json.decode(held),
        says=said("says") or "",
        right=ABSENT if right is None else msgspec.json.decode(right),
        said_on=_since(present),
        register=pack.vocabulary.attribute(fact).register,
        register_says="",
        officer_says=said("settled_says") or "",
        standing=Standing.OPEN,
    )
    confirmed, register_says = _confirmed(told, record, made)
    standing = _standing(made, record, present, said("settled"), confirmed=confirmed)
    return msgspec.structs.replace(made, standing=standing, register_says=register_says)


def _standing(
    one: Contest, record: Record, present: Sequence[Segment], settled: Any, *, confirmed: bool
) -> Standing:
    if present[-1].value is not True:
        return Standing.WITHDRAWN
    if _is_mended(one, record):
        return Standing.CORRECTED
    if settled is not None:
        return Standing.UPHELD if settled == RIGHT else Standing.REJECTED
    return Standing.CONFIRMED if confirmed else Standing.OPEN


def _confirmed(told: Declared, record: Record, one: Contest) -> tuple[bool, str]:
    """Whether the register that holds the fact, and no other, has confirmed it; and its words."""
    name = f"{told.confirms}.contest"
    for attribute, number in record.facts:
        if attribute == name and _last(record, name, number) == one.name:
            by, words = (_last(record, f"{told.confirms}.{what}", number) for what in ("by", "says"))
            if by == one.register:
                return True, words or ""
    return False, ""


def _is_mended(one: Contest, record: Record) -> bool:
    """Whether the facts say anything else on the contested days, as far as they had come when it was said.

    What changes later is a change in the world, and no answer.
    """
    last = max(one.first + 1, min(one.end, one.said_on + 1))
    holds, segments = False, record.facts.get((one.fact, one.member), ())
    for place, segment in enumerate(segments):
        stop = segments[place + 1].start if place + 1 < len(segments) else END_OF_TIME
        if segment.start < last and one.first < stop:
            if not same(segment.value, one.held):
                return True
            holds = True
    return not holds or segments[0].start > one.first


def _doubted(steps: Iterable[tuple[int, Any]], one: Contest) -> Iterator[tuple[int, Any]]:
    rows = list(steps)
    stops = [*(start for start, _ in rows[1:]), END_OF_TIME]
    for (start, value), stop in zip(rows, stops, strict=True):
        if not same(value, one.held) or stop <= one.first or one.end <= start:
            yield start, value
            continue
        if start < one.first:
            yield start, value
        yield max(start, one.first), UNKNOWN
        if one.end < stop:
            yield one.end, value


def _since(present: Sequence[Segment]) -> int:
    """The day on which it was said: the first of the last days on which it stands, or stood."""
    day = present[0].start
    for place, segment in enumerate(present):
        if segment.value is True and (place == 0 or present[place - 1].value is not True):
            day = segment.start
    return day


def _last(record: Record, attribute: str, member: int) -> Any:
    """What the record says last; None where it says nothing."""
    segments = record.facts.get((attribute, member), ())
    value = segments[-1].value if segments else None
    return None if isinstance(value, Missing) else value
