"""A pack is its files: the same files are the same pack, and nothing runs that is no law."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import TOML, load, rule, write

from duly.errors import BadInput, NotFound
from duly.law import Pack
from duly.law.ir import Kind
from duly.law.vocabulary import pack_code, unpack_code

NORWAY = Pack.load("norway")


def test_the_same_files_are_the_same_pack_and_others_are_another(tmp_path: Path) -> None:
    one = load(tmp_path / "pack", rule("return True"))
    assert Pack.load(tmp_path / "pack") is one
    (tmp_path / "pack" / "note.txt").write_text("a note")
    other = Pack.load(tmp_path / "pack")
    assert other.hash != one.hash
    (tmp_path / "pack" / "note.txt").unlink()
    assert Pack.load(tmp_path / "pack") is one


def test_a_changed_law_is_another_law_in_one_process(tmp_path: Path) -> None:
    one = load(tmp_path / "pack", rule("return 1", result="int"))
    other = load(tmp_path / "pack", rule("return 2", result="int"))
    bodies = [pack.rules["tested"].versions[0].body for pack in (one, other)]
    assert [getattr(body, "value", None) for body in bodies] == [1, 2]


def test_what_is_not_there_is_said_with_the_nearest_that_is(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match=r"there are .*norway"):
        Pack.load("norwegia")
    with pytest.raises(NotFound, match=r"barnetrygd\.ordinary"):
        NORWAY.programme("barnetrygd.ordinery")
    with pytest.raises(NotFound, match=r"no nothing\.py"):
        NORWAY.module("nothing")
    with pytest.raises(NotFound, match=r"\[nothing\]"):
        NORWAY.section("nothing")
    with pytest.raises(BadInput, match=r"Person\.born"):
        NORWAY.vocabulary.attribute("Person.borne")
    write(tmp_path / "pack", "", pack=TOML.replace('zone = "Europe/Oslo"\n', ""))
    with pytest.raises(BadInput, match="does not say zone"):
        Pack.load(tmp_path / "pack")


def test_an_attribute_of_a_class_is_a_name() -> None:
    vocabulary = NORWAY.module("vocabulary")
    assert str(vocabulary.Person.born) == "Person.born"
    assert str(vocabulary.Care.present) == "Care.present"
    assert str(vocabulary.Person.cared_for_by) == "Person.cared_for_by"


def test_a_link_that_is_present_has_the_category_of_its_relation() -> None:
    present = NORWAY.vocabulary.attribute("Listing.present")
    assert (present.category, present.register, present.absent) == ("practice", "fastlegeregisteret", False)


def test_programmes_say_what_they_give_and_to_whom() -> None:
    ordinary, newborn = NORWAY.programme("barnetrygd.ordinary"), NORWAY.programme("fastlege.newborn")
    assert [name for name, _ in ordinary.fields] == ["rate", "percent", "before", "amount", "override"]
    assert (ordinary.holder, ordinary.about, ordinary.record) == ("Person", "Person", "Grant")
    assert [(name, kind.kind) for name, kind in newborn.fields] == [("provider", Kind.CODE)]


def test_a_rule_outside_of_a_situation_says_what_is_missing() -> None:
    person = NORWAY.vocabulary.kinds["Person"](1)
    with pytest.raises(BadInput, match="no day"):
        NORWAY.functions["alive"](person)


@pytest.mark.parametrize("code", ["", "0301", "123456789", "A-b.c"])
def test_codes_are_packed_and_keep_their_order(code: str) -> None:
    assert unpack_code(pack_code(code)) == code
    assert (pack_code(code) < pack_code("5")) == (code < "5")
    assert 0 <= pack_code(code) < 2**63


@pytest.mark.parametrize("code", ["1234567890", "å"])
def test_what_is_no_code(code: str) -> None:
    with pytest.raises(BadInput):
        pack_code(code)
