"""Whether one may act for another on a day, by a way of the pack: pure, from records that somebody opened.

A right never outlives what it rests on: the link and what it says, both lives, an age, protection. What is
not known gives no right.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from duly.access import Relation
from duly.authority.declared import Way, authorities, held_by, link_of
from duly.authority.lasting import alive_until, birthday, lasts, segment_on
from duly.facts import Record, value_on
from duly.law import Pack
from duly.law.plan import reads
from duly.timeline import END_OF_TIME

__all__ = ["Authority", "around", "is_cleared", "needed", "right_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """On one day, the right of `actor` to see and do for `subject` what is said here, by a way of the pack.

    `categories` may be opened. `programmes` are those that may be shown: they are within the right, and their
    law reads nothing that is not. `acts`: not only sees. `names`: may give others a right to act for the same
    subject. `until`: the first day on which nothing of it holds any more, as far as is known; None: no end.
    """

    actor: int
    subject: int
    way: str
    kind: Relation
    categories: frozenset[str]
    programmes: frozenset[str]
    acts: bool
    names: bool
    until: int | None
    law: str

    def sees(self, categories: Iterable[str]) -> bool:
        """Whether all of these may be opened."""
        return self.categories.issuperset(categories)

    def covers(self, programme: str) -> bool:
        """Whether the programme is within the right."""
        return programme in self.programmes


def right_of(
    pack: Pack,
    name: str,
    me: Record,
    other: Record,
    near: Mapping[int, Record],
    day: int,
    *,
    accepted: bool = True,
) -> Authority | None:
    """The right of `me` for `other` on the day; `near` are the records of `around`, if those were needed.

    Not `accepted`: the right that is offered, and is none before it is accepted.
    """
    way = authorities(pack).ways[name]
    if not accepted and not way.accepted:
        return None
    until = _until(pack, way, me, other, day, accepted=accepted)
    if until <= day or not _safe(pack, way, me, other, near, day):
        return None
    categories = frozenset(c for c in way.sees if _sees(pack, way, c, other, day))
    return Authority(
        actor=me.subject,
        subject=other.subject,
        way=name,
        kind=Relation(way.kind),
        categories=categories,
        programmes=_programmes(pack, way, me, other, categories, day),
        acts=not way.acts or value_on(pack, other, way.acts, day, me.subject) is True,
        names=way.names,
        until=None if until == END_OF_TIME else until,
        law=way.law,
    )


def around(pack: Pack, me: Record, other: Record) -> set[int]:
    """Who else looks after the one acted for, or ever did, as their own record says."""
    ends = authorities(pack).protection.looks_after
    links = {pack.vocabulary.relations[name].link for name, end in ends.items() if end == "member"}
    owners = {owner for name, end in ends.items() if end == "owner" for owner in other.owners(name)}
    members = {m for attribute, m in other.facts if m and attribute.partition(".")[0] in links}
    return (owners | members) - {me.subject, other.subject}


def is_cleared(pack: Pack, me: Record, other: Record, day: int) -> bool:
    """Whether somebody is protected, and lives with the one acted for: no protection is against them."""
    home = authorities(pack).protection.home
    at_home = value_on(pack, me, home, day, other.subject) is True
    return at_home and _is_protected(pack, me, day)


@lru_cache(maxsize=16)
def needed(pack: Pack) -> frozenset[str]:
    """The categories of everything that a right may rest on."""
    known, words = authorities(pack), pack.vocabulary
    ways = known.ways.values()
    links = {link_of(pack, way) for way in ways}
    links |= {words.relations[name].link for name in known.protection.looks_after}
    named = {f"{link}.present" for link in links} | {name for way in ways for name in way.holds}
    named |= {name for way in ways for name in (way.programmes, way.acts, way.accepted)}
    named |= {*known.born.values(), *known.died.values(), known.protection.protected}
    return frozenset(words.attribute(name).category for name in named - {""})


def _until(pack: Pack, way: Way, me: Record, other: Record, day: int, *, accepted: bool) -> int:
    """The first day on which something that the right rests on is no longer so."""
    held = held_by(pack, way, accepted=accepted)
    ends = [lasts(pack, other, attribute, me.subject, day, value) for attribute, value in held.items()]
    ends += [alive_until(pack, authorities(pack), one, day) for one in (me, other)]
    if way.until_age is not None:
        ends.append(birthday(pack, authorities(pack), other, way.until_age, day) or day)
    ends += [_of_age(pack, one, age, day) for one, age in ((other, way.from_age), (me, way.actor_age))]
    return min(ends)


def _of_age(pack: Pack, one: Record, age: int | None, day: int) -> int:
    """No end for who has the age, or is not of a kind that is born."""
    if age is None or one.kind not in authorities(pack).born:
        return END_OF_TIME
    grown = birthday(pack, authorities(pack), one, age, day)
    return END_OF_TIME if grown is not None and grown <= day else day


def _sees(pack: Pack, way: Way, category: str, other: Record, day: int) -> bool:
    """Whether a category is seen on the day: one with an age of its own only until then."""
    age = way.ages.get(category)
    if age is None:
        return True
    end = birthday(pack, authorities(pack), other, age, day)
    return end is not None and day < end


def _programmes(
    pack: Pack, way: Way, me: Record, other: Record, categories: frozenset[str], day: int
) -> frozenset[str]:
    seen = {name for name, read in _read_by(pack).items() if read <= categories}
    if not way.programmes:
        return frozenset(seen)
    said = value_on(pack, other, way.programmes, day, me.subject)
    return frozenset(seen & set(said.split())) if isinstance(said, str) else frozenset()


@lru_cache(maxsize=16)
def _read_by(pack: Pack) -> Mapping[str, frozenset[str]]:
    """By programme: the categories that its law reads, of whomever."""
    return {name: frozenset(path.category for path in reads(pack, name)) for name in pack.programmes}


# Protection


def _safe(pack: Pack, way: Way, me: Record, other: Record, near: Mapping[int, Record], day: int) -> bool:
    """Whether no protection stands against the right."""
    if way.protection == "none":
        return True
    if way.protection == "renews":
        return _given_since(pack, way, me, other, day)
    if is_cleared(pack, me, other, day):
        return True
    if _is_protected(pack, other, day):
        return False
    return all(one in near and not _is_protected(pack, near[one], day) for one in around(pack, me, other))


def _is_protected(pack: Pack, one: Record, day: int) -> bool:
    """Whether somebody is protected, or that is not known."""
    attribute = pack.vocabulary.attribute(authorities(pack).protection.protected)
    return attribute.owner == one.kind and value_on(pack, one, attribute.name, day) is not False


def _given_since(pack: Pack, way: Way, me: Record, other: Record, day: int) -> bool:
    """Whether it was given after the protection began of whoever gave it, if they are protected."""
    if not _is_protected(pack, other, day):
        return True
    given = segment_on(other, f"{link_of(pack, way)}.present", day, me.subject)
    began = segment_on(other, authorities(pack).protection.protected, day)
    return given is not None and began is not None and given.since > began.since
