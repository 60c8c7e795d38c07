"""What decided a value, and nothing else: the facts, the rates and the rules that it rests on.

Of a true `or` one true part, of a false `and` its false parts; of a branch the test and the way that was
taken; of a sum what is not zero, of a largest the one that is; of members those that count. Where a part
rests on somebody who may not be shown, all parts are kept: what is left out must tell nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, cast

from duly.law import ir
from duly.law.interpret import Interpreter, NeverNone, version_on
from duly.law.ir import Node, RuleIR
from duly.law.periods import bounds
from duly.law.situation import UNKNOWN
from duly.law.walk import parts

__all__ = ["Because", "FactKey", "Frame"]

FactKey = tuple[str, int, int, int]
"""Attribute, subject, member (0 where it is no link), day."""
Names = Mapping[str, Any]
MAIN: Final = "amount"
"""The field of a grant that people are told."""


@dataclass(slots=True)
class Frame:
    """A rule that was asked, what it answered, and what decided that.

    `used` are the parameters that decided it. `same` and `alike` are what tells answers apart, kept by
    whoever compares them.
    """

    rule: RuleIR
    given: tuple[Any, ...]
    day: int
    value: Any
    facts: dict[FactKey, Any] = field(default_factory=dict[FactKey, Any])
    rates: dict[tuple[str, int], Any] = field(default_factory=dict[tuple[str, int], Any])
    inner: list[Frame] = field(default_factory=list["Frame"])
    used: set[str] = field(default_factory=set[str])
    same: Any = None
    alike: Any = None


@dataclass(frozen=True, slots=True)
class _Held:
    """What a local name stands for: a node, where and when."""

    node: Node
    scope: _Scope
    day: int


@dataclass(frozen=True, slots=True)
class _Scope:
    """The names of a rule, and what those that it gave itself stand for."""

    names: Names
    held: Mapping[str, _Held]

    def has(self, **more: Any) -> _Scope:
        return _Scope({**self.names, **more}, self.held)


class Because:
    """Follows values to what decided them. `hides` says of whom not everything may be shown."""

    def __init__(self, interpreter: Interpreter, hides: Callable[[int], bool] | None) -> None:
        self.interpreter = interpreter
        self.hides = hides
        self._frames: dict[tuple[str, tuple[Any, ...], int], Frame] = {}

    def frame(self, rule: RuleIR, given: Sequence[Any], day: int) -> Frame:
        """A rule, asked on a day."""
        key = (rule.name, tuple(given), day)
        if key not in self._frames:
            names = {p.name: argument for p, argument in zip(rule.parameters, given, strict=True)}
            made = Frame(rule, tuple(given), day, self.interpreter.rule(rule, given, day))
            self._frames[key] = made
            self.walk(version_on(rule, day).body, _Scope(names, {}), day, made)
        return self._frames[key]

    def hidden(self, node: Node, names: Names, day: int) -> bool:
        """Whether a value rests on somebody of whom not everything may be shown."""
        if self.hides is None:
            return False
        met = _Met(self.interpreter)
        with suppress(NeverNone):
            met.value(node, names, day)
        return any(self.hides(subject) for subject in met.subjects)

    def walk(self, node: Node, scope: _Scope, day: int, into: Frame) -> None:
        special = _WALKS.get(type(node))
        if special is not None:
            special(self, node, scope, day, into)
        else:
            self._each(self._open(list(parts(node)), scope, day), scope, day, into)

    def _each(self, nodes: Sequence[Node], scope: _Scope, day: int, into: Frame) -> None:
        for node in nodes:
            self.walk(node, scope, day, into)

    def _open(self, nodes: list[Node], scope: _Scope, day: int) -> list[Node]:
        """Those that are unknown, if any is; else all."""
        unknown = [node for node in nodes if self.value(node, scope, day) is UNKNOWN]
        return unknown or nodes

    def value(self, node: Node, scope: _Scope, day: int) -> Any:
        """The value; None too where what comes before would have kept None away from here."""
        try:
            return self.interpreter.value(node, scope.names, day)
        except NeverNone:
            return None

    def fact(self, node: ir.Read, scope: _Scope, day: int, into: Frame) -> None:
        self.walk(node.of, scope, day, into)
        of = self.value(node.of, scope, day)
        subject, member = cast(tuple[int, int], of) if isinstance(of, tuple) else (of, 0)
        if isinstance(subject, int):
            into.facts[node.attribute, subject, member, day] = self.interpreter.world.fact(
                node.attribute, subject, member, day
            )

    def rate(self, node: ir.RateOf, scope: _Scope, day: int, into: Frame) -> None:
        into.rates[node.name, day] = self.value(node, scope, day)

    def local(self, node: ir.Local, scope: _Scope, day: int, into: Frame) -> None:
        held = scope.held.get(node.name)
        if held is None:
            into.used.add(node.name)
        else:
            self.walk(held.node, held.scope, held.day, into)

    def held(self, node: ir.Let, scope: _Scope, day: int, into: Frame) -> None:
        names = {**scope.names, node.name: self.value(node.value, scope, day)}
        held = {**scope.held, node.name: _Held(node.value, scope, day)}
        self.walk(node.body, _Scope(names, held), day, into)

    def call(self, node: ir.Call, scope: _Scope, day: int, into: Frame) -> None:
        given = [self.value(argument, scope, day) for argument in node.arguments]
        rule = self.interpreter.pack.rules[node.rule]
        asked = self.frame(rule, given, day)
        whole = self.hidden(node, scope.names, day)
        for parameter, argument in zip(rule.parameters, node.arguments, strict=True):
            if whole or parameter.name in asked.used:
                self.walk(argument, scope, day, into)
        if asked not in into.inner:
            into.inner.append(asked)

    def branch(self, node: ir.If, scope: _Scope, day: int, into: Frame) -> None:
        test = self.value(node.test, scope, day)
        self.walk(node.test, scope, day, into)
        if test is not UNKNOWN:
            self.walk(node.then if test else node.other, scope, day, into)

    def both(self, node: ir.And, scope: _Scope, day: int, into: Frame) -> None:
        self._junction(node, scope, day, into, ends=False)

    def one(self, node: ir.Or, scope: _Scope, day: int, into: Frame) -> None:
        self._junction(node, scope, day, into, ends=True)

    def _junction(self, node: ir.And | ir.Or, scope: _Scope, day: int, into: Frame, *, ends: bool) -> None:
        found = self.value(node, scope, day)
        if self.hidden(node, scope.names, day) or (found is not UNKNOWN and found is not ends):
            self._each([part for part in node.parts if self._told(part, scope, day)], scope, day, into)
            return
        same = [part for part in node.parts if self.value(part, scope, day) is found]
        self._each(same[:1] if ends and found is True else same, scope, day, into)

    def _told(self, part: Node, scope: _Scope, day: int) -> bool:
        """Whether a part has a value at all: what comes before may keep None away from it."""
        try:
            self.interpreter.value(part, scope.names, day)
        except NeverNone:
            return False
        return True

    def arith(self, node: ir.Arith, scope: _Scope, day: int, into: Frame) -> None:
        nodes = self._open(list(node.parts), scope, day)
        values = [self.value(part, scope, day) for part in nodes]
        if UNKNOWN not in values and not self.hidden(node, scope.names, day):
            kept = list(_weighing(node.op, self.value(node, scope, day), values))
            nodes = [part for part, keep in zip(nodes, kept, strict=True) if keep]
        self._each(nodes, scope, day, into)

    def select(self, node: ir.Select, scope: _Scope, day: int, into: Frame) -> None:
        first, after = bounds(node.period, node.count, day)
        if node.op in ("first", "last"):
            self.walk(node.body, scope, first if node.op == "first" else after - 1, into)
            return
        values = {on: self.value(node.body, scope, on) for on in range(first, after)}
        whole = any(self.hidden(node.body, scope.names, on) for on in (first, after - 1))
        for on in (first, after - 1) if whole else _days(node.op, values):
            self.walk(node.body, scope, on, into)

    def on(self, node: ir.On, scope: _Scope, day: int, into: Frame) -> None:
        self.walk(node.day, scope, day, into)
        when = self.value(node.day, scope, day)
        if isinstance(when, int):
            self.walk(node.body, scope, when, into)

    def record(self, node: ir.MakeRecord, scope: _Scope, day: int, into: Frame) -> None:
        fields = dict(zip(node.names, node.fields, strict=True))
        nodes = self._open(list(node.fields), scope, day)
        if MAIN in fields and self.value(node, scope, day) is not UNKNOWN:
            nodes = [fields[MAIN]]
        self._each(nodes, scope, day, into)

    def fold(self, node: ir.Fold, scope: _Scope, day: int, into: Frame) -> None:
        self.walk(node.of, scope, day, into)
        subject = self.value(node.of, scope, day)
        if not isinstance(subject, int):
            return
        rows = [_Row(self, node, scope, day, link) for link in self._links(node, subject, day)]
        if not self.hidden(node, scope.names, day):
            found = self.value(node, scope, day)
            rows = [row for row in rows if row.decides(node.op, found)]
            rows = rows[:1] if found is not UNKNOWN and _one_decides(node.op, found) else rows
            if not rows:
                rows = [_Row(self, node, scope, day, link) for link in self._links(node, subject, day)]
                rows = [row for row in rows if row.where is False or row.where is None]
        for row in rows:
            row.walk(into)

    def _links(self, node: ir.Fold, subject: int, day: int) -> list[tuple[int, int, int]]:
        """The links that hold; where none does, those that there ever were."""
        world = self.interpreter.world
        link = self.interpreter.pack.vocabulary.relations[node.relation].link
        every = list(world.links(node.relation, subject))
        holding = [
            each for each in every if world.fact(f"{link}.present", each[1], each[2], day) is not False
        ]
        return holding or every


class _Row:
    """One member of a relation: whether it counts, and what of it."""

    def __init__(
        self, because: Because, node: ir.Fold, scope: _Scope, day: int, link: tuple[int, int, int]
    ) -> None:
        other, owner, member = link
        self.because, self.node, self.day = because, node, day
        self.scope = scope.has(**{node.member: other, node.link: (owner, member)})
        self.where = because.value(node.where, self.scope, day)
        counts = self.where is UNKNOWN or bool(self.where)
        self.body = because.value(node.body, self.scope, day) if counts else None

    def decides(self, op: str, found: Any) -> bool:
        """Whether the result rests on this member."""
        if found is UNKNOWN:
            return self.where is UNKNOWN or (self.where is True and self.body is UNKNOWN)
        if self.where is not True:
            return op in ("any", "all") and found is (op == "all")
        if op == "sum":
            return self.body != 0
        return self.body == found if op in ("max", "min", "any", "all") else True

    def walk(self, into: Frame) -> None:
        """What decides whether it counts, and what of it."""
        self.because.walk(self.node.where, self.scope, self.day, into)
        if self.where is True and self.node.op != "len":
            self.because.walk(self.node.body, self.scope, self.day, into)


class _Met(Interpreter):
    """The interpreter; it notes whom it reads."""

    def __init__(self, of: Interpreter) -> None:
        super().__init__(of.pack, of.world, of.known_at)
        self.subjects: set[int] = set()

    def read(self, node: ir.Read, subject: int, member: int, day: int) -> Any:
        self.subjects |= {subject, member or subject}
        return super().read(node, subject, member, day)


def _weighing(op: str, found: Any, values: Sequence[Any]) -> Iterator[bool]:
    """Which parts of a calculation the result rests on."""
    zero = [value == 0 for value in values]
    won = False
    for at, (value, nothing) in enumerate(zip(values, zero, strict=True)):
        if op == "+" or (op == "-" and at == 1):
            yield not nothing or all(zero)
        elif op == "*":
            yield nothing or not any(zero)
        elif op in ("min", "max"):
            yield value == found and not won
            won = won or value == found
        else:
            yield True


def _days(op: str, values: Mapping[int, Any]) -> list[int]:
    """The days of a period on which its value rests: one where one decides, else the first and the last."""
    every = list(values)
    unknown = [on for on in every if values[on] is UNKNOWN]
    wanted: dict[str, Callable[[Any], bool]] = {
        "any": lambda value: value is True,
        "all": lambda value: value is False,
        "sum": lambda value: value != 0,
        "days": lambda value: value is True,
    }
    deciding = [on for on in every if op in wanted and on not in unknown and wanted[op](values[on])]
    if not deciding and op in ("max", "min") and not unknown:
        best = (max if op == "max" else min)(values.values())
        deciding = [on for on in every if values[on] == best]
    if deciding:
        return deciding[:1]
    return unknown[:1] or [every[0], every[-1]]


def _one_decides(op: str, found: Any) -> bool:
    return op in ("max", "min") or (op == "any" and found is True) or (op == "all" and found is False)


_WALKS: Final[dict[type[Node], Callable[[Because, Any, _Scope, int, Frame], None]]] = {
    ir.Read: Because.fact,
    ir.RateOf: Because.rate,
    ir.Local: Because.local,
    ir.Let: Because.held,
    ir.Call: Because.call,
    ir.If: Because.branch,
    ir.And: Because.both,
    ir.Or: Because.one,
    ir.Arith: Because.arith,
    ir.Select: Because.select,
    ir.On: Because.on,
    ir.MakeRecord: Because.record,
    ir.Fold: Because.fold,
}
