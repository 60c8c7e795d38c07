"""Code for a shape asks nothing that the shape answers; bounds that do not hold are no bounds."""

from __future__ import annotations

import re
from pathlib import Path
from typing import cast

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
    text = generated(pack, PROGRAMME, Variant(shape=shape, once=True))
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
