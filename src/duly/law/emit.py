"""Logic in generated code is Kleene's on (value, known), and each result says until when it holds.

An `and` is false as soon as one part is known to be, and then holds for as long as that part does. An unknown
test looks at both branches and stands where they agree. Arithmetic is in `emit_numbers`, periods in
`emit_periods`, relations in `emit_folds`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from duly.law import ir
from duly.law.emit_folds import fold
from duly.law.emit_numbers import add_period, arith, compare, one_of, round_part
from duly.law.emit_periods import on_day, select, today
from duly.law.emitted import (
    FAR,
    Emit,
    Scope,
    Value,
    Writer,
    called,
    coerced,
    either,
    is_handle,
    least,
    same,
    soonest,
    truth,
)
from duly.law.scalars import CONFLICT

__all__ = ["EMITTERS", "rule_name"]


def rule_name(rule: str, version: int | None = None) -> str:
    """The function of a rule, or of one of its versions."""
    plain = "".join(character if character.isalnum() else "_" for character in rule)
    return f"r_{plain}" if version is None else f"r_{plain}_{version}"


def _const(w: Writer, node: ir.Const, scope: Scope) -> Value:
    value = node.value
    parts = (str(value[0]), str(value[1])) if isinstance(value, tuple) else (_number(value),)
    return Value(parts=parts, known="1", until=FAR, level=scope.level)


def _number(value: int) -> str:
    return "NONE" if value == ir.NONE else str(int(value))


def _local(w: Writer, node: ir.Local, scope: Scope) -> Value:
    return scope.value(node.name)


def _read(w: Writer, node: ir.Read, scope: Scope) -> Value:
    of = w.handle(node.of, scope)
    return w.called(_find(w, node.attribute, of.only, scope), 1, [], scope.level)


def _exactly(w: Writer, node: ir.Exactly, scope: Scope) -> Value:
    part = w.emit(node.part, scope)
    return replace(part, parts=(part.only, str(10**node.digits)))


def _number_of(w: Writer, node: ir.NumberOf, scope: Scope) -> Value:
    of = w.handle(node.of, scope)
    numbers = called("at64", "heap", str(w.slot(f"number {node.of.type.name}")))
    (number,) = w.named(called("at64", numbers, of.only), 1)
    return Value(parts=(number,), known="1", until=FAR, level=scope.level)


def _rate(w: Writer, node: ir.RateOf, scope: Scope) -> Value:
    found = w.called(_find(w, f"rate {node.name}", "0", scope), 1, [], scope.level)
    bottom = (str(w.bottoms[node.name]),) if node.type.kind is ir.Kind.FRACTION else ()
    return replace(found, parts=(*found.parts, *bottom))


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
        return _inlined(w, rule, given, scope)
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
    body = rule.versions[0].body
    found = w.emit(body, Scope(names=names, day=scope.day, level=scope.level))
    return coerced(w, found, body.type, rule.result)


def _if(w: Writer, node: ir.If, scope: Scope) -> Value:
    test = w.emit(node.test, scope)
    width = w.width(node.type)
    if width == 1 and all(isinstance(branch, ir.Const | ir.Local) for branch in (node.then, node.other)):
        return _picked(w, node, scope, test)
    out = Value(parts=w.some(width), known=w.fresh(), until=w.fresh(), level=scope.level)
    if test.known == "1":
        _chosen(w, node, scope, test, out)
    else:
        _joined(w, node, scope, test, out)
    return replace(out, until=w.kept(soonest(out.until, test.until)))


def _picked(w: Writer, node: ir.If, scope: Scope, test: Value) -> Value:
    """One of two values that are there anyway."""
    then, other = _typed(w, node.then, node.type, scope), _typed(w, node.other, node.type, scope)
    call = called("picked", test.only, test.known, *_names(then), *_names(other))
    return w.called(call, 1, [test.until], scope.level)


def _chosen(w: Writer, node: ir.If, scope: Scope, test: Value, out: Value) -> None:
    """The branch that a known test names."""
    with w.block(f"if {test.only} == 1"):
        _branch(w, node.then, node.type, scope, out)
    with w.block("else"):
        _branch(w, node.other, node.type, scope, out)


def _joined(w: Writer, node: ir.If, scope: Scope, test: Value, out: Value) -> None:
    """The branch that the test names; both, where it is unknown, and then what they agree on."""
    w.assign(_names(out), [*("0" for _ in out.parts), "0", FAR])
    with w.block(f"if {either(f'{test.known} != 1', f'{test.only} == 1')}"):
        _branch(w, node.then, node.type, scope, out)
    with w.block(f"if {either(f'{test.known} != 1', f'{test.only} != 1')}"):
        other = _typed(w, node.other, node.type, scope)
        if len(out.parts) == 1:
            call = called("agreed", test.known, *_names(out), *_names(other))
            w.put(f"{', '.join(_names(out))} = {call}")
            return
        with w.block(f"if {test.known} == 1"):
            w.assign(_names(out), _names(other))
        with w.block("else"):
            agreed = same(w, node.type, out.parts, other.parts)
            with w.block(f"if {either(f'{least(out.known, other.known)} != 1', f'not ({agreed})')}"):
                w.put(f"{out.known} = {least(test.known, out.known, other.known)}")
            w.put(f"{out.until} = {soonest(out.until, other.until)}")


def _branch(w: Writer, node: ir.Node, to: ir.Type, scope: Scope, out: Value) -> None:
    w.assign(_names(out), _names(_typed(w, node, to, scope)))


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
    value, known, until = w.some(3)
    first = w.emit(parts[0], scope)
    w.assign([value, known, until], [first.only, first.known, first.until])
    for part in parts[1:]:
        with w.block(f"if {either(f'{known} != 1', f'{value} != {by}')}"):
            found = w.emit(part, scope)
            call = called("decided", str(by), value, known, until, found.only, found.known, found.until)
            w.put(f"{value}, {known}, {until} = {call}")
    return Value(parts=(value,), known=known, until=until, level=scope.level)


def _not(w: Writer, node: ir.Not, scope: Scope) -> Value:
    part = w.emit(node.part, scope)
    value = w.fresh()
    w.put(f"{value} = {truth(f'{part.only} != 1')}")
    return Value(parts=(value,), known=part.known, until=part.until, level=scope.level)


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
    return replace(record, parts=(record.parts[1 + place],))


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
    ir.Arith: arith,
    ir.Round: round_part,
    ir.AddPeriod: add_period,
    ir.Today: today,
    ir.On: on_day,
    ir.Select: select,
    ir.Fold: fold,
}
"""How each node is written."""
