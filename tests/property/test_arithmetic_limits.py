"""Where a number does not fit, or something is divided by zero, no evaluator gives a wrong one.

Interpreter and kernel are unknown at the same places, the kernel with the reason; what they know is what
plain Python says, which has numbers of any size.
"""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.law import UNKNOWN, History, Pack, SubjectHistory, World, columns, interpret, kernel, plain, scalars
from duly.law.situation import NotKnown
from duly.timeline import BEGIN

LARGEST = 2**63 - 1
EDGES = [0, 0, 1, -1, 2, 3, 10**9, 2**31, 2**32, 2**62, -(2**62), LARGEST, LARGEST - 1, 1 - LARGEST]
NUMBERS = st.one_of(st.sampled_from(EDGES), st.integers(1 - LARGEST, LARGEST), st.integers(-99, 99))
THREE = st.tuples(NUMBERS, NUMBERS, NUMBERS)
ATTRIBUTES = "".join(
    f'    {name}: int = attribute("money", register="town", purposes={{HELP}})\n' for name in "abc"
)
VOCABULARY = law_packs.VOCABULARY.replace("    born: Day", f"{ATTRIBUTES}    born: Day")
LAW = '''from duly.law import ratio


@programme("x", agency="office", law="§ 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def granted(person: Person) -> Grant | None:
    """A grant."""
    found = {}
    return Grant(rate=kroner(1), percent=found, before=kroner(1), amount=kroner(1), override=Colour.RED)
'''
ROUNDINGS = ["HALF_UP", "HALF_EVEN", "DOWN", "UP"]


def number(random: Random, depth: int) -> str:
    """A whole number of the language, as it is written."""
    if depth == 0:
        return random.choice(["person.a", "person.b", "person.c", "person.a", "person.b", "3", "100"])
    one, other = number(random, depth - 1), number(random, random.randrange(depth))
    ways = [f"({one} {op} {other})" for op in ("+", "-", "*", "*", "//", "%")]
    ways += [f"min({one}, {other})", f"max({one}, {other})", f"-(0 + {one})"]
    ways += [f"round_to({quotient(random, depth)}, {random.choice([1, 7])}, {random.choice(ROUNDINGS)})"] * 3
    test = f"{quotient(random, depth)} {random.choice(['<', '>=', '=='])} {quotient(random, 1)}"
    ways += [f"({one} if {test} else {other})"]
    return random.choice(ways)


def quotient(random: Random, depth: int) -> str:
    one, other = number(random, random.randrange(depth)), number(random, 0)
    if depth > 1 and random.random() < 0.4:
        return f"({quotient(random, depth - 1)} {random.choice('+-*/')} {quotient(random, 1)})"
    return f"ratio({one}, {other})"


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("limits")


def _history(facts: list[tuple[int, int, int]]) -> History:
    return {
        at: SubjectHistory(
            "Person", {(f"Person.{n}", 0): [(BEGIN, v)] for n, v in zip("abc", row, strict=True)}
        )
        for at, row in enumerate(facts, start=1)
    }


def _by_kernel(pack: Pack, history: History, *, fast: bool = False) -> list[tuple[Any, int]]:
    """The percentage (or what else is due) and the reason, of each person."""
    facts = columns.build(pack, history)
    keys = columns.keys(pack, "x", facts)
    ends = (keys.holders, keys.abouts, keys.links)
    grants = kernel.evaluate(pack, "x", facts, *ends, known_at=None, first=0, last=1, fast=fast, kept=None)
    due = [kernel.decoded(pack, "x", grants, row)[0][1] for row in range(len(keys))]
    return [(found, int(reason)) for found, reason in zip(due, grants.reasons, strict=True)]


def _plainly(pack: Pack, world: World, person: int) -> Any:
    try:
        return plain.value(pack, "x", world, person, person, 0)
    except (ZeroDivisionError, NotKnown):
        return UNKNOWN


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 2**32), facts=st.lists(st.tuples(NUMBERS, NUMBERS, NUMBERS), min_size=8, max_size=8)
)
def test_no_number_is_wrong(directory: Path, seed: int, facts: list[tuple[int, int, int]]) -> None:
    written = number(Random(seed), 3)
    pack = law_packs.load(directory / str(seed), LAW.format(written), vocabulary=VOCABULARY)
    history = _history(facts)
    world = World(pack, history)
    for person, (found, reason) in enumerate(_by_kernel(pack, history), start=1):
        assert found == interpret.value(pack, "x", world, person, person, 0), (written, facts[person - 1])
        if found is UNKNOWN:
            assert reason in (scalars.OVERFLOW, scalars.DIVIDED_BY_ZERO), written
        else:  # plain Python has no answer where both ways of an unknown test agree
            assert _plainly(pack, world, person) in (found, UNKNOWN), (written, facts[person - 1])


@pytest.mark.parametrize(
    ("written", "facts", "known"),
    [
        ("person.a + person.b", (LARGEST, 1, 0), False),
        ("person.a - person.b", (1 - LARGEST, 2, 0), False),
        ("person.a * person.b", (2**32, 2**31, 0), False),
        ("person.a * person.b", (LARGEST, 0, 0), True),
        ("person.a // person.b", (7, 0, 0), False),
        ("person.a % person.b", (7, 0, 0), False),
        ("round_to(ratio(person.a, person.b), 1, DOWN)", (7, 0, 0), False),
        ("round_to(ratio(person.a, person.b) * person.b, 1, DOWN)", (LARGEST, 3, 0), True),
        (
            "round_to(ratio(person.a, person.b) + ratio(person.b, person.c), 1, DOWN)",
            (1, LARGEST, LARGEST - 1),
            False,
        ),
        (
            "1 if ratio(person.a, person.b) < ratio(person.b, person.c) else 2",
            (LARGEST, LARGEST - 1, LARGEST - 2),
            False,
        ),
        ("0 * (person.a // person.b)", (7, 0, 0), False),
        ("1 if person.c == 0 else person.a // person.c", (7, 0, 0), True),
        ("1 if person.c == 0 or person.a // person.c == 1 else 2", (7, 0, 0), True),
    ],
)
def test_limits(directory: Path, written: str, facts: tuple[int, int, int], known: bool) -> None:
    pack = law_packs.load(directory / f"{hash(written)}", LAW.format(written), vocabulary=VOCABULARY)
    ((found, reason),) = _by_kernel(pack, _history([facts]))
    assert (found is not UNKNOWN) is known
    assert (reason < 0) is not known
    assert found == interpret.value(pack, "x", World(pack, _history([facts])), 1, 1, 0)


@pytest.mark.parametrize(
    ("written", "facts", "known"),
    [
        ("1 if today() + person.a > today() else 2", (2**62, 0, 0), False),
        ("1 if today() + person.a > today() else 2", (2**33, 0, 0), True),
        ("1 if add_days(today() + person.a, 1) > today() else 2", (LARGEST - 9, 0, 0), False),
        ("1 if add_years(today() + person.a, 9000000, leap=UP) > today() else 2", (0, 0, 0), True),
        ("1 if on(today() + person.a, lambda: person.b) == 0 else 2", (-(2**50), 0, 0), False),
        (
            "1 if on(today() + person.a, lambda: this_month.last(lambda: person.b)) == 0 else 2",
            (2**39, 0, 0),
            True,
        ),
        (
            "1 if add_months(add_days(today(), -9999999) - person.a, 7, leap=DOWN) < today() else 2",
            (2**40, 0, 0),
            False,
        ),
    ],
)
@pytest.mark.parametrize("fast", [False, True])
def test_days_that_no_calendar_reaches(
    directory: Path, written: str, facts: tuple[int, int, int], known: bool, fast: bool
) -> None:
    name = directory / f"day{abs(hash(written))}"
    pack = law_packs.load(name, LAW.format(written), vocabulary=VOCABULARY)
    history = _history([facts])
    ((found, reason),) = _by_kernel(pack, history, fast=fast)
    assert (found is not UNKNOWN) is known
    assert (reason < 0) is not known
    assert found == interpret.value(pack, "x", World(pack, history), 1, 1, 0)
