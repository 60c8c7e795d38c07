"""What a dry run publishes: counts and sums, in which nobody is to be found.

A cell of fewer than `SMALLEST` people is left out (null), and with it their whole, or, where that is known,
as many other cells as it takes that no sum gives it back.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Final

import msgspec

__all__ = [
    "BANDS",
    "Band",
    "Figures",
    "Outcome",
    "Row",
    "band_of",
    "document_of",
    "read_document",
    "suppressed",
]

SMALLEST: Final = 5
FORMAT: Final = "duly.dry-run.v1"
EDGES: Final = (0, 50, 100, 200, 500, 1000, 2000, 5000)
"""Bounds of the bands, in whole units of the currency a month."""
OUTCOMES: Final = ("gain", "lose", "both", "other", "unknown", "unchanged")

BANDS: Final[tuple[tuple[int | None, int | None], ...]] = (
    (None, -EDGES[-1]),
    *((-high, -low) for low, high in reversed(list(pairwise(EDGES)))),
    *pairwise(EDGES),
    (EDGES[-1], None),
)
"""From the greatest loss to the greatest gain; who has neither is in none."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds or could hold a programme (or any), by what happens to them; sums in minor units.

    `gained` and `lost` are a month's on average in the year from the effective day; `back` is what would be
    paid once for days before it; `cases` how many entitlements would wait for a human because of the change.
    """

    programme: str
    people: int | None
    gain: int | None
    lose: int | None
    both: int | None
    other: int | None
    unknown: int | None
    unchanged: int | None
    gained: int | None
    lost: int | None
    back: int | None
    cases: int | None


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """How many people gain (or lose) from `above` up to `to` a month, in whole units of the currency."""

    above: int | None
    to: int | None
    people: int | None


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """The published document of a dry run. `holds`: it would take more than its share (see `share`)."""

    format: str
    pack: str
    change: int
    old: str
    new: str
    effective: str
    on: str
    currency: str
    smallest: int
    share: str
    holds: bool
    everybody: Row
    programmes: tuple[Row, ...]
    bands: tuple[Band, ...]
    reasons: Mapping[str, int | None]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What one change of law does to one key: in all, and how it is counted."""

    year: int
    back: int
    higher: bool
    lower: bool
    other: bool
    unknown: bool
    reasons: frozenset[str]
    takes: bool

    @property
    def kind(self) -> str:
        if self.unknown:
            return "unknown"
        if self.higher or self.lower:
            return "both" if self.higher and self.lower else "gain" if self.higher else "lose"
        return "other" if self.other else "unchanged"


class Tally:
    """Counts people (or keys) as they come; keeps nobody."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.gained = self.lost = self.back = self.cases = 0

    def add(self, one: Outcome) -> None:
        self.kinds[one.kind] += 1
        self.gained += max(one.year, 0)
        self.lost += max(-one.year, 0)
        self.back += one.back
        self.cases += bool(one.reasons)

    def row(self, programme: str) -> Row:
        """What may be told of it."""
        counts = {kind: self.kinds[kind] for kind in OUTCOMES}
        cells = {kind: _told(count) for kind, count in counts.items()}
        hidden = any(cells[kind] is None for kind in ("gain", "lose", "both"))
        sums = (self.gained, self.lost, self.back)
        gained, lost, back = (
            None if hidden else _monthly(s, n) for s, n in zip(sums, (12, 12, 1), strict=True)
        )
        total = sum(counts.values())
        known = None if None in cells.values() else total  # the whole would give away what is left out
        cases = _told(self.cases)
        return Row(
            programme=programme, people=known, gained=gained, lost=lost, back=back, cases=cases, **cells
        )


def suppressed(counts: Mapping[str, int], smallest: int = SMALLEST) -> dict[str, int | None]:
    """The counts of one whole whose sum is known, without those that are small or give a small one away."""
    hidden = {name for name, count in counts.items() if 0 < count < smallest}
    if hidden:
        rest = sorted((count, name) for name, count in counts.items() if name not in hidden)
        rest.sort(key=lambda one: (one[0] == 0, one[0]))
        while rest and (len(hidden) < 2 or sum(counts[name] for name in hidden) < 2 * smallest):
            hidden.add(rest.pop(0)[1])
    return {name: None if name in hidden else count for name, count in counts.items()}


def band_of(monthly: Fraction) -> int:
    """The place in `BANDS` of a change a month that is not nothing, in whole units of the currency."""
    place = bisect_right(EDGES, abs(monthly)) - 1
    if place > 0 and abs(monthly) == EDGES[place]:
        place -= 1  # a band holds its upper bound
    half = len(EDGES)
    return half + place if monthly > 0 else half - 1 - place


def bands(counts: Counter[int]) -> tuple[Band, ...]:
    """The bands as they may be told."""
    cells = suppressed({str(n): counts[n] for n in range(len(BANDS))})
    return tuple(Band(above=low, to=high, people=cells[str(n)]) for n, (low, high) in enumerate(BANDS))


def document_of(figures: Figures) -> tuple[str, bytes]:
    """The published JSON and its id, the SHA-256 of it; the same figures always have the same."""
    document = msgspec.json.encode(figures, order="deterministic")
    return hashlib.sha256(document).hexdigest(), document


def read_document(document: bytes) -> Figures:
    """The figures of a published document."""
    return msgspec.json.decode(document, type=Figures)


def reasons_of(counts: Counter[str], names: Sequence[str]) -> dict[str, int | None]:
    """How many entitlements would wait for each reason."""
    return {name: _told(counts[name]) for name in names}


def _told(count: int) -> int | None:
    return count if count == 0 or count >= SMALLEST else None


def _monthly(total: int, months: int) -> int:
    return round(Fraction(total, months))
