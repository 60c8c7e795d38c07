"""An unsound history is refused by both evaluators, for the same reason, and a sound one by neither."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Any

import law_packs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import PERSON, SPAN, random_history

from duly.errors import BadInput
from duly.law import ABSENT, UNKNOWN, History, Pack, SubjectHistory, World, columns, evaluate, ir, laid, sound
from duly.law.ir import NONE
from duly.timeline import BEGIN, END_OF_TIME

HIDDEN = NONE + 1
SEEDS = st.integers(0, 2**32)
VOCABULARY = (
    law_packs.VOCABULARY.replace(
        'wage: Money = attribute("money", register="town", purposes={HELP})',
        'wage: Money = attribute("money", register="town", purposes={HELP}, least=0, most=10**9)\n'
        '    tally: int = attribute("money", register="town", purposes={HELP})\n'
        '    rate: Decimal = attribute("money", register="town", purposes={HELP}, digits=2, least=1)',
    ).replace("import Choice, Code, Day,", "import Choice, Code, Day, Decimal,")
    + '''

class Dog(Subject):
    """A dog."""

    old: bool = attribute("identity", register="town", purposes={HELP})
'''
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return _reading_all(tmp_path_factory.mktemp("sound"), VOCABULARY)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return _reading_all(tmp_path_factory.mktemp("plain"), law_packs.VOCABULARY)


def _reading_all(directory: Path, vocabulary: str) -> Pack:
    """A rule that reads every attribute of everything, so that all have columns."""
    small = law_packs.load(directory, law_packs.rule("return person.married"), vocabulary=vocabulary)
    attributes = [a for a in small.vocabulary.attributes.values() if a.type.kind is not ir.Kind.TEXT]
    reads = tuple(
        ir.Read(
            type=a.type,
            span=SPAN,
            of=ir.Local(type=replace(PERSON, name=a.owner), span=SPAN, name="x"),
            attribute=a.name,
        )
        for a in attributes
    )
    body = ir.And(type=small.rules["tested"].result, span=SPAN, parts=reads)
    versions = (replace(small.rules["tested"].versions[0], body=body),)
    return replace(small, rules={"all": replace(small.rules["tested"], name="all", versions=versions)})


def _said(look: Callable[[], object]) -> tuple[str, str] | None:
    try:
        look()
    except BadInput as error:
        return error.detail, error.where
    return None


def _both(pack: Pack, history: Any) -> tuple[str, str] | None:
    """What both evaluators say to a history, of few facts and of many."""
    by_row = _said(lambda: World(pack, history))
    for few in (-1, laid.FEW):
        assert by_row == _said(lambda few=few: columns.build(pack, history, few=few))
    return by_row


WAGE, BORN, KNOWS = ("Person.wage", 0), ("Person.born", 0), ("Bond.close", 2)
NAN = float("nan")


@pytest.mark.parametrize(
    ("key", "segments", "what"),
    [
        (WAGE, [(BEGIN, -1)], "Person.wage is -1, not 0 to 1000000000"),
        (WAGE, [(BEGIN, 2 * 10**9)], "not 0 to 1000000000"),
        (WAGE, [(BEGIN, 1.0)], "Person.wage is 1.0"),
        (WAGE, [(BEGIN, NAN)], "Person.wage is nan"),
        (WAGE, [(BEGIN, np.float64("nan"))], "nan"),
        (WAGE, [(BEGIN, np.int64(5))], "np.int64(5)"),
        (WAGE, [(BEGIN, True)], "Person.wage is True"),
        (WAGE, [(BEGIN, 1), (5, True)], "Person.wage is True"),
        (WAGE, [(BEGIN, None)], "Person.wage is never null"),
        (WAGE, [(BEGIN, "5")], "Person.wage is '5'"),
        (WAGE, [(BEGIN, [5])], "Person.wage is [5]"),
        (("Person.tally", 0), [(BEGIN, 2**63)], "does not fit in 63 bits"),
        (("Person.tally", 0), [(BEGIN, -(2**70))], "does not fit in 63 bits"),
        (("Person.tally", 0), [(BEGIN, NONE)], "does not fit in 63 bits"),
        (("Person.tally", 0), [(BEGIN, HIDDEN)], "does not fit in 63 bits"),
        (("Person.rate", 0), [(BEGIN, "1.234")], "digits after the point"),
        (("Person.rate", 0), [(BEGIN, "1.20")], "which is written '1.2'"),
        (("Person.rate", 0), [(BEGIN, "0.5")], "not at least 1"),
        (("Person.rate", 0), [(BEGIN, 1.5)], "Person.rate is 1.5"),
        (BORN, [(BEGIN, 2**31)], "does not fit in 32 bits"),
        (BORN, [(BEGIN, 19000.0)], "Person.born is 19000.0"),
        (("Person.married", 0), [(BEGIN, 1)], "Person.married is 1"),
        (("Person.married", 0), [(BEGIN, True), (3, 0)], "Person.married is 0"),
        (("Person.colour", 0), [(BEGIN, "pink")], "'pink' is not one of red, green, blue"),
        (("Person.colour", 0), [(BEGIN, 1)], "Person.colour is 1"),
        (("Person.home", 0), [(BEGIN, "0123456789")], "longer than 9"),
        (("Person.home", 0), [(BEGIN, "ø")], "outside ASCII"),
        (("Person.home", 0), [(BEGIN, "5\0")], "cannot be printed"),
        (WAGE, [(BEGIN, 1), (BEGIN, 2)], "after it began on the beginning"),
        (WAGE, [(5, 1), (4, 2)], "begins on 1970-01-05 after it began on 1970-01-06"),
        (WAGE, [(BEGIN - 1, 1)], "is no day"),
        (WAGE, [(END_OF_TIME, 1)], "is no day"),
        (WAGE, [(5.0, 1)], "5.0 is no day"),
        (WAGE, [(NAN, 1)], "nan is no day"),
        (WAGE, [(2**80, 1)], "is no day"),
        (WAGE, [(5, 1, 2)], "is no start and value"),
        (("Person.wages", 0), [(BEGIN, 1)], "no attribute 'Person.wages'"),
        (("Person.wage", 2), [(BEGIN, 1)], "Person.wage is no fact of a link"),
        (("Bond.close", 0), [(BEGIN, True)], "0 is no number of a member"),
        (("Bond.close", 7), [(BEGIN, True)], "The member 7 is a Dog"),
        (("Dog.old", 0), [(BEGIN, True)], "A Person has no Dog.old"),
    ],
)
def test_what_cannot_be_is_refused(pack: Pack, key: Any, segments: Any, what: str) -> None:
    fine = {BORN: [(BEGIN, 0)], KNOWS: [(BEGIN, True)]}
    history = {1: SubjectHistory("Person", {**fine, key: segments}), 7: SubjectHistory("Dog", {})}
    refused = _both(pack, history)
    assert refused is not None
    assert what in refused[0]
    assert refused[1].startswith(f"subject 1, {key[0]}")


def test_subjects_that_cannot_be_are_refused(pack: Pack) -> None:
    assert _both(pack, {0: SubjectHistory("Person", {})}) == ("0 is no number of a subject.", "subject 0")
    assert _both(pack, {2**63: SubjectHistory("Person", {})}) is not None
    assert _both(pack, {True: SubjectHistory("Person", {})}) is not None
    found = _both(pack, {1: SubjectHistory("Persona", {})})
    assert found == ("'Persona' is no kind of subject.", "subject 1")
    assert _both(pack, {1: SubjectHistory("Dog", {WAGE: [(BEGIN, 1)]})}) is not None


def test_the_widest_facts_are_taken(pack: Pack) -> None:
    tally = [(BEGIN, HIDDEN + 1), (0, 2**63 - 1), (END_OF_TIME - 1, UNKNOWN)]
    facts = {("Person.tally", 0): tally, BORN: [(BEGIN, BEGIN), (0, END_OF_TIME), (1, ABSENT)], WAGE: ()}
    assert _both(pack, {1: SubjectHistory("Person", facts)}) is None


@settings(max_examples=100, deadline=None)
@given(seed=SEEDS)
def test_by_column_and_by_row_the_same_is_refused(plain: Pack, seed: int) -> None:
    random = Random(seed)
    history = random_history(plain, seed)
    assert _both(plain, history) is None
    _both(plain, _spoiled(history, random))


ODD = [
    UNKNOWN,
    ABSENT,
    None,
    True,
    False,
    0,
    1,
    -4,
    2**31,
    2**63,
    HIDDEN,
    NONE,
    1.5,
    NAN,
    "red",
    "x" * 12,
    "",
    b"",
]


def _spoiled(history: History, random: Random) -> History:
    """With one odd value, start, member or name somewhere."""
    number = random.choice([n for n in history if history[n].facts])
    facts = dict(history[number].facts)
    key = random.choice(list(facts))
    segments: list[Any] = list(facts.pop(key)) or [(0, True)]
    at = random.randrange(len(segments))
    start, value = segments[at]
    way = random.randrange(4)
    if way == 0:
        segments[at] = (random.choice([start - 40, start + 40, BEGIN, 0, 2**31, 0.5, None]), value)
    if way == 1:
        segments[at] = (start, random.choice(ODD))
    if way == 2:
        key = (key[0], random.choice([0, 1, 11, -3, 2**63, True]))
    if way == 3:
        key = (
            random.choice(["Person.wage", "Bond.weight", "Dog.old", "Person.knows", "Person.died"]),
            key[1],
        )
    kind = history[number].kind
    return {**history, number: SubjectHistory(kind, {**facts, key: segments})}


GRANTED = '''@programme(
    "help.grant", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help"
)
def granted(person: Person) -> Enrolment | None:
    """A grant."""
    return Enrolment(provider="1") if person.married else None
'''


@pytest.mark.parametrize("days", [40, 60_000])
def test_evaluating_refuses_too(tmp_path: Path, days: int) -> None:
    """By the interpreter, and where there is much by the kernel."""
    small = law_packs.load(tmp_path / "pack", GRANTED)
    history = {1: SubjectHistory("Person", {("Person.married", 0): [(BEGIN, 1)]})}
    with pytest.raises(BadInput) as refused:
        evaluate.evaluate(small, history, 0, days)
    assert refused.value.detail == "From the beginning on: Person.married is 1."


def test_what_it_takes_is_said(pack: Pack) -> None:
    wage, rate = (pack.vocabulary.attribute(f"Person.{name}") for name in ("wage", "rate"))
    assert sound.takes(pack.vocabulary, wage).endswith("minor units, at least 0, at most 1000000000")
    assert sound.takes(pack.vocabulary, rate) == 'a decimal as a text, such as "9.8765", at least 1'
