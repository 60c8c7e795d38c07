"""Arithmetic that is proved to fit when code is written: plain operations, and fractions over a constant.

A value whose span is known cannot leave it; where the span of a result stays within 63 bits nothing has to be
asked, and a fraction whose denominator is a constant is one number above it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import product
from math import lcm
from typing import Final

from duly.law.emitted import Span, Value, Writer, called, truth
from duly.law.scalars import LARGEST

__all__ = ["constant_bottom", "exact", "exact_order", "exact_rounding", "over_one_bottom", "scaled"]

WAYS: Final[Mapping[str, Callable[[int, int], int]]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b if b else a,
    "min": min,
    "max": max,
    "neg": lambda a, b: -a,
}


def exact(w: Writer, op: str, parts: Sequence[Value]) -> Value | None:
    """The operation on whole numbers, or on fractions over constants; None where it might not fit."""
    if any(part.span is None for part in parts):
        return None
    if all(len(part.parts) == 1 for part in parts):
        return _whole(w, op, parts)
    if any(constant_bottom(part) is None for part in parts):
        return None
    return _fraction(w, op, parts)


def _whole(w: Writer, op: str, parts: Sequence[Value]) -> Value | None:
    held = parts[0]
    if op == "neg":
        return _made(w, f"-{held.only}", _combined(op, held.span, held.span), held)
    for part in parts[1:]:
        span = _combined(op, held.span, part.span)
        divides = op in ("//", "%")
        if span is None or (divides and not _above_zero(part)):
            return None
        made = _made(w, _written(op, held, part), span, held)
        if made is None:
            return None
        held = made
    return held


def _written(op: str, left: Value, right: Value) -> str:
    if op in ("min", "max"):
        return called(op, left.only, right.only)
    if op in ("//", "%") and left.span is not None and left.span[0] >= 0:
        return called("quotient" if op == "//" else "rest", left.only, right.only)
    return f"{left.only} {op} {right.only}"


def _above_zero(value: Value) -> bool:
    return value.only.isdigit() and int(value.only) > 0


def _combined(op: str, one: Span | None, other: Span | None) -> Span | None:
    """The span of a result; None where it might not fit."""
    if one is None or other is None:
        return None
    if op == "%":
        return _fitting((0, max(other[1] - 1, 0)))
    found = [WAYS[op](a, b) for a, b in product(one, other)]
    return _fitting((min(found), max(found)))


def _fitting(span: Span) -> Span | None:
    return span if span[0] >= -LARGEST and span[1] <= LARGEST else None


def _made(w: Writer, written: str, span: Span | None, like: Value) -> Value | None:
    """A value with one part, put as it is written."""
    if span is None:
        return None
    (name,) = w.named(f"({written})" if written[0] == "-" else written, 1)
    return replace(like, parts=(name,), span=span)


# Fractions over a constant.


def constant_bottom(value: Value) -> int | None:
    """The denominator, if it is settled when code is written."""
    if len(value.parts) == 1:
        return 1
    return int(value.parts[1]) if value.parts[1].isdigit() else None


def scaled(w: Writer, value: Value, bottom: int, *, optional: bool = False) -> Value | None:
    """The same fraction over another constant, a multiple of its own."""
    by = bottom // (constant_bottom(value) or 1)
    span = value.span and _fitting((value.span[0] * by, value.span[1] * by))
    if span is None:
        return None
    top = value.parts[0]
    if by != 1 and top not in ("0", "NONE"):
        keep = f"NONE if {top} == NONE else " if optional else ""
        (top,) = w.named(f"{keep}{top} * {by}", 1)
    return replace(value, parts=(top, str(bottom)), span=span)


def over_one_bottom(values: list[Value], *, optional: bool) -> list[Value]:
    """The same fractions over one constant where that can be; nothing may have to be put for it."""
    bottoms = [constant_bottom(value) for value in values]
    if any(bottom is None for bottom in bottoms):
        return values
    shared = lcm(*(bottom for bottom in bottoms if bottom))
    found: list[Value] = []
    for value, bottom in zip(values, bottoms, strict=True):
        by = shared // (bottom or 1)
        span = value.span and _fitting((value.span[0] * by, value.span[1] * by))
        if span is None or shared > LARGEST:
            return values
        top = value.parts[0]
        if by != 1 and top not in ("0", "NONE"):
            top = f"NONE if {top} == NONE else {top} * {by}" if optional else f"{top} * {by}"
        found.append(replace(value, parts=(top, str(shared)), span=span))
    return found


def _fraction(w: Writer, op: str, parts: Sequence[Value]) -> Value | None:
    held: Value | None = parts[0]
    if op == "neg":
        return _pair(w, held and f"(-{held.parts[0]})", "neg", parts[0], parts[0], constant_bottom(parts[0]))
    for part in parts[1:]:
        if held is None:
            return None
        held = _product(w, op, held, part) if op in ("*", "/") else _aligned(w, op, held, part)
    return held


def _product(w: Writer, op: str, left: Value, right: Value) -> Value | None:
    one, other = constant_bottom(left), constant_bottom(right)
    if one is None or other is None:
        return None
    if op == "*":
        return _pair(w, f"{left.parts[0]} * {right.parts[0]}", "*", left, right, one * other)
    if not _above_zero(replace(right, parts=right.parts[:1])):
        return None
    by = replace(right, parts=(str(other),), span=(other, other))
    return _pair(w, f"{left.parts[0]} * {other}", "*", left, by, one * int(right.parts[0]))


def _aligned(w: Writer, op: str, left: Value, right: Value) -> Value | None:
    one, other = _aligned_parts(w, left, right)
    if one is None or other is None:
        return None
    written = called(op, one.parts[0], other.parts[0])
    if op in ("+", "-"):
        written = f"{one.parts[0]} {op} {other.parts[0]}"
    return _pair(w, written, op, one, other, constant_bottom(one))


def _aligned_parts(w: Writer, left: Value, right: Value) -> tuple[Value | None, Value | None]:
    """Both over their common denominator."""
    bottoms = constant_bottom(left), constant_bottom(right)
    if bottoms[0] is None or bottoms[1] is None:
        return None, None
    shared = lcm(bottoms[0], bottoms[1])
    return scaled(w, left, shared), scaled(w, right, shared)


def _pair(
    w: Writer, written: str | None, op: str, left: Value, right: Value, bottom: int | None
) -> Value | None:
    span = _combined(op, left.span, right.span)
    if written is None or bottom is None or bottom > LARGEST:
        return None
    made = _made(w, written, span, left)
    return made and replace(made, parts=(made.only, str(bottom)))


def exact_order(w: Writer, op: str, left: Value, right: Value) -> str | None:
    """A test between two fractions over constants."""
    if left.span is None or right.span is None:
        return None
    one, other = _aligned_parts(w, left, right)
    return None if one is None or other is None else f"{one.parts[0]} {op} {other.parts[0]}"


def exact_rounding(w: Writer, value: Value, how: str, to: int) -> Value | None:
    """A fraction over a constant to a whole multiple of `to`."""
    bottom = constant_bottom(value)
    if bottom is None or value.span is None or bottom * to * 2 > LARGEST:
        return None
    unit = bottom * to
    span = _fitting((value.span[0] // unit * to, (-(-value.span[1] // unit)) * to))
    top = value.parts[0]
    divide = "quotient" if value.span[0] >= 0 else ""
    (whole,) = w.named(called(divide, top, str(unit)) if divide else f"{top} // {unit}", 1)
    if unit != 1 and how != "down":
        (rest,) = w.named(f"{top} - {whole} * {unit}", 1)
        (whole,) = w.named(f"{whole} + {truth(_raised(how, top, rest, whole, unit))}", 1)
    written = whole if to == 1 else f"{whole} * {to}"
    return span and replace(value, parts=(w.kept(written),), span=span)


def _raised(how: str, top: str, rest: str, whole: str, unit: int) -> str:
    if how == "up":
        return f"{rest} > 0"
    tie = f"{top} > 0" if how == "half_up" else f"{whole} % 2 == 1"
    return f"({rest} * 2 > {unit}) | (({rest} * 2 == {unit}) & ({tie}))"
