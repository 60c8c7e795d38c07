"""The one intermediate form: a rule is a typed expression tree, and both evaluators read only this.

`syntax` writes it, `check` proves it, `plan` reads its dependencies, `interpret` and `kernel`
evaluate it. Statements are gone: assignments are `Let`, `if` chains and `match` are `If`, early returns
are nested. Every node carries its type and the place in the pack's source that it came from.

Values of every type but records are int64 in columns (see `Kind`); `None`, where a type allows
it, is `NONE`. Unknown is never a value: it travels beside the value as `known`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Final

NONE: Final = -(2**63)
"""What stands in an int64 column for `None` (known to be nothing)."""


class Kind(Enum):
    """What a value is; all are int64 in columns."""

    BOOL = "bool"  # 0, 1
    INT = "int"
    MONEY = "money"  # minor units of the pack's currency
    FRACTION = "fraction"  # exact, inside rules only, as numerator and denominator; rounded before it leaves
    DECIMAL = "decimal"  # only as a fact: times 10 to the power of its digits (the name of its type)
    DAY = "day"  # days since 1970-01-01
    CHOICE = "choice"  # index of the member in its Choice class, in order of declaration
    CODE = "code"  # up to 9 ASCII characters packed 7 bits each (see vocabulary.pack_code)
    TEXT = "text"  # only in storage: no rule reads it, no column holds it
    SUBJECT = "subject"  # index of a subject in the batch
    LINK = "link"  # index of an edge in the batch
    RECORD = "record"  # a grant
    NOTHING = "nothing"  # the literal None


@dataclass(frozen=True, slots=True, kw_only=True)
class Type:
    """A kind, whether `None` is allowed, and the name of the choice, subject, link or record class."""

    kind: Kind
    optional: bool
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A place in a pack: path relative to the pack, 1-based line, 0-based column."""

    file: str
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    type: Type
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Const(Node):
    """`value`: int64 as in columns (money in minor units, choices by index), or (num, den) for a fraction."""

    value: int | tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Local(Node):
    """A parameter of the rule, a `Let` name or a `Fold` member."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Read(Node):
    """The fact `attribute` ("Person.born", "Care.shared") of a subject or link, on the current day."""

    of: Node
    attribute: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exactly(Node):
    """A decimal fact as the ratio that it is: `part` over 10 to the power of `digits`; None stays None."""

    part: Node
    digits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberOf(Node):
    """The number of a subject, which tells two apart and orders those that nothing else orders."""

    of: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOf(Node):
    """The rate `name` on the current day; `None` where it has ended, unknown where the pack does not say."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Node):
    """Another rule, by its name in the pack; its version is chosen by the current day."""

    rule: str
    arguments: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class If(Node):
    """An unknown test joins equal branches, else the result is unknown."""

    test: Node
    then: Node
    other: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Node):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Node):
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    part: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Compare(Node):
    """`op` is one of == != < <= > >=. Two equal constants compare as Python does; None equals only None."""

    op: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOf(Node):
    """`part in {constants}`."""

    part: Node
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Arith(Node):
    """`op`: + - * / // % min max neg; `parts`: one for neg, two for - / // %, else two or more.

    Unknown with a reason where the divisor is 0, and where what comes out does not fit in 63 bits.
    """

    op: str
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round(Node):
    """A fraction or money to a whole multiple of `to` minor units, `how`: half_up, half_even, down, up.

    half_up sends halves away from zero; down is floor, up is ceiling.
    """

    part: Node
    how: str
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundProduct(Node):
    """The product of two fractions, rounded as in Round; the product itself need not fit in 63 bits."""

    parts: tuple[Node, Node]
    how: str
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digits(Node):
    """A fraction with so many digits, rounded `how` (as in Round): after the point, or from its first one.

    `significant` counts from the first digit that is not 0.
    """

    part: Node
    how: str
    digits: int
    significant: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Let(Node):
    name: str
    value: Node
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Node):
    """`period` of the current day, looked at by `op`, with `body` evaluated on the days of it.

    `period` and `count` are as in `periods.reach`. op: first, last (the period's first or last
    day), any, all, days (number of days on which body is true), sum, max, min.
    """

    period: str
    count: int
    op: str
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class On(Node):
    """`body` evaluated on the day that `day` gives; unknown where the day is, `None` where it is `None`."""

    day: Node
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Fold(Node):
    """A generator expression over a relation: any, all, len, sum, max, min, the.

    For each link there ever was of `relation` ("Person.cares_for") of `of` (whether it holds on the day is
    the link's built-in attribute `present`), with `member` bound to the other subject and `link` to the edge,
    and `where` true: combine `body`. `the` is the value of the only one (None if there is none; unknown if
    members disagree). max/min of nothing is None. A member whose `where` is unknown makes the result unknown
    unless every completion agrees.
    """

    op: str
    of: Node
    relation: str
    member: str
    link: str
    where: Node
    body: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Today(Node):
    """The current day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPeriod(Node):
    """`day` plus whole years and months, then days.

    `how` names the rounding where the day does not exist: up (1 March) or down (28 February).
    """

    day: Node
    years: int
    months: int
    days: int
    how: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeRecord(Node):
    """A grant of the record class `type.name`; `fields` in order of declaration."""

    names: tuple[str, ...]
    fields: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict(Node):
    """The exceptions `rules` apply and disagree, and neither goes before the other: unknown, therefore."""

    rules: tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field(Node):
    """The field `name` of a record that is not None."""

    of: Node
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    name: str
    type: Type


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleVersion:
    """One version of a rule: in force from `since` (a day, or the beginning of time) until the next one's."""

    since: int
    law: str
    sentence: str
    body: Node
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleIR:
    """A rule, condition, review or programme. `finding` names the attribute that replaces it, "" if none.

    The bodies already read the finding (`If(finding != None, finding, body)`): evaluators need not look.
    """

    name: str
    parameters: tuple[Parameter, ...]
    result: Type
    versions: tuple[RuleVersion, ...]
    finding: str
