"""The unknown facts that an evaluation met, and what stood against a result that is not due.

Both follow the ways that the evaluation took: of an unknown `if` its test, of a false `and` its false
parts, of a `return None` the test that led there. Which of the facts matter, `missing` says.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, cast

from duly.law import ir
from duly.law.interpret import Interpreter, NeverNone, arguments, version_on
from duly.law.ir import NONE, Node
from duly.law.periods import bounds
from duly.law.situation import UNKNOWN
from duly.law.walk import parts

if TYPE_CHECKING:
    from duly.law.pack import Programme

__all__ = ["Against", "Clash", "Needed", "against", "clashes", "met"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Needed:
    """A fact that is unknown and matters; `attribute` may be a relation of a subject without a history."""

    subject: int
    attribute: str
    member: int
    register: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Against:
    """A rule that would have to say something else: its name, what it was asked about, and the day."""

    rule: str
    arguments: tuple[Any, ...]
    day: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Clash:
    """Two exceptions that apply and disagree on a day, with what they were asked about."""

    rules: tuple[str, str]
    arguments: tuple[Any, ...]
    day: int


Names = Mapping[str, Any]
Wanting = Needed | Clash
Origins = Mapping[str, frozenset[Wanting]]
"""For each local name whose value is unknown: the facts that would settle it, and the conflicts in it."""
NOBODY: Final[frozenset[Wanting]] = frozenset()


def met(
    interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int
) -> tuple[Needed, ...]:
    """The unknown facts that the evaluation met, by subject and attribute."""
    found = _wanting(interpreter, programme, holder, about, day)
    return tuple(sorted(each for each in found if isinstance(each, Needed)))


def clashes(
    interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int
) -> tuple[Clash, ...]:
    """The conflicts of law that leave a result unknown, whatever the facts that are unknown may be."""
    found = _wanting(interpreter, programme, holder, about, day)
    return tuple(sorted((each for each in found if isinstance(each, Clash)), key=lambda clash: clash.rules))


def _wanting(
    interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int
) -> frozenset[Wanting]:
    given = arguments(interpreter.pack, programme, holder, about)
    names = {p.name: a for p, a in zip(programme.rule.parameters, given, strict=True)}
    return _Needs(interpreter).of(version_on(programme.rule, day).body, names, {}, day)


def against(
    interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int
) -> tuple[Against, ...]:
    """The rules that stood against what is not due, in the order in which the law asks."""
    found = _Stood(interpreter)
    found.rule(programme.rule, arguments(interpreter.pack, programme, holder, about), day, None)
    return tuple(dict.fromkeys(found.found))


class _Needs:
    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter

    def of(self, node: Node, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        """The facts for want of which the node is unknown; none if it is known."""
        if self.interpreter.value(node, names, day) is not UNKNOWN:
            return NOBODY
        special = _NEEDS.get(type(node))
        if special is not None:
            return special(self, node, names, origins, day)
        return NOBODY.union(*(self.of(part, names, origins, day) for part in parts(node)))

    def read(self, node: ir.Read, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        of = self.interpreter.value(node.of, names, day)
        subject, member = cast(tuple[int, int], of) if isinstance(of, tuple) else (cast(int, of), 0)
        register = self.interpreter.pack.vocabulary.attribute(node.attribute).register
        return frozenset(
            {Needed(subject=subject, attribute=node.attribute, member=member, register=register)}
        )

    def local(self, node: ir.Local, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        return origins.get(node.name, NOBODY)

    def conflict(self, node: ir.Conflict, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        rule = self.interpreter.pack.rules[node.rules[0]]
        asked = tuple(names[parameter.name] for parameter in rule.parameters)
        return frozenset({Clash(rules=node.rules, arguments=asked, day=day)})

    def either(self, node: ir.If, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        test = self.interpreter.value(node.test, names, day)
        taken = node.test if test is UNKNOWN else node.then if test else node.other
        return self.of(taken, names, origins, day)

    def let(self, node: ir.Let, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        value = self.interpreter.value(node.value, names, day)
        mine = self.of(node.value, names, origins, day)
        return self.of(node.body, {**names, node.name: value}, {**origins, node.name: mine}, day)

    def call(self, node: ir.Call, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        rule = self.interpreter.pack.rules[node.rule]
        named = list(zip((p.name for p in rule.parameters), node.arguments, strict=True))
        given = {name: self.interpreter.value(argument, names, day) for name, argument in named}
        whence = {name: self.of(argument, names, origins, day) for name, argument in named}
        return self.of(version_on(rule, day).body, given, whence, day)

    def select(self, node: ir.Select, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        first, after = bounds(node.period, node.count, day)
        days = {"first": [first], "last": [after - 1]}.get(node.op, range(first, after))
        return NOBODY.union(*(self.of(node.body, names, origins, on) for on in days))

    def on(self, node: ir.On, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        when = self.interpreter.value(node.day, names, day)
        known = isinstance(when, int)
        return self.of(node.body, names, origins, when) if known else self.of(node.day, names, origins, day)

    def fold(self, node: ir.Fold, names: Names, origins: Origins, day: int) -> frozenset[Wanting]:
        subject = self.interpreter.value(node.of, names, day)
        if not self.interpreter.world.knows(subject):
            return self._relation(node.relation, subject)
        found = NOBODY
        for other, owner, member in self.interpreter.world.links(node.relation, subject):
            inner = {**names, node.member: other, node.link: (owner, member)}
            where = self.interpreter.value(node.where, inner, day)
            found |= self.of(node.where, inner, origins, day)
            if where is not UNKNOWN and where:
                found |= self.of(node.body, inner, origins, day)
        return found

    def _relation(self, relation: str, subject: int) -> frozenset[Wanting]:
        vocabulary = self.interpreter.pack.vocabulary
        register = vocabulary.attribute(f"{vocabulary.relations[relation].link}.present").register
        return frozenset({Needed(subject=subject, attribute=relation, member=0, register=register)})


_NEEDS: Final[dict[type[Node], Callable[[_Needs, Any, Names, Origins, int], frozenset[Wanting]]]] = {
    ir.Read: _Needs.read,
    ir.Local: _Needs.local,
    ir.If: _Needs.either,
    ir.Conflict: _Needs.conflict,
    ir.Let: _Needs.let,
    ir.Call: _Needs.call,
    ir.Select: _Needs.select,
    ir.On: _Needs.on,
    ir.Fold: _Needs.fold,
}


class _Stood:
    """Follows a value that is not wanted (None, or the wrong truth) to the rules that gave it."""

    def __init__(self, interpreter: Interpreter) -> None:
        self.interpreter = interpreter
        self.found: list[Against] = []
        self._lets: dict[str, tuple[Node, Names]] = {}

    def rule(self, rule: ir.RuleIR, given: Sequence[Any], day: int, value: object) -> None:
        """A rule that gave the unwanted value: what it called, or else itself."""
        before, lets, self._lets = len(self.found), self._lets, {}
        names = {p.name: a for p, a in zip(rule.parameters, given, strict=True)}
        self.node(version_on(rule, day).body, names, day, value)
        self._lets = lets
        if len(self.found) == before:
            self.found.append(Against(rule=rule.name, arguments=tuple(given), day=day))

    def node(self, node: Node, names: Names, day: int, value: object) -> None:
        """A node that gave the unwanted value."""
        match node:
            case ir.Let():
                inner = {**names, node.name: self._value(node.value, names, day)}
                self._lets[node.name] = (node.value, names)
                self.node(node.body, inner, day, value)
            case ir.If():
                self._if(node, names, day, value)
            case ir.Call():
                given = [self._value(argument, names, day) for argument in node.arguments]
                self.rule(self.interpreter.pack.rules[node.rule], given, day, value)
            case ir.Compare(right=ir.Const(value=ir.NONE)) if value is (node.op == "=="):
                self.node(node.left, names, day, None)
            case ir.Local() if node.name in self._lets:
                whence, then = self._lets[node.name]
                self.node(whence, then, day, value)
            case ir.Not():
                self.node(node.part, names, day, not value)
            case ir.And() | ir.Or():
                self._junction(node, names, day, value)
            case ir.Select(op="first" | "last"):
                first, after = bounds(node.period, node.count, day)
                self.node(node.body, names, first if node.op == "first" else after - 1, value)
            case ir.On():
                when = self._value(node.day, names, day)
                if isinstance(when, int):
                    self.node(node.body, names, when, value)
            case _:
                pass

    def _if(self, node: ir.If, names: Names, day: int, value: object) -> None:
        test = self._value(node.test, names, day)
        if test is UNKNOWN:
            return
        taken = node.then if test else node.other
        if isinstance(taken, ir.Const) and (value is not None or taken.value == NONE):
            self.node(node.test, names, day, bool(test))
        else:
            self.node(taken, names, day, value)

    def _junction(self, node: ir.And | ir.Or, names: Names, day: int, value: object) -> None:
        for part in node.parts:
            try:
                found = self._value(part, names, day)
            except NeverNone:  # what comes before would have kept None away from here
                continue
            if found is not UNKNOWN and bool(found) is bool(value):
                self.node(part, names, day, value)

    def _value(self, node: Node, names: Names, day: int) -> Any:
        return self.interpreter.value(node, names, day)
