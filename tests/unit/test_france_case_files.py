"""The reader of family allowances' cases takes the library's format as it is; the rest is refused by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from duly.errors import BadInput
from duly.law import Pack

OWN = Path(__file__).parents[2] / "packs/france/cases/boundaries.jsonl"


def family(*path: str, value: object = None) -> dict[str, Any]:
    """The first case, with one value replaced."""
    case = json.loads(OWN.read_text(encoding="utf-8").splitlines()[0])
    place: Any = case
    for name in path[:-1]:
        place = place[int(name) if name.isdigit() else name]
    if path:
        place[path[-1]] = value
    return case


def read(*written: object) -> list[Any]:
    reader: Any = Pack.load("france").module("case_files")
    return list(reader.read(list(written)))


def test_the_kind_of_a_file_is_known_by_its_content() -> None:
    reader: Any = Pack.load("france").module("case_files")
    assert reader.kind_of([family(), family()]) == "families (2 of a month)"
    with pytest.raises(BadInput, match="no input or no output"):
        reader.kind_of({"cases": []})


def test_a_case_is_a_household_and_its_children_in_one_month() -> None:
    (case,) = read(family())
    assert case.first == case.window[0] == case.window[1]
    assert list(case.names.values()) == ["the household", "child 0", "child 1"]
    assert sorted(case.names) == sorted(case.history)


def test_equal_lines_of_one_file_are_two_families() -> None:
    one, other = read(family(), family())
    assert not one.history.keys() & other.history.keys()


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        (("input", "iResidenceIn", "kind"), "Corse", "Corse"),
        (("input", "iDateCouranteIn"), "2021-06-02", "not the first of a month"),
        (("input", "iDateCouranteIn"), "2021-13-01", "2021-13-01"),
        (("input", "iRessourcesMenageIn"), 1.001, "euros and cents"),
        (("input", "iRessourcesMenageIn"), "much", "got `str`"),
        (("input", "iRessourcesMenageIn"), -1, "euros and cents"),
        (("input", "iEnfantsIn", "0", "dDateDeNaissance"), "yesterday", "yesterday"),
        (("input", "iEnfantsIn", "0", "dPriseEnCharge", "kind"), "Autre", "Autre"),
        (("input", "iEnfantsIn", "0", "dAge"), 9, "unknown field `dAge`"),
        (("output", "iMontantVerse"), 0.005, "euros and cents"),
        (("output", "parts"), {"bonus": 1}, "bonus"),
        (("reading",), "mine", "mine"),
    ],
)
def test_what_is_no_case_is_refused_with_its_line(path: tuple[str, ...], value: object, what: str) -> None:
    with pytest.raises(BadInput) as refused:
        read(family(), family(*path, value=value))
    assert refused.value.where == "line 2"
    assert what in refused.value.detail
