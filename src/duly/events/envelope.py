"""A CloudEvent 1.0 as it concerns Duly: which event of which source, what it does, and its payload unread.

Two extension attributes are Duly's: `action` is create (without it too), correct or cancel; `corrects` is
the id of the earlier event of the same source. Other extensions are let by and not kept apart.
"""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from duly.errors import BadInput
from duly.events.problems import UNREADABLE, malformed
from duly.events.unambiguous import require_unambiguous

__all__ = [
    "CANCEL",
    "CORRECT",
    "CREATE",
    "Arrived",
    "Envelope",
    "canonical_content",
    "kept_envelope",
    "read_envelope",
]

CREATE: Final = "create"
CORRECT: Final = "correct"
CANCEL: Final = "cancel"
TITLE: Final = "Not a CloudEvent"
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND: Final = timedelta(microseconds=1)

Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*$(?![\s\S])")]


class Envelope(msgspec.Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The context attributes; `data` is the payload's JSON, unread."""

    id: Text
    source: Text
    specversion: Literal["1.0"]
    type: Text
    time: Annotated[datetime, Meta(tz=True)] | None = None
    subject: str | None = None
    datacontenttype: str | None = None
    dataschema: str | None = None
    action: Literal["create", "correct", "cancel"] = CREATE
    corrects: Text | None = None
    data: Raw | UnsetType = UNSET
    data_base64: str | None = None

    @property
    def instant(self) -> int:
        """Source time in microseconds; 0 without one."""
        return 0 if self.time is None else (self.time - EPOCH) // MICROSECOND

    def payload(self) -> bytes:
        """The JSON of the payload, b"" if there is none."""
        if self.data_base64 is not None:
            return _decoded(self.data_base64)
        return b"" if isinstance(self.data, UnsetType) or bytes(self.data) == b"null" else bytes(self.data)


class Arrived(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """An envelope, the JSON that it was read from, and what a connector made that from (b"" if nothing)."""

    envelope: Envelope
    body: bytes
    original: bytes


_DECODER: Final = msgspec.json.Decoder(Envelope)
_ANYTHING: Final = msgspec.json.Decoder()


def read_envelope(body: bytes | bytearray | memoryview, *, original: bytes = b"") -> Arrived:
    """Read one structured CloudEvent. BadInput names the attribute and the reason."""
    try:
        envelope = _DECODER.decode(body)
    except UNREADABLE as error:
        raise malformed(error, title=TITLE, within="", fields=Envelope.__struct_fields__) from error
    require_unambiguous(body, title=TITLE)
    _agrees(envelope)
    return Arrived(envelope=envelope, body=bytes(body), original=original)


def kept_envelope(body: bytes) -> Envelope:
    """The envelope of an event that was taken in, from the JSON that it was read from."""
    return _DECODER.decode(body)


def canonical_content(envelope: Envelope) -> bytes:
    """What makes two deliveries the same event: all but how it travelled; order and spaces do not count."""
    payload = envelope.payload()
    try:
        data = _ANYTHING.decode(payload) if payload else None
    except UNREADABLE as error:
        raise malformed(error, title=TITLE, within="data", fields=()) from error
    content = (
        envelope.type,
        envelope.instant,
        envelope.subject,
        envelope.action,
        envelope.corrects,
        data,
    )
    return msgspec.json.encode(content, order="sorted")


def _agrees(envelope: Envelope) -> None:
    """Refuse attributes that contradict each other."""
    if envelope.action == CREATE and envelope.corrects is not None:
        raise _wrong("corrects", "An event that creates names no earlier one.", 'Add "action": "correct".')
    if envelope.action != CREATE and envelope.corrects is None:
        raise _wrong("corrects", f"An event that says {envelope.action!r} names the earlier one's id.", "")
    if envelope.corrects == envelope.id:
        raise _wrong("corrects", "An event cannot name itself.", "Name the id of the earlier event.")
    if envelope.data_base64 is not None and not isinstance(envelope.data, UnsetType):
        raise _wrong("data_base64", "There is either data or data_base64.", "Leave one out.")
    if envelope.datacontenttype is not None and not _is_json(envelope.datacontenttype):
        raise _wrong("datacontenttype", "Payloads are JSON.", "Send application/json.")


def _is_json(content_type: str) -> bool:
    essence = content_type.partition(";")[0].strip().lower()
    return essence == "application/json" or essence.endswith("+json")


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong("data_base64", "It is not base64.", "") from error


def _wrong(attribute: str, reason: str, hint: str) -> BadInput:
    return BadInput(TITLE, detail=reason, where=attribute, hint=hint, status=422)
