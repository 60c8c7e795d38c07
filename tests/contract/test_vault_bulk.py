"""Uses of many subjects: whom they cover for what, and what they keep at hand meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from random import Random

import pytest
from sqlalchemy import Connection

from duly.access import Actor, Policy
from duly.clock import SimulatedClock
from duly.law.pack import find
from duly.ledger import Ledger
from duly.store import Store
from duly.vault import FileKeys, Identifier, Plain, Use, Vault, Wanted, ciphers
from duly.vault.subjects import wrapped_keys

STEP = Use(
    actor=Actor(organisation="nav", system="worker", officer=""),
    purpose="child-benefit",
    legal_basis="Barnetrygdloven § 14",
    categories=frozenset({"family"}),
    about="run",
)


def crowd(store: Store, vault: Vault, count: int) -> list[int]:
    wanted = [
        Wanted(identifier=Identifier("no.fnr", str(at)), kind="Person", near=None) for at in range(count)
    ]
    with store.write() as conn:
        return sorted(vault.ensure(conn, wanted).values())


@pytest.mark.parametrize("seed", range(6))
def test_who_has_no_leaf_for_a_use_is_found_wherever_the_leaves_lie(
    store: Store, vault: Vault, seed: int
) -> None:
    random, uses = Random(seed), range(4)
    people = crowd(store, vault, 400)
    pairs = [(number, use) for number in people for use in uses if random.random() < 0.6]
    with store.write() as conn:
        opening = vault.in_bulk(conn, vault.begin_bulk(conn, [replace(STEP, about=str(use)) for use in uses]))
        opening.unlock(wrapped_keys(conn, people).items())
        for begin in range(0, len(pairs), 300):
            opening.cover(conn, pairs[begin : begin + 300])
        for use in uses:
            for some in (people, random.sample(people, 40)):
                missing = sorted(number for number in some if (number, use) not in pairs)
                assert opening.uncovered(conn, some, use) == missing


def unwrapped(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Whose data keys are unwrapped from now on."""
    whose: list[int] = []
    unwrap = FileKeys.unwrap

    def noting(self: FileKeys, wrapped: Sequence[tuple[int, bytes]]) -> list[bytes]:
        whose.extend(number for number, _ in wrapped)
        return unwrap(self, wrapped)

    monkeypatch.setattr(FileKeys, "unwrap", noting)
    return whose


def test_keys_that_are_unwrapped_in_passing_are_gone_afterwards(
    store: Store, vault: Vault, keys: FileKeys, ledger: Ledger, clock: SimulatedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    known, other = crowd(store, vault, 2)
    second = Vault(store, keys, ledger, Policy.load(find("norway") / "policies"), clock)
    plain = [Plain(subject=one, category="family", version=1, data=b"x") for one in (known, other)]
    whose = unwrapped(monkeypatch)
    with store.write() as conn:
        second.seal(conn, plain[:1])
        assert whose == [known]
        with second.passing(conn):
            second.seal(conn, plain)
            second.seal(conn, plain)
        assert whose == [known, other]
        second.seal(conn, plain)
    assert whose == [known, other, other]


def test_so_many_keys_are_remembered_the_last_used_stay_and_passing_pushes_nobody_out(
    store: Store, vault: Vault, keys: FileKeys, ledger: Ledger, clock: SimulatedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    everybody = crowd(store, vault, 7)
    monkeypatch.setattr(ciphers, "REMEMBERED", 3)
    second = Vault(store, keys, ledger, Policy.load(find("norway") / "policies"), clock)
    whose = unwrapped(monkeypatch)

    def seal(conn: Connection, *numbers: int) -> list[int]:
        whose.clear()
        second.seal(conn, [Plain(subject=one, category="family", version=1, data=b"x") for one in numbers])
        return sorted(whose)

    with store.write() as conn:
        a, b, c, d, *rest = everybody
        for one in (a, b, c):
            assert seal(conn, one) == [one]
        assert seal(conn, a) == []
        assert seal(conn, d) == [d]
        assert seal(conn, a, c, d) == [], "the one that was used longest ago made room"
        assert seal(conn, b) == [b]
        for one in (c, d, b):
            seal(conn, one)
        with second.passing(conn):
            assert seal(conn, *everybody) == sorted([*rest, a])
            assert seal(conn, *everybody) == []
        assert seal(conn, b, c, d) == []
        assert seal(conn, a) == [a]
