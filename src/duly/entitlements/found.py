"""What was last found due to a holder is kept as a digest: a run sees at once who is as before.

The digest is over all timelines of all programmes of a purpose, as the kernel gives them, under the holder's
own data key. b"" stands for a holder who has to be looked at in any case: something waits or is suspended, or
the holder has chosen how to get it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, bindparam, select

from duly.entitlements.tables import found as found_table
from duly.law import kernel
from duly.store import upsert
from duly.store.rows import raw_rows, write_rows

__all__ = ["ALWAYS_LOOK", "Part", "contents", "in_range", "write"]

ALWAYS_LOOK: Final = b""
_KEEP = upsert(found_table, ["holder", "purpose"])
_COLUMNS: Final = ("holder", "purpose", "digest")
_RANGE = select(found_table.c.holder, found_table.c.digest).where(
    found_table.c.purpose == bindparam("of"),
    found_table.c.holder > bindparam("after"),
    found_table.c.holder <= bindparam("last"),
)
_HEAD: Final = 4
"""Columns before a grant's fields: programme, about, start, state and reason."""


class Part(NamedTuple):
    """Keys of a programme (by the place of its name) by number, and what is due to them."""

    place: int
    holders: NDArray[np.int64]
    abouts: NDArray[np.int64]
    grants: kernel.Grants


def write(conn: Connection, purpose: str, digests: Mapping[int, bytes]) -> None:
    """Keep what was found for these holders."""
    write_rows(conn, _KEEP, _COLUMNS, [(n, purpose, digest) for n, digest in sorted(digests.items())])


def in_range(conn: Connection, purpose: str, after: int, last: int) -> dict[int, bytes]:
    """What was found for the holders above `after` up to `last`."""
    rows = raw_rows(conn, _RANGE, {"of": purpose, "after": after, "last": last})
    return {holder: bytes(digest) for holder, digest in rows}


def contents(parts: Sequence[Part], holders: Iterable[int]) -> dict[int, bytes]:
    """By holder what the digest is over: rows by programme, subject and start, the same in any batch."""
    width = _HEAD + max((part.grants.fields.shape[1] for part in parts), default=0)
    found = dict.fromkeys(holders, b"")
    if not parts:
        return found
    made = [_rows(part, width) for part in parts]
    owners: NDArray[np.int64] = np.concatenate([whose for whose, _ in made])
    order = np.argsort(owners, kind="stable")
    owners, whole = owners[order], np.concatenate([rows for _, rows in made])[order]
    numbers, starts = np.unique(owners, return_index=True)
    ends = [*starts.tolist(), len(owners)][1:]
    data, size = memoryview(whole.tobytes()), width * whole.itemsize
    for number, start, end in zip(numbers.tolist(), starts.tolist(), ends, strict=True):
        if number in found:
            found[number] = bytes(data[start * size : end * size])
    return found


def _rows(part: Part, width: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The holder of each segment, and the segment as a row of numbers; keys in order of their numbers."""
    grants = part.grants
    order = np.lexsort((part.abouts, part.holders))
    counts = np.diff(grants.offsets)[order]
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    at = np.arange(total) + np.repeat(grants.offsets[:-1][order] - (ends - counts), counts)
    rows = np.zeros((total, width), dtype=np.int64)
    rows[:, 0] = part.place
    rows[:, 1] = np.repeat(part.abouts[order], counts)
    rows[:, 2] = grants.starts[at]
    rows[:, 3] = grants.state[at].astype(np.int64) * 256 + grants.reasons[at]
    rows[:, _HEAD : _HEAD + grants.fields.shape[1]] = np.where(
        (grants.state[at] == kernel.GRANT)[:, None], grants.fields[at], 0
    )
    return np.repeat(part.holders[order], counts), rows
