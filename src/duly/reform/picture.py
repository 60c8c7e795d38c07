"""The picture of a dry run: how many people gain or lose how much a month, as bars that say their number.

It is SVG without script or style sheet, with a title and a description for those who do not see it.
No meaning is carried by colour alone, and a table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from xml.sax.saxutils import escape

import msgspec

from duly.reform.figures import Band

__all__ = ["Captions", "band_in_words", "picture"]

WIDTH: Final = 760
HEIGHT: Final = 360
LEFT: Final = 20
BOTTOM: Final = 280
TOP: Final = 40
LOSE: Final = "#a33b00"
GAIN: Final = "#1d5f99"
INK: Final = "#0b0c0c"


class Captions(msgspec.Struct, frozen=True, kw_only=True):
    """The picture's words in the reader's language."""

    title: str
    description: str
    lose: str
    gain: str
    hidden: str
    unit: str


def picture(bands: Sequence[Band], captions: Captions) -> str:
    """The bars of all bands, from the greatest loss to the greatest gain."""
    step = (WIDTH - 2 * LEFT) / len(bands)
    most = max([band.people or 0 for band in bands] + [1])
    bars = "".join(_bar(n, band, step, most, captions) for n, band in enumerate(bands))
    middle = WIDTH / 2
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-labelledby="dry-run-title dry-run-description" font-family="sans-serif" fill="{INK}">'
        f'<title id="dry-run-title">{escape(captions.title)}</title>'
        f'<desc id="dry-run-description">{escape(captions.description)}</desc>'
        '<defs><pattern id="dry-run-hidden" width="6" height="6" patternUnits="userSpaceOnUse">'
        f'<path d="M0 6 L6 0" stroke="{INK}" stroke-width="1"/></pattern></defs>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>'
        f'<text x="{LEFT}" y="24" font-size="16" font-weight="bold">\u2190 {escape(captions.lose)}</text>'
        f'<text x="{WIDTH - LEFT}" y="24" font-size="16" font-weight="bold" text-anchor="end">'
        f"{escape(captions.gain)} \u2192</text>"
        f"{bars}"
        f'<path d="M{LEFT} {BOTTOM} H{WIDTH - LEFT} M{middle} {TOP} V{BOTTOM}" stroke="{INK}" fill="none"/>'
        f'<text x="{middle}" y="{HEIGHT - 12}" font-size="14" text-anchor="middle">'
        f"{escape(captions.unit)}</text>"
        "</svg>"
    )


def band_in_words(band: Band) -> str:
    """The bounds of a band, in whole units of the currency a month, without a sign."""
    low, high = band.above, band.to
    if low is None:
        return f"> {_number(-(high or 0))}"
    if high is None:
        return f"> {_number(low)}"
    return f"{_number(min(abs(low), abs(high)))}\u2013{_number(max(abs(low), abs(high)))}"


def _bar(place: int, band: Band, step: float, most: int, captions: Captions) -> str:
    loses = band.above is None or band.above < 0
    colour = LOSE if loses else GAIN
    high = 14.0 if band.people is None else (BOTTOM - TOP - 24) * band.people / most
    left, top = LEFT + place * step + 3, BOTTOM - high
    centre = left + (step - 6) / 2
    count = captions.hidden if band.people is None else f"{band.people:,}".replace(",", "\u202f")
    fill = "url(#dry-run-hidden)" if band.people is None else colour
    bounds = band_in_words(band)
    shown = (
        f'<text x="{centre:.1f}" y="{top - 5:.1f}" font-size="13" text-anchor="middle">{escape(count)}</text>'
    )
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{step - 6:.1f}" height="{high:.1f}" fill="{fill}" '
        f'stroke="{colour}"/>'
        f"{shown if band.people is None or band.people else ''}"
        f'<text transform="translate({centre + 4:.1f} {BOTTOM + 8}) rotate(-60)" font-size="12" '
        f'text-anchor="end">{escape(bounds)}</text>'
    )


def _number(value: int) -> str:
    return f"{value:,}".replace(",", "\u202f")
