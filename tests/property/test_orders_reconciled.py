"""Whatever was sent before, the chain comes to exactly what is granted; sent twice, it changes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from duly.delivery.orders import EMPTY, Chain, Period, after, live, reconcile

END = 40


@st.composite
def grants(draw: st.DrawFn) -> list[Period]:
    cuts = sorted(draw(st.sets(st.integers(0, END), max_size=6)))
    amounts = draw(st.lists(st.sampled_from([None, 0, 5, 7]), min_size=len(cuts), max_size=len(cuts)))
    ends: list[int | None] = [cut - 1 for cut in cuts[1:]]
    ends.append(draw(st.sampled_from([END, None])))
    return [Period(a, b, n) for a, b, n in zip(cuts, ends, amounts, strict=False) if n is not None]


def by_month(periods: Sequence[Period]) -> dict[int, int]:
    return {
        month: p.amount
        for p in periods
        if p.amount
        for month in range(p.first, (END + 5 if p.last is None else p.last) + 1)
    }


@settings(max_examples=400)
@given(st.lists(grants(), min_size=1, max_size=5))
def test_the_chain_comes_to_what_is_granted(decisions: list[list[Period]]) -> None:
    chain, number = EMPTY, 0
    for granted in decisions:
        order = reconcile(chain, granted, next_number=number)
        number += len(order.lines) if order else 0
        before, chain = chain, after(chain, granted, order)
        assert by_month(live(chain.lines, chain.stops)) == by_month(granted)
        assert chain.lines[: len(before.lines)] == before.lines
        assert reconcile(chain, granted, next_number=number) is None
    assert_linked(chain)


def assert_linked(chain: Chain) -> None:
    numbers = [line.number for line in chain.lines]
    assert numbers == sorted(set(numbers))
    assert [line.previous for line in chain.lines] == [None, *numbers][: len(numbers)]


@settings(max_examples=100)
@given(grants(), grants())
def test_a_trial_run_shows_the_same_months(one: list[Period], other: list[Period]) -> None:
    chain = after(EMPTY, one, reconcile(EMPTY, one, next_number=0))
    order = reconcile(chain, other, next_number=len(chain.lines), anew=True)
    trial = after(chain, other, order)
    assert by_month(live(trial.lines, trial.stops)) == by_month(other)
