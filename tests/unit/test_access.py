"""Policies: what is permitted, what is denied, and what is refused when a pack is loaded."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from duly.access import SELF, Actor, Policy
from duly.errors import BadInput, OurFault

NORWAY = Path(__file__).parents[2] / "packs" / "norway" / "policies"
LAW = "Barnetrygdloven § 11"
GP = "Forskrift om pasient- og brukerrettigheter i fastlegeordningen § 2"
WORKER = Actor(organisation="nav", system="worker", officer="")
HELFO = Actor(organisation="helfo", system="worker", officer="")
OFFICER = Actor(organisation="nav", system="page", officer='kari"\n')
STRANGER = Actor(organisation="skatteetaten", system="page", officer="ola")
PERSON = Actor(organisation=SELF, system="page", officer="")

CATEGORIES = 'entity Category enum ["family"]; entity Purpose enum ["pay"];'


@pytest.fixture(scope="module")
def norway() -> Policy:
    return Policy.load(NORWAY)


def written(directory: Path, policy: str, schema: str = CATEGORIES) -> Path:
    (directory / "a.cedar").write_text(policy)
    (directory / "a.cedarschema").write_text(schema)
    return directory


@pytest.mark.parametrize(
    ("actor", "purpose", "basis", "category", "permitted"),
    [
        (WORKER, "child-benefit", LAW, "family", True),
        (WORKER, "child-benefit", LAW, "account", False),
        (WORKER, "child-benefit", LAW, "contact", False),
        (WORKER, "child-benefit", "Skatteloven § 1", "family", False),
        (WORKER, "general-practitioner", GP, "practice", False),
        (HELFO, "general-practitioner", GP, "practice", True),
        (HELFO, "general-practitioner", GP, "residence", False),
        (HELFO, "child-benefit", LAW, "family", False),
        (WORKER, "pay", LAW, "account", True),
        (WORKER, "pay", "", "account", False),
        (OFFICER, "child-benefit", LAW, "contact", True),
        (OFFICER, "child-benefit", LAW, "protection", False),
        (OFFICER, "pay", LAW, "account", False),
        (OFFICER, "insight", "Personvernforordningen art. 15", "family", False),
        (STRANGER, "child-benefit", LAW, "family", False),
        (PERSON, "insight", "Personvernforordningen art. 15", "use", True),
        (PERSON, "insight", "Personvernforordningen art. 15", "message", False),
        (PERSON, "child-benefit", LAW, "family", False),
    ],
)
def test_norway(
    norway: Policy, actor: Actor, purpose: str, basis: str, category: str, permitted: bool
) -> None:
    assert norway.permits(actor, purpose, basis, category) is permitted


def test_each_agency_can_work_for_each_of_its_purposes(norway: Policy) -> None:
    pack = tomllib.loads((NORWAY.parent / "pack.toml").read_text())
    for agency, about in pack["agencies"].items():
        for purpose in about["purposes"]:
            actor, basis = replace(WORKER, organisation=agency), pack["purposes"][purpose]["legal_basis"]
            assert any(norway.permits(actor, purpose, basis, category) for category in pack["categories"])


def test_an_answer_is_remembered_for_its_own_question_only(norway: Policy) -> None:
    for _ in range(2):
        assert norway.permits(OFFICER, "child-benefit", LAW, "contact")
        assert not norway.permits(WORKER, "child-benefit", LAW, "contact")


@pytest.mark.parametrize(("purpose", "category"), [("child-benefit", "famly"), ("child-benefits", "family")])
def test_a_word_that_the_pack_does_not_know_is_our_fault(norway: Policy, purpose: str, category: str) -> None:
    with pytest.raises(OurFault, match="not declared"):
        norway.permits(WORKER, purpose, LAW, category)


def test_nothing_is_permitted_by_default(tmp_path: Path) -> None:
    policy = Policy.load(written(tmp_path, "forbid (principal, action, resource) when { false };"))
    assert not policy.permits(WORKER, "pay", LAW, "family")


@pytest.mark.parametrize(
    ("policy", "detail"),
    [
        ('permit (principal, action == Action::"open", resource == Category::"famly");', "famly"),
        ('permit (principal, action == Action::"opn", resource);', "opn"),
        ('permit (principal, action, resource) when { context.purpos == Purpose::"pay" };', "purpos"),
        ("permit (principal, action", "parse"),
    ],
)
def test_a_wrong_policy_is_refused_with_its_file(tmp_path: Path, policy: str, detail: str) -> None:
    with pytest.raises(BadInput) as refused:
        Policy.load(written(tmp_path, policy))
    assert detail in refused.value.detail
    assert refused.value.where.endswith("a.cedar")


def test_a_missing_schema_and_missing_policies_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="schema is wrong"):
        Policy.load(tmp_path)
    (tmp_path / "a.cedarschema").write_text(CATEGORIES)
    with pytest.raises(BadInput, match="No policies"):
        Policy.load(tmp_path)
