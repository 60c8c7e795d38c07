"""A golden case for each refusal outside of rules that no other test holds: words, line, what to write."""

from __future__ import annotations

from pathlib import Path

import pytest
from law_packs import FIRST_LINE, RATES, TOML, VOCABULARY, rule, the_finding, write
from test_law_check import programme

from duly.law import check_named

DECORATED = '@rule(law="Act § 1")\n'
LATER = '@rule(law="Act § 1", since="2024-05-01", replaces=tested)\n'
SAID = '    """It is so."""\n    return True\n'
MODULES = [
    # law, line, what, write instead
    (
        DECORATED + 'def tested(person: "Persona") -> bool:\n' + SAID,
        2,
        "A type is not known: ",
        "a type of duly.law",
    ),
    (
        DECORATED + "def tested(person) -> bool:\n" + SAID,
        2,
        "tested does not say the type of person",
        "a type for each",
    ),
    (
        DECORATED + "def tested(person: Person, x: int = 1) -> bool:\n" + SAID,
        2,
        "tested has other than plain parameters",
        "plain parameters without defaults",
    ),
    (
        rule("return True") + LATER + "def later(person: Person) -> int:\n    return 1\n",
        6,
        "A version of tested takes or gives something else",
        "the same types",
    ),
    (
        '@condition(law="Act § 1", finding=Person.secret)\ndef tested(person: Person) -> bool:\n' + SAID,
        2,
        "The finding Person.secret does not fit tested",
        "an attribute bool | None of a parameter",
    ),
    (
        '@condition(law="Act § 1", finding="Person.secret")\ndef tested(person: Person) -> bool:\n' + SAID,
        1,
        "'Person.secret' names no attribute or relation.",
        "Write the class and the name",
    ),
]


MODULES += [
    ("from duly.law import ratio\n\nX = ratio(1, 0)\n", 3, "Fraction(1, 0)", "a name that is declared"),
    ("@rule(law=5)\ndef tested(person: Person) -> bool:\n" + SAID, 1, "5 cites no law.", 'law="... § ..."'),
    (
        programme("this_month.first(lambda: True)").replace("(person: Person)", "()"),
        4,
        "help.grant takes nothing",
        "the holder as its first parameter",
    ),
    (
        DECORATED + "def tested(person: Person, much: float) -> bool:\n" + SAID,
        2,
        "<class 'float'> is no type of an attribute.",
        "one of those, a subject, a link or a record",
    ),
    (
        programme("this_month.first(lambda: person.married)").replace("every=", "over=Person.knows, every="),
        4,
        "help.grant takes Person",
        "the parameters Person, Person, Bond",
    ),
    (
        programme("this_month.first(lambda: True)")
        + rule("due = granted(person)\nreturn due is not None and due.override == Colour.RED"),
        13,
        "Grant.override may be of any choice",
        "a field of a type of its own",
    ),
]


@pytest.mark.parametrize(("law", "line", "what", "instead"), MODULES)
def test_what_no_module_says(tmp_path: Path, law: str, line: int, what: str, instead: str) -> None:
    finding = the_finding(tmp_path, law)
    assert finding.what.startswith(what)
    assert (finding.file, finding.line) == ("law.py", FIRST_LINE - 1 + line)
    assert finding.write_instead.startswith(instead)


def test_two_rules_of_one_name_in_two_modules(tmp_path: Path) -> None:
    directory = write(tmp_path / "pack", rule("return True"), pack=TOML.replace('"law"]', '"law", "more"]'))
    (directory / "more.py").write_text((directory / "law.py").read_text(encoding="utf-8"), encoding="utf-8")
    (finding,) = check_named(directory)
    assert (finding.file, finding.what) == ("more.py", "There are two rules called tested")


def test_a_module_that_is_not_there(tmp_path: Path) -> None:
    toml = TOML.replace('"law"]', '"law", "more"]')
    finding = the_finding(tmp_path, rule("return True"), pack=toml)
    assert (finding.file, finding.what) == ("more.py", "pack.toml names a module that is not there")


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        (
            '    """A bond."""\n',
            '    """A bond."""\n\n    def f(self) -> None: ...\n',
            "Bond holds more than attributes",
        ),
        (
            "wage: Money = attribute(",
            'wage: Money = attribute(currency="kr", category=',
            "Person.wage is of the currency 'kr'.",
        ),
    ],
)
def test_what_no_vocabulary_says(tmp_path: Path, right: str, wrong: str, what: str) -> None:
    finding = the_finding(tmp_path, rule("return True"), vocabulary=VOCABULARY.replace(right, wrong))
    assert (finding.file, finding.what) == ("vocabulary.py", what)
    assert finding.line > 1


@pytest.mark.parametrize(
    ("rates", "what"),
    [
        (
            'X = rate("x", source="§", entries={"2024-01-01": kroner(1)})',
            "Its first entry has a day, so nothing says what holds before.",
        ),
        ('X = rate("x", source="§", entries={})', "There is no amount at all."),
        (
            'X = rate("x", source="§", entries={"2024-01-01": kroner(1)}, begins="2024-02-01")',
            "begins='2024-02-01' is not the day of the first entry, or there is a before= as well.",
        ),
        ('X = scale("x", source="§", entries={})', "There is no band at all."),
        (
            'X = rate("x", source="§", currency="kr", entries={"": kroner(1)})',
            "The rate x is money, of the currency 'kr'.",
        ),
        (
            f'X = rate("x", source="§", entries={{"": {2**63}}})',
            "9223372036854775808 of the rate x does not fit in 63 bits.",
        ),
        (
            'X = rate("x", source="§", entries={"": kroner(1)}, known={"2024-05-01": "2024-03-01"})',
            "known= names '2024-05-01', and x has no entry from that day.",
        ),
    ],
)
def test_what_no_rate_says(tmp_path: Path, rates: str, what: str) -> None:
    head = RATES.replace("import END, kroner, rate", "import END, kroner, rate, scale")
    finding = the_finding(tmp_path, rule("return True"), rates=head + rates + "\n")
    assert (finding.file, finding.line, finding.what) == ("rates.py", 8, what)


TABLES = """X = table("x", source="§", entries={"": {1: kroner(1), 2: kroner(2)}})
Y = scale("y", source="§", entries={"": {kroner(0): kroner(1)}})
"""


@pytest.mark.parametrize(
    ("body", "what"),
    [
        ("return rates.X[person.colour] == kroner(1)", "The keys of x are int, this one is Colour"),
        (
            "return marginal(rates.Y, person.wage) > kroner(1)",
            "The bands of y hold Money, the amount is Money",
        ),
    ],
)
def test_what_no_table_says(tmp_path: Path, body: str, what: str) -> None:
    head = RATES.replace("import END, kroner, rate", "import END, kroner, rate, scale, table")
    law = "from duly.law import marginal\n\n\n" + rule(body)
    assert the_finding(tmp_path, law, rates=head + TABLES).what == what


def test_a_programme_without_a_record_one_of_no_agency_and_a_fact_without_register(tmp_path: Path) -> None:
    law = programme("this_month.first(lambda: person.married)").replace('agency="office"', 'agency="ofice"')
    law += '''

@programme("other", agency="office", law="§ 1", every=MONTH, delivery=AUTOMATIC, purpose="help")
def other(person: Person) -> Money:
    """An amount."""
    return this_month.first(lambda: person.wage)
'''
    toml = TOML.replace("[registers.town]", "[registers.city]")
    found = check_named(write(tmp_path / "pack", law, pack=toml))
    whats = [finding.what for finding in found]
    assert "help.grant is of no agency known here" in whats
    assert "other gives no record" in whats
    assert "Person.wage has no register" in whats


def test_a_language_without_sentences(tmp_path: Path) -> None:
    toml = TOML.replace('languages = ["en"]', 'languages = ["en", "nb"]')
    finding = the_finding(tmp_path, rule("return True"), pack=toml)
    assert (finding.file, finding.what, finding.write_instead) == (
        "sentences.nb.toml",
        "There is no sentences.nb.toml",
        "the file",
    )
