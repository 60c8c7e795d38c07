"""The tour's words: what each scene is, what its walk came to, and the curl line that does it.

Outcomes are read from what the tables gained, never assumed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from . import scenes
from .cast import Cast
from .directory import SENDERS
from .messages import Envelope
from .scenes import Played
from .walk import Gain

__all__ = [
    "SCENES",
    "TAKEN_BACK",
    "Curl",
    "Scene",
    "Step",
    "WalkShown",
    "after",
    "curl",
    "curl_of_the_clock",
    "curl_of_the_look",
    "outcome",
    "scene_named",
    "steps",
]

TAKEN_BACK: Final = "taken back"
"""The outcome of what was cancelled is told in its own words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A button. `play` makes its messages; a scene without is a page (`link`) or has its own handler."""

    name: str
    title: str
    text: str
    button: str
    undo: str
    link: str
    play: Callable[[Cast, date], Played] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One stage's line."""

    stage: str
    what: str
    after: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WalkShown:
    """One message's, or one batch's, walk."""

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Curl:
    """A line for a terminal in the clone."""

    title: str
    text: str


def _scene(
    name: str,
    title: str,
    text: str,
    button: str,
    *,
    undo: str = "",
    link: str = "",
    play: Callable[[Cast, date], Played] | None = None,
) -> Scene:
    return Scene(name=name, title=title, text=text, button=button, undo=undo, link=link, play=play)


SCENES: Final = (
    _scene(
        "birth",
        "A child is born",
        "The Population Register reports a birth. Child benefit and a place with the mother's general "
        "practitioner follow, from two agencies, in one notice. Nobody applies.",
        "Let a child be born",
        play=scenes.birth,
    ),
    _scene(
        "late-correction",
        "A late correction",
        "The register says that a family moved to Alta last week. Then it mends that: it was four months "
        "ago. The months since then are paid, and nothing has to be claimed.",
        "Send the move, then the correction",
        play=scenes.late_correction,
    ),
    _scene(
        "rate-rise",
        "The rates rise",
        "The clock moves to the next rise that the law knows. Everybody concerned is decided anew.",
        "Move to the day of the rise",
    ),
    _scene(
        "false-death",
        "A death that was false",
        "A mother is reported dead by mistake. Payments are suspended: nothing is stopped, nothing is "
        "claimed back. Then the register cancels its message, and all is as it was.",
        "Report the death",
        undo="The register cancels the death",
        play=scenes.false_death,
    ),
    _scene(
        "emigrations",
        "Half a register marked as emigrated",
        "Somebody runs the wrong file: every second resident is reported as emigrated, all at once. What "
        "would take from so many waits for two people, and nobody loses a krone.",
        "Run the wrong file",
        undo="The register takes all of it back",
        play=scenes.emigrations,
    ),
    _scene(
        "neighbour",
        "An officer opens a neighbour's record",
        "Opening is possible, for an officer with a purpose and a reason. It cannot be done unseen.",
        "Open the neighbour's record",
    ),
    _scene(
        "database",
        "The database, opened",
        "What somebody sees who steals the file.",
        "Open it",
        link="/demo/database",
    ),
)

_DID: Final = {
    "event": ("event", "taken in, sealed, and kept as received"),
    "facts": ("fact", "sealed rows added; nothing is overwritten"),
    "mark": ("mark", "entitlements marked as perhaps stale"),
    "entitlement": ("entitlement", "computed anew and changed"),
    "decision": ("decision", "decisions: timelines compared with what stood"),
    "case": ("case", "more open cases for people to decide"),
    "order": ("order", "lines written"),
    "stop": ("order", "stops written"),
    "payment": ("payment", "payments made"),
    "notice": ("notice", "people told"),
    "ledger": ("ledger", "uses of personal data signed into the ledger"),
}


_FEWER: Final = {"case": ("case", "fewer open cases: nothing in them waits any more, or all waits in one")}


def scene_named(name: str) -> Scene | None:
    return next((scene for scene in SCENES if scene.name == name), None)


def steps(gains: Sequence[Gain], answered: float) -> tuple[Step, ...]:
    """The stages in order; the sender had its answer after `answered` seconds."""
    found = [Step(stage="answer", what="the sender knows that it is safe", after=after(answered))]
    for gain in gains:
        stage, what = _FEWER.get(gain.stage, _DID[gain.stage]) if gain.rows < 0 else _DID[gain.stage]
        found.append(Step(stage=stage, what=f"{abs(gain.rows):,} {what}", after=after(gain.last)))
    return tuple(found)


def after(seconds: float) -> str:
    """A length of time for people."""
    return f"{seconds * 1000:,.0f} ms" if seconds < 10 else f"{seconds:,.1f} s"


def outcome(scene: str, gains: Sequence[Gain], held: int) -> tuple[str, ...]:
    """What it came to, in a sentence or two; `held` entitlements wait for two people."""
    rows = {gain.stage: gain.rows for gain in gains}
    stops, took = rows.get("stop", 0), after(max((gain.last for gain in gains), default=0.0))
    if scene == "false-death" and not rows.get("decision") and not stops:
        return (
            "Nothing was stopped and nothing is claimed back.",
            f"What is due still stands; only its payment waits for the death. All of it took {took}.",
        )
    told = rows.get("notice", 0)
    decided, paid = rows.get("decision", 0), rows.get("payment", 0)
    first = f"Decisions: {decided:,}; payments made: {paid:,}; people told: {told:,}. All of it took {took}."
    if scene == TAKEN_BACK:
        return "Cancelled: the register's mistake is as if it had not been.", first
    if scene == "emigrations":
        lost = "No stop was written: nobody loses a krone." if not stops else f"Stops written: {stops:,}."
        return lost, f"{held:,} entitlements wait for two people. {first}"
    return (first,)


def curl(title: str, url: str, directory: Path, register: str, event: Envelope) -> Curl:
    """The line that sends an event."""
    body = json.dumps(event, ensure_ascii=False)
    text = (
        f"curl -sS {url}/events \\\n"
        "  -H 'Content-Type: application/cloudevents+json' \\\n"
        f'  -H "Authorization: Bearer $(cat {directory / SENDERS / register})" \\\n'
        f"  -d '{body}'"
    )
    return Curl(title=title, text=text)


def curl_of_the_clock(url: str, day: date) -> Curl:
    """The line that moves the town's time."""
    body = json.dumps({"day": day.isoformat()})
    line = f"curl -sS {url}/demo/clock -H 'Content-Type: application/json' -d '{body}'"
    return Curl(title="The same by hand", text=line)


def curl_of_the_look(url: str, identity: str) -> Curl:
    """The lines that sign in as an officer and open a record as a browser does, with each form's token."""
    find = 'sed -n \'s/.*name="token" value="\\([^"]*\\)".*/\\1/p\' | head -1'
    text = (
        f"jar=$(mktemp); at={url}; look=$at/officer/look-up\n"
        f"t=$(curl -sS -b $jar -c $jar $at/sign-in | {find})\n"
        "curl -sS -o /dev/null -b $jar -c $jar $at/sign-in -d officer=nav-2 --data-urlencode token=$t\n"
        f"t=$(curl -sS -b $jar $look | {find})\n"
        f"curl -sS -b $jar $look --data-urlencode token=$t -d identifier={identity} \\\n"
        "  -d purpose=child-benefit -d 'reason=I was curious'"
    )
    return Curl(title="The same by hand", text=text)
