"""From an event to what people are decided, ordered and paid, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from intake_events import CHILD, FATHER, MOTHER, Event, birth, event
from looking import looking
from people import account, moved, registered
from sqlalchemy import func, select
from town import Town, town

from duly.delivery.tables import case, enrolment_order, order_line, order_stop, payment
from duly.entitlements import Kind
from duly.entitlements.tables import decision
from duly.timeline import from_iso

BORN = "2024-11-03"


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2024-10-01")
    yield made
    made.app.close()


def family(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))


def test_a_birth_becomes_a_decision_an_order_and_payments(place: Town) -> None:
    family(place)
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    (decision,) = place.decisions(key)
    assert [s.kind for s in decision.acted if s.after] == [Kind.GRANTED]
    assert place.stands(key, "2024-11-05") is None
    granted = place.stands(key, "2024-12-01")
    assert granted is not None
    assert granted["amount"] == 176600
    assert place.paid(MOTHER) == {}
    place.day("2024-12-28")
    assert place.paid(MOTHER) == {"2024-12": 1766}
    place.day("2025-02-28")
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766, "2025-02": 1766}


def born(place: Town) -> None:
    """A mother known since long, and a child born on 3 November 2024, reported two days later."""
    family(place)
    place.day("2024-11-05")
    place.tell(birth())


def test_a_late_birth_pays_the_missed_months_at_once(place: Town) -> None:
    family(place)
    place.day("2025-03-05")
    place.tell(birth())
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766, "2025-02": 1766}
    assert place.paid_on(MOTHER) == ["2025-03-05"]


def test_a_late_correction_gives_what_it_adds_and_asks_a_human_for_what_it_takes(place: Town) -> None:
    family(place)
    place.day("2025-03-05")
    place.tell(birth(born="2025-01-10"))
    assert place.paid(MOTHER) == {"2025-02": 1766}
    corrected = {"child": CHILD, "born": BORN, "mother": MOTHER, "municipality": "0301"}
    place.tell(event("folkeregisteret.birth", "b2", corrected, action="correct", corrects="b1"))
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766, "2025-02": 1766}
    later = corrected | {"born": "2025-01-10"}
    place.tell(event("folkeregisteret.birth", "b3", later, action="correct", corrects="b2"))
    assert place.stands(place.key(MOTHER, about=CHILD), "2024-12-01") is not None
    assert [case.kind for case in place.open_cases()] == ["takes"]


def test_a_rate_that_rises_decides_everybody_again(place: Town) -> None:
    born(place)
    place.day("2025-04-28")
    key = place.key(MOTHER, about=CHILD)
    before = len(place.decisions(key))
    place.day("2025-05-01")
    after = place.decisions(key)
    assert len(after) == before + 1
    assert [(s.kind, s.start) for s in after[-1].acted] == [(Kind.RAISED, from_iso("2025-05-01"))]
    assert [c.source for c in after[-1].causes] == ["rate"]
    place.day("2025-05-28")
    assert place.paid(MOTHER)["2025-05"] == 1968


def test_an_emigration_takes_nothing_until_a_human_approves(place: Town) -> None:
    born(place)
    place.day("2025-01-28")
    place.tell(moved(MOTHER, "2025-01-15", "m1"))
    key = place.key(MOTHER, about=CHILD)
    assert place.stands(key, "2025-03-01") is not None
    (case,) = place.open_cases()
    place.day("2025-02-28")
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766, "2025-02": 1766}
    place.answer(case.number, "approve")
    assert place.stands(key, "2025-02-01") is None
    assert place.stands(key, "2025-01-01") is not None
    decision = place.decisions(key)[-1]
    assert decision.by_person
    assert [s.kind for s in decision.acted] == [Kind.STOPPED]
    place.day("2025-03-28")
    assert "2025-03" not in place.paid(MOTHER)
    assert [case.kind for case in place.open_cases()] == ["overpaid"]


def test_an_overpayment_is_decided_by_a_human_and_never_deducted(place: Town) -> None:
    test_an_emigration_takes_nothing_until_a_human_approves(place)
    (case,) = place.open_cases()
    place.answer(case.number, "differ")
    assert place.open_cases() == []
    place.tell(moved(MOTHER, "2025-03-10", "m2", "0301"))
    place.day("2025-04-28")
    assert place.paid(MOTHER)["2025-04"] == 1766
    assert place.open_cases() == []


def test_an_officer_who_differs_lets_the_decision_stand_and_is_not_asked_again(place: Town) -> None:
    born(place)
    place.day("2025-01-28")
    place.tell(moved(MOTHER, "2025-01-15", "m1"))
    (case,) = place.open_cases()
    place.answer(case.number, "differ")
    assert place.open_cases() == []
    place.day("2025-02-28")
    place.tell(account(FATHER))
    assert place.paid(MOTHER)["2025-02"] == 1766
    assert [c.state for c in place.all_cases()] == ["answered"]


def test_a_register_that_takes_its_message_back_settles_the_case(place: Town) -> None:
    born(place)
    place.day("2025-01-28")
    place.tell(moved(MOTHER, "2025-01-15", "m1"))
    assert len(place.open_cases()) == 1
    place.tell(event("folkeregisteret.emigration", "m2", action="cancel", corrects="m1"))
    assert [c.state for c in place.all_cases()] == ["settled"]


def test_a_death_suspends_and_its_cancelling_pays_the_missed_months(place: Town) -> None:
    born(place)
    place.day("2025-01-28")
    death = event("folkeregisteret.death", "d1", {"person": MOTHER, "died": "2025-01-20"})
    place.tell(death)
    key = place.key(MOTHER, about=CHILD)
    assert place.stands(key, "2025-06-01") is not None
    assert place.open_cases() == []
    place.day("2025-03-28")
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766}
    place.tell(event("folkeregisteret.death", "d2", action="cancel", corrects="d1"))
    assert place.paid(MOTHER) == {f"{m}": 1766 for m in ("2024-12", "2025-01", "2025-02", "2025-03")}
    assert place.open_cases() == []


def test_an_odd_birth_waits_for_a_human_with_its_reason(place: Town) -> None:
    family(place)
    place.day("2024-11-05")
    guardian = {"person": MOTHER, "since": "2020-01-01"}
    place.tell(event("folkeregisteret.guardianship", "g1", guardian), birth())
    key = place.key(MOTHER, about=CHILD)
    (case,) = place.open_cases()
    assert case.kind == "review"
    held = place.entitlement(key)
    assert held is not None
    assert held.review == "The mother has a guardian."
    place.day("2024-12-28")
    assert place.paid(MOTHER) == {}
    place.answer(case.number, "approve")
    assert place.paid(MOTHER) == {"2024-12": 1766}


def test_a_case_does_not_settle_itself_by_waiting(place: Town) -> None:
    family(place)
    place.day("2024-11-05")
    guardian = {"person": MOTHER, "since": "2020-01-01"}
    place.tell(event("folkeregisteret.guardianship", "g1", guardian), birth())
    place.day("2025-09-28")  # the rates rose in May, and the child is no newborn any more
    moved = {"person": MOTHER, "municipality": "4601", "since": "2025-09-28"}
    place.tell(event("folkeregisteret.move", "m1", moved))
    assert [case.kind for case in place.open_cases()] == ["review"]
    assert place.paid(MOTHER) == {}
    place.tell(event("folkeregisteret.guardianship", "g2", action="cancel", corrects="g1"))
    assert place.open_cases() == []
    assert place.paid(MOTHER)["2024-12"] == 1766


def test_what_is_not_known_is_undetermined_and_settled_by_the_missing_fact(place: Town) -> None:
    place.tell(account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())
    key = place.key(MOTHER, about=CHILD)
    asked = [s for s in place.decisions(key)[-1].acted if s.start <= from_iso("2024-12-01") < s.end]
    assert [s.kind for s in asked] == [Kind.UNDETERMINED]
    place.tell(registered(MOTHER, "1990-05-05"))
    granted = place.stands(key, "2024-12-01")
    assert granted is not None


def test_without_an_account_nothing_is_lost(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"))
    place.day("2024-11-05")
    place.tell(birth())
    place.day("2025-01-28")
    assert place.paid(MOTHER) == {}
    place.tell(account(MOTHER))
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766}


def chosen(how: str, since: str, id_: str) -> Event:
    data = {"person": MOTHER, "service": "child_benefit", "delivery": how, "since": since}
    return event("self.delivery", id_, data)


@pytest.mark.parametrize("how", ["ask_me_first", "only_when_claimed"])
def test_a_choice_holds_payment_back_and_waives_nothing(place: Town, how: str) -> None:
    born(place)
    place.day("2024-12-28")
    place.day("2025-01-10")
    place.tell(chosen(how, "2025-01-10", "c1"))
    place.day("2025-02-28")
    assert place.paid(MOTHER) == {"2024-12": 1766}
    assert place.stands(place.key(MOTHER, about=CHILD), "2025-02-01") is not None
    place.tell(chosen("automatic", "2025-02-28", "c2"))
    assert place.paid(MOTHER) == {"2024-12": 1766, "2025-01": 1766, "2025-02": 1766}


def test_two_homes_that_share_a_child_wait_in_one_case(place: Town) -> None:
    born(place)
    place.tell(registered(FATHER, "1988-01-01"), account(FATHER))
    place.day("2025-01-28")
    shared = {"child": CHILD, "shared": "split", "since": "2025-01-15"}
    place.tell(
        event("folkeregisteret.care", "s1", {**shared, "carer": MOTHER, "role": "mother"}),
        event("folkeregisteret.care", "s2", {**shared, "carer": FATHER, "role": "father"}),
    )
    (case,) = place.open_cases()
    mother, father = place.key(MOTHER, about=CHILD), place.key(FATHER, about=CHILD)
    place.day("2025-03-28")
    assert place.paid(FATHER) == {}
    assert place.paid(MOTHER)["2025-03"] == 1766
    place.answer(case.number, "approve")
    halves = [place.stands(key, "2025-04-01") for key in (mother, father)]
    assert [half and half["percent"] for half in halves] == [50, 50]
    assert place.paid(FATHER)["2025-03"] == 883


def test_steps_that_run_again_change_nothing(place: Town) -> None:
    born(place)
    place.day("2025-03-28")
    before = counted(place)
    place.tell(birth())
    place.app.worker.step()
    place.app.worker.run_until_idle()
    assert counted(place) == before


def counted(place: Town) -> dict[str, int]:
    tables = (decision, order_line, order_stop, payment, case, enrolment_order)
    with looking(place.app.store).read() as conn:
        return {t.name: conn.execute(select(func.count()).select_from(t)).scalar_one() for t in tables}
