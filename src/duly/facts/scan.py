"""Snapshots become numbers where they lie, without an object for any of their facts; the odd are marked.

Machine code: `walked` reads the MessagePack that `content.written` writes, `settled` says what holds when, as
`resolve.values` does, wherever no two statements begin on one day. All else is left to those two.
"""

from __future__ import annotations

import inspect
from typing import Any, Final

from duly.law.rows import IS
from duly.law.scalars import at8
from duly.timeline import END_OF_TIME

__all__ = ["ENTRIES", "FIELDS", "LINKS", "TEXT"]

UNKNOWN: Final = IS.UNKNOWN
NOTHING: Final = IS.NOTHING
TRUTH: Final = IS.TRUTH
NUMBER: Final = IS.NUMBER
WORDS: Final = IS.WORDS
FIELDS: Final = 9
"""Of a statement: record, name (place, length), member, start, end, kind, value, length of words."""
LINKS: Final = 4
"""Of a pointer: record, name (place, length), owner."""
FAR: Final = END_OF_TIME
ENTRY_PARTS: Final = 2
ORIGIN_PARTS: Final = 5
STATED_PARTS: Final = 6


def big(data: Any, at: int, size: int) -> int:
    """A number of `size` bytes, the highest first."""
    value = 0
    for place in range(at, at + size):
        value = value * 256 + (at8(data, place) & 255)
    return value


def whole(data: Any, at: int, end: int) -> tuple[int, int]:
    """A whole number, and where the next thing begins; -1 where there is none that fits in 63 bits."""
    if at < 0 or at >= end:
        return 0, -1
    head = at8(data, at) & 255
    if head < 128:
        return head, at + 1
    if head >= 224:
        return head - 256, at + 1
    size = 0
    if head == 204 or head == 208:
        size = 1
    if head == 205 or head == 209:
        size = 2
    if head == 206 or head == 210:
        size = 4
    if head == 207 or head == 211:
        size = 8
    if size == 0 or at + 1 + size > end:
        return 0, -1
    value = big(data, at + 1, size)
    if head == 207 and value < 0:
        return 0, -1
    if head == 208 and value >= 128:
        value -= 256
    if head == 209 and value >= 32768:
        value -= 65536
    if head == 210 and value >= 2147483648:
        value -= 4294967296
    return value, at + 1 + size


def words(data: Any, at: int, end: int) -> tuple[int, int]:
    """Where a text begins, and where it ends; -1 where there is none."""
    if at < 0 or at >= end:
        return 0, -1
    head = at8(data, at) & 255
    size = 0
    length = -1
    if head >= 160 and head < 192:
        length = head - 160
    if head >= 217 and head <= 219:
        size = 1 if head == 217 else 2 if head == 218 else 4
        if at + 1 + size > end:
            return 0, -1
        length = big(data, at + 1, size)
    begin = at + 1 + size
    if length < 0 or begin + length > end:
        return 0, -1
    return begin, begin + length


def several(data: Any, at: int, end: int, short: int, long: int) -> tuple[int, int]:
    """How many things a list (or map) has, and where the first begins; -1 where there is none."""
    if at < 0 or at >= end:
        return 0, -1
    head = at8(data, at) & 255
    if head >= short and head < short + 16:
        return head - short, at + 1
    if head == long and at + 3 <= end:
        return big(data, at + 1, 2), at + 3
    if head == long + 1 and at + 5 <= end:
        return big(data, at + 1, 4), at + 5
    return 0, -1


def value_of(data: Any, at: int, end: int) -> tuple[int, int, int, int]:
    """Kind, value, length of words, and where the next thing begins; -1 for what no fact has."""
    if at < 0 or at >= end:
        return 0, 0, 0, -1
    head = at8(data, at) & 255
    if head == 192:
        return NOTHING, 0, 0, at + 1
    if head == 194 or head == 195:
        return TRUTH, head - 194, 0, at + 1
    if (head >= 160 and head < 192) or (head >= 217 and head <= 219):
        begin, after = words(data, at, end)
        return WORDS, begin, after - begin, after
    value, after = whole(data, at, end)
    return NUMBER, value, 0, after


def origin_of(data: Any, at: int, end: int) -> int:
    """Where what follows an origin begins."""
    count, at = several(data, at, end, 144, 220)
    if count != ORIGIN_PARTS:
        return -1
    _said, at = words(data, at, end)
    _said, at = words(data, at, end)
    _said, at = whole(data, at, end)
    _said, at = whole(data, at, end)
    _said, at = whole(data, at, end)
    return at


def stated_of(data: Any, at: int, end: int, record: int, row: int, rows: Any, room: int) -> int:
    """Write one statement; where the next thing begins."""
    count, at = several(data, at, end, 144, 220)
    if count != STATED_PARTS:
        return -1
    name, after = words(data, at, end)
    member, at = whole(data, after, end)
    start, at = whole(data, at, end)
    if at < 0 or at + 1 >= end:
        return -1
    until = FAR
    if (at8(data, at) & 255) == 192:
        at += 1
    else:
        until, at = whole(data, at, end)
        if until >= FAR:
            return -1
    if at < 0 or at >= end:
        return -1
    known = (at8(data, at) & 255) - 194
    kind, value, length, at = value_of(data, at + 1, end)
    if known != 0 and known != 1:
        return -1
    if row < room:
        rows[row] = record
        rows[room + row] = name
        rows[2 * room + row] = after - name
        rows[3 * room + row] = member
        rows[4 * room + row] = start
        rows[5 * room + row] = until
        rows[6 * room + row] = kind if known == 1 else UNKNOWN
        rows[7 * room + row] = value
        rows[8 * room + row] = length
    return at


def pointers_of(
    data: Any, at: int, end: int, record: int, row: int, links: Any, room: int
) -> tuple[int, int]:
    """Write the pointers of a snapshot; how many rows there are then, and where it ends."""
    count, at = several(data, at, end, 128, 222)
    for _ in range(count):
        if at < 0:
            return row, -1
        name, after = words(data, at, end)
        owners, at = several(data, after, end, 144, 220)
        for _other in range(owners):
            owner, at = whole(data, at, end)
            if at < 0:
                return row, -1
            if row < room:
                links[row] = record
                links[room + row] = name
                links[2 * room + row] = after - name
                links[3 * room + row] = owner
            row += 1
    return row, at


def entries_of(data: Any, at: int, end: int, record: int, row: int, rows: Any, room: int) -> tuple[int, int]:
    """Write the statements of all entries; how many rows there are then, and where they end."""
    count, at = several(data, at, end, 144, 220)
    for _ in range(count):
        parts, at = several(data, at, end, 144, 220)
        if parts != ENTRY_PARTS:
            return row, -1
        at = origin_of(data, at, end)
        stated, at = several(data, at, end, 144, 220)
        for _other in range(stated):
            at = stated_of(data, at, end, record, row, rows, room)
            if at < 0:
                return row, -1
            row += 1
    return row, at


def walked(
    data: Any, bounds: Any, count: int, rows: Any, room: int, links: Any, space: int, odd: Any, totals: Any
) -> int:
    """Write the statements and pointers of records; `totals` says how many, whether there was room or not."""
    row = 0
    link = 0
    for record in range(count):
        end = bounds[record + 1]
        parts, at = several(data, bounds[record], end, 144, 220)
        begin, at = words(data, at, end)
        good = 1 if parts == 3 and at == begin + 1 and (at8(data, begin) & 255) == 115 else 0
        after = row
        linked = link
        if good == 1:
            after, at = entries_of(data, at, end, record, row, rows, room)
            linked, at = pointers_of(data, at, end, record, link, links, space)
            good = 1 if at == end else 0
        if good == 1:
            row = after
            link = linked
        else:
            odd[record] = 1
    totals[0] = row
    totals[1] = link
    return 0


def before_or_at(names: Any, members: Any, starts: Any, one: int, other: int) -> int:
    """1 where a row comes before another, by name, member and start, or neither does."""
    if names[one] != names[other]:
        return 1 if names[one] < names[other] else 0
    if members[one] != members[other]:
        return 1 if members[one] < members[other] else 0
    return 1 if starts[one] <= starts[other] else 0


def in_order(names: Any, members: Any, starts: Any, begin: int, end: int, order: Any) -> int:
    """The rows of a record by name, member and start."""
    for row in range(begin, end):
        at = row
        while at > begin and before_or_at(names, members, starts, order[at - 1], row) == 0:
            order[at] = order[at - 1]
            at -= 1
        order[at] = row
    return 0


def are_plain(names: Any, members: Any, starts: Any, ends: Any, order: Any, begin: int, end: int) -> int:
    """1 where no two statements of one fact begin on one day, and each ends after it begins."""
    for place in range(begin, end):
        row = order[place]
        if ends[row] <= starts[row]:
            return 0
        if place > begin and before_or_at(names, members, starts, row, order[place - 1]) == 1:
            return 0
    return 1


def of_one(starts: Any, ends: Any, row: int, at: int, out: Any, room: int) -> int:
    """The segments of a fact of which one statement is made; how many there are then."""
    out[at] = starts[row]
    out[room + at] = row
    if ends[row] >= FAR:
        return at + 1
    out[at + 1] = ends[row]
    out[room + at + 1] = -1
    return at + 2


def of_several(
    starts: Any, ends: Any, order: Any, first: int, last: int, at: int, out: Any, room: int, days: Any
) -> int:
    """The segments of a fact of which several statements are made; how many there are then."""
    count = 0
    for place in range(first, last):
        for which in range(2):
            day = starts[order[place]] if which == 0 else ends[order[place]]
            if day < FAR:
                spot = count
                while spot > 0 and days[spot - 1] > day:
                    days[spot] = days[spot - 1]
                    spot -= 1
                days[spot] = day
                count += 1
    before = -2
    for spot in range(count):
        day = days[spot]
        holds = last - 1
        while holds >= first and (starts[order[holds]] > day or ends[order[holds]] <= day):
            holds -= 1
        row = order[holds] if holds >= first else -1
        if row != before:
            out[at] = day
            out[room + at] = row
            at += 1
            before = row
    return at


def settled(
    names: Any, members: Any, starts: Any, ends: Any, bounds: Any, count: int, order: Any, days: Any,
    facts: Any, rows: int, out: Any, room: int, odd: Any, totals: Any,
) -> int:  # fmt: skip
    """Facts (record, row of the name and member, first segment) and segments (start, row of the value or -1).

    A record in which two statements of one fact begin on one day, or one ends before it begins, is odd.
    """
    fact = 0
    at = 0
    for record in range(count):
        begin = bounds[record]
        end = bounds[record + 1]
        in_order(names, members, starts, begin, end, order)
        fine = are_plain(names, members, starts, ends, order, begin, end)
        first = begin
        while fine == 1 and first < end:
            row = order[first]
            last = first + 1
            while last < end and names[order[last]] == names[row] and members[order[last]] == members[row]:
                last += 1
            facts[fact] = record
            facts[rows + fact] = row
            facts[2 * rows + fact] = at
            fact += 1
            if last == first + 1:
                at = of_one(starts, ends, row, at, out, room)
            else:
                at = of_several(starts, ends, order, first, last, at, out, room, days)
            first = last
        if fine == 0:
            odd[record] = 1
    totals[0] = fact
    totals[1] = at
    return 0


_NAMED: Final = {
    "UNKNOWN": UNKNOWN, "NOTHING": NOTHING, "TRUTH": TRUTH, "NUMBER": NUMBER, "WORDS": WORDS, "FAR": FAR,
    "ENTRY_PARTS": ENTRY_PARTS, "ORIGIN_PARTS": ORIGIN_PARTS, "STATED_PARTS": STATED_PARTS,
}  # fmt: skip
_INSIDE: Final = (
    big, whole, words, several, value_of, origin_of, stated_of, pointers_of, entries_of, before_or_at,
    in_order, are_plain, of_one, of_several,
)  # fmt: skip
TEXT: Final = "\n\n".join(
    [
        *(f"{name} = {value}" for name, value in _NAMED.items()),
        *map(inspect.getsource, _INSIDE),
        *(f"@entry\n{inspect.getsource(each)}" for each in (walked, settled)),
    ]
)
ENTRIES: Final = (("settled", 14), ("walked", 9))
