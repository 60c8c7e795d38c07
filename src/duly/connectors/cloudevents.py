"""CloudEvents 1.0 over HTTP: structured, binary and batch mode become envelopes; nothing here knows the law.

Structured is `application/cloudevents+json`, batch `application/cloudevents-batch+json`; in binary mode the
attributes stand in `ce-` headers, percent-encoded, and the body is the payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote

import msgspec

from duly.errors import BadInput, DulyError, TooLarge
from duly.events import Arrived, read_envelope
from duly.events.problems import UNREADABLE

__all__ = ["BATCH", "MOST", "STRUCTURED", "Delivery", "read_batch", "read_lines", "read_request"]

STRUCTURED: Final = "application/cloudevents+json"
BATCH: Final = "application/cloudevents-batch+json"
MOST: Final = 65_536
"""Events in one batch."""
PREFIX: Final = "ce-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one request brought: envelopes, or why one could not be read. `batch`: it may be several."""

    items: Sequence[Arrived | DulyError]
    batch: bool


def read_request(headers: Mapping[str, str], body: bytes) -> Delivery:
    """Read a request by its content type; header names are lower-case. BadInput where nothing can be read."""
    told = headers.get("content-type", "")
    essence = told.partition(";")[0].strip().lower()
    if essence == BATCH:
        return Delivery(items=read_batch(body), batch=True)
    if essence == STRUCTURED:
        return Delivery(items=[read_envelope(body)], batch=False)
    if f"{PREFIX}specversion" in headers:
        return Delivery(items=[_binary(headers, body, told)], batch=False)
    raise BadInput(
        "Not a CloudEvent",
        detail=f"The content type {essence!r} is not one of CloudEvents, and there are no ce- headers.",
        where="Content-Type",
        hint=f"Send {STRUCTURED}, {BATCH}, or the attributes as ce- headers.",
        status=415,
    )


def read_batch(body: bytes) -> list[Arrived | DulyError]:
    """Read each event of a batch by itself. BadInput where the whole is no JSON array."""
    try:
        events = msgspec.json.decode(body, type=list[msgspec.Raw])
    except UNREADABLE as error:
        raise BadInput(
            "Not a batch of CloudEvents",
            detail=f"The body is no JSON array: {error}.",
            hint="Send an array of events.",
        ) from error
    if len(events) > MOST:
        raise TooLarge(
            "Too many events at once", detail=f"There are {len(events)}.", hint=f"Send at most {MOST}."
        )
    return [_each(memoryview(raw)) for raw in events]


def read_lines(lines: Iterable[bytes]) -> list[Arrived | DulyError]:
    """Read one structured event from each line that is not empty."""
    return [_each(line) for line in lines if line.strip()]


def _each(event: bytes | memoryview) -> Arrived | DulyError:
    try:
        return read_envelope(event)
    except DulyError as error:
        return error


def _binary(headers: Mapping[str, str], body: bytes, content_type: str) -> Arrived:
    attributes: dict[str, object] = {
        name.removeprefix(PREFIX): unquote(value)
        for name, value in headers.items()
        if name.startswith(PREFIX)
    }
    if content_type:
        attributes["datacontenttype"] = content_type
    if body:
        attributes["data"] = msgspec.Raw(_json(body))
    return read_envelope(msgspec.json.encode(attributes))


def _json(body: bytes) -> bytes:
    try:
        msgspec.json.decode(body)
    except UNREADABLE as error:
        raise BadInput("Not a CloudEvent", detail=f"The body is no JSON: {error}.", where="data") from error
    return body
