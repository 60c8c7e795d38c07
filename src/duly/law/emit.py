"""Logic in generated code is Kleene's on (value, known), and each result says until when it holds.

An `and` is false as soon as one part is known to be, and then holds for as long as that part does. An unknown
test looks at both branches and stands where they agree. Arithmetic is in `emit_numbers`, periods in
`emit_periods`, relations in `emit_folds`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from duly.law import ir
from duly.law.emit_days import near
from duly.law.emit_exact import over_one_bottom
from duly.law.emit_folds import fold
from duly.law.emit_numbers import add_period, arith, compare, digits, one_of, round_part, round_product
from duly.law.emit_periods import on_day, select, today
from duly.law.emitted import (
    FAR,
    Emit,
    Scope,
    Span,
    Value,
    Writer,
    called,
    coerced,
    either,
    is_handle,
    joined,
    least,
    same,
    soonest,
    truth,
)
from duly.law.scalars import CONFLICT
from duly.law.walk import below

__all__ = ["EMITTERS", "rate_in_window", "rule_name"]


def rule_name(rule: str, version: int | None = None) -> str:
    """The function of a rule, or of one of its versions."""
    plain = "".join(character if character.isalnum() else "_" for character in rule)
    return f"r_{plain}" if version is None else f"r_{plain}_{version}"


def _const(w: Writer, node: ir.Const, scope: Scope) -> Value:
    value = node.value
    parts = (str(value[0]), str(value[1])) if isinstance(value, tuple) else (_number(value),)
    least_and_most = 0 if value == ir.NONE else int(parts[0])
    span = least_and_most, least_and_most
    return Value(parts=parts, known="1", until=FAR, level=scope.level, span=span)


def _number(value: int) -> str:
    return "NONE" if value == ir.NONE else str(int(value))


def _local(w: Writer, node: ir.Local, scope: Scope) -> Value:
    return scope.value(node.name)


def _read(w: Writer, node: ir.Read, scope: Scope) -> Value:
    of, place, name = w.handle(node.of, scope), w.slot(node.attribute), node.attribute
    bounded = name in w.assumed.bounded or node.type.kind in (ir.Kind.BOOL, ir.Kind.DAY)
    span = w.spans.get(name) if bounded else None
    if name not in w.assumed.steady:
        found = w.called(_find(w, name, of.only, scope), 1, [], scope.level)
        return replace(found, known="1" if name in w.assumed.known else found.known, span=span)
    (value,) = w.named(called("at64", w.array(place + 2), of.only), 1)
    known = "1"
    if name not in w.assumed.known:
        (known,) = w.named(called("at8", w.array(place + 3), of.only), 1)
    return Value(parts=(value,), known=known, until=FAR, level=scope.level, span=span)


def _exactly(w: Writer, node: ir.Exactly, scope: Scope) -> Value:
    part = w.emit(node.part, scope)
    return replace(part, parts=(part.only, str(10**node.digits)))


def _number_of(w: Writer, node: ir.NumberOf, scope: Scope) -> Value:
    of = w.handle(node.of, scope)
    numbers = called("at64", "heap", str(w.slot(f"number {node.of.type.name}")))
    (number,) = w.named(called("at64", numbers, of.only), 1)
    return Value(parts=(number,), known="1", until=FAR, level=scope.level)


def _rate(w: Writer, node: ir.RateOf, scope: Scope) -> Value:
    if w.shaped:
        found = rate_in_window(w, node.name, scope)
    else:
        found = w.called(_find(w, f"rate {node.name}", "0", scope), 1, [], scope.level)
    bottom = (str(w.bottoms[node.name]),) if node.type.kind is ir.Kind.FRACTION else ()
    return replace(found, parts=(*found.parts, *bottom))


def rate_in_window(w: Writer, name: str, scope: Scope) -> Value:
    """A rate by the stretch of days that the day lies in, found once for all rates."""
    place, (order, span) = w.slot("windows"), w.rates[name]
    (at,) = w.named(called("window", "heap", str(place), scope.day), 1)
    (row,) = w.named(f"{at} * {len(w.rates)} + {order}", 1)
    (value,) = w.named(called("at64", w.array(place + 2), row), 1)
    (until,) = w.named(called("at32", w.array(place + 3), row), 1)
    how, known = "rate" if scope.driven else "near rate", "1"
    if f"{how} {name}" not in w.assumed.known or not (scope.driven or scope.near):
        (known,) = w.named(called("at8", w.array(place + 4), row), 1)
    return Value(parts=(value,), known=known, until=until, level=scope.level, span=span)


def _find(w: Writer, column: str, row: str, scope: Scope) -> str:
    return called("find", "heap", str(w.slot(column)), row, scope.day)


def _call(w: Writer, node: ir.Call, scope: Scope) -> Value:
    rule = w.rules[node.rule]
    given = [
        w.handle(argument, scope)
        if is_handle(parameter.type)
        else coerced(w, w.emit(argument, scope), argument.type, parameter.type)
        for argument, parameter in zip(node.arguments, rule.parameters, strict=True)
    ]
    if node.rule in w.inlined:
        key = f"{node.rule}{[(v.parts, v.known, v.until, v.level) for v in given]} {scope.day} {scope.level}"
        return w.recall(key) or w.hold(key, _inlined(w, rule, given, scope))
    pairs = zip(given, rule.parameters, strict=True)
    passed = [
        part for value, p in pairs for part in (*value.parts, *([] if is_handle(p.type) else [value.known]))
    ]
    call = called(rule_name(w.wanted(node.rule)), "heap", *passed, scope.day)
    return w.called(call, w.width(rule.result), [value.until for value in given], scope.level)


def _inlined(w: Writer, rule: ir.RuleIR, given: list[Value], scope: Scope) -> Value:
    """The rule's body in place of its call."""
    kept = [replace(value, known=w.kept(value.known), until=w.kept(value.until)) for value in given]
    names = {parameter.name: value for parameter, value in zip(rule.parameters, kept, strict=True)}
    inside = replace(scope, names=names)
    if len(rule.versions) == 1:
        return _typed(w, rule.versions[0].body, rule.result, inside)
    return _versions(w, rule, inside)


def _versions(w: Writer, rule: ir.RuleIR, scope: Scope) -> Value:
    """The version in force on the day; the first one also before it began."""
    mark, width = w.mark(), w.width(rule.result)
    out = Value(parts=w.some(width), known=w.fresh(), until=w.fresh(), level=scope.level)
    spans: list[Span | None] = []
    for index, version in enumerate(rule.versions):
        following = rule.versions[index + 1].since if version is not rule.versions[-1] else None
        test = "else" if following is None else f"{'elif' if index else 'if'} {scope.day} < {following}"
        with w.block(test):
            found = _typed(w, version.body, rule.result, scope)
            until = found.until if following is None else soonest(found.until, str(following))
            w.assign(_names(out), [*found.parts, found.known, until])
            spans.append(found.span)
    return replace(out, known=w.settled(out.known, mark), span=joined(*spans))


def _if(w: Writer, node: ir.If, scope: Scope) -> Value:
    test = w.emit(node.test, scope)
    width = w.width(node.type)
    if width == 1 and all(isinstance(branch, ir.Const | ir.Local) for branch in (node.then, node.other)):
        return _picked(w, node, scope, test)
    if test.known == "1" and _spares_a_jump(w, node, scope):
        return _picked(w, node, scope, test)
    mark = w.mark()
    out = Value(parts=w.some(width), known=w.fresh(), until=w.fresh(), level=scope.level)
    span = _chosen(w, node, scope, test, out) if test.known == "1" else _joined(w, node, scope, test, out)
    parts = tuple(w.settled(part, mark) for part in out.parts)
    known, until = w.settled(out.known, mark), w.settled(out.until, mark)
    return replace(out, parts=parts, known=known, until=w.kept(soonest(until, test.until)), span=span)


def _spares_a_jump(w: Writer, node: ir.If, scope: Scope) -> bool:
    """Whether both branches cost less, on the one day that is looked at, than not knowing which comes."""
    short = all(_cheap(branch) and len(list(below(branch))) <= SHORT for branch in (node.then, node.other))
    return w.once and w.width(node.type) == 1 and short and not _asks_for_none(w, node.test, scope)[0]


def _picked(w: Writer, node: ir.If, scope: Scope, test: Value) -> Value:
    """One of two values that are there anyway."""
    then, other = _typed(w, node.then, node.type, scope), _typed(w, node.other, node.type, scope)
    span, until = joined(then.span, other.span), soonest(then.until, other.until)
    if test.known == then.known == other.known == "1" and (w.once or until == FAR):
        (value,) = w.named(f"{then.only} if {test.only} == 1 else {other.only}", 1)
        until = w.kept(soonest(until, test.until))
        return Value(parts=(value,), known="1", until=until, level=scope.level, span=span)
    call = called("picked", test.only, test.known, *_names(then), *_names(other))
    return replace(w.called(call, 1, [test.until], scope.level), span=span)


def _chosen(w: Writer, node: ir.If, scope: Scope, test: Value, out: Value) -> Span | None:
    """The branch that a known test names."""
    op, names = _asks_for_none(w, node.test, scope)
    with w.block(f"if {test.only} == 1"):
        if op == "!=":
            w.never_none(*names)
        then = _typed(w, node.then, node.type, scope)
        w.assign([out.known, out.until], [then.known, then.until])
        give = w.later()
    with w.block("else"):
        if op == "==":
            w.never_none(*names)
        other = _typed(w, node.other, node.type, scope)
        w.assign([out.known, out.until], [other.known, other.until])
        give_other = w.later()
    ways = [then, other]
    if node.type.kind is ir.Kind.FRACTION:
        ways = over_one_bottom(ways, optional=node.type.optional)
    give(f"{', '.join(out.parts)} = {', '.join(ways[0].parts)}")
    give_other(f"{', '.join(out.parts)} = {', '.join(ways[1].parts)}")
    return joined(*(way.span for way in ways))


def _asks_for_none(w: Writer, test: ir.Node, scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The operator and what is asked, where a test compares something with None."""
    if not isinstance(test, ir.Compare) or test.right.type.kind is not ir.Kind.NOTHING:
        return "", ()
    if not isinstance(test.left, ir.Local | ir.RateOf | ir.Read):
        return "", ()
    twins = w.twins.get(test.left.name, ()) if isinstance(test.left, ir.RateOf) and w.shaped else ()
    names = (rate_in_window(w, twin, scope).only for twin in twins)
    return test.op, (w.emit(test.left, scope).only, *names)


def _joined(w: Writer, node: ir.If, scope: Scope, test: Value, out: Value) -> Span | None:
    """The branch that the test names; both, where it is unknown, and then what they agree on."""
    w.assign(_names(out), [*("0" for _ in out.parts), "0", FAR])
    with w.block(f"if {either(f'{test.known} != 1', f'{test.only} == 1')}"):
        then = _branch(w, node.then, node.type, scope, out)
    with w.block(f"if {either(f'{test.known} != 1', f'{test.only} != 1')}"):
        other = _typed(w, node.other, node.type, scope)
        span = joined(then.span, other.span)
        if len(out.parts) == 1:
            call = called("agreed", test.known, *_names(out), *_names(other))
            w.put(f"{', '.join(_names(out))} = {call}")
            return span
        with w.block(f"if {test.known} == 1"):
            w.assign(_names(out), _names(other))
        with w.block("else"):
            agreed = same(w, node.type, out.parts, other.parts)
            with w.block(f"if {either(f'{least(out.known, other.known)} != 1', f'not ({agreed})')}"):
                w.put(f"{out.known} = {least(test.known, out.known, other.known)}")
            w.put(f"{out.until} = {soonest(out.until, other.until)}")
    return span


def _branch(w: Writer, node: ir.Node, to: ir.Type, scope: Scope, out: Value) -> Value:
    found = _typed(w, node, to, scope)
    w.assign(_names(out), _names(found))
    return found


def _typed(w: Writer, node: ir.Node, to: ir.Type, scope: Scope) -> Value:
    return coerced(w, w.emit(node, scope), node.type, to)


def _names(value: Value) -> list[str]:
    return [*value.parts, value.known, value.until]


def _and(w: Writer, node: ir.And, scope: Scope) -> Value:
    return _decided(w, node.parts, scope, by=0)


def _or(w: Writer, node: ir.Or, scope: Scope) -> Value:
    return _decided(w, node.parts, scope, by=1)


def _decided(w: Writer, parts: tuple[ir.Node, ...], scope: Scope, by: int) -> Value:
    """`by`, if one part is known to be that; else unknown, if one is; else the opposite."""
    held = w.emit(parts[0], scope)
    for part in parts[1:]:
        held = _one_more(w, part, scope, held, by)
    return replace(held, span=(0, 1))


def _one_more(w: Writer, part: ir.Node, scope: Scope, held: Value, by: int) -> Value:
    """What is decided, with one more part. What costs nothing is looked at in any case, without a jump."""
    if held.known == "1" and _cheap(part):
        found = w.emit(part, scope)
        if found.known == "1" and held.until == found.until == FAR:
            (value,) = w.named(f"{held.only} {'|' if by else '&'} {found.only}", 1)
            return Value(parts=(value,), known="1", until=FAR, level=scope.level)
        call = called("decided_first", str(by), *_names(held), *_names(found))
        value, known, until = w.named(call, 3)
        known = "1" if found.known == "1" else known
        return Value(parts=(value,), known=known, until=until, level=scope.level)
    value, known, until = w.some(3)
    mark, certain = w.mark(), held.known == "1"
    w.assign([value, known, until], _names(held))
    with w.block(f"if {either(f'{known} != 1', f'{value} != {by}')}"):
        found = w.emit(part, scope)
        certain = certain and found.known == "1"
        if certain and held.until == found.until == FAR:
            w.assign([value], [found.only])
        else:
            call = called("decided", str(by), value, known, until, *_names(found))
            w.put(f"{value}, {known}, {until} = {call}")
    until = w.settled(until, mark)
    return Value(parts=(value,), known="1" if certain else known, until=until, level=scope.level)


def _cheap(node: ir.Node) -> bool:
    """Whether a node is worked out in a few steps, wherever it stands."""
    return all(isinstance(inside, CHEAP) for inside in below(node))


def _not(w: Writer, node: ir.Not, scope: Scope) -> Value:
    part = w.emit(node.part, scope)
    value = w.fresh()
    w.put(f"{value} = {truth(f'{part.only} != 1')}")
    return Value(parts=(value,), known=part.known, until=part.until, level=scope.level, span=(0, 1))


def _let(w: Writer, node: ir.Let, scope: Scope) -> Value:
    value = w.emit(node.value, scope)
    held = replace(value, known=w.kept(value.known), until=w.kept(value.until))
    return w.emit(node.body, scope.bound({node.name: held}))


def _record(w: Writer, node: ir.MakeRecord, scope: Scope) -> Value:
    fields = [w.emit(field, scope) for field in node.fields]
    return Value(
        parts=("1", *(field.only for field in fields)),
        known=least(*(field.known for field in fields)),
        until=soonest(*(field.until for field in fields)),
        level=scope.level,
    )


def _conflict(w: Writer, node: ir.Conflict, scope: Scope) -> Value:
    parts = tuple("0" for _ in range(w.width(node.type)))
    return Value(parts=parts, known=str(CONFLICT), until=FAR, level=scope.level)


def _field(w: Writer, node: ir.Field, scope: Scope) -> Value:
    record = w.emit(node.of, scope)
    place = w.records[node.of.type.name].index(node.name)
    return replace(record, parts=(record.parts[1 + place],), span=None)


SHORT: Final = 8
"""Nodes of a branch that may be worked out in vain."""
CHEAP: Final = (
    *(ir.Const, ir.Local, ir.Read, ir.RateOf, ir.Compare, ir.Not, ir.And, ir.Or, ir.Today, ir.AddPeriod),
    *(ir.Arith, ir.OneOf),
)
EMITTERS: Final[dict[type[ir.Node], Emit]] = {
    ir.Const: _const,
    ir.Local: _local,
    ir.Read: _read,
    ir.Exactly: _exactly,
    ir.NumberOf: _number_of,
    ir.RateOf: _rate,
    ir.Call: _call,
    ir.If: _if,
    ir.And: _and,
    ir.Or: _or,
    ir.Not: _not,
    ir.Let: _let,
    ir.MakeRecord: _record,
    ir.Conflict: _conflict,
    ir.Field: _field,
    ir.Compare: compare,
    ir.OneOf: one_of,
    ir.Arith: near(arith),
    ir.Round: round_part,
    ir.RoundProduct: round_product,
    ir.Digits: digits,
    ir.AddPeriod: near(add_period),
    ir.Today: today,
    ir.On: on_day,
    ir.Select: select,
    ir.Fold: fold,
}
"""How each node is written."""
