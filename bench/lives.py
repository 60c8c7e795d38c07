"""Children of Norway from birth to 18, each with a carer: all programmes of child benefit, all of that time.

Births lie in 2006 and 2007, so that every rate since then plays a part. One carer in three moves once, half
of them to or from a place with a supplement; one in five is a lone parent with transitional benefit for a
while.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from duly.law import Pack, columns, kernel
from duly.law.layout import layout
from duly.timeline import BEGIN, Timelines, from_iso

__all__ = ["DAYS", "batch", "due"]

DAYS: Final = (from_iso("2006-01-01"), from_iso("2026-01-01"))
PLACES: Final = ("0301", "5501", "5610", "2100")
SAID: Final = {
    "Care.present": True,
    "Care.role": "mother",
    "Care.recipient": None,
    "Care.named_recipient": True,
}
MISSING: Final = {
    "Care.foreign_interval": "monthly",
    "Person.municipality": "0301",
    "Parenthood.role": "mother",
    "Practice.code": "0000",
}


def batch(pack: Pack, children: int, seed: int) -> columns.Facts:
    """Carers first, then children; a link of care from each carer to the child in the same place."""
    random, vocabulary = np.random.default_rng(seed), pack.vocabulary
    none = np.zeros(0, dtype=np.int32)
    links = {r.name: columns.Links(owners=none, members=none) for r in vocabulary.relations.values()}
    carers = np.arange(children, dtype=np.int32)
    links["Person.cares_for"] = columns.Links(owners=carers, members=carers + children)
    counts = dict.fromkeys(vocabulary.kinds, 0) | {"Person": 2 * children}
    counts |= dict.fromkeys(vocabulary.links, 0) | {"Care": children}
    held = {a.name: _same(pack, a.name, counts[a.owner]) for a in layout(pack).attributes}
    held["Person.born"] = Timelines.lasting(_births(random, children))
    held["Person.municipality"] = _moves(pack, random, children)
    held["Person.lone_parent"] = _while(random, children, (0, 1, 0))
    full = vocabulary.index_of("Transitional", "full")
    held["Person.transitional"] = _while(random, children, (0, full, 0))
    numbers = {kind: np.arange(1, counts[kind] + 1) for kind in vocabulary.kinds}
    return columns.given(pack, numbers=numbers, links=links, columns=held)


def due(pack: Pack, facts: columns.Facts, cache: Path, processors: int | None) -> int:
    """Evaluate all programmes of child benefit; how many periods came out."""
    found = 0
    for name in pack.programmes:
        if name.startswith("barnetrygd."):
            keys = columns.keys(pack, name, facts)
            ends = (keys.holders, keys.abouts, keys.links)
            first, last = DAYS
            days = {"known_at": None, "first": first, "last": last}
            found += len(
                kernel.evaluate(pack, name, facts, *ends, **days, kept=cache, processors=processors).starts
            )
    return found


def _same(pack: Pack, name: str, rows: int) -> Timelines:
    """What is said of nobody in particular."""
    attribute = pack.vocabulary.attribute(name)
    absent: Any = None if attribute.type.optional else MISSING.get(name, 0)
    value = SAID.get(name, attribute.absent if _given(attribute.absent) else absent)
    coded = value if isinstance(value, int) else pack.vocabulary.encode(attribute.type, value)
    return Timelines.lasting(np.full(rows, int(coded), dtype=np.int64))


def _given(absent: object) -> bool:
    return absent is None or (isinstance(absent, bool | int | str) and type(absent).__name__ != "Missing")


def _births(random: np.random.Generator, children: int) -> NDArray[np.int64]:
    carers = random.integers(from_iso("1965-01-01"), from_iso("1985-01-01"), children)
    return np.concatenate([carers, random.integers(*map(from_iso, ("2006-01-01", "2008-01-01")), children)])


def _moves(pack: Pack, random: np.random.Generator, children: int) -> Timelines:
    """Carer and child move together, on the same day or never."""
    kind = pack.vocabulary.attribute("Person.municipality").type
    places = np.array([pack.vocabulary.encode(kind, place) for place in PLACES])
    before, after = (places[random.integers(0, len(PLACES), children)] for _ in range(2))
    moves = random.random(children) < 1 / 3
    days = random.integers(*DAYS, children)
    return _turning(np.tile(days, 2), np.tile(before, 2), np.tile(np.where(moves, after, before), 2))


def _while(random: np.random.Generator, children: int, values: tuple[int, int, int]) -> Timelines:
    """For one carer in five something holds for some years; for a child never."""
    rows = np.arange(2 * children)
    chosen = (rows < children) & (random.random(2 * children) < 0.2)
    begins = random.integers(*DAYS, 2 * children)
    starts = np.stack([np.full(len(rows), BEGIN), begins, begins + 1000], axis=1).astype(np.int32)
    held = np.where(chosen[:, None], np.array(values), values[0])
    return _canonical(starts, held)


def _turning(days: NDArray[Any], before: NDArray[Any], after: NDArray[Any]) -> Timelines:
    starts = np.stack([np.full(len(days), BEGIN), days], axis=1).astype(np.int32)
    return _canonical(starts, np.stack([before, after], axis=1))


def _canonical(starts: NDArray[np.int32], values: NDArray[Any]) -> Timelines:
    rows, width = starts.shape
    return Timelines.canonical(
        offsets=np.arange(rows + 1, dtype=np.int64) * width,
        starts=starts.reshape(-1),
        values=values.reshape(-1).astype(np.int64),
        known=np.ones(starts.size, dtype=np.bool_),
    )
