"""Generated code is statements of scalar Python; a value in it is the names that hold it.

Each value has its parts (one int64, or numerator and denominator, or a flag and the fields of a record),
`known`, and `until`, the first day on which it may change. `until` counts on the day that the code looks
at; a value that was made while looking at another day has no say there, which is what `level` tells apart.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Generator, Iterable, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from duly.errors import OurFault
from duly.law.ir import Fold, Kind, Let, Local, Node, RuleIR, Type
from duly.law.shape import ANY_SHAPE, Shape
from duly.law.walk import parts as parts_of

__all__ = [
    "FAR",
    "Emit",
    "Scope",
    "Span",
    "Value",
    "Writer",
    "arguments",
    "coerced",
    "free_names",
    "is_handle",
    "joined",
    "least",
    "same",
    "soonest",
]

FAR = "FAR"
Span = tuple[int, int]
NAMES = re.compile(r"\b[A-Za-z_]\w*\b(?!\()")
"""The names in an expression, without those of functions."""
WORDS = frozenset({"NONE", FAR, "if", "else", "not"})
DEEP = 40
"""Beyond this many blocks inside each other Python refuses at 100, so what is deeper becomes a function."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Names or literals in generated code. `known` "1" and `until` "FAR" are settled when code is written.

    `span` holds the first part wherever it is known and not None: least and most, None for anything.
    """

    parts: tuple[str, ...]
    known: str
    until: str
    level: int
    span: Span | None = None

    @property
    def only(self) -> str:
        return self.parts[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The values by local name, and the name that holds the day looked at."""

    names: Mapping[str, Value]
    day: str
    level: int
    monthly: bool = False
    """Whether the day is the first of a month, and only such days follow."""
    driven: bool = False
    """Whether the day is one of those for which the batch is evaluated."""
    near: bool = False
    """Whether the day is within `NEAR` months of one of those."""

    def value(self, name: str) -> Value:
        """A local, as seen from the day looked at."""
        found = self.names[name]
        return found if found.level == self.level else replace(found, until=FAR, level=self.level)

    def bound(self, names: Mapping[str, Value]) -> Scope:
        """The same with more locals."""
        return replace(self, names={**self.names, **names})

    def on(self, day: str) -> Scope:
        """The same locals, looked at from another day."""
        return replace(self, day=day, level=self.level + 1, monthly=False, driven=False, near=False)

    def until_of(self, node: Node) -> list[str]:
        """The untils of the locals of this day that a node uses, whatever day it looks at."""
        used = (self.names[name] for name in sorted(free_names(node)))
        return [value.until for value in used if value.level == self.level]


class _Early:
    """Where lines go that rest on a few fixed names alone."""

    def __init__(self, fixed: set[str], give: Callable[[str], None], depth: int) -> None:
        self._fixed, self._give, self.depth = {*fixed, *WORDS}, give, depth

    def holds(self, call: str) -> bool:
        """Whether all names in a call are fixed."""
        return all(name in self._fixed for name in NAMES.findall(call))

    def add(self, line: str, names: Iterable[str]) -> None:
        self._give(line)
        self._fixed.update(names)


class Writer:
    """Collects the lines of one module of generated code."""

    def __init__(
        self,
        *,
        emitters: Mapping[type[Node], Emit],
        rules: Mapping[str, RuleIR],
        slots: Mapping[str, int],
        records: Mapping[str, tuple[str, ...]],
        bottoms: Mapping[str, int],
        inlined: Collection[str],
        assumed: Shape,
        once: bool,
        spans: Mapping[str, Span],
        rates: Mapping[str, tuple[int, Span]],
        twins: Mapping[str, tuple[str, ...]],
    ) -> None:
        self.rules, self.slots, self.records, self.inlined = rules, slots, records, inlined
        self.bottoms = bottoms
        self.assumed, self.spans, self.rates = assumed, spans, rates
        self.twins = twins
        self.shaped = assumed != ANY_SHAPE
        self.called_rules: dict[str, None] = {}
        self._emitters = emitters
        self._lines: list[str] = []
        self._finished: list[str] = []
        self._sets: dict[tuple[int, ...], str] = {}
        self._seen: list[dict[str, tuple[str, ...]]] = [{}]
        self._held: list[dict[str, Value]] = [{}]
        self._count = 0
        self._early: _Early | None = None
        self.once = once

    def emit(self, node: Node, scope: Scope) -> Value:
        """Write what computes a node; the value it leaves."""
        if len(self._seen) > DEEP:
            return self._outlined(node, scope)
        found = self._emitters[type(node)](self, node, scope)
        return replace(found, until=FAR) if self.once and scope.driven else found

    def put(self, line: str) -> None:
        self._lines.append(" " * (len(self._seen) - 1) + line)

    def fresh(self) -> str:
        """A name not used before."""
        self._count += 1
        return f"t{self._count}"

    def some(self, count: int) -> tuple[str, ...]:
        """Names not used before."""
        return tuple(self.fresh() for _ in range(count))

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """What is put inside stands under `head`."""
        self.put(f"{head}:")
        self._seen.append({})
        self._held.append({})
        yield
        self._seen.pop()
        self._held.pop()

    def named(self, call: str, count: int) -> tuple[str, ...]:
        """The names that hold what a pure call gives: put once, and seen wherever control came through it."""
        for block in reversed(self._seen):
            if call in block:
                return block[call]
        names = self.some(count)
        line = f"{', '.join(names)} = {call}"
        if self._early is not None and self._early.holds(call):
            self._early.add(line, names)
            self._seen[self._early.depth][call] = names
        else:
            self._seen[-1][call] = names
            self.put(line)
        return names

    def early(self, *fixed: str) -> None:
        """From here on, what rests on these names alone is put here, before any loop that comes later."""
        self._early = _Early(set(fixed), self.later(), len(self._seen) - 1)

    def never_none(self, *names: str) -> None:
        """Wherever control comes through here, these names hold no None."""
        self._seen[-1].update({f"never {name}": () for name in names})

    def may_be_none(self, name: str) -> bool:
        """Whether a name may hold None here."""
        return not any(f"never {name}" in block for block in self._seen)

    def hold(self, key: str, value: Value) -> Value:
        """Remember a value wherever control comes through here."""
        self._held[-1][key] = value
        return value

    def recall(self, key: str) -> Value | None:
        """What is remembered under a key."""
        return next((block[key] for block in reversed(self._held) if key in block), None)

    def mark(self) -> int:
        """Where the lines of the function end so far."""
        return len(self._lines)

    def later(self) -> Callable[[str], None]:
        """Puts the line that belongs here once it is known."""
        lines, at, indent = self._lines, len(self._lines), " " * (len(self._seen) - 1)
        self._lines.append("")

        def give(line: str) -> None:
            lines[at] += f"\n{indent}{line}" if lines[at] else indent + line

        return give

    def settled(self, name: str, since: int) -> str:
        """The literal that is all that was assigned to a name since a mark, or the name."""
        values = {value for line in self._lines[since:] for value in _assigned(line, name)}
        only = values.pop() if len(values) == 1 else name
        return only if _literal(only) else name

    def array(self, place: int) -> str:
        """The name that holds where an array lies."""
        return self.named(called("at64", "heap", str(place)), 1)[0]

    def kept(self, value: str) -> str:
        """A name or literal for an expression."""
        return value if value.isidentifier() or _literal(value) else self.named(value, 1)[0]

    def assign(self, names: Iterable[str], values: Iterable[str]) -> None:
        """Put `a = c` and `b = d`, unless they are the same; no value may name what is assigned before it."""
        changed = [(name, value) for name, value in zip(names, values, strict=True) if name != value]
        if changed:
            for name, value in changed:
                self.put(f"{name} = {value}")
        else:
            self.put("pass")

    def width(self, of: Type) -> int:
        """How many parts a value of the type has."""
        if of.kind is Kind.RECORD:
            return 1 + len(self.records[of.name])
        return 2 if of.kind is Kind.FRACTION else 1

    def slot(self, name: str) -> int:
        """Where the heap holds an attribute, relation or rate."""
        if name not in self.slots:
            raise OurFault("Unknown column", detail=f"No column was planned for {name}.")
        return self.slots[name]

    def constant_set(self, values: tuple[int, ...]) -> str:
        """The name of a sorted constant array."""
        ordered = tuple(sorted(set(values)))
        return self._sets.setdefault(ordered, f"SET_{len(self._sets)}")

    @contextmanager
    def definition(self, decorator: str, head: str) -> Generator[None]:
        """What is put inside is a function of the module, wherever it was called for."""
        outer = self._lines, self._seen, self._held, self._early
        self._lines, self._seen, self._held, self._early = [f"@{decorator}"], [{}], [{}], None
        with self.block(f"def {head}"):
            yield
        self._finished.extend([*self._lines, "", ""])
        self._lines, self._seen, self._held, self._early = outer

    def function(self, name: str, parameters: Iterable[str], scope: Scope, body: Node, result: Type) -> None:
        """Add a function of the heap, these parameters and the day to the module."""
        with self.definition("scalar", f"{name}({', '.join(['heap', *parameters, scope.day])})"):
            value = coerced(self, self.emit(body, scope), body.type, result)
            self.put(f"return {', '.join([*value.parts, value.known, value.until])}")

    def raw(self, text: str) -> None:
        """Add finished text to the module."""
        self._finished.extend([*text.splitlines(), "", ""])

    def text(self) -> str:
        """The module so far."""
        sets = [f"{name} = constant({list(values)})" for values, name in self._sets.items()]
        return "\n".join([*sets, "", "", *self._finished])

    def called(self, call: str, width: int, untils: Iterable[str], level: int) -> Value:
        """The value of a call of a generated function."""
        *parts, known, until = self.named(call, width + 2)
        return Value(parts=tuple(parts), known=known, until=soonest(until, *untils), level=level)

    def handle(self, node: Node, scope: Scope) -> Value:
        """The index of a subject or link, which the language never lets be unknown or None."""
        value = self.emit(node, scope)
        if value.known != "1" or node.type.optional:
            raise OurFault("A subject may be unknown", detail="Facts are read only of one that is known.")
        return value

    def wanted(self, rule: str) -> str:
        """The rule, noted as one that has to become a function."""
        self.called_rules[rule] = None
        return rule

    def _outlined(self, node: Node, scope: Scope) -> Value:
        """The node as a function of its own, called with the locals that it uses."""
        name = f"f_{self.fresh()}"
        used = {local: scope.value(local) for local in sorted(free_names(node))}
        passed = {local: self._parameters(value) for local, value in used.items()}
        inside = Scope(names=passed, day="day", level=0)
        self.function(
            name, [p for value in passed.values() for p in arguments(value)], inside, node, node.type
        )
        given = (a for value in used.values() for a in arguments(value))
        untils = [value.until for value in used.values()]
        return self.called(
            called(name, "heap", *given, scope.day), self.width(node.type), untils, scope.level
        )

    def _parameters(self, value: Value) -> Value:
        known = "1" if value.known == "1" else self.fresh()
        return Value(parts=self.some(len(value.parts)), known=known, until=FAR, level=0)


Emit = Callable[[Writer, Any, Scope], Value]
"""Writes one type of node."""


def _literal(value: str) -> bool:
    return value == FAR or value.removeprefix("-").isdigit()


def _assigned(line: str, name: str) -> list[str]:
    """What a line gives to a name, as far as it says so."""
    names, equals, value = line.strip().partition(" = ")
    given = dict(zip(names.split(", "), value.split(", "), strict=False))
    if not equals or name not in names.split(", "):
        return []
    return [given[name] if len(given) == value.count(", ") + 1 and "(" not in value else name]


def is_handle(of: Type) -> bool:
    """Whether a parameter of the type is passed as an index alone: subjects and links are always known."""
    return of.kind in (Kind.SUBJECT, Kind.LINK) and not of.optional


def arguments(value: Value) -> list[str]:
    """What is passed for a value: its parts, and known where that is not settled."""
    return [*value.parts] if value.known == "1" else [*value.parts, value.known]


def called(function: str, *given: str) -> str:
    """A call of a scalar function."""
    return f"{function}({', '.join(given)})"


def both(*tests: str) -> str:
    """A test that all tests pass. All are looked at, which costs less than the jumps that spare it."""
    return " & ".join(f"({test})" for test in tests)


def either(*tests: str) -> str:
    """A test that one of the tests passes, likewise."""
    return " | ".join(f"({test})" for test in tests)


def truth(test: str) -> str:
    """1 or 0 for a test."""
    return f"int64({test})"


def joined(*spans: Span | None) -> Span | None:
    """What holds whichever of them does."""
    found = [span for span in spans if span is not None]
    return (min(s[0] for s in found), max(s[1] for s in found)) if len(found) == len(spans) else None


def soonest(*untils: str) -> str:
    """The earliest of some untils."""
    named = sorted({until for until in untils if until != FAR}, key=untils.index)
    return _min(named) or FAR


def least(*knowns: str) -> str:
    """Known where all are known; else the lowest reason."""
    named = sorted({known for known in knowns if known != "1"}, key=knowns.index)
    return _min(named) or "1"


def _min(named: list[str]) -> str:
    return f"min({', '.join(named)})" if len(named) > 1 else "".join(named)


def coerced(w: Writer, value: Value, of: Type, to: Type) -> Value:
    """A value of one type with the parts of another: None as any type, a whole number as a fraction."""
    if of.kind is to.kind or w.width(to) == 1:
        return value
    if of.kind is Kind.NOTHING:
        missing = ("NONE", "1") if to.kind is Kind.FRACTION else ("NONE", *("0" for _ in w.records[to.name]))
        return replace(value, parts=missing)
    return replace(value, parts=(value.only, "1"))


def same(w: Writer, of: Type, left: Iterable[str], right: Iterable[str]) -> str:
    """A test that two known values of one type are equal."""
    if of.kind is Kind.FRACTION:
        (equal,) = w.some(1)
        w.put(f"{equal} = {called('ratio_same', *left, *right)}")
        return f"{equal} == 1"
    return both(*(f"{mine} == {theirs}" for mine, theirs in zip(left, right, strict=True)))


def free_names(node: Node) -> frozenset[str]:
    """The locals that the node uses and does not itself bind."""
    if isinstance(node, Local):
        return frozenset({node.name})
    if isinstance(node, Let):
        return free_names(node.value) | (free_names(node.body) - {node.name})
    if isinstance(node, Fold):
        inside = free_names(node.where) | free_names(node.body)
        return free_names(node.of) | (inside - {node.member, node.link})
    return frozenset(name for part in parts_of(node) for name in free_names(part))
