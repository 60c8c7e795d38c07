"""A conflict of law is found from the day on which it shows, whatever turns then: no day is tried in vain."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import LAST, random_history
from law_exceptions import OTHERS, random_law

from duly.entitlements.due import Batch, Law
from duly.law import History, Pack, SubjectHistory, World, keys
from duly.law.blame import clashes
from duly.law.interpret import Interpreter
from duly.timeline import BEGIN, from_iso

SEEDS = st.integers(0, 300)
SOME_DAY = from_iso("2024-01-05")


@cache
def pack_of(seed: int) -> Pack:
    return law_packs.load(Path(mkdtemp()), random_law(seed, OTHERS))


def batch_of(pack: Pack, history: History) -> Batch:
    """What is due to everybody, without machine code."""
    batch = Batch(Law(pack=pack, cache=None, fast=False, processors=1), history, LAST)
    batch.due("due", list(history))
    return batch


def torn(pack: Pack, history: History, holder: int, about: int) -> list[int]:
    """Day by day: those from SOME_DAY on on which reading the law aloud shows a conflict."""
    interpreter = Interpreter(pack, World(pack, history), LAST)
    due = pack.programme("due")
    return [d for d in range(SOME_DAY, LAST) if clashes(interpreter, due, holder, about, d)]


@settings(max_examples=100, deadline=None)
@given(law=SEEDS, facts=st.integers(0, 2**32))
def test_a_conflict_is_found_from_its_first_day(law: int, facts: int) -> None:
    pack, history = pack_of(law), random_history(pack_of(0), facts, strangers=False)
    batch = batch_of(pack, history)
    for pair in keys(pack, "due", history):
        days = torn(pack, history, *pair)
        spans, said = batch.conflict("due", pair, SOME_DAY)
        shown = [start for start, _ in spans if start < LAST]
        assert shown[:1] == days[:1]
        assert bool(said) == bool(spans)
        assert all(any(start <= day < end for start, end in spans) for day in days)


def test_laws_that_are_drawn_conflict_on_days_that_are_no_fact_of_the_holder() -> None:
    """The property above says nothing if every conflict begins on the first day, or with a month."""
    found = set[int]()
    for seed in range(80):
        pack, history = pack_of(seed), random_history(pack_of(0), seed, strangers=False)
        for pair in keys(pack, "due", history):
            own = {start for spans in history[pair[0]].facts.values() for start, _ in spans}
            found |= {*torn(pack, history, *pair)[:1]} - own - {SOME_DAY}
    assert found - {from_iso("2024-02-01"), from_iso("2024-03-01")}


LAW = '''@rule(law="Act § 1")
def amount(person: Person) -> Money | None:
    """The amount."""
    return person.wage


@rule(law="Act § 2")
def turned(person: Person) -> bool:
    """Turned."""
    return CONDITION


@rule(law="Act § 2")
def wed(person: Person) -> bool:
    """Married since."""
    return person.married and turned(person)


@exception(to=amount, when=wed, law="Act § 3")
def more(person: Person) -> Money | None:
    """More."""
    return kroner(200)


@exception(to=amount, when=turned, law="Act § 4")
def less(person: Person) -> Money | None:
    """Less."""
    return kroner(50)


@programme("due", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def due(person: Person) -> Grant | None:
    """What is due."""
    found = amount(person)
    if found is None:
        return None
    return Grant(rate=found, percent=100, before=found, amount=found, override=Colour.RED)
'''
TURNS = [
    ("a member's fact", "any(other.home == '0301' for other, _ in person.knows)"),
    ("an age", "not under(person.born, 4, leap=UP)"),
    ("a rate", "rates.LATE is not None"),
]


@pytest.mark.parametrize("condition", [test for _, test in TURNS], ids=[name for name, _ in TURNS])
def test_what_turns_in_the_middle_of_a_month_is_found(tmp_path: Path, condition: str) -> None:
    """Before it, the wage is lacking."""
    pack = law_packs.load(tmp_path, LAW.replace("CONDITION", condition))
    middle = from_iso("2024-01-15")
    holder = {
        ("Person.married", 0): ((BEGIN, True),),
        ("Person.born", 0): ((BEGIN, from_iso("2020-01-15")),),
        ("Bond.present", 2): ((BEGIN, True),),
    }
    other = {("Person.home", 0): ((BEGIN, "5501"), (middle, "0301"))}
    history = {n: SubjectHistory("Person", facts) for n, facts in ((1, holder), (2, other))}
    (first, *_), said = batch_of(pack, history).conflict("due", (1, 1), SOME_DAY)
    assert first[0] == middle
    for word in ("More.", "Act § 3", "Less.", "Act § 4"):
        assert word in said
