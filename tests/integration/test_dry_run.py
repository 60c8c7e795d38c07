"""A dry run in columns counts what key by key counts; wherever it ends, whom it saw is entered."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from intake_events import CHILD, FATHER, MOTHER, birth
from law_changes import Chamber, altered, takes_by_machine, with_rate
from people import account, registered
from recomputed import lives, tell_all
from town import Town, town

from duly.entitlements import compared
from duly.errors import Conflict
from duly.ledger.verify import bulk_uses
from duly.reform import change_of, dry_run
from duly.reform.closer import ABOUT
from duly.vault import bulk


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path / "town", "2025-03-01")
    yield made
    made.app.close()


def low(directory: Path) -> Path:
    """Everybody loses who has the ordinary rate."""
    return with_rate(directory, 1700)


def high(directory: Path) -> Path:
    """Everybody gains."""
    return with_rate(directory, 1800)


def both_ways(directory: Path) -> Path:
    """More for some months, less for others."""
    higher = ('"2024-09-01": kroner(1766)', '"2024-09-01": kroner(1800)')
    lower = ('"2025-05-01": kroner(1968)', '"2025-05-01": kroner(1500)')
    return altered(directory, "rates.py", higher, lower)


def halves(directory: Path) -> Path:
    """Whoever shares gets another part of the whole."""
    return altered(directory, "child_benefit.py", ("        return 50", "        return 40"))


REFORMS: list[Callable[[Path], Path]] = [low, high, both_ways, halves, takes_by_machine]


def counted(place: Town, number: int) -> dict[str, Any]:
    """Everything that a dry run counts, before any of it is left out."""
    app = place.app
    with app.store.read() as conn:
        change = change_of(conn, number)
    sides = app.laws.sides(app.laws.kept(change.base), app.laws.kept(change.hash))
    look = dry_run.Look(app.store, sides, change, app.clock.now(), lambda _: None)
    look.everybody()
    return look.counts()


def key_by_key(place: Town, number: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The same, with everybody looked at closer."""
    with monkeypatch.context() as patch:
        patch.setattr(dry_run, "settled", lambda *_: set())
        return counted(place, number)


@pytest.mark.parametrize("reform", REFORMS)
@pytest.mark.parametrize("seed", range(3))
def test_columns_count_what_key_by_key_counts(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reform: Callable[[Path], Path], seed: int
) -> None:
    tell_all(place, lives(seed, 12), seed)
    chamber = Chamber(place.app, tmp_path)
    number = chamber.propose(reform(tmp_path / "new"), "2026-01-01").number
    whole = counted(place, number)
    assert whole == key_by_key(place, number, monkeypatch)
    monkeypatch.setattr(compared, "AT_ONCE", 2)
    monkeypatch.setattr(dry_run, "CLOSER", 1)
    assert counted(place, number) == whole
    with place.app.store.read() as conn:
        assert bulk_uses(conn)[1] == []


def test_whose_amounts_only_rise_is_told_without_a_closer_look(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    couple = {"child": CHILD, "mother": MOTHER, "father": FATHER, "lives_with": [MOTHER, FATHER]}
    place.tell(registered(MOTHER, "1990-05-05"), registered(FATHER, "1988-01-01"), account(MOTHER))
    place.tell(birth(**couple))
    chamber = Chamber(place.app, tmp_path)
    rise, fall = (
        chamber.propose(made(tmp_path / made.__name__), "2026-01-01").number for made in (high, low)
    )

    def no_closer(*_: object) -> None:
        raise StoppedError

    monkeypatch.setattr(dry_run, "closely", no_closer)
    assert counted(place, rise)["rows"][""]["kinds"]["gain"] == 1
    with pytest.raises(StoppedError):
        counted(place, fall)


class StoppedError(Exception):
    """Somebody ends it."""


def test_ended_by_an_error_it_has_entered_whom_it_saw(
    place: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_all(place, lives(0, 12), 0)
    number = Chamber(place.app, tmp_path).propose(low(tmp_path / "new"), "2026-01-01").number
    monkeypatch.setattr(compared, "AT_ONCE", 1)

    def stopped(seen: int) -> None:
        raise StoppedError

    with pytest.raises(StoppedError):
        place.app.dry_run(number, stopped)
    with place.app.store.read() as conn:
        count, wrong = bulk_uses(conn)
    assert (count, wrong) == (1, [])


KILLED = """
import os, signal, sys
from duly.app import Settings, build
from duly.entitlements import compared

compared.AT_ONCE = 1
app = build(Settings.of({"directory": sys.argv[1], "database": sys.argv[2], "mode": "demo",
                         "begins": "2025-03-01", "cache": sys.argv[3]}))
app.dry_run(int(sys.argv[4]), lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


def test_killed_it_leaves_a_use_that_the_next_one_closes(place: Town, store_url: str, tmp_path: Path) -> None:
    tell_all(place, lives(0, 12), 0)
    number = Chamber(place.app, tmp_path).propose(low(tmp_path / "new"), "2026-01-01").number
    directory, cache = str(place.app.settings.directory), str(place.app.settings.cache)
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, directory, store_url, cache, str(number)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with place.app.store.read() as conn:
        (left,) = bulk.left_open(conn, ABOUT)
    place.app.dry_run(number)
    with place.app.store.read() as conn:
        assert bulk.left_open(conn, ABOUT) == []
        assert bulk_uses(conn)[1] == []
        with pytest.raises(Conflict, match="is closed"):
            place.app.vault.in_bulk(conn, left)
