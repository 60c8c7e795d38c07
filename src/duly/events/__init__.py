"""What happened, kept as received, exactly once: messages and their statements, sources, the inbox."""

from duly.events.civil import CivilRecord
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
from duly.vault import Identifier

__all__ = [
    "CivilRecord",
    "Identifier",
    "Message",
    "Statement",
    "Value",
    "day_of",
    "fact",
    "link",
    "not_after",
    "refuse",
    "unknown",
]
