"""Reads case files about the social energy tariff; see `duly.law.fact_cases` for the format."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from duly.law import Pack
from duly.law.cases import Case
from duly.law.fact_cases import read_fact_cases


def read(document: object) -> Iterator[Case]:
    """Each case of a file. Raises BadInput for what is no case."""
    return read_fact_cases(Pack.load(Path(__file__).parent), document)
