"""What is told of waiting is what was seen, however looks and checkpoints come."""

from hypothesis import given
from hypothesis import strategies as st

from duly.ledger.lag import BOUNDS, Lag

LOOKS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 8), st.floats(0, 3)), max_size=40)


@given(LOOKS)
def test_the_oldest_that_is_not_covered_is_told_and_nobody_twice(looks: list[tuple[int, int, float]]) -> None:
    lag, now, entered, covered = Lag(), 0.0, 0, 0
    first_seen: dict[int, float] = {}
    for more, done, passed in looks:
        now, entered = now + passed, entered + more
        covered = min(entered, covered + done)
        for entry in range(entered - more, entered):
            first_seen[entry] = now
        lag.look(entered, covered, now)
        waiting = [first_seen[entry] for entry in range(covered, entered)]
        assert lag.lags().now == (now - min(waiting) if waiting else 0.0)
    told = lag.lags()
    assert told.covered <= len(looks)
    assert list(told.within) == sorted(told.within)
    assert all(many <= told.covered for many in told.within)


def test_what_was_covered_is_counted_within_its_bounds() -> None:
    lag = Lag()
    lag.look(3, 0, 0.0)
    lag.look(5, 0, 0.5)
    lag.look(5, 3, 0.9)
    lag.look(5, 5, 3.0)
    told = lag.lags()
    assert (told.now, told.covered) == (0.0, 2)
    assert round(told.seconds, 6) == 0.9 + 2.5
    assert dict(zip(BOUNDS, told.within, strict=True)) == {
        0.25: 0, 0.5: 0, 1.0: 1, 2.0: 1, 5.0: 2, 10.0: 2, 60.0: 2,
    }  # fmt: skip


def test_a_log_that_was_set_back_is_begun_anew() -> None:
    lag = Lag()
    lag.look(9, 4, 0.0)
    lag.look(5, 4, 7.0)
    assert lag.lags().now == 0.0
    lag.look(5, 4, 8.0)
    assert lag.lags().now == 1.0
