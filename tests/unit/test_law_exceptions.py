"""Exceptions: which stand, what is refused where, what the law's text shows, what only facts can tell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from law_packs import FIRST_LINE, load

from duly.law import UNKNOWN, Finding, LawRefused, Pack, SubjectHistory, World, check_pack, interpret
from duly.law.explain import explain
from duly.law.missing import missing
from duly.law.plan import affected, reads
from duly.timeline import BEGIN, from_iso

BASE = '''@rule(law="Act § 1")
def amount(person: Person) -> Money | None:
    """The amount."""
    return kroner(100)


@rule(law="Act § 2")
def wed(person: Person) -> bool:
    """Married."""
    return person.married


@rule(law="Act § 2")
def red(person: Person) -> bool:
    """Red."""
    return person.colour == Colour.RED


@rule(law="Act § 2")
def both(person: Person) -> bool:
    """Married and red."""
    return wed(person) and red(person)


@rule(law="Act § 2")
def always(person: Person) -> bool:
    """Always."""
    return True


@condition(law="Act § 2", finding=Person.married_finding)
def lone(person: Person) -> bool:
    """Lone."""
    return not person.married


@programme("due", agency="office", law="Act § 1", every=DAY, delivery=AUTOMATIC, purpose="help")
def due(person: Person) -> Grant | None:
    """What is due."""
    found = amount(person)
    if found is None:
        return None
    return Grant(rate=found, percent=100, before=found, amount=found, override=Colour.RED)
'''


def but(name: str, when: str, gives: str, more: str = "", result: str = "Money | None") -> str:
    head = f'\n\n@exception(to=amount, when={when}, law="Act § 3"{more})\n'
    return f'{head}def {name}(person: Person) -> {result}:\n    """But."""\n    return {gives}\n'


def faults(pack: Pack) -> list[Finding]:
    """What is found; the rules that a law here does not use are no fault of its exceptions."""
    return [finding for finding in check_pack(pack) if "No programme" not in finding.what]


def is_due(pack: Pack, day: str = "2024-06-01", **facts: Any) -> Any:
    told = {"married": True, "colour": "red", "wage": 5000, **facts}
    known = {(f"Person.{name}", 0): ((BEGIN, value),) for name, value in told.items()}
    world = World(pack, {1: SubjectHistory(kind="Person", facts=known)})
    found = interpret.value(pack, "due", world, 1, 1, from_iso(day))
    return found if found is UNKNOWN or found is None else found["amount"] // 100


def test_an_exception_replaces_the_rule_where_it_applies(tmp_path: Path) -> None:
    pack = load(tmp_path, BASE + but("more", "wed", "kroner(200)"))
    assert (is_due(pack), is_due(pack, married=False)) == (200, 100)


def test_where_nothing_depends_on_whether_it_applies_the_value_stands(tmp_path: Path) -> None:
    pack = load(tmp_path / "a", BASE + but("same", "wed", "kroner(100)"))
    assert is_due(pack, married=UNKNOWN) == 100
    pack = load(tmp_path / "b", BASE + but("more", "wed", "kroner(200)"))
    assert is_due(pack, married=UNKNOWN) is UNKNOWN


def test_of_two_that_apply_the_one_that_goes_before_stands(tmp_path: Path) -> None:
    law = BASE + but("more", "wed", "kroner(200)") + but("none", "red", "None", ", over=(more,)")
    pack = load(tmp_path, law)
    assert (is_due(pack), is_due(pack, colour="blue"), is_due(pack, married=False)) == (None, 200, None)


def test_priority_reaches_through_an_exception_that_does_not_apply(tmp_path: Path) -> None:
    law = BASE + but("least", "always", "kroner(1)") + but("middle", "red", "kroner(2)", ", over=(least,)")
    pack = load(tmp_path, law + but("most", "wed", "kroner(3)", ", over=(middle,)"))
    assert is_due(pack, colour="blue") == 3


def test_two_that_apply_and_disagree_are_a_conflict_and_two_that_agree_are_none(tmp_path: Path) -> None:
    law = BASE + but("more", "wed", "kroner(200)")
    pack = load(tmp_path / "a", law + but("none", "red", "None"))
    assert is_due(pack) is UNKNOWN
    assert (is_due(pack, colour="blue"), is_due(pack, married=False)) == (200, None)
    assert not faults(pack)
    assert is_due(load(tmp_path / "b", law + but("also", "red", "kroner(200)"))) == 200


def test_an_exception_applies_from_its_day_and_a_version_replaces_it(tmp_path: Path) -> None:
    law = BASE + but("more", "wed", "kroner(200)", ', since="2024-02-01"')
    pack = load(tmp_path, law + but("more_2025", "wed", "kroner(250)", ', since="2025-01-01", replaces=more'))
    days = ("2023-06-01", "2024-01-31", "2024-02-01", "2024-12-31", "2025-01-01")
    assert [is_due(pack, day) for day in days] == [100, 100, 200, 200, 250]


def test_a_finding_about_the_condition_settles_it(tmp_path: Path) -> None:
    pack = load(tmp_path, BASE + but("more", "lone", "kroner(200)"))
    assert (is_due(pack), is_due(pack, married_finding=True)) == (100, 200)


def test_an_exception_may_have_exceptions(tmp_path: Path) -> None:
    law = BASE + but("more", "wed", "kroner(200)") + but("not_so", "red", "kroner(150)")
    pack = load(tmp_path, law.replace("to=amount, when=red", "to=more, when=red"))
    assert (is_due(pack), is_due(pack, colour="blue"), is_due(pack, married=False)) == (150, 200, 100)


MORE = but("more", "wed", "kroner(200)")
OTHER = '''

@rule(law="Act § 4")
def other(person: Person) -> Money | None:
    """Another rule."""
    return kroner(1)


@rule(law="Act § 4")
def close(person: Person, bond: Bond) -> bool:
    """Close."""
    return bond.close


@review("due", law="Act § 5", when=FIRST, reason="Look.")
def looked(person: Person) -> bool:
    """Look."""
    return True
'''
REFUSED = [
    (
        but("more", "wed", "kroner(2)", result="Money"),
        "more gives Money, amount Money | None",
        "-> Money | None",
    ),
    (but("more", "amount", "kroner(2)"), "when=amount gives Money | None", "true or false"),
    (but("more", "close", "kroner(2)"), "close asks about bond, which amount is not given", "person: Person"),
    (MORE + but("none", "red", "None", ", over=(other,)"), "over=other is no exception to amount", "more"),
    (but("none", "red", "None", ", over=(other,)"), "over=other is no exception to amount", "no over"),
    (but("more", "wed", "kroner(2)").replace("to=amount", "to=looked"), "looked is a review", "another"),
    (
        but("more", "wed", "kroner(2)").replace("person: P", "one: P"),
        "more takes other than amount",
        "person",
    ),
    (
        MORE
        + but("none", "red", "None", ", over=(more,)")
        + but("more2", "wed", "kroner(3)", ', over=(none,), since="2025-01-01", replaces=more'),
        "go before each other in a ring: more, none",
        "one direction",
    ),
    (
        MORE
        + but("m2", "wed", "kroner(3)", ', since="2025-01-01", replaces=more').replace("=amount", "=other"),
        "A version of more is an exception to another rule",
        "to=amount",
    ),
    (
        MORE + '\n\n@rule(law="Act § 3", since="2025-01-01", replaces=more)\n'
        'def m2(person: Person) -> Money | None:\n    """But."""\n    return None\n',
        "A version of more is an exception, another is none",
        "one of them",
    ),
    (but("more", "True", "kroner(2)"), "when=True is no rule", "Write when="),
]


@pytest.mark.parametrize(("law", "what", "instead"), REFUSED)
def test_what_does_not_fit_is_refused(tmp_path: Path, law: str, what: str, instead: str) -> None:
    with pytest.raises(LawRefused) as refused:
        load(tmp_path, BASE + OTHER + law)
    finding = refused.value.findings[0]
    assert what in finding.what
    assert instead in finding.write_instead
    assert finding.line > FIRST_LINE + len(BASE.splitlines())


SHOWN = [
    # the conditions of two exceptions, what they give, what one says of the other; whether it is found
    ("wed", "wed", "kroner(200)", "None", "", True),
    ("wed", "wed", "kroner(200)", "kroner(200)", "", False),
    ("wed", "wed", "kroner(200)", "None", ", over=(one,)", False),
    ("always", "red", "kroner(200)", "None", "", True),
    ("both", "red", "kroner(200)", "person.wage", "", True),
    ("red", "both", "kroner(200)", "rates.PLAIN", "", True),
    ("wed", "red", "kroner(200)", "None", "", False),
    ("wed", "lone", "kroner(200)", "None", "", False),
]


@pytest.mark.parametrize(("first", "second", "gives", "or_gives", "more", "found"), SHOWN)
def test_two_that_surely_meet_and_differ_are_found(
    tmp_path: Path, first: str, second: str, gives: str, or_gives: str, more: str, *, found: bool
) -> None:
    pack = load(tmp_path, BASE + but("one", first, gives) + but("two", second, or_gives, more))
    findings = [f for f in check_pack(pack) if "apply together" in f.what]
    assert len(findings) == int(found)
    if findings:
        assert findings[0].what.startswith("one and two are exceptions to amount")
        assert "over=(one,)" in findings[0].write_instead


def test_a_third_that_goes_before_settles_it(tmp_path: Path) -> None:
    law = BASE + but("one", "both", "kroner(2)") + but("two", "red", "kroner(3)")
    pack = load(tmp_path, law + but("three", "wed", "kroner(4)", ", over=(one, two)"))
    assert not faults(pack)
    assert is_due(pack) == 4


def test_they_are_found_from_the_day_on_which_they_meet(tmp_path: Path) -> None:
    law = BASE + but("one", "wed", "kroner(2)") + but("two", "wed", "kroner(3)", ', since="2025-01-01"')
    (finding,) = faults(load(tmp_path, law))
    assert "from 2025-01-01 on" in finding.what


def test_an_explanation_names_both_rules_of_a_conflict_and_none_where_a_fact_is_lacking(
    tmp_path: Path,
) -> None:
    pack = load(tmp_path, BASE + but("more", "wed", "kroner(200)") + but("none", "red", "None"))
    told = {("Person.married", 0): ((BEGIN, True),), ("Person.colour", 0): ((BEGIN, "red"),)}
    found = explain(pack, "due", {1: SubjectHistory(kind="Person", facts=told)}, 1, 1, 20000, "en")
    assert "contradicts itself: But. (Act § 3) - But. (Act § 3)" in found.needed[0]
    lacking = {**told, ("Person.married", 0): ((BEGIN, UNKNOWN),)}
    found = explain(pack, "due", {1: SubjectHistory(kind="Person", facts=lacking)}, 1, 1, 20000, "en")
    assert found.needed == ("you: married (town)",)


def test_a_date_that_the_law_names(tmp_path: Path) -> None:
    law = BASE + but("more", "late", "kroner(200)")
    late = (
        '@rule(law="Act § 2")\ndef late(person: Person) -> bool:\n    """So."""\n    return today() >= DATE\n'
    )
    dated = law.replace("\n\n@exception", f"\n\n{late}\n\n@exception").replace("DATE", 'day("2024-03-01")')
    pack = load(tmp_path / "a", f"from duly.law import day\n\n{dated}")
    assert [is_due(pack, on) for on in ("2024-02-29", "2024-03-01")] == [100, 200]
    with pytest.raises(LawRefused, match="'2024-02-30' is no date"):
        load(tmp_path / "b", f"from duly.law import day\n\n{dated}".replace("2024-03-01", "2024-02-30"))


def test_what_an_exception_and_its_condition_read_concerns_the_programme(tmp_path: Path) -> None:
    pack = load(tmp_path, BASE + but("more", "red", "person.wage"))
    assert {"Person.colour", "Person.wage"} <= {path.attribute for path in reads(pack, "due")}
    assert affected(pack).keys() >= {"Person.colour", "Person.wage"}


def test_what_no_fact_would_settle_is_said_to_be_a_conflict(tmp_path: Path) -> None:
    pack = load(tmp_path, BASE + but("more", "wed", "kroner(200)") + but("none", "red", "None"))
    told = {("Person.married", 0): ((BEGIN, True),), ("Person.colour", 0): ((BEGIN, "red"),)}
    world = World(pack, {1: SubjectHistory(kind="Person", facts=told)})
    found = missing(pack, "due", world, 1, 1, 20000, "en")
    assert "no fact would settle it" in found.lines[0]
    assert "contradicts itself" in found.lines[1]


def test_an_officers_finding_about_the_rule_itself_stands_before_its_exceptions(tmp_path: Path) -> None:
    never = but("never", "red", "False", result="bool").replace("to=amount", "to=lone")
    pack = load(tmp_path, BASE + never + but("more", "lone", "kroner(200)"))
    single = {"married": False}
    assert (is_due(pack, **single), is_due(pack, **single, colour="blue")) == (100, 200)
    assert is_due(pack, **single, married_finding=True) == 200


def test_a_rule_and_its_exceptions_have_versions_of_their_own(tmp_path: Path) -> None:
    later = BASE.replace(
        '\n\n@rule(law="Act § 2")\ndef wed',
        '\n\n@rule(law="Act § 1", since="2024-03-01", replaces=amount)\n'
        'def amount_2024(person: Person) -> Money | None:\n    """The amount."""\n    return kroner(110)\n'
        '\n\n@rule(law="Act § 2")\ndef wed',
        1,
    )
    pack = load(tmp_path, later + but("more", "wed", "kroner(200)", ', since="2024-02-01"'))
    days = ("2024-01-31", "2024-02-01", "2024-03-01")
    assert [is_due(pack, day) for day in days] == [100, 200, 200]
    assert [is_due(pack, day, married=False) for day in days] == [100, 100, 110]
