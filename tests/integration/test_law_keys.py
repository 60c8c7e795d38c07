"""A key that signs law is retired by two people; what it signed stays law, the rest starts anew."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from law_changes import ADA, GRACE, MARY, Chamber, with_rate
from town import Town, town
from typer.testing import CliRunner

from duly.cli import app as duly
from duly.errors import BadInput, Conflict, Denied, NotFound
from duly.law.kernel import KEPT
from duly.reform import change_of
from duly.reform.keys import Ending, LawKey, names_of, register, registered_keys
from duly.reform.passage import Passage, Stage, passage
from duly.reform.signing import Act


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path / "town", "2024-10-01")
    yield made
    made.app.close()


@pytest.fixture
def chamber(place: Town, tmp_path: Path) -> Chamber:
    return Chamber(place.app, tmp_path)


def at(place: Town, number: int) -> Passage:
    with place.app.store.read() as conn:
        return passage(conn, change_of(conn, number), place.app.clock.today())


def test_what_a_lost_key_signed_stays_valid_and_it_signs_no_more(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    number, figures = chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    assert chamber.retire(GRACE, Ending.LOST, ADA, MARY) == []
    with pytest.raises(Denied, match="This key is retired"):
        chamber.propose(with_rate(tmp_path / "other", 1900), "2025-01-01", author=GRACE)
    assert at(place, number).stage is Stage.ENACTED
    place.day("2024-12-02")
    assert place.app.pack.hash == figures.new


def test_a_compromised_key_takes_back_what_it_signed_until_it_is_signed_afresh(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    number, figures = chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    assert at(place, number).by(Act.ENACT) == GRACE
    assert chamber.retire(GRACE, Ending.COMPROMISED, ADA, MARY) == [number]
    after = at(place, number)
    assert (after.stage, after.signed, after.by(Act.ENACT)) == (Stage.RUN_DRY, (ADA,), "")
    with pytest.raises(Conflict, match="Not in this order"):
        chamber.enact(number, MARY)
    chamber.approve(number, MARY)
    chamber.enact(number, MARY)
    place.day("2024-12-02")
    assert place.app.pack.hash == figures.new


def test_an_announcement_by_a_compromised_key_is_made_again(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    number = chamber.propose(with_rate(tmp_path / "new", 1800), "2024-12-01").number
    place.app.dry_run(number)
    for name in (ADA, GRACE):
        chamber.approve(number, name)
    chamber.announce(number, MARY)
    assert at(place, number).by(Act.ANNOUNCE) == MARY
    chamber.retire(MARY, Ending.COMPROMISED, ADA, GRACE)
    assert at(place, number).stage is Stage.APPROVED
    chamber.announce(number, ADA)
    assert at(place, number).stage is Stage.ANNOUNCED


def test_the_law_in_force_stays_though_the_key_that_signed_it_is_compromised(
    place: Town, chamber: Chamber, tmp_path: Path
) -> None:
    number, figures = chamber.change(with_rate(tmp_path / "new", 1800), "2024-10-02")
    place.day("2024-10-03")
    assert chamber.retire(GRACE, Ending.COMPROMISED, ADA, MARY) == []
    assert at(place, number).stage is Stage.IN_FORCE
    place.app.laws.stages(place.app.worker.stages.standing)
    assert place.app.pack.hash == figures.new


def test_later_changes_on_top_of_one_that_is_taken_back_are_taken_back_too(
    chamber: Chamber, place: Town, tmp_path: Path
) -> None:
    first, _ = chamber.change(with_rate(tmp_path / "new", 1800), "2024-12-01")
    second = chamber.propose(with_rate(tmp_path / "newer", 1900), "2025-01-01").number
    place.app.dry_run(second)
    for name in (ADA, MARY):
        chamber.approve(second, name)
    chamber.announce(second)
    chamber.enact(second, MARY)
    assert chamber.retire(GRACE, Ending.COMPROMISED, ADA, MARY) == [first, second]
    assert (at(place, first).stage, at(place, second).stage) == (Stage.RUN_DRY, Stage.ANNOUNCED)
    with pytest.raises(Conflict, match="Another law has come in between"):
        chamber.enact(second, MARY)
    chamber.approve(first, MARY)
    chamber.enact(first, MARY)
    chamber.enact(second, MARY)


def test_it_takes_two_people_and_a_retired_key_is_found_compromised_later(
    place: Town, chamber: Chamber
) -> None:
    chamber.retire(GRACE, Ending.LOST, ADA)
    with pytest.raises(Conflict, match="signs once"):
        chamber.retire(GRACE, Ending.LOST, ADA)
    assert names(place) == [ADA, GRACE, MARY]
    chamber.retire(GRACE, Ending.LOST, MARY)
    assert names(place) == [ADA, MARY]
    with pytest.raises(Conflict, match="retired already"):
        chamber.retire(GRACE, Ending.LEFT, ADA)
    chamber.retire(GRACE, Ending.COMPROMISED, ADA, MARY)
    with pytest.raises(NotFound, match="No such key"):
        chamber.retire("Grase", Ending.LOST, ADA)


def names(place: Town) -> list[str]:
    with place.app.store.read() as conn:
        return names_of(registered_keys(conn), place.app.clock.today())


def test_a_new_key_takes_two_who_vouch(place: Town, chamber: Chamber, tmp_path: Path) -> None:
    chamber.retire(GRACE, Ending.LOST, ADA, MARY)
    for vouchers in ((), (ADA,), (ADA, ADA)):
        with pytest.raises(Denied, match="Two people have to vouch"):
            chamber.new_key(GRACE, tmp_path / f"again-{vouchers}.json", *vouchers)
    chamber.new_key(GRACE, tmp_path / "again.json", ADA, MARY)
    assert names(place) == [ADA, GRACE, MARY]
    with place.app.store.write() as conn, pytest.raises(Conflict, match="cannot be registered"):
        register(conn, "Another", chamber.keys[GRACE].public, [chamber.keys[ADA]], **chamber.when)


def test_a_compromised_key_is_not_retired_for_a_day_to_come(place: Town, chamber: Chamber) -> None:
    from duly.reform.retirements import retire_key

    when = chamber.when
    with place.app.store.write() as conn, pytest.raises(BadInput, match="at once"):
        retire_key(conn, GRACE, Ending.COMPROMISED, "x", when["today"] + 1, chamber.keys[ADA], **when)


def test_the_commands_retire_a_key_and_say_what_is_taken_back(tmp_path: Path) -> None:
    variables = {"DULY_DIRECTORY": str(tmp_path), "DULY_MODE": "demo", "DULY_CACHE": str(KEPT)}

    def run(*given: str) -> str:
        return CliRunner().invoke(duly, ["law", *given], env=variables, catch_exceptions=False).output

    files = {name: str(tmp_path / f"{name}.json") for name in (ADA, GRACE, MARY)}
    public = {name: run("keys", "new", name, "--file", file).strip() for name, file in files.items()}
    run("keys", "register", ADA, public[ADA])
    run("keys", "register", GRACE, public[GRACE])
    run("keys", "register", MARY, public[MARY], "--vouched-by", files[ADA], "--vouched-by", files[GRACE])
    new = str(with_rate(tmp_path / "new", 1800))
    run("propose", new, "--from", "2024-12-01", "--why", "A test.", "--key", files[ADA])
    run("dry-run", "2")
    for name in (ADA, GRACE):
        run("approve", "2", "--key", files[name])
    run("announce", "2", "--key", files[MARY])
    run("enact", "2", "--key", files[ADA])
    asked = json.loads(run("show", "2", "--json"))
    assert (asked["announced_by"], asked["enacted_by"]) == (MARY, ADA)
    acts = [(one["act"], one["by"]) for one in asked["history"]]
    assert sorted(acts) == sorted([
        ("proposal", ADA), ("change", ADA), ("change", GRACE), ("announcement", MARY), ("enactment", ADA),
    ])  # fmt: skip
    given = ("keys", "retire", GRACE, "--why", "Stolen.", "--key", files[ADA], "--key", files[MARY])
    with pytest.raises(BadInput, match="Not a reason"):
        run(*given, "--reason", "stolen")
    told = json.loads(run(*given, "--reason", "compromised", "--json"))
    assert (told["done"], told["taken_back"]) == (True, [2])
    kept = {one["name"]: one["retired"] for one in json.loads(run("keys", "list", "--json"))}
    assert [one["reason"] for one in kept[GRACE]] == ["compromised"]
    assert kept[ADA] == []
    assert "void" in run("show", "2")
    assert LawKey.read(Path(files[ADA])).public.hex() == public[ADA]
