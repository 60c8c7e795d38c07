"""Keys change while the system works: nothing is lost, nothing is found twice, nothing old is left behind."""

from __future__ import annotations

import json
import os
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import func, select, update

from duly.access import Relation
from duly.clock import SimulatedClock
from duly.errors import Conflict, OurFault, TryAgain
from duly.ledger import Ledger
from duly.store import Store
from duly.vault import Actor, Box, FileKeys, Identifier, Plain, Use, Vault, Wanted, rotation
from duly.vault.keys import epoch_of
from duly.vault.rehash import rehash
from duly.vault.tables import bulk_use, identifier, subject

UPKEEP = Use(
    actor=Actor(organisation="nav", system="duly", officer=""),
    purpose="intake",
    legal_basis="Folkeregisterloven §§ 10-1, 10-2",
    categories=frozenset({"identifier", "message", "contact"}),
    about="keys rotate --identifiers",
)


def people(store: Store, vault: Vault, count: int, begin: int = 0) -> dict[Identifier, int]:
    names = [Identifier("no.fnr", f"{at:011}") for at in range(begin, begin + count)]
    with store.write() as conn:
        return vault.ensure(conn, [Wanted(identifier=name, kind="Person", near=None) for name in names])


def wrapped(store: Store) -> dict[int, bytes]:
    with store.read() as conn:
        return {row.number: row.wrapped for row in conn.execute(select(subject)) if row.wrapped}


def small(monkeypatch: pytest.MonkeyPatch, many: int) -> None:
    monkeypatch.setattr(rotation, "AT_ONCE", many)
    monkeypatch.setattr(rotation, "_NEXT", rotation._NEXT.limit(many))


def test_everything_is_wrapped_anew_and_the_old_epoch_is_destroyed(
    store: Store, vault: Vault, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, 7)
    known = people(store, vault, 50)
    before = wrapped(store)
    (number, *_) = known.values()
    with store.write() as conn:
        (sealed,) = vault.seal(conn, [Plain(subject=number, category="contact", version=1, data=b"MARK")])
    assert keys.begin_epoch() == 2
    with pytest.raises(Conflict, match="in use"):
        rotation.retire_epoch(store, keys, 1)
    assert rotation.rewrap(store, keys) == 50
    assert rotation.rewrap(store, keys) == 0
    rotation.retire_epoch(store, keys, 1)
    rotation.retire_epoch(store, keys, 1)
    assert keys.epochs() == (2,)
    assert {epoch_of(key) for key in wrapped(store).values()} == {2}
    with store.write() as conn:
        box = Box(subject=number, category="contact", version=1, sealed=sealed)
        assert vault.open(conn, UPKEEP, [box]) == [b"MARK"]
    with pytest.raises(OurFault, match="does not unwrap"):
        keys.unwrap(list(before.items()))
    with pytest.raises(Conflict, match="newest"):
        rotation.retire_epoch(store, keys, 2)


def test_one_that_was_cut_off_goes_on(
    store: Store, vault: Vault, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    small(monkeypatch, 10)
    people(store, vault, 35)
    keys.begin_epoch()

    def cut(_: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        rotation.rewrap(store, keys, cut)
    with store.read() as conn:
        assert rotation.epochs_in_use(conn) == {1: 25, 2: 10}
    assert rotation.rewrap(store, keys) == 25


def test_who_comes_or_goes_meanwhile_is_neither_lost_nor_brought_back(
    store: Store, vault: Vault, keys: FileKeys, ledger: Ledger, clock: SimulatedClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    small(monkeypatch, 5)
    known = people(store, vault, 40)
    last = max(known.values())
    keys.begin_epoch()
    at = iter(range(1_000, 2_000, 3))

    def meanwhile(_: int) -> None:
        people(store, vault, 3, next(at))

    writer = Thread(target=lambda: [people(store, vault, 2, 5_000 + 2 * step) for step in range(10)])
    writer.start()
    vault.forget(last)
    rotation.rewrap(store, keys, meanwhile)
    writer.join()
    rotation.rewrap(store, keys)
    rotation.retire_epoch(store, keys, 1)
    now = wrapped(store)
    assert last not in now
    assert len(keys.unwrap(list(now.items()))) == len(now) >= 60


def test_a_forgotten_key_is_not_written_back_by_a_chunk_that_read_it_before(
    store: Store, vault: Vault, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = people(store, vault, 1).values()
    real = keys.unwrap

    def forgotten_in_between(pairs: list[tuple[int, bytes]]) -> list[bytes]:
        vault.forget(number)
        return real(pairs)

    keys.begin_epoch()
    monkeypatch.setattr(keys, "unwrap", forgotten_in_between)
    rotation.rewrap(store, keys)
    assert wrapped(store) == {}


def test_nothing_is_written_by_a_key_that_was_destroyed_meanwhile(
    store: Store, vault: Vault, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = keys.wrap

    def late(pairs: list[tuple[int, bytes]]) -> list[bytes]:
        made = real(pairs)
        keys.begin_epoch()
        keys.destroy_epoch(1)
        return made

    monkeypatch.setattr(keys, "wrap", late)
    with pytest.raises(TryAgain, match="destroyed meanwhile"):
        people(store, vault, 1)
    assert wrapped(store) == {}


def test_another_process_uses_the_newest_key_at_once(
    store: Store, vault: Vault, keys: FileKeys, tmp_path: Path
) -> None:
    other = FileKeys.read(tmp_path / "keys.json")
    people(store, vault, 1)
    other.begin_epoch()
    people(store, vault, 1, 10)
    assert sorted(epoch_of(key) for key in wrapped(store).values()) == [1, 2]
    rotation.rewrap(store, other)
    rotation.retire_epoch(store, other, 1)
    assert keys.epochs() == (2,)


def test_a_remembered_key_is_dropped_when_an_epoch_begins(store: Store, vault: Vault, keys: FileKeys) -> None:
    people(store, vault, 5)
    assert len(vault._ciphers._known) == 5
    keys.begin_epoch()
    people(store, vault, 1, 10)
    assert len(vault._ciphers._known) == 1


def test_identifiers_are_hashed_anew_with_one_use_that_each_sees(
    store: Store, vault: Vault, keys: FileKeys, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = people(store, vault, 30)
    with store.read() as conn:
        old = set(conn.execute(select(identifier.c.hash)).scalars())
    assert rotation.begin_hash(store, keys) == 2
    assert people(store, vault, 31) | known == people(store, vault, 31)  # found by either key
    with pytest.raises(Conflict, match="in use"):
        rotation.retire_hash(store, keys, 1)
    assert rehash(store, vault, keys, UPKEEP) == 30
    assert rehash(store, vault, keys, UPKEEP) == 0
    rotation.retire_hash(store, keys, 1)
    ledger.sequence()
    with store.read() as conn:
        assert vault.find(conn, known) == known
        assert not old & set(conn.execute(select(identifier.c.hash)).scalars())
        assert conn.execute(select(func.count()).select_from(bulk_use)).scalar() == 1
    seen = Use(
        actor=Actor(organisation="self", system="page", officer=""),
        purpose="insight",
        legal_basis="GDPR article 15",
        categories=frozenset({"use", "identifier"}),
        about="page",
        relation=Relation.OWN,
    )
    with store.write() as conn:
        for name, number in known.items():
            assert vault.identifiers_of(conn, seen, number) == [name]
            assert [one.use.about for one in vault.uses(conn, seen, number) if one.bulk] == [UPKEEP.about]


def test_a_process_with_an_older_hash_key_creates_nobody_twice(
    store: Store, vault: Vault, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(2, 1), (1,), (1,)]  # it looks up and creates by the old key; then another one is there
    monkeypatch.setattr(keys, "hash_versions", answers.pop)
    with pytest.raises(TryAgain, match="begun meanwhile"):
        people(store, vault, 1)
    assert wrapped(store) == {}


def test_a_key_that_names_messages_stays(store: Store, keys: FileKeys, tmp_path: Path) -> None:
    """A key file from before messages had keys of their own."""
    file = tmp_path / "keys.json"
    told = json.loads(file.read_text())
    del told["naming"]
    file.write_text(json.dumps(told))
    old = FileKeys.read(file)
    assert old.name(1, [b"a"]) == old.hash(1, [b"a"])
    rotation.begin_hash(store, old)
    assert old.name_versions() == (1,)
    with pytest.raises(Conflict, match="names messages"):
        rotation.retire_hash(store, old, 1)
    assert os.stat(file).st_mode & 0o777 == 0o600


def test_rows_that_somebody_altered_are_not_passed_over(store: Store, vault: Vault, keys: FileKeys) -> None:
    people(store, vault, 3)
    with store.write() as conn:
        conn.execute(update(subject).values(wrapped=b"\0\0\0\1" + b"x" * 60))
    keys.begin_epoch()
    with pytest.raises(OurFault, match="does not unwrap"):
        rotation.rewrap(store, keys)
