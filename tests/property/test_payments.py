"""Paying twice pays once; whatever order corrections came in, the months come to what is live."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from duly.delivery.orders import Period
from duly.delivery.payments import Month, balance, booked, last_payable, next_pay_day
from duly.timeline import from_iso, month_index

END = 30


@st.composite
def lives(draw: st.DrawFn) -> tuple[Period, ...]:
    cuts = sorted(draw(st.sets(st.integers(0, END), max_size=5)))
    amounts = draw(st.lists(st.sampled_from([0, 5, 7]), min_size=len(cuts), max_size=len(cuts)))
    ends: list[int | None] = [cut - 1 for cut in cuts[1:]]
    ends.append(draw(st.sampled_from([END, None])))
    return tuple(Period(a, b, n) for a, b, n in zip(cuts, ends, amounts, strict=False) if n)


spans = st.lists(st.tuples(st.integers(0, END), st.integers(0, END)), max_size=2).map(
    lambda rows: tuple((a, b) for a, b in rows if a < b)
)


def owed(live: tuple[Period, ...], month: int) -> int:
    return sum(p.amount for p in live if p.first <= month and (p.last is None or month <= p.last))


@settings(max_examples=200)
@given(st.lists(st.tuples(lives(), spans, st.integers(0, END)), min_size=1, max_size=5))
def test_months_are_never_paid_twice(
    runs: list[tuple[tuple[Period, ...], tuple[tuple[int, int], ...], int]],
) -> None:
    paid, ledger = (), dict[int, int]()
    for live, suspended, last_month in runs:
        found = balance(live, paid, (), suspended, last_month)
        paid = booked(paid, found.payable)
        for month in found.payable:
            ledger[month.month] = ledger.get(month.month, 0) + month.amount
        for month in range(last_month + 1):
            held = any(a <= month < b for a, b in suspended)
            assert held or ledger.get(month, 0) >= owed(live, month)
        assert balance(live, paid, (), suspended, last_month).payable == ()
        over = {m.month: m.amount for m in balance(live, paid, (), suspended, last_month).overpaid}
        for month in range(last_month + 1):
            assert max(ledger.get(month, 0) - owed(live, month), 0) == over.get(month, 0)


def test_what_was_decided_about_an_overpayment_is_not_asked_again() -> None:
    live, paid = (Period(1, 2, 5),), ((1, 7), (3, 0))
    found = balance(live, paid, (), (), 4)
    assert found.overpaid == (Month(1, 2), Month(2, 2))
    assert balance(live, paid, booked((), found.overpaid), (), 4).overpaid == ()


def test_a_suspended_month_is_not_paid_and_no_debt_until_it_is_released() -> None:
    live, paid = (Period(1, None, 5),), ((1, 5), (3, 0))
    assert balance(live, paid, (), ((2, 9),), 4).payable == ()
    assert balance(live, paid, (), ((2, 9),), 4).overpaid == ()
    assert balance(live, paid, (), (), 4).payable == (Month(3, 5), Month(4, 5))


def test_the_pay_day_of_a_month() -> None:
    assert last_payable(from_iso("2025-03-27"), 28) == month_index(from_iso("2025-02-01"))
    assert last_payable(from_iso("2025-03-28"), 28) == month_index(from_iso("2025-03-01"))
    assert next_pay_day(from_iso("2025-03-28"), 28) == from_iso("2025-04-28")
    assert next_pay_day(from_iso("2025-03-27"), 28) == from_iso("2025-03-28")
