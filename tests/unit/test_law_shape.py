"""Code for a shape asks nothing that the shape answers; bounds that do not hold are no bounds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from numpy.typing import NDArray

from duly.errors import BadInput
from duly.law import Pack, columns, kernel
from duly.law.generate import Variant, generated
from duly.law.plan import names_read
from duly.law.shape import Shape
from duly.timeline import Timelines, from_iso

BENCH = Path(__file__).parents[2] / "bench" / "packs" / "country_template"
PROGRAMME = "disposable_income"


def test_a_batch_that_never_changes_is_one_loop_of_plain_operations() -> None:
    pack = Pack.load(BENCH)
    names = names_read(pack, PROGRAMME)
    shape = Shape(steady=names, known=names, bounded=names, whole=names)
    text = generated(pack, PROGRAMME, Variant(shape=shape, once=True, steps=False))
    driver = text[text.index("def drive(") :]
    asked = re.findall(r"\b(find|dated|plus|times|ratio_\w+|rounded|picked|agreed|decided\w*)\(", driver)
    assert asked == []
    assert driver.count(" for ") == 2
    assert re.findall(r"\n  if .*", driver) == [f"\n  if {rate_is_given(driver)} == 1:"]


def rate_is_given(driver: str) -> str:
    """The name that says whether there is a housing allowance: the only thing that a household jumps by."""
    (name,) = re.findall(r"\n  (\w+) = int64\(\w+ != NONE\)", driver)
    return str(name)


def _facts(pack: Pack, salary: Timelines, members: tuple[int, int, int] = (0, 1, 2)) -> columns.Facts:
    lasting, people, led = Timelines.lasting, np.arange(3), np.array(members, np.int32)
    return columns.given(
        pack,
        numbers={"Person": people + 1, "Household": np.array([9])},
        links={"Household.members": columns.Links(owners=np.zeros(3, np.int32), members=led)},
        columns={
            "Person.born": lasting(np.array([0, 3000, 16500])),
            "Person.salary": salary,
            "Person.capital_returns": lasting(np.zeros(3, np.int64)),
            "Membership.adult": lasting(np.array([1, 1, 0])),
            "Membership.present": lasting(np.ones(3, np.int64)),
            "Household.size": lasting(np.array([50])),
            "Household.rent": lasting(np.array([0])),
            "Household.occupancy": lasting(np.array([1])),
        },
    )


def _due(pack: Pack, facts: columns.Facts, *, shaped: int) -> list[tuple[int, object]]:
    keys = columns.keys(pack, PROGRAMME, facts)
    grants = kernel.evaluate(
        pack,
        PROGRAMME,
        facts,
        keys.holders,
        keys.abouts,
        keys.links,
        known_at=None,
        first=from_iso("2018-01-01"),
        last=from_iso("2018-02-01"),
        fast=False,
        shaped=shaped,
    )
    return kernel.decoded(pack, PROGRAMME, grants, 0)


def test_numbers_beyond_their_bounds_are_asked_about() -> None:
    """The bounds of the vocabulary are no promise: a column that breaks them gets code that asks."""
    pack = Pack.load(BENCH)
    for highest in (500_000, 2**61):
        facts = _facts(pack, Timelines.lasting(np.array([highest, 2**61, 0])))
        assert "Person.salary" not in columns.shape_of(pack, facts, None).bounded
        assert _due(pack, facts, shaped=0) == _due(pack, facts, shaped=2**60)
    facts = _facts(pack, Timelines.lasting(np.array([500_000, 0, 0])))
    assert "Person.salary" in columns.shape_of(pack, facts, None).bounded
    assert _due(pack, facts, shaped=0) == _due(pack, facts, shaped=2**60)


def test_links_that_lead_nowhere_are_refused() -> None:
    """Code reads what a link leads to without asking, so that a row that is not there must never be met."""
    pack, nothing = Pack.load(BENCH), Timelines.lasting(np.zeros(3, np.int64))
    for member in (3, -1, 2**31 - 1):
        with pytest.raises(BadInput, match="leads nowhere"):
            columns.heap(pack, _facts(pack, nothing, members=(0, 1, member)), None, None)


def test_columns_of_another_type_are_refused() -> None:
    """A float read as a whole number would be a wrong one."""
    pack = Pack.load(BENCH)
    for wrong in (np.array([0.0, np.nan, 1.0]), np.zeros(3, np.int32), np.zeros(3, np.uint64)):
        with pytest.raises(BadInput, match=r"Person\.salary"):
            _facts(pack, Timelines.lasting(cast("NDArray[np.int64]", wrong)))


def test_on_however_many_processors_the_same_is_due() -> None:
    pack, households = Pack.load(BENCH), 4_500
    random, lasting = np.random.default_rng(7), Timelines.lasting
    home = np.sort(random.integers(0, households, 2 * households)).astype(np.int32)
    people = np.arange(len(home), dtype=np.int64)
    batch: dict[str, Any] = {
        "numbers": {"Person": people, "Household": np.arange(households)},
        "links": {"Household.members": columns.Links(owners=home, members=people.astype(np.int32))},
        "columns": {
            "Person.born": lasting(random.integers(-13_000, 16_000, len(people))),
            "Person.salary": lasting(random.integers(0, 1_500_000, len(people))),
            "Person.capital_returns": lasting(random.integers(0, 9_000, len(people))),
            "Membership.adult": lasting(random.integers(0, 2, len(people))),
            "Membership.present": lasting(random.integers(0, 2, len(people))),
            "Household.size": lasting(random.integers(10, 200, households)),
            "Household.rent": lasting(random.integers(0, 200_000, households)),
            "Household.occupancy": lasting(random.integers(0, 4, households)),
        },
    }

    def due(**how: Any) -> kernel.Grants:
        facts = columns.given(pack, **batch)
        keys = columns.keys(pack, PROGRAMME, facts)
        ends, days = (keys.holders, keys.abouts, keys.links), {"first": 17532, "last": 17563}
        return kernel.evaluate(pack, PROGRAMME, facts, *ends, **days, known_at=None, kept=None, **how)

    plain = due(fast=False, shaped=2**60)
    for how in ({"processors": 1}, {"processors": 2}, {"processors": None}):
        for shaped in (450, 2**60):
            found = due(shaped=shaped, **how)
            assert found.starts.tolist() == plain.starts.tolist()
            assert np.array_equal(found.offsets, plain.offsets)
            assert np.array_equal(found.state, plain.state)
            assert np.array_equal(found.fields, plain.fields)
