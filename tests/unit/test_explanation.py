"""An explanation is a page and a document: decisive parts only, each once, with source, day and outlook."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import jsonschema
import pytest
from law_histories import family, turning_days, with_holes
from law_packs import load
from typer.testing import CliRunner

from duly.cli import app
from duly.law import Explanation, History, Pack, SubjectHistory, interpret, keys
from duly.law.explain import explain
from duly.law.fact_cases import are_fact_cases, read_fact_cases
from duly.law.page import LINES, WIDTH
from duly.law.wording import OWN
from duly.law.world import World
from duly.timeline import BEGIN, from_iso

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs/reference/explanation.schema.json").read_text(encoding="utf-8"))
NORWAY = Pack.load("norway")
DAY = from_iso("2026-03-01")
MOTHER, FATHER = 1, 2
Segments = list[tuple[int, object]]


def adult(**changed: object) -> dict[tuple[str, int], Segments]:
    facts: dict[str, object] = {"born": from_iso("1990-01-01"), "municipality": "5610", **changed}
    return {(f"Person.{name}", 0): [(BEGIN, value)] for name, value in facts.items()}


def many(children: int, **mother: object) -> History:
    """A mother alone with many children in Finnmark."""
    numbers = range(10, 10 + children)
    care: dict[tuple[str, int], Segments] = {}
    for number in numbers:
        care[("Care.present", number)] = [(from_iso("2020-01-01"), True)]
        care[("Care.role", number)] = [(BEGIN, "mother")]
    people = {MOTHER: SubjectHistory("Person", {**adult(lone_parent=True, **mother), **care})}
    for at, number in enumerate(numbers):
        people[number] = SubjectHistory("Person", adult(born=from_iso(f"{2012 + at % 12}-05-05")))
    return people


def told(programme: str, history: History, about: int = 10, **more: Any) -> Explanation:
    about = about if NORWAY.programme(programme).over else MOTHER
    return explain(NORWAY, programme, history, MOTHER, about, DAY, "en", **more)


def every(told: Explanation) -> Iterator[Explanation]:
    yield told
    for child in told.children:
        yield from every(child)


def is_a_page(found: Explanation) -> None:
    lines = found.text().splitlines()
    assert len(lines) <= LINES == 45
    assert all(len(line) <= WIDTH == 100 for line in lines)


@pytest.mark.parametrize("language", NORWAY.languages)
@pytest.mark.parametrize("programme", sorted(NORWAY.programmes))
@pytest.mark.parametrize("children", [1, 3, 9])
def test_a_family_of_any_size_is_explained_on_a_page(programme: str, children: int, language: str) -> None:
    found = keys(NORWAY, programme, many(children, transitional="full"))
    for holder, about in found[:2]:
        is_a_page(explain(NORWAY, programme, many(children), holder, about, DAY, language, ahead=False))


@pytest.mark.parametrize("programme", sorted(NORWAY.programmes))
@pytest.mark.parametrize("seed", range(12))
def test_any_explanation_is_a_page_and_a_document(programme: str, seed: int) -> None:
    random = Random(seed)
    history = with_holes(family(NORWAY, seed, unknown=False), seed)
    holder, about = random.choice(keys(NORWAY, programme, history))
    day = random.choice(turning_days(NORWAY, history))
    found = explain(NORWAY, programme, history, holder, about, day, "en", ahead=seed < 3)
    is_a_page(found)
    document = found.document()
    jsonschema.validate(document, SCHEMA, format_checker=jsonschema.FormatChecker())
    assert json.loads(json.dumps(document)) == document
    assert found.known is (found.value is not None or document["outcome"]["due"] == "no")


@pytest.mark.parametrize("name", sorted(file.parent.name for file in ROOT.glob("packs/*/pack.toml")))
def test_every_packs_cases_are_explained_on_a_page(name: str) -> None:
    pack = Pack.load(name)
    for case in _cases(pack):
        for programme in pack.programmes:
            for holder, about in keys(pack, programme, case.history)[:1]:
                day = (case.first + case.last) // 2
                for language in pack.languages:
                    found = explain(pack, programme, case.history, holder, about, day, language, ahead=False)
                    is_a_page(found)
                    jsonschema.validate(found.document(), SCHEMA)


def _cases(pack: Pack) -> list[Any]:
    """Some of the pack's own cases, evenly from all of them."""
    found: list[Any] = []
    for file in sorted((pack.directory / "cases").glob("*.json*")):
        text = file.read_text(encoding="utf-8")
        lines = [json.loads(line) for line in text.splitlines() if line.strip()] if "l" in file.suffix else []
        document = lines or json.loads(text)
        if are_fact_cases(pack, document):
            found += read_fact_cases(pack, document)
        else:
            found += pack.module("case_files").read(document)
    return found[:: max(1, len(found) // 10)]


@pytest.mark.parametrize("language", sorted(OWN))
def test_every_language_of_duly_says_everything(language: str) -> None:
    gaps = {word: set(re.findall(r"{\w+}", said)) for word, said in OWN["en"].items()}
    assert {word: set(re.findall(r"{\w+}", said)) for word, said in OWN[language].items()} == gaps


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"version": 2}, SCHEMA)


@pytest.mark.parametrize("programme", sorted(NORWAY.programmes))
def test_no_rule_is_told_twice(programme: str) -> None:
    found = told(programme, many(4, transitional="full"))
    answers = [(each.rule, each.sentence, each.told, each.facts) for each in every(found)]
    assert len(answers) == len(set(map(str, answers)))


def test_of_a_refusal_only_what_stood_against_it() -> None:
    history = many(1)
    history = {**history, 10: SubjectHistory("Person", adult(married=True, born=from_iso("2015-05-05")))}
    found = told("barnetrygd.ordinary", history)
    assert {each.rule for each in every(found)} == {"ordinary", "counts", "entitled", "unmarried"}
    assert found.differ == ("The child is neither married nor in a registered partnership.",)
    (instead,) = found.instead
    assert (instead.attribute, instead.now, instead.told) == ("Person.married", "yes", "no")
    assert instead.outcome == "NOK 2,012"


def test_of_less_it_says_what_would_give_more() -> None:
    history = many(1)
    mother = dict(history[MOTHER].facts)
    mother["Care.shared", 10] = [(BEGIN, "split")]
    found = told("barnetrygd.ordinary", {**history, MOTHER: SubjectHistory("Person", mother)})
    assert found.told == "NOK 1,006"
    assert [(each.attribute, each.told, each.outcome) for each in found.instead] == [
        ("Care.shared", "no or not_split", "NOK 2,012")
    ]


def test_of_a_largest_only_the_winner_is_told() -> None:
    found = told("barnetrygd.extended", many(3))
    counted = [each for each in every(found) if each.rule == "counts"]
    assert len(counted) == 1


def test_members_of_whom_the_same_holds_are_gathered() -> None:
    found = told("barnetrygd.small_child", many(3, transitional="full"))
    assert found.value is None
    (of,) = [each for each in every(found) if each.rule == "up_to_3"]
    assert len(of.alike) == 2


def test_it_changes_by_itself_on_the_day_that_the_timeline_says() -> None:
    history = many(1)
    found = told("barnetrygd.ordinary", history)
    assert found.changes is not None
    day = from_iso(found.changes.day)
    steps = interpret.timeline(
        NORWAY, "barnetrygd.ordinary", World(NORWAY, history), MOTHER, 10, DAY, day + 40
    )
    assert [start for start, _ in steps] == [DAY, day]
    assert found.changes.value == steps[1][1]
    assert "From 2030-05-01, as things stand: not due." in found.text()
    assert "the child is under 18 all month" in " ".join(found.changes.because)


def test_facts_say_where_they_come_from_since_when_and_when_they_were_recorded() -> None:
    class Origin:
        recorded_at = 1_700_000_000_000_000

    found = told("barnetrygd.ordinary", many(1), provenance=lambda *_: Origin())
    facts = {fact["attribute"]: fact for each in _rules(found.document()) for fact in each["facts"]}
    present = facts["Care.present"]
    assert (present["holds_since"], present["register_name"]) == ("2020-01-01", "the Population Register")
    assert present["recorded"].startswith("2023-11-14T22:13:20")
    assert (present["reported"], facts["Person.permit"]["reported"]) == (True, False)
    assert "the Population Register, recorded 2023-11-14" in " ".join(found.text().split())


def test_rates_say_where_they_stand_and_since_when() -> None:
    rates = {
        r["rate"]: r
        for each in _rules(told("barnetrygd.ordinary", many(1)).document())
        for r in each["rates"]
    }
    ordinary = rates["ordinary"]
    assert (ordinary["value"], ordinary["in_force_since"]) == (201_200, "2026-02-01")
    assert ordinary["source"]


def _rules(document: Any) -> Iterator[Any]:
    waiting = [document["because"]]
    while waiting:
        rule = waiting.pop()
        yield rule
        waiting += rule["parts"]


def test_what_is_left_out_tells_nothing_of_somebody_who_is_kept_back() -> None:
    """The reader's own conditions are told alike, whichever condition of the child it is that fails."""

    def kept(subject: int) -> Any:
        return "nothing" if subject == 10 else "all"

    married = {**many(1), 10: SubjectHistory("Person", adult(born=from_iso("2015-05-05"), married=True))}
    abroad = {
        **many(1),
        10: SubjectHistory("Person", adult(born=from_iso("2015-05-05"), municipality=None)),
    }
    one, other = (told("barnetrygd.ordinary", history, shows=kept) for history in (married, abroad))
    assert one == other
    assert one.text() == other.text()
    assert one.document() == other.document()
    assert (one.instead, one.changes) == ((), None)


def test_an_operation_that_it_does_not_know_rests_on_its_parts(tmp_path: Path) -> None:
    law = (
        '@programme("help", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")\n'
        "def helped(person: Person) -> Grant | None:\n"
        '    """Help."""\n'
        "    half = round_to(max(person.wage, rates.PLAIN) / 2, kroner(1), HALF_UP)\n"
        "    return Grant(rate=half, percent=50, before=half, amount=half, override=Colour.RED)\n"
    )
    pack = load(tmp_path / "small", law)
    facts = ['{"subject": "ann", "kind": "Person", "attribute": "wage", "value": 100, "from": null}']
    found = pack.explain(pack.read(facts), programme="help", holder="ann", about="", on="2024-01-10")
    assert [rate.name for rate in found.rates] == ["plain"]
    assert found.facts == ()
    assert found.told == "NOK 50"


def test_the_command_prints_the_document() -> None:
    facts = str(ROOT / "docs/tutorial/family.ndjson")
    arguments = ["explain", "norway", facts, "barnetrygd.extended", "mor", "--on", "2026-03-01", "--json"]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    jsonschema.validate(json.loads(done.output), SCHEMA)
