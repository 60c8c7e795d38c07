"""A programme becomes one module: a function for each version of each rule, a driver, one for reviews.

The text is complete (it holds the functions that it calls), so its hash names all that runs. It is plain
Python over a heap (see `columns`): translated it runs as machine code (see `assembly`), and as it stands it
gives the same results.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from duly.law import scalars
from duly.law.emit import EMITTERS, rate_in_window, rule_name
from duly.law.emit_together import together
from duly.law.emitted import FAR, Scope, Value, Writer, called, coerced, is_handle
from duly.law.ir import NONE, Call, Kind, MakeRecord, Parameter, RateOf, RuleIR
from duly.law.layout import layout
from duly.law.plan import every_rule
from duly.law.shape import ANY_SHAPE, Shape, span_of
from duly.law.situation import Missing
from duly.law.walk import below, reached
from duly.law.windows import rates_in_order, twins
from duly.timeline import END_OF_TIME, calendar

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme

__all__ = [
    "ANY_BATCH",
    "DRIVEN",
    "DRIVER",
    "REVIEWED",
    "REVIEWER",
    "STEP_BY_STEP",
    "Variant",
    "generated",
    "record_names",
]

DRIVER: Final = "drive"
"""Evaluates keys over the days [first, last), as far as there is room; the key at which it has to go on."""
DRIVEN: Final = (
    *("heap", "holders", "abouts", "links", "keys", "first", "last"),
    *("offsets", "starts", "states", "reasons", "fields", "room", "key"),
)
REVIEWER: Final = "review"
"""Evaluates reviews, each key on its own day."""
REVIEWED: Final = ("heap", "holders", "abouts", "links", "keys", "days", "answers")

CALENDAR: Final[tuple[Callable[..., Any], ...]] = (
    calendar.first_of_index,
    calendar.month_index,
    calendar.month_first,
    calendar.add_months,
    calendar.month_from,
)
SCALARS: Final[tuple[Callable[..., Any], ...]] = (
    scalars.find,
    scalars.among,
    scalars.decided,
    scalars.decided_first,
    scalars.agreed,
    scalars.picked,
    scalars.latest,
    scalars.window,
    scalars.turned,
    scalars.stands,
    scalars.answered,
    scalars.times,
    scalars.plus,
    scalars.whole_quotient,
    scalars.remainder,
    scalars.dated,
    scalars.common_divisor,
    scalars.lowest,
    scalars.ratio_times,
    scalars.ratio_over,
    scalars.ratio_plus,
    scalars.ratio_order,
    scalars.ratio_same,
    scalars.rounded,
    scalars.product_over,
    scalars.rounded_product,
    scalars.raised_by,
    scalars.significant,
    scalars.first_shift,
    scalars.last_shift,
    scalars.next_first,
)
SHORT: Final = 8
"""Nodes of a rule that is cheaper to write again than to call and to compile."""
SHORT_WHEN_SHAPED: Final = 80
"""The same where code is for a shape: what is known of a call's place makes its code shorter still."""
NUMBERS: Final = {
    "NONE": NONE,
    "FAR": END_OF_TIME,
    "LARGEST": scalars.LARGEST,
    "HALF": scalars.HALF,
    "HIGHEST": scalars.HIGHEST,
    "FARTHEST": scalars.FARTHEST,
    "LONGEST": scalars.LONGEST,
    "OVERFLOW": scalars.OVERFLOW,
    "DIVIDED_BY_ZERO": scalars.DIVIDED_BY_ZERO,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """For which batches code is: those of a shape; `once`, those looked at on one day alone.

    `steps`: every day that is looked at has a segment of its own.
    """

    shape: Shape
    once: bool
    steps: bool


ANY_BATCH: Final = Variant(shape=ANY_SHAPE, once=False, steps=False)
STEP_BY_STEP: Final = Variant(shape=ANY_SHAPE, once=False, steps=True)


@lru_cache(maxsize=256)
def generated(pack: Pack, programme: str, variant: Variant = ANY_BATCH) -> str:
    """The text of a programme's module, without what it builds on."""
    rules = every_rule(pack)
    shaped = variant.shape != ANY_SHAPE
    w = Writer(
        emitters=EMITTERS,
        rules=rules,
        slots=layout(pack).slots,
        records=record_names(pack),
        bottoms={name: rate.bottom for name, rate in pack.rates.items()},
        inlined=_inlined(rules, SHORT_WHEN_SHAPED if shaped else SHORT, versions=shaped),
        assumed=variant.shape,
        once=variant.once,
        rates={name: (at, _span(pack, name)) for at, name in enumerate(rates_in_order(pack))},
        twins=twins(pack),
        spans={name: span_of(attribute) for name, attribute in pack.vocabulary.attributes.items()},
    )
    _driver(w, pack.programme(programme), variant)
    if not shaped:
        _reviewer(w, [r.rule for r in pack.reviews if r.programme == programme])
    done: set[str] = set()
    while left := [name for name in w.called_rules if name not in done]:
        for name in left:
            _rule(w, rules[name])
        done.update(left)
    numbers = [f"{name} = {value}" for name, value in NUMBERS.items()]
    return "\n\n".join(["\n".join(numbers), *_library(), w.text()])


@lru_cache(maxsize=16)
def record_names(pack: Pack) -> Mapping[str, tuple[str, ...]]:
    """The fields of each class of record that the pack's rules make."""
    bodies = (version.body for rule in every_rule(pack).values() for version in rule.versions)
    nodes = (node for body in bodies for node in below(body))
    return {node.type.name: node.names for node in nodes if isinstance(node, MakeRecord)}


def _inlined(rules: Mapping[str, RuleIR], short: int, *, versions: bool) -> frozenset[str]:
    """The rules that are written in place: short ones, and those called from one place only."""
    nodes = {n: [node for v in rule.versions for node in below(v.body)] for n, rule in rules.items()}
    calls = Counter(node.rule for body in nodes.values() for node in body if isinstance(node, Call))
    return frozenset(
        name
        for name, rule in rules.items()
        if (versions or len(rule.versions) == 1) and (calls[name] == 1 or len(nodes[name]) <= short)
    )


def _library() -> Iterable[str]:
    return (f"@scalar\n{inspect.getsource(function)}" for function in (*CALENDAR, *SCALARS))


def _rule(w: Writer, rule: RuleIR) -> None:
    if len(rule.versions) == 1:
        _version(w, rule, rule_name(rule.name), 0)
        return
    for index in range(len(rule.versions)):
        _version(w, rule, rule_name(rule.name, index), index)
    w.raw(_by_version(w, rule))


def _version(w: Writer, rule: RuleIR, name: str, index: int) -> None:
    values = {parameter.name: _parameter(w, parameter) for parameter in rule.parameters}
    scope = Scope(names=values, day="day", level=0)
    w.function(name, _passed(w, rule), scope, rule.versions[index].body, rule.result)


def _parameter(w: Writer, parameter: Parameter) -> Value:
    name = f"p_{parameter.name}"
    if is_handle(parameter.type):
        return _handle(name)
    parts = tuple(f"{name}_{part}" for part in range(w.width(parameter.type)))
    return Value(parts=parts, known=f"{name}_known", until=FAR, level=0)


def _passed(w: Writer, rule: RuleIR) -> list[str]:
    values = [_parameter(w, parameter) for parameter in rule.parameters]
    return [name for value in values for name in (*value.parts, value.known) if name != "1"]


def _by_version(w: Writer, rule: RuleIR) -> str:
    """The version in force on the day; the first one also before it began."""
    passed = ", ".join(["heap", *_passed(w, rule), "day"])
    parts = [f"t{part}" for part in range(w.width(rule.result))]
    lines = ["@scalar", f"def {rule_name(rule.name)}({passed}):"]
    for index, following in enumerate(rule.versions[1:]):
        lines += [
            f" if day < {following.since}:",
            f"  {', '.join([*parts, 'known', 'until'])} = {rule_name(rule.name, index)}({passed})",
            f"  return {', '.join([*parts, 'known', f'min(until, {following.since})'])}",
        ]
    return "\n".join([*lines, f" return {rule_name(rule.name, len(rule.versions) - 1)}({passed})"])


def _driver(w: Writer, programme: Programme, variant: Variant) -> None:
    """The loop over keys, and over the days on which the value of each may change."""
    if variant.once:
        _driver_of_one_day(w, programme)
        return
    monthly = programme.every == "month"
    with w.definition("entry", f"{DRIVER}({', '.join(DRIVEN)})"):
        w.put("count = offsets[key]")
        with w.block("while key < keys"):
            for handle in ("holder", "about", "link"):
                w.put(f"{handle} = at32({handle}s, key)")
            w.put("begin = count")
            w.put(f"day = {'month_first(first)' if monthly else 'first'}")
            with w.block("while day < last"):
                with w.block("if count == room"):
                    w.put("return key")
                w.early("heap", "day")
                _rates_first(w, programme)
                until = _segment(w, programme, steps=variant.steps)
                w.put(f"day = next_first({until})" if monthly else f"day = {until}")
            w.put("key += 1")
            w.put("offsets[key] = count")
        w.put("return key")


def _driver_of_one_day(w: Writer, programme: Programme) -> None:
    """The loop over keys, each looked at on the first day and with one row."""
    with w.definition("entry", f"{DRIVER}({', '.join(DRIVEN)})"):
        w.put(f"day = {'month_first(first)' if programme.every == 'month' else 'first'}")
        w.early("heap", "day")
        _rates_first(w, programme)
        with w.block("for at in range(key, keys)"):
            for handle in ("holder", "about", "link"):
                w.put(f"{handle} = at32({handle}s, at)")
            flag, *fields = (due := _due(w, programme)).parts
            w.put(f"state = stands({flag}, {due.known})")
            w.put("offsets[at + 1] = at + 1")
            w.put("put32(starts, at, first)")
            w.put("put8(states, at, state)")
            w.put(f"put8(reasons, at, min({due.known}, 0))")
            for place, field in enumerate(fields):
                w.put(f"put64(fields, at * {len(fields)} + {place}, {field} * (state == 2))")
        w.put("return keys")


def _rates_first(w: Writer, programme: Programme) -> None:
    """What rates are on the day, before all that reads them in some place of its own."""
    if w.shaped:
        scope = Scope(names={}, day="day", level=0, driven=True)
        nodes = reached(programme.rule, w.rules)
        for name in sorted({node.name for node in nodes if isinstance(node, RateOf)}):
            rate_in_window(w, name, scope)


def _span(pack: Pack, name: str) -> tuple[int, int]:
    """The least and most that a rate ever is, in its column."""
    rate = pack.rates[name]
    amounts = [e.amount for e in rate.entries if e.amount is not None and not isinstance(e.amount, Missing)]
    held = [int(amount * rate.bottom) for amount in amounts] or [0]
    return min(held), max(held)


def _segment(w: Writer, programme: Programme, *, steps: bool) -> str:
    """Write what is due on the day, as a new row or joined to the one before; the next day to look at."""
    flag, *fields = (due := _due(w, programme)).parts
    w.put(f"state = stands({flag}, {due.known})")
    row = [f"field_{at}" for at in range(len(fields))]
    for name, field in zip(row, fields, strict=True):
        w.put(f"{name} = {field} * (state == 2)")
    same = [f" and held_{at} == {name}" for at, name in enumerate(row)]
    with w.block("if False" if steps else f"if count > begin and held == state{''.join(same)}"):
        w.put(f"reason = min(reason, {due.known})")
    with w.block("else"):
        w.put(f"reason = min({due.known}, 0)")
        w.put("put32(starts, count, max(day, first))")
        w.put("put8(states, count, state)")
        w.put("held = state")
        for at, name in enumerate(row):
            w.put(f"put64(fields, count * {len(row)} + {at}, {name})")
            w.put(f"held_{at} = {name}")
        w.put("count += 1")
    w.put("put8(reasons, count - 1, reason)")
    return f"max(day + 1, {due.until})"


def _due(w: Writer, programme: Programme) -> Value:
    """The value of the programme's rule on the day."""
    rule = programme.rule
    names = {p.name: _handle(name) for p, name in zip(rule.parameters, _handles(rule), strict=True)}
    if len(rule.versions) == 1:
        body = rule.versions[0].body
        scope = Scope(names=names, day="day", level=0, monthly=programme.every == "month", driven=True)
        if w.shaped:
            together(w, body, scope)
        return coerced(w, w.emit(body, scope), body.type, rule.result)
    call = called(rule_name(w.wanted(rule.name)), "heap", *_handles(rule), "day")
    return w.called(call, w.width(rule.result), [], 0)


def _handle(name: str) -> Value:
    return Value(parts=(name,), known="1", until=FAR, level=0)


def _handles(rule: RuleIR) -> list[str]:
    """What a rule takes of a key: the holder, the other subject, the link, as far as it has parameters."""
    subjects = iter(("holder", "about"))
    return ["link" if p.type.kind is Kind.LINK else next(subjects) for p in rule.parameters]


def _reviewer(w: Writer, reviews: Sequence[RuleIR]) -> None:
    """The loop over keys, each on its own day, and all reviews."""
    if not reviews:
        return
    with (
        w.definition("entry", f"{REVIEWER}({', '.join(REVIEWED)})"),
        w.block("for key in range(keys)"),
    ):
        for handle in ("holder", "about", "link", "day"):
            w.put(f"{handle} = at32({handle}s, key)")
        for index, rule in enumerate(reviews):
            call = called(rule_name(w.wanted(rule.name)), "heap", *_handles(rule), "day")
            found = w.called(call, 1, [], 0)
            w.put(f"put8(answers, key * {len(reviews)} + {index}, answered({found.only}, {found.known}))")
