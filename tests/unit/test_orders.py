"""The ten chains of the shared cases: lines, stops, numbers and codes exactly as they are expected."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from duly.cli.chains import ordered
from duly.delivery.orders import EMPTY, Chain, Period, after, live, reconcile

CASES = Path(__file__).parents[1] / "cases" / "norway-barnetrygd" / "orders.json"
CHAINS: list[dict[str, Any]] = json.loads(CASES.read_text())["chains"]


@pytest.mark.parametrize("case", CHAINS, ids=lambda case: case["id"])
def test_a_chain_is_ordered_as_expected(case: dict[str, Any]) -> None:
    rows, errors = ordered(case, anew=False)
    assert rows == case["expected_orders"]
    assert errors == case["expected_error_for"]


@pytest.mark.parametrize("case", [c for c in CHAINS if c["expected_simulation"]], ids=lambda case: case["id"])
def test_a_trial_run_stops_and_sends_the_whole_chain(case: dict[str, Any]) -> None:
    rows, _ = ordered(case, anew=True)
    assert rows == case["expected_simulation"]


def test_every_case_is_run() -> None:
    assert len(CHAINS) == 10
    assert any(c["expected_simulation"] for c in CHAINS)


def one(*periods: tuple[int, int | None, int]) -> Chain:
    wanted = [Period(*p) for p in periods]
    return after(EMPTY, wanted, reconcile(EMPTY, wanted, next_number=0))


def test_a_later_end_is_a_new_line_from_the_same_start() -> None:
    order = reconcile(one((5, 8, 700)), [Period(5, 10, 700)], next_number=1)
    assert order is not None
    assert order.stop is None
    assert [(x.number, x.previous, x.first, x.last) for x in order.lines] == [(1, 0, 5, 10)]


def test_a_new_grant_after_an_end_names_the_last_line_of_the_ended_chain() -> None:
    ended = one((5, 8, 700))
    ended = after(ended, [], reconcile(ended, [], next_number=1))
    order = reconcile(ended, [Period(9, None, 800)], next_number=4)
    assert order is not None
    assert order.stop is None
    assert order.lines[0].previous == 0
    assert order.lines[0].number == 4


def test_a_grant_of_nothing_is_never_sent() -> None:
    assert reconcile(EMPTY, [Period(5, 8, 0)], next_number=0) is None


def test_an_open_end_is_stopped_when_it_gets_an_end() -> None:
    chain = one((5, None, 700))
    order = reconcile(chain, [Period(5, 8, 700)], next_number=1)
    assert order is not None
    assert order.stop is not None
    assert order.stop.since == 9
    assert live(chain.lines, (order.stop,)) == (Period(5, 8, 700),)


def test_a_stretch_of_nothing_that_grows_stops_what_was_paid_in_it() -> None:
    chain = one((1, 1, 0), (2, 2, 500))
    order = reconcile(chain, [Period(1, 40, 0)], next_number=1)
    assert order is not None
    assert order.stop is not None
    assert order.stop.since == 1
    assert live(chain.lines, (order.stop,)) == ()
