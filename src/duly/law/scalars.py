"""What generated kernels call: every function here is exact on int64, or says that it could not be.

`known` is 1 where a value is known and below 1 where it is not; of several reasons the lowest stands. The
text of these functions is copied into each generated module (so that one hash covers all that runs), hence
they call only each other and the calendar. A value that is not known is 0. `until` is the first day on which
a value may differ from what it is on the day asked for.
"""

from __future__ import annotations

from typing import Any, Final

from duly.law.ir import NONE
from duly.timeline import END_OF_TIME as FAR
from duly.timeline import add_months, first_of_index, month_from, month_index

__all__ = [
    "CONFLICT",
    "DIVIDED_BY_ZERO",
    "FAR",
    "LARGEST",
    "NONE",
    "OVERFLOW",
    "UNKNOWN_FACT",
    "at32",
    "at64",
]

UNKNOWN_FACT: Final = 0
OVERFLOW: Final = -1
DIVIDED_BY_ZERO: Final = -2
CONFLICT: Final = -3
LARGEST: Final = 2**63 - 1
HALF: Final = 2**31
HIGHEST: Final = 2**62
FARTHEST: Final = 2**40
"""The farthest day, to either side, to which a calculation may come."""
LONGEST: Final = 18
"""Digits of the longest power of ten."""


Array = Any
"""Where numbers lie: an address, or a list where the kernel runs as plain Python."""


def apart() -> None:
    """First in a function that shall not be copied into each of its callers: law is long."""


def at64(array: Array, at: int) -> int:
    """A number of 64 bits that nothing changes while the kernel runs."""
    return array[at]


def at32(array: Array, at: int) -> int:
    """Likewise of 32 bits."""
    return array[at]


def at8(array: Array, at: int) -> int:
    """Likewise of 8 bits."""
    return array[at]


def find(heap: Array, place: int, row: int, day: int) -> tuple[int, int, int]:
    """Value, known and until of a row of the timelines at a place of the heap, on a day."""
    apart()
    low = at64(at64(heap, place), row)
    end = at64(at64(heap, place), row + 1)
    starts = at64(heap, place + 1)
    high = end
    while high - low > 8:
        middle = (low + high) // 2
        if at32(starts, middle) <= day:
            low = middle
        else:
            high = middle
    while low + 1 < high and at32(starts, low + 1) <= day:
        low += 1
    until = at32(starts, low + 1) if low + 1 < end else FAR
    return at64(at64(heap, place + 2), low), at8(at64(heap, place + 3), low), until


def among(values: Array, count: int, value: int) -> int:
    """1 where a value is one of `count` sorted values, else 0."""
    low = 0
    high = count
    while low < high:
        middle = (low + high) // 2
        if at64(values, middle) < value:
            low = middle + 1
        else:
            high = middle
    return 1 if low < count and at64(values, low) == value else 0


def decided(
    by: int, value: int, known: int, until: int, part: int, part_known: int, part_until: int
) -> tuple[int, int, int]:
    """What is not yet decided, and one more part: decided if that is known to be `by`."""
    if part_known == 1 and part == by:
        return by, 1, part_until
    return value, min(known, part_known), min(until, part_until)


def decided_first(
    by: int, value: int, known: int, until: int, part: int, part_known: int, part_until: int
) -> tuple[int, int, int]:
    """The same, where it may be decided already."""
    if known == 1 and value == by:
        return value, known, until
    return decided(by, value, known, until, part, part_known, part_until)


def agreed(
    test_known: int, value: int, known: int, until: int, other: int, other_known: int, other_until: int
) -> tuple[int, int, int]:
    """The other, which a known test chose; else what both agree on."""
    if test_known == 1:
        return other, other_known, other_until
    if known == 1 and other_known == 1 and value == other:
        return value, 1, min(until, other_until)
    return 0, min(test_known, min(known, other_known)), min(until, other_until)


def picked(
    test: int,
    test_known: int,
    value: int,
    known: int,
    until: int,
    other: int,
    other_known: int,
    other_until: int,
) -> tuple[int, int, int]:
    """The value if the test is true, the other if it is false; what both agree on if it is unknown."""
    if test_known == 1 and test == 1:
        return value, known, until
    return agreed(test_known, value, known, until, other, other_known, other_until)


def latest(day: int, months: int, up: int) -> int:
    """The latest day that is on or before `day` when `months` are added to it: `add_months` the other way."""
    index = month_index(day)
    if up == 0 and day + 1 == first_of_index(index + 1):
        return first_of_index(index - months + 1) - 1
    return add_months(day, -months)


def window(heap: Array, place: int, day: int) -> int:
    """Which stretch of days, in each of which no rate changes, a day lies in."""
    apart()
    starts = at64(heap, place + 1)
    low = 0
    high = at64(heap, place)
    while high - low > 1:
        middle = (low + high) // 2
        if at32(starts, middle) <= day:
            low = middle
        else:
            high = middle
    return low


def turned(known: int, until: int, day: int, turn: int) -> int:
    """`until`, or the day `turn` if it is known and comes before."""
    return min(until, turn) if known == 1 and day < turn else until


def stands(value: int, known: int) -> int:
    """0 nothing is due, 1 it is unknown, 2 there is a grant."""
    if known != 1:
        return 1
    return 0 if value == NONE else 2


def answered(value: int, known: int) -> int:
    """0 no, 1 unknown, 2 yes."""
    if known != 1:
        return 1
    return 2 if value == 1 else 0


def times(a: int, b: int) -> tuple[int, int]:
    """The product, and 1 or `OVERFLOW`."""
    if -HALF < a < HALF and -HALF < b < HALF:
        return a * b, 1
    if a == 0 or b == 0:
        return 0, 1
    if a < -LARGEST or b < -LARGEST or abs(b) > LARGEST // abs(a):
        return 0, OVERFLOW
    return a * b, 1


def plus(a: int, b: int) -> tuple[int, int]:
    """The sum, and 1 or `OVERFLOW`."""
    if (b > 0 and a > LARGEST - b) or (b < 0 and a < -LARGEST - b):
        return 0, OVERFLOW
    return a + b, 1


def whole_quotient(a: int, b: int) -> tuple[int, int]:
    """a // b as Python has it, and 1 or the reason."""
    if b == 0:
        return 0, DIVIDED_BY_ZERO
    return a // b, 1


def remainder(a: int, b: int) -> tuple[int, int]:
    """a % b as Python has it, and 1 or the reason."""
    if b == 0:
        return 0, DIVIDED_BY_ZERO
    return a % b, 1


def dated(day: int) -> tuple[int, int]:
    """The day, and 1 or `OVERFLOW` if it is too far for calendars; `None` stays `None`."""
    if day == NONE or -FARTHEST <= day <= FARTHEST:
        return day, 1
    return 0, OVERFLOW


def common_divisor(a: int, b: int) -> int:
    """The greatest common divisor, at least 1."""
    a = abs(a)
    b = abs(b)
    while b != 0:
        a, b = b, a % b
    return a if a > 1 else 1


def lowest(a: int, b: int) -> tuple[int, int]:
    """a / b in lowest terms; the denominator is above 0."""
    shared = common_divisor(a, b)
    return a // shared, b // shared


def ratio_times(a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    """(a / b) * (c / d) as numerator, denominator and 1 or `OVERFLOW`. Denominators are above 0."""
    apart()
    top, top_known = times(a, c)
    bottom, bottom_known = times(b, d)
    if top_known == 1 and bottom_known == 1:
        return top, bottom, 1
    a, b = lowest(a, b)
    c, d = lowest(c, d)
    left = common_divisor(a, d)
    right = common_divisor(c, b)
    top, top_known = times(a // left, c // right)
    bottom, bottom_known = times(b // right, d // left)
    if top_known == 1 and bottom_known == 1:
        return top, bottom, 1
    return 0, 1, OVERFLOW


def ratio_over(a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    """(a / b) / (c / d), likewise."""
    apart()
    if c == 0:
        return 0, 1, DIVIDED_BY_ZERO
    if c < 0:
        return ratio_times(a, b, -d, -c)
    return ratio_times(a, b, d, c)


def ratio_plus(a: int, b: int, c: int, d: int) -> tuple[int, int, int]:
    """a / b + c / d, likewise."""
    apart()
    shared = common_divisor(b, d)
    left, left_known = times(a, d // shared)
    right, right_known = times(c, b // shared)
    bottom, bottom_known = times(b // shared, d)
    top, top_known = plus(left, right)
    known = min(min(left_known, right_known), min(bottom_known, top_known))
    if known == 1:
        return top, bottom, 1
    a, b = lowest(a, b)
    c, d = lowest(c, d)
    shared = common_divisor(b, d)
    left, left_known = times(a, d // shared)
    right, right_known = times(c, b // shared)
    bottom, bottom_known = times(b // shared, d)
    top, top_known = plus(left, right)
    known = min(min(left_known, right_known), min(bottom_known, top_known))
    if known == 1:
        return top, bottom, 1
    return 0, 1, known


def ratio_order(a: int, b: int, c: int, d: int) -> tuple[int, int]:
    """-1, 0 or 1 as a / b is below, equal to or above c / d, and 1 or `OVERFLOW`."""
    apart()
    if a == NONE or c == NONE:
        return (0 if a == c else 1), 1
    left, left_known = times(a, d)
    right, right_known = times(c, b)
    if left_known != 1 or right_known != 1:
        a, b = lowest(a, b)
        c, d = lowest(c, d)
        shared = common_divisor(b, d)
        left, left_known = times(a, d // shared)
        right, right_known = times(c, b // shared)
    if left_known != 1 or right_known != 1:
        return 0, OVERFLOW
    return (1 if left > right else 0) - (1 if left < right else 0), 1


def ratio_same(a: int, b: int, c: int, d: int) -> int:
    """1 if a / b is c / d, else 0; what it is made of always fits."""
    apart()
    if a == NONE or c == NONE:
        return 1 if a == c else 0
    a, b = lowest(a, b)
    c, d = lowest(c, d)
    return 1 if a == c and b == d else 0


def rounded(a: int, b: int, to: int, half: int, upward: int) -> tuple[int, int]:
    """a / b to a whole multiple of `to`, and 1 or `OVERFLOW`.

    `half` is 0 (floor, or ceiling if `upward`), 1 (to the nearest, halves away from 0) or 2 (halves to even).
    """
    apart()
    unit, unit_known = times(b, to)
    if unit_known != 1:
        a, b = lowest(a, b)
        unit, unit_known = times(b, to)
    if unit_known != 1:
        return 0, OVERFLOW
    whole = a // unit
    rest = a - whole * unit
    above = unit - rest
    if half == 0:
        raised = upward == 1 and rest > 0
    elif rest != above:
        raised = rest > above
    elif half == 1:
        raised = a > 0
    else:
        raised = whole % 2 == 1
    return times(whole + (1 if raised else 0), to)


def product_over(a: int, c: int, m: int) -> tuple[int, int, int]:
    """a * c // m, what is left over, and 1 or `OVERFLOW`; a * c need not fit. None is negative, m not 0."""
    apart()
    whole = c // m
    part = c - whole * m
    quotient = 0
    rest = 0
    unit = HIGHEST
    while unit > 0:
        carry = 1 if rest >= m - rest else 0
        rest = rest - (m - rest) if carry == 1 else rest + rest
        if quotient > (LARGEST - carry) // 2:
            return 0, 0, OVERFLOW
        quotient = quotient + quotient + carry
        if a >= unit:
            a = a - unit
            carry = 1 if rest >= m - part else 0
            rest = rest - (m - part) if carry == 1 else rest + part
            if whole > LARGEST - carry - quotient:
                return 0, 0, OVERFLOW
            quotient = quotient + whole + carry
        unit = unit // 2
    return quotient, rest, 1


def rounded_product(a: int, b: int, c: int, d: int, to: int, half: int, upward: int) -> tuple[int, int]:
    """(a / b) * (c / d) rounded as `rounded` does, and 1 or `OVERFLOW`; the product itself need not fit."""
    apart()
    top, bottom, known = ratio_times(a, b, c, d)
    if known == 1:
        found, fits = rounded(top, bottom, to, half, upward)
        if fits == 1:
            return found, 1
    a, b = lowest(a, b)
    c, d = lowest(c, d)
    left = common_divisor(a, d)
    right = common_divisor(c, b)
    unit, unit_known = times(d // left, to)
    under = b // right
    whole, rest, fits = product_over(abs(a) // left, abs(c) // right, under)
    if unit_known != 1 or fits != 1:
        return 0, OVERFLOW
    minus = 1 if a < 0 else 0
    if c < 0:
        minus = 1 - minus
    size = whole // unit
    over = whole - size * unit
    found, known = times(size + raised_by(size, over, unit, rest, under, half, upward, minus), to)
    return (-found if minus == 1 else found), known


def raised_by(
    size: int, over: int, unit: int, rest: int, under: int, half: int, upward: int, minus: int
) -> int:
    """1 where a size that stands (over + rest / under) / unit above `size` is rounded up, else 0."""
    if half == 0:
        away = upward if minus == 0 else 1 - upward
        return away if over > 0 or rest > 0 else 0
    more = over
    less = unit - over
    if less - more == 1:
        more = rest
        less = under - rest
    elif more == less and rest > 0:
        return 1
    if more != less:
        return 1 if more > less else 0
    return 1 if half == 1 else size - size // 2 * 2


def significant(a: int, b: int, digits: int, half: int, upward: int) -> tuple[int, int, int]:
    """a / b with so many digits from its first one that is not 0: numerator, denominator, 1 or `OVERFLOW`."""
    apart()
    if a == 0:
        return 0, 1, 1
    size = abs(a)
    whole = size // b
    places = digits if whole > 0 else digits - 1
    while whole > 0:
        whole = whole // 10
        places = places - 1
    bound = b
    while size < bound:
        bound = bound // 10 + (1 if bound // 10 * 10 < bound else 0)
        places = places + 1
    power = 1
    count = abs(places)
    if count > LONGEST:
        return 0, 1, OVERFLOW
    while count > 0:
        power = power * 10
        count = count - 1
    if places < 0:
        top, known = rounded(a, b, power, half, upward)
        return top, 1, known
    top, known = rounded_product(a, b, power, 1, 1, half, upward)
    return top, power, known


def first_shift(until: int, months: int, step: int, shift: int) -> int:
    """The first day whose period begins on or after `until`.

    `step` and `shift` are those of the current unit (see `periods.Reach`); the period begins `months` after.
    """
    if until >= FAR:
        return FAR
    return first_of_index((month_index(until - 1) - months - shift + step) // step * step + shift)


def last_shift(until: int, months: int, step: int, shift: int) -> int:
    """The first day whose period ends with `until` or later, `months` after the current one begins."""
    if until >= FAR:
        return FAR
    return first_of_index((month_index(until) - months - shift + step) // step * step + shift)


def next_first(until: int) -> int:
    """The first first-of-a-month on or after `until`."""
    return FAR if until >= FAR else month_from(until)
