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
    columns = _room(room, len(names))
    places = [address(offsets), *map(address, columns)]
    while (key := drive(*given, *places, room, key)) < keys:
        columns = [_doubled(column) for column in columns]
        places = [address(offsets), *map(address, columns)]
        room *= 2
    starts, state, reasons, fields = (column[: offsets[-1]] for column in columns)
    return Grants(offsets=offsets, starts=starts, state=state, reasons=reasons, fields=fields, names=names)


def _room(rows: int, fields: int) -> list[NDArray[Any]]:
    state = [np.empty(rows, dtype=np.int8) for _ in range(2)]
    return [np.empty(rows, dtype=np.int32), *state, np.empty((rows, fields), dtype=np.int64)]


def _doubled(column: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate([column, np.empty_like(column)])


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
    columns = _room(keys, len(names))
    places = [address(offsets), *map(address, columns)]

    def part(of: slice) -> int:
        return drive(*given[:4], of.stop, *given[5:], *places, keys, of.start)

    share(part)
    starts, state, reasons, fields = columns
    return Grants(offsets=offsets, starts=starts, state=state, reasons=reasons, fields=fields, names=names)
