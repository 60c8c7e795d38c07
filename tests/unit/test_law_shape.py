"""Code for a shape asks nothing that the shape answers; bounds that do not hold are no bounds."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

from duly.law import Pack, columns, kernel
from duly.law.generate import Variant, generated
from duly.law.passes import all_within, offsets_of, ordered_offsets, within
from duly.law.plan import names_read
from duly.law.shape import Shape
from duly.timeline import Timelines, from_iso

BENCH = Path(__file__).parents[2] / "bench" / "packs" / "country_template"
PROGRAMME = "disposable_income"


def test_a_batch_that_never_changes_is_one_loop_of_plain_operations() -> None:
    pack = Pack.load(BENCH)
    names = names_read(pack, PROGRAMME)
    shape = Shape(steady=names, known=names, bounded=names, whole=names)
    text = generated(pack, PROGRAMME, Variant(shape=shape, once=True))
    driver = text[text.index("def drive(") :]
    asked = re.findall(r"\b(find|dated|plus|times|ratio_\w+|rounded|picked|agreed|decided\w*)\(", driver)
    assert asked == []
    assert driver.count(" for ") == 2


def _facts(pack: Pack, salary: Timelines) -> columns.Facts:
    lasting, people = Timelines.lasting, np.arange(3)
    return columns.given(
        pack,
        numbers={"Person": people + 1, "Household": np.array([9])},
        links={
            "Household.members": columns.Links(owners=np.zeros(3, np.int32), members=people.astype(np.int32))
        },
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


def test_owners_in_order_need_no_sorting() -> None:
    found = offsets_of(np.array([0, 0, 2, 2, 2], dtype=np.int32), 4, None)
    assert found is not None
    assert (found[0].tolist(), found[1]) == ([0, 2, 2, 5, 5], 3)
    assert offsets_of(np.array([1, 0], dtype=np.int32), 2, None) is None
    many = np.repeat(np.arange(30_000, dtype=np.int32), 2)
    large = offsets_of(many, 30_000, None)
    small = np.zeros(30_001, dtype=np.int64)
    assert ordered_offsets(many.tolist(), len(many), 30_000, small) == 3
    assert large is not None
    assert (large[0].tolist(), large[1]) == (small.tolist(), 2)


def test_bounds_hold_for_all_or_not_at_all() -> None:
    values = np.arange(60_000, dtype=np.int64)
    values[7] = -(2**63)
    assert within(values, 0, 59_999, None)
    assert not within(values, 1, 59_999, None)
    assert not within(values, 0, 59_998, None)
    assert all_within(values[:9].tolist(), 9, 0, 8, -(2**63)) == 1
    assert within(values[:9], 0, 8, None)
