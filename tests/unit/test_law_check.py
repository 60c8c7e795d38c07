"""What `duly check` finds in a pack that loads, and that Norway's pack has none of it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from law_packs import FIRST_LINE, RATES, TOML, VOCABULARY, load, rule, write
from typer.testing import CliRunner

from duly.cli import app
from duly.errors import BadInput
from duly.law import LawRefused, Pack, check_named, check_pack

GRANT = "Grant(rate=kroner(1), percent=100, before=kroner(1), amount=kroner(1), override=Colour.RED)"


def programme(body: str, *, every: str = "MONTH", purpose: str = "help", law: str = "Act § 1") -> str:
    """A programme whose body is one condition."""
    return f'''@programme(
    "help.grant", agency="office", law="{law}", every={every}, delivery=AUTOMATIC, purpose="{purpose}"
)
def granted(person: Person) -> Grant | None:
    """A grant."""
    if not ({body}):
        return None
    return {GRANT}
'''


def test_norways_pack_is_well_formed() -> None:
    assert check_pack(Pack.load("norway")) == []


def test_a_small_pack_is_well_formed(tmp_path: Path) -> None:
    law = programme("this_month.first(lambda: person.married)")
    assert check_pack(load(tmp_path / "pack", law)) == []


@pytest.mark.parametrize(
    ("condition", "what"),
    [
        ("person.married", "Person.married can change inside a month"),
        ("under(person.born, 18, leap=DOWN)", "the current day changes inside a month"),
        ("any(bond.close for _, bond in person.knows)", "Bond.close can change inside a month"),
        ("rates.LATE is not None", "the rate late changes on 2024-01-15"),
    ],
)
def test_a_monthly_value_that_changes_inside_a_month(tmp_path: Path, condition: str, what: str) -> None:
    findings = check_pack(load(tmp_path / "pack", programme(condition)))
    assert any(what in finding.what for finding in findings)
    assert {finding.line for finding in findings} == {FIRST_LINE + 5}
    assert check_pack(load(tmp_path / "daily", programme(condition, every="DAY"))) == []


def test_a_monthly_value_that_changes_in_a_rule_far_below(tmp_path: Path) -> None:
    law = rule("return person.married") + programme("tested(person)")
    (finding,) = check_pack(load(tmp_path / "pack", law))
    assert (finding.file, finding.line) == ("law.py", FIRST_LINE + 3)
    looked_at = law.replace("not (tested(person))", "not (this_month.last(lambda: tested(person)))")
    assert check_pack(load(tmp_path / "other", looked_at)) == []


def test_a_version_that_begins_inside_a_month(tmp_path: Path) -> None:
    later = rule("return this_month.first(lambda: person.married)").replace("def tested", "def tested_later")
    later = later.replace('@rule(law="Act § 1")', '@rule(law="Act § 1", since="2024-05-17", replaces=tested)')
    law = rule("return this_month.last(lambda: person.married)") + later + programme("tested(person)")
    findings = check_pack(load(tmp_path / "pack", law))
    assert ["2024-05-17" in finding.what for finding in findings] == [True]


def test_what_is_read_beyond_its_purpose_is_found_through_calls_and_relations(tmp_path: Path) -> None:
    law = rule("return any(other.secret for other, _ in person.knows)")
    law += programme("this_month.any(lambda: tested(person))")
    (finding,) = check_pack(load(tmp_path / "pack", law))
    assert "help.grant (help) reads Person.secret, which is for other" in finding.what
    assert finding.line == FIRST_LINE + 3


def test_rules_that_call_each_other(tmp_path: Path) -> None:
    law = rule("return untested(person)") + rule("return tested(person)").replace(
        "def tested", "def untested"
    )
    pack = write(tmp_path / "pack", law)
    with pytest.raises(LawRefused):
        Pack.load(pack)
    (finding,) = check_named(pack)
    assert "tested -> untested -> tested" in finding.what


@pytest.mark.parametrize(
    ("law", "what"),
    [
        (programme("this_month.first(lambda: person.married)", law=""), "granted cites no law"),
        (programme("this_month.first(lambda: person.married)", purpose="else"), "office has no purpose else"),
        (
            rule("return True").replace('"""It is so."""', '"""{nobody} is."""'),
            "{nobody} in the sentence of tested",
        ),
        (rule("return True").replace('    """It is so."""\n', ""), "tested says nothing to people"),
    ],
)
def test_other_findings(tmp_path: Path, law: str, what: str) -> None:
    assert any(what in finding.what for finding in check_pack(load(tmp_path / "pack", law)))


@pytest.mark.parametrize(
    ("law", "what"),
    [
        (rule("return person.maried"), "There is no Person.maried"),
        (
            '@rule(low="Act § 1")\ndef a() -> bool:\n    """A."""\n    return True\n',
            "unexpected keyword argument",
        ),
        ("X = kronr(5)\n", "name 'kronr' is not defined"),
        ("from .vocabulary import Persons\n", "cannot import name 'Persons'"),
        ("def broken(:\n", "This is not Python"),
    ],
)
def test_what_is_refused_when_it_is_loaded_is_found_at_its_line(tmp_path: Path, law: str, what: str) -> None:
    (finding,) = check_named(write(tmp_path / "pack", law))
    assert what in finding.what
    assert (finding.file, finding.line >= FIRST_LINE) == ("law.py", True)


def test_a_kind_of_link_belongs_to_one_relation(tmp_path: Path) -> None:
    more = '    likes: "Members[Person, Bond]" = relation(\n        Bond, "Person", category="family", '
    vocabulary = VOCABULARY + more + 'register="town", purposes={HELP}\n    )\n'
    with pytest.raises(BadInput, match=r"Person\.knows, Person\.likes"):
        load(tmp_path / "pack", rule("return True"), vocabulary=vocabulary)


def test_a_review_of_nothing_and_one_with_other_parameters(tmp_path: Path) -> None:
    reviewed = '@review("{}", law="Act § 1", when=ALWAYS, reason="Odd.")\n' + "\n".join(
        rule("return True", parameters="{}").splitlines()[1:]
    ).replace("tested", "{}")
    law = programme("this_month.first(lambda: person.married)")
    law += reviewed.format("help.nothing", "one", "person: Person") + "\n"
    law += reviewed.format("help.grant", "two", "bond: Bond") + "\n"
    whats = [finding.what for finding in check_pack(load(tmp_path / "pack", law))]
    assert whats == ["A review of help.nothing, which is no programme", "two takes other than help.grant"]


def test_registers_and_categories_that_do_not_fit_the_vocabulary(tmp_path: Path) -> None:
    toml = TOML.replace('"Person.home", ', '"Person.hose", ').replace("money = {}\n", "")
    findings = check_pack(load(tmp_path / "pack", rule("return True"), pack=toml))
    assert {finding.file for finding in findings} == {"pack.toml"}
    assert [finding.what for finding in findings] == [
        "Person.wage is in no category",
        "The register of Person.home does not send it",
        "town sends Person.hose, which is no attribute",
    ]


def test_a_second_rule_of_the_same_name_is_found(tmp_path: Path) -> None:
    (finding,) = check_named(write(tmp_path / "pack", rule("return True") + "\n\n" + rule("return False")))
    assert finding.what == f"tested is already there, on line {FIRST_LINE + 1}"
    assert (finding.file, finding.line > FIRST_LINE) == ("law.py", True)


def test_a_rate_without_a_source_is_found_where_it_is_declared(tmp_path: Path) -> None:
    rates = RATES.replace('"ending", source="Act § 1"', '"ending", source=""')
    (finding,) = check_named(write(tmp_path / "pack", rule("return True"), rates=rates))
    assert (finding.file, finding.line) == ("rates.py", 6)
    assert finding.write_instead.startswith("source=")


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("married: bool =", "married: float =", "float"),
        ("married: bool =", 'married: "bol" =', "bol"),
    ],
)
def test_a_type_that_no_attribute_has_is_found(tmp_path: Path, right: str, wrong: str, what: str) -> None:
    vocabulary = VOCABULARY.replace(right, wrong)
    (finding,) = check_named(write(tmp_path / "pack", rule("return True"), vocabulary=vocabulary))
    assert (finding.file, finding.line > 1) == ("vocabulary.py", True)
    assert what in finding.what
    assert "type" in finding.write_instead or "bool" in finding.write_instead


def test_a_rule_without_a_law_is_told_to_cite_one(tmp_path: Path) -> None:
    law = rule("return True").replace('@rule(law="Act § 1")', "@rule()")
    (finding,) = check_named(write(tmp_path / "pack", law))
    assert finding.write_instead == "what it needs: law=..."


def test_what_is_wrong_in_the_settings_has_its_line(tmp_path: Path) -> None:
    toml = TOML.replace('"Person.home", ', '"Person.hose", ')
    found = check_pack(load(tmp_path / "pack", rule("return True"), pack=toml))
    assert [toml.splitlines()[finding.line - 1].strip()[:13] for finding in found] == [
        "[registers.to",
        '"Person.born"',
    ]


def test_what_an_event_module_names_is_in_the_vocabulary(tmp_path: Path) -> None:
    directory = write(tmp_path / "pack", rule("return True"))
    events = "from .vocabulary import Person\n\n\ndef says():\n    yield Person.married, Person.maried\n"
    (directory / "events.py").write_text(events, encoding="utf-8")
    (finding,) = check_named(directory)
    assert (finding.file, finding.line) == ("events.py", 5)
    assert (finding.what, finding.write_instead) == ("There is no Person.maried", "Person.married")


def test_an_event_module_that_is_no_python(tmp_path: Path) -> None:
    directory = write(tmp_path / "pack", rule("return True"))
    (directory / "events.py").write_text("def says(:\n", encoding="utf-8")
    (finding,) = check_named(directory)
    assert (finding.file, finding.line) == ("events.py", 1)


def test_a_policy_that_cannot_be_read_is_a_finding(tmp_path: Path) -> None:
    norway = shutil.copytree(Pack.load("norway").directory, tmp_path / "norway")
    with (norway / "policies" / "norway.cedar").open("a") as file:
        file.write("permit (\n")
    told = CliRunner().invoke(app, ["check", str(norway), "--json"])
    (finding,) = json.loads(told.stdout)["findings"]
    assert (told.exit_code, finding["file"]) == (1, "policies/norway.cedar")


def test_a_programme_does_not_build_on_another_agencys(tmp_path: Path) -> None:
    first = programme("this_month.first(lambda: person.married)")
    more = programme("granted(person) is not None").replace("help.grant", "help.more", 1)
    more = more.replace("def granted(", "def more(", 1)
    agencies = TOML.replace("[categories]", '[agencies.board]\npurposes = ["help"]\n\n[categories]', 1)
    assert check_pack(load(tmp_path / "one", first + more)) == []
    other = more.replace('agency="office"', 'agency="board"', 1)
    found = [one.what for one in check_pack(load(tmp_path / "two", first + other, pack=agencies))]
    assert found == ["help.more of board builds on help.grant of office"]
