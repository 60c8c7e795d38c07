"""A rule's value for every answer to what is not known, as one decision diagram.

It is the interpreter, whose values may be diagrams: an operation on diagrams is the operation on their
values, way by way. So it holds for every node that the interpreter knows, and needs to know itself only those
that choose what is evaluated: reads, branches, junctions, periods, days and members.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Final, cast

from duly.law import ir
from duly.law.decided import decided, direction
from duly.law.diagrams import Diagram, Diagrams, Formula, Question, Split
from duly.law.interpret import Interpreter, NeverNone, arguments
from duly.law.ir import Kind, Node, RuleIR
from duly.law.members import folded
from duly.law.periods import bounds
from duly.law.questions import Answers, Asked, answers_to, asked_on, register_of, told_by_people
from duly.law.situation import UNKNOWN
from duly.law.walk import parts
from duly.law.ways import (
    NEVER,
    Never,
    calculated_of,
    chosen,
    folded_of,
    grown,
    kleene,
    or_unknown,
    still_open,
    with_value,
)
from duly.timeline.calendar import BEGIN, END_OF_TIME

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme
    from duly.law.world import World

__all__ = ["Possible"]

Names = Mapping[str, Any]
STRANGER: Final = -1
"""Whom a subject only referred to may be linked to: nothing is known of them, and nothing is asked."""
PERSONS_LAST: Final = 1_000_000


class Possible(Interpreter):
    """Evaluates rules for every answer to every question that they meet."""

    def __init__(self, pack: Pack, world: World, known_at: int | None = None) -> None:
        super().__init__(pack, world, known_at)
        self.diagrams = Diagrams()
        self.questions: dict[Asked, Question] = {}
        self.answers: dict[Question, Answers] = {}
        self.looked: dict[Question, set[int]] = {}
        self._plain = Interpreter(pack, world, known_at)
        self._shells: dict[int, tuple[Node, Node, list[str]]] = {}

    def programme(self, programme: Programme, holder: int, about: int, day: int) -> Diagram:
        """What a programme gives on a day, for every answer."""
        return self.rule(programme.rule, arguments(self.pack, programme, holder, about), day)

    def rule(self, rule: RuleIR, arguments: Sequence[Any], day: int) -> Diagram:
        """A rule's value; what the interpreter knows in spite of what is unknown, every answer leads to."""
        if not any(isinstance(each, Split | Formula | Never) for each in arguments):
            with suppress(NeverNone):
                known = self._plain.rule(rule, arguments, day)
                if known is not UNKNOWN:
                    return known
        return super().rule(rule, arguments, day)

    def value(self, node: Node, names: Names, day: int) -> Diagram:
        """A node's value on a day, for every answer."""
        special = _SPECIAL.get(type(node))
        if special is not None:
            return special(self, node, names, day)
        if hasattr(node, "member"):
            return self.whole(node, names, day)
        return self.lifted(node, names, day)

    # What is the same for every node.

    def lifted(self, node: Node, names: Names, day: int) -> Diagram:
        """The node's own operation, on the values of its parts."""
        values = [self.value(part, names, day) for part in parts(node)]
        shell, slots = self._shell(node)

        def work(*given: Any) -> Diagram:
            if NEVER in given:
                return NEVER
            if any(isinstance(each, Formula) for each in given):
                return self._formula(node, given, lambda plain: self._at(shell, slots, plain, day), day)
            return self._at(shell, slots, given, day)

        return self.diagrams.combine(values, work)

    def whole(self, node: Node, names: Names, day: int) -> Diagram:
        """A node that binds names of its own: the interpreter's value, one question after the other."""

        def work(*given: Any) -> Diagram:
            return self._whole(node, dict(zip(names, given, strict=True)), day, {})

        return self.diagrams.combine(list(names.values()), work)

    def _whole(self, node: Node, names: Names, day: int, told: dict[Asked, Any]) -> Diagram:
        if any(isinstance(each, Formula) for each in names.values()):
            return UNKNOWN
        reader = _Told(self, told)
        try:
            value = reader.value(node, names, day)
        except NeverNone:
            return NEVER
        if value is not UNKNOWN or not reader.met:
            return value
        asked = reader.met[0]
        question = self._question(asked, day)
        answers = self.answers[question]

        def way(answer: int) -> Diagram:
            return self._whole(node, names, day, {**told, asked: answers.value(answer)})

        if not answers.numbers:
            return self.diagrams.split(question, range(answers.size), [way(i) for i in range(answers.size)])
        return self.diagrams.formula(
            (id(node), day, tuple(names.items()), tuple(told.items()), question),
            (question,),
            lambda given: or_unknown(way(given[question]), given),
            rising=0,
            made=False,
        )

    def _at(self, shell: Node, slots: Sequence[str], given: Sequence[Any], day: int) -> Any:
        try:
            return self._plain.value(shell, dict(zip(slots, given, strict=True)), day)
        except NeverNone:
            return NEVER

    def _shell(self, node: Node) -> tuple[Node, list[str]]:
        """The node with names in the place of its parts."""
        if id(node) not in self._shells:
            slots: list[str] = []
            changed: dict[str, Any] = {}
            for name in (f.name for f in fields(node) if f.name not in ("type", "span")):
                held = getattr(node, name)
                if isinstance(held, Node):
                    changed[name] = _slot(held, slots)
                elif isinstance(held, tuple) and any(isinstance(part, Node) for part in held):  # pyright: ignore[reportUnknownVariableType]  # a tuple of nodes or of constants
                    changed[name] = tuple(_slot(part, slots) for part in cast(tuple[Node, ...], held))
            self._shells[id(node)] = node, replace(node, **changed), slots
        return self._shells[id(node)][1:]

    def _formula(
        self, node: Node, given: Sequence[Any], work: Callable[[list[Any]], Any], day: int
    ) -> Diagram:
        """The operation, put off until the answers are there; what is true or false is told apart at once."""
        asked = {q: None for each in given if isinstance(each, Formula) for q in each.questions}

        def later(answers: Mapping[Question, int]) -> Any:
            plain = [each.work(answers) if isinstance(each, Formula) else each for each in given]
            return UNKNOWN if NEVER in plain else or_unknown(work(plain), answers)

        formula = self.diagrams.formula(
            (id(node), day, tuple((type(cast(object, each)), each) for each in given)),
            tuple(asked),
            later,
            rising=direction(node, given),
            made=isinstance(node, ir.MakeRecord),
        )
        if node.type.kind in (Kind.BOOL, Kind.CHOICE):
            return decided(self.diagrams, self.answers, formula, node, given)
        return formula

    # What chooses what is evaluated.

    def local(self, node: ir.Local, names: Names, day: int) -> Diagram:
        return names[node.name]

    def let(self, node: ir.Let, names: Names, day: int) -> Diagram:
        return self.value(node.body, {**names, node.name: self.value(node.value, names, day)}, day)

    def call(self, node: ir.Call, names: Names, day: int) -> Diagram:
        given = [self.value(argument, names, day) for argument in node.arguments]
        return self.rule(self.pack.rules[node.rule], given, day)

    def fact(self, node: ir.Read, names: Names, day: int) -> Diagram:
        def found(of: Any) -> Diagram:
            if of is NEVER or isinstance(of, Formula):
                return NEVER if of is NEVER else UNKNOWN
            subject, member = cast(tuple[int, int], of) if isinstance(of, tuple) else (of, 0)
            if STRANGER in (subject, member) or not isinstance(subject, int):
                return UNKNOWN
            value = Interpreter.read(self, node, subject, member, day)
            if value is not UNKNOWN:
                return value
            return self._answers(asked_on(self.world, node.attribute, subject, member, day), day)

        return self.diagrams.combine([self.value(node.of, names, day)], found)

    def branch(self, node: ir.If, names: Names, day: int) -> Diagram:
        def way(test: Any) -> Diagram:
            if test is NEVER:
                return NEVER
            if test is not UNKNOWN and not isinstance(test, Formula):
                return self.value(node.then if test else node.other, names, day)
            both = [self.value(node.then, names, day), self.value(node.other, names, day)]

            def either(then: Any, other: Any) -> Diagram:
                return self._either(node, test, then, other, day)

            return self.diagrams.combine(both, either)

        return self.diagrams.combine([self.value(node.test, names, day)], way)

    def _either(self, node: Node, test: Any, then: Any, other: Any, day: int) -> Diagram:
        """What both ways of an undecided branch agree on, else what follows from the test."""
        if type(cast(object, then)) is type(cast(object, other)) and then == other:
            return then
        if test is UNKNOWN:
            return UNKNOWN
        return self._formula(node, (test, then, other), chosen, day)

    def both(self, node: ir.And, names: Names, day: int) -> Diagram:
        return self._junction(node, [(part, names, day) for part in node.parts], ends=False)

    def one(self, node: ir.Or, names: Names, day: int) -> Diagram:
        return self._junction(node, [(part, names, day) for part in node.parts], ends=True)

    def _junction(self, node: Node, asked: Sequence[tuple[Node, Names, int]], *, ends: bool) -> Diagram:
        """Kleene's and (`ends` False) or or (`ends` True); what is settled asks no more.

        On the way stands `ends`, or the tuple of what is still open.
        """
        found: Diagram = ()
        for part, names, day in asked:

            def further(so_far: Any, part: Node = part, names: Names = names, day: int = day) -> Diagram:
                if so_far is NEVER or so_far is ends:
                    return so_far
                return self.diagrams.combine(
                    [self.value(part, names, day)], partial(still_open, so_far, ends)
                )

            found = self.diagrams.combine([found], further)
        return self.diagrams.combine([found], partial(self._closed, node, ends, asked[0][2]))

    def _closed(self, node: Node, ends: bool, day: int, left: Any) -> Diagram:
        """What a junction comes to, of which `left` is open."""
        if not isinstance(left, tuple):
            return left
        parts = cast(tuple[Any, ...], left)
        if any(isinstance(each, Formula) for each in parts):
            return self._formula(node, parts, lambda plain: kleene(plain, ends=ends), day)
        return UNKNOWN if parts else not ends

    def select(self, node: ir.Select, names: Names, day: int) -> Diagram:
        first, after = bounds(node.period, node.count, day)
        if node.op in ("first", "last"):
            return self.value(node.body, names, first if node.op == "first" else after - 1)
        days = range(first, after)
        if node.op in ("any", "all"):
            asked = [(node.body, names, on) for on in days]
            return self._junction(node, asked, ends=node.op == "any")
        op = {"sum": "+", "days": "+"}.get(node.op, node.op)
        found: Diagram = ()
        for on in days:
            found = self.diagrams.combine([found, self.value(node.body, names, on)], partial(with_value, op))
        return self.diagrams.combine([found], partial(self._calculated, node, op, day))

    def _calculated(self, node: Node, op: str, day: int, values: Any) -> Diagram:
        """The values of a period, calculated."""
        if not isinstance(values, tuple):
            return values
        known = cast(tuple[Any, ...], values)
        if any(isinstance(each, Formula) for each in known):
            return self._formula(node, known, lambda plain: calculated_of(op, plain), day)
        return calculated_of(op, known)

    def on(self, node: ir.On, names: Names, day: int) -> Diagram:
        def then(when: Any) -> Diagram:
            if when is None or when is UNKNOWN or when is NEVER:
                return when
            if isinstance(when, Formula):
                return self._formula(node, (when,), lambda p: self._then(node, names, p[0]), day)
            return self.value(node.body, names, when)

        return self.diagrams.combine([self.value(node.day, names, day)], then)

    def _then(self, node: ir.On, names: Names, when: Any) -> Diagram:
        return self.value(node.body, names, when) if isinstance(when, int) else when

    def members_of(self, node: ir.Fold, names: Names, day: int) -> Diagram:
        def members(subject: Any) -> Diagram:
            return self._members(node, subject, names, day)

        return self.diagrams.combine([self.value(node.of, names, day)], members)

    def _members(self, node: ir.Fold, subject: Any, names: Names, day: int) -> Diagram:
        if not isinstance(subject, int):
            return subject if subject is NEVER else UNKNOWN
        rows: Diagram = ()
        for other, owner, member in self.world.links(node.relation, subject):
            inner = {**names, node.member: other, node.link: (owner, member)}
            rows = self._with_row(node, rows, inner, day)
        if self.world.knows(subject):
            return self._folded(node, rows, day)
        more = self._with_stranger(node, rows, subject, names, day)
        if subject == STRANGER:
            return self._folded(node, more, day)
        question = self._question(_linked(node.relation, subject), day)
        ways = [self._folded(node, each, day) for each in (rows, more)]
        return self.diagrams.split(question, (0, 1), ways)

    def _with_stranger(self, node: ir.Fold, rows: Diagram, subject: int, names: Names, day: int) -> Diagram:
        owned = not self.pack.vocabulary.relations[node.relation].inverse_of
        link = (subject, STRANGER) if owned else (STRANGER, subject)
        inner = {**names, node.member: STRANGER, node.link: link}
        return self._with_row(node, rows, inner, day, perhaps=True)

    def _with_row(
        self, node: ir.Fold, rows: Diagram, names: Names, day: int, *, perhaps: bool = False
    ) -> Diagram:
        """The rows and one more member, where it counts; `perhaps`: however often there is one like it."""

        def counted(where: Any) -> Diagram:
            if where is False or where is NEVER:
                return rows if where is False else NEVER
            body = self.value(node.body, names, day)

            def one_more(rows: Any, body: Any) -> Any:
                return grown(node.op, rows, (UNKNOWN if perhaps else where, body))

            return self.diagrams.combine([rows, body], one_more)

        return self.diagrams.combine([self.value(node.where, names, day)], counted)

    def _folded(self, node: ir.Fold, rows: Diagram, day: int) -> Diagram:
        def combined(rows: Any) -> Diagram:
            if rows is NEVER:
                return NEVER
            flat = [each for row in rows for each in row]
            if any(isinstance(each, Formula) for each in flat):
                return self._formula(node, flat, lambda plain: folded_of(node.op, plain), day)
            return folded(node.op, rows)

        return self.diagrams.combine([rows], combined)

    # Questions.

    def _answers(self, asked: Asked, day: int) -> Diagram:
        """An unknown fact: each of its few values, or a number that follows from the answer."""
        question = self._question(asked, day)
        answers = self.answers[question]
        if not answers.numbers:
            size = range(answers.size)
            return self.diagrams.split(question, size, [answers.value(answer) for answer in size])
        number = self.diagrams.formula(
            question, (question,), lambda given: answers.low + given[question], rising=1, made=False
        )
        ways = [number, None] if answers.none else [number]
        return self.diagrams.split(question, [0, answers.numbers][: len(ways)], ways)

    def _question(self, asked: Asked, day: int) -> Question:
        if asked not in self.questions:
            answers = (
                _NOBODY_OR_MORE if asked.relation else answers_to(self.pack, self.world, asked.attribute)
            )
            last = told_by_people(self.pack, register_of(self.pack, asked.attribute))
            order = len(self.questions) + PERSONS_LAST * last
            zero = -answers.low if answers.numbers else 0
            question = Question(order=order, size=answers.size, zero=zero, last=last, about=asked)
            self.questions[asked], self.answers[question] = question, answers
        question = self.questions[asked]
        self.looked.setdefault(question, set()).add(day)
        return question


class _Told(Interpreter):
    """The interpreter with some questions answered; it notes the others that it meets."""

    def __init__(self, possible: Possible, told: Mapping[Asked, Any]) -> None:
        super().__init__(possible.pack, possible.world, possible.known_at)
        self.told, self.met = told, list[Asked]()

    def read(self, node: ir.Read, subject: int, member: int, day: int) -> Any:
        value = super().read(node, subject, member, day)
        if value is not UNKNOWN:
            return value
        asked = asked_on(self.world, node.attribute, subject, member, day)
        if asked not in self.told:
            self.met.append(asked)
        return self.told.get(asked, UNKNOWN)


def _slot(part: Node, slots: list[str]) -> Node:
    slots.append(f"part {len(slots)}")
    return ir.Local(type=part.type, span=part.span, name=slots[-1])


def _linked(relation: str, subject: int) -> Asked:
    return Asked(subject=subject, attribute=relation, member=0, start=BEGIN, end=END_OF_TIME, relation=True)


_NOBODY_OR_MORE: Final = Answers(
    kind=ir.Type(kind=Kind.BOOL, optional=False, name=""),
    values=(False, True),
    low=0,
    numbers=0,
    none=False,
    open_low=False,
    open_high=False,
)
_SPECIAL: Final[dict[type[Node], Callable[[Possible, Any, Names, int], Diagram]]] = {
    ir.Read: Possible.fact,
    ir.Local: Possible.local,
    ir.Let: Possible.let,
    ir.Call: Possible.call,
    ir.If: Possible.branch,
    ir.And: Possible.both,
    ir.Or: Possible.one,
    ir.Select: Possible.select,
    ir.On: Possible.on,
    ir.Fold: Possible.members_of,
}
