"""Estonian family benefits: the cases worked by hand agree, every rate is as published, gaps stay unknown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from pack_cases import PACKS, agree, differences, own_cases, read

from duly.errors import BadInput
from duly.law import UNKNOWN, Pack, SubjectHistory, World, check_pack, interpret
from duly.timeline import BEGIN, from_iso

ESTONIA = Pack.load("estonia")
CASES = own_cases(ESTONIA, "family_benefits.json")
FAMILY = (PACKS / "estonia/cases/family.ndjson").read_text(encoding="utf-8").splitlines()


def test_the_pack_is_well_formed_in_both_languages() -> None:
    assert not check_pack(ESTONIA)
    assert set(ESTONIA.sentences) == {"en", "et"}


def test_every_case_that_was_worked_by_hand() -> None:
    assert len(CASES) >= 28
    assert not differences(ESTONIA, CASES)


def test_interpreter_kernel_and_plain_python_agree() -> None:
    assert agree(ESTONIA, CASES) > 50


def test_a_wrong_answer_is_seen_in_its_months_only() -> None:
    document = json.loads((PACKS / "estonia/cases/family_benefits.json").read_text(encoding="utf-8"))
    wrong = document["cases"][1]
    wrong["expected"][-1]["values"]["amount"] += 1
    (difference,) = differences(ESTONIA, read(ESTONIA, {"cases": [wrong]}))
    assert "45001" in difference
    assert "45000" in difference


BAD: list[tuple[dict[str, Any], str]] = [
    ({"cases": 1}, "no list of cases"),
    ({"cases": [{"id": "x"}]}, "missing required field"),
    (
        {"cases": [{"id": "x", "why": "", "from": "2023", "to": "2023-02", "subjects": {}, "expected": []}]},
        "month",
    ),
]


@pytest.mark.parametrize(("document", "what"), BAD)
def test_what_is_no_case_is_refused(document: dict[str, Any], what: str) -> None:
    with pytest.raises(BadInput, match=what):
        read(ESTONIA, document)


def test_an_answer_that_the_programme_cannot_give_is_refused() -> None:
    document = json.loads((PACKS / "estonia/cases/family_benefits.json").read_text(encoding="utf-8"))
    document["cases"] = document["cases"][:1]
    document["cases"][0]["expected"][0]["values"] = {"amuont": 1}
    with pytest.raises(BadInput, match="gives no amuont"):
        read(ESTONIA, document)


@pytest.mark.parametrize(
    ("rate", "day", "cents"),
    [
        ("lapsetoetus", "2022-12-31", 6000),
        ("lapsetoetus", "2023-01-01", 8000),
        ("lapsetoetus kolmandast lapsest", "2024-06-01", 10000),
        ("lasterikka pere toetus, 3-6 last", "2022-12-31", 30000),
        ("lasterikka pere toetus, 3-6 last", "2023-12-31", 65000),
        ("lasterikka pere toetus, 3-6 last", "2024-01-01", 45000),
        ("lasterikka pere toetus, 7 ja rohkem last", "2023-01-01", 85000),
        ("lasterikka pere toetus, 7 ja rohkem last", "2024-01-01", 65000),
        ("üksikvanema lapse toetus", "2022-12-31", 1918),
        ("sünnitoetus", "2024-01-01", 32000),
        ("kolmike toetus", "2024-01-01", 100000),
    ],
)
def test_rates_are_as_published(rate: str, day: str, cents: int) -> None:
    assert ESTONIA.rates[rate].value(from_iso(day)) == cents


def test_before_the_first_known_rate_it_is_unknown_and_not_nothing() -> None:
    assert ESTONIA.rates["lapsetoetus"].value(from_iso("2018-12-31")) is UNKNOWN


def test_who_receives_is_asked_where_two_raise_the_child_and_nobody_was_chosen() -> None:
    more = [
        '{"subject": "ants", "kind": "Person", "attribute": "born", "value": "1985-01-01"}',
        '{"subject": "ants", "kind": "Person", "attribute": "municipality", "value": "0784"}',
        '{"subject": "ants", "relation": "raises", "member": "juss", "attribute": "present", "value": true}',
    ]
    given = ESTONIA.read([*FAMILY, *more])
    told = ESTONIA.explain(
        given, programme="peretoetus.lapsetoetus", holder="mari", about="juss", on="2023-02-01"
    )
    assert not told.known
    assert any("recipient" in fact for fact in told.needed)


def test_the_family_of_the_facts_file_reads_well() -> None:
    rows = ESTONIA.evaluate(ESTONIA.read(FAMILY), since="2023-01", until="2024-01")
    found = {(r.programme, r.about, r.since): r.text for r in rows}
    assert found["peretoetus.lasterikka_pere_toetus", "mari", "2023-04"] == "EUR 433.33 a month"
    assert found["peretoetus.lapsetoetus", "juss", "2023-01"] == "EUR 100 a month"
    told = ESTONIA.explain(
        ESTONIA.read(FAMILY),
        programme="peretoetus.lapsetoetus",
        holder="mari",
        about="juss",
        on="2023-02-01",
        language="et",
    )
    assert "Toetuse suurus kolmanda ja iga järgmise lapse kohta. EUR 100" in told.text()


def test_a_family_in_which_two_would_receive_for_three_children_goes_to_a_person() -> None:
    """Six children of one couple, each of whom receives child allowance for three."""
    case = next(case for case in CASES if case.id == "six-children")
    mother = next(number for number, name in case.names.items() if name == "mari")
    children = sorted(number for number, name in case.names.items() if name != "mari")
    father = max(children) + 1
    history = {**case.history, father: SubjectHistory(kind="Person", facts=dict(_facts(children)))}
    links = {("Upbringing.recipient", c): ((BEGIN, n < 3),) for n, c in enumerate(children)}
    raised = history[mother]
    history[mother] = replace(raised, facts={**raised.facts, **links})
    world = World(ESTONIA, history)
    (review,) = ESTONIA.reviews
    day = from_iso("2023-03-01")
    for parent in (mother, father):
        due = interpret.value(ESTONIA, "peretoetus.lasterikka_pere_toetus", world, parent, parent, day)
        assert due is not UNKNOWN
        assert due["amount"] == 65000
        assert interpret.review(ESTONIA, review.rule, world, parent, parent, day) is True
    alone = World(ESTONIA, case.history)
    assert interpret.review(ESTONIA, review.rule, alone, mother, mother, day) is False


def _facts(children: list[int]) -> Iterator[tuple[tuple[str, int], tuple[tuple[int, Any], ...]]]:
    yield ("Person.born", 0), ((BEGIN, from_iso("1984-01-01")),)
    yield ("Person.municipality", 0), ((BEGIN, "0784"),)
    for n, child in enumerate(children):
        yield ("Upbringing.present", child), ((BEGIN, True),)
        yield ("Upbringing.recipient", child), ((BEGIN, n >= 3),)
