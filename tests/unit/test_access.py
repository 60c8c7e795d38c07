"""Policies: what is permitted, what is denied, and what is refused when a pack is loaded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from duly.access import SELF, Actor, Deed, Policy, Question, Relation, State, doing, opening
from duly.errors import BadInput, Denied, OurFault
from duly.law import Pack

PACKS = Path(__file__).parents[2] / "packs"
WITH_POLICIES = [path.parent.name for path in sorted(PACKS.glob("*/policies"))]
NORWAY = PACKS / "norway" / "policies"
LAW = "Barnetrygdloven § 14"
GP = "Forskrift om pasient- og brukerrettigheter i fastlegeordningen § 2"
PAYS = "Barnetrygdloven § 12"
INSIGHT = "GDPR article 15"
WORKER = Actor(organisation="nav", system="worker", officer="")
HELFO = Actor(organisation="helfo", system="worker", officer="")
OFFICER = Actor(organisation="nav", system="page", officer='kari"\n', role="caseworker")
CLEARED = replace(OFFICER, role="cleared")
KEEPER = replace(OFFICER, role="keeper")
STRANGER = Actor(organisation="skatteetaten", system="page", officer="ola", role="caseworker")
PERSON = Actor(organisation=SELF, system="page", officer="")
REGISTER = Actor(organisation="folkeregisteret", system="https://folkeregisteret.example", officer="")

CATEGORIES = 'entity Category enum ["family"]; entity Purpose enum ["pay"];'


@pytest.fixture(scope="module")
def norway() -> Policy:
    return Policy.load(NORWAY)


def written(directory: Path, policy: str, schema: str = CATEGORIES) -> Path:
    (directory / "a.cedar").write_text(policy)
    (directory / "a.cedarschema").write_text(schema)
    return directory


def opens(actor: Actor, purpose: str, basis: str, category: str) -> Question:
    relation = Relation.OWN if actor.organisation == SELF else Relation.NONE
    return opening(
        actor,
        purpose=purpose,
        legal_basis=basis,
        category=category,
        relation=Relation.ASSIGNED if actor.officer else relation,
    )


@pytest.mark.parametrize(
    ("actor", "purpose", "basis", "category", "permitted"),
    [
        (WORKER, "child-benefit", LAW, "family", True),
        (WORKER, "child-benefit", LAW, "account", False),
        (WORKER, "child-benefit", LAW, "contact", False),
        (WORKER, "child-benefit", "Skatteloven § 1", "family", False),
        (WORKER, "child-benefit", "Barnetrygdloven § 99", "family", False),
        (WORKER, "general-practitioner", GP, "practice", False),
        (HELFO, "general-practitioner", GP, "practice", True),
        (HELFO, "general-practitioner", GP, "residence", False),
        (HELFO, "child-benefit", LAW, "family", False),
        (WORKER, "pay", PAYS, "account", True),
        (WORKER, "pay", LAW, "account", False),
        (WORKER, "pay", "", "account", False),
        (OFFICER, "child-benefit", LAW, "contact", True),
        (OFFICER, "child-benefit", LAW, "protection", False),
        (OFFICER, "pay", PAYS, "account", False),
        (OFFICER, "insight", INSIGHT, "family", False),
        (KEEPER, "child-benefit", LAW, "family", False),
        (replace(OFFICER, role=""), "child-benefit", LAW, "family", False),
        (STRANGER, "child-benefit", LAW, "family", False),
        (PERSON, "insight", INSIGHT, "use", True),
        (PERSON, "insight", INSIGHT, "message", False),
        (PERSON, "child-benefit", LAW, "family", False),
    ],
)
def test_norway(
    norway: Policy, actor: Actor, purpose: str, basis: str, category: str, permitted: bool
) -> None:
    assert norway.permits(opens(actor, purpose, basis, category)) is permitted


@pytest.mark.parametrize(
    ("actor", "relation", "state", "permitted"),
    [
        (OFFICER, Relation.NONE, set(), False),
        (OFFICER, Relation.OWN, set(), False),
        (OFFICER, Relation.LOOKED_UP, set(), True),
        (OFFICER, Relation.ASSIGNED, {State.CONTESTED}, True),
        (OFFICER, Relation.ASSIGNED, {State.PROTECTED}, False),
        (OFFICER, Relation.LOOKED_UP, {State.SEALED}, False),
        (CLEARED, Relation.ASSIGNED, {State.PROTECTED, State.SEALED}, True),
        (CLEARED, Relation.NONE, {State.PROTECTED}, False),
    ],
)
def test_why_and_of_whom(
    norway: Policy, actor: Actor, relation: Relation, state: set[State], permitted: bool
) -> None:
    asked = replace(opens(actor, "child-benefit", LAW, "family"), relation=relation, state=frozenset(state))
    assert norway.permits(asked) is permitted


@pytest.mark.parametrize("relation", list(Relation))
def test_people_see_what_is_theirs_or_what_they_have_a_right_to(norway: Policy, relation: Relation) -> None:
    rights = {Relation.OWN, Relation.GUARDIAN, Relation.DELEGATE}  # no business is in the pack, so no agent
    asked = replace(opens(PERSON, "insight", INSIGHT, "family"), relation=relation)
    assert norway.permits(asked) is (relation in rights)
    account = replace(opens(PERSON, "insight", INSIGHT, "account"), relation=relation)
    assert norway.permits(account) is (relation is Relation.OWN)
    sealed = replace(asked, state=frozenset({State.SEALED}))
    assert norway.permits(sealed) is (relation is Relation.OWN)


@pytest.mark.parametrize(
    ("actor", "deed", "at", "permitted"),
    [
        (OFFICER, Deed.DECIDE, "nav", True),
        (OFFICER, Deed.DECIDE, "helfo", False),
        (OFFICER, Deed.RELEASE, "nav", False),
        (replace(OFFICER, role="approver"), Deed.RELEASE, "nav", True),
        (KEEPER, Deed.RUN, "nav", True),
        (KEEPER, Deed.RUN, "helfo", False),
        (KEEPER, Deed.DECIDE, "nav", False),
        (OFFICER, Deed.RUN, "nav", False),
        (replace(OFFICER, role="lawyer"), Deed.ENACT, "nav", True),
        (WORKER, Deed.DECIDE, "nav", False),
        (WORKER, Deed.RUN, "nav", False),
        (REGISTER, Deed.REPORT, "folkeregisteret", True),
        (REGISTER, Deed.REPORT, "udi", False),
        (OFFICER, Deed.REPORT, "nav", False),
        (PERSON, Deed.REPORT, "nav", False),
        (OFFICER, Deed.CHOOSE, "nav", False),
        (PERSON, Deed.DECIDE, "nav", False),
    ],
)
def test_deeds(norway: Policy, actor: Actor, deed: Deed, at: str, permitted: bool) -> None:
    assert norway.permits(doing(actor, deed, at)) is permitted
    if not permitted:
        with pytest.raises(Denied, match="has no right to"):
            norway.require(doing(actor, deed, at))


def test_people_choose_for_themselves_only(norway: Policy) -> None:
    assert norway.permits(doing(PERSON, Deed.CHOOSE, "nav", relation=Relation.OWN))
    assert not norway.permits(doing(PERSON, Deed.CHOOSE, "nav"))


@pytest.mark.parametrize("name", WITH_POLICIES)
def test_each_agency_can_work_for_each_of_its_purposes(name: str) -> None:
    pack, policy = Pack.load(name), Policy.load(PACKS / name / "policies")
    for agency, about in pack.section("agencies").items():
        for purpose in about["purposes"]:
            actor, basis = (
                replace(WORKER, organisation=agency),
                pack.section("purposes")[purpose]["legal_basis"],
            )
            assert any(policy.permits(opens(actor, purpose, basis, c)) for c in pack.section("categories"))


@pytest.mark.parametrize("name", WITH_POLICIES)
def test_every_deed_is_somebody_s_and_nobody_does_all(name: str) -> None:
    pack, policy = Pack.load(name), Policy.load(PACKS / name / "policies")
    agency = next(iter(pack.section("agencies")))
    roles = pack.section("agencies")[agency]["roles"]
    officers = [Actor(organisation=agency, system="s", officer="o", role=role) for role in roles]
    register = Actor(organisation=agency, system="s", officer="")
    for deed in (d for d in Deed if d is not Deed.OPEN):
        asked = [doing(actor, deed, agency, relation=Relation.OWN) for actor in (*officers, register, PERSON)]
        assert any(map(policy.permits, asked)), deed
        assert not all(map(policy.permits, asked)), deed


def test_no_pack_may_permit_what_the_core_forbids(tmp_path: Path) -> None:
    policy = Policy.load(written(tmp_path, "permit (principal, action, resource);"))
    for actor, deed in product((WORKER, PERSON), (Deed.DECIDE, Deed.RUN, Deed.ENACT)):
        assert not policy.permits(doing(actor, deed, actor.organisation, relation=Relation.OWN))
    hidden = frozenset({State.PROTECTED})
    for role in ("caseworker", "approver", "keeper", ""):
        asked = opens(replace(OFFICER, role=role), "pay", PAYS, "family")
        assert policy.permits(asked)
        assert not policy.permits(replace(asked, state=hidden))
        assert not policy.permits(replace(asked, relation=Relation.NONE))
        assert not policy.permits(replace(asked, legal_basis=""))


def test_a_denial_says_nothing_of_the_subject(norway: Policy) -> None:
    said = []
    for state in (frozenset[State](), frozenset({State.PROTECTED})):
        with pytest.raises(Denied) as denied:
            norway.require(doing(KEEPER, Deed.DECIDE, "nav", state=state))
        said.append(str(denied.value))
    assert said[0] == said[1]


def test_an_answer_is_remembered_for_its_own_question_only(norway: Policy) -> None:
    for _ in range(2):
        assert norway.permits(opens(OFFICER, "child-benefit", LAW, "contact"))
        assert not norway.permits(opens(WORKER, "child-benefit", LAW, "contact"))


@pytest.mark.parametrize(("purpose", "category"), [("child-benefit", "famly"), ("child-benefits", "family")])
def test_a_word_that_the_pack_does_not_know_is_our_fault(norway: Policy, purpose: str, category: str) -> None:
    with pytest.raises(OurFault, match="not declared"):
        norway.permits(opens(WORKER, purpose, LAW, category))


@pytest.mark.parametrize(
    "make",
    [
        lambda: doing(WORKER, Deed.OPEN, "nav"),
        lambda: doing(WORKER, Deed.RUN, ""),
        lambda: opening(WORKER, purpose="pay", legal_basis="x", category=""),
    ],
)
def test_what_asks_nothing_is_no_question(make: Callable[[], Question]) -> None:
    with pytest.raises(ValueError, match="is no question"):
        make()


def test_nothing_is_permitted_by_default(tmp_path: Path) -> None:
    policy = Policy.load(written(tmp_path, "forbid (principal, action, resource) when { false };"))
    assert not policy.permits(opens(WORKER, "pay", LAW, "family"))
    for deed in (d for d in Deed if d is not Deed.OPEN):
        assert not policy.permits(doing(OFFICER, deed, "nav"))


@pytest.mark.parametrize(
    ("policy", "detail"),
    [
        ('permit (principal, action == Action::"open", resource == Category::"famly");', "famly"),
        ('permit (principal, action == Action::"opn", resource);', "opn"),
        ('permit (principal, action == Action::"open", resource) when { context.purpos == 1 };', "purpos"),
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
