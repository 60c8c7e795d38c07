"""What holds of an event that is corrected and cancelled: the same for any order of arrival."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from duly.events import Told, standing


def told(key: int, names: int | None, action: str, time: int = 0) -> Told:
    return Told(bytes([key]), None if names is None else bytes([names]), action, time, f"id-{key}")


@st.composite
def families(draw: st.DrawFn) -> list[Told]:
    """A first message and up to 8 that each name an earlier one."""
    family = [told(0, None, "create", draw(st.integers(0, 2)))]
    for key in range(1, draw(st.integers(1, 9))):
        names = draw(st.integers(0, key - 1))
        actions = ["cancel"] if family[names].action == "cancel" else ["cancel", "correct"]
        family.append(told(key, names, draw(st.sampled_from(actions)), draw(st.integers(0, 2))))
    return family


def by_the_rule(at: Told, family: list[Told]) -> bytes | None:
    """The latest of those that name it, unless it was cancelled itself, decides."""
    later = sorted((t for t in family if t.names == at.key), key=lambda t: (t.time, t.id), reverse=True)
    for one in later:
        holds = by_the_rule(one, family)
        if holds is not None:
            return None if one.action == "cancel" else holds
    return at.key


@settings(max_examples=500, deadline=None)
@given(families().flatmap(lambda family: st.tuples(st.just(family), st.permutations(family))))
def test_any_order_gives_what_the_rule_says(pair: tuple[list[Told], list[Told]]) -> None:
    family, shuffled = pair
    assert standing(shuffled) == by_the_rule(family[0], family)


def test_a_long_chain_of_corrections_ends_at_the_last() -> None:
    chain = [Told(b"0", None, "create", 0, "0")]
    chain += [Told(b"%d" % n, b"%d" % (n - 1), "correct", 0, str(n)) for n in range(1, 5000)]
    assert standing(chain) == b"4999"


def test_what_names_nothing_that_is_there_does_not_count() -> None:
    assert standing([told(0, None, "create"), told(1, 9, "cancel")]) == bytes([0])
    assert standing([]) is None
