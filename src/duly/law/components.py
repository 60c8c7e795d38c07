"""A component case takes what some rules say as given, and says what others have to say.

So a part of the law is compared by itself: the amounts that went in are the case's, not the law's. Such cases
are few and small; the interpreter judges them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from duly.law.cases import Case, Difference, Months, Verdict, compared, joined
from duly.law.evaluate import keys
from duly.law.interpret import Interpreter, arguments, decoded
from duly.law.situation import UNKNOWN
from duly.law.world import World
from duly.timeline import add_months, month_first

if TYPE_CHECKING:
    from duly.law.ir import RuleIR
    from duly.law.pack import Pack, Programme

__all__ = ["Compared", "ComponentCase", "Stated", "judge_component"]

DECIDED: Final = frozenset({"True", "False"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What a rule says of these arguments: (start, canonical value) by day, before the first None.

    Arguments are numbers of subjects, links as (owner, member), and other values as columns have them.
    """

    rule: str
    arguments: tuple[Any, ...]
    values: Sequence[tuple[int, Any]]


@dataclass(frozen=True, kw_only=True)
class ComponentCase(Case):
    """`given` stands for what the rules would say; `says` is what others have to say on every day."""

    given: tuple[Stated, ...]
    says: tuple[Stated, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """Something of a case file that was compared when it was read: how it differs, in words."""

    id: str
    title: str
    differences: tuple[str, ...]
    left_out: str


class Supposing(Interpreter):
    """An interpreter for which some rules say what they are given to say."""

    def __init__(self, pack: Pack, world: World, known_at: int | None, given: Sequence[Stated]) -> None:
        super().__init__(pack, world, known_at)
        self._given = {(stated.rule, stated.arguments): stated for stated in given}

    def rule(self, rule: RuleIR, arguments: Sequence[Any], day: int) -> Any:
        stated = self._given.get((rule.name, tuple(arguments)))
        if stated is None:
            return super().rule(rule, arguments, day)
        found = _on(stated, day)
        return found if found is None or isinstance(found, bool) else self._encoded(rule, found)

    def _encoded(self, rule: RuleIR, found: object) -> int:
        return self.pack.vocabulary.encode(rule.result, found)


def judge_component(pack: Pack, case: ComponentCase) -> Verdict:
    """What of a component case differs from what the law says."""
    interpreter = Supposing(pack, World(pack, case.history), case.known_at, case.given)
    found = {
        (programme, *key): _months(interpreter, pack.programme(programme), key, case)
        for programme in case.programmes
        for key in keys(pack, programme, case.history)
    }
    differences = [*compared(case, found)]
    for stated in case.says:
        differences += joined(_said(interpreter, stated, case))
    return Verdict(case=case, differences=tuple(differences))


def _months(interpreter: Interpreter, programme: Programme, key: tuple[int, int], case: Case) -> Months:
    """What is due in each month; None where it is unknown, nothing where nothing is due."""
    found: Months = {}
    given = arguments(interpreter.pack, programme, *key)
    for month in _firsts(case):
        due = interpreter.rule(programme.rule, given, month)
        if due is UNKNOWN:
            found[month] = None
        elif due is not None:
            values = dict(due)
            found[month] = {n: decoded(interpreter.pack, kind, values[n]) for n, kind in programme.fields}
    return found


def _firsts(case: Case) -> Iterator[int]:
    month = month_first(case.first)
    while month < case.last:
        yield month
        month = add_months(month, 1)


def _said(interpreter: Interpreter, stated: Stated, case: Case) -> Iterator[Difference]:
    """A difference for each stretch of days on which the rule says something else."""
    rule = interpreter.pack.rules[stated.rule]
    for first, after in _stretches(case, stated):
        found = interpreter.rule(rule, stated.arguments, first)
        said = "unknown" if found is UNKNOWN else decoded(interpreter.pack, rule.result, found)
        wanted = _on(stated, first)
        if said != wanted:
            about = ", ".join(case.names.get(number, str(number)) for number in stated.arguments)
            yield Difference(
                programme=stated.rule,
                about=about,
                first=first,
                last=after - 1,
                what="value",
                expected=str(wanted),
                found=str(said),
            )


def _stretches(case: Case, stated: Stated) -> Iterator[tuple[int, int]]:
    """[first, after) of days on which neither a fact nor what is expected changes."""
    histories: Mapping[int, Any] = case.history
    turns = {
        start for subject in histories.values() for facts in subject.facts.values() for start, _ in facts
    }
    turns |= {start for start, _ in stated.values} | set(_firsts(case))
    inside = sorted({case.first, case.last, *(day for day in turns if case.first < day < case.last)})
    yield from pairwise(inside)


def _on(stated: Stated, day: int) -> Any:
    found = None
    for start, value in stated.values:
        if start <= day:
            found = value
    return found
