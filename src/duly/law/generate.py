"""A pack becomes one module: a scalar function for each version of each rule, a driver for each programme.

The text is complete (it holds the functions that it calls), so its hash names all that runs. It is plain
Python over one int64 array: `compiled` it runs through Numba, and as it stands it gives the same results.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from duly.law import scalars
from duly.law.columns import layout
from duly.law.emit import EMITTERS, rule_name
from duly.law.emitted import FAR, Scope, Value, Writer, called, coerced, held, is_handle
from duly.law.ir import NONE, Call, Kind, MakeRecord, Parameter, RuleIR
from duly.law.plan import every_rule
from duly.law.walk import below
from duly.timeline import END_OF_TIME, calendar

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme

__all__ = ["driver_name", "generated", "record_names", "reviewer_name"]

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
    scalars.agreed,
    scalars.picked,
    scalars.turned,
    scalars.stands,
    scalars.answered,
    scalars.times,
    scalars.plus,
    scalars.whole_quotient,
    scalars.remainder,
    scalars.common_divisor,
    scalars.ratio_times,
    scalars.ratio_over,
    scalars.ratio_plus,
    scalars.ratio_order,
    scalars.rounded,
    scalars.first_shift,
    scalars.last_shift,
    scalars.next_first,
)
SHORT: Final = 8
"""Nodes of a rule that is cheaper to write again than to call and to compile."""
LITERAL: Final = re.compile(r"\bK_\w+")
NUMBERS: Final = {
    "NONE": NONE,
    "FAR": END_OF_TIME,
    "HIDDEN": scalars.HIDDEN,
    "LARGEST": scalars.LARGEST,
    "HALF": scalars.HALF,
    "OVERFLOW": scalars.OVERFLOW,
    "DIVIDED_BY_ZERO": scalars.DIVIDED_BY_ZERO,
}


def generated(pack: Pack) -> str:
    """The text of the pack's module, without what makes `scalar`, `entry` and `constant`."""
    rules = every_rule(pack)
    w = Writer(
        emitters=EMITTERS,
        rules=rules,
        slots=layout(pack).slots,
        records=record_names(pack),
        inlined=_inlined(rules),
    )
    for programme in pack.programmes.values():
        _driver(w, programme)
        _reviewer(w, programme, [r.rule for r in pack.reviews if r.programme == programme.name])
    done: set[str] = set()
    while left := [name for name in w.called_rules if name not in done]:
        for name in left:
            _rule(w, rules[name])
        done.update(left)
    text = w.text()
    numbers = [f"{name} = {value}" for name, value in NUMBERS.items()]
    held = [f"{name} = number({_literal(name)})" for name in sorted(set(LITERAL.findall(text)))]
    return "\n\n".join(["\n".join([*numbers, *held]), *_library(), text])


def _literal(name: str) -> str:
    return name.removeprefix("K_").replace("m", "-")


@lru_cache(maxsize=16)
def record_names(pack: Pack) -> Mapping[str, tuple[str, ...]]:
    """The fields of each class of record that the pack's rules make."""
    bodies = (version.body for rule in every_rule(pack).values() for version in rule.versions)
    nodes = (node for body in bodies for node in below(body))
    return {node.type.name: node.names for node in nodes if isinstance(node, MakeRecord)}


def _inlined(rules: Mapping[str, RuleIR]) -> frozenset[str]:
    """The rules that are written in place: with one version, and short or called from one place only."""
    nodes = {n: [node for v in rule.versions for node in below(v.body)] for n, rule in rules.items()}
    calls = Counter(node.rule for body in nodes.values() for node in body if isinstance(node, Call))
    return frozenset(
        name
        for name, rule in rules.items()
        if len(rule.versions) == 1 and (calls[name] == 1 or len(nodes[name]) <= SHORT)
    )


def driver_name(programme: str) -> str:
    """The function that evaluates keys of a programme over days."""
    return rule_name(programme).replace("r_", "drive_", 1)


def reviewer_name(programme: str) -> str:
    """The function that evaluates a programme's reviews, each key on its own day."""
    return rule_name(programme).replace("r_", "review_", 1)


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


def _driver(w: Writer, programme: Programme) -> None:
    """The loop over keys, and over the days on which the value of each may change."""
    monthly = programme.every == "month"
    given = "heap, holders, abouts, links, first, last, offsets, table, key"
    with w.definition("entry", f"{driver_name(programme.name)}({given})"):
        w.put("count = offsets[key]")
        with w.block("while key < len(holders)"):
            for handle in ("holder", "about", "link"):
                w.put(f"{handle} = int64({handle}s[key])")
            w.put("begin = count")
            w.put(f"day = {'month_first(int64(first))' if monthly else 'int64(first)'}")
            with w.block("while day < last"):
                with w.block("if count == len(table)"):
                    w.put("return key")
                until = _segment(w, programme.rule)
                w.put(f"day = next_first({until})" if monthly else f"day = {until}")
            w.put("key += 1")
            w.put("offsets[key] = count")
        w.put("return key")


def _segment(w: Writer, rule: RuleIR) -> str:
    """Write what is due on the day, as a new row or joined to the one before; the next day to look at."""
    names = {p.name: _handle(name) for p, name in zip(rule.parameters, _handles(rule), strict=True)}
    if len(rule.versions) == 1:
        body = rule.versions[0].body
        due = coerced(w, w.emit(body, Scope(names=names, day="day", level=0)), body.type, rule.result)
    else:
        call = called(rule_name(w.wanted(rule.name)), "heap", *_handles(rule), "day")
        due = w.called(call, w.width(rule.result), [], 0)
    flag, *fields = due.parts
    w.put(f"state = stands({held(flag)}, {held(due.known)})")
    row = [f"{held(field)} * (state == 2)" for field in fields]
    same = [f" and table[count - 1, {at}] == {field}" for at, field in enumerate(row, 3)]
    with w.block(f"if count > begin and table[count - 1, 1] == state{''.join(same)}"):
        w.put(f"table[count - 1, 2] = min(table[count - 1, 2], {due.known})")
    with w.block("else"):
        for at, value in enumerate(["max(day, first)", "state", f"min({due.known}, 0)", *row]):
            w.put(f"table[count, {at}] = {value}")
        w.put("count += 1")
    return f"max(day + 1, {due.until})"


def _handle(name: str) -> Value:
    return Value(parts=(name,), known="1", until=FAR, level=0)


def _handles(rule: RuleIR) -> list[str]:
    """What a rule takes of a key: the holder, the other subject, the link, as far as it has parameters."""
    subjects = iter(("holder", "about"))
    return ["link" if p.type.kind is Kind.LINK else next(subjects) for p in rule.parameters]


def _reviewer(w: Writer, programme: Programme, reviews: Sequence[RuleIR]) -> None:
    """The loop over keys, each on its own day, and all reviews."""
    given = "heap, holders, abouts, links, days, answers"
    with (
        w.definition("entry", f"{reviewer_name(programme.name)}({given})"),
        w.block("for key in range(len(holders))"),
    ):
        for handle in ("holder", "about", "link", "day"):
            w.put(f"{handle} = int64({handle}s[key])")
        for index, rule in enumerate(reviews):
            call = called(rule_name(w.wanted(rule.name)), "heap", *_handles(rule), "day")
            found = w.called(call, 1, [], 0)
            w.put(f"answers[key, {index}] = answered({found.only}, {found.known})")
