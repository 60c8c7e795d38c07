"""A version of the law decides from its day on, by two people's signatures; undoing it takes from nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from intake_events import CHILD, MOTHER, birth
from law_changes import ADA, GRACE, Chamber, takes_by_machine, with_rate
from people import account, registered
from sqlalchemy import update
from town import Town, town

from duly.app import build
from duly.entitlements import value_at
from duly.entitlements.replay import replay
from duly.errors import Conflict, Denied, NotFound, OurFault
from duly.law.pack import content_hash, find
from duly.reform import standing
from duly.reform.signing import Act
from duly.reform.tables import law_file, law_signature
from duly.timeline import from_iso


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path / "town", "2024-10-01")
    yield made
    made.app.close()


@pytest.fixture
def chamber(place: Town, tmp_path: Path) -> Chamber:
    return Chamber(place.app, tmp_path)


def a_child(place: Town) -> None:
    place.tell(registered(MOTHER, "1990-05-05"), account(MOTHER))
    place.day("2024-11-05")
    place.tell(birth())


def amounts(place: Town, *days: str) -> list[object]:
    key = place.key(MOTHER, about=CHILD)
    return [(place.stands(key, day) or {}).get("amount") for day in days]


def test_a_new_rate_decides_from_its_day_on(place: Town, chamber: Chamber, tmp_path: Path) -> None:
    a_child(place)
    old = place.app.pack.hash
    _, figures = chamber.change(with_rate(tmp_path / "new", 1800), "2025-01-10")
    assert (figures.old, figures.new) == (old, content_hash(tmp_path / "new"))
    place.day("2025-01-09")
    assert place.app.pack.hash == old
    assert amounts(place, "2025-01-01") == [176600]
    place.day("2025-01-10")
    assert place.app.pack.hash == figures.new
    assert amounts(place, "2024-12-01", "2025-02-01") == [180000, 180000]
    decisions = place.decisions(place.key(MOTHER, about=CHILD))
    assert [one.law for one in decisions] == [old, figures.new]
    assert decisions[-1].causes[-1].source == "law"


def test_an_old_decision_runs_again_under_the_old_law(place: Town, chamber: Chamber, tmp_path: Path) -> None:
    a_child(place)
    chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    place.day("2024-12-02")
    app, key = place.app, place.key(MOTHER, about=CHILD)
    first, second = place.decisions(key)
    use = app.evaluator.use([key.programme])
    found: list[object] = []
    for decision in (first, second):
        law = app.law_of(decision.law)
        assert law.pack.hash == decision.law
        with app.store.write() as conn:
            due = replay(conn, app.vault, use, law, key, decision)
        found.append(app.profiles.record(key.programme, value_at(due, from_iso("2025-01-01"))))
    assert [one["amount"] for one in found if isinstance(one, dict)] == [176600, 180000]


def test_what_a_bad_version_gave_is_taken_from_nobody_unseen(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    a_child(place)
    number, _ = chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    place.day("2024-12-28")
    assert place.paid(MOTHER) == {"2024-12": 1800}
    chamber.roll_back(number, GRACE)
    assert place.app.worker.run_until_idle() == 0
    with pytest.raises(Conflict, match="signs once"):
        chamber.roll_back(number, GRACE)
    chamber.roll_back(number, ADA)
    place.app.worker.run_until_idle()
    assert place.app.pack.hash == content_hash(find("norway"))
    assert place.app.worker.stages.standing.holds
    assert amounts(place, "2025-02-01") == [180000]
    (case,) = place.open_cases()
    assert (case.kind, case.source) == ("takes", "law")
    place.answer(case.number, "approve")
    assert amounts(place, "2025-02-01") == [176600]


def test_what_was_approved_takes_by_machine_where_the_law_says_so(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    a_child(place)
    _, figures = chamber.change(takes_by_machine(tmp_path / "new"), "2024-12-01")
    assert not figures.holds
    place.day("2024-12-02")
    assert amounts(place, "2025-02-01") == [170000]
    assert place.open_cases() == []


def test_what_no_dry_run_was_approved_for_gives_and_holds_what_it_would_take(
    place: Town, tmp_path: Path
) -> None:
    a_child(place)
    old, directory = place.app.settings, takes_by_machine(tmp_path / "new")
    place.app.close()
    place.app = build(msgspec.structs.replace(old, pack=str(directory)))
    assert place.app.another_installed == content_hash(directory)
    place.app.worker.run_until_idle()
    assert place.app.pack.hash == content_hash(find("norway"))
    place.app.close()
    place.app = build(msgspec.structs.replace(old, pack=str(directory), reform="by-hand"))
    place.app.worker.run_until_idle()
    assert place.app.pack.hash == content_hash(directory)
    assert amounts(place, "2025-02-01") == [176600]
    assert [case.kind for case in place.open_cases()] == ["takes"]


@pytest.mark.parametrize("act", [Act.APPROVE, Act.ANNOUNCE, Act.ENACT], ids=lambda act: act.name)
def test_a_version_that_is_not_signed_by_whom_it_takes_does_not_run(
    place: Town, chamber: Chamber, tmp_path: Path, act: Act
) -> None:
    chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    forged = update(law_signature).where(law_signature.c.act == act.value).values(signature=bytes(64))
    with place.app.store.write() as conn:
        assert conn.execute(forged).rowcount
    with place.app.store.read() as conn:
        coming = standing(conn, "norway", from_iso("2024-12-02"))
    assert coming is not None
    with pytest.raises(Denied, match=f"the {act.value} lacks a signature"):
        place.app.laws.stages(coming)


def test_a_kept_version_that_was_altered_does_not_run(place: Town, chamber: Chamber, tmp_path: Path) -> None:
    _, figures = chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    assert place.app.laws.kept(figures.new).hash == figures.new
    with place.app.store.write() as conn:
        conn.execute(update(law_file).values(data=b"x"))
    with pytest.raises(OurFault, match="damaged"):
        place.app.laws.kept(figures.new)
    with pytest.raises(NotFound, match="Unknown version"):
        place.app.laws.kept("0" * 64)
