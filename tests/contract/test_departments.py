"""Each department has identifiers of its own: nothing joins two departments' but Duly with its keys."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from duly.errors import BadInput, Conflict, Denied, NotFound, TryAgain
from duly.law import Pack
from duly.store import Store
from duly.vault import (
    Actor,
    Department,
    Departments,
    FileKeys,
    Identifier,
    Plain,
    Use,
    Vault,
    Wanted,
    known_by,
    rotation,
)
from duly.vault.departments import begin, bpk, in_use, retire
from duly.vault.rehash import rehash
from duly.vault.subjects import hashed, version_of
from duly.vault.tables import identifier

USE = Use(
    actor=Actor(organisation="nav", system="duly", officer=""),
    purpose="intake",
    legal_basis="Folkeregisterloven §§ 10-1, 10-2",
    categories=frozenset({"identifier"}),
    about="a test",
)
OWN = Department(title={"en": "x", "nb": "x"}, scheme="no.fnr", known_by="own")
DECLARED = {
    "ssb": OWN,
    "lib": OWN,
    "tax": msgspec.structs.replace(OWN, known_by="national", law="§ 1"),
    "at": msgspec.structs.replace(OWN, scheme="at.stammzahl", known_by="bpk", area="BW"),
}
EXAMPLE = Path(__file__).parents[3] / "shared/standards/bpk/bpk-at.json"


def people(store: Store, vault: Vault, count: int, scheme: str = "no.fnr") -> dict[Identifier, int]:
    names = [Identifier(scheme, f"{at:011}") for at in range(count)]
    with store.write() as conn:
        return vault.ensure(conn, [Wanted(identifier=name, kind="Person", near=None) for name in names])


@pytest.fixture
def departments(vault: Vault, keys: FileKeys) -> Departments:
    for name in ("ssb", "lib"):
        keys.begin_department(name)
    return Departments(vault, keys, DECLARED)


def named(
    store: Store, departments: Departments, department: str, numbers: Sequence[int]
) -> list[Identifier]:
    with store.write() as conn:
        return [departments.identifier(conn, USE, number, department) for number in numbers]


def test_a_department_s_identifier_leads_to_the_person_and_says_nothing_else(
    store: Store, vault: Vault, departments: Departments
) -> None:
    known = people(store, vault, 40)
    own = named(store, departments, "ssb", list(known.values()))
    assert named(store, departments, "ssb", list(known.values())) == own
    assert len(set(own)) == 40
    with store.read() as conn:
        assert departments.find(conn, "ssb", own) == dict(zip(own, known.values(), strict=True))
        rows = conn.execute(select(identifier)).all()
    for name, number, mine in zip(known, known.values(), own, strict=True):
        assert name.value not in mine.value
        assert str(number) not in mine.value
    assert not {mine.value.encode() for mine in own} & {bytes(row.hash) for row in rows}


def test_only_the_department_s_own_identifiers_lead_back(
    store: Store, vault: Vault, departments: Departments
) -> None:
    known = people(store, vault, 3)
    own = named(store, departments, "ssb", list(known.values()))
    with store.read() as conn:
        assert departments.find(conn, "lib", own) == {}
        assert departments.find(conn, "ssb", known) == {}
        assert departments.find(conn, "lib", [Identifier("duly:lib", own[0].value)]) == {}
        assert departments.find(conn, "tax", known) == known
        assert departments.find(conn, "tax", own) == {}
    assert named(store, departments, "tax", list(known.values())) == list(known)
    with pytest.raises(NotFound, match="Unknown department"):
        named(store, departments, "sbb", list(known.values()))


def shared(one: bytes, other: bytes) -> int:
    """How many leading bits two values share."""
    differing = int.from_bytes(one, "big") ^ int.from_bytes(other, "big")
    return 8 * len(one) - differing.bit_length()


def raw(name: Identifier) -> bytes:
    return base64.urlsafe_b64decode(name.value + "=")


def test_identifiers_of_two_departments_or_versions_cannot_be_joined(
    store: Store, vault: Vault, departments: Departments, keys: FileKeys
) -> None:
    numbers = list(people(store, vault, 200).values())
    first, lib = named(store, departments, "ssb", numbers), named(store, departments, "lib", numbers)
    begin(store, keys, "ssb")
    second = named(store, departments, "ssb", numbers)
    for others in (lib, second):
        pairs = [(raw(a), raw(b)) for a, b in zip(first, others, strict=True)]
        assert all(shared(a, b) < 40 for a, b in pairs)
        assert len({raw(a) for a in first} | {raw(b) for b in others}) == 400
        # Sorted by one, the other is in no order; and bits agree as often as those of strangers.
        agree = [sum((x ^ y).bit_count() for x, y in zip(a, b, strict=True)) for a, b in pairs]
        assert 110 < sum(agree) / len(agree) < 146
        order = sorted(range(200), key=lambda at: pairs[at][0])
        rising = sum(pairs[a][1] < pairs[b][1] for a, b in pairwise(order))
        assert 60 < rising < 140


def test_a_new_key_gives_new_identifiers_and_the_old_ones_are_known_until_it_is_retired(
    store: Store, vault: Vault, departments: Departments, keys: FileKeys
) -> None:
    numbers = list(people(store, vault, 30).values())
    old = named(store, departments, "ssb", numbers)
    lib = named(store, departments, "lib", numbers)
    assert begin(store, keys, "ssb") == 2
    new = named(store, departments, "ssb", numbers)
    assert not set(old) & set(new)
    with store.read() as conn:
        assert in_use(conn, keys, "ssb") == {2: 30, 1: 30}
        assert departments.find(conn, "ssb", [*old, *new]).keys() == {*old, *new}
    with pytest.raises(Conflict, match="newest"):
        retire(store, keys, "ssb", 2)
    assert retire(store, keys, "ssb", 1) == 30
    assert retire(store, keys, "ssb", 1) == 0
    assert keys.department_versions("ssb") == (2,)
    with store.read() as conn:
        assert departments.find(conn, "ssb", old) == {}
        assert departments.find(conn, "ssb", new).keys() == set(new)
        assert departments.find(conn, "lib", lib).keys() == set(lib)
        assert len(conn.execute(select(identifier)).all()) == 90


def test_they_are_found_by_a_new_hash_key_too_and_gone_with_who_is_forgotten(
    store: Store, vault: Vault, departments: Departments, keys: FileKeys
) -> None:
    numbers = list(people(store, vault, 5).values())
    own = named(store, departments, "ssb", numbers)
    rotation.begin_hash(store, keys)
    assert named(store, departments, "ssb", numbers) == own
    assert rehash(store, vault, keys, USE) == 10
    rotation.retire_hash(store, keys, 1)
    assert named(store, departments, "ssb", numbers) == own
    vault.forget(numbers[0])
    with store.read() as conn:
        assert departments.find(conn, "ssb", own).keys() == set(own[1:])
    with pytest.raises(NotFound):
        named(store, departments, "ssb", numbers[:1])


def test_giving_one_is_a_use_that_leaves_its_entry_and_registers_are_not_told_of_it(
    store: Store, vault: Vault, departments: Departments
) -> None:
    (number,) = people(store, vault, 1).values()
    named(store, departments, "ssb", [number])
    insight = replace(
        USE, actor=Actor(organisation="self", system="page", officer=""), purpose="insight",
        legal_basis="GDPR article 15", categories=frozenset({"use"}), relation="own",
    )  # fmt: skip
    with store.read() as conn:
        assert [used.use.about for used in vault.uses(conn, insight, number)] == ["a test"]
    with store.write() as conn:
        assert [name.scheme for name in vault.identifiers_of(conn, USE, number)] == ["no.fnr"]
        with pytest.raises(Denied):
            departments.identifier(conn, replace(USE, categories=frozenset({"family"})), number, "ssb")


def test_a_register_is_translated_without_telling_who_is_known(
    store: Store, vault: Vault, departments: Departments
) -> None:
    known = people(store, vault, 3)
    asked = [*known, Identifier("no.fnr", "99999999999")]
    with store.write() as conn:
        own = departments.keep(conn, "ssb", asked)
        assert departments.keep(conn, "ssb", asked) == own
        assert departments.find(conn, "ssb", own) == dict(zip(own, known.values(), strict=False))
    assert {len(name.value) for name in own} == {43}
    assert named(store, departments, "ssb", list(known.values())) == own[:3]


def test_somebody_with_two_numbers_keeps_the_identifier_that_was_given(
    store: Store, vault: Vault, departments: Departments, keys: FileKeys
) -> None:
    (number,) = people(store, vault, 1).values()
    (own,) = named(store, departments, "ssb", [number])
    for value in ("!earlier", "~later"):
        name = Identifier("no.fnr", value)
        (hash_,) = hashed(keys, 1, [name])
        plain = Plain(
            subject=number,
            category="identifier",
            version=version_of(hash_),
            data=b"no.fnr\0" + value.encode(),
        )
        with store.write() as conn:
            (sealed,) = vault.seal(conn, [plain])
            row = {"hash": hash_, "key_version": 1, "subject": number, "sealed": sealed}
            conn.execute(identifier.insert(), row)
            assert name in vault.identifiers_of(conn, USE, number)
        assert named(store, departments, "ssb", [number]) == [own]


def test_without_a_key_or_an_identifier_to_make_it_of_there_is_none(
    store: Store, vault: Vault, keys: FileKeys
) -> None:
    departments = Departments(vault, keys, DECLARED)
    (number,) = people(store, vault, 1).values()
    with pytest.raises(NotFound, match="has no key"):
        named(store, departments, "ssb", [number])
    with pytest.raises(NotFound, match=r"at\.stammzahl"):
        named(store, departments, "at", [number])


def test_a_key_that_is_begun_meanwhile_lets_nothing_be_written_by_the_older(
    store: Store, vault: Vault, departments: Departments, keys: FileKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    (number,) = people(store, vault, 1).values()
    made = departments.made

    def slow(department: str, of: Sequence[Identifier]) -> list[Identifier]:
        found = made(department, of)
        keys.begin_department(department)
        return found

    monkeypatch.setattr(departments, "made", slow)
    tags = iter([1, 2])
    monkeypatch.setattr(departments, "_tag", lambda _: bytes([next(tags)]) * 16)
    with pytest.raises(TryAgain):
        named(store, departments, "ssb", [number])
    with store.read() as conn:
        assert len(conn.execute(select(identifier)).all()) == 1


def test_the_austrian_identifier_is_the_published_example(
    store: Store, vault: Vault, departments: Departments
) -> None:
    told: dict[str, Any] = json.loads(EXAMPLE.read_text())
    assert bpk(told["stammzahl"], told["bereich"]) == told["bpk"]
    assert base64.b64decode(told["bpk"]).hex() == told["hex"]
    source = Identifier("at.stammzahl", told["stammzahl"])
    with store.write() as conn:
        number = vault.ensure(conn, [Wanted(identifier=source, kind="Person", near=None)])[source]
    (own,) = named(store, departments, "at", [number])
    assert own == Identifier("duly:at", told["bpk"])
    with store.read() as conn:
        assert departments.find(conn, "at", [own]) == {own: number}
        assert departments.find(conn, "at", [source]) == {}


@given(
    st.text("ABCDEFabcdef0123456789+/=", min_size=8), st.sampled_from(["BW", "SA", "GH"]),
    st.sampled_from(["BW", "SA", "GH"]),
)  # fmt: skip
def test_austrian_identifiers_of_two_sectors_differ(source: str, one: str, other: str) -> None:
    assert (bpk(source, one) == bpk(source, other)) == (one == other)
    assert len(base64.b64decode(bpk(source, one))) == 20


@given(
    st.lists(st.text(min_size=1, max_size=30).filter(lambda text: "\0" not in text), min_size=2, unique=True)
)
@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_what_is_made_depends_on_department_version_and_person_alone(
    tmp_path_factory: pytest.TempPathFactory, values: list[str]
) -> None:
    keys = FileKeys.create(tmp_path_factory.mktemp("k") / "keys.json")
    names = [Identifier("no.fnr", value) for value in values]
    seen: set[str] = set()
    for name in ("ssb", "lib", "ssb"):
        keys.begin_department(name)
        departments = Departments(None, keys, DECLARED)  # type: ignore[arg-type] - nothing is looked up
        made = departments.made(name, names)
        assert made == departments.made(name, names)
        assert not seen & {one.value for one in made}
        seen |= {one.value for one in made}
    assert len(seen) == 3 * len(names)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"known_by": "national"}, "law"), ({"known_by": "bpk"}, "area"), ({"law": "§ 1"}, "law"),
     ({"title": {"en": "x"}}, "nb"), ({"known_by": "guess"}, "known_by"), ({"schema": "x"}, "schema")],
)  # fmt: skip
def test_a_department_that_is_declared_wrongly_is_refused(wrong: dict[str, Any], said: str) -> None:
    norway = Pack.load("norway")
    told = {"title": {"en": "x", "nb": "x"}, "scheme": "no.fnr", "known_by": "own"} | wrong
    with pytest.raises(BadInput, match=said):
        known_by(replace(norway, settings={**norway.settings, "departments": {"x": told}}))
    assert known_by(norway)["ssb"].known_by == "own"
