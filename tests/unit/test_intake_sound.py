"""What an event says of a fact is what the fact can be, or the event is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import pytest
from law_packs import rule, write

from duly.errors import BadInput
from duly.events import EventTypes
from duly.events.message import Message, Statement, fact
from duly.law import Pack, World, columns, read_facts
from duly.timeline import from_iso
from duly.vault import Identifier

NORWAY = Pack.load("norway")
WHO = Identifier(scheme="no.fnr", value="01010112345")
CHILD = Identifier(scheme="no.fnr", value="01012412345")
TODAY = from_iso("2026-03-01")


class Odd(Message, type="odd.v1", register="nav"):
    """Says one thing of a carer and a child, whatever it is."""

    attribute: str
    given: Any
    since: date | None = None
    until: date | None = None

    def says(self) -> Iterable[Statement]:
        yield fact(WHO, self.attribute, self.given, self.since, self.until, member=CHILD)


def _refused(message: Message) -> BadInput:
    with pytest.raises(BadInput) as refused:
        EventTypes.of(NORWAY).checked(message, TODAY)
    return refused.value


@pytest.mark.parametrize(
    ("attribute", "given", "what"),
    [
        ("Care.override_percent", -1, "Care.override_percent is -1, not 0 to 100"),
        ("Care.override_percent", 101, "not 0 to 100"),
        ("Care.override_percent", True, "Care.override_percent is True"),
        ("Care.override_percent", 50.0, "Care.override_percent is 50.0"),
        ("Care.override_percent", float("nan"), "Care.override_percent is nan"),
        ("Care.override_percent", 2**70, "does not fit in 63 bits"),
        ("Care.override_percent", None, "Care.override_percent is never null"),
        ("Care.override", "perhaps", "'perhaps' is not one of none, "),
        ("Care.override", 0, "Care.override is 0"),
        ("Care.lives_finding", 1, "Care.lives_finding is 1"),
        ("Care.lives_finding", "yes", "Care.lives_finding is 'yes'"),
    ],
)
def test_a_value_that_cannot_be_is_refused_with_what_it_takes(attribute: str, given: Any, what: str) -> None:
    refused = _refused(Odd(attribute=attribute, given=given))
    assert what in refused.detail
    assert (refused.where in ("data.given", attribute), refused.status) == (True, 422)
    assert refused.hint.startswith("It takes ")


def test_days_in_the_wrong_order_are_refused_whatever_the_pack_looks_at() -> None:
    odd = Odd(attribute="Care.lives_finding", given=True, since=date(2026, 2, 2), until=date(2026, 2, 1))
    assert _refused(odd).detail == "Care.lives_finding would end before it begins."


def test_a_finding_that_can_be_is_taken() -> None:
    EventTypes.of(NORWAY).checked(Odd(attribute="Care.lives_finding", given=True), TODAY)


@pytest.mark.parametrize(
    ("attribute", "written", "what"),
    [
        ("override_percent", "-1", "not 0 to 100"),
        ("override_percent", "1e2", "Person.override_percent is 100.0"),
        ("override_percent", "18446744073709551616", "63 bits"),
        ("override_percent", "null", "never null"),
        ("married", "0", "Person.married is 0"),
        ("born", "19000", "Person.born is 19000"),
    ],
)
def test_a_fact_in_a_file_is_refused_with_its_line(attribute: str, written: str, what: str) -> None:
    line = f'{{"subject": "a", "kind": "Person", "attribute": "{attribute}", "value": {written}}}'
    with pytest.raises(BadInput) as refused:
        read_facts(NORWAY, [line])
    assert what in refused.value.detail
    assert (refused.value.where, refused.value.hint[:9]) == ("line 1", "It takes ")


ODD: list[Any] = [
    None,
    True,
    0,
    -1,
    1.5,
    2**63,
    2**70,
    "",
    "x",
    "2024-02-30",
    "2024-02",
    "0001-01-01",
    [],
    {},
]
ODD += ["99999-01-01", "a\0b", "none", "mother", "cares_for", "cared_for_by", "Person", "a", "b"]
PLAIN: dict[str, list[Any]] = {
    "subject": ["a", "b"],
    "attribute": [
        "born",
        "married",
        "died",
        "override_percent",
        "permit",
        "present",
        "role",
        "shared",
        "bor",
    ],
    "kind": ["Person", "Practice", ""],
    "value": ODD,
}


def test_a_line_is_refused_or_taken_by_both_evaluators_and_nothing_else_happens() -> None:
    random, taken = Random(3), 0
    for _ in range(3000):
        said = {key: random.choice(values) for key, values in PLAIN.items()}
        keys = ["subject", "attribute", "kind", "relation", "member", "value", "unknown", "from", "to"]
        said |= {key: random.choice(ODD) for key in random.sample(keys, random.randrange(4))}
        try:
            given = read_facts(NORWAY, [json.dumps(said)])
        except BadInput:
            continue
        World(NORWAY, given.history)
        columns.build(NORWAY, given.history)
        taken += 1
    assert taken > 5


def test_an_event_type_that_says_nothing_is_refused_before_any_event_comes(tmp_path: Path) -> None:
    directory = write(tmp_path / "pack", rule("return True"))
    events = """from duly.events.message import Message


class Silent(Message, type="silent.v1", register="town"):
    married: bool
"""
    (directory / "events.py").write_text(events, encoding="utf-8")
    with pytest.raises(BadInput, match="says nothing") as refused:
        EventTypes.of(Pack.load(directory))
    assert refused.value.where == "small/events.py"
    assert "Silent (silent.v1)" in refused.value.detail
