"""A decimal has one text and one whole number, and a rule sees it exactly."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from law_packs import TOML, VOCABULARY, load, rule

from duly.errors import BadInput
from duly.law import LawRefused, Pack
from duly.law.decimals import canonical, scaled, unscaled

WITH_RATE = VOCABULARY.replace("Choice, Code,", "Choice, Code, Decimal,").replace(
    '    name: str = attribute("identity"',
    '    fee: Decimal | None = attribute("money", register="town", purposes={HELP}, digits=4, least=0)\n'
    '    name: str = attribute("identity"',
)


@given(st.integers(-(2**62) + 1, 2**62 - 1), st.integers(0, 17))
def test_a_number_and_its_text_are_one(number: int, digits: int) -> None:
    text = unscaled(number, digits)
    assert scaled(text, digits) == number
    assert canonical(text, digits) == text
    assert Fraction(text) == Fraction(number, 10**digits)
    assert canonical(Fraction(number, 10**digits), digits) == text


@pytest.mark.parametrize(
    ("written", "text"), [("9.80", "9.8"), ("007", "7"), ("-0.0", "0"), ("0.0001", "0.0001"), ("12", "12")]
)
def test_what_says_the_same_is_the_same(written: str, text: str) -> None:
    assert canonical(written, 4) == text


@pytest.mark.parametrize(
    "written", ["", "1,5", "1e3", "NaN", " 1", ".5", "1.", "1.00001", "9" * 19, 1.5, True]
)
def test_what_is_no_decimal_is_refused(written: object) -> None:
    with pytest.raises(BadInput):
        scaled(written, 4)


def pack(directory: Path, law: str = "") -> Pack:
    settings = TOML.replace('"Person.name"', '"Person.fee", "Person.name"')
    return load(directory, law or rule("return True"), vocabulary=WITH_RATE, pack=settings)


def test_facts_are_read_in_their_one_form(tmp_path: Path) -> None:
    loaded = pack(tmp_path / "fee")
    line = '{"subject": "a", "kind": "Person", "attribute": "fee", "value": "12.50"}'
    (subject,) = loaded.read([line]).history.values()
    assert next(iter(subject.facts.values()))[0][1] == "12.5"
    for wrong in ('"1.23456"', "12.5", '"-1"', "true"):
        with pytest.raises(BadInput):
            loaded.read([line.replace('"12.50"', wrong)])


def test_a_decimal_says_its_digits(tmp_path: Path) -> None:
    for index, wrong in enumerate(("", ", digits=18", ", digits=-1")):
        text = WITH_RATE.replace(", digits=4", wrong)
        with pytest.raises(LawRefused, match=r"[Dd]igits"):
            load(tmp_path / f"wrong{index}", rule("return True"), vocabulary=text)
    text = WITH_RATE.replace(
        "died: Day | None = attribute(", "died: Day | None = attribute(digits=2, category="
    )
    with pytest.raises(LawRefused, match="digits"):
        load(tmp_path / "day", rule("return True"), vocabulary=text)
