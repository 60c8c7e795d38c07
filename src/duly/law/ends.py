"""The links of a relation by the subject at one end, as the kernel reads them.

It reads what a link leads to without asking, so a link that leads to nobody is refused here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from duly.errors import BadInput
from duly.law.passes import among, offsets_of
from duly.law.team import Team

if TYPE_CHECKING:
    from duly.law.columns import Facts
    from duly.law.vocabulary import Relation

__all__ = ["Ends", "members", "nowhere", "upwards"]

Index = NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ends:
    """Links by the subject at one end: offsets, other subjects, rows of links; and the most that one has."""

    arrays: tuple[NDArray[Any], ...]
    most: int


def members(facts: Facts, relation: Relation, cache: Path | None, team: Team) -> Ends:
    """The links of a relation, found once."""
    if relation.name not in facts.ends:
        facts.ends[relation.name] = _by_subject(facts, relation, cache, team)
    return facts.ends[relation.name]


def _by_subject(facts: Facts, relation: Relation, cache: Path | None, team: Team) -> Ends:
    links, count = facts.links[relation.owning], len(facts.numbers[relation.of])
    mine, other = (links.members, links.owners) if relation.inverse_of else (links.owners, links.members)
    mine, other = np.ascontiguousarray(mine), np.ascontiguousarray(other)
    _refuse_strangers(relation, relation.of, mine, count)
    _refuse_strangers(relation, relation.to, other, len(facts.numbers[relation.to]))
    in_order = offsets_of(mine, count, cache, team)
    if in_order is not None:
        return Ends(arrays=(in_order[0], other, upwards(len(mine))), most=in_order[1])
    rows = np.argsort(mine, kind="stable").astype(np.int32)
    lengths, offsets = np.bincount(mine, minlength=count), np.zeros(count + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return Ends(arrays=(offsets, other[rows], rows), most=int(lengths.max()))


def _refuse_strangers(relation: Relation, kind: str, ends: Index, count: int) -> None:
    """Raises `BadInput` where a link has an end that is nobody of the batch."""
    if not among(ends, count):
        raise BadInput(
            "A link that leads nowhere",
            detail=f"An end of {relation.owning} is no row of {kind}, of which there are {count}.",
            where=relation.owning,
            hint="Owners and members of links are local indexes, from 0.",
        )


def upwards(count: int) -> Index:
    """0, 1, 2 and so on: shared by all batches, since nobody writes into it."""
    return _shared(max(count - 1, 0).bit_length(), 1)[:count]


def nowhere(count: int) -> Index:
    """-1 so many times, likewise."""
    return _shared(max(count - 1, 0).bit_length(), 0)[:count]


@lru_cache(maxsize=64)
def _shared(bits: int, step: int) -> Index:
    found = np.arange(1 << bits, dtype=np.int32) if step else np.full(1 << bits, -1, dtype=np.int32)
    found.flags.writeable = False
    return found
