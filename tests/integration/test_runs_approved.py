"""What a run takes by machine its law lets it, and an approved dry run has shown it; all else waits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from intake_events import CHILD, FATHER, MOTHER, birth
from law_changes import Chamber, takes_by_machine
from looking import looking
from people import account, moved, registered
from sqlalchemy import select
from town import Town, town
from typer.testing import CliRunner

from duly.app import build
from duly.cli import app as duly
from duly.facts import apply
from duly.law.pack import content_hash
from duly.reform.tables import law_dry_run

STAYS, LEAVES, NEW = (MOTHER, CHILD), ("12018500132", "03112400132"), ("12018500133", "03112400133")
"""A mother and her child: one stays, one leaves the country, one was never looked at."""


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path / "town", "2024-10-01")
    yield made
    made.app.close()


def unseen(place: Town, *events: Any) -> None:
    """Facts that no step has looked at."""
    place.hear(*events)
    with looking(place.app.store).write() as conn:
        apply(conn, place.app.vault, place.app.pack, 10)


def families(place: Town) -> None:
    """Two mothers with a grant; then one leaves and a third has a child, and nobody has looked at them."""
    mothers = [mother for mother, _ in (STAYS, LEAVES, NEW)]
    place.tell(*(registered(one, "1990-05-05") for one in mothers), *map(account, mothers))
    place.day("2024-11-05")
    for mother, child in (STAYS, LEAVES):
        place.tell(born(mother, child))
    place.day("2024-12-02")


def born(mother: str, child: str) -> Any:
    return birth(f"b{child}", child=child, mother=mother, father=FATHER, lives_with=[mother])


def amounts(place: Town) -> list[object]:
    """What each is granted for February, in øre."""
    keys = [place.key(mother, about=child) for mother, child in (STAYS, LEAVES, NEW)]
    return [(place.stands(key, "2025-02-01") or {}).get("amount") for key in keys]


def waiting(place: Town) -> list[str]:
    return sorted(case.kind for case in place.open_cases())


def run(place: Town, *options: str) -> dict[str, Any]:
    """`duly run --all`, in a process of its own as far as memory goes."""
    settings = place.app.settings
    place.app.close()
    names = ("directory", "database", "mode", "pack", "reform", "cache")
    variables = {f"DULY_{name.upper()}": str(getattr(settings, name)) for name in names}
    asked = CliRunner().invoke(duly, ["run", "--all", "--json", *options], env=variables)
    place.app = build(settings)
    assert asked.exit_code == 0, asked.output
    return json.loads(asked.stdout)


def test_an_approved_run_takes_what_the_law_lets_it_and_no_more(place: Town, tmp_path: Path) -> None:
    families(place)
    directory = takes_by_machine(tmp_path / "new")
    Chamber(place.app, tmp_path).ready(directory, "2025-06-01")
    with place.app.store.read() as conn:
        dry_run = conn.execute(select(law_dry_run.c.id)).scalar_one()
    unseen(place, moved(LEAVES[0], "2024-11-15", "m1"), born(*NEW))
    place.app.close()
    by_hand = {"pack": str(directory), "reform": "by-hand"}
    place.app = build(msgspec.structs.replace(place.app.settings, **by_hand))

    without = run(place)
    assert (without["law"], without["approved"]) == (content_hash(directory), "")
    assert amounts(place) == [176600, 176600, 170000]
    assert waiting(place) == ["takes", "takes"]

    released = run(place, "--approved", dry_run)
    assert released["approved"] == dry_run
    assert amounts(place) == [170000, 176600, 170000]
    assert waiting(place) == ["takes"]
