"""Two runs of one change together say nothing of a few people: a cell that fewer moved stays as it was.

Else whoever runs a change dry before and after something happened to one person reads it off the difference.
A sum stays with the counts that it is of. What was told as nobody is left out once it is somebody, for a law
may rest on it. Whether the change holds is no figure of people, and is told.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from duly.reform.figures import OUTCOMES, SMALLEST, Band, Figures, Row

__all__ = ["steady"]

SUMMED: Final = ("gain", "lose", "both")


def steady(before: Figures | None, now: Figures) -> Figures:
    """What may be published of a run, after another run of the same change was."""
    if before is None or not _alike(before, now):
        return now
    rows = {row.programme: row for row in before.programmes}
    return msgspec.structs.replace(
        now,
        everybody=_row(before.everybody, now.everybody),
        programmes=tuple(_row(rows.get(row.programme), row) for row in now.programmes),
        bands=_bands(before.bands, now.bands),
        reasons={name: _cell(before.reasons.get(name, 0), count) for name, count in now.reasons.items()},
    )


def _alike(one: Figures, other: Figures) -> bool:
    """Whether the same change is compared with the same law."""
    return (one.change, one.old, one.new, one.effective) == (
        other.change,
        other.old,
        other.new,
        other.effective,
    )


def _row(before: Row | None, now: Row) -> Row:
    if before is None:
        return now
    cells: Mapping[str, int | None] = {
        name: _cell(getattr(before, name), getattr(now, name)) for name in OUTCOMES
    }
    moved = any(cells[name] != getattr(before, name) for name in SUMMED)
    sums = now if moved and None not in (cells[name] for name in SUMMED) else before
    counts = [count for count in cells.values() if count is not None]
    return Row(
        programme=now.programme,
        people=sum(counts) if len(counts) == len(cells) else None,
        gained=None if moved and sums is before else sums.gained,
        lost=None if moved and sums is before else sums.lost,
        back=None if moved and sums is before else sums.back,
        cases=_cell(before.cases, now.cases),
        **cells,
    )


def _bands(before: Sequence[Band], now: Sequence[Band]) -> tuple[Band, ...]:
    """Each band that may be told now, unless fewer moved than may be seen."""
    return tuple(
        msgspec.structs.replace(band, people=None if band.people is None else _cell(was.people, band.people))
        for was, band in zip(before, now, strict=True)
    )


def _cell(before: int | None, now: int | None) -> int | None:
    """A count; what was left out may be anything below the smallest that is told."""
    return now if _moved(before, now) else before


def _moved(before: int | None, now: int | None) -> bool:
    if before is None:
        return now is not None and now >= 2 * SMALLEST - 1
    if now is None:
        return before == 0 or before >= 2 * SMALLEST - 1
    return abs(now - before) >= SMALLEST
