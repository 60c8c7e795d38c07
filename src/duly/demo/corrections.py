"""The demo's registers answer requests for correction, on the day after they were asked.

Where the person says which municipality or account is right, the register believes it and tells so; of
anything else it says that it has looked and that the fact is right. Answering twice is answering once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from duly.events import Source, read_envelope
from duly.timeline import from_iso

from .messages import SOURCES

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["answer_requests"]

LOOK: Final = "look"
MENDS: Final = {
    "Person.municipality": ("no.folkeregisteret.move.v1", "municipality"),
    "Person.account": ("no.kontoregisteret.account.v1", "account"),
}
"""By fact: the event that mends it, and the field that holds the value."""


def answer_requests(app: App) -> int:
    """Answer what was asked before today and not answered yet; how many answers were new."""
    count = 0
    for file in sorted((app.settings.outbox / "corrections").glob("*/*.json")):
        request = msgspec.json.decode(file.read_bytes())
        if request["asks"] == LOOK and from_iso(request["said_on"]) < app.clock.today():
            register = file.parent.name
            source = Source(uri=SOURCES[register], register=register, keys=())
            event = msgspec.json.encode(_answer(register, request))
            outcomes = app.intake.take(source, [read_envelope(event)])
            count += sum(outcome.status == "accepted" for outcome in outcomes)
    return count


def _answer(register: str, request: dict[str, Any]) -> dict[str, Any]:
    kind, field = MENDS.get(request["fact"], ("", ""))
    if kind and request["right"] is not None:
        since = request["from"] or request["said_on"]
        data = {"person": request["person"], field: request["right"], "since": since}
    else:
        kind = f"no.{register}.confirmed.v1"
        data = {"person": request["person"], "contest": request["contest"], "since": request["said_on"]}
    return {
        "specversion": "1.0",
        "id": f"answer-{request['request']}",
        "source": SOURCES[register],
        "type": kind,
        "time": f"{request['said_on']}T23:00:00Z",
        "data": data,
    }
