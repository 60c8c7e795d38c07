"""The facts asked for are those that can change the outcome, by brute force; every answer leads right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from random import Random
from typing import Any

import pytest
from completions import DAYS, answer_of, completed, drawn, open_questions
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, TURNS, random_history, random_pack
from law_histories import family, turning_days, with_holes
from law_packs import VOCABULARY, load, rule

from duly.law import UNKNOWN, History, Pack, SubjectHistory, World, interpret, keys
from duly.law.diagrams import Diagram, Formula, Question, Split, worked_out
from duly.law.interpret import Interpreter, NeverNone
from duly.law.ir import Kind
from duly.law.possible import Possible
from duly.law.questions import Asked
from duly.law.settle import Step, fewest, plan
from duly.timeline import month_first

NORWAY = Pack.load("norway")
SEEDS = st.integers(0, 2**32)
MOST = 3
"""Questions that brute force leaves open."""
FEW = VOCABULARY.replace(
    'weight: int = attribute("family", register="town", purposes={HELP})',
    'weight: int = attribute("family", register="town", purposes={HELP}, least=0, most=2)',
).replace(
    'wage: Money = attribute("money", register="town", purposes={HELP})',
    'wage: Money = attribute("money", register="town", purposes={HELP}, least=149, most=151)',
)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    """The small pack, whose numbers have few values."""
    return load(tmp_path_factory.mktemp("few") / "small", rule("return person.married"), vocabulary=FEW)


@pytest.fixture(scope="module")
def wide(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return load(tmp_path_factory.mktemp("wide") / "small", rule("return person.married"))


class Asking:
    """One programme of one holder on one day, for every answer."""

    def __init__(self, pack: Pack, programme: str, history: History, key: tuple[int, int], day: int) -> None:
        self.pack, self.history, self.key = pack, history, key
        self.programme = pack.programme(programme)
        self.day = month_first(day) if self.programme.every == "month" else day
        self.possible = Possible(pack, World(pack, history))
        self.diagram: Diagram = self.possible.programme(self.programme, *key, self.day)
        self.steps = plan(self.possible.diagrams, self.diagram)

    def value(self, values: Mapping[Asked, Any]) -> Any:
        """What the interpreter gives, with answers filled in."""
        world = World(self.pack, completed(self.history, values))
        arguments = interpret.arguments(self.pack, self.programme, *self.key)
        return Interpreter(self.pack, world).rule(self.programme.rule, arguments, self.day)

    def answers(self, values: Mapping[Asked, Any]) -> dict[Question, int]:
        return {q: answer_of(self.possible, q, values[a]) for a, q in self.possible.questions.items()}

    def leaf(self, answers: Mapping[Question, int]) -> Diagram:
        found = self.diagram
        while isinstance(found, Split):
            found = found.way(answers[found.question])
        return found


def asking(pack: Pack, seed: int, *, leave: int) -> Asking | None:
    """A random rule over people of whom at most `leave` facts are unknown; None where nobody holds it."""
    random, pack = Random(seed), random_pack(pack, seed)
    history = _bounded(random_history(pack, seed, strangers=False), pack)
    found = keys(pack, "random", history)
    if not found:
        return None
    key, day = random.choice(found), random.randrange(FIRST, LAST)
    first = Asking(pack, "random", history, key, day)
    asked = open_questions(pack, history)
    met = [a for a in asked if a in first.possible.questions and not _is_day(pack, a)]
    left = set(random.sample(met, min(leave, len(met))))
    known = {a: _fit(pack, a.attribute, drawn(pack, random, a, TURNS)) for a in asked if a not in left}
    return Asking(pack, "random", completed(history, known), key, day)


def test_the_rules_that_are_drawn_leave_something_to_ask(small: Pack) -> None:
    """The property above says nothing where nothing matters."""
    found = [asking(small, seed, leave=MOST) for seed in range(300)]
    asked = [len(fewest(each.diagram)[0]) for each in found if each is not None]
    met = [len(each.possible.questions) for each in found if each is not None]
    assert sum(count >= 2 for count in asked) > 20
    assert sum(few < many for few, many in zip(asked, met, strict=True)) > 20


def _is_day(pack: Pack, asked: Asked) -> bool:
    return pack.vocabulary.attribute(asked.attribute).type.kind is Kind.DAY


def _bounded(history: History, pack: Pack) -> History:
    """The history with numbers within the bounds that the pack gives them."""
    return {
        number: SubjectHistory(
            subject.kind,
            {
                key: [(start, _fit(pack, key[0], value)) for start, value in segments]
                for key, segments in subject.facts.items()
            },
        )
        for number, subject in history.items()
    }


def _fit(pack: Pack, attribute: str, value: Any) -> Any:
    declared = pack.vocabulary.attribute(attribute)
    if declared.least is None or declared.most is None or not isinstance(value, int):
        return value
    return min(max(value, declared.least), declared.most)


def _completions(found: Asking) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every completion of the open questions, with the outcome."""
    asked = list(found.possible.questions)
    pack = found.pack
    domains: list[list[Any]] = []
    for one in asked:
        answers = found.possible.answers[found.possible.questions[one]]
        kind = pack.vocabulary.attribute(one.attribute).type
        domains.append([interpret.decoded(pack, kind, answers.value(at)) for at in range(answers.size)])
    for values in product(*domains):
        yield values, found.value(dict(zip(asked, values, strict=True)))


def _can_change(outcomes: Mapping[tuple[Any, ...], Any], place: int) -> bool:
    """Whether two completions that differ in one place alone have different outcomes."""
    by: dict[tuple[Any, ...], Any] = {}
    return any(
        by.setdefault((*values[:place], *values[place + 1 :]), outcome) != outcome
        for values, outcome in outcomes.items()
    )


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS)
def test_the_facts_asked_for_are_those_that_can_change_the_outcome(small: Pack, seed: int) -> None:
    found = asking(small, seed, leave=MOST)
    if found is None:
        return
    try:
        outcomes = dict(_completions(found))
    except NeverNone:  # a random rule may compare what is None
        return
    asked = list(found.possible.questions)
    matter = {one for place, one in enumerate(asked) if _can_change(outcomes, place)}
    needed, proved = fewest(found.diagram)
    assert proved
    assert {question.about for question in needed} == matter
    for values, outcome in outcomes.items():
        _follow(found, asked, outcomes, values, outcome)


def _follow(
    found: Asking, asked: list[Asked], outcomes: Mapping[Any, Any], values: tuple[Any, ...], outcome: Any
) -> None:
    """The plan asks only what can still change the outcome, nothing twice, and comes to what is right."""
    told, at, count = dict[int, Any](), 0 if found.steps else -1, 0
    left = dict(outcomes)
    while at >= 0:
        step: Step = found.steps[at]
        place = asked.index(step.question.about)
        assert place not in told
        assert _can_change(left, place)
        told[place], count = values[place], count + 1
        answer = answer_of(found.possible, step.question, values[place])
        (way,) = [w for w in step.ways if any(low <= answer <= high for low, high in w.runs)]
        left = {v: o for v, o in left.items() if v[place] == values[place]}
        at = way.step
        if at < 0:
            assert way.value == outcome
    assert set(map(str, left.values())) == {str(outcome)}
    if found.steps:
        assert found.steps[0].least <= count <= found.steps[0].most


@settings(max_examples=150, deadline=None)
@given(seed=SEEDS)
def test_every_answer_leads_to_what_the_interpreter_gives(wide: Pack, seed: int) -> None:
    """Also where numbers and days are not known: the thresholds are in the right places."""
    found = asking(wide, seed, leave=12)
    if found is not None:
        _agrees(found, Random(seed), TURNS)


@pytest.mark.parametrize("programme", sorted(NORWAY.programmes))
@settings(max_examples=25, deadline=None)
@given(seed=SEEDS)
def test_norways_programmes_come_to_what_the_answers_give(programme: str, seed: int) -> None:
    settled = family(NORWAY, seed, unknown=False)
    history, random = with_holes(settled, seed), Random(seed)
    found = keys(NORWAY, programme, history)
    if found:
        day = random.choice(turning_days(NORWAY, history))
        _agrees(Asking(NORWAY, programme, history, random.choice(found), day), random, DAYS)


def _drawn(found: Asking, random: Random, asked: Asked, days: list[int]) -> Any:
    kind = found.pack.vocabulary.attribute(asked.attribute).type
    question = found.possible.questions.get(asked)
    if kind.kind is not Kind.CODE or question is None:
        return drawn(found.pack, random, asked, days)
    answers = found.possible.answers[question]
    return interpret.decoded(found.pack, kind, answers.value(random.randrange(answers.size)))


def _agrees(found: Asking, random: Random, days: list[int]) -> None:
    asked = open_questions(found.pack, found.history)
    for _ in range(4):
        values = {one: _drawn(found, random, one, days) for one in asked}
        try:
            right = found.value(values)
        except NeverNone:
            continue
        answers = found.answers(values)
        said = worked_out(found.diagram, answers)
        if said is UNKNOWN and isinstance(found.leaf(answers), Formula):
            continue  # on the day that the answers give, more is unknown
        assert said == right
