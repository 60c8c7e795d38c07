"""What msgspec could not read is told by field and reason, with the nearest right name."""

from __future__ import annotations

import re
from typing import Final

import msgspec

from duly.errors import BadInput, near_miss

__all__ = ["UNREADABLE", "malformed"]

PLACE: Final = re.compile(r"^(?P<reason>.*?)(?: - at `(?P<key>key in )?\$?(?P<path>[^`]*)`)?$", re.DOTALL)
MISSING: Final = re.compile(r"^Object missing required field `(?P<field>[^`]+)`$")
UNREAD: Final = re.compile(r"^Object contains unknown field `(?P<field>[^`]+)`$")


ECHOING: Final = "Invalid enum value"
"""Here msgspec repeats what stood there, which may name somebody."""
UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises for bytes that it cannot read."""


def malformed(error: Exception, *, title: str, within: str, fields: tuple[str, ...]) -> BadInput:
    """The error with the path of its field; `within` leads the path, `fields` are the known names."""
    if isinstance(error, RecursionError):
        return BadInput(title, detail="It is nested too deeply.", where=within)
    if not isinstance(error, msgspec.ValidationError):
        return BadInput(title, detail=f"It is not JSON: {error}.", where=within, hint="")
    parts = PLACE.match(str(error))
    reason, path = (parts["reason"], parts["path"] or "") if parts else (str(error), "")
    if missing := MISSING.match(reason):
        where = _joined(within, path, missing["field"])
        return BadInput(title, detail="The field is missing.", where=where, status=422)
    if unread := UNREAD.match(reason):
        return BadInput(
            title,
            detail="This type has no such field; what no programme or declared reader reads is refused.",
            where=_joined(within, path, unread["field"]),
            hint=near_miss(unread["field"], fields) or "Leave it out.",
            status=422,
        )
    if reason.startswith(ECHOING):
        reason = "It is none of the values that this field takes"
    if "matching regex" in reason:
        reason = "It is not written as this field is written"
    hint = "Write a date that exists, as 2024-02-29." if reason.endswith("encoded date") else ""
    return BadInput(title, detail=f"{reason}.", where=_joined(within, path, ""), hint=hint, status=422)


def _joined(*parts: str) -> str:
    return ".".join(stripped for part in parts if (stripped := part.strip(".")))
