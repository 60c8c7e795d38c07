"""Random rules over the small vocabulary of `law_packs`: every node of the intermediate form, in any order.

A pack follows from its seed alone. Divisors may be zero, and products of ratios may be too large: both are
unknown. Nothing that may be None meets an operation that has no answer for it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from random import Random

from duly.law import ABSENT, UNKNOWN, History, Pack, Programme, SubjectHistory, ir
from duly.law.ir import NONE, Kind, Node, Type
from duly.law.periods import COUNTED
from duly.law.rates import RateEntry, RateTable
from duly.timeline import BEGIN, from_iso

SPAN = ir.Span(file="law.py", line=1, column=0)
PEOPLE = (11, 12, 13, 14)
FIRST, LAST = from_iso("2023-12-20"), from_iso("2024-03-10")
TURNS = [
    from_iso(text)
    for text in (
        *("2023-11-30", "2023-12-01", "2023-12-31", "2024-01-01", "2024-01-14", "2024-01-31", "2024-02-01"),
        *("2024-02-28", "2024-02-29", "2024-03-01", "2020-02-29", "2023-02-28", "2024-04-30"),
    )
]
BOOL = Type(kind=Kind.BOOL, optional=False, name="")
INT = Type(kind=Kind.INT, optional=False, name="")
MONEY = Type(kind=Kind.MONEY, optional=False, name="")
DAY = Type(kind=Kind.DAY, optional=False, name="")
SHARE = Type(kind=Kind.FRACTION, optional=False, name="money")
RATIO = Type(kind=Kind.FRACTION, optional=False, name="")
COLOUR = Type(kind=Kind.CHOICE, optional=False, name="Colour")
CODE = Type(kind=Kind.CODE, optional=True, name="")
PERSON = Type(kind=Kind.SUBJECT, optional=False, name="Person")
BOND = Type(kind=Kind.LINK, optional=False, name="Bond")
RECORD = Type(kind=Kind.RECORD, optional=True, name="Three")
NOTHING = Type(kind=Kind.NOTHING, optional=True, name="")


LONG = ["this_quarter", "previous_quarter", "previous_year", "years_ago", "year_from", "previous_year_from"]
PORTION = RateTable(
    name="portion",
    source="",
    kind=Kind.FRACTION,
    currency="",
    entries=tuple(
        RateEntry(start=start, amount=amount, known=BEGIN)
        for start, amount in [(BEGIN, UNKNOWN), (TURNS[1], Fraction(1, 8)), (TURNS[6], Fraction(2, 3))]
    ),
    optional=False,
    settled=None,
)


def optional(of: Type) -> Type:
    return replace(of, optional=True)


@dataclass(frozen=True)
class Known:
    """The locals by name and type, how deep, and whether days are already being walked through."""

    names: tuple[tuple[str, Type], ...]
    depth: int
    walking: bool

    def deeper(self) -> Known:
        return replace(self, depth=self.depth - 1)

    def with_name(self, name: str, of: Type) -> Known:
        return replace(self, names=(*self.names, (name, of)))


class Rules:
    """Draws nodes of a type."""

    def __init__(self, random: Random, pack: Pack) -> None:
        self.random = random
        self.pack = pack
        self.rules: dict[str, ir.RuleIR] = {}
        self._count = 0
        self._ways: dict[Type, list[Callable[[Type, Known], Node]]] = {
            BOOL: [
                self.compare,
                self.numbers,
                self.order,
                self.junction,
                self.junction,
                self.negation,
                self.one_of,
                self.any_day,
            ],
            INT: [self.number, self.whole, self.days, self.length, self.summed, self.divided, self.rounded],
            MONEY: [self.rate, self.amount, self.rounded, self.rounded, self.granted],
            DAY: [self.today, self.later, self.later],
            SHARE: [self.share, self.share_sum, self.part, self.digits],
            RATIO: [self.quotient, self.quotient, self.share_sum, self.percentage, self.digits],
            COLOUR: [self.choice],
        }

    def node(self, of: Type, known: Known) -> Node:
        """A node of the type, a leaf if it may not be deeper."""
        names = [name for name, kind in known.names if kind == of]
        if names and self.random.random() < 0.3:
            return self.local(self.random.choice([names[-1], *names]), of)
        if of.optional:
            return self.perhaps(of, known.deeper())
        if known.depth <= 0:
            return self.leaf(of, known)
        deeper = known.deeper()
        anything = [self.branch, self.held, self.on_a_day, self.one_day, self.called]
        return self.random.choice([*self._ways[of], *self._ways[of], *anything])(of, deeper)

    def leaf(self, of: Type, known: Known) -> Node:
        if of == SHARE:
            return self.share(of, known)
        if of == RATIO:
            return self.percentage(of, known)
        read = self.reading(of, known)
        return read if read is not None and self.random.random() < 0.8 else self.constant(of)

    def constant(self, of: Type) -> Node:
        values = {
            Kind.BOOL: [0, 1],
            Kind.INT: [-7, 0, 1, 2, 30],
            Kind.MONEY: [0, 150, 10001],
            Kind.DAY: TURNS,
            Kind.CHOICE: [0, 1, 2],
        }
        return ir.Const(type=of, span=SPAN, value=self.random.choice(values[of.kind]))

    def local(self, name: str, of: Type) -> Node:
        return ir.Local(type=of, span=SPAN, name=name)

    def reading(self, of: Type, known: Known) -> Node | None:
        """A fact of the type, of someone or of a link."""
        facts = [a for a in self.pack.vocabulary.attributes.values() if a.type == of]
        of_kind = {"Person": PERSON, "Bond": BOND}
        wanted = [(a, name) for a in facts for name, kind in known.names if kind == of_kind[a.owner]]
        if not wanted:
            return None
        attribute, name = self.random.choice(wanted)
        handle = self.local(name, of_kind[attribute.owner])
        return ir.Read(type=of, span=SPAN, of=handle, attribute=attribute.name)

    def perhaps(self, of: Type, known: Known) -> Node:
        """Something that may be None."""
        plain = replace(of, optional=False)
        if of.kind is Kind.DAY and self.random.random() < 0.5:
            read = self.reading(of, known)
            assert read is not None
            return read
        if known.depth <= 0:
            return ir.Const(type=NOTHING, span=SPAN, value=NONE)
        way = self.random.choice(["branch", "extreme", "on"])
        if way == "extreme" and of.kind in (Kind.INT, Kind.MONEY, Kind.DAY):
            return self.fold(self.random.choice(["max", "min", "the"]), plain, of, known)
        if way == "on":
            day = self.node(optional(DAY), known)
            return ir.On(type=of, span=SPAN, day=day, body=self.node(plain, known))
        return ir.If(
            type=of,
            span=SPAN,
            test=self.node(BOOL, known),
            then=self.node(plain, known),
            other=ir.Const(type=NOTHING, span=SPAN, value=NONE),
        )

    # Nodes of any type.

    def branch(self, of: Type, known: Known) -> Node:
        test, then, other = self.node(BOOL, known), self.node(of, known), self.node(of, known)
        return ir.If(type=of, span=SPAN, test=test, then=then, other=other)

    def held(self, of: Type, known: Known) -> Node:
        """A local, perhaps one that may be None and is asked for that."""
        self._count += 1
        name = f"local{self._count}"
        inner = self.random.choice([INT, DAY, BOOL, MONEY])
        if self.random.random() < 0.5:
            look = self.random.choice([self.node, self.one_day, self.one_day, self.on_a_day])
            body = look(of, known.with_name(name, inner))
            return ir.Let(type=of, span=SPAN, name=name, value=self.node(inner, known), body=body)
        value = self.node(optional(inner), known)
        there = ir.Compare(
            type=BOOL,
            span=SPAN,
            op="!=",
            left=self.local(name, optional(inner)),
            right=ir.Const(type=NOTHING, span=SPAN, value=NONE),
        )
        then = self.node(of, known.with_name(name, inner))
        body = ir.If(type=of, span=SPAN, test=there, then=then, other=self.node(of, known))
        return ir.Let(type=of, span=SPAN, name=name, value=value, body=body)

    def on_a_day(self, of: Type, known: Known) -> Node:
        return ir.On(type=of, span=SPAN, day=self.node(DAY, known), body=self.node(of, known))

    def one_day(self, of: Type, known: Known) -> Node:
        return self.select(self.random.choice(["first", "last"]), of, of, known)

    def called(self, of: Type, known: Known) -> Node:
        """Another rule with a person, perhaps a link, a number and perhaps a day."""
        if len(self.rules) > 3 or known.depth < 1:
            return self.branch(of, known)
        people = [name for name, kind in known.names if kind == PERSON]
        links = [name for name, kind in known.names if kind == BOND][:1]
        given: list[tuple[str, Type, Node]] = [
            ("who", PERSON, self.local(self.random.choice(people), PERSON))
        ]
        given += [("tie", BOND, self.local(name, BOND)) for name in links]
        given += [("much", INT, self.node(INT, known)), ("part", SHARE, self.node(SHARE, known))]
        given += [("once", optional(DAY), self.node(optional(DAY), known))]
        name = f"rule{len(self.rules)}"
        self.rules[name] = ir.RuleIR(name=name, parameters=(), result=of, versions=(), finding="")
        inner = Known(tuple((n, kind) for n, kind, _ in given), known.depth - 1, known.walking)
        since = sorted({BEGIN, *self.random.sample(TURNS, self.random.choice([0, 0, 1, 2]))})
        self.rules[name] = ir.RuleIR(
            name=name,
            parameters=tuple(ir.Parameter(name=n, type=kind) for n, kind, _ in given),
            result=of,
            versions=tuple(
                ir.RuleVersion(since=day, law="", sentence="", body=self.node(of, inner), span=SPAN)
                for day in since
            ),
            finding="",
        )
        return ir.Call(type=of, span=SPAN, rule=name, arguments=tuple(node for _, _, node in given))

    # Truth.

    def numbers(self, of: Type, known: Known) -> Node:
        """Two people, told apart or put in order."""
        people = [name for name, kind in known.names if kind == PERSON]
        left, right = (
            ir.NumberOf(type=INT, span=SPAN, of=self.local(self.random.choice(people), PERSON)) for _ in "ab"
        )
        op = self.random.choice(["==", "<"])
        return ir.Compare(type=BOOL, span=SPAN, op=op, left=left, right=right)

    def compare(self, of: Type, known: Known) -> Node:
        kind = self.random.choice([INT, MONEY, DAY, COLOUR, BOOL, SHARE, RATIO])
        op = self.random.choice(["==", "!="])
        if kind in (INT, DAY) and self.random.random() < 0.4:
            left, right = self.node(optional(kind), known), self.node(kind, known)
        else:
            left, right = self.node(kind, known), self.node(kind, known)
        return ir.Compare(type=BOOL, span=SPAN, op=op, left=left, right=right)

    def order(self, of: Type, known: Known) -> Node:
        kind, other = self.random.choice(
            [(INT, INT), (MONEY, MONEY), (DAY, DAY), (DAY, DAY), (SHARE, SHARE), (RATIO, INT), (MONEY, SHARE)]
        )
        left, right = self.node(kind, known), self.node(other, known)
        if kind == DAY and self.random.random() < 0.6:
            left = self.today(DAY, known)
        if self.random.random() < 0.3:
            left, right = right, left
        return ir.Compare(
            type=BOOL, span=SPAN, op=self.random.choice(["<", "<=", ">", ">="]), left=left, right=right
        )

    def junction(self, of: Type, known: Known) -> Node:
        make = self.random.choice([ir.And, ir.Or])
        parts = tuple(self.node(BOOL, known) for _ in range(self.random.choice([2, 3])))
        return make(type=BOOL, span=SPAN, parts=parts)

    def negation(self, of: Type, known: Known) -> Node:
        return ir.Not(type=BOOL, span=SPAN, part=self.node(BOOL, known))

    def one_of(self, of: Type, known: Known) -> Node:
        if self.random.random() < 0.5:
            values = tuple(self.random.sample(range(-3, 40), self.random.choice([2, 12])))
            return ir.OneOf(type=BOOL, span=SPAN, part=self.node(INT, known), values=values)
        homes = tuple(self.pack.vocabulary.encode(CODE, code) for code in ("0301", "5501"))
        read = self.reading(CODE, known)
        assert read is not None
        return ir.OneOf(type=BOOL, span=SPAN, part=read, values=homes)

    def any_day(self, of: Type, known: Known) -> Node:
        if self.random.random() < 0.5:
            return self.fold(self.random.choice(["any", "all"]), BOOL, BOOL, known)
        return self.all_days(self.random.choice(["any", "all"]), BOOL, BOOL, known)

    # Numbers.

    def number(self, of: Type, known: Known) -> Node:
        op = self.random.choice(["+", "-", "*", "//", "%", "min", "max", "neg"])
        parts: tuple[Node, ...] = (self.node(of, known),)
        if op in ("*", "//", "%"):
            parts = (*parts, ir.Const(type=INT, span=SPAN, value=self.random.choice([2, 3, 7])))
        elif op != "neg":
            parts = (*parts, self.node(of, known))
        return ir.Arith(type=of, span=SPAN, op=op, parts=parts)

    def whole(self, of: Type, known: Known) -> Node:
        if self.random.random() < 0.5:
            parts = (self.node(DAY, known), self.node(DAY, known))
            return ir.Arith(type=INT, span=SPAN, op="-", parts=parts)
        return self.all_days(self.random.choice(["max", "min", "sum"]), INT, INT, known)

    def days(self, of: Type, known: Known) -> Node:
        return self.all_days("days", BOOL, INT, known)

    def length(self, of: Type, known: Known) -> Node:
        return self.fold("len", INT, INT, known)

    def summed(self, of: Type, known: Known) -> Node:
        return self.fold("sum", INT, INT, known)

    def rate(self, of: Type, known: Known) -> Node:
        return ir.RateOf(type=MONEY, span=SPAN, name="plain")

    def amount(self, of: Type, known: Known) -> Node:
        op = self.random.choice(["+", "-", "min", "max"])
        return ir.Arith(
            type=MONEY, span=SPAN, op=op, parts=(self.node(MONEY, known), self.node(MONEY, known))
        )

    def rounded(self, of: Type, known: Known) -> Node:
        how = self.random.choice(["half_up", "half_even", "down", "up"])
        if self.random.random() < 0.3:
            parts = (self.node(SHARE if of == MONEY else RATIO, known), self.node(RATIO, known))
            to = self.random.choice([1, 100, 150])
            return ir.RoundProduct(type=of, span=SPAN, parts=parts, how=how, to=to)
        part = self.node(self.random.choice([SHARE, MONEY] if of == MONEY else [RATIO, INT]), known)
        return ir.Round(type=of, span=SPAN, part=part, how=how, to=self.random.choice([1, 100, 150]))

    def digits(self, of: Type, known: Known) -> Node:
        """A fraction with so many digits."""
        how = self.random.choice(["half_up", "half_even", "down", "up"])
        many, significant = self.random.choice([(1, True), (3, True), (2, False)])
        part = self.node(of, known)
        return ir.Digits(type=of, span=SPAN, part=part, how=how, digits=many, significant=significant)

    def divided(self, of: Type, known: Known) -> Node:
        """By whatever it is, zero included."""
        op = self.random.choice(["//", "%"])
        return ir.Arith(type=INT, span=SPAN, op=op, parts=(self.node(INT, known), self.node(INT, known)))

    def quotient(self, of: Type, known: Known) -> Node:
        kind = self.random.choice([INT, MONEY, SHARE])
        return ir.Arith(type=RATIO, span=SPAN, op="/", parts=(self.node(kind, known), self.node(kind, known)))

    def percentage(self, of: Type, known: Known) -> Node:
        if self.random.random() < 0.5:
            return ir.RateOf(type=RATIO, span=SPAN, name="portion")
        return ir.Const(type=RATIO, span=SPAN, value=self.random.choice([(1, 3), (13, 40), (-2, 7), (0, 1)]))

    def part(self, of: Type, known: Known) -> Node:
        """A ratio of money, or money over a ratio."""
        op = self.random.choice(["*", "/"])
        parts = (self.node(self.random.choice([MONEY, SHARE]), known), self.node(RATIO, known))
        return ir.Arith(type=SHARE, span=SPAN, op=op, parts=parts)

    def granted(self, of: Type, known: Known) -> Node:
        """The amount of a record that may be None."""
        if len(self.rules) > 3 or known.depth < 1:
            return self.amount(of, known)
        self._count += 1
        name, record = f"grant{self._count}", replace(RECORD, name="Two")
        made = ir.MakeRecord(
            type=replace(record, optional=False),
            span=SPAN,
            names=("count", "amount"),
            fields=(self.node(INT, known), self.node(MONEY, known)),
        )
        nothing = ir.Const(type=NOTHING, span=SPAN, value=NONE)
        value = ir.If(type=record, span=SPAN, test=self.node(BOOL, known), then=made, other=nothing)
        there = ir.Compare(type=BOOL, span=SPAN, op="!=", left=self.local(name, record), right=nothing)
        sure = self.local(name, replace(record, optional=False))
        then = ir.Field(type=MONEY, span=SPAN, of=sure, name="amount")
        body = ir.If(type=MONEY, span=SPAN, test=there, then=then, other=self.node(MONEY, known))
        return ir.Let(type=MONEY, span=SPAN, name=name, value=value, body=body)

    def share(self, of: Type, known: Known) -> Node:
        by = ir.Const(type=INT, span=SPAN, value=self.random.choice([2, 3, 8]))
        of_what = self.node(MONEY, known) if known.depth > 0 else self.constant(MONEY)
        return ir.Arith(type=SHARE, span=SPAN, op="/", parts=(of_what, by))

    def share_sum(self, of: Type, known: Known) -> Node:
        op = self.random.choice(["+", "-", "*", "/", "neg"])
        parts: tuple[Node, ...] = (self.node(of, known),)
        if op in ("*", "/"):
            parts = (*parts, ir.Const(type=INT, span=SPAN, value=self.random.choice([1, 5])))
        elif op != "neg":
            parts = (*parts, self.node(of, known))
        return ir.Arith(type=of, span=SPAN, op=op, parts=parts)

    def choice(self, of: Type, known: Known) -> Node:
        return self.leaf(COLOUR, known)

    # Days, periods, relations.

    def today(self, of: Type, known: Known) -> Node:
        return ir.Today(type=DAY, span=SPAN)

    def later(self, of: Type, known: Known) -> Node:
        return ir.AddPeriod(
            type=DAY,
            span=SPAN,
            day=self.node(DAY, known),
            years=self.random.choice([0, 0, 1, -1, 4]),
            months=self.random.choice([0, 1, -1]),
            days=self.random.choice([0, 0, 1, -30]),
            how=self.random.choice(["up", "down"]),
        )

    def all_days(self, op: str, body: Type, of: Type, known: Known) -> Node:
        if known.walking:
            return self.leaf(of, known)
        return self.select(op, body, of, replace(known, walking=True))

    def select(self, op: str, body: Type, of: Type, known: Known) -> Node:
        period = self.random.choice(
            ["this_month", "previous_month", "next_month", "last_months", "this_year", *LONG]
        )
        if op not in ("first", "last") and period in LONG:
            period = self.random.choice(["this_month", "this_month", *LONG])
        count = self.random.choice([1, 2, 3, 9]) if period in COUNTED else 1
        return ir.Select(
            type=of, span=SPAN, period=period, count=count, op=op, body=self.node(body, known.deeper())
        )

    def fold(self, op: str, body: Type, of: Type, known: Known) -> Node:
        self._count += 1
        member, link = f"other{self._count}", f"bond{self._count}"
        people = [name for name, kind in known.names if kind == PERSON]
        inner = known.deeper().with_name(member, PERSON).with_name(link, BOND)
        present = ir.Read(type=BOOL, span=SPAN, of=self.local(link, BOND), attribute="Bond.present")
        where = self.random.choice([present, self.node(BOOL, inner), self.constant(BOOL)])
        return ir.Fold(
            type=of,
            span=SPAN,
            op=op,
            of=self.local(self.random.choice(people), PERSON),
            relation=self.random.choice(["Person.knows", "Person.known_by"]),
            member=member,
            link=link,
            where=where,
            body=self.node(body, inner),
        )


def random_pack(pack: Pack, seed: int) -> Pack:
    """The small pack with one random programme, `random`, over people or over the bonds between them."""
    random = Random(seed)
    rules = Rules(random, pack)
    over = random.choice(["", "Person.knows", "Person.known_by"])
    handles = (("person", PERSON), ("friend", PERSON), ("bond", BOND))[: 3 if over else 1]
    known = Known(handles, random.choice([2, 3, 4]), False)
    fields = (("number", INT), ("amount", MONEY), ("day", optional(DAY)))
    record = ir.MakeRecord(
        type=replace(RECORD, optional=False),
        span=SPAN,
        names=tuple(name for name, _ in fields),
        fields=tuple(rules.node(kind, known) for _, kind in fields),
    )
    nothing = ir.Const(type=NOTHING, span=SPAN, value=NONE)
    body = ir.If(type=RECORD, span=SPAN, test=rules.node(BOOL, known), then=record, other=nothing)
    rule = ir.RuleIR(
        name="whole",
        parameters=tuple(ir.Parameter(name=name, type=kind) for name, kind in handles),
        result=RECORD,
        versions=(ir.RuleVersion(since=BEGIN, law="", sentence="", body=body, span=SPAN),),
        finding="",
    )
    programme = Programme(
        name="random",
        agency="office",
        law="",
        over=over,
        every=random.choice(["day", "month"]),
        delivery="automatic",
        purpose="help",
        rule=rule,
        record="Three",
        fields=fields,
        holder="Person",
        about="Person",
    )
    return replace(
        pack,
        rules={**rules.rules, "whole": rule},
        rates={**pack.rates, "portion": PORTION},
        programmes={"random": programme},
        reviews=(),
        hash=str(seed),
    )


def random_history(pack: Pack, seed: int, *, strangers: bool = True) -> History:
    """A few people who know each other; some only referred to (`strangers`), some facts unknown or absent."""
    random = Random(seed)
    share = random.choice([0.0, 0.0, 0.05, 0.3] if strangers else [0.3, 0.6])
    hidden = {number for number in PEOPLE[1:] if random.random() < share}
    bonds = [(a, b) for a in PEOPLE for b in PEOPLE if a != b and random.random() < 0.3]
    facts: dict[int, dict[tuple[str, int], list[tuple[int, object]]]] = {number: {} for number in PEOPLE}
    for attribute in pack.vocabulary.attributes.values():
        places = bonds if attribute.owner == "Bond" else [(number, 0) for number in PEOPLE]
        for owner, member in places:
            if attribute.type.kind is not Kind.TEXT and (member or random.random() < 0.9):
                facts[owner][attribute.name, member] = _segments(random, attribute.type, share)
    return {n: SubjectHistory("Person", facts[n]) for n in PEOPLE if n not in hidden or not strangers}


def _segments(random: Random, of: Type, share: float) -> list[tuple[int, object]]:
    starts = set(random.sample(TURNS, random.choice([0, 1, 1, 2, 4])))
    starts |= {BEGIN} if random.random() < 0.9 or not starts else set()
    return [(start, _value(random, of, share)) for start in sorted(starts)]


def _value(random: Random, of: Type, share: float) -> object:
    if random.random() < share:
        return random.choice([UNKNOWN, ABSENT])
    if of.optional and random.random() < 0.4:
        return None
    values: dict[Kind, list[object]] = {
        Kind.BOOL: [True, False],
        Kind.INT: [-4, 0, 0, 1, 25],
        Kind.MONEY: [0, 0, 99, 12350],
        Kind.DAY: [*TURNS],
        Kind.CHOICE: ["red", "green", "blue"],
        Kind.CODE: ["0301", "5501", "9"],
        Kind.DECIMAL: ["0", "1.5", "-2.25"],
    }
    return random.choice(values[of.kind])


def steadied(pack: Pack, history: History, seed: int) -> History:
    """The same, but for some attributes nothing ever changes or is unknown, and perhaps everybody is here."""
    random = Random(seed + 1)
    share = random.choice([0.3, 0.7, 1.0])
    names = [n for n, a in pack.vocabulary.attributes.items() if a.type.kind is not Kind.TEXT]
    steady = {name for name in names if random.random() < share}
    people = set(PEOPLE) if random.random() < share else set(history)
    facts = {number: dict(history[number].facts) if number in history else {} for number in people}
    for number, mine in facts.items():
        places = {(name, member) for name, member in mine if name in steady}
        places |= {(name, 0) for name in steady if name.startswith("Person.")}
        for name, member in places:
            value = _value(random, pack.vocabulary.attribute(name).type, 0.0)
            mine[name, member] = [(BEGIN, value)]
        facts[number] = mine
    return {number: SubjectHistory("Person", facts[number]) for number in sorted(people)}
