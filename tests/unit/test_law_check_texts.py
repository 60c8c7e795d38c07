"""What is wrong with sentences, registers, rates and names is found with its place and what to write."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from law_packs import FIRST_LINE, RATES, TOML, VOCABULARY, WORDS, load, rule, write
from test_law_check import programme

from duly.law import Finding, Pack, check_named, check_pack
from duly.law.placeholders import placeholders
from duly.notices import gaps

WORDS_TOML = "[words]\n" + "\n".join(f'{word} = "{word}"' for word in WORDS.split()) + "\n"
FINE = rule("return this_month.first(lambda: person.married)").replace(
    '"""It is so."""', '"""{person} is."""'
)
LAW = (
    FINE
    + programme("tested(person)")
    + '''

@review("help.grant", law="Act § 1", when=ALWAYS, reason="Odd.")
def looked(person: Person) -> bool:
    """It is odd."""
    return this_month.first(lambda: person.married)
'''
)
LANGUAGES = TOML.replace('["en"]', '["en", "nb"]')
NORWEGIAN = (
    WORDS_TOML + '[rules]\ntested = "{person}."\ngranted = "a"\nlooked = "b"\n[reasons]\nlooked = "c"\n'
)


def texts(
    tmp_path: Path, english: str = WORDS_TOML, norwegian: str = NORWEGIAN, law: str = LAW
) -> list[Finding]:
    directory = write(tmp_path / "pack", law, pack=LANGUAGES)
    (directory / "sentences.en.toml").write_text(english, encoding="utf-8")
    (directory / "sentences.nb.toml").write_text(norwegian, encoding="utf-8")
    return check_named(directory)


def test_all_is_said(tmp_path: Path) -> None:
    assert texts(tmp_path) == []


@pytest.mark.parametrize(
    ("file", "right", "wrong", "what", "instead"),
    [
        ("law.py", "{person} is.", "{nobody} is.", "{nobody} in the sentence of tested stands", "{person}"),
        (
            "law.py",
            "{person} is.",
            "{person.born} is.",
            "{person.born} in the sentence of tested",
            "{person}",
        ),
        ("law.py", "{person} is.", "{person!r} is.", "{person!r} in the sentence of tested", "{person}"),
        ("law.py", "{person} is.", "{0} is.", "{0} in the sentence of tested", "{person}"),
        (
            "law.py",
            "{person} is.",
            "{person is.",
            "The braces in the sentence of tested do not pair",
            "{person}",
        ),
        ("law.py", 'reason="Odd."', 'reason="{person} is odd."', "{person} in the reason of looked", "no "),
        ("nb", 'tested = "{person}."', 'tested = "{barn}."', "{barn} in the sentence of tested", "{person}"),
        ("nb", 'tested = "{person}."', 'tested = "}"', "The braces in the sentence of tested", "{person}"),
        ("nb", 'looked = "c"', 'looked = "{person}"', "{person} in the reason of looked", "no placeholder"),
        ("nb", 'you = "you"', 'you = "{person}"', "{person} in the word you", "no placeholder"),
        ("en", 'you = "you"', 'you = "{person}"', "{person} in the word you", "no placeholder"),
        ("nb", 'you = "you"', 'you = "you"\nsince = "{dag}"', "{dag} in the word since", "{day}"),
        ("nb", "[reasons]", "[reason]", "Nobody reads [reason]", "reasons"),
        ("nb", 'looked = "c"', 'looked = "c"\nlocked = "d"', "locked is no review", "looked"),
        ("nb", 'granted = "a"', 'grunted = "a"', "granted is not said in nb", 'granted = "..." in [rules]'),
        ("nb", 'granted = "a"', 'granted = "a"\ngrunted = "a"', "grunted is no rule", "granted"),
        (
            "en",
            "[words]",
            '[rules]\ntested = "x"\n[words]',
            "The sentence of tested stands here",
            "docstring",
        ),
        ("nb", 'you = "you"', 'yu = "you"', "you is not said in [words]", 'you = "..."'),
        ("nb", 'looked = "c"', "", "The reason of looked is not said in nb", 'looked = "..." in [reasons]'),
    ],
)
def test_a_text_that_is_wrong(
    tmp_path: Path, file: str, right: str, wrong: str, what: str, instead: str
) -> None:
    given = {"law.py": LAW, "en": WORDS_TOML, "nb": NORWEGIAN}
    assert right in given[file]
    given[file] = given[file].replace(right, wrong)
    found = texts(tmp_path, given["en"], given["nb"], given["law.py"])
    (finding,) = [each for each in found if what in each.what]
    assert finding.file == (file if file == "law.py" else f"sentences.{file}.toml")
    assert instead in finding.write_instead
    assert finding.line > (FIRST_LINE if file == "law.py" else 0)


def test_a_word_of_dulys_own_is_said_otherwise_with_its_placeholders(tmp_path: Path) -> None:
    said = NORWEGIAN.replace('you = "you"', 'you = "you"\nsince = "fra {day}"')
    assert not [each for each in texts(tmp_path, WORDS_TOML, said, LAW) if "since" in each.what]


def test_placeholders_are_read_as_they_are_written() -> None:
    assert placeholders("{a} and {b.c} and {d:>3} and {e!r} and {{f}}") == ["a", "b.c", "d:>3", "e!r"]
    with pytest.raises(ValueError, match="expected"):
        placeholders("{a")


@pytest.mark.parametrize(
    ("file", "right", "wrong", "what", "line_with"),
    [
        ("notices/nb.toml", "{amount}", "{sum}", "{sum} in money stands for nothing", "money ="),
        ("notices/en.toml", "Hello {name}", "Hello {nam}", "{nam} in [notice] greeting", "greeting ="),
        (
            "notices/en.toml",
            "{value} per cent",
            "{value.x} per cent",
            "{value.x} in [results] percent",
            "percent =",
        ),
        (
            "notices/en.toml",
            '"Person.name" = "name"',
            '"Person.name" = "{name}"',
            "{name} in [attributes]",
            '"Person.name"',
        ),
        (
            "notices/en.toml",
            "Hello {name}",
            "Hello {name",
            "The braces in [notice] greeting do not pair",
            "greeting =",
        ),
        (
            "purposes.toml",
            'en = "To pay"',
            'en = "To {pay}"',
            "{pay} in the en title of pay",
            'title = { en = "To {pay}"',
        ),
    ],
)
def test_a_notice_that_is_wrong(
    tmp_path: Path, file: str, right: str, wrong: str, what: str, line_with: str
) -> None:
    directory = shutil.copytree(Pack.load("norway").directory, tmp_path / "norway")
    text = (directory / file).read_text(encoding="utf-8")
    assert right in text
    (directory / file).write_text(text.replace(right, wrong, 1), encoding="utf-8")
    found = list(gaps.findings(Pack.load(directory)))
    finding = next(each for each in found if what in each.what)
    line = (directory / file).read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert (finding.file, line_with in line) == (file, True)


@pytest.mark.parametrize("name", ["norway", "france"])
def test_notices_of_packs_have_no_gap_too_many(name: str) -> None:
    assert list(gaps.findings(Pack.load(name))) == []


def test_a_rule_that_reads_what_no_register_provides(tmp_path: Path) -> None:
    toml = TOML.replace('"Person.married",', "").replace('"Bond.present", ', "")
    law = rule("return person.married and any(True for other, _ in person.knows if other.married)")
    found = check_pack(load(tmp_path / "pack", law, pack=toml))
    mine = [finding for finding in found if finding.file == "law.py"]
    assert [finding.what for finding in mine] == [
        "tested reads Bond.present, which no register provides",
        "tested reads Person.married, which no register provides",
    ]
    assert {finding.line for finding in mine} == {FIRST_LINE + 3}
    assert mine[1].write_instead == '"Person.married" in the attributes of [registers.town] in pack.toml'


@pytest.mark.parametrize(
    ("rates", "line", "what", "instead"),
    [
        (RATES.replace('"ending"', '"plain"'), 6, "There are two rates called plain", "another name"),
        (
            RATES.replace('source="Act § 1", entries={"": kroner(5)', 'source=" ", entries={"": kroner(5)'),
            6,
            "The rate ending names no source",
            "source=",
        ),
        (RATES.replace("kroner(7)", "7.5"), 7, "The entry '2024-01-15' is 7.5", "Write kroner(...)"),
        (
            RATES.replace('"2024-02-01": kroner(110)}', '"2024-02-01": kroner(110)}, settled="2024-01-01"'),
            5,
            "settled='2024-01-01' is before the first day of the last entry",
            "The last day",
        ),
        (
            RATES + 'X = table("x", source="", entries={"": {1: 2}})\n',
            8,
            "The rate x names no source",
            "source=",
        ),
        (
            RATES + 'X = scale("x", source="", entries={"": {1: 2}})\n',
            8,
            "The rate x names no source",
            "source=",
        ),
    ],
)
def test_a_rate_that_is_wrong(tmp_path: Path, rates: str, line: int, what: str, instead: str) -> None:
    rates = rates.replace("import END, kroner, rate", "import END, kroner, rate, scale, table")
    (finding,) = check_named(write(tmp_path / "pack", rule("return True"), rates=rates))
    assert (finding.file, finding.line) == ("rates.py", line)
    assert what in finding.what
    assert instead in finding.write_instead


def test_two_programmes_of_one_name(tmp_path: Path) -> None:
    one = programme("this_month.first(lambda: person.married)")
    (finding,) = check_named(write(tmp_path / "pack", one + "\n" + one.replace("granted", "given")))
    assert finding.what == "There are two programmes called help.grant"
    assert finding.line > FIRST_LINE + 8


def test_a_version_that_hides_another(tmp_path: Path) -> None:
    later = rule("return person.married").replace("def tested", "def tested_{}")
    later = later.replace('@rule(law="Act § 1")', '@rule(law="Act § 1", since="2024-05-01", replaces=tested)')
    law = rule("return person.married") + later.format("a") + later.format("b")
    (finding,) = check_named(write(tmp_path / "pack", law))
    assert finding.what == "tested has two versions from 2024-05-01."
    assert (finding.file, finding.write_instead) == ("law.py", "Each its own since=.")


@pytest.mark.parametrize(
    ("declared", "what"),
    [
        ("wage: Money = attribute({}, least=5, most=1)", "Person.wage is at least 5 and at most 1."),
        ("wage: bool = attribute({}, least=0)", "Person.wage is no number and has bounds."),
        ("wage: Money = attribute({}, absent=-1, least=0)", "absent=: Person.wage is -1, not at least 0."),
        ("wage: Money = attribute({}, absent=None)", "absent=: Person.wage is never null."),
        ("wage: bool = attribute({}, absent=0)", "absent=: Person.wage is 0."),
    ],
)
def test_an_attribute_that_nothing_can_be(tmp_path: Path, declared: str, what: str) -> None:
    own = '"money", register="town", purposes={HELP}'
    vocabulary = VOCABULARY.replace(f"wage: Money = attribute({own})", declared.format(own))
    (finding,) = check_named(write(tmp_path / "pack", rule("return True"), vocabulary=vocabulary))
    assert finding.what == what
    assert (finding.file, finding.line > 1) == ("vocabulary.py", True)
