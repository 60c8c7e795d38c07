"""An allowance refills steadily, is each holder's own, and never gives more than it says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from duly.errors import TooOften
from duly.web.allowance import MOST, Allowances, Door, address_of

EACH = dict.fromkeys(Door, 10)


class Time:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(allowances: Allowances, who: str) -> bool:
    try:
        allowances.take(Door.PAGE, who)
    except TooOften:
        return False
    return True


def test_one_who_has_used_it_up_is_told_when_to_come_back_and_then_may() -> None:
    time = Time()
    allowances = Allowances(EACH, time)
    assert [taken(allowances, "a") for _ in range(11)] == [True] * 10 + [False]
    with pytest.raises(TooOften) as refused:
        allowances.take(Door.PAGE, "a")
    time.now += refused.value.seconds
    assert taken(allowances, "a")


def test_nobody_uses_up_anothers_nor_another_doors() -> None:
    allowances = Allowances(EACH, Time())
    while taken(allowances, "a"):
        pass
    assert taken(allowances, "b")
    allowances.take(Door.SIGN_IN, "a")


@given(st.lists(st.floats(min_value=0, max_value=30), min_size=1, max_size=200))
def test_in_no_stretch_of_time_is_more_given_than_the_allowance_and_what_refilled(waits: list[float]) -> None:
    time = Time()
    allowances = Allowances(EACH, time)
    given_at: list[float] = []
    for wait in waits:
        time.now += wait
        if taken(allowances, "a"):
            given_at.append(time.now)
    for first, began in enumerate(given_at):
        for last, ended in enumerate(given_at[first:], first):
            assert last - first + 1 <= 10 + (ended - began) / 6 + 1e-6


def test_however_many_ask_only_so_many_are_remembered() -> None:
    allowances = Allowances(EACH, Time())
    for number in range(MOST + 10):
        allowances.take(Door.PAGE, str(number))
    assert len(allowances._purses) == MOST


@pytest.mark.parametrize(
    ("peer", "forwarded", "who"),
    [
        ("203.0.113.7", "", "203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", "203.0.113.7"),
        ("10.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "192.0.2.66, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", "198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", "", "10.0.0.1"),
        ("2001:db8:1:2:3:4:5:6", "", "2001:db8:1:2::/64"),
        ("testclient", "", "testclient"),
    ],
)
def test_only_a_proxy_of_ours_says_who_asked(peer: str, forwarded: str, who: str) -> None:
    assert address_of(peer, forwarded, {"10.0.0.1", "10.0.0.2"}) == who
