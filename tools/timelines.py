"""Draws the pictures of docs/explanation/timelines.md from the law and the tutorial's facts: they are true.

.venv/bin/python tools/timelines.py        # writes docs/explanation/*.svg
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from duly.law import UNKNOWN, History, Pack, SubjectHistory
from duly.law.evaluate import evaluate
from duly.timeline import BEGIN, from_iso, to_iso

ROOT = Path(__file__).parents[1]
FAMILY = ROOT / "docs/tutorial/family.ndjson"
FOLDER = ROOT / "docs/explanation"
FIRST, LAST = from_iso("2024-01-01"), from_iso("2027-01-01")
LEFT, WIDTH, HEIGHT = 210, 690, 30
INK, PAPER, FAINT = "#1b1b1f", "#ffffff", "#8a8a94"
HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img"'
    ' aria-labelledby="title told" font-family="system-ui, sans-serif" font-size="13">'
)
HATCHED = (
    '<defs><pattern id="unknown" width="8" height="8" patternUnits="userSpaceOnUse"'
    f' patternTransform="rotate(45)"><rect width="8" height="8" fill="{PAPER}"/>'
    f'<rect width="3" height="8" fill="{FAINT}"/></pattern></defs>'
)
FILL = {"fact": "#cfe3f7", "law": "#e5def5", "due": "#cdebd3", "unknown": "url(#unknown)", "gives": "#9ed9ab"}


@dataclass(frozen=True, kw_only=True)
class Bar:
    """A stretch of days [first, end) and what is said of it."""

    first: int
    end: int
    text: str
    kind: str


@dataclass(frozen=True, kw_only=True)
class Row:
    label: str
    bars: tuple[Bar, ...]


def picture(title: str, told: str, rows: Sequence[Row]) -> str:
    """An SVG: a row for each timeline, years below. `told` says in words what it shows."""
    height = 20 + len(rows) * (HEIGHT + 14) + 30
    parts = [
        HEAD.format(width=LEFT + WIDTH + 20, height=height),
        f'<title id="title">{escape(title)}</title><desc id="told">{escape(told)}</desc>',
        HATCHED,
        f'<rect width="100%" height="100%" fill="{PAPER}"/>',
        *_years(height),
        *(line for at, row in enumerate(rows) for line in _row(row, 14 + at * (HEIGHT + 14))),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(day: int) -> float:
    return round(LEFT + (min(max(day, FIRST), LAST) - FIRST) / (LAST - FIRST) * WIDTH, 1)


def _years(height: int) -> Iterable[str]:
    for year in (2024, 2025, 2026):
        x = _x(from_iso(f"{year}-01-01"))
        yield f'<line x1="{x}" y1="8" x2="{x}" y2="{height - 24}" stroke="{FAINT}" stroke-width="0.5"/>'
        yield f'<text x="{x + 3}" y="{height - 9}" fill="{INK}">{year}</text>'


def _row(row: Row, top: int) -> Iterable[str]:
    yield f'<text x="8" y="{top + 20}" fill="{INK}">{escape(row.label)}</text>'
    yield (
        f'<line x1="{LEFT}" y1="{top + HEIGHT}" x2="{LEFT + WIDTH}" y2="{top + HEIGHT}"'
        f' stroke="{FAINT}" stroke-width="0.5"/>'
    )
    for bar in row.bars:
        x, width = _x(bar.first), round(_x(bar.end) - _x(bar.first), 1)
        yield (
            f'<rect x="{x}" y="{top}" width="{width}" height="{HEIGHT}" fill="{FILL[bar.kind]}"'
            f' stroke="{INK}" stroke-width="1"/>'
        )
        if bar.kind == "unknown":
            yield f'<rect x="{x + 4}" y="{top + 5}" width="76" height="20" fill="{PAPER}"/>'
        yield f'<text x="{x + 6}" y="{top + 20}" fill="{INK}">{escape(bar.text)}</text>'


def facts() -> tuple[Pack, History]:
    """The tutorial's family: mor is 1, anna 2."""
    norway = Pack.load("norway")
    given = norway.read(FAMILY.read_text(encoding="utf-8").splitlines())
    return norway, given.history


def with_fact(history: History, subject: int, attribute: str, spans: list[tuple[int, object]]) -> History:
    """One more fact."""
    before = history[subject]
    return {**history, subject: SubjectHistory(before.kind, {**before.facts, (attribute, 0): spans})}


def due(pack: Pack, history: History, programme: str, known_at: int | None = None) -> tuple[Bar, ...]:
    """What the mother is due, as bars."""
    found = evaluate(pack, history, FIRST, LAST, known_at=known_at, programmes=[programme])
    return tuple(
        Bar(
            first=row.first,
            end=row.end,
            text="unknown"
            if row.unknown
            else f"{row.values['amount'] // 100}" + ", provisional" * row.provisional,
            kind="unknown" if row.unknown else "due",
        )
        for row in found
        if row.holder == 1
    )


def rate(pack: Pack, name: str, known_at: int | None = None) -> Row:
    """A rate of the law."""
    steps = [step for step in pack.rates[name].steps(known_at) if step[1] is not None]
    ends = [start for start, _ in steps[1:]] + [LAST]
    bars = tuple(
        Bar(first=start, end=end, text=f"{int(amount) // 100}", kind="law")  # pyright: ignore[reportArgumentType]  # money
        for (start, amount), end in zip(steps, ends, strict=True)
        if end > FIRST
    )
    return Row(label="law: the rate", bars=bars)


def fact(label: str, first: str, end: str, text: str) -> Row:
    bar = Bar(first=from_iso(first), end=from_iso(end) if end else LAST, text=text, kind="fact")
    return Row(label=label, bars=(bar,))


def pictures() -> dict[str, str]:
    """The text of each file."""
    pack, history = facts()
    ordinary = due(pack, history, "barnetrygd.ordinary")
    lives = fact("fact: Anna lives with her", "2024-03-14", "", "from 14 March 2024")
    alone_since = from_iso("2025-06-20")
    alone = with_fact(history, 1, "Person.lone_parent", [(BEGIN, False), (alone_since, True)])
    unsure = with_fact(history, 1, "Person.lone_parent", [(BEGIN, False), (alone_since, UNKNOWN)])
    lone = fact("fact: she is alone with her", "2025-06-20", "", "from 20 June 2025")
    before, after = from_iso("2025-01-01"), None
    extended = "barnetrygd.extended"
    return {
        "timelines-due.svg": picture(
            "What is due is the law, applied to the facts, over time",
            f"Anna lives with her mother from 14 March 2024; the rate changes. Due: {_told(ordinary)}.",
            [lives, rate(pack, "ordinary"), Row(label="due: child benefit", bars=ordinary)],
        ),
        "timelines-decision.svg": picture(
            "A decision is the difference of two timelines",
            f"A fact arrives. Before, nothing extended was due; now: {_told(due(pack, alone, extended))}.",
            [
                lone,
                Row(label="due before", bars=due(pack, history, extended)),
                Row(label="due now", bars=due(pack, alone, extended)),
                Row(label="the decision: granted", bars=_gives(due(pack, alone, extended))),
            ],
        ),
        "timelines-unknown.svg": picture(
            "Unknown is a value, too",
            "Nobody knows whether she is alone from 20 June 2025 on; extended benefit is unknown from July.",
            [
                Row(
                    label="fact: alone with her",
                    bars=(
                        Bar(first=FIRST, end=alone_since, text="no", kind="fact"),
                        Bar(first=alone_since, end=LAST, text="unknown", kind="unknown"),
                    ),
                ),
                Row(label="due: child benefit", bars=ordinary),
                Row(label="due: extended benefit", bars=due(pack, unsure, extended)),
            ],
        ),
        "timelines-known.svg": picture(
            "Two axes: when it holds, and when it became known",
            f"As known on 1 January 2025: {_told(due(pack, history, 'barnetrygd.ordinary', before))}. "
            f"As known now: {_told(ordinary)}.",
            [
                Row(label="as known on 2025-01-01", bars=due(pack, history, "barnetrygd.ordinary", before)),
                Row(label="as known now", bars=due(pack, history, "barnetrygd.ordinary", after)),
            ],
        ),
    }


def _gives(bars: tuple[Bar, ...]) -> tuple[Bar, ...]:
    return tuple(Bar(first=b.first, end=b.end, text=f"+ {b.text}", kind="gives") for b in bars)


def _told(bars: tuple[Bar, ...]) -> str:
    return "; ".join(f"{bar.text} from {to_iso(bar.first)}" for bar in bars) or "nothing"


if __name__ == "__main__":
    for name, text in pictures().items():
        (FOLDER / name).write_text(text, encoding="utf-8")
