"""Where a kernel finds what it reads: its heap is a short table of numbers and of places in memory.

An attribute or rate has four places there (offsets, starts, values, known), a relation three (offsets, other
subjects, links), a kind one: how many of it have a history.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from duly.law.machine import address
from duly.law.plan import followed, numbered, read_attributes

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.vocabulary import Attribute

__all__ = ["Heap", "Layout", "layout"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Heap:
    """What a kernel reads: where the table of numbers and places begins, and what lies in those places."""

    table: int
    held: object
    """The table, which stays there."""
    parts: Callable[[], Sequence[int | NDArray[Any]]]

    @classmethod
    def of(cls, parts: Sequence[int | NDArray[Any]]) -> Heap:
        """The arrays stay where they are; they have to be of the type that is read, without gaps."""
        whole = array("q", [part if isinstance(part, int) else address(part) for part in parts])
        return cls.at(whole, lambda: parts)

    @classmethod
    def at(cls, table: array[int], parts: Callable[[], Sequence[int | NDArray[Any]]]) -> Heap:
        """A table that is there already; `parts` gives what lies in its places."""
        return cls(table=table.buffer_info()[0], held=table, parts=parts)

    def lists(self) -> list[int | list[int]]:
        """The same for a kernel that runs as plain Python."""
        return [part if isinstance(part, int) else part.reshape(-1).tolist() for part in self.parts()]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """First places in the heap: of attributes and relations, "rate ..." of rates, "here ..." of kinds.

    "number ..." are those of the kinds whose numbers a rule compares.
    """

    slots: Mapping[str, int]
    attributes: tuple[Attribute, ...]


@lru_cache(maxsize=16)
def layout(pack: Pack) -> Layout:
    """The same for every batch of the pack."""
    read = sorted(read_attributes(pack))
    vocabulary = pack.vocabulary
    sizes = {
        **dict.fromkeys(read, 4),
        **dict.fromkeys(followed(pack), 3),
        **dict.fromkeys((f"rate {name}" for name in sorted(pack.rates)), 4),
        **dict.fromkeys((f"here {name}" for name in sorted(vocabulary.kinds)), 1),
        **dict.fromkeys((f"number {name}" for name in numbered(pack)), 1),
        "windows": 5,
    }
    ends = accumulate(sizes.values(), initial=0)
    return Layout(
        slots=dict(zip(sizes, ends, strict=False)),
        attributes=tuple(vocabulary.attribute(name) for name in read),
    )
