"""A call in a rule is a call of another rule, of a word of the language, of a selector, or of a record."""

from __future__ import annotations

import ast
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any, Final, cast

from duly.errors import BadInput
from duly.law import (
    arithmetic,
    currencies,
    digits,
    folds,
    lookups,
    money,
    ranks,
    remainders,
    selectors,
    shares,
    tables,
)
from duly.law.collect import type_of
from duly.law.declare import Choice
from duly.law.findings import Refused, nearest
from duly.law.ir import (
    AddPeriod,
    And,
    Arith,
    Call,
    Compare,
    Const,
    Kind,
    MakeRecord,
    Node,
    On,
    Round,
    RoundProduct,
    Select,
    Today,
    Type,
)
from duly.law.language import LawFunction
from duly.law.money import Money
from duly.law.records import Record, fields_of
from duly.law.scope import MISSING, Lambda, Scope, static
from duly.law.selectors import Period
from duly.law.types import (
    BOOL,
    DAY,
    FRACTION,
    INT,
    MONEY,
    NUMBERS,
    SHARE,
    currency_of,
    in_currency,
    is_amount,
    must_fit,
    optional,
    scalar,
    told,
    without_currency,
)
from duly.timeline.calendar import from_iso

if TYPE_CHECKING:
    from duly.law.expressions import Reader

__all__ = ["arguments_of", "call", "field_types", "rounding"]

BOOLEAN_LOOKS: Final = {"any": BOOL, "all": BOOL, "days": INT}
NUMBER_LOOKS: Final = {"sum", "max", "min"}
MOST_UNITS: Final = 10_000_000
"""Days, months or years that may be added to a day at once."""
ROUNDINGS: Final = {"half_up", "half_even", "down", "up"}


def call(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    """The node of a call."""
    if isinstance(node.func, ast.Name) and isinstance(scope.names.get(node.func.id), Lambda):
        return look(reader, node.func, scope, another_day=False)
    if isinstance(node.func, ast.Attribute):
        period = static(node.func.value, scope)
        if isinstance(period, Period):
            return _select(reader, node, period, node.func.attr, scope)
    target = static(node.func, scope)
    if isinstance(target, LawFunction):
        return _rule(reader, node, target.name, scope)
    if isinstance(target, type):
        named = cast(type[object], target)
        if issubclass(named, Record):
            return _record(reader, node, named, scope)
    word = _WORDS.get(target) if target is not MISSING and _hashable(target) else None
    if word is None:
        text = ast.unparse(node.func)
        known = [*reader.signatures, *(w.__name__ for w in _WORDS)]
        near = nearest(text, known, "a rule, or a word of duly.law")
        raise Refused(node, f"{text}(...) is no rule and no word of the law", near)
    return word(reader, node, scope)


def look(reader: Reader, node: ast.expr, scope: Scope, *, another_day: bool) -> Node:
    """The body of a function without parameters, in the scope that it was written in."""
    found = scope.names.get(node.id) if isinstance(node, ast.Name) else None
    if isinstance(node, ast.Lambda) and not _parameters(node):
        found = Lambda(node.body, scope)
    if not isinstance(found, Lambda):
        raise Refused(node, f"A selector was given {ast.unparse(node)}", "a function: `lambda: ...`")
    inner = found.scope.on_another_day() if another_day else found.scope
    return reader.expression(found.body, inner)


def _hashable(value: object) -> bool:
    return isinstance(value, Hashable)


def _parameters(node: ast.Lambda) -> bool:
    names = node.args
    return bool(names.args or names.posonlyargs or names.kwonlyargs or names.vararg or names.kwarg)


def _select(reader: Reader, node: ast.Call, period: Period, op: str, scope: Scope) -> Node:
    static(node.func, scope)  # refuses a word that the period does not have
    (argument,) = arguments_of(node, 1)
    body = look(reader, argument, scope, another_day=True)
    if op == "mean":
        return _mean(reader, node, period, body)
    kind = _looked_type(node, argument, body, op)
    return Select(type=kind, span=reader.span(node), period=period.name, count=period.count, op=op, body=body)


def _mean(reader: Reader, node: ast.Call, period: Period, body: Node) -> Node:
    """The sum over the days, divided by how many they are."""
    span, kind = reader.span(node), _looked_type(node, node.args[0], body, "sum")
    every = Const(type=BOOL, span=span, value=1)
    whole = Select(type=kind, span=span, period=period.name, count=period.count, op="sum", body=body)
    days = Select(type=INT, span=span, period=period.name, count=period.count, op="days", body=every)
    return Arith(type=SHARE if kind == MONEY else FRACTION, span=span, op="/", parts=(whole, days))


def _looked_type(node: ast.Call, argument: ast.expr, body: Node, op: str) -> Type:
    if op in BOOLEAN_LOOKS:
        must_fit(body, BOOL, argument, f"What {op} looks at")
        return BOOLEAN_LOOKS[op]
    if op in NUMBER_LOOKS:
        if without_currency(body.type) not in (INT, MONEY):
            raise Refused(node, f"{op} looks at {told(body.type)}", "whole numbers or money, never None")
        return body.type
    if body.type.kind in (Kind.SUBJECT, Kind.LINK):
        raise Refused(node, f"{op} looks at {told(body.type)}", "a fact, a number or a condition")
    return body.type


def _rule(reader: Reader, node: ast.Call, name: str, scope: Scope) -> Node:
    signature = reader.signatures[name]
    written = _in_order(node, [p.name for p in signature.parameters], f"{name}(...)")
    arguments = tuple(reader.expression(argument, scope) for argument in written)
    for argument, parameter, text in zip(arguments, signature.parameters, written, strict=True):
        must_fit(argument, parameter.type, text, f"{parameter.name} of {name}")
    return Call(type=signature.result, span=reader.span(node), rule=name, arguments=arguments)


def _record(reader: Reader, node: ast.Call, record: type[Any], scope: Scope) -> Node:
    types = field_types(record, node)
    names = tuple(types)
    if node.args:
        raise Refused(
            node, f"{record.__name__} was given values without names", ", ".join(f"{n}=..." for n in names)
        )
    written = _in_order(node, list(names), record.__name__)
    fields = tuple(reader.expression(value, scope) for value in written)
    for field, (name, wanted), text in zip(fields, types.items(), written, strict=True):
        must_fit(field, wanted, text, f"{record.__name__}.{name}")
    kind = scalar(Kind.RECORD, record.__name__)
    return MakeRecord(type=kind, span=reader.span(node), names=names, fields=fields)


def field_types(record: type[Record], node: ast.AST) -> dict[str, Type]:
    """The type of each field of a record."""
    try:
        fields = fields_of(record)
    except BadInput as error:
        raise Refused(node, f"{error.where}: {error.detail}", error.hint) from error
    return {name: _field_type(f"{record.__name__}.{name}", hint, node) for name, hint in fields.items()}


def _field_type(name: str, hint: Any, node: ast.AST) -> Type:
    if hint is Choice:
        return scalar(Kind.CHOICE)
    try:
        found = type_of(hint, where=name)
    except BadInput as error:
        raise Refused(node, f"{name}: {error.detail}", error.hint) from error
    if found.kind is Kind.TEXT:
        raise Refused(node, f"{name} is text", "a Code or a Choice")
    return found


def _in_order(node: ast.Call, names: list[str], what: str) -> list[ast.expr]:
    given: dict[str | None, ast.expr] = dict(zip(names, node.args, strict=False))
    given.update({keyword.arg: keyword.value for keyword in node.keywords})
    wrong = [str(name) for name in given if name not in names]
    missing = [name for name in names if name not in given]
    if wrong or missing or len(node.args) > len(names):
        lacks = f"lacks {', '.join(missing)}" if missing else f"has no {', '.join(wrong) or 'more values'}"
        raise Refused(node, f"{what} {lacks}", f"the values {', '.join(names)}")
    return [given[name] for name in names]


def arguments_of(node: ast.Call, count: int) -> list[ast.expr]:
    """So many values without names, or a refusal."""
    if node.keywords or len(node.args) != count:
        values = "one value" if count == 1 else f"{count} values"
        raise Refused(
            node, f"{ast.unparse(node.func)} takes {values}", f"{ast.unparse(node.func)}(...) with {values}"
        )
    return node.args


def _today(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    arguments_of(node, 0)
    return Today(type=DAY, span=reader.span(node))


def _day(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    (written,) = arguments_of(node, 1)
    text = written.value if isinstance(written, ast.Constant) else None
    try:
        value = from_iso(text if isinstance(text, str) else "")
    except BadInput as error:
        what = f"{ast.unparse(written)} is no date"
        raise Refused(written, what, 'a date, as in day("2023-07-01")') from error
    return Const(type=DAY, span=reader.span(node), value=value)


def _on(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    when, what = arguments_of(node, 2)
    day, body = reader.expression(when, scope), look(reader, what, scope, another_day=True)
    must_fit(day, optional(DAY), when, "The day")
    kind = optional(body.type, allowed=body.type.optional or day.type.optional)
    return On(type=kind, span=reader.span(node), day=day, body=body)


def _under(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    born_text, years, leap = _shift_arguments(reader, node, "years", scope)
    span, born, today = reader.span(node), reader.expression(born_text, scope), None
    must_fit(born, DAY, born_text, "The day of birth")
    today = Today(type=DAY, span=span)
    until = AddPeriod(type=DAY, span=span, day=born, years=years, months=0, days=0, how=leap)
    parts = (
        Compare(type=BOOL, span=span, op="<=", left=born, right=today),
        Compare(type=BOOL, span=span, op="<", left=today, right=until),
    )
    return And(type=BOOL, span=span, parts=parts)


def _add(unit: str) -> Callable[[Reader, ast.Call, Scope], Node]:
    def add(reader: Reader, node: ast.Call, scope: Scope) -> Node:
        written, count, leap = _shift_arguments(reader, node, unit, scope)
        day = reader.expression(written, scope)
        must_fit(day, DAY, written, "The day")
        units = {"years": 0, "months": 0, "days": 0, unit: count}
        return AddPeriod(type=DAY, span=reader.span(node), day=day, how=leap, **units)

    return add


def _shift_arguments(reader: Reader, node: ast.Call, unit: str, scope: Scope) -> tuple[ast.expr, int, str]:
    leaps = [static(k.value, scope) for k in node.keywords if k.arg == "leap"] or ["down"] * (unit == "days")
    if len(node.args) != 2 or len(leaps) != 1 or leaps[0] not in ("up", "down"):
        leap = "" if unit == "days" else ", leap=DOWN"
        name = ast.unparse(node.func)
        raise Refused(node, f"{ast.unparse(node)} is not complete", f"{name}(day, number of {unit}{leap})")
    count = reader.expression(node.args[1], scope)
    if not (isinstance(count, Const) and count.type == INT and isinstance(count.value, int)):
        raise Refused(
            node.args[1], f"{ast.unparse(node.args[1])} is no constant", f"a whole number of {unit}"
        )
    if abs(count.value) > MOST_UNITS:
        raise Refused(node.args[1], f"{count.value} {unit} is farther than calendars reach", f"fewer {unit}")
    return node.args[0], count.value, str(leaps[0])


def _round(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    amount_text, to_text, how_text = arguments_of(node, 3)
    amount, to = reader.expression(amount_text, scope), reader.expression(to_text, scope)
    how = rounding(how_text, scope)
    if without_currency(amount.type) not in NUMBERS:
        raise Refused(
            amount_text, f"round_to was given {told(amount.type)}", "a number, money or a share of money"
        )
    unit = MONEY if is_amount(amount.type) else INT
    if not (isinstance(to, Const) and to.type == unit and isinstance(to.value, int) and to.value > 0):
        what = "a constant such as kroner(1)" if unit == MONEY else "a whole number such as 1"
        raise Refused(to_text, f"{ast.unparse(to_text)} is no unit to round to", what)
    kind, span = in_currency(unit, currency_of(amount.type)), reader.span(node)
    if isinstance(amount, Arith) and amount.type.kind is Kind.FRACTION and amount.op == "*":
        one, other = amount.parts
        return RoundProduct(type=kind, span=span, parts=(one, other), how=how, to=to.value)
    return Round(type=kind, span=span, part=amount, how=how, to=to.value)


def rounding(node: ast.expr, scope: Scope) -> str:
    """How something is rounded, as a rule says it."""
    how = static(node, scope)
    if how not in ROUNDINGS:
        instead = "HALF_UP, HALF_EVEN, DOWN or UP"
        raise Refused(node, f"{ast.unparse(node)} says not how to round", instead)
    return str(how)


def _ratio(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    one, other = (reader.expression(part, scope) for part in arguments_of(node, 2))
    if isinstance(one, Const) and isinstance(other, Const) and isinstance(one.value, int) and other.value:
        return reader.constant(money.ratio(one.value, other.value), node)  # pyright: ignore[reportArgumentType]  # constants of INT are ints
    return arithmetic.quotient(reader.span(node), node, one, other)


def _percent(reader: Reader, node: ast.Call, scope: Scope) -> Node:
    (written,) = arguments_of(node, 1)
    if not (isinstance(written, ast.Constant) and isinstance(written.value, str)):
        raise Refused(written, f"{ast.unparse(written)} is no number as written", 'percent("32.5")')
    return _literal(reader, node, written, money.percent)


def _literal(reader: Reader, node: ast.Call, written: ast.Constant, make: Callable[[Any], object]) -> Node:
    """A number written out, as in percent("32.5")."""
    try:
        return reader.constant(make(written.value), node)
    except BadInput as error:
        raise Refused(written, error.detail, error.hint) from error


def _money(make: Callable[[Any], Money]) -> Callable[[Reader, ast.Call, Scope], Node]:
    def read(reader: Reader, node: ast.Call, scope: Scope) -> Node:
        (written,) = arguments_of(node, 1)
        if isinstance(written, ast.Constant) and type(written.value) is str:
            return _literal(reader, node, written, make)
        amount = reader.expression(written, scope)
        if not (isinstance(amount, Const) and amount.type == INT and isinstance(amount.value, int)):
            raise Refused(
                written, f"{ast.unparse(written)} is no whole number", "a literal amount, or a rate"
            )
        return reader.constant(make(amount.value), node)

    return read


def _extreme(op: str) -> Callable[[Reader, ast.Call, Scope], Node]:
    def read(reader: Reader, node: ast.Call, scope: Scope) -> Node:
        if len(node.args) == 1:
            return folds.extreme(reader, node, op, scope)
        if len(node.args) < 2 or node.keywords:
            raise Refused(node, f"{op} of nothing", f"{op}(a, b), or {op}((... for ...), default=None)")
        parts = tuple(reader.expression(argument, scope) for argument in node.args)
        return arithmetic.extreme(reader.span(node), node, op, parts)

    return read


_WORDS: Final[dict[Any, Callable[[Reader, ast.Call, Scope], Node]]] = {
    all: lambda reader, node, scope: folds.quantified(reader, node, "all", scope),
    any: lambda reader, node, scope: folds.quantified(reader, node, "any", scope),
    len: lambda reader, node, scope: folds.counted(reader, node, scope),
    max: _extreme("max"),
    min: _extreme("min"),
    currencies.convert: currencies.converted,
    digits.round_decimals: digits.read_digits("round_decimals", significant=False),
    digits.round_significant: digits.read_digits("round_significant", significant=True),
    money.cents: _money(money.cents),
    money.euros: _money(money.euros),
    money.kroner: _money(money.kroner),
    money.ore: _money(money.ore),
    ranks.rank_of: ranks.ranked,
    money.percent: _percent,
    money.ratio: _ratio,
    remainders.sum_before: remainders.ahead_of,
    remainders.used: remainders.taken,
    shares.split: shares.divided,
    selectors.add_days: _add("days"),
    selectors.add_months: _add("months"),
    selectors.add_years: _add("years"),
    selectors.day: _day,
    selectors.on: _on,
    selectors.round_to: _round,
    selectors.the: lambda reader, node, scope: folds.only(reader, node, scope),
    selectors.today: _today,
    selectors.under: _under,
    tables.banded: lookups.banded,
    tables.marginal: lookups.marginal,
    sum: lambda reader, node, scope: folds.summed(reader, node, scope),
}
