"""Facts from a file: read whole, or refused with the line; and what is due from them, in words."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from duly.errors import BadInput
from duly.law import ABSENT, UNKNOWN, Pack, read_facts
from duly.timeline import BEGIN, from_iso

NORWAY = Pack.load("norway")
FAMILY = Path(__file__).parents[2] / "docs/tutorial/family.ndjson"


def line(**said: object) -> str:
    return json.dumps({"subject": "anna", "kind": "Person", "attribute": "married", "value": True, **said})


def test_a_later_line_holds_and_after_its_last_day_the_earlier_one_again() -> None:
    lines = [line(value=False), line(**{"from": "2024-03-01", "to": "2024-03-31"})]
    facts = read_facts(NORWAY, lines).history[1].facts["Person.married", 0]
    assert list(facts) == [
        (BEGIN, False),
        (from_iso("2024-03-01"), True),
        (from_iso("2024-04-01"), False),
    ]


def test_after_the_last_line_there_is_no_assertion() -> None:
    nobody = '{"subject": "anna", "attribute": "married", "unknown": true, "from": "2025-01-01"}'
    lines = [line(**{"from": "2024-03-01", "to": "2024-03-01"}), nobody]
    facts = read_facts(NORWAY, lines).history[1].facts["Person.married", 0]
    assert list(facts) == [
        (from_iso("2024-03-01"), True),
        (from_iso("2024-03-02"), ABSENT),
        (from_iso("2025-01-01"), UNKNOWN),
    ]


def test_a_link_stands_with_its_owner_from_whichever_end_it_is_told() -> None:
    link = {"subject": "anna", "attribute": "present", "value": True}
    given = read_facts(
        NORWAY,
        [json.dumps({**link, "relation": "cared_for_by", "member": "mor"}), line(), line(subject="mor")],
    )
    assert list(given.history[given.number("mor")].facts["Care.present", given.number("anna")]) == [
        (BEGIN, True)
    ]


@pytest.mark.parametrize(
    ("said", "detail"),
    [
        ("{", "Input data was truncated"),
        (line(extra=1), "unknown field `extra`"),
        (line(attribute="maried"), "Person.maried"),
        (line(value="yes"), "Person.married is 'yes'"),
        (line(value=1), "Person.married is 1"),
        (line(attribute="permit", value="maybe"), "not one of not_needed, valid, none"),
        (line(attribute="born", value="2024-02-30"), "2024-02-30"),
        (line(attribute="override_percent", value=150), "150, not 0 to 100"),
        (line(attribute="municipality", value="a code too long"), "longer than 9"),
        (line(**{"from": "2024-02-02", "to": "2024-02-01"}), "From 2024-02-02 to 2024-02-01"),
        (line(kind="Persona"), "Persona"),
        (line(relation="care_for", member="b"), "care_for"),
        ('{"subject": "anna", "kind": "Person", "attribute": "died"}', "The line says no value."),
        (line(unknown=True), "The line says a value, too."),
    ],
)
def test_a_line_that_cannot_be_read_is_named(said: str, detail: str) -> None:
    with pytest.raises(BadInput) as refused:
        read_facts(NORWAY, ["", said])
    assert detail in refused.value.detail
    assert refused.value.where == "line 2"


def test_two_values_from_one_day_are_refused() -> None:
    with pytest.raises(BadInput, match="from the same day"):
        read_facts(NORWAY, [line(), line(value=False)])


def test_five_lines_of_python() -> None:
    given = NORWAY.read(FAMILY.read_text(encoding="utf-8").splitlines())
    due = [d for d in NORWAY.evaluate(given, since="2024-01", until="2026-12") if d.holder == "mor"]
    assert [(d.programme, d.about, d.since, d.until, d.text) for d in due] == [
        ("barnetrygd.ordinary", "anna", "2024-04", "2025-04", "NOK 1,766 a month"),
        ("barnetrygd.ordinary", "anna", "2025-05", "2026-01", "NOK 1,968 a month"),
        ("barnetrygd.ordinary", "anna", "2026-02", "2026-12", "NOK 2,012 a month"),
    ]


def test_months_in_the_wrong_order_and_what_is_no_month() -> None:
    given = NORWAY.read([line()])
    with pytest.raises(BadInput, match="is before"):
        NORWAY.evaluate(given, since="2024-02", until="2024-01")
    with pytest.raises(BadInput, match="no month"):
        NORWAY.evaluate(given, since="2024-02-01", until="2024-03")


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ({"about": "", "language": "en"}, "About whom"),
        ({"about": "anna", "language": "xx"}, "Unknown language"),
    ],
)
def test_what_is_to_be_explained_is_said_whole(asked: dict[str, str], title: str) -> None:
    given = read_facts(NORWAY, FAMILY.read_text(encoding="utf-8").splitlines())
    with pytest.raises(BadInput, match=title):
        NORWAY.explain(given, programme="barnetrygd.ordinary", holder="mor", on="2026-03-01", **asked)


@pytest.mark.parametrize(
    "said", [{"from": "2024-05"}, {"to": "2024-06"}, {"attribute": "born", "value": "2024-06"}]
)
def test_a_month_is_no_day(said: dict[str, str]) -> None:
    with pytest.raises(BadInput, match="Not a day"):
        read_facts(NORWAY, [line(**said)])
