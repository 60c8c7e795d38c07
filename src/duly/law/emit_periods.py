"""A selector evaluates its body on other days, and its result holds until the period has moved far enough.

The body's `until` counts in the days that it looks at; it is carried over to the current day by asking
when the period's first or last day comes to it. Days on which the body is the same are one step of a loop.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from duly.law.emitted import FAR, Scope, Value, Writer, both, called, coerced, either, soonest
from duly.law.ir import On, Select, Today
from duly.law.periods import Reach, reach
from duly.law.shape import NEAR
from duly.timeline import BEGIN, END_OF_TIME

__all__ = ["looks_at_today", "on_day", "select", "today"]


def today(w: Writer, node: Today, scope: Scope) -> Value:
    """The day looked at; another one tomorrow."""
    span = None if scope.level else (BEGIN, END_OF_TIME)
    return Value(parts=(scope.day,), known="1", until=f"{scope.day} + 1", level=scope.level, span=span)


def on_day(w: Writer, node: On, scope: Scope) -> Value:
    """The body on a day that does not move with the current one."""
    day = w.emit(node.day, scope)
    out = Value(
        parts=w.some(w.width(node.type)),
        known=w.fresh(),
        until=soonest(day.until, *scope.until_of(node.body)),
        level=scope.level,
    )
    w.assign([*out.parts, out.known], [*_nothing(w, node), day.known])
    with w.block(f"if {both(f'{day.known} == 1', f'{day.only} != NONE')}"):
        then = w.fresh()
        w.put(f"{then} = {day.only}")
        body = coerced(w, w.emit(node.body, scope.on(then)), node.body.type, node.type)
        w.assign([*out.parts, out.known], [*body.parts, body.known])
    return out


def _nothing(w: Writer, node: On) -> list[str]:
    width = w.width(node.type)
    return ["NONE", "1"] if width == 2 else ["NONE", *("0" for _ in range(width - 1))]


def select(w: Writer, node: Select, scope: Scope) -> Value:
    """The body over a period."""
    if looks_at_today(node, scope):
        return w.emit(node.body, scope)
    period = reach(node.period, node.count)
    (anchor,) = w.named(_anchored(f"month_index({scope.day})", period), 1)
    if node.op in ("first", "last"):
        return _one_day(w, node, scope, period, anchor)
    return _every_day(w, node, scope, period, anchor)


def looks_at_today(node: Select, scope: Scope) -> bool:
    """Whether the day looked at is the current one, because that is always the first of a month."""
    return scope.monthly and (node.period, node.op) == ("this_month", "first")


def _anchored(month: str, period: Reach) -> str:
    """The first month of the unit that holds a month."""
    if period.step == 1:
        return month
    whole = f"({month} - {period.shift}) // {period.step} * {period.step}" if period.shift else ""
    return f"{whole} + {period.shift}" if whole else f"{month} // {period.step} * {period.step}"


def _shift(name: str, until: str, months: int, period: Reach) -> str:
    return called(name, until, str(months), str(period.step), str(period.shift))


def _first_of(anchor: str, months: int) -> str:
    return f"first_of_index({anchor} + {months})" if months else f"first_of_index({anchor})"


def _one_day(w: Writer, node: Select, scope: Scope, period: Reach, anchor: str) -> Value:
    """The body on the period's first or last day."""
    first = node.op == "first"
    day = _first_of(anchor, period.begin) if first else f"{_first_of(anchor, period.end)} - 1"
    (then,) = w.named(day, 1)
    near = scope.driven and period.begin >= -NEAR and period.end <= NEAR
    inside = replace(scope.on(then), near=near)
    body = coerced(w, w.emit(node.body, inside), node.body.type, node.type)
    shift, months = ("first_shift", period.begin) if first else ("last_shift", period.end)
    until = FAR
    if body.until != FAR:
        (until,) = w.named(_shift(shift, body.until, months, period), 1)
    return Value(
        parts=body.parts,
        known=body.known,
        until=soonest(until, *scope.until_of(node.body)),
        level=scope.level,
        span=body.span,
    )


def _every_day(w: Writer, node: Select, scope: Scope, period: Reach, anchor: str) -> Value:
    """The body on all days of the period, combined; `until` is at first that of the period itself."""
    value, known, until, then, end, stop, begin = w.some(7)
    w.put(f"{begin} = {_first_of(anchor, period.begin)}")
    w.put(f"{then} = {begin}")
    w.put(f"{end} = {_first_of(anchor, period.end)}")
    w.put(f"{until} = {_first_of(anchor, period.step)}")
    w.put(f"{value}, {known} = {START[node.op]}, 1")
    with w.block(f"while {then} < {end}"):
        body = w.emit(node.body, scope.on(then))
        w.put(f"{stop} = min({end}, {soonest(body.until, end)})")
        if node.op in ("any", "all"):
            _decide(w, node, body, _Loop(value, known, until, stop), period)
        else:
            _gather(w, node, body, _Loop(value, known, until, stop), then)
        _unmoved(w, node, body, (begin, then, end, until, value, known), period)
        w.put(f"{then} = {stop}")
    return Value(
        parts=(value,), known=known, until=soonest(until, *scope.until_of(node.body)), level=scope.level
    )


START: Final = {"any": 0, "all": 1, "days": 0, "sum": 0, "max": "NONE", "min": "NONE"}


@dataclass(frozen=True, slots=True)
class _Loop:
    value: str
    known: str
    until: str
    stop: str


def _decide(w: Writer, node: Select, body: Value, loop: _Loop, period: Reach) -> None:
    """One day that decides is enough, and it does for as long as the period reaches back to it."""
    by = 1 if node.op == "any" else 0
    decides = f"{body.only} {'==' if by else '!='} 1"
    with w.block(f"if {both(f'{body.known} == 1', decides)}"):
        w.assign([loop.value, loop.known], [str(by), "1"])
        w.put(f"{loop.until} = {_shift('first_shift', loop.stop, period.begin, period)}")
        w.put("break")
    w.put(f"{loop.known} = min({loop.known}, {body.known})")


def _gather(w: Writer, node: Select, body: Value, loop: _Loop, then: str) -> None:
    """Days, sums and extremes of stretches of equal days."""
    w.put(f"{loop.known} = min({loop.known}, {body.known})")
    if node.body.type.optional:
        with w.block(f"if {body.only} == NONE"):
            w.put(f"{loop.known} = min({loop.known}, 0)")
    with w.block(f"if {loop.known} == 1"):
        if node.op in ("max", "min"):
            held = loop.value
            w.put(f"{held} = {body.only} if {held} == NONE else {node.op}({held}, {body.only})")
        else:
            _add_stretch(w, body, loop, then)


def _add_stretch(w: Writer, body: Value, loop: _Loop, then: str) -> None:
    stretch, exact, fits = w.some(3)
    w.put(f"{stretch}, {exact} = {called('times', body.only, f'{loop.stop} - {then}')}")
    w.put(f"{loop.value}, {fits} = {called('plus', loop.value, stretch)}")
    w.put(f"{loop.known} = min({loop.known}, min({exact}, {fits}))")


def _unmoved(w: Writer, node: Select, body: Value, names: tuple[str, ...], period: Reach) -> None:
    """Where the body is the same beyond the period, so is the result, until the period's end is there."""
    begin, then, end, until, value, known = names
    tests = [f"{then} == {begin}", f"{soonest(body.until)} >= {end}"]
    if node.op in ("days", "sum"):
        tests.append(either(f"{known} != 1", f"{value} == 0"))
    with w.block(f"if {both(*tests)}"):
        w.put(f"{until} = {_shift('last_shift', soonest(body.until), period.end, period)}")
