"""The law called as plain Python: the decorated functions themselves, on handles, in one situation.

An unknown fact raises `NotKnown` here; everything else is what the interpreter and the kernel must give too.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from duly.law.interpret import arguments
from duly.law.ir import Kind
from duly.law.money import Money
from duly.law.situation import UNKNOWN, NotKnown, looking
from duly.law.vocabulary import canonical

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.world import World

__all__ = ["Facts", "value"]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """A situation over a world: what rules called as plain Python read."""

    pack: Pack
    world: World
    day: int
    known_at: int | None

    def at(self, day: int) -> Facts:
        return dataclasses.replace(self, day=day)

    def read(self, attribute: str, subject: int, member: int) -> object:
        found = self.world.fact(attribute, subject, member, self.day)
        if found is UNKNOWN:
            raise NotKnown(attribute)
        kind = self.pack.vocabulary.attribute(attribute).type
        if found is None or kind.kind not in (Kind.CHOICE, Kind.MONEY, Kind.DECIMAL):
            return found
        if kind.kind is Kind.DECIMAL:
            return Fraction(str(found))
        return (
            Money(cast(int, found))
            if kind.kind is Kind.MONEY
            else self.pack.vocabulary.choices[kind.name](found)
        )

    def links(self, relation: str, subject: int) -> Sequence[tuple[int, int, int]]:
        if not self.world.knows(subject):
            raise NotKnown(relation)
        return self.world.links(relation, subject)

    def rate(self, name: str) -> object:
        table = self.pack.rates[name]
        amount = table.value(self.day, self.known_at)
        if amount is UNKNOWN:
            raise NotKnown(name)
        return Money(cast(int, amount)) if amount is not None and table.kind is Kind.MONEY else amount


def value(
    pack: Pack,
    programme: str,
    world: World,
    holder: int,
    about: int,
    day: int,
    known_at: int | None = None,
) -> Mapping[str, object] | None:
    """What is due on a day by calling the programme's function; raises NotKnown where a fact is."""
    found = pack.programme(programme)
    handles = [
        _handle(pack, parameter.type.name, argument)
        for parameter, argument in zip(
            found.rule.parameters, arguments(pack, found, holder, about), strict=True
        )
    ]
    with looking(Facts(pack=pack, world=world, day=day, known_at=known_at)):
        record = pack.functions[found.rule.name](*handles)
    if record is None:
        return None
    return {field.name: canonical(getattr(record, field.name)) for field in dataclasses.fields(record)}


def _handle(pack: Pack, kind: str, argument: Any) -> object:
    if isinstance(argument, tuple):
        owner, member = cast(tuple[int, int], argument)
        return pack.vocabulary.links[kind](owner, member)
    return pack.vocabulary.kinds[kind](cast(int, argument))
