"""Taking is not giving backwards: whatever changes, nobody loses a day that stood unless a human says so."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from duly.entitlements.decide import decide
from duly.entitlements.segments import (
    UNKNOWN,
    Answer,
    Due,
    Kind,
    Position,
    Reason,
    Terms,
    Value,
    Verdict,
)
from duly.entitlements.segments import value_at as at

FIRST, HORIZON, NEVER_DIES = 0, 40, 2**31 - 1
TERMS = Terms(amount=1, percent=0, machine=frozenset())
GRANTS: list[Value] = [(50, 5), (100, 10), (100, 12), (0, 0)]


@st.composite
def timelines(draw: st.DrawFn, *, unknown: bool = True) -> Due:
    starts = [FIRST, *sorted(draw(st.sets(st.integers(FIRST + 1, HORIZON - 1), max_size=5)))]
    choices: list[Value] = [None, *GRANTS, *([UNKNOWN] if unknown else [])]
    values = st.sampled_from(choices)
    steps: list[tuple[int, Value]] = []
    for start in starts:
        value = draw(values)
        if not steps or steps[-1][1] != value:
            steps.append((start, value))
    return tuple(steps)


def position(standing: Due, due: Due, **changes: object) -> Position:
    plain = Position(
        standing=standing,
        until=HORIZON,
        due=due,
        without_deaths=due,
        doubted=due,
        deceased_from=NEVER_DIES,
        suspended=(),
        answers=(),
        payable_from=FIRST,
        review="",
        review_all=False,
        paid_to=FIRST,
        contested=False,
        torn=(),
    )
    return msgspec.structs.replace(plain, **changes)


def one(standing: Due, due: Due, **changes: object) -> Verdict:
    return decide([position(standing, due, **changes)], TERMS, FIRST, HORIZON)[0]


def amount(value: Value) -> int:
    return value[1] if value else 0


def approved(verdict: Verdict, *, yes: bool = True) -> tuple[Answer, ...]:
    return tuple(
        Answer(s.start, s.end, s.after, yes) for s in verdict.waiting if s.waits is not Reason.MISSING
    )


@settings(max_examples=200)
@given(timelines(), timelines())
def test_gives_act_and_nothing_is_taken(standing: Due, due: Due) -> None:
    verdict = one(standing, due)
    for day in range(FIRST, HORIZON):
        was, now, law = at(standing, day), at(verdict.standing, day), at(due, day)
        assert amount(now) >= amount(was)
        if law and amount(law) >= amount(was):
            assert now == law
        if was and not law:
            assert now == was


@settings(max_examples=200)
@given(timelines(), timelines())
def test_deciding_twice_decides_once(standing: Due, due: Due) -> None:
    verdict = one(standing, due)
    again = one(verdict.standing, due)
    assert again.acted == ()
    assert again.waiting == verdict.waiting
    assert again.standing == verdict.standing


@settings(max_examples=200)
@given(timelines(), timelines())
def test_what_a_human_approves_acts_and_then_the_law_stands(standing: Due, due: Due) -> None:
    verdict = one(standing, due)
    after = one(verdict.standing, due, answers=approved(verdict))
    for day in range(FIRST, HORIZON):
        if at(due, day) != UNKNOWN:
            assert at(after.standing, day) == at(due, day)
    assert all(s.waits is Reason.MISSING for s in after.waiting)


@settings(max_examples=200)
@given(timelines(), timelines())
def test_what_a_human_answers_otherwise_stands_and_is_not_asked_again(standing: Due, due: Due) -> None:
    verdict = one(standing, due)
    after = one(verdict.standing, due, answers=approved(verdict, yes=False))
    assert after.standing == verdict.standing
    assert all(s.waits is Reason.MISSING for s in after.waiting)


@settings(max_examples=200)
@given(timelines(unknown=False), timelines(unknown=False), st.integers(FIRST, HORIZON))
def test_a_death_suspends_and_its_cancelling_undoes_everything(standing: Due, due: Due, died: int) -> None:
    before = one(standing, due)
    after_death = (*(step for step in due if step[0] < died), (died, None))
    suspended = one(
        before.standing, after_death, without_deaths=due, deceased_from=died, suspended=before.suspended
    )
    for day in range(died, HORIZON):
        assert at(suspended.standing, day) == at(before.standing, day)
    assert not any(s.kind in (Kind.STOPPED, Kind.LOWERED) for s in suspended.waiting if s.start >= died)
    back = one(suspended.standing, due, suspended=suspended.suspended)
    assert back.standing == before.standing
    assert back.suspended == ()
    assert back.waiting == before.waiting


@settings(max_examples=200)
@given(st.lists(st.tuples(timelines(), timelines()), min_size=2, max_size=3))
def test_no_day_passes_the_whole(pairs: Sequence[tuple[Due, Due]]) -> None:
    verdicts = decide([position(a, b) for a, b in pairs], TERMS, FIRST, HORIZON)
    for day in range(FIRST, HORIZON):
        before = sum(percent(at(standing, day)) for standing, _ in pairs)
        after = sum(percent(at(verdict.standing, day)) for verdict in verdicts)
        assert after <= max(100, before)


def percent(value: Value) -> int:
    return value[0] if value else 0


WHOLE, HALF, OTHER = (100, 10), (50, 5), (50, 5)


def test_a_switch_between_two_holders_waits_for_both_and_acts_for_both() -> None:
    mother, father = ((0, WHOLE),), ((0, None),)
    shared = [position(mother, ((0, WHOLE), (10, HALF))), position(father, ((0, None), (10, OTHER)))]
    verdicts = decide(shared, TERMS, FIRST, HORIZON)
    assert [v.acted for v in verdicts] == [(), ()]
    assert [v.waiting[0].waits for v in verdicts] == [Reason.TAKES, Reason.SHARED]
    answered = [
        msgspec.structs.replace(p, answers=approved(v)) for p, v in zip(shared, verdicts, strict=True)
    ]
    done = decide(answered, TERMS, FIRST, HORIZON)
    assert [at(v.standing, 10) for v in done] == [HALF, OTHER]


def test_a_successors_grant_starts_the_month_after_the_death_though_the_standing_remains() -> None:
    mother, father = ((0, WHOLE),), ((0, None),)
    dead = position(mother, ((0, WHOLE), (10, None)), without_deaths=mother, deceased_from=10, paid_to=12)
    successor = position(father, ((0, None), (10, WHOLE)))
    first, second = decide([dead, successor], TERMS, FIRST, HORIZON)
    assert first.standing == mother
    assert first.suspended == ((10, HORIZON),)
    assert second.standing == ((0, None), (12, WHOLE))
    assert [(s.start, s.end, s.waits) for s in second.waiting] == [(10, 12, Reason.SHARED)]


def test_missed_months_that_a_successor_was_granted_wait_for_a_human() -> None:
    mother, father = ((0, WHOLE),), ((0, None), (10, WHOLE))
    revived = position(mother, mother, suspended=((10, HORIZON),))
    successor = position(father, ((0, None),))
    first, second = decide([revived, successor], TERMS, FIRST, HORIZON)
    assert first.suspended == ((10, HORIZON),)
    assert first.waiting[0].waits is Reason.SHARED
    assert second.waiting[0].kind is Kind.STOPPED
    both = [
        msgspec.structs.replace(revived, answers=approved(first)),
        msgspec.structs.replace(successor, answers=approved(second)),
    ]
    first, second = decide(both, TERMS, FIRST, HORIZON)
    assert first.suspended == ()
    assert second.standing == ((0, None),)


def test_a_first_grant_waits_for_its_review_and_a_later_raise_does_not() -> None:
    waits = one((), ((0, WHOLE),), review="The mother has a guardian.")
    assert waits.waiting[0].waits is Reason.REVIEW
    assert waits.standing == ((0, UNKNOWN),)
    acts = one(((0, WHOLE),), ((0, (100, 12)),), review="The mother has a guardian.")
    assert acts.standing == ((0, (100, 12)),)
    every = one(((0, WHOLE),), ((0, (100, 12)),), review="x", review_all=True)
    assert every.standing == ((0, WHOLE),)


@settings(max_examples=200)
@given(timelines(), timelines())
def test_under_a_review_of_every_decision_nothing_gives_and_nothing_that_waits_is_refused(
    first: Due, later: Due
) -> None:
    waits = one((), first, review="x", review_all=True)
    after = one(waits.standing, later, review="x", review_all=True)
    for day in range(FIRST, HORIZON):
        if at(waits.standing, day) == UNKNOWN:
            assert at(after.standing, day) == UNKNOWN
    assert all(s.kind is Kind.UNDETERMINED for s in after.acted)
    answered = one(after.standing, later, review="x", review_all=True, answers=approved(after))
    assert all(
        at(answered.standing, day) == at(later, day) for day in range(FIRST, HORIZON) if at(later, day)
    )


def test_a_first_grant_that_a_human_denies_is_a_refusal() -> None:
    waits = one((), ((0, WHOLE),), review="x")
    denied = one(waits.standing, ((0, WHOLE),), review="x", answers=approved(waits, yes=False))
    assert [s.kind for s in denied.acted] == [Kind.REFUSED]
    assert denied.standing == ((0, None),)


def test_months_that_the_law_does_not_pay_back_are_not_decided() -> None:
    verdict = one((), ((0, WHOLE),), payable_from=10)
    assert verdict.waiting == ()
    assert [(s.start, s.end, s.kind) for s in verdict.acted] == [(10, HORIZON, Kind.GRANTED)]
    assert verdict.standing == ((0, None), (10, WHOLE))


def test_a_take_that_the_law_lets_a_machine_do_acts_unless_contested() -> None:
    machine = Terms(amount=1, percent=0, machine=frozenset({Kind.STOPPED}))
    stands, due = ((0, WHOLE),), ((0, WHOLE), (10, None))
    assert decide([position(stands, due)], machine, FIRST, HORIZON)[0].standing == due
    contested = decide([position(stands, due, contested=True)], machine, FIRST, HORIZON)[0]
    assert contested.standing == stands


def test_moving_the_horizon_is_no_decision() -> None:
    stands, due = ((0, WHOLE),), ((0, WHOLE), (30, None))
    verdict = one(stands, due, until=30)
    assert (verdict.acted, verdict.waiting) == ((), ())
    assert verdict.standing == due


def test_unknown_never_takes_and_says_so_once() -> None:
    verdict = one(((0, WHOLE),), ((0, WHOLE), (10, UNKNOWN)))
    assert verdict.standing == ((0, WHOLE),)
    assert [(s.kind, s.waits) for s in verdict.waiting] == [(Kind.UNDETERMINED, Reason.MISSING)]
