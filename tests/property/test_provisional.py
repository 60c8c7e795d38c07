"""What is not provisional stands whatever the rates will be; where no rate plays a part, nothing is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from random import Random
from types import MappingProxyType
from typing import Any

import law_packs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel_rules import FIRST, LAST, random_history, random_pack
from law_histories import family

from duly.errors import BadInput
from duly.law import UNKNOWN, Pack, SubjectHistory, World, evaluate, money, provisional, rates
from duly.law.rates import RateEntry, RateTable
from duly.timeline import BEGIN, from_iso, to_iso

SEEDS = st.integers(0, 2**32)
NORWAY = Pack.load("norway")


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return law_packs.load(tmp_path_factory.mktemp("small"), law_packs.rule("return person.married"))


def _settled_until(pack: Pack, random: Random) -> Pack:
    """With rates that are settled until some day of those that are looked at."""
    tables = {
        name: replace(table, settled=random.randrange(max(FIRST, table.entries[-1].start), LAST + 40))
        for name, table in pack.rates.items()
        if table.entries[-1].amount is not None and table.entries[-1].start < LAST
    }
    return replace(pack, rates=MappingProxyType({**pack.rates, **tables}))


def _set_anew(pack: Pack, random: Random) -> Pack:
    """With amounts for the days on which rates ran on."""
    return replace(pack, rates=MappingProxyType({n: _anew(t, random) for n, t in pack.rates.items()}))


def _anew(table: RateTable, random: Random) -> RateTable:
    start = table.provisional_from()
    last = table.entries[-1].amount
    if start is None or last is None or last is UNKNOWN:
        return table
    amount = last * random.choice([0, 2, 3])
    return replace(table, entries=(*table.entries, RateEntry(start=start, amount=amount, known=BEGIN)))


def _days(found: list[evaluate.Due], first: int, last: int) -> dict[Any, Any]:
    """By key and day: unknown, provisional, values."""
    return {
        (due.holder, due.programme, due.about, day): (due.unknown, due.provisional, due.values)
        for due in found
        for day in range(max(due.first, first), min(due.end, last), 5)
    }


@settings(max_examples=60, deadline=None)
@given(seed=SEEDS)
def test_what_is_not_provisional_stands_whatever_is_set(small: Pack, seed: int) -> None:
    random = Random(seed)
    pack, history = _settled_until(random_pack(small, seed), random), random_history(small, seed)
    now = _days(evaluate.evaluate(pack, history, FIRST, LAST), FIRST, LAST)
    then = _days(evaluate.evaluate(_set_anew(pack, random), history, FIRST, LAST), FIRST, LAST)
    for place, (unknown, unsure, values) in now.items():
        assert not (unknown and unsure)
        if not unknown and not unsure:
            assert then[place][2] == values, place


@settings(max_examples=10, deadline=None)
@given(seed=SEEDS)
def test_norways_rates_run_on_after_their_year(seed: int) -> None:
    history = family(NORWAY, seed, unknown=False)
    first, last = from_iso("2025-01-01"), from_iso("2029-01-01")
    for due in evaluate.evaluate(NORWAY, history, first, last):
        amount = "rate" in due.values
        after = due.first >= from_iso("2027-02-01")
        assert due.provisional is (amount and after and not due.unknown), (due, to_iso(due.first))
        unset = provisional.unset_from(NORWAY, due.programme, None)
        assert unset == (from_iso("2027-02-01") if amount else None) or due.unknown


@pytest.mark.parametrize(
    ("declared", "begins"),
    [
        ({"entries": {"": 1}}, None),
        ({"entries": {"": 1, "2024-03-01": 2}}, "2025-03-01"),
        ({"entries": {"": 1, "2024-03-01": 2}, "settled": "2024-12-31"}, "2025-01-01"),
        ({"entries": {"": 1}, "settled": "2024-12-31"}, "2025-01-01"),
        ({"entries": {"": 1, "2024-03-01": rates.END}}, None),
        ({"entries": {"": 1, "2024-03-01": rates.END}, "settled": "2024-12-31"}, None),
        ({"entries": {"2024-02-29": 1}, "begins": "2024-02-29"}, "2025-02-28"),
    ],
)
def test_a_rate_is_settled_as_far_as_it_says_or_for_a_year(
    declared: dict[str, Any], begins: str | None
) -> None:
    found: Any = rates.rate("x", source="Act § 1", **_money(declared))
    start = found.table.provisional_from()
    assert (start if start is None else to_iso(start)) == begins


def test_what_became_known_later_settles_nothing_before() -> None:
    entries = _money({"entries": {"": 1, "2024-01-01": 2, "2025-01-01": 3}})["entries"]
    found: Any = rates.rate(
        "x", source="§", entries=entries, known={"2025-01-01": "2024-12-01"}, settled="2026-06-30"
    )
    table: RateTable = found.table
    assert [table.provisional_from(from_iso(day)) for day in ("2024-11-30", "2024-12-01")] == [
        from_iso("2025-01-01"),
        from_iso("2026-07-01"),
    ]


def _money(declared: dict[str, Any]) -> dict[str, Any]:
    entries = {d: money.kroner(a) if isinstance(a, int) else a for d, a in declared["entries"].items()}
    return {**declared, "entries": entries}


@pytest.mark.parametrize(
    ("declared", "title"),
    [
        ({"entries": {"": 1, "2024-03-01": 2}, "settled": "2024-02-01"}, "A rate settled before it begins"),
        ({"entries": {"": 1}, "settled": "soon"}, "Not a date"),
        ({"entries": {"": 1}, "known": {"2024-01-01": "2023-12-01"}}, "Known of no entry"),
        ({"entries": {"": 2**62}}, "A rate that does not fit"),
    ],
)
def test_what_a_rate_cannot_say_is_refused(declared: dict[str, Any], title: str) -> None:
    with pytest.raises(BadInput) as refused:
        rates.rate("x", source="Act § 1", **_money(declared))
    assert (refused.value.title, refused.value.where) == (title, "x")
    assert refused.value.hint


RATES = '''"""Rates."""

from duly.law import END, kroner, rate, table

from .vocabulary import Colour

PLAIN = rate("plain", source="Act § 1", entries={"": kroner(100), "2024-02-01": kroner(110)})
BY = table(
    "by", source="Act § 2", settled="2024-06-30",
    entries={"2023-01-01": {Colour.RED: kroner(1), Colour.GREEN: kroner(2), Colour.BLUE: kroner(3)}},
    begins="2023-01-01",
)
'''
GIVEN = "Grant(rate={0}, percent=100, before={0}, amount={0}, override=Colour.RED)"
LAW = f'''@programme("x", agency="office", law="§ 1", every=MONTH, delivery=AUTOMATIC, purpose="help")
def granted(person: Person) -> Grant | None:
    """A grant."""
    if this_month.first(lambda: person.married):
        return {GIVEN.format("rates.PLAIN")}
    amount = rates.BY[this_month.first(lambda: person.colour)]
    return None if amount is None else {GIVEN.format("amount")}
'''


@pytest.mark.parametrize("people", [2, 80])
def test_a_table_runs_on_and_only_what_it_decides_is_marked(tmp_path: Path, people: int) -> None:
    """By the interpreter, and where there is much by the kernel."""
    pack = law_packs.load(tmp_path / "pack", LAW, rates=RATES)
    facts = {("Person.married", 0): [(BEGIN, False), (from_iso("2024-11-01"), True)]}
    history = {n: SubjectHistory("Person", facts) for n in range(1, 1 + people)}
    first, last = from_iso("2024-01-01"), from_iso("2026-01-01")
    found = [due for due in evaluate.evaluate(pack, history, first, last) if due.holder == 1]
    assert [(to_iso(d.first)[:7], d.provisional, d.values["amount"]) for d in found] == [
        ("2024-01", False, 100),
        ("2024-07", True, 100),
        ("2024-11", False, 11000),
        ("2025-02", True, 11000),
    ]


def test_from_when_on_it_is_provisional_is_found_without_looking_at_all_days(tmp_path: Path) -> None:
    pack = law_packs.load(tmp_path / "pack", LAW, rates=RATES)
    facts = {("Person.married", 0): [(BEGIN, False), (from_iso("2024-11-01"), True)]}
    world = World(pack, {1: SubjectHistory("Person", facts)})
    turns = [from_iso(day) for day in ("2024-01-01", "2024-11-01")]
    found = [provisional.begins(pack, "x", world, 1, 1, turns[at:]) for at in range(2)]
    assert [to_iso(day or 0) for day in found] == ["2024-07-01", "2025-02-01"]
    assert provisional.unset_from(pack, "x", None) == from_iso("2024-07-01")
