"""What the law gives who asks it from Python: packs, facts, periods, explanations; and records of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import RATES, load, the_finding

from duly.law import (
    Discount,
    DueInWords,
    Explanation,
    FactUsed,
    Given,
    Pack,
    Reference,
    Relation,
    Review,
    Vocabulary,
    check_pack,
    keys,
    ore,
    read_facts,
)

FAMILY = Path(__file__).parents[2] / "docs/tutorial/family.ndjson"
DISCOUNT = '''

@programme("tariff", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def tariff(person: Person) -> Discount | None:
    """A third off."""
    if person.wage > rates.FREE:
        return None
    return Discount(basis_points=3380, on=person.colour)
'''
FREE = """FREE = rate(
    "free", source="§ 2", settled=FOR_GOOD, before=UNKNOWN, entries={"2024-01-01": ore(12050)}
)
"""


@pytest.fixture(scope="module")
def norway() -> Pack:
    return Pack.load("norway")


@pytest.fixture(scope="module")
def family(norway: Pack) -> Given:
    return read_facts(norway, FAMILY.read_text(encoding="utf-8").splitlines())


def test_facts_have_names_and_a_pack_says_what_is_due(norway: Pack, family: Given) -> None:
    assert set(family.names.values()) == {"mor", "anna"}
    mother, anna = family.number("mor"), family.number("anna")
    assert keys(norway, "barnetrygd.ordinary", family.history) == [(mother, anna)]
    first, *_ = norway.evaluate(family, since="2024-01", until="2024-12")
    assert isinstance(first, DueInWords)
    assert (first.holder, first.about, first.since, first.unknown) == ("mor", "anna", "2024-04", False)


def test_an_explanation_holds_the_facts_that_decided(norway: Pack, family: Given) -> None:
    told = norway.explain(
        family, programme="barnetrygd.ordinary", holder="mor", about="anna", on="2024-06-01"
    )
    facts = list(_facts(told))
    assert {fact.attribute for fact in facts} >= {"Person.born", "Person.municipality"}
    assert all(isinstance(fact, FactUsed) and fact.known for fact in facts)


def _facts(told: Explanation) -> list[FactUsed]:
    return [*told.facts, *(fact for part in told.children for fact in _facts(part))]


def test_a_pack_knows_what_it_declared(norway: Pack) -> None:
    assert isinstance(norway.vocabulary, Vocabulary)
    person = norway.module("vocabulary").Person
    assert person.born == Reference("Person.born")
    relation = norway.vocabulary.relations[str(person.cares_for)]
    assert isinstance(relation, Relation)
    assert (relation.of, relation.to) == ("Person", "Person")
    assert all(isinstance(review, Review) and review.law for review in norway.reviews)


def test_a_discount_and_a_figure_that_is_settled_for_good(tmp_path: Path) -> None:
    head = "from duly.law import Discount\n"
    rates = RATES.split("PLAIN")[0].replace("END, kroner, rate", "FOR_GOOD, UNKNOWN, ore, rate") + FREE
    pack = load(tmp_path, head + DISCOUNT, rates=rates)
    assert not check_pack(pack)
    line = '{{"subject": "ada", "kind": "Person", "attribute": "{}", "value": {}}}'
    given = pack.read([line.format("wage", "12050"), line.format("colour", '"blue"')])
    (due,) = pack.evaluate(given, since="2030-01", until="2030-12")
    assert due.values == {"basis_points": 3380, "on": "blue"}
    assert pack.programmes["tariff"].record == Discount.__name__
    assert (due.text, due.provisional) == ("33.8 %, blue", False)
    assert int(ore(12050)) == 12050
    dearer = pack.read([line.format("wage", "12051"), line.format("colour", '"blue"')])
    assert pack.evaluate(dearer, since="2030-01", until="2030-12") == []


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("delivery=AUTOMATIC", 'delivery="on_claim"', "tariff is delivered 'on_claim', and nothing would"),
        ("every=DAY", 'every="week"', "tariff is due every 'week'"),
    ],
)
def test_a_programme_that_nothing_would_deliver_is_refused(
    tmp_path: Path, right: str, wrong: str, what: str
) -> None:
    law = f"from duly.law import Discount\n{DISCOUNT}".replace("rates.FREE", "kroner(3)")
    assert the_finding(tmp_path, law.replace(right, wrong)).what.startswith(what)
