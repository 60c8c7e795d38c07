"""Portugal's social energy tariff: the cases worked by hand agree, every figure is as published."""

from __future__ import annotations

import json

import pytest
from pack_cases import PACKS, agree, differences, own_cases, read

from duly.errors import BadInput
from duly.law import UNKNOWN, Pack, check_pack
from duly.timeline import from_iso

PORTUGAL = Pack.load("portugal")
CASES = own_cases(PORTUGAL, "social_tariff.json")
HOUSEHOLD = (PACKS / "portugal/cases/household.ndjson").read_text(encoding="utf-8").splitlines()
ELECTRICITY, GAS = "tarifa_social.eletricidade", "tarifa_social.gas_natural"


def test_the_pack_is_well_formed_in_both_languages() -> None:
    assert not check_pack(PORTUGAL)
    assert set(PORTUGAL.sentences) == {"en", "pt"}


def test_every_case_that_was_worked_by_hand() -> None:
    assert len(CASES) >= 37
    assert not differences(PORTUGAL, CASES)


def test_interpreter_kernel_and_plain_python_agree() -> None:
    assert agree(PORTUGAL, CASES) > 30


def test_a_wrong_answer_is_seen() -> None:
    document = json.loads((PACKS / "portugal/cases/social_tariff.json").read_text(encoding="utf-8"))
    wrong = next(case for case in document["cases"] if case["id"] == "income-at-the-limit")
    wrong["expected"][0]["values"]["basis_points"] = 3379
    (difference,) = differences(PORTUGAL, read(PORTUGAL, {"cases": [wrong]}))
    assert "3380" in difference


def test_an_income_below_nothing_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 0"):
        PORTUGAL.read(['{"subject": "ana", "kind": "Person", "attribute": "yearly_income", "value": -1}'])


@pytest.mark.parametrize(
    ("rate", "day", "figure"),
    [
        ("desconto na eletricidade", "2016-07-01", 3380),
        ("desconto na eletricidade", "2025-01-01", 3380),
        ("desconto no gás natural", "2024-10-01", 3120),
        ("rendimento anual máximo", "2022-12-31", 580800),
        ("rendimento anual máximo", "2023-01-01", 627264),
        ("rendimento anual máximo", "2016-06-30", UNKNOWN),
    ],
)
def test_figures_are_as_published(rate: str, day: str, figure: object) -> None:
    assert PORTUGAL.rates[rate].value(from_iso(day)) == figure


def test_an_income_that_nobody_told_matters_only_where_no_benefit_settles_it() -> None:
    unknown = [line for line in HOUSEHOLD if '"yearly_income", "value": 0' not in line]
    told = PORTUGAL.explain(
        PORTUGAL.read(
            [
                *unknown,
                '{"subject": "rui", "kind": "Person", "attribute": "insertion_income", "value": false}',
            ]
        ),
        programme=ELECTRICITY,
        holder="ana",
        about="luz",
        on="2023-02-01",
    )
    assert not told.known
    told = PORTUGAL.explain(
        PORTUGAL.read(unknown), programme=ELECTRICITY, holder="ana", about="luz", on="2023-05-01"
    )
    assert told.value["basis_points"] == 3380


def test_the_household_of_the_facts_file_reads_well() -> None:
    rows = PORTUGAL.evaluate(PORTUGAL.read(HOUSEHOLD), since="2022-11", until="2023-05")
    found = {(row.programme, row.since): row.text for row in rows}
    assert found == {
        (ELECTRICITY, "2023-01"): "33.8 %, transitional tariff of electricity, EDP",
        (GAS, "2023-04"): "31.2 %, transitional tariff of gas, EDP",
    }
    told = PORTUGAL.explain(
        PORTUGAL.read(HOUSEHOLD), programme=GAS, holder="ana", about="gas", on="2023-02-01", language="pt"
    )
    assert any("abono de família do primeiro escalão" in each for each in told.differ)
