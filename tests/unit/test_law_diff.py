"""Two versions compared as people read law."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_changes import altered, with_rate
from law_packs import load, rule

from duly.errors import BadInput
from duly.law import Pack
from duly.law.changed import changed_programmes
from duly.reform.compatible import require_compatible
from duly.reform.differences import differences, in_text

NORWAY = Pack.load("norway")


def test_a_version_does_not_differ_from_itself(tmp_path: Path) -> None:
    same = Pack.load(altered(tmp_path / "same", "rates.py"))
    assert differences(NORWAY, same).nothing
    assert changed_programmes(NORWAY, same) == frozenset()


def test_a_changed_rate_is_a_table_with_its_changed_cells(tmp_path: Path) -> None:
    new = Pack.load(with_rate(tmp_path / "new", 1800))
    found = differences(NORWAY, new)
    (rate,) = found.rates
    assert [cell.since for cell in rate.cells if cell.changed] == ["2024-09-01"]
    assert "  2024-09-01  1 766 NOK  ->  1 800 NOK" in list(in_text(found))
    assert "barnetrygd.ordinary" in changed_programmes(NORWAY, new)
    assert "fastlege.newborn" not in changed_programmes(NORWAY, new)
    assert (found.programmes, found.words, found.files) == ((), (), ())


def test_a_changed_condition_shows_its_source_and_its_sentence_stays(tmp_path: Path) -> None:
    change = "return person.permit != Permit.NONE", "return person.permit != Permit.NONE and alive(person)"
    new = Pack.load(altered(tmp_path / "new", "child_benefit.py", change))
    first, *others = differences(NORWAY, new, "nb").programmes
    (changed,) = first.rules
    assert (changed.name, changed.law[0]) == ("lawful_residence", "Barnetrygdloven § 4")
    assert changed.sentence[0] == changed.sentence[1] == NORWAY.sentence("lawful_residence", "nb")
    assert [line for line in changed.source if line[0] in "+-"] == [
        "-    return person.permit != Permit.NONE",
        "+    return person.permit != Permit.NONE and alive(person)",
    ]
    assert all(other.rules == () and "lawful_residence" in other.shared for other in others)
    assert "fastlege.newborn" not in changed_programmes(NORWAY, new)


def test_a_changed_sentence_is_told_and_changes_no_decision(tmp_path: Path) -> None:
    change = '"""You are alive. |', '"""You live. |'
    new = Pack.load(altered(tmp_path / "new", "child_benefit.py", change))
    found = differences(NORWAY, new)
    changed = next(one for one in found.programmes[0].rules if one.name == "alive")
    assert changed.source == ()
    assert [text.split(" |")[0] for text in changed.sentence] == ["You are alive.", "You live."]
    assert changed_programmes(NORWAY, new) == frozenset()


def test_words_of_notices_are_compared_key_by_key(tmp_path: Path) -> None:
    change = '"barnetrygd.ordinary" = "Child benefit"', '"barnetrygd.ordinary" = "Family money"'
    new = Pack.load(altered(tmp_path / "new", "notices/en.toml", change))
    (word,) = differences(NORWAY, new).words
    assert (word.file, word.key) == ("notices/en.toml", "programmes > barnetrygd.ordinary")
    assert (word.before, word.after) == ("Child benefit", "Family money")
    assert changed_programmes(NORWAY, new) == frozenset()


def test_a_new_and_a_removed_rule_are_said_to_be(tmp_path: Path) -> None:
    old = load(tmp_path / "old", rule("return True"))
    new = load(tmp_path / "new", rule("return True").replace("tested", "other"))
    (elsewhere,) = differences(old, new).programmes
    assert elsewhere.name == ""
    assert {one.name: one.status for one in elsewhere.rules} == {"other": "new", "tested": "removed"}


def test_what_people_hold_may_not_vanish(tmp_path: Path) -> None:
    change = 'birth_filter", "practitioner"', 'birth_filter"'
    new = Pack.load(altered(tmp_path / "new", "pack.toml", change))
    with pytest.raises(BadInput, match=r"fastlege\.newborn is gone"):
        require_compatible(NORWAY, new)
    require_compatible(NORWAY, Pack.load(with_rate(tmp_path / "rate", 1800)))
