"""What is announced anybody can read; what is proposed officers can, with whom it would touch."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from intake_events import CHILD, MOTHER, Event, birth, event
from law_changes import ADA, Chamber, takes_by_machine, with_rate
from litestar.testing import TestClient
from people import registered
from town import Town, town

from duly.app import App
from duly.reform.figures import Figures
from duly.web.circle import insight
from duly.web.law_files import dry_run_page, dry_run_picture
from duly.web.server import create


@pytest.fixture
def place(sqlite_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(sqlite_url, tmp_path / "town", "2024-10-01")
    made.tell(registered(MOTHER, "1990-05-05"))
    made.tell(*families(30))
    made.day("2024-11-05")
    made.tell(birth())
    yield made
    made.app.close()


@pytest.fixture
def chamber(place: Town, tmp_path: Path) -> Chamber:
    return Chamber(place.app, tmp_path)


def families(count: int) -> list[Event]:
    events: list[Event] = []
    for n in range(count):
        mother, child = f"{n + 1:02d}019010000", f"{n + 1:02d}012010000"
        events += [registered(mother, "1990-01-01"), registered(child, "2020-01-01")]
        data = {"child": child, "carer": mother, "role": "mother", "since": "2024-09-30"}
        events.append(event("folkeregisteret.care", f"care-{n}", data))
    return events


def page(app: App, path: str, **more: str) -> tuple[int, str]:
    with TestClient(create(app)) as client:
        if more:
            told = client.get("/sign-in").text
            token = re.search(r'name="token" value="([^"]+)"', told)
            client.post("/sign-in/officer", data={**more, "token": token.group(1) if token else ""})
        answer = client.get(path)
    return answer.status_code, answer.text


def test_a_lower_rate_is_run_dry(place: Town, chamber: Chamber, tmp_path: Path) -> None:
    number = chamber.propose(with_rate(tmp_path / "new", 1700), "2025-01-01").number
    figures = place.app.dry_run(number)
    row = next(one for one in figures.programmes if one.programme == "barnetrygd.ordinary")
    assert (row.lose, row.gain, row.cases) == (31, 0, 31)
    assert (row.lost, row.gained, figures.everybody.lose) == (31 * 66_00, 0, 31)
    assert figures.holds
    assert figures.reasons["takes"] == 31
    assert sum(band.people or 0 for band in figures.bands) == 31
    assert place.app.dry_run(number) == figures
    decisions = place.decisions(place.key(MOTHER, about=CHILD))
    assert {one.law for one in decisions} == {figures.old}


def test_a_dry_run_is_one_entry_and_one_for_those_looked_at_closer(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    app = place.app
    app.worker.run_until_idle()
    app.ledger.sequence()
    before = app.ledger.checkpoint()
    number = chamber.propose(with_rate(tmp_path / "new", 1700), "2025-01-01").number
    app.dry_run(number)
    app.ledger.sequence()
    after = app.ledger.checkpoint()
    assert before is not None
    assert after is not None
    assert after.size == before.size + 2
    mother = place.key(MOTHER, about=CHILD)
    use = insight(app.pack)
    for subject in (mother.holder, mother.about):
        with app.store.read() as conn:
            used = app.vault.uses(conn, use, subject)
        assert [one.use.purpose for one in used].count("statistics") == 2


def test_what_an_approved_version_takes_from_many_waits_for_two_people(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    _, figures = chamber.change(takes_by_machine(tmp_path / "new"), "2025-01-01")
    assert figures.holds
    place.day("2025-01-02")
    assert place.app.pack.hash == figures.new
    (case,) = place.open_cases()
    assert (case.kind, case.people, case.source) == ("brake", 2, "law")
    key = place.key(MOTHER, about=CHILD)
    assert (place.stands(key, "2025-02-01") or {})["amount"] == 176600
    for officer in ("Z1", "Z2"):
        place.answer(case.number, "approve", officer)
    assert (place.stands(key, "2025-02-01") or {})["amount"] == 170000


def test_few_people_are_not_told_of(place: Town, chamber: Chamber, tmp_path: Path) -> None:
    new = with_rate(tmp_path / "new", 1700)
    rules = new / "child_benefit.py"
    text = rules.read_text(encoding="utf-8")
    rules.write_text(text.replace("    return person.died is None or", "    return person.died is None or"))
    number = chamber.propose(new, "2025-01-01").number
    figures = place.app.dry_run(number)
    assert all(
        count is None or count == 0 or count >= figures.smallest
        for row in (figures.everybody, *figures.programmes)
        for count in (row.gain, row.lose, row.both, row.other, row.unknown, row.unchanged, row.cases)
    )


def test_what_is_proposed_is_for_officers_and_what_is_announced_for_all(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    number = chamber.propose(with_rate(tmp_path / "new", 1800), "2025-01-01").number
    place.app.dry_run(number)
    assert page(place.app, f"/law/{number}")[0] == 404
    assert page(place.app, f"/officer/law/{number}")[0] == 401
    for name in chamber.keys:
        chamber.approve(number, name)
    chamber.announce(number)
    status, shown = page(place.app, f"/law/{number}")
    assert status == 200
    for part in ("Announced", ADA, "1 January 2025", "1 800 NOK", "<svg", "A test.", "Who gains, who loses"):
        assert part in shown
    assert "Comes into force" not in shown
    told = page(place.app, f"/law/{number}/json")[1]
    assert '"stage":"announced"' in told
    assert '"format":"duly.dry-run.v1"' in told
    assert f'"change":{number}' in page(place.app, "/law/json")[1]


def test_the_page_and_the_picture_of_a_dry_run_stand_alone(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    from duly.reform.passage import passages

    number = chamber.propose(with_rate(tmp_path / "new", 1800), "2025-01-01").number
    figures: Figures = place.app.dry_run(number)
    with place.app.store.read() as conn:
        at = passages(conn, "norway", place.app.clock.today())[-1]
    for language, word in (("en", "Everybody"), ("nb", "Alle")):
        shown = dry_run_page(place.app, at, figures, language)
        assert word in shown
        assert f'lang="{language}"' in shown
        assert "<script" not in shown
    drawing = ElementTree.fromstring(dry_run_picture(place.app, figures, "en"))  # noqa: S314 - our own
    kinds = [child.tag.rpartition("}")[2] for child in drawing]
    assert kinds[:2] == ["title", "desc"]
    assert "31" in [text.text for text in drawing.iter() if text.tag.endswith("text")]


@pytest.mark.parametrize(
    ("language", "nobody", "first"),
    [("en", "nobody", "It is the first: there is none"), ("nb", "ingen", "Den er den første")],
)
def test_the_first_law_is_compared_with_none(place: Town, language: str, nobody: str, first: str) -> None:
    with TestClient(create(place.app)) as client:
        spoken = {"Accept-Language": language}
        listed, shown = (client.get(path, headers=spoken).text for path in ("/law", "/law/1"))
    assert f"</span>{nobody}</td>" in listed
    assert first in shown
    assert "Nothing differs" not in shown
