"""The interpreter: one rule, one day, each node of the intermediate form as its documentation says.

Unknown travels through by Kleene's tables; an unknown `if` joins equal ways; members of a relation whose
condition is unknown matter only where they could change the answer.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from operator import ge, gt, le, lt
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

from duly.errors import OurFault
from duly.law import ir
from duly.law.exact import calculated, dated, ordered, rounded, rounded_product, with_digits
from duly.law.ir import NONE, Kind, Node, RuleIR, RuleVersion
from duly.law.members import folded
from duly.law.periods import bounds
from duly.law.selectors import shifted
from duly.law.situation import UNKNOWN
from duly.timeline.calendar import month_after, month_first

if TYPE_CHECKING:
    from duly.law.pack import Pack, Programme
    from duly.law.world import World

__all__ = ["Interpreter", "NeverNone", "review", "timeline", "value"]

Value = Any
"""None, bool, int (as in columns), fraction, subject's number, link (owner, member), record, UNKNOWN."""

Names = Mapping[str, Value]
N = TypeVar("N", bound=Node)
ORDERS: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}


class NeverNone(OurFault):
    """A value that the types prove never to be None was None."""

    def __init__(self, node: Node) -> None:
        place = f"{node.span.file}:{node.span.line}"
        super().__init__("A value was None", detail="The types said that it never is.", where=place)


class Interpreter:
    """Evaluates rules over one world, with the rates that were known on one day (None: all)."""

    def __init__(self, pack: Pack, world: World, known_at: int | None = None) -> None:
        self.pack = pack
        self.world = world
        self.known_at = known_at
        self._called: dict[tuple[str, tuple[Value, ...], int], Value] = {}

    def rule(self, rule: RuleIR, arguments: Sequence[Value], day: int) -> Value:
        """A rule's value on a day, by the version in force."""
        key = (rule.name, tuple(arguments), day)
        if key not in self._called:
            names = {p.name: argument for p, argument in zip(rule.parameters, arguments, strict=True)}
            self._called[key] = self.value(version_on(rule, day).body, names, day)
        return self._called[key]

    def value(self, node: Node, names: Names, day: int) -> Value:
        """A node's value on a day."""
        return _EVALUATORS[type(node)](self, node, names, day)

    def read(self, node: ir.Read, subject: int, member: int, day: int) -> Value:
        """A fact, as it stands in columns but for None and truth."""
        found = self.world.fact(node.attribute, subject, member, day)
        if found is UNKNOWN or found is None or isinstance(found, bool):
            return found
        return self.pack.vocabulary.encode(self.pack.vocabulary.attribute(node.attribute).type, found)

    def junction(self, parts: Sequence[Node], ends: bool, names: Names, day: int) -> Value:
        """Kleene's and (`ends` False) or or (`ends` True): one part that ends it settles it."""
        unknown = False
        for part in parts:
            found = self.value(part, names, day)
            if found is UNKNOWN:
                unknown = True
            elif bool(found) is ends:
                return ends
        return UNKNOWN if unknown else not ends

    def over_days(self, node: ir.Select, names: Names, day: int) -> Value:
        """`node.body` on the days of the period."""
        first, after = bounds(node.period, node.count, day)
        if node.op in ("first", "last"):
            return self.value(node.body, names, first if node.op == "first" else after - 1)
        values = [self.value(node.body, names, on) for on in range(first, after)]
        if node.op in ("any", "all"):
            return _settled(values, ends=node.op == "any")
        if any(found is UNKNOWN for found in values):
            return UNKNOWN
        return calculated({"days": "+", "sum": "+"}.get(node.op, node.op), values)

    def members(self, node: ir.Fold, names: Names, day: int) -> Value:
        """The members of a relation, combined."""
        subject = self.value(node.of, names, day)
        if not self.world.knows(subject):
            return UNKNOWN
        rows: list[tuple[Value, Value]] = []
        for other, owner, member in self.world.links(node.relation, subject):
            inner = {**names, node.member: other, node.link: (owner, member)}
            where = self.value(node.where, inner, day)
            if where is UNKNOWN or where:
                rows.append((where, self.value(node.body, inner, day)))
        return folded(node.op, rows)


def version_on(rule: RuleIR, day: int) -> RuleVersion:
    """The version in force on a day; before the first, the first."""
    begun = [version for version in rule.versions if version.since <= day]
    return begun[-1] if begun else rule.versions[0]


def arguments(pack: Pack, programme: Programme, holder: int, about: int) -> tuple[Value, ...]:
    """What a programme's rule is given for a key."""
    if not programme.over:
        return (holder,)
    owned = not pack.vocabulary.relations[programme.over].inverse_of
    return holder, about, ((holder, about) if owned else (about, holder))


def value(
    pack: Pack,
    programme: str,
    world: World,
    holder: int,
    about: int,
    day: int,
    known_at: int | None = None,
) -> Any:
    """What is due on a day: the record's fields (canonical), None, or UNKNOWN."""
    return _due(Interpreter(pack, world, known_at), pack.programme(programme), holder, about, day)


def timeline(
    pack: Pack,
    programme: str,
    world: World,
    holder: int,
    about: int,
    first: int,
    last: int,
    known_at: int | None = None,
) -> list[tuple[int, Any]]:
    """(start, what is due) over [first, last), neighbours joined; a monthly programme month by month."""
    found, interpreter = pack.programme(programme), Interpreter(pack, world, known_at)
    segments: list[tuple[int, Any]] = []
    for day in _days(found.every, first, last):
        due = _due(interpreter, found, holder, about, month_first(day) if found.every == "month" else day)
        if not segments or segments[-1][1] != due:
            segments.append((day, due))
    return segments


def review(
    pack: Pack, rule: RuleIR, world: World, holder: int, about: int, day: int, known_at: int | None = None
) -> bool | Any:
    """Whether a review sends the decision to a human: True, False or UNKNOWN."""
    of = next(r.programme for r in pack.reviews if r.rule is rule)
    return Interpreter(pack, world, known_at).rule(
        rule, arguments(pack, pack.programme(of), holder, about), day
    )


def _due(interpreter: Interpreter, programme: Programme, holder: int, about: int, day: int) -> Any:
    pack = interpreter.pack
    found = interpreter.rule(programme.rule, arguments(pack, programme, holder, about), day)
    if found is None or found is UNKNOWN:
        return found
    record = dict(cast(Sequence[tuple[str, Value]], found))
    return {name: decoded(pack, kind, record[name]) for name, kind in programme.fields}


def decoded(pack: Pack, kind: ir.Type, found: Value) -> Any:
    """A value of the interpreter as storage and JSON have it."""
    return pack.vocabulary.decode(kind, NONE if found is None else int(found))


def _days(every: str, first: int, last: int) -> list[int]:
    if every == "day":
        return list(range(first, last))
    days = [first]
    while (following := month_after(days[-1])) < last:
        days.append(following)
    return days if first < last else []


def _settled(values: Sequence[Value], *, ends: bool) -> Value:
    if any(found is not UNKNOWN and bool(found) is ends for found in values):
        return ends
    return UNKNOWN if any(found is UNKNOWN for found in values) else not ends


def _const(_: Interpreter, node: ir.Const, names: Names, day: int) -> Value:
    if isinstance(node.value, tuple):
        return Fraction(*node.value)
    if node.value == NONE:
        return None
    return bool(node.value) if node.type.kind is Kind.BOOL else node.value


def _local(_: Interpreter, node: ir.Local, names: Names, day: int) -> Value:
    return names[node.name]


def _read(self: Interpreter, node: ir.Read, names: Names, day: int) -> Value:
    of = self.value(node.of, names, day)
    subject, member = cast(tuple[int, int], of) if isinstance(of, tuple) else (cast(int, of), 0)
    return self.read(node, subject, member, day)


def _exactly(self: Interpreter, node: ir.Exactly, names: Names, day: int) -> Value:
    part = self.value(node.part, names, day)
    return part if part is UNKNOWN or part is None else Fraction(part, 10**node.digits)


def _number(self: Interpreter, node: ir.NumberOf, names: Names, day: int) -> Value:
    return self.value(node.of, names, day)


def _rate(self: Interpreter, node: ir.RateOf, names: Names, day: int) -> Value:
    return self.pack.rates[node.name].value(day, self.known_at)


def _call(self: Interpreter, node: ir.Call, names: Names, day: int) -> Value:
    given = [self.value(argument, names, day) for argument in node.arguments]
    return self.rule(self.pack.rules[node.rule], given, day)


def _if(self: Interpreter, node: ir.If, names: Names, day: int) -> Value:
    test = self.value(node.test, names, day)
    if test is not UNKNOWN:
        return self.value(node.then if test else node.other, names, day)
    then, other = self.value(node.then, names, day), self.value(node.other, names, day)
    return then if then == other else UNKNOWN


def _and(self: Interpreter, node: ir.And, names: Names, day: int) -> Value:
    return self.junction(node.parts, False, names, day)


def _or(self: Interpreter, node: ir.Or, names: Names, day: int) -> Value:
    return self.junction(node.parts, True, names, day)


def _not(self: Interpreter, node: ir.Not, names: Names, day: int) -> Value:
    part = self.value(node.part, names, day)
    return UNKNOWN if part is UNKNOWN else not part


def _compare(self: Interpreter, node: ir.Compare, names: Names, day: int) -> Value:
    left, right = self.value(node.left, names, day), self.value(node.right, names, day)
    if left is UNKNOWN or right is UNKNOWN:
        return UNKNOWN
    if node.op in ("==", "!="):
        return (left == right) is (node.op == "==")
    if left is None or right is None:
        raise NeverNone(node)
    order = ordered(left, right)
    return UNKNOWN if order is None else ORDERS[node.op](order, 0)


def _one_of(self: Interpreter, node: ir.OneOf, names: Names, day: int) -> Value:
    part = self.value(node.part, names, day)
    return UNKNOWN if part is UNKNOWN else part in node.values


def _arith(self: Interpreter, node: ir.Arith, names: Names, day: int) -> Value:
    parts = [self.value(part, names, day) for part in node.parts]
    if any(part is UNKNOWN for part in parts):
        return UNKNOWN
    if any(part is None for part in parts):
        raise NeverNone(node)
    found = calculated(node.op, parts)
    return dated(found) if node.type.kind is Kind.DAY else found


def _round(self: Interpreter, node: ir.Round, names: Names, day: int) -> Value:
    part = self.value(node.part, names, day)
    return UNKNOWN if part is UNKNOWN else rounded(part, node.to, node.how)


def _round_product(self: Interpreter, node: ir.RoundProduct, names: Names, day: int) -> Value:
    one, other = (self.value(part, names, day) for part in node.parts)
    if one is UNKNOWN or other is UNKNOWN:
        return UNKNOWN
    if one is None or other is None:
        raise NeverNone(node)
    return rounded_product(one, other, node.to, node.how)


def _digits(self: Interpreter, node: ir.Digits, names: Names, day: int) -> Value:
    part = self.value(node.part, names, day)
    if part is UNKNOWN:
        return UNKNOWN
    return with_digits(part, node.digits, node.how, significant=node.significant)


def _let(self: Interpreter, node: ir.Let, names: Names, day: int) -> Value:
    return self.value(node.body, {**names, node.name: self.value(node.value, names, day)}, day)


def _on(self: Interpreter, node: ir.On, names: Names, day: int) -> Value:
    when = self.value(node.day, names, day)
    return when if when is UNKNOWN or when is None else self.value(node.body, names, when)


def _conflict(_: Interpreter, node: ir.Conflict, names: Names, day: int) -> Value:
    return UNKNOWN


def _today(_: Interpreter, node: ir.Today, names: Names, day: int) -> Value:
    return day


def _shift(self: Interpreter, node: ir.AddPeriod, names: Names, day: int) -> Value:
    start = self.value(node.day, names, day)
    if start is UNKNOWN:
        return UNKNOWN
    if start is None:
        raise NeverNone(node)
    return dated(shifted(start, years=node.years, months=node.months, days=node.days, how=node.how))


def _record(self: Interpreter, node: ir.MakeRecord, names: Names, day: int) -> Value:
    fields = [self.value(field, names, day) for field in node.fields]
    unknown = any(field is UNKNOWN for field in fields)
    return UNKNOWN if unknown else tuple(zip(node.names, fields, strict=True))


def _field(self: Interpreter, node: ir.Field, names: Names, day: int) -> Value:
    of = self.value(node.of, names, day)
    if of is None:
        raise NeverNone(node)
    return UNKNOWN if of is UNKNOWN else dict(of)[node.name]


_EVALUATORS: Final[dict[type[Node], Callable[[Interpreter, Any, Names, int], Value]]] = {
    ir.Const: _const,
    ir.Local: _local,
    ir.Read: _read,
    ir.Exactly: _exactly,
    ir.NumberOf: _number,
    ir.RateOf: _rate,
    ir.Call: _call,
    ir.If: _if,
    ir.And: _and,
    ir.Or: _or,
    ir.Not: _not,
    ir.Compare: _compare,
    ir.Conflict: _conflict,
    ir.OneOf: _one_of,
    ir.Arith: _arith,
    ir.Round: _round,
    ir.RoundProduct: _round_product,
    ir.Digits: _digits,
    ir.Let: _let,
    ir.Select: Interpreter.over_days,
    ir.On: _on,
    ir.Fold: Interpreter.members,
    ir.Today: _today,
    ir.AddPeriod: _shift,
    ir.MakeRecord: _record,
    ir.Field: _field,
}
