"""What a page says of the law that decided: its figures, since when, and whether they only run on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from duly.law import Pack, read_facts
from duly.law.explain import explain
from duly.timeline import from_iso
from duly.web.languages import speech
from duly.web.reasons import Known, reason
from duly.web.views import Reason

PACK = Pack.load("norway")
FAMILY = Path(__file__).parents[2] / "docs/tutorial/family.ndjson"


def rates(told: Reason) -> Iterator[str]:
    yield from told.rates
    for part in told.parts:
        yield from rates(part)


@pytest.mark.parametrize(
    ("day", "language", "unset"),
    [
        ("2026-03-01", "en", ""),
        ("2040-03-01", "en", ", provisional: no later figure is set yet"),
        ("2040-03-01", "nb", ", foreløpig: ingen senere sats er fastsatt ennå"),
    ],
)
def test_a_rate_that_only_runs_on_is_said_to_be_provisional(day: str, language: str, unset: str) -> None:
    given = read_facts(PACK, FAMILY.read_text(encoding="utf-8").splitlines())
    mother, child = given.number("mor"), given.number("anna")
    told = explain(PACK, "barnetrygd.ordinary", given.history, mother, child, from_iso(day), language)
    known = Known(
        reader=mother,
        records={},
        history=given.history,
        name=lambda _: "somebody",
        hides=frozenset(),
        contests={},
    )
    said = reason(PACK, known, speech(PACK, language), told)
    (figure,) = set(rates(said))
    assert figure.startswith("2,012" if language == "en" else "2\xa0012")
    assert f"{unset} (" in figure
    assert bool(unset) == ("provisional" in figure or "foreløpig" in figure)
