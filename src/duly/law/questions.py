"""What is not known is a question: one fact of one subject, over the days on which it stays unknown.

A fact that is unknown from one day to another is one question, however many of these days a rule looks at,
and an answer is what it is over all of them. Who a subject is linked to is a question too, where the subject
is only referred to. Each has answers in one line: the few values there are, or whole numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from duly.law import ir
from duly.law.ir import NONE, Kind, Type
from duly.law.plan import every_rule
from duly.law.situation import ABSENT, UNKNOWN
from duly.law.vocabulary import pack_code
from duly.law.walk import below
from duly.timeline.calendar import BEGIN, END_OF_TIME, from_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute
    from duly.law.world import World

__all__ = [
    "PERSON",
    "Answers",
    "Asked",
    "answers_to",
    "asked_on",
    "is_other",
    "register_of",
    "told_by_people",
]

FEW: Final = 16
"""Up to this many numbers are told apart one by one."""
LARGEST: Final = 10**14
LARGEST_DECIMAL: Final = 10**17
EARLIEST, LATEST = from_iso("1800-01-01"), from_iso("2300-01-01")
PERSON: Final = "self"
"""The register of what people say themselves; a register of another name says `person = true`."""
OTHERS: Final = 3
"""How many codes stand for all that no rule names."""
OTHER: Final = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A fact that is unknown on the days [start, end), or the `relation` of a subject only referred to."""

    subject: int
    attribute: str
    member: int
    start: int
    end: int
    relation: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Answers:
    """The answers in order: `values` one by one, or the numbers from `low` on; None, where it can be, last.

    Values are the interpreter's. `open_low` and `open_high` say that the ends are no bounds of the law.
    """

    kind: Type
    values: tuple[Any, ...]
    low: int
    numbers: int
    none: bool
    open_low: bool
    open_high: bool

    @property
    def size(self) -> int:
        return (self.numbers or len(self.values)) + self.none

    def value(self, answer: int) -> Any:
        """The value that an answer stands for."""
        if self.none and answer == self.size - 1:
            return None
        return self.low + answer if self.numbers else self.values[answer]


def asked_on(world: World, attribute: str, subject: int, member: int, day: int) -> Asked:
    """The question that an unknown fact on a day belongs to."""
    known = world.history.get(subject)
    start, end = BEGIN, END_OF_TIME
    if known is not None:
        segments = known.facts.get((attribute, member), ())
        start, end = _stretch(segments, day, world.pack.vocabulary.attribute(attribute).absent)
    return Asked(subject=subject, attribute=attribute, member=member, start=start, end=end, relation=False)


def answers_to(pack: Pack, world: World, attribute: str) -> Answers:
    """Every answer to the question what an attribute is."""
    declared = pack.vocabulary.attribute(attribute)
    kind = declared.type
    if kind.kind in (Kind.INT, Kind.MONEY, Kind.DECIMAL, Kind.DAY):
        low, high = _ends(declared)
        few = high - low < FEW
        return Answers(
            kind=kind,
            values=tuple(range(low, high + 1)) if few else (),
            low=low,
            numbers=0 if few else high - low + 1,
            none=kind.optional,
            open_low=declared.least is None,
            open_high=declared.most is None,
        )
    return Answers(
        kind=kind,
        values=tuple(_values(pack, world, kind)),
        low=0,
        numbers=0,
        none=kind.optional,
        open_low=False,
        open_high=False,
    )


def _ends(declared: Attribute) -> tuple[int, int]:
    """The least and the most that a number can be, as it stands in columns."""
    kind = declared.type
    if kind.kind is Kind.DAY:
        return EARLIEST, LATEST
    unit = 10 ** int(kind.name) if kind.kind is Kind.DECIMAL else 1
    far = LARGEST_DECIMAL if kind.kind is Kind.DECIMAL else LARGEST
    low = -far if declared.least is None else declared.least * unit
    return low, far if declared.most is None else declared.most * unit


def register_of(pack: Pack, attribute: str) -> str:
    """The register that holds a fact, or the links of a relation."""
    relation = pack.vocabulary.relations.get(attribute)
    name = attribute if relation is None else f"{relation.link}.present"
    return pack.vocabulary.attribute(name).register


def is_other(kind: Type, value: object) -> bool:
    """Whether a value stands for all codes that nobody names."""
    return kind.kind is Kind.CODE and str(value).startswith(OTHER)


def told_by_people(pack: Pack, register: str) -> bool:
    """Whether a register is what people say themselves: it is asked last."""
    declared = pack.settings.get("registers", {}).get(register, {})
    return bool(declared.get("person", register == PERSON))


def _stretch(segments: Iterable[tuple[int, object]], day: int, absent: object) -> tuple[int, int]:
    """The days around `day` on which the fact stays unknown."""
    runs = [(BEGIN, ABSENT), *segments]
    found: list[tuple[int, int]] = []
    for (first, value), after in zip(runs, [*(start for start, _ in runs[1:]), END_OF_TIME], strict=True):
        if first < after and (value is UNKNOWN or (value is ABSENT and absent is UNKNOWN)):
            joins = bool(found) and found[-1][1] == first
            found[-1:] = [(found[-1][0], after)] if joins else [*found[-1:], (first, after)]
    return next(run for run in found if run[0] <= day < run[1])


def _values(pack: Pack, world: World, kind: Type) -> Iterator[Any]:
    if kind.kind is Kind.BOOL:
        yield from (False, True)
    elif kind.kind is Kind.CHOICE:
        yield from range(len(pack.vocabulary.choices[kind.name]))
    else:
        known = {pack_code(code) for code in _codes_known(world)}
        named = _codes_named(pack)
        yield from sorted(known | named.keys(), key=lambda code: (named.get(code, ()), code))
        yield from _other_codes(known | named.keys())


def _codes_known(world: World) -> set[str]:
    codes = {a.name for a in world.pack.vocabulary.attributes.values() if a.type.kind is Kind.CODE}
    return {
        value
        for subject in world.history.values()
        for (attribute, _), segments in subject.facts.items()
        if attribute in codes
        for _, value in segments
        if isinstance(value, str)
    }


@lru_cache(maxsize=16)
def _codes_named(pack: Pack) -> dict[int, tuple[int, ...]]:
    """Every code that a rule names, with the places that name it: codes of one place stand together."""
    found: dict[int, list[int]] = {}
    bodies = [version.body for rule in every_rule(pack).values() for version in rule.versions]
    for place, node in enumerate(node for body in bodies for node in below(body)):
        for code in _codes_of(node):
            found.setdefault(code, []).append(place)
    return {code: tuple(places) for code, places in found.items()}


def _codes_of(node: ir.Node) -> tuple[int, ...]:
    if isinstance(node, ir.OneOf) and node.part.type.kind is Kind.CODE:
        return node.values
    if isinstance(node, ir.Const) and node.type.kind is Kind.CODE and isinstance(node.value, int):
        return () if node.value == NONE else (node.value,)
    return ()


def _other_codes(taken: set[int]) -> Iterator[int]:
    free = (pack_code(f"{OTHER}{number}") for number in range(OTHERS + len(taken)))
    yield from [code for code in free if code not in taken][:OTHERS]
