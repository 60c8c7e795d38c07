"""An explanation says what was evaluated, what is missing, what stood against it, and no more than it may."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from duly.law import Explanation, History, Pack, SubjectHistory, World, interpret
from duly.law.explain import Shown, explain
from duly.timeline import BEGIN, from_iso

NORWAY = Pack.load("norway")
DAY = from_iso("2026-03-01")
MOTHER, CHILD, FATHER = 1, 2, 3


def family(**changed: object) -> History:
    """A mother and a child who live together in Finnmark, and a father; `changed` are facts of the child."""
    adult = {
        ("Person.born", 0): [(BEGIN, from_iso("1990-01-01"))],
        ("Person.municipality", 0): [(BEGIN, "5610")],
    }
    child: dict[tuple[str, int], list[tuple[int, object]]] = {
        ("Person.born", 0): [(BEGIN, from_iso("2020-05-05"))],
        ("Person.municipality", 0): [(BEGIN, "5610")],
    }
    child |= {(f"Person.{name}", 0): [(BEGIN, value)] for name, value in changed.items()}
    care = {("Care.present", CHILD): [(BEGIN, True)], ("Care.role", CHILD): [(BEGIN, "mother")]}
    away = {("Care.present", CHILD): [(BEGIN, False)], ("Care.role", CHILD): [(BEGIN, "father")]}
    return {
        MOTHER: SubjectHistory("Person", {**adult, **care}),
        CHILD: SubjectHistory("Person", child),
        FATHER: SubjectHistory("Person", {**adult, **away}),
    }


def told(programme: str, history: History, *, language: str = "en", holder: int = MOTHER) -> Explanation:
    return explain(NORWAY, programme, history, holder, CHILD, DAY, language)


def every(told: Explanation) -> Iterator[Explanation]:
    yield told
    for child in told.children:
        yield from every(child)


@pytest.mark.parametrize("programme", sorted(n for n, p in NORWAY.programmes.items() if p.over))
def test_the_root_says_what_is_due(programme: str) -> None:
    history = family()
    found = told(programme, history)
    assert found.value == interpret.value(NORWAY, programme, World(NORWAY, history), MOTHER, CHILD, DAY)


def test_each_rule_has_its_sentence_its_law_and_its_facts() -> None:
    found = {each.sentence: each for each in every(told("barnetrygd.ordinary", family()))}
    lives = found["You live in Norway."]
    assert (lives.told, lives.law) == ("yes", "Barnetrygdloven § 4")
    assert [(f.who, f.attribute, f.told) for f in lives.facts] == [("you", "Person.municipality", "5610")]
    assert found["The child lives in Norway."].days == ("2026-02-28", "2026-03-01")


def test_it_speaks_norwegian() -> None:
    sentences = [each.sentence for each in every(told("barnetrygd.ordinary", family(), language="nb"))]
    assert sentences[0] == "Barnetrygd for hvert barn under 18 år som bor hos deg."
    assert "Du bor i Norge." in sentences
    assert "Barnet bor i Norge." in sentences


def test_a_refusal_says_what_would_have_to_differ() -> None:
    found = told("barnetrygd.ordinary", family(married=True, municipality=None))
    assert found.told == "not due"
    assert found.differ == (
        "The child is neither married nor in a registered partnership.",
        "The child lives in Norway.",
    )


def test_an_unknown_names_the_facts_that_would_settle_it_and_who_holds_them() -> None:
    history = {n: s for n, s in family().items() if n != CHILD}
    found = told("barnetrygd.ordinary", history)
    assert not found.known
    assert "the child: born (the Population Register)" in found.needed
    assert not found.differ


def test_a_fact_that_could_change_nothing_is_not_asked_for() -> None:
    history = {n: s for n, s in family().items() if n != CHILD}
    mother = history[MOTHER]
    gone = {**mother.facts, ("Person.municipality", 0): [(BEGIN, None)]}
    found = told("barnetrygd.ordinary", {MOTHER: SubjectHistory("Person", gone)})
    assert found.known
    assert found.value is None


def test_a_finding_takes_the_place_of_what_it_replaces() -> None:
    found = told("barnetrygd.ordinary", family(resident_finding=False))
    (lives,) = {e.sentence: e for e in every(found) if e.sentence == "The child lives in Norway."}.values()
    assert lives.told == "no"
    assert [f.attribute for f in lives.facts] == ["Person.resident_finding"]
    assert not lives.children


def holds_only(subject: int) -> Shown:
    return "holds"


def nothing_of_the_child(subject: int) -> Shown:
    return "nothing" if subject == CHILD else "holds"


def test_of_others_only_whether_a_condition_holds() -> None:
    found = explain(NORWAY, "barnetrygd.finnmark", family(), MOTHER, CHILD, DAY, "en", shows=holds_only)
    facts = [fact for each in every(found) for fact in each.facts]
    assert facts
    assert {fact.subject for fact in facts} == {MOTHER}
    assert {fact.member for fact in facts} == {0}
    lives = next(e for e in every(found) if e.sentence == "The child lives in Norway.")
    assert (lives.told, lives.children) == ("yes", ())


def test_of_a_hidden_child_not_a_byte_changes_when_it_moves() -> None:
    moved = [
        explain(
            NORWAY,
            "barnetrygd.finnmark",
            family(municipality=municipality),
            FATHER,
            CHILD,
            DAY,
            "en",
            shows=nothing_of_the_child,
        )
        for municipality in ("5610", "0301")
    ]
    assert moved[0] == moved[1]
    assert moved[0].text() == moved[1].text()


def test_provenance_is_asked_for_what_is_shown_and_for_nothing_else() -> None:
    asked: list[tuple[int, str]] = []

    def provenance(subject: int, attribute: str, member: int, day: int) -> str:
        asked.append((subject, attribute))
        return "from the register"

    found = explain(
        NORWAY,
        "barnetrygd.ordinary",
        family(),
        MOTHER,
        CHILD,
        DAY,
        "en",
        shows=holds_only,
        provenance=provenance,
    )
    facts = [fact for each in every(found) for fact in each.facts]
    assert {fact.provenance for fact in facts} == {"from the register"}
    assert {subject for subject, _ in asked} == {MOTHER}
