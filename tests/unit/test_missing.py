"""Which facts are asked for, of whom, in which order, and what people and programs are told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from law_packs import TOML, VOCABULARY, load
from typer.testing import CliRunner

from duly.cli import app
from duly.law import Pack
from duly.law.diagrams import Diagrams
from duly.law.missing import MissingFacts

NORWAY = Pack.load("norway")
GRANT = '''
@programme("help", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def helped(person: Person) -> Grant | None:
    """Help."""
    {body}
'''
DUE = "Grant(rate=rates.PLAIN, percent=100, before=rates.PLAIN, amount=rates.PLAIN, override=Colour.RED)"

ALL_THREE = (
    "if person.married and person.wage < kroner(100) and person.born < today():\n"
    f"    return {DUE}\nreturn None"
)


def missing(directory: Path, body: str, facts: list[dict[str, object]], **files: str) -> MissingFacts:
    law = GRANT.format(body=body.replace("\n", "\n    "))
    pack = load(directory / "small", law, **files)
    lines = [json.dumps({"subject": "ann", "kind": "Person", "from": None, **fact}) for fact in facts]
    return pack.missing(pack.read(lines), programme="help", holder="ann", about="", on="2024-01-10")


def asked(found: MissingFacts) -> list[str]:
    return [fact.attribute.partition(".")[2] for fact in found.facts]


KNOWN: dict[str, object] = {"attribute": "colour", "value": "red"}


def test_what_is_known_asks_nothing(tmp_path: Path) -> None:
    found = missing(tmp_path, f"return {DUE}", [KNOWN])
    assert (found.known, found.facts, found.steps) == (True, (), ())
    assert found.text() == "It is known, and nothing has to be asked: NOK 100."


def test_a_fact_that_changes_nothing_is_not_asked(tmp_path: Path) -> None:
    body = f"if person.married or not person.married:\n    return {DUE}\nreturn None"
    found = missing(tmp_path, body, [KNOWN])
    assert (found.known, found.facts) == (False, ())
    assert found.text() == "Nothing has to be asked: whatever is not known, the answer is: NOK 100."


def test_a_threshold_is_found_to_the_krone(tmp_path: Path) -> None:
    found = missing(tmp_path, f"if person.wage * 2 < kroner(301):\n    return {DUE}\nreturn None", [KNOWN])
    (step,) = found.steps
    assert [(a.told, a.outcome.due if a.outcome else "") for a in step.answers] == [
        ("NOK 150.49 or less", "yes"),
        ("NOK 150.50 or more", "no"),
    ]


def test_an_amount_that_follows_from_the_answer_says_so(tmp_path: Path) -> None:
    body = (
        "half = round_to(person.wage / 2, kroner(1), HALF_UP)\n"
        "return Grant(rate=half, percent=50, before=half, amount=half, override=Colour.RED)"
    )
    found = missing(tmp_path, body, [KNOWN])
    (step,) = found.steps
    (answer,) = step.answers
    assert answer.outcome is not None
    assert (answer.told, answer.outcome.due) == ("whatever the answer", "follows")
    assert found.fewest


def test_two_numbers_against_one_limit_are_both_asked(tmp_path: Path) -> None:
    bond: dict[str, object] = {"relation": "knows", "member": "bob", "attribute": "present", "value": True}
    bob: dict[str, object] = {"subject": "bob", "attribute": "colour", "value": "red"}
    body = (
        "total = sum((other.wage for other, bond in person.knows if bond.present), kroner(0))\n"
        f"if person.wage + total < kroner(100):\n    return {DUE}\nreturn None"
    )
    found = missing(tmp_path, body, [KNOWN, bond, bob])
    assert asked(found) == ["wage", "wage"]
    assert found.fewest
    assert (found.least, found.most) == (2, 2)


def test_registers_are_asked_before_people(tmp_path: Path) -> None:
    vocabulary = VOCABULARY.replace(
        'married: bool = attribute("family", register="town"',
        'married: bool = attribute("family", register="self"',
    )
    toml = TOML.replace('"Person.married",', "") + '\n[registers.self]\nattributes = ["Person.married"]\n'
    found = missing(tmp_path, ALL_THREE, [KNOWN], vocabulary=vocabulary, pack=toml)
    assert asked(found)[-1] == "married"
    assert [fact.asked for fact in found.facts] == ["register", "register", "person"]
    assert [found.facts[step.fact - 1].asked for step in found.steps][-1] == "person"


def test_whom_a_stranger_is_linked_to_is_a_question(tmp_path: Path) -> None:
    body = (
        "if any(any(third.married for third, tie in other.knows if tie.present) "
        f"for other, bond in person.knows if bond.present):\n    return {DUE}\nreturn None"
    )
    bond: dict[str, object] = {"relation": "knows", "member": "bob", "attribute": "present", "value": True}
    found = missing(tmp_path, body, [KNOWN, bond])
    (fact,) = found.facts
    assert (fact.who, fact.attribute) == ("bob", "Person.knows")
    assert [(a.told, a.outcome.due if a.outcome else "") for a in found.steps[0].answers] == [
        ("nobody", "no"),
        ("somebody", "unknown"),
    ]


def test_where_it_is_too_much_it_says_that_fewer_might_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = Diagrams.__init__
    monkeypatch.setattr(Diagrams, "__init__", lambda self: made(self, 1))
    found = missing(tmp_path, ALL_THREE, [KNOWN])
    assert not found.fewest
    assert sorted(asked(found)) == ["born", "married", "wage"]
    assert "Fewer might be enough: this is not proved." in found.text()


def test_the_command_prints_a_document(tmp_path: Path) -> None:
    facts = tmp_path / "facts.ndjson"
    facts.write_text('{"subject": "far", "kind": "Person", "attribute": "lone_parent", "unknown": true}\n')
    arguments = [
        "missing",
        "norway",
        str(facts),
        "barnetrygd.extended",
        "far",
        "--on",
        "2026-03-01",
        "--json",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    said = json.loads(done.output)
    assert (said["version"], said["known"], said["outcome"]["due"]) == (1, True, "no")


def test_a_product_of_two_unknown_amounts_is_proved_to_need_both() -> None:
    facts = (
        (Path(__file__).parents[2] / "docs/tutorial/family.ndjson").read_text(encoding="utf-8").splitlines()
    )
    second = {
        "subject": "mor",
        "relation": "cares_for",
        "member": "anna",
        "attribute": "competence",
        "value": "norway_is_secondary",
        "from": "2024-03-14",
    }
    read = NORWAY.read([*facts, json.dumps(second)])
    found = NORWAY.missing(read, programme="barnetrygd.ordinary", holder="mor", about="anna", on="2026-03-01")
    assert found.fewest
    assert set(asked(found)) == {
        "foreign_amount",
        "exchange_rate",
        "foreign_interval",
        "foreign_currency",
        "exchange_currency",
    }
    assert (found.least, found.most) == (1, 5)
