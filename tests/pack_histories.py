"""Random histories of any pack: some subjects of each kind, links between them, facts with gaps and turns.

A history follows from its seed alone, which is what a failing property test names.
"""

from __future__ import annotations

from pathlib import Path
from random import Random

from duly.law import ABSENT, UNKNOWN, History, Pack, SubjectHistory
from duly.law.ir import Kind, Type
from duly.law.vocabulary import Attribute
from duly.timeline import BEGIN, from_iso

PACKS = sorted(
    path.name for path in (Path(__file__).parents[1] / "packs").iterdir() if (path / "pack.toml").exists()
)
EARLY, LATE = from_iso("2022-06-01"), from_iso("2025-06-01")
OF_A_KIND = 3


def some_history(pack: Pack, seed: int) -> History:
    """Three subjects of every kind; each possible link is there or not; every fact is there or not."""
    random = Random(seed)
    numbers = {
        kind: [OF_A_KIND * at + n + 1 for n in range(OF_A_KIND)]
        for at, kind in enumerate(pack.vocabulary.kinds)
    }
    facts: dict[int, dict[tuple[str, int], list[tuple[int, object]]]] = {
        number: {} for of in numbers.values() for number in of
    }
    links = {r.link: r for r in pack.vocabulary.relations.values() if not r.inverse_of}
    for name, relation in links.items():
        pairs = [(a, b) for a in numbers[relation.of] for b in numbers[relation.to] if a != b]
        chosen = [pair for pair in pairs if random.random() < 0.5]
        for attribute in _of(pack, name):
            for owner, member in chosen:
                facts[owner][attribute.name, member] = segments(pack, random, attribute)
    for kind, of in numbers.items():
        for attribute in _of(pack, kind):
            for number in of:
                if random.random() < 0.8:
                    facts[number][attribute.name, 0] = segments(pack, random, attribute)
    return {number: SubjectHistory(kind, facts[number]) for kind, of in numbers.items() for number in of}


def _of(pack: Pack, owner: str) -> list[Attribute]:
    return [
        one
        for one in pack.vocabulary.attributes.values()
        if one.owner == owner and one.type.kind is not Kind.TEXT
    ]


def segments(pack: Pack, random: Random, attribute: Attribute) -> list[tuple[int, object]]:
    """Values of one attribute from the beginning of time on, with up to two turns."""
    starts = sorted({random.randrange(EARLY, LATE) for _ in range(random.choice([0, 0, 1, 2]))})
    return [(start, _value(pack, random, attribute)) for start in (BEGIN, *starts)]


def _value(pack: Pack, random: Random, attribute: Attribute) -> object:
    if random.random() < 0.05:
        return UNKNOWN
    if random.random() < 0.05:
        return ABSENT
    if attribute.type.optional and random.random() < 0.4:
        return None
    if attribute.name.endswith(".present"):
        return random.random() < 0.9
    return _of_type(pack, random, attribute.type, attribute)


def _of_type(pack: Pack, random: Random, kind: Type, attribute: Attribute) -> object:
    if kind.kind is Kind.BOOL:
        return random.random() < 0.5
    if kind.kind is Kind.CHOICE:
        return random.choice([member.value for member in pack.vocabulary.choices[kind.name]])
    if kind.kind is Kind.CODE:
        return random.choice(["0301", "5501", "5610", "A1"])
    if kind.kind is Kind.DECIMAL:
        return random.choice(["1", "0.5", "9.8765"])
    if kind.kind is Kind.DAY:
        return random.randrange(from_iso("2004-01-01"), LATE)
    low = 0 if attribute.least is None else attribute.least
    high = low + 200 if attribute.most is None else attribute.most
    return random.randint(low, high)
