"""What somebody gave others: their own record says it, and nobody else's is opened to show it to them."""

from __future__ import annotations

from dataclasses import dataclass

from duly.authority.declared import Way, authorities, link_of
from duly.authority.lasting import lasts
from duly.facts import Record, value_on
from duly.law import Pack

__all__ = ["Given", "given_by", "ways_to_give"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A right that was given to `to` and has not ended; `until` is the first day without it.

    `called` is what whoever gave it calls the other; whether there is such a person it does not tell.
    """

    way: str
    to: int
    called: str
    programmes: tuple[str, ...]
    acts: bool
    accepted: bool
    until: int


def given_by(pack: Pack, giver: Record, day: int) -> tuple[Given, ...]:
    """What is given on the day, in the order of ways and of what the others are called."""
    found = [
        _given(pack, name, way, giver, member, day)
        for name, way in ways_to_give(pack, giver.kind).items()
        for attribute, member in giver.facts
        if attribute == f"{link_of(pack, way)}.present" and _is(pack, giver, attribute, member, day)
    ]
    return tuple(sorted(found, key=lambda one: (one.way, one.called, one.to)))


def ways_to_give(pack: Pack, kind: str) -> dict[str, Way]:
    """The ways by which a subject of this kind can itself give a right."""
    return {
        name: way
        for name, way in authorities(pack).ways.items()
        if way.called and pack.vocabulary.relations[way.relation].of == kind
    }


def _given(pack: Pack, name: str, way: Way, giver: Record, to: int, day: int) -> Given:
    called, programmes = (value_on(pack, giver, a, day, to) for a in (way.called, way.programmes))
    return Given(
        way=name,
        to=to,
        called=called if isinstance(called, str) else "",
        programmes=tuple(programmes.split()) if isinstance(programmes, str) else (),
        acts=_is(pack, giver, way.acts, to, day),
        accepted=_is(pack, giver, way.accepted, to, day),
        until=lasts(pack, giver, f"{link_of(pack, way)}.present", to, day, True),
    )


def _is(pack: Pack, giver: Record, attribute: str, member: int, day: int) -> bool:
    return value_on(pack, giver, attribute, day, member) is True
