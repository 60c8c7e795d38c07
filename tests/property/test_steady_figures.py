"""However often a change is run dry, what is published of two runs differs by nobody or by enough people."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from duly.reform.figures import BANDS, FORMAT, OUTCOMES, SMALLEST, Figures, Outcome, Tally, band_of, bands
from duly.reform.steady import steady

PEOPLE = st.lists(st.tuples(st.sampled_from(OUTCOMES), st.integers(1, 40)), max_size=40)
RUNS = st.lists(PEOPLE, min_size=2, max_size=5)


def outcome(kind: str, kroner: int) -> Outcome:
    year = {"gain": kroner, "lose": -kroner}.get(kind, 0) * 1200
    return Outcome(
        year=year,
        back=0,
        higher=kind in ("gain", "both"),
        lower=kind in ("lose", "both"),
        other=kind == "other",
        unknown=kind == "unknown",
        reasons=frozenset(),
        takes=False,
    )


def figures(people: list[tuple[str, int]], change: int = 1) -> Figures:
    tally, counted = Tally(), Counter[int]()
    for kind, kroner in people:
        tally.add(outcome(kind, kroner))
        if kind in ("gain", "lose"):
            counted[band_of(Fraction(kroner if kind == "gain" else -kroner))] += 1
    row = tally.row("a")
    return Figures(
        format=FORMAT, pack="p", change=change, old="o", new="n", effective="2026-01-01", on="2025-01-01",
        currency="NOK", smallest=SMALLEST, share="1/100", holds=False, everybody=row, programmes=(row,),
        bands=bands(counted), reasons={},
    )  # fmt: skip


def apart(one: int | None, other: int | None) -> bool:
    """Whether the two say of nobody, or of enough, that something happened."""
    if one is None or other is None:
        told = other if one is None else one
        return told is None or told == 0 or told >= 2 * SMALLEST - 1
    return one == other or abs(one - other) >= SMALLEST


@given(RUNS)
def test_two_runs_tell_of_nobody_or_of_enough(runs: list[list[tuple[str, int]]]) -> None:
    published: Figures | None = None
    for people in runs:
        before, published = published, steady(published, figures(people))
        if before is None:
            continue
        pairs = [(before.everybody, published.everybody), (before.programmes[0], published.programmes[0])]
        for was, row in pairs:
            moved = [name for name in OUTCOMES if getattr(was, name) != getattr(row, name)]
            assert all(apart(getattr(was, name), getattr(row, name)) for name in OUTCOMES)
            if not set(moved) & {"gain", "lose", "both"}:
                assert (was.gained, was.lost, was.back) == (row.gained, row.lost, row.back)
        for was_band, band in zip(before.bands, published.bands, strict=True):
            assert band.people is None or apart(was_band.people, band.people)


@given(PEOPLE, st.sampled_from(OUTCOMES))
def test_one_person_more_shows_only_where_there_was_nobody(people: list[tuple[str, int]], kind: str) -> None:
    before = figures(people).everybody
    after = steady(figures(people), figures([*people, (kind, 7)])).everybody
    changed = {name for name in OUTCOMES if getattr(before, name) != getattr(after, name)}
    assert changed <= {kind}
    assert not changed or getattr(before, kind) == 0
    assert changed or after == before


@given(PEOPLE, PEOPLE)
def test_another_change_is_told_as_it_is(
    people: list[tuple[str, int]], others: list[tuple[str, int]]
) -> None:
    assert steady(figures(people, change=2), figures(others)) == figures(others)


def test_a_figure_that_many_moved_is_told_as_it_is() -> None:
    before, now = figures([("gain", 10)] * 20), figures([("gain", 10)] * 30)
    assert steady(before, now) == now
    assert len(BANDS) == len(now.bands)
