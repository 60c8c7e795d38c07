"""What pack.toml cannot say is refused with what to write; a file that is no text is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import TOML, VOCABULARY, rule, write

from duly.access import Policy
from duly.errors import BadInput
from duly.law import Pack, check_named

WRONG = [
    ('name = "small"', 'name = ""', "name"),
    ('"Europe/Oslo"', '"Oslo"', "zone"),
    ('"Europe/Oslo"', '"../etc"', "zone"),
    ('"NOK"', '"kroner"', "currency"),
    ("horizon_years = 5", 'horizon_years = "5"', "horizon_years"),
    ("horizon_years = 5", "horizon_years = true", "horizon_years"),
    ("horizon_years = 5", "horizon_years = 0", "horizon_years"),
    ("horizon_years = 5", "horizon_years = 9999999", "horizon_years"),
    ('["en"]', '"en"', "languages"),
    ('["en"]', '["en", "en"]', "languages"),
    ('["en"]', '["../en"]', "languages"),
    ('"law"]', '"law", "law"]', "law"),
    ('"law"]', '"../law"]', "law"),
    ('purposes = ["help"]', 'purposes = "help"', "agencies"),
    ("[agencies.office]", "[agencies]", "agencies"),
    ("identity = {}", "identity = 5", "categories"),
    ("[registers.town]", "[registers]", "registers"),
    ("attributes = [", 'attributes = "all"\nothers = [', "registers"),
]


@pytest.mark.parametrize(("said", "wrong", "name"), WRONG)
def test_what_no_settings_say(tmp_path: Path, said: str, wrong: str, name: str) -> None:
    directory = write(tmp_path / "pack", rule("return True"), pack=TOML.replace(said, wrong, 1))
    with pytest.raises(BadInput) as refused:
        check_named(directory)
    assert refused.value.detail.startswith(f"{name} is ")
    assert refused.value.hint.startswith("Write ")
    assert refused.value.where.endswith("pack.toml")


@pytest.mark.parametrize("file", ["pack.toml", "sentences.en.toml", "vocabulary.py", "law.py"])
def test_a_file_that_is_no_text_is_named(tmp_path: Path, file: str) -> None:
    directory = write(tmp_path / "pack", rule("return True"))
    (directory / file).write_bytes((directory / file).read_bytes() + b"# \xff")
    try:
        said = [finding.file for finding in check_named(directory)]
    except BadInput as refused:
        said = [Path(refused.where).name]
    assert said == [file]


def test_sentences_that_are_no_table(tmp_path: Path) -> None:
    directory = write(tmp_path / "pack", rule("return True"), sentences="words = 5\n")
    with pytest.raises(BadInput, match="words is 5") as refused:
        Pack.load(directory)
    assert refused.value.hint == "Write [words]."


def test_a_policy_that_is_no_text_is_named(tmp_path: Path) -> None:
    (tmp_path / "own.cedarschema").write_bytes(b"// \xff")
    with pytest.raises(BadInput) as refused:
        Policy.load(tmp_path)
    assert refused.value.where.endswith("own.cedarschema")


@pytest.mark.parametrize("hint", ["Members[1erson, Bond]", "Members[Nobody, Bond]", "Person[Bond]"])
def test_a_type_that_is_none(tmp_path: Path, hint: str) -> None:
    vocabulary = VOCABULARY.replace('"Members[Person, Bond]" = inverse', f'"{hint}" = inverse')
    directory = write(tmp_path / "pack", rule("return True"), vocabulary=vocabulary)
    (finding,) = check_named(directory)
    assert (finding.file, finding.write_instead) == ("vocabulary.py", "a type that is declared or imported")
