"""Places are ordered when their day has come, and again only where they differ."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from duly.delivery.enrolments import Place, enrolment_orders, next_start

END = 20


@st.composite
def places(draw: st.DrawFn) -> tuple[Place, ...]:
    starts = sorted(draw(st.sets(st.integers(0, END), max_size=5)))
    found: list[Place] = []
    for start in starts:
        provider = draw(st.sampled_from([None, 1, 2]))
        if (found[-1].provider if found else None) != provider:
            found.append(Place(start, provider))
    return tuple(found)


def at(sent: tuple[Place, ...], day: int) -> int | None:
    holding = [place.provider for place in sent if place.start <= day]
    return holding[-1] if holding else None


def followed(sent: tuple[Place, ...], orders: tuple[Place, ...]) -> tuple[Place, ...]:
    """What an office that carries out the orders has: an order holds from its day on, over all before it."""
    for order in orders:
        sent = (*(place for place in sent if place.start < order.start), order)
    return sent


@settings(max_examples=200)
@given(st.lists(st.tuples(places(), st.integers(0, END)), min_size=1, max_size=4))
def test_an_office_that_follows_the_orders_has_what_stands(
    decided: list[tuple[tuple[Place, ...], int]],
) -> None:
    sent: tuple[Place, ...] = ()
    office: tuple[Place, ...] = ()
    for wanted, today in sorted(decided, key=lambda one: one[1]):
        orders = enrolment_orders(sent, wanted, today)
        office = followed(office, orders)
        sent = tuple(place for place in wanted if place.start <= today)
        for day in range(today + 1):
            assert at(office, day) == at(wanted, day)
        assert enrolment_orders(sent, wanted, today) == ()


def test_a_place_to_come_is_ordered_on_its_day() -> None:
    wanted = (Place(3, 1), Place(9, 2))
    assert enrolment_orders((), wanted, 5) == (Place(3, 1),)
    assert next_start(wanted, 5) == 9
    assert enrolment_orders((Place(3, 1),), wanted, 9) == (Place(9, 2),)


def test_a_place_that_no_longer_stands_is_given_back() -> None:
    assert enrolment_orders((Place(3, 1),), (), 5) == (Place(3, None),)
