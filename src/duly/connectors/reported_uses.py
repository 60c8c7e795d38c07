"""Uses that a department made and reports, as JSON: each becomes an event, by the id that it has there.

`{"uses": [{"id": ..., "person": ..., "at": ..., ...}]}`; the fields of a use are those of `UseReported`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from duly.errors import BadInput, DulyError, TooLarge
from duly.events import Arrived, Source, read_envelope
from duly.events.problems import UNREADABLE, malformed
from duly.events.reported import REPORTED
from duly.events.unambiguous import require_unambiguous

__all__ = ["MOST", "read_reports"]

MOST: Final = 1_000
"""Uses in one report."""
TITLE: Final = "Not a report of uses"


class _Report(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    uses: list[dict[str, Any]]


def read_reports(source: Source, body: bytes) -> list[Arrived | DulyError]:
    """The events of what a source reports. BadInput where the whole cannot be read."""
    try:
        told = msgspec.json.decode(body, type=_Report)
    except UNREADABLE as error:
        raise malformed(error, title=TITLE, within="", fields=_Report.__struct_fields__) from error
    require_unambiguous(body, title=TITLE)
    if len(told.uses) > MOST:
        raise TooLarge("Too many uses at once", detail=f"There are {len(told.uses)}.", hint=f"Send {MOST}.")
    return [_event(source, use) for use in told.uses]


def _event(source: Source, use: Mapping[str, Any]) -> Arrived | DulyError:
    data = {"organisation": source.register} | {name: value for name, value in use.items() if name != "id"}
    event = {
        "specversion": "1.0",
        "id": use.get("id", ""),
        "source": source.uri,
        "type": REPORTED,
        "time": use.get("at"),
        "data": data,
    }
    try:
        return read_envelope(msgspec.json.encode(event))
    except DulyError as error:
        return _as_told(error)


def _as_told(error: DulyError) -> DulyError:
    """The error with the field as the report calls it."""
    where = {"time": "at"}.get(error.where, error.where)
    return BadInput(TITLE, detail=error.detail, where=where, hint=error.hint, status=422)
