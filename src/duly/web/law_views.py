"""A change of the law as pages show it: what is said of it, its figures and its difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from markupsafe import Markup

from duly.reform.differences import Differences, differences
from duly.reform.figures import Band, Figures, Row, read_document
from duly.reform.passage import Passage, Stage
from duly.reform.picture import Captions, band_in_words, picture
from duly.reform.signing import Act
from duly.timeline import BEGIN, from_iso
from duly.web.languages import Speech

if TYPE_CHECKING:
    from duly.app import App

__all__ = [
    "OPEN_STAGES",
    "ChangeShown",
    "FiguresShown",
    "RowShown",
    "change_shown",
    "compared",
    "drawn",
    "figures_shown",
    "newest_figures",
    "stage_in_words",
    "titles_of",
]

OPEN_STAGES = frozenset({Stage.ANNOUNCED, Stage.ENACTED, Stage.IN_FORCE, Stage.PAST, Stage.UNDONE})
"""How far a change has come when anybody may see it."""


class ChangeShown(msgspec.Struct, frozen=True, kw_only=True):
    """A change in words; `since` is "" for the first law."""

    number: int
    version: str
    stage: str
    since: str
    author: str
    signed: str
    announced_by: str
    enacted_by: str
    why: str
    coming: bool


class RowShown(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the figures, each cell in words, in the order of the table's columns."""

    name: str
    cells: tuple[str, ...]


class FiguresShown(msgspec.Struct, frozen=True, kw_only=True):
    """The figures of a dry run in words."""

    rows: tuple[RowShown, ...]
    bands: tuple[RowShown, ...]
    reasons: tuple[RowShown, ...]
    picture: Markup
    holds: bool
    share: str
    smallest: int
    on: str
    unit: str


def change_shown(speech: Speech, at: Passage) -> ChangeShown:
    """What anybody may read of a change."""
    change, say = at.change, speech.say
    first = change.effective == BEGIN
    untold = say("The version that was installed first") if first else say("Put in force by hand")
    return ChangeShown(
        number=change.number,
        version=change.hash,
        stage=stage_in_words(speech, at.stage),
        since="" if first else speech.words.day(change.effective),
        author=change.author,
        signed=", ".join(at.signed),
        announced_by=at.by(Act.ANNOUNCE),
        enacted_by=at.by(Act.ENACT),
        why=change.why or untold,
        coming=at.stage in (Stage.ANNOUNCED, Stage.ENACTED),
    )


def stage_in_words(speech: Speech, stage: Stage) -> str:
    """How far a change has come, in words."""
    say = speech.say
    words = {
        Stage.PROPOSED: say("Proposed"),
        Stage.RUN_DRY: say("Run dry"),
        Stage.APPROVED: say("Approved by two people"),
        Stage.ANNOUNCED: say("Announced"),
        Stage.ENACTED: say("Comes into force on its day"),
        Stage.IN_FORCE: say("In force"),
        Stage.PAST: say("No longer in force"),
        Stage.UNDONE: say("Undone before its day"),
    }
    return words[stage]


def figures_shown(speech: Speech, figures: Figures) -> FiguresShown:
    """The figures in words; where a number is left out it says so."""
    say, words = speech.say, speech.words
    few = say("few")
    rows = [_row(speech, row, few) for row in (figures.everybody, *figures.programmes)]
    cells = [
        RowShown(name=_band(speech, band), cells=(few if band.people is None else str(band.people),))
        for band in figures.bands
    ]
    names = {
        "takes": say("It would take something away"),
        "review": say("The law asks a person to look first"),
        "shared": say("One gains what another loses"),
        "missing": say("A fact is missing"),
    }
    reasons = [
        RowShown(name=names[key], cells=(few if count is None else str(count),))
        for key, count in figures.reasons.items()
        if key in names and count != 0
    ]
    return FiguresShown(
        rows=tuple(rows),
        bands=tuple(cells),
        reasons=tuple(reasons),
        picture=Markup(drawn(speech, figures)),  # noqa: S704 - made by us, and everything in it is escaped
        holds=figures.holds,
        share=figures.share,
        smallest=figures.smallest,
        on=words.day(from_iso(figures.on)),
        unit=figures.currency,
    )


def drawn(speech: Speech, figures: Figures) -> str:
    """The picture with its words."""
    say, row = speech.say, figures.everybody
    few = say("few")
    captions = Captions(
        title=say("Who gains and who loses, and how much a month"),
        description=say(
            "Bars for losses on the left and for gains on the right; "
            "each says how many people it stands for. "
            "%(gain)s gain, %(lose)s lose. The table below says the same.",
            gain=few if row.gain is None else row.gain,
            lose=few if row.lose is None else row.lose,
        ),
        lose=say("lose"),
        gain=say("gain"),
        hidden=few,
        unit=say("%(currency)s a month", currency=figures.currency),
    )
    return picture(figures.bands, captions)


def compared(app: App, at: Passage, language: str) -> Differences:
    """In what the version of a change differs from the one before it."""
    base = at.change.base or at.change.hash
    return differences(app.laws.kept(base), app.laws.kept(at.change.hash), language)


def titles_of(speech: Speech, found: Differences) -> dict[str, str]:
    """The names of programmes, where the pack names them."""
    words = speech.words
    named = {
        one.name: words.name_of("programmes", one.name) if words.has("programmes", one.name) else one.name
        for one in found.programmes
    }
    return {**named, "": speech.say("Rules of no programme")}


def newest_figures(at: Passage) -> Figures | None:
    """The newest dry run of a change, if there is one."""
    return read_document(at.run.document) if at.run is not None else None


def _band(speech: Speech, band: Band) -> str:
    bounds = band_in_words(band)
    if band.above is None or band.above < 0:
        return speech.say("lose %(amount)s", amount=bounds)
    return speech.say("gain %(amount)s", amount=bounds)


def _row(speech: Speech, row: Row, few: str) -> RowShown:
    counts = (row.people, row.gain, row.lose, row.both, row.other, row.unknown, row.unchanged, row.cases)
    sums = (row.gained, row.lost, row.back)
    words = speech.words
    named = words.name_of("programmes", row.programme) if words.has("programmes", row.programme) else ""
    name = named or row.programme or speech.say("Everybody")
    told: list[Any] = [few if count is None else f"{count}" for count in counts]
    told += [few if amount is None else words.money(round(amount, -2)) for amount in sums]
    return RowShown(name=name, cells=tuple(told))
