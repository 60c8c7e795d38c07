"""A history is sound or refused: every fact is one that the vocabulary has, of who can have it, and no other.

`problem` says of one value why an attribute cannot have it, `check` looks at a whole history fact by fact and
names the first that is unsound, by subject, attribute and day. Every way in asks here: facts from a file,
events, histories given to either evaluator (see `doubts` for columns), and so findings and overrides, which
are facts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from duly.errors import BadInput, near_miss
from duly.law import decimals
from duly.law.ir import Kind, Type
from duly.law.situation import Missing
from duly.law.vocabulary import CODE_LENGTH, Attribute, Vocabulary
from duly.timeline.calendar import BEGIN, END_OF_TIME, to_iso

if TYPE_CHECKING:
    from duly.law.pack import Pack
    from duly.law.world import History, SubjectHistory

__all__ = ["NUMBERS", "Look", "check", "owned", "problem", "python_types", "takes"]

PYTHON: Final[Mapping[Kind, type]] = {
    Kind.BOOL: bool,
    Kind.INT: int,
    Kind.MONEY: int,
    Kind.DAY: int,
    Kind.CHOICE: str,
    Kind.CODE: str,
    Kind.DECIMAL: str,
    Kind.TEXT: str,
}
NUMBERS: Final = (Kind.INT, Kind.MONEY, Kind.DAY)
FIRST: Final = -(2**63) + 2
"""The two numbers below stand for None and for unknown in columns."""
LAST: Final = 2**63 - 1
TITLE: Final = "This fact cannot be"


def problem(vocabulary: Vocabulary, attribute: Attribute, value: object) -> str:
    """Why the attribute cannot have this canonical value; "" if it can."""
    kind = attribute.type
    if isinstance(value, Missing):
        return ""
    if value is None:
        return "" if kind.optional else f"{attribute.name} is never null"
    if type(value) is not PYTHON.get(kind.kind):
        return f"{attribute.name} is {value!r}"
    if kind.kind is Kind.BOOL:
        return ""
    if kind.kind in NUMBERS or kind.kind is Kind.DECIMAL:
        return _out_of_bounds(attribute, value)
    if kind.kind is Kind.CHOICE:
        known = [member.value for member in vocabulary.choices[kind.name]]
        return "" if value in known else f"{value!r} is not one of {', '.join(known)}"
    return _no_text(vocabulary, attribute, cast(str, value))


def takes(vocabulary: Vocabulary, attribute: Attribute) -> str:
    """What the attribute takes, for people."""
    kind = attribute.type
    if kind.kind is Kind.CHOICE:
        found = "one of " + ", ".join(str(member.value) for member in vocabulary.choices[kind.name])
    else:
        found = {
            Kind.BOOL: "true or false",
            Kind.INT: "a whole number",
            Kind.MONEY: "a whole number of minor units",
            Kind.DAY: "a date such as 2024-02-29",
            Kind.CODE: "a code of up to 9 ASCII characters",
            Kind.DECIMAL: 'a decimal as a text, such as "9.8765"',
        }.get(kind.kind, "a text")
    bounds = [f"at least {attribute.least}"] * (attribute.least is not None)
    bounds += [f"at most {attribute.most}"] * (attribute.most is not None)
    return ", ".join([found, *bounds]) + (", or null" if kind.optional else "")


def _out_of_bounds(attribute: Attribute, value: object) -> str:
    kind, name = attribute.type.kind, attribute.name
    number: int | Fraction
    if kind is Kind.DECIMAL:
        try:
            text = decimals.canonical(value, int(attribute.type.name))
        except BadInput as error:
            return f"{name}: {error.detail.rstrip('.')}"
        if text != value:
            return f"{name} is {value!r}, which is written {text!r}"
        number = Fraction(text)
    else:
        number = cast(int, value)
        low, high = (BEGIN, END_OF_TIME) if kind is Kind.DAY else (FIRST, LAST)
        if not low <= number <= high:
            return f"{name} is {value}, which does not fit in {32 if kind is Kind.DAY else 63} bits"
    low, high = attribute.least, attribute.most
    if (low is not None and number < low) or (high is not None and number > high):
        told = f"{low} to {high}" if low is not None and high is not None else _one_bound(low, high)
        return f"{name} is {value}, not {told}"
    return ""


def _one_bound(low: int | None, high: int | None) -> str:
    return f"at most {high}" if low is None else f"at least {low}"


def _no_text(vocabulary: Vocabulary, attribute: Attribute, value: str) -> str:
    if attribute.type.kind is Kind.CODE:
        try:
            vocabulary.encode(attribute.type, value)
        except BadInput as error:
            return error.detail.rstrip(".")
        return "" if value.isprintable() else f"{attribute.name} is {value!r}, with what cannot be printed"
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"{attribute.name} is {value!r}, which is no text"
    return ""


def check(pack: Pack, history: History) -> None:
    """Refuse a history with anything unsound in it; its first place, and what could stand there."""
    for number, subject in history.items():
        looks = _looks(pack).get(subject.kind)
        if looks is None or type(number) is not int or not 0 < number <= LAST:
            raise _no_subject(pack.vocabulary, number, subject.kind)
        for (name, member), segments in subject.facts.items():
            look = looks.get(name)
            if look is None or not look.passes(member, segments, history):
                _refuse(pack.vocabulary, history, number, name, member)


class Look(NamedTuple):
    """What is asked of the facts of one attribute.

    Numbers lie from `low` to `high`; `sure` are other values that it can have, texts have at most `longest`
    characters (-1: none is sure). `to` is the kind of a link's members, "" where it is of no link.
    """

    types: frozenset[type]
    low: int
    high: int
    sure: frozenset[object]
    longest: int
    to: str

    def passes(self, member: int, segments: Sequence[tuple[int, object]], history: History) -> bool:
        """Whether the facts are surely sound."""
        if type(member) is not int or (member > 0) is not bool(self.to) or not 0 <= member <= LAST:
            return False
        if self.to and member in history and history[member].kind != self.to:
            return False
        before = BEGIN - 1
        for segment in segments:
            if len(segment) != 2:
                return False
            start, value = segment
            if type(start) is not int or not before < start < END_OF_TIME or type(value) not in self.types:
                return False
            before = start
            if type(value) is int:
                if not self.low <= value <= self.high:
                    return False
            elif value not in self.sure and not self._plain(value):
                return False
        return True

    def _plain(self, value: object) -> bool:
        return type(value) is str and len(value) <= self.longest and value.isascii() and value.isprintable()


@lru_cache(maxsize=16)
def _looks(pack: Pack) -> Mapping[str, Mapping[str, Look]]:
    """By kind of subject and attribute, those of the links that it owns among them."""
    vocabulary = pack.vocabulary
    ends = {r.link: (r.of, r.to) for r in vocabulary.relations.values() if not r.inverse_of}
    found: dict[str, dict[str, Look]] = {kind: {} for kind in vocabulary.kinds}
    for name, attribute in vocabulary.attributes.items():
        of, to = ends.get(attribute.owner, (attribute.owner, ""))
        found[of][name] = _look(vocabulary, attribute, to)
    return found


def _look(vocabulary: Vocabulary, attribute: Attribute, to: str) -> Look:
    kind = attribute.type
    low, high = (BEGIN, END_OF_TIME) if kind.kind is Kind.DAY else (FIRST, LAST)
    sure: set[object] = {True, False, None, *Missing}
    if kind.kind is Kind.CHOICE:
        sure |= {member.value for member in vocabulary.choices[kind.name]}
    return Look(
        types=frozenset(python_types(kind)),
        low=low if attribute.least is None else max(low, attribute.least),
        high=high if attribute.most is None else min(high, attribute.most),
        sure=frozenset(sure),
        longest={Kind.CODE: CODE_LENGTH, Kind.TEXT: LAST}.get(kind.kind, -1),
        to=to,
    )


def _no_subject(vocabulary: Vocabulary, number: object, kind: str) -> BadInput:
    if kind in vocabulary.kinds:
        return _refused(f"{number!r} is no number of a subject", f"subject {number!r}", _NUMBER)
    hint = near_miss(kind, vocabulary.kinds) or ", ".join(vocabulary.kinds)
    return _refused(f"{kind!r} is no kind of subject", f"subject {number}", hint)


def _refuse(vocabulary: Vocabulary, history: History, number: int, name: str, member: int) -> None:
    """Refuse facts that are unsound; what could not be told at once may still be sound."""
    subject = history[number]
    where = f"subject {number}, {name}" + (f", member {member}" if member else "")
    attribute = _attribute(vocabulary, name, where)
    _owner(vocabulary, attribute, subject, member, history, where)
    _segments(vocabulary, attribute, subject.facts[name, member], where)


_NUMBER: Final = f"A whole number from 1 to {LAST}."


def _refused(detail: str, where: str, hint: str) -> BadInput:
    return BadInput(TITLE, detail=f"{detail}.", where=where, hint=hint)


def _attribute(vocabulary: Vocabulary, name: str, where: str) -> Attribute:
    found = vocabulary.attributes.get(name)
    if found is None:
        raise _refused(
            f"The vocabulary has no attribute {name!r}", where, near_miss(name, vocabulary.attributes)
        )
    return found


def _owner(
    vocabulary: Vocabulary,
    attribute: Attribute,
    subject: SubjectHistory,
    member: int,
    history: History,
    where: str,
) -> None:
    relation = next(
        (r for r in vocabulary.relations.values() if r.link == attribute.owner and not r.inverse_of), None
    )
    owner = attribute.owner if relation is None else relation.of
    if subject.kind != owner:
        raise _refused(f"A {subject.kind} has no {attribute.name}", where, f"It stands with a {owner}.")
    if relation is None:
        if member != 0 or type(member) is not int:
            raise _refused(f"{attribute.name} is no fact of a link", where, "The member 0.")
        return
    if type(member) is not int or not 0 < member <= LAST:
        raise _refused(f"{member!r} is no number of a member", where, _NUMBER)
    other = history.get(member)
    if other is not None and other.kind != relation.to:
        raise _refused(f"The member {member} is a {other.kind}", where, f"A {relation.to}.")


def _segments(
    vocabulary: Vocabulary, attribute: Attribute, segments: Sequence[tuple[int, object]], where: str
) -> None:
    before = BEGIN - 1
    for segment in segments:
        if len(segment) != 2:
            raise _refused(f"{segment!r} is no start and value", where, "(day, value)")
        start, value = segment
        if type(start) is not int or not BEGIN <= start < END_OF_TIME:
            raise _refused(f"{start!r} is no day", where, "Days since 1970-01-01, in 32 bits.")
        if start <= before:
            raise _refused(
                f"{attribute.name} begins on {_day(start)} after it began on {_day(before)}",
                where,
                "Each start once, the earliest first.",
            )
        before = start
        found = problem(vocabulary, attribute, value)
        if found:
            raise _refused(
                f"From {_day(start)} on: {found}", where, f"It takes {takes(vocabulary, attribute)}."
            )


def _day(day: int) -> str:
    return "the beginning" if day <= BEGIN else to_iso(day)


def owned(pack: Pack) -> Mapping[str, Mapping[str, Look]]:
    """The attributes of each kind of subject, those of the links that it owns among them."""
    return _looks(pack)


def python_types(kind: Type) -> set[type]:
    """The types of Python that values of a type have, unknown and absent ones among them."""
    return {PYTHON[kind.kind], Missing} | ({type(None)} if kind.optional else set[type]())
