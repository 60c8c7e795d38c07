"""What a driver writes is columns, in as much room as it turns out to need; they are written only once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from duly.law.machine import address

__all__ = ["Grants", "by_arrays", "by_lists", "joined", "side_by_side"]

Drive = Callable[..., int]
Columns = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.int8], NDArray[np.int8]]
"""Fields, starts, states, reasons."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grants:
    """What is due to each key: segments `offsets[i]:offsets[i + 1]` from `first` on, equal neighbours joined.

    state int8: 0 none, 1 unknown, 2 a grant. reasons int8 of an unknown: 0 a fact is, -1 an amount did not
    fit in 63 bits, -2 division by zero. fields int64[segments, len(names)], 0 where there is no grant.
    """

    offsets: NDArray[np.int64]
    starts: NDArray[np.int32]
    state: NDArray[np.int8]
    reasons: NDArray[np.int8]
    fields: NDArray[np.int64]
    names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.offsets) - 1


def by_lists(drive: Callable[..., int], given: list[Any], names: tuple[str, ...]) -> Grants:
    """What the driver writes as plain Python, in as much room as it turns out to need."""
    keys, room, key = given[4], 8 * given[4], 0
    offsets = [0] * (keys + 1)
    starts, states, reasons = [0] * room, [0] * room, [0] * room
    fields = [0] * (room * len(names))
    while (key := drive(*given, offsets, starts, states, reasons, fields, room, key)) < keys:
        for column in (starts, states, reasons, fields):
            column += [0] * len(column)
        room *= 2
    rows = offsets[keys]
    return Grants(
        offsets=np.array(offsets, dtype=np.int64),
        starts=np.array(starts[:rows], dtype=np.int32),
        state=np.array(states[:rows], dtype=np.int8),
        reasons=np.array(reasons[:rows], dtype=np.int8),
        fields=np.array(fields[: rows * len(names)], dtype=np.int64).reshape(rows, len(names)),
        names=names,
    )


def by_arrays(drive: Callable[..., int], given: list[int], names: tuple[str, ...]) -> Grants:
    """What the driver writes as machine code, likewise; memory that it does not need is never touched."""
    keys, room, key = given[4], 8 * given[4], 0
    offsets = np.zeros(keys + 1, dtype=np.int64)
    memory, places = _room(room, len(names))
    while (key := drive(*given, address(offsets), *places, room, key)) < keys:
        before, (memory, places) = _columns(memory, room, room, len(names)), _room(2 * room, len(names))
        for old, new in zip(before, _columns(memory, 2 * room, room, len(names)), strict=True):
            new[:] = old
        room *= 2
    return _grants(offsets, _columns(memory, room, int(offsets[-1]), len(names)), names)


def _grants(offsets: NDArray[np.int64], columns: Columns, names: tuple[str, ...]) -> Grants:
    fields, starts, state, reasons = columns
    return Grants(offsets=offsets, starts=starts, state=state, reasons=reasons, fields=fields, names=names)


def _room(rows: int, fields: int) -> tuple[NDArray[np.uint8], list[int]]:
    """Memory for the columns of so many rows; where starts, states, reasons and fields begin."""
    memory = np.empty((8 * fields + 6) * rows or 1, dtype=np.uint8)
    begin = address(memory)
    starts = begin + 8 * fields * rows
    return memory, [starts, starts + 4 * rows, starts + 5 * rows, begin]


def _columns(memory: NDArray[np.uint8], room: int, rows: int, fields: int) -> Columns:
    """The first rows of fields, starts, states and reasons, in memory that has room for more."""
    starts = 8 * fields * room
    return (
        np.frombuffer(memory, np.int64, rows * fields).reshape(rows, fields),
        np.frombuffer(memory, np.int32, rows, starts),
        np.frombuffer(memory, np.int8, rows, starts + 4 * room),
        np.frombuffer(memory, np.int8, rows, starts + 5 * room),
    )


def joined(parts: Sequence[Grants]) -> Grants:
    """The parts one after another."""
    before = np.cumsum([0, *(part.offsets[-1] for part in parts)])
    ends = [part.offsets[1:] + begin for part, begin in zip(parts, before[:-1], strict=True)]
    return Grants(
        offsets=np.concatenate([np.zeros(1, dtype=np.int64), *ends]),
        starts=np.concatenate([part.starts for part in parts]),
        state=np.concatenate([part.state for part in parts]),
        reasons=np.concatenate([part.reasons for part in parts]),
        fields=np.concatenate([part.fields for part in parts]),
        names=parts[0].names,
    )


def side_by_side(
    drive: Drive, given: list[int], names: tuple[str, ...], share: Callable[[Callable[[slice], int]], object]
) -> Grants:
    """One row for each key, all in the same columns; `share` calls what it is given for parts of the keys."""
    keys = given[4]
    offsets = np.empty(keys + 1, dtype=np.int64)
    offsets[0] = 0
    memory, places = _room(keys, len(names))
    begin = address(offsets)

    def part(of: slice) -> int:
        return drive(*given[:4], of.stop, *given[5:], begin, *places, keys, of.start)

    share(part)
    return _grants(offsets, _columns(memory, keys, keys, len(names)), names)
