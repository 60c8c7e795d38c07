"""Arithmetic in generated code is exact: what does not fit, or has no answer, becomes unknown with a reason.

A fraction is a numerator and a denominator above 0. `None` has no order and no sum: where it meets one, the
result is unknown.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from duly.errors import OurFault
from duly.law.emit_exact import exact, exact_order, exact_rounding
from duly.law.emitted import Scope, Value, Writer, called, coerced, either, least, same, soonest, truth
from duly.law.exact import HALVES
from duly.law.ir import (
    AddPeriod,
    Arith,
    Compare,
    Digits,
    Kind,
    Node,
    OneOf,
    Round,
    RoundProduct,
    Today,
    Type,
)

__all__ = ["add_period", "arith", "compare", "digits", "one_of", "round_part", "round_product"]

MIRRORED: Final = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
FRACTION: Final = Type(kind=Kind.FRACTION, optional=False, name="")
WHOLE: Final = {"+": "plus", "-": "plus", "*": "times", "//": "whole_quotient", "%": "remainder"}
RATIOS: Final = {"+": "ratio_plus", "-": "ratio_plus", "*": "ratio_times", "/": "ratio_over"}
FEW: Final = 6


def compare(w: Writer, node: Compare, scope: Scope) -> Value:
    """1 or 0. Only `==` and `!=` answer for `None`."""
    if isinstance(node.right, Today) != isinstance(node.left, Today):
        return _with_today(w, node, scope)
    left, right = w.emit(node.left, scope), w.emit(node.right, scope)
    value, known = w.fresh(), least(left.known, right.known)
    kinds = node.left.type.kind, node.right.type.kind
    if Kind.FRACTION in kinds and Kind.NOTHING not in kinds:
        known = _fractions(w, node, left, right, value)
    elif Kind.RECORD in (node.left.type.kind, node.right.type.kind):
        _records(w, node, left, right, value)
    else:
        w.put(f"{value} = {truth(f'{left.only} {node.op} {right.only}')}")
    if node.op not in ("==", "!="):
        known = _unknown_if_none(w, [(node.left, left), (node.right, right)], known)
    return Value(
        parts=(value,),
        known=w.kept(known),
        until=soonest(left.until, right.until),
        level=scope.level,
        span=(0, 1),
    )


def _fractions(w: Writer, node: Compare, left: Value, right: Value, value: str) -> str:
    mine = coerced(w, left, node.left.type, FRACTION)
    theirs = coerced(w, right, node.right.type, FRACTION)
    optional = node.left.type.optional or node.right.type.optional
    test = None if optional else exact_order(w, node.op, mine, theirs)
    if test is not None:
        w.put(f"{value} = {truth(test)}")
        return least(left.known, right.known)
    if node.op in ("==", "!="):
        (equal,) = w.named(called("ratio_same", *mine.parts, *theirs.parts), 1)
        w.put(f"{value} = {truth(f'{equal} {node.op} 1')}")
        return least(left.known, right.known)
    order, exact = w.named(called("ratio_order", *mine.parts, *theirs.parts), 2)
    w.put(f"{value} = {truth(f'{order} {node.op} 0')}")
    return least(left.known, right.known, exact)


def _records(w: Writer, node: Compare, left: Value, right: Value, value: str) -> None:
    """Whether two records, or None, are the same in every field."""
    of = node.left.type if node.left.type.kind is Kind.RECORD else node.right.type
    mine, theirs = coerced(w, left, node.left.type, of), coerced(w, right, node.right.type, of)
    equal = same(w, of, mine.parts, theirs.parts)
    w.put(f"{value} = {truth(equal if node.op == '==' else f'not ({equal})')}")


def _unknown_if_none(w: Writer, operands: list[tuple[Node, Value]], known: str) -> str:
    """Known, or 0 where an operand is None."""
    optional = [
        f"{value.only} == NONE"
        for node, value in operands
        if node.type.optional and w.may_be_none(value.only)
    ]
    return least(known, truth(f"not ({either(*optional)})")) if optional else known


def _with_today(w: Writer, node: Compare, scope: Scope) -> Value:
    """The day looked at against another: the answer holds until the day when it turns."""
    day, (op, fixed) = scope.day, _day_first(node)
    other = w.emit(fixed, scope)
    value, until = w.some(2)
    known = other.known
    turn = other.only if op in ("<", ">=") else f"{other.only} + 1"
    if op in ("==", "!="):
        turn = f"{other.only} + {truth(f'{day} == {other.only}')}"
    reached = _reached(w, fixed, op, day, scope)
    w.put(f"{value} = {reached or truth(f'{day} {op} {other.only}')}")
    w.put(f"{until} = {called('turned', other.known, other.until, day, w.kept(turn))}")
    if op not in ("==", "!="):
        known = _unknown_if_none(w, [(fixed, other)], known)
    return Value(parts=(value,), known=w.kept(known), until=until, level=scope.level, span=(0, 1))


def _reached(w: Writer, node: Node, op: str, day: str, scope: Scope) -> str | None:
    """The same asked the other way round, "born on or before", which spares a calendar for each subject."""
    if not isinstance(node, AddPeriod) or op not in (">=", "<") or node.days:
        return None
    months, up = 12 * node.years + node.months, int(node.how == "up")
    (latest,) = w.named(called("latest", day, str(months), str(up)), 1)
    other = w.emit(node.day, scope)
    return truth(f"{other.only} {'<=' if op == '>=' else '>'} {latest}")


def _day_first(node: Compare) -> tuple[str, Node]:
    if isinstance(node.left, Today):
        return node.op, node.right
    return MIRRORED[node.op], node.left


def one_of(w: Writer, node: OneOf, scope: Scope) -> Value:
    """1 where the part is one of the constants; `None` only if it is one of them."""
    part = w.emit(node.part, scope)
    value = w.fresh()
    if len(node.values) > FEW:
        name = w.constant_set(node.values)
        w.put(f"{value} = {called('among', name, str(len(set(node.values))), part.only)}")
    else:
        tests = [f"{part.only} == {each}" for each in sorted(set(node.values))]
        w.put(f"{value} = {truth(either(*tests)) if tests else 0}")
    return Value(parts=(value,), known=part.known, until=part.until, level=scope.level, span=(0, 1))


def arith(w: Writer, node: Arith, scope: Scope) -> Value:
    """The operation on its parts, from the left."""
    parts = [w.emit(part, scope) for part in node.parts]
    width = w.width(node.type)
    out = Value(
        parts=w.some(width), known=w.fresh(), until=soonest(*(p.until for p in parts)), level=scope.level
    )
    known = least(*(part.known for part in parts))
    known = _unknown_if_none(w, list(zip(node.parts, parts, strict=True)), known)
    proved = exact(w, node.op, [_as_fraction(w, p, n, width) for p, n in zip(parts, node.parts, strict=True)])
    if proved is not None:
        return replace(proved, known=w.kept(known), until=out.until, level=scope.level)
    w.assign([*out.parts, out.known], [*("0" for _ in out.parts), known])
    with w.block(f"if {out.known} == 1"):
        if width == 2:
            _step_by_step(w, node, _as_fractions(w, node, parts), out)
        else:
            _step_by_step(w, node, [part.parts for part in parts], out)
    return out


def _as_fraction(w: Writer, part: Value, node: Node, width: int) -> Value:
    return coerced(w, part, node.type, FRACTION) if width == 2 else part


def _as_fractions(w: Writer, node: Arith, parts: list[Value]) -> list[tuple[str, ...]]:
    return [coerced(w, part, of.type, FRACTION).parts for part, of in zip(parts, node.parts, strict=True)]


def _step_by_step(w: Writer, node: Arith, parts: list[tuple[str, ...]], out: Value) -> None:
    """The first part, then each further one joined to what there is."""
    first, *others = parts
    w.assign(out.parts, first)
    if node.op == "neg":
        w.put(f"{out.only} = -{out.only}")
    for part in others:
        (_ratio_step if len(out.parts) == 2 else _whole_step)(w, node.op, part, out)


def _whole_step(w: Writer, op: str, part: tuple[str, ...], out: Value) -> None:
    if op in ("min", "max"):
        w.put(f"{out.only} = {op}({out.only}, {part[0]})")
        return
    if op not in WHOLE:
        raise OurFault("Unknown arithmetic", detail=f"{op!r} gives no whole number.")
    exact = w.fresh()
    right = f"-{part[0]}" if op == "-" else part[0]
    w.put(f"{out.only}, {exact} = {called(WHOLE[op], out.only, right)}")
    w.put(f"{out.known} = min({out.known}, {exact})")


def _ratio_step(w: Writer, op: str, part: tuple[str, ...], out: Value) -> None:
    exact = w.fresh()
    if op in ("min", "max"):
        order = w.fresh()
        w.put(f"{order}, {exact} = {called('ratio_order', *part, *out.parts)}")
        with w.block(f"if {order} {'<' if op == 'min' else '>'} 0"):
            w.assign(out.parts, part)
    elif op in RATIOS:
        right = (f"-{part[0]}", part[1]) if op == "-" else part
        w.put(f"{', '.join([*out.parts, exact])} = {called(RATIOS[op], *out.parts, *right)}")
    else:
        raise OurFault("Unknown arithmetic", detail=f"{op!r} gives no fraction.")
    w.put(f"{out.known} = min({out.known}, {exact})")


def round_part(w: Writer, node: Round, scope: Scope) -> Value:
    """A whole multiple of `to`."""
    part = w.emit(node.part, scope)
    fraction = coerced(w, part, node.part.type, FRACTION)
    whole = exact_rounding(w, fraction, node.how, node.to)
    if whole is not None:
        unknown = _unknown_if_none(w, [(node.part, part)], part.known)
        return replace(whole, known=w.kept(unknown), until=part.until, level=scope.level)
    top, bottom = fraction.parts
    half, upward = HALVES[node.how]
    value, known = w.some(2)
    w.assign([value, known], ["0", _unknown_if_none(w, [(node.part, part)], part.known)])
    with w.block(f"if {known} == 1"):
        w.put(f"{value}, {known} = {called('rounded', top, bottom, str(node.to), str(half), str(upward))}")
    return Value(parts=(value,), known=known, until=part.until, level=scope.level)


def round_product(w: Writer, node: RoundProduct, scope: Scope) -> Value:
    """A product as a whole multiple of `to`; it need not fit by itself."""
    parts = [w.emit(part, scope) for part in node.parts]
    pairs = list(zip(node.parts, parts, strict=True))
    factors = [name for of, part in pairs for name in coerced(w, part, of.type, FRACTION).parts]
    known = _unknown_if_none(w, pairs, least(*(part.known for part in parts)))
    value, exact = w.some(2)
    w.assign([value, exact], ["0", known])
    with w.block(f"if {exact} == 1"):
        half, upward = HALVES[node.how]
        call = called("rounded_product", *factors, str(node.to), str(half), str(upward))
        w.put(f"{value}, {exact} = {call}")
    return Value(parts=(value,), known=exact, until=soonest(*(p.until for p in parts)), level=scope.level)


def digits(w: Writer, node: Digits, scope: Scope) -> Value:
    """A fraction with so many digits."""
    part = w.emit(node.part, scope)
    top, bottom = coerced(w, part, node.part.type, FRACTION).parts
    half, upward = (str(each) for each in HALVES[node.how])
    out = Value(parts=w.some(2), known=w.fresh(), until=part.until, level=scope.level)
    w.assign([*out.parts, out.known], ["0", "1", _unknown_if_none(w, [(node.part, part)], part.known)])
    with w.block(f"if {out.known} == 1"):
        if node.significant:
            call = called("significant", top, bottom, str(node.digits), half, upward)
            w.put(f"{', '.join([*out.parts, out.known])} = {call}")
        else:
            unit = str(10**node.digits)
            call = called("rounded_product", top, bottom, unit, "1", "1", half, upward)
            w.put(f"{out.parts[0]}, {out.known} = {call}")
            w.put(f"{out.parts[1]} = {unit}")
    return out


def add_period(w: Writer, node: AddPeriod, scope: Scope) -> Value:
    """A day some years, months and days later; `None` stays `None`."""
    day = w.emit(node.day, scope)
    months = 12 * node.years + node.months
    later = called("add_months", day.only, str(months), str(int(node.how == "up"))) if months else day.only
    none = f"NONE if {day.only} == NONE else " if node.day.type.optional else ""
    (value,) = w.named(f"{none}{later} + {node.days}", 1)
    far = abs(months) * 31 + abs(node.days)
    span = day.span and (day.span[0] - far, day.span[1] + far)
    return Value(parts=(value,), known=day.known, until=day.until, level=scope.level, span=span)
