"""Two laws asked range by range say what each says of everybody at once, and whoever is seen is entered."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from looking import looking
from recomputed import lives, tell_all
from sqlalchemy import select
from town import Town, town

from duly.entitlements import compared, use_of
from duly.entitlements.compared import Asked, Chunk
from duly.entitlements.due import FIRST, horizon
from duly.entitlements.found import Part
from duly.entitlements.sweep import Sweep
from duly.facts import load
from duly.law import columns, kernel
from duly.law.kernel import decoded
from duly.ledger.verify import bulk_uses
from duly.vault import Use
from duly.vault.tables import bulk_use, subject

PURPOSE = "child-benefit"
Said = dict[tuple[int, int], list[tuple[int, Any]]]


@pytest.fixture
def place(store_url: str, tmp_path: Path) -> Iterator[Town]:
    made = town(store_url, tmp_path, "2025-03-01")
    yield made
    made.app.close()


def asked(place: Town, *programmes: str) -> tuple[Asked, Use]:
    evaluator, today = place.app.evaluator, place.app.clock.today()
    names = programmes or tuple(sorted(evaluator.profiles.purposes()[PURPOSE]))
    read = Sweep(evaluator.law, names, PURPOSE).categories
    return Asked(evaluator.law, names, today), use_of(
        place.app.pack, "nav", "statistics", read, "law/dry-run"
    )


def through(place: Town, at_once: int, monkeypatch: pytest.MonkeyPatch) -> list[Chunk]:
    one, use = asked(place)
    monkeypatch.setattr(compared, "AT_ONCE", at_once)
    return list(compared.compared(place.app.store, place.app.vault, use, one, one))


def said(place: Town, name: str, part: Part) -> Said:
    pairs = zip(part.holders.tolist(), part.abouts.tolist(), strict=True)
    return {pair: decoded(place.app.pack, name, part.grants, at) for at, pair in enumerate(pairs)}


def at_once(place: Town, name: str) -> Said:
    """What is due to everybody, from all records in one batch."""
    pack, (one, use) = place.app.pack, asked(place)
    with looking(place.app.store).write() as conn, place.app.vault.together(conn):
        everybody = conn.execute(select(subject.c.number).where(subject.c.number > 0)).scalars().all()
        records = load(conn, place.app.vault, use, everybody, use.categories)
    facts = columns.build(pack, {number: record.history() for number, record in records.items()})
    keys, found = columns.keys(pack, name, facts), pack.programmes[name]
    grants = kernel.evaluate(
        pack, name, facts, keys.holders, keys.abouts, keys.links,
        known_at=one.day, first=FIRST, last=horizon(pack, one.day),
    )  # fmt: skip
    numbers = facts.numbers[found.holder][keys.holders], facts.numbers[found.about][keys.abouts]
    here = np.isin(numbers[0], np.array(everybody))
    assert here.all()
    return said(place, name, Part(0, *numbers, grants))


@pytest.mark.parametrize("at_most", [1, 2, 1000])
@pytest.mark.parametrize("seed", range(3))
def test_range_by_range_is_everybody_at_once(
    place: Town, seed: int, at_most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell_all(place, lives(seed, 14), seed)
    chunks = through(place, at_most, monkeypatch)
    assert max(chunk.subjects for chunk in chunks) <= at_most
    holders = [holder for chunk in chunks for holder in chunk.holders.tolist()]
    assert holders == sorted(set(holders))
    for name in place.app.evaluator.profiles.purposes()[PURPOSE]:
        whole = at_once(place, name)
        for side in ("before", "after"):
            found: Said = {}
            for chunk in chunks:
                mine = said(place, name, getattr(chunk, side)[name])
                assert {holder for holder, _ in mine} <= set(chunk.holders.tolist())
                assert not found.keys() & mine.keys()
                found |= mine
            left_out = {pair: due for pair, due in whole.items() if pair[0] not in holders}
            assert found == {pair: due for pair, due in whole.items() if pair not in left_out}
            assert all(due is None for segments in left_out.values() for _, due in segments)


def test_who_was_seen_is_entered_also_where_nobody_reads_on(place: Town) -> None:
    tell_all(place, lives(0, 14), 0)
    one, use = asked(place)
    going = compared.compared(place.app.store, place.app.vault, use, one, one)
    seen = next(going).holders
    going.close()
    with place.app.store.read() as conn:
        assert bulk_uses(conn)[1] == []
        leaves = conn.execute(select(bulk_use.c.leaves).order_by(bulk_use.c.at.desc()).limit(1)).scalar_one()
    assert leaves >= len(seen) > 0
