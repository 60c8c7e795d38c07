"""The vault on both databases: who, what, and who saw it."""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from msgspec import structs
from sqlalchemy import Connection, func, select, update
from sqlalchemy.exc import DBAPIError

from duly.access import SELF, Question, Relation
from duly.clock import SimulatedClock
from duly.errors import BadInput, Conflict, Denied, NotFound, OurFault, TryAgain
from duly.ledger import Ledger
from duly.store import Store
from duly.vault import (
    SYSTEM,
    Actor,
    Box,
    FileKeys,
    Identifier,
    Plain,
    Use,
    Vault,
    Wanted,
    bucket,
    commitment,
)
from duly.vault.tables import identifier, subject, use_entry

WORKER = Actor(organisation="nav", system="worker", officer="")
STEP = Use(
    actor=WORKER,
    purpose="child-benefit",
    legal_basis="Barnetrygdloven § 14",
    categories=frozenset({"family", "identity", "residence"}),
    about="step 7",
)
INTAKE = Use(
    actor=WORKER,
    purpose="intake",
    legal_basis="Folkeregisterloven §§ 10-1, 10-2",
    categories=frozenset({"message"}),
    about="batch 3",
)
INSIGHT = Use(
    actor=Actor(organisation=SELF, system="page", officer=""),
    purpose="insight",
    legal_basis="GDPR article 15",
    categories=frozenset({"use", "identifier", "family"}),
    about="page",
    relation=Relation.OWN,
)
MOTHER = Identifier("no.fnr", "MARKED-MOTHER")
CHILD = Identifier("no.fnr", "MARKED-CHILD")
PRACTICE = Identifier("no.practice", "MARKED-PRACTICE")


def wanted(name: Identifier, near: Identifier | None = None, kind: str = "Person") -> Wanted:
    return Wanted(identifier=name, kind=kind, near=near)


def made(store: Store, vault: Vault, *names: Identifier) -> list[int]:
    with store.write() as conn:
        numbers = vault.ensure(conn, [wanted(name) for name in names])
    return [numbers[name] for name in names]


def sealed(store: Store, vault: Vault, number: int, category: str, data: bytes, version: int = 1) -> Box:
    plain = Plain(subject=number, category=category, version=version, data=data)
    with store.write() as conn:
        (box,) = vault.seal(conn, [plain])
    return Box(subject=number, category=category, version=version, sealed=box)


def entries(store: Store) -> int:
    with store.read() as conn:
        return conn.execute(select(func.count()).select_from(use_entry)).scalar_one()


def opened(store: Store, vault: Vault, *boxes: Box, use: Use = STEP) -> list[bytes]:
    with store.write() as conn:
        return vault.open(conn, use, boxes)


# Who


def test_ensure_creates_once_and_find_finds(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    assert 0 < mother < 2**63
    assert made(store, vault, MOTHER) == [mother]
    with store.read() as conn:
        assert vault.find(conn, [MOTHER, CHILD]) == {MOTHER: mother}
        assert vault.kinds(conn, [mother]) == {mother: "Person"}


def test_the_same_unknown_identifier_twice_in_a_batch_is_one_subject(store: Store, vault: Vault) -> None:
    with store.write() as conn:
        numbers = vault.ensure(conn, [wanted(MOTHER), wanted(CHILD, MOTHER), wanted(MOTHER)])
        assert conn.execute(select(func.count()).select_from(subject)).scalar_one() == 2
    assert set(numbers) == {MOTHER, CHILD}


def test_a_scheme_and_value_are_not_run_together(store: Store, vault: Vault) -> None:
    one, other = made(store, vault, Identifier("a", "bc"), Identifier("ab", "c"))
    assert one != other


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_newborn_takes_the_bucket_of_whom_it_is_near(
    store: Store, vault: Vault, order: tuple[int, ...]
) -> None:
    grandchild = Identifier("no.fnr", "MARKED-GRANDCHILD")
    batch = [wanted(MOTHER), wanted(CHILD, MOTHER), wanted(grandchild, CHILD)]
    with store.write() as conn:
        numbers = vault.ensure(conn, [batch[place] for place in order])
    assert len({bucket(number) for number in numbers.values()}) == 1
    assert len(set(numbers.values())) == 3


def test_near_somebody_known_or_nobody_known(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    with store.write() as conn:
        numbers = vault.ensure(conn, [wanted(CHILD, MOTHER), wanted(PRACTICE, Identifier("x", "nobody"))])
    assert bucket(numbers[CHILD]) == bucket(mother)


def test_whoever_is_wanted_twice_is_near_to_whom_either_names(store: Store, vault: Vault) -> None:
    with store.write() as conn:
        numbers = vault.ensure(conn, [wanted(CHILD), wanted(CHILD, MOTHER), wanted(CHILD), wanted(MOTHER)])
    assert bucket(numbers[CHILD]) == bucket(numbers[MOTHER])


def test_a_circle_of_nearness_ends(store: Store, vault: Vault) -> None:
    with store.write() as conn:
        numbers = vault.ensure(conn, [wanted(MOTHER, CHILD), wanted(CHILD, MOTHER)])
    assert bucket(numbers[MOTHER]) == bucket(numbers[CHILD])


def test_an_identifier_of_another_kind_is_a_conflict_that_does_not_tell_it(
    store: Store, vault: Vault
) -> None:
    made(store, vault, MOTHER)
    with store.write() as conn:
        with pytest.raises(Conflict) as known:
            vault.ensure(conn, [wanted(MOTHER, kind="Practice")])
        with pytest.raises(Conflict):
            vault.ensure(conn, [wanted(CHILD), wanted(CHILD, kind="Practice")])
    assert "MARKED" not in str(known.value)


def test_two_at_once_create_one(store: Store, vault: Vault) -> None:
    if store.dialect == "sqlite":
        return  # there a write transaction is alone
    with store.write() as slow:
        vault.ensure(slow, [wanted(MOTHER)])
        with store.write() as quick:
            assert vault.find(quick, [MOTHER]) == {}
    with store.read() as conn:
        assert set(vault.find(conn, [MOTHER])) == {MOTHER}


def test_a_subject_created_behind_our_back_is_try_again(
    store: Store, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(store, vault, MOTHER)

    def not_committed_yet(*_: object) -> dict[Identifier, object]:
        return {}

    monkeypatch.setattr("duly.vault.subjects.look_up", not_committed_yet)
    with pytest.raises(TryAgain, match="created twice"):
        made(store, vault, MOTHER)


def test_versions_count_up_together(store: Store, vault: Vault) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    with store.write() as conn:
        assert vault.versions(conn, [mother, child]) == {mother: 0, child: 0}
        assert vault.bump(conn, [mother, child, child]) == {mother: 1, child: 1}
        assert vault.bump(conn, [child]) == {child: 2}
        assert vault.versions(conn, [mother, child, 5]) == {mother: 1, child: 2}


def test_identifiers_open_for_a_use(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    assert vault.disclose(INSIGHT, lambda conn: vault.identifiers_of(conn, INSIGHT, mother)) == [MOTHER]
    assert entries(store) == 1
    with pytest.raises(Denied):
        vault.disclose(STEP, lambda conn: vault.identifiers_of(conn, STEP, mother))


def test_older_keys_still_find_and_unwrap(
    store: Store, keys: FileKeys, ledger: Ledger, clock: SimulatedClock, tmp_path: Path
) -> None:
    first = Vault(store, keys, ledger, Everything(), clock)
    (mother,) = made(store, first, MOTHER)
    box = sealed(store, first, mother, "family", b"m")
    newer = Vault(store, with_second_version(tmp_path / "keys.json"), ledger, Everything(), clock)
    (same, child) = made(store, newer, MOTHER, CHILD)
    assert same == mother
    assert opened(store, newer, box) == [b"m"]
    with store.read() as conn:
        rows = conn.execute(select(identifier.c.subject, identifier.c.key_version)).all()
        assert first.find(conn, [CHILD]) == {CHILD: child}  # the key was drawn while this process ran
    assert {row.subject: row.key_version for row in rows} == {mother: 1, child: 2}


def with_second_version(path: Path) -> FileKeys:
    content = json.loads(path.read_bytes())
    for kind in ("wrapping", "hashing"):
        content[kind]["2"] = base64.b64encode(os.urandom(32)).decode()
    path.write_text(json.dumps(content))
    return FileKeys.read(path)


# What


def test_what_was_sealed_opens_in_order(store: Store, vault: Vault) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    boxes = [
        sealed(store, vault, child, "family", b"c"),
        sealed(store, vault, mother, "family", b""),
        sealed(store, vault, child, "identity", b"i" * 70_000),
    ]
    assert opened(store, vault, *boxes) == [b"c", b"", b"i" * 70_000]


def test_the_system_seals_messages(store: Store, vault: Vault) -> None:
    box = sealed(store, vault, SYSTEM, "message", b"hello")
    assert opened(store, vault, box, use=INTAKE) == [b"hello"]
    assert sealed(store, vault, SYSTEM, "message", b"hello").sealed != box.sealed


SWAPS: list[Callable[[Box, Box], Box]] = [
    lambda a, b: structs.replace(a, subject=b.subject),
    lambda a, b: structs.replace(a, sealed=b.sealed),
    lambda a, _: structs.replace(a, version=2),
    lambda a, _: structs.replace(a, category="identity"),
    lambda a, _: structs.replace(a, sealed=a.sealed[:-1] + bytes([a.sealed[-1] ^ 1])),
    lambda a, _: structs.replace(a, sealed=b"\x02" + a.sealed[1:]),
    lambda a, _: structs.replace(a, sealed=a.sealed[:5]),
    lambda a, _: structs.replace(a, sealed=b""),
]


@pytest.mark.parametrize("swap", SWAPS)
def test_what_was_moved_or_altered_does_not_open(
    store: Store, vault: Vault, swap: Callable[[Box, Box], Box]
) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    box, other = sealed(store, vault, mother, "family", b"m"), sealed(store, vault, child, "family", b"c")
    with pytest.raises(OurFault, match="does not open") as refused:
        opened(store, vault, swap(box, other))
    assert "category" in refused.value.where
    assert entries(store) == 0


def test_wrapped_keys_swapped_between_subjects_do_not_unwrap(
    store: Store, keys: FileKeys, ledger: Ledger, vault: Vault, clock: SimulatedClock
) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    box = sealed(store, vault, mother, "family", b"m")
    with store.write() as conn:
        theirs = conn.scalar(select(subject.c.wrapped).where(subject.c.number == child))
        conn.execute(update(subject).where(subject.c.number == mother).values(wrapped=theirs))
    fresh = Vault(store, keys, ledger, Everything(), clock)
    with pytest.raises(OurFault, match="data key does not unwrap"):
        opened(store, fresh, box)


def test_identifiers_swapped_between_rows_do_not_open(store: Store, vault: Vault) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    with store.write() as conn:
        theirs = conn.scalar(select(identifier.c.sealed).where(identifier.c.subject == child))
        conn.execute(update(identifier).where(identifier.c.subject == mother).values(sealed=theirs))
    with pytest.raises(OurFault, match="does not open"):
        vault.disclose(INSIGHT, lambda conn: vault.identifiers_of(conn, INSIGHT, mother))


class Everything:
    """A policy that permits everything; for what is not about the policy."""

    def permits(self, question: Question) -> bool:
        return bool(question.purpose and question.legal_basis and question.category)


def test_an_unknown_subject_is_not_found(store: Store, vault: Vault) -> None:
    with pytest.raises(NotFound, match="No such subject"):
        sealed(store, vault, 12345, "family", b"")


# Who saw it


def test_one_entry_for_each_subject(store: Store, vault: Vault) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    boxes = [
        sealed(store, vault, number, category, b"x")
        for number in (mother, child)
        for category in ("family", "identity")
    ]
    opened(store, vault, *boxes[:3])
    assert entries(store) == 2
    with store.read() as conn:
        (of_mother,) = vault.uses(conn, INSIGHT, mother)
        (of_child,) = vault.uses(conn, INSIGHT, child)
    assert of_mother.use == replace(STEP, categories=frozenset({"family", "identity"}))
    assert of_child.use == replace(STEP, categories=frozenset({"family"}))
    assert of_mother.salt != of_child.salt
    assert of_mother.commitment == commitment(mother, of_mother.salt, of_mother.text)
    assert entries(store) == 2  # looking at one's uses is no use


def test_openings_together_leave_one_entry(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    family, identity = (sealed(store, vault, mother, of, b"x") for of in ("family", "identity"))
    with store.write() as conn, vault.together(conn):
        vault.open(conn, STEP, [family])
        vault.open(conn, STEP, [identity])
        vault.open(conn, replace(STEP, about="step 8"), [identity])
    with store.read() as conn:
        seen = {(used.use.about, used.use.categories) for used in vault.uses(conn, INSIGHT, mother)}
    assert seen == {("step 7", frozenset({"family", "identity"})), ("step 8", frozenset({"identity"}))}


def test_together_inside_together_is_refused(store: Store, vault: Vault) -> None:
    with store.write() as conn, vault.together(conn), pytest.raises(OurFault), vault.together(conn):
        pass


def test_opening_nothing_is_no_use(store: Store, vault: Vault) -> None:
    assert opened(store, vault) == []
    assert entries(store) == 0


def test_nothing_opens_on_a_read_transaction(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    box = sealed(store, vault, mother, "family", b"x")
    with pytest.raises(DBAPIError), store.read() as conn:
        vault.open(conn, STEP, [box])


def test_what_is_not_permitted_or_not_declared_is_denied(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    family, account = (sealed(store, vault, mother, of, b"x") for of in ("family", "account"))
    with pytest.raises(Denied, match="does not declare"):
        opened(store, vault, family, account)
    with pytest.raises(Denied, match="No policy permits"):
        opened(store, vault, family, account, use=replace(STEP, categories=frozenset({"family", "account"})))
    with pytest.raises(Denied), store.read() as conn:
        vault.uses(conn, replace(STEP, categories=frozenset({"use"})), mother)
    assert entries(store) == 0


def test_disclosure_leaves_after_the_commit(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    box = sealed(store, vault, mother, "family", b"x")
    assert vault.disclose(STEP, lambda conn: vault.open(conn, STEP, [box])) == [b"x"]
    assert entries(store) == 1


def test_a_disclosure_that_fails_leaves_nothing(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    box = sealed(store, vault, mother, "family", b"x")

    def read(conn: Connection) -> None:
        vault.open(conn, STEP, [box])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        vault.disclose(STEP, read)
    assert entries(store) == 0
    assert vault.disclose(STEP, lambda conn: vault.open(conn, STEP, [box])) == [b"x"]


def test_a_disclosure_is_denied_before_anything_is_read(store: Store, vault: Vault) -> None:
    def read(conn: Connection) -> None:
        raise AssertionError(conn)

    with pytest.raises(Denied):
        vault.disclose(replace(STEP, categories=frozenset({"family", "account"})), read)
    assert entries(store) == 0


def test_a_use_gets_its_leaf_when_the_ledger_has_sequenced_it(
    store: Store, vault: Vault, ledger: Ledger
) -> None:
    (mother,) = made(store, vault, MOTHER)
    box = sealed(store, vault, mother, "family", b"x")
    opened(store, vault, box)
    with store.read() as conn:
        assert [used.index for used in vault.uses(conn, INSIGHT, mother)] == [None]
    ledger.sequence()
    with store.read() as conn:
        assert [used.index for used in vault.uses(conn, INSIGHT, mother)] == [0]


def test_uses_come_newest_first_and_limited(store: Store, vault: Vault, clock: SimulatedClock) -> None:
    (mother,) = made(store, vault, MOTHER)
    box = sealed(store, vault, mother, "family", b"x")
    for step in range(3):
        clock.set(clock.now() + 1)
        opened(store, vault, box, use=replace(STEP, about=f"step {step}"))
    with store.read() as conn:
        assert [used.use.about for used in vault.uses(conn, INSIGHT, mother, limit=2)] == ["step 2", "step 1"]


def test_an_entry_whose_commitment_was_exchanged_is_found_out(store: Store, vault: Vault) -> None:
    (mother,) = made(store, vault, MOTHER)
    opened(store, vault, sealed(store, vault, mother, "family", b"x"))
    with store.write() as conn:
        conn.execute(update(use_entry).values(commitment=b"\0" * 32))
    with pytest.raises(OurFault, match="do not agree"), store.read() as conn:
        vault.uses(conn, INSIGHT, mother)


# Forgetting


def test_a_forgotten_subject_cannot_be_opened_found_or_sealed(
    store: Store, keys: FileKeys, ledger: Ledger, vault: Vault, clock: SimulatedClock
) -> None:
    mother, child = made(store, vault, MOTHER, CHILD)
    box, other = sealed(store, vault, mother, "family", b"m"), sealed(store, vault, child, "family", b"c")
    elsewhere = Vault(store, keys, ledger, Everything(), clock)
    opened(store, elsewhere, box)
    vault.forget(mother)
    for one in (vault, elsewhere):
        with pytest.raises(NotFound, match="forgotten") as gone:
            opened(store, one, box)
        assert gone.value.status == 410
        assert opened(store, one, other) == [b"c"]
    with store.read() as conn:
        assert vault.find(conn, [MOTHER]) == {}
        assert vault.forgotten(conn, [mother, child]) == {mother}
    vault.forget(mother)
    assert made(store, vault, MOTHER) != [mother]


def test_proofs_outlive_the_forgotten(store: Store, vault: Vault, ledger: Ledger) -> None:
    (mother,) = made(store, vault, MOTHER)
    opened(store, vault, sealed(store, vault, mother, "family", b"m"))
    ledger.sequence()
    with store.read() as conn:
        (used,) = vault.uses(conn, INSIGHT, mother)
    vault.forget(mother)
    assert ledger.index_of(used.commitment) == 0


def test_the_system_is_not_forgotten(vault: Vault) -> None:
    with pytest.raises(BadInput):
        vault.forget(SYSTEM)
