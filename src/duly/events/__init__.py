"""What happened, kept as received, exactly once: messages and their statements, sources, the inbox."""

from duly.events import queue
from duly.events.civil import CivilRecord
from duly.events.envelope import Arrived, Envelope, kept_envelope, read_envelope
from duly.events.inbox import MESSAGE, Outcome, Status, receive
from duly.events.intake import Intake
from duly.events.message import (
    Message,
    Statement,
    Value,
    day_of,
    fact,
    link,
    not_after,
    refuse,
    unknown,
)
from duly.events.sources import DEMO, Source, Sources, new_key, require_sources
from duly.events.standing import Told, standing
from duly.events.types import EventTypes
from duly.vault import Identifier, spoken

__all__ = [
    "DEMO",
    "MESSAGE",
    "Arrived",
    "CivilRecord",
    "Envelope",
    "EventTypes",
    "Identifier",
    "Intake",
    "Message",
    "Outcome",
    "Source",
    "Sources",
    "Statement",
    "Status",
    "Told",
    "Value",
    "day_of",
    "fact",
    "kept_envelope",
    "link",
    "new_key",
    "not_after",
    "queue",
    "read_envelope",
    "receive",
    "refuse",
    "require_sources",
    "spoken",
    "standing",
    "unknown",
]
