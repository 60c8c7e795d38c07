"""Whoever is protected, sealed or contests something is minded on every path that opens a subject."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, select
from web_town import CHILD, FATHER, MOTHER, NEIGHBOUR, Town, birth, browse, family

from duly.access import Actor, Policy, Relation, State, opening
from duly.errors import BadInput, Denied
from duly.facts import ACCESS, load, states_of
from duly.law import Pack
from duly.law.pack import find
from duly.law.vocabulary import MARKS
from duly.vault import Identifier, Use
from duly.vault.tables import use_entry

LAW = "Barnetrygdloven § 14"
NEEDED = "A case that needs it"
PLAIN = Actor(organisation="nav", system="pages", officer="nav-1", role="caseworker")
CLEARED = replace(PLAIN, officer="nav-3", role="cleared")
HIDES = {
    State.PROTECTED: "no.folkeregisteret.protection.v1",
    State.SEALED: "no.folkeregisteret.sealed-adoption.v1",
}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, "2025-03-04")
    family(made)
    made.take([birth("2025-03-03")])
    made.app.worker.run_until_idle()
    yield made
    made.close()


def number(town: Town, person: str) -> int:
    wanted = Identifier("no.fnr", person)
    with town.app.store.read() as conn:
        return town.app.vault.find(conn, [wanted])[wanted]


def use(actor: Actor, *categories: str, relation: Relation = Relation.LOOKED_UP) -> Use:
    return Use(
        actor=actor,
        purpose="child-benefit",
        legal_basis=LAW,
        categories=frozenset(categories),
        about="look-up: a test",
        relation=relation,
    )


def entries(town: Town, subject: int) -> int:
    with town.app.store.read() as conn:
        return conn.execute(
            select(func.count()).select_from(use_entry).where(use_entry.c.subject == subject)
        ).scalar_one()


def test_the_vocabulary_s_marks_are_the_states_of_the_policies() -> None:
    assert set(MARKS) == {str(state) for state in State}


@pytest.mark.parametrize("state", HIDES)
@pytest.mark.parametrize("relation", [Relation.LOOKED_UP, Relation.ASSIGNED])
def test_the_vault_minds_what_an_officer_forgets_to_ask(town: Town, state: State, relation: Relation) -> None:
    vault, store, who = town.app.vault, town.app.store, number(town, NEIGHBOUR)

    def opens(actor: Actor) -> Callable[[Connection], object]:
        asked = use(actor, "identity", relation=relation)
        return lambda conn: load(conn, vault, asked, [who], {"identity"})[who].facts

    assert vault.disclose(use(PLAIN, "identity", relation=relation), opens(PLAIN))
    town.tell(HIDES[state], {"person": NEIGHBOUR, "since": "2025-01-01"})
    before = entries(town, who)
    with pytest.raises(Denied) as denied:
        vault.disclose(use(PLAIN, "identity", relation=relation), opens(PLAIN))
    assert str(state) not in str(denied.value)
    assert entries(town, who) == before
    assert vault.disclose(use(CLEARED, "identity", relation=relation), opens(CLEARED))
    with store.write() as conn:
        assert vault.states(conn, [who]) == {state}


@pytest.mark.parametrize("path", ["identifiers", "uses", "sealed uses", "records"])
def test_no_way_into_the_vault_leads_past_a_state(town: Town, path: str) -> None:
    vault, who = town.app.vault, number(town, NEIGHBOUR)
    categories = {"identifiers": "identifier", "records": "identity"}
    ways: dict[str, Callable[[Connection, Use], object]] = {
        "identifiers": lambda conn, of: vault.identifiers_of(conn, of, who),
        "uses": lambda conn, of: vault.uses(conn, of, who),
        "sealed uses": lambda conn, of: vault.sealed_uses(conn, of, who),
        "records": lambda conn, of: load(conn, vault, of, [who], {"identity"}),
    }
    town.tell(HIDES[State.PROTECTED], {"person": NEIGHBOUR, "since": "2025-01-01"})
    with town.app.store.write() as conn, pytest.raises(Denied):
        ways[path](conn, use(PLAIN, categories.get(path, "use")))


def test_many_are_opened_by_machines_only(town: Town) -> None:
    with town.app.store.write() as conn, pytest.raises(Denied, match="may not be opened"):
        town.app.vault.begin_bulk(conn, [use(CLEARED, "identity")])


def test_who_contests_something_is_marked_until_they_do_not(town: Town) -> None:
    who = number(town, MOTHER)
    with town.app.store.write() as conn:
        assert town.app.vault.states(conn, [who]) == frozenset()
    town.tell("no.self.contest.v1", {"person": MOTHER, "contest": "I live there.", "since": "2025-03-04"})
    with town.app.store.write() as conn:
        assert town.app.vault.states(conn, [who]) == {State.CONTESTED}
    plain = browse(town)
    plain.be_officer("nav-1")
    form = {"identifier": MOTHER, "purpose": "child-benefit", "reason": NEEDED}
    assert "Ingrid Berg" in plain.send("/officer/look-up", "/officer/look-up", **form)


def test_looking_up_a_state_leaves_the_same_of_everybody(town: Town) -> None:
    """An insider with the database sees from the rows that somebody was looked at, and not what was found."""
    town.tell(HIDES[State.PROTECTED], {"person": NEIGHBOUR, "since": "2025-01-01"})
    town.tell(HIDES[State.PROTECTED], {"person": FATHER, "since": "2025-01-01", "protected": False})
    grown = {}
    for person in (NEIGHBOUR, FATHER):
        who = number(town, person)
        before = entries(town, who)
        with town.app.store.write() as conn:
            found = states_of(conn, town.app.vault, town.app.pack, [who], town.app.clock.today())
        grown[person] = (entries(town, who) - before, State.PROTECTED in found[who])
    assert grown == {NEIGHBOUR: (1, True), FATHER: (1, False)}


@pytest.mark.parametrize("state", HIDES)
def test_looking_up_asks_with_the_state(town: Town, state: State) -> None:
    town.tell(HIDES[state], {"person": MOTHER, "since": "2025-01-01"})
    form = {"identifier": MOTHER, "purpose": "child-benefit", "reason": NEEDED}
    plain, cleared = browse(town), browse(town)
    plain.be_officer("nav-1")
    cleared.be_officer("nav-3")
    plain.send("/officer/look-up", "/officer/look-up", status=403, **form)
    assert "Ingrid Berg" in cleared.send("/officer/look-up", "/officer/look-up", **form)


def test_a_sealed_adoption_hides_the_child_from_all_but_those_at_home(town: Town) -> None:
    ended = {"carer": FATHER, "child": CHILD, "since": "2025-03-04"}
    town.tell("no.folkeregisteret.care-ended.v1", ended)
    town.on("2025-11-23")
    assert "Emma" in browse(town).be(FATHER)
    town.tell(HIDES[State.SEALED], {"person": CHILD, "since": "2025-11-01"})
    father, mother = browse(town), browse(town)
    assert "Emma" not in father.be(FATHER)
    for path in ("/me/choices", "/me/uses"):
        assert "Emma" not in father.page(path)
    assert "Emma Berg" in mother.be(MOTHER)


def test_the_looks_at_states_are_not_on_the_page_of_uses(town: Town) -> None:
    plain, neighbour = browse(town), browse(town)
    plain.be_officer("nav-1")
    form = {"identifier": NEIGHBOUR, "purpose": "child-benefit", "reason": NEEDED}
    plain.send("/officer/look-up", "/officer/look-up", **form)
    neighbour.be(NEIGHBOUR)
    page = neighbour.page("/me/uses")
    assert NEEDED in page
    assert "To see who may open a record" not in page


@pytest.mark.parametrize(
    ("declared", "said"),
    [
        ('marks="secret"', "which is no state"),
        ('marks="seal"', "sealed"),
    ],
)
def test_a_mark_that_is_none_is_refused(tmp_path: Path, declared: str, said: str) -> None:
    pack = Path(shutil.copytree(find("norway"), tmp_path / "norway"))
    file = pack / "vocabulary.py"
    file.write_text(file.read_text().replace('marks="sealed"', declared))
    with pytest.raises(BadInput) as refused:
        Pack.load(pack)
    assert said in str(refused.value) + refused.value.detail + refused.value.hint


def test_the_access_purpose_is_for_machines() -> None:
    policy = Policy.load(find("norway") / "policies")
    machine = Actor(organisation="nav", system="duly", officer="")
    for actor, relation, permitted in ((machine, Relation.NONE, True), (CLEARED, Relation.ASSIGNED, False)):
        asked = opening(
            actor,
            purpose=ACCESS,
            legal_basis="Personvernforordningen art. 32",
            category="protection",
            relation=relation,
        )
        assert policy.permits(asked) is permitted
