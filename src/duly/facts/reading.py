"""Many snapshots are read at once into arrays; the odd ones, where two statements may disagree, one by one.

The rows are as `resolve.values` has them, save that neighbours may be equal (columns join them), and the
pointers as `content.read_snapshot` has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from duly.facts import scan
from duly.facts.content import read_snapshot
from duly.facts.resolve import values
from duly.law import ABSENT
from duly.law.machine import address, loaded
from duly.law.rows import IS, Rows
from duly.law.texts import distinct

__all__ = ["Pointers", "Read", "read"]

Numbers = NDArray[np.int64]
USUAL: Final = 40
"""Bytes for which there is room for a statement at first."""


class Pointers(NamedTuple):
    """Pointer i says that `owners[i]` owns a link of `texts[names[i]]` to the subject of a record."""

    records: Numbers
    names: Numbers
    owners: Numbers
    texts: tuple[str, ...]


class Read(NamedTuple):
    """What snapshots say; an owner of a fact is the place of its snapshot among them."""

    rows: Rows
    pointers: Pointers


def read(snapshots: Sequence[bytes], cache: Path | None) -> Read:
    """Everything that these snapshots say, in their order."""
    count = len(snapshots)
    bounds, odd = np.zeros(count + 1, dtype=np.int64), np.zeros(count, dtype=np.int64)
    np.cumsum(np.fromiter(map(len, snapshots), np.int64, count), out=bounds[1:])
    data = np.frombuffer(b"".join(snapshots), dtype=np.uint8)
    stated, links = _walked(data, bounds, odd, cache)
    names = distinct(data, stated[1], stated[2], cache)
    facts, segments = _settled(stated, names.which, count, odd, cache)
    texts = tuple(text.decode() for text in names.texts)
    kinds, said, wide = (
        np.append(each, end) for each, end in zip(stated[6:], (IS.ABSENT, 0, 0), strict=True)
    )
    rows = Rows(
        owners=facts[0],
        names=names.which[facts[1]],
        members=stated[3][facts[1]],
        offsets=np.append(facts[2], len(segments[0])),
        starts=segments[0],
        kinds=kinds[segments[1]],
        values=said[segments[1]],
        lengths=wide[segments[1]],
        data=data,
        texts=texts,
    )
    of_links = distinct(data, links[1], links[2], cache)
    pointers = Pointers(links[0], of_links.which, links[3], tuple(t.decode() for t in of_links.texts))
    slow = np.flatnonzero(odd).tolist()
    return (
        _with(Read(rows, pointers), {place: snapshots[place] for place in slow})
        if slow
        else Read(rows, pointers)
    )


def _walked(
    data: NDArray[np.uint8], bounds: Numbers, odd: Numbers, cache: Path | None
) -> tuple[list[Numbers], list[Numbers]]:
    walked, totals = loaded(scan.TEXT, scan.ENTRIES, cache)["walked"], np.zeros(2, dtype=np.int64)
    room = space = len(data) // USUAL + 16
    while True:
        rows, links = np.empty((scan.FIELDS, room), np.int64), np.empty((scan.LINKS, space), np.int64)
        walked(
            address(data), address(bounds), len(odd), address(rows), room, address(links), space,
            address(odd), address(totals),
        )  # fmt: skip
        if totals[0] <= room and totals[1] <= space:
            return list(rows[:, : totals[0]].copy()), list(links[:, : totals[1]].copy())
        room, space = max(room, int(totals[0])), max(space, int(totals[1]))


def _settled(
    stated: list[Numbers], names: Numbers, count: int, odd: Numbers, cache: Path | None
) -> tuple[list[Numbers], list[Numbers]]:
    rows, totals = len(names), np.zeros(2, dtype=np.int64)
    room = 2 * rows
    order, days = np.empty(rows, np.int64), np.empty(room, np.int64)
    facts, segments = np.empty((3, rows), np.int64), np.empty((2, room), np.int64)
    bounds = np.searchsorted(stated[0], np.arange(count + 1))
    given: list[Any] = [names, stated[3], stated[4], stated[5], bounds]
    loaded(scan.TEXT, scan.ENTRIES, cache)["settled"](
        *map(address, given), count, address(order), address(days), address(facts), rows, address(segments),
        room, address(odd), address(totals),
    )  # fmt: skip
    return list(facts[:, : totals[0]]), list(segments[:, : totals[1]])


class _Slow:
    """Facts of snapshots that are read one by one, as lists."""

    def __init__(self, texts: Sequence[str], begin: int) -> None:
        self.facts: list[tuple[int, int, int, int]] = []
        self.segments: list[tuple[int, int, int, int]] = []
        self.names = {text: place for place, text in enumerate(texts)}
        self._data, self._begin = bytearray(), begin

    def add(self, record: int, data: bytes) -> dict[str, tuple[int, ...]]:
        """The pointers of the snapshot; its facts are added."""
        content = read_snapshot(data)
        for (name, member), said in values(content.entries).items():
            self.facts.append((record, self.names.setdefault(name, len(self.names)), member, len(said)))
            self.segments += [(start, *self._value(value)) for start, value in said]
        return content.pointers

    def data(self) -> bytes:
        return bytes(self._data)

    def _value(self, value: object) -> tuple[int, int, int]:
        match value:
            case str():
                text = value.encode()
                self._data += text
                return IS.WORDS, self._begin + len(self._data) - len(text), len(text)
            case bool() | int():
                return IS.TRUTH if isinstance(value, bool) else IS.NUMBER, int(value), 0
            case None:
                return IS.NOTHING, 0, 0
            case _:
                return IS.ABSENT if value is ABSENT else IS.UNKNOWN, 0, 0


def _with(found: Read, odd: dict[int, bytes]) -> Read:
    """The same, with snapshots that are read one by one."""
    rows, pointers = found
    slow, relations = _Slow(rows.texts, len(rows.data)), {t: p for p, t in enumerate(pointers.texts)}
    links = [
        (record, relations.setdefault(name, len(relations)), owner)
        for record, data in odd.items()
        for name, owners in slow.add(record, data).items()
        for owner in owners
    ]
    facts = np.array(slow.facts, dtype=np.int64).reshape(-1, 4).T
    segments = np.array(slow.segments, dtype=np.int64).reshape(-1, 4).T
    ends = rows.offsets[-1] + np.cumsum(facts[3])
    whole = Rows(
        owners=np.concatenate([rows.owners, facts[0]]),
        names=np.concatenate([rows.names, facts[1]]),
        members=np.concatenate([rows.members, facts[2]]),
        offsets=np.concatenate([rows.offsets, ends]),
        starts=np.concatenate([rows.starts, segments[0]]),
        kinds=np.concatenate([rows.kinds, segments[1]]),
        values=np.concatenate([rows.values, segments[2]]),
        lengths=np.concatenate([rows.lengths, segments[3]]),
        data=np.concatenate([rows.data, np.frombuffer(slow.data(), dtype=np.uint8)]),
        texts=tuple(slow.names),
    )
    order = np.argsort(whole.owners, kind="stable")
    others = np.array(links, dtype=np.int64).reshape(-1, 3).T
    even = ~np.isin(pointers.records, np.fromiter(odd, np.int64, len(odd)))
    records = np.concatenate([pointers.records[even], others[0]])
    by_record = np.argsort(records, kind="stable")
    return Read(
        whole.take(order, whole.owners[order]),
        Pointers(
            records[by_record],
            np.concatenate([pointers.names[even], others[1]])[by_record],
            np.concatenate([pointers.owners[even], others[2]])[by_record],
            tuple(relations),
        ),
    )
