"""DCI v1.0.0 (spdci.org): a civil registry's notifications of births and deaths become vital events.

Real senders write LiveBirth, BIRTH or REGISTER, with or without a prefix, and put `reg_records` as an object
or a list; each record is an event of its own. Who wrote a message `dci_signature` knows. Nothing here knows
what a birth means in a pack's law.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, TypeVar, cast

import msgspec

from duly.connectors.dci_signature import INVALID, MISSING, SENDER
from duly.errors import BadInput, DulyError
from duly.events import Arrived, CivilRecord, EventTypes, Source, read_envelope
from duly.events.problems import UNREADABLE, malformed
from duly.events.unambiguous import require_unambiguous

__all__ = ["Notified", "acknowledged", "envelopes", "http_error", "read_notification"]

TITLE: Final = "Not a DCI notification"
VERSION: Final = "1.0.0"
BIRTHS: Final = frozenset({"livebirth", "birth"})
DEATHS: Final = frozenset({"death"})
EITHER: Final = frozenset({"register"})
LONGEST: Final = 999
T = TypeVar("T")
CODES: Final = {401: "err.request.unauthorized", 403: "err.request.forbidden", 503: "err.service.unavailable"}
OF_SIGNATURES: Final = {
    MISSING: "err.signature.missing",
    INVALID: "err.signature.invalid",
    SENDER: "err.sender_id.invalid",
}


class _Header(msgspec.Struct, frozen=True, kw_only=True):
    message_id: str
    message_ts: str
    action: str
    version: str = VERSION
    is_msg_encrypted: bool = False


class _Data(msgspec.Struct, frozen=True, kw_only=True):
    reg_event_type: str
    reg_records: dict[str, Any] | list[dict[str, Any]]


class _Event(msgspec.Struct, frozen=True, kw_only=True):
    reference_id: str
    timestamp: str
    data: _Data


class _Message(msgspec.Struct, frozen=True, kw_only=True):
    transaction_id: str
    notify_event: list[_Event]


class _Notification(msgspec.Struct, frozen=True, kw_only=True):
    header: _Header
    message: _Message


class _HeaderOnly(msgspec.Struct, frozen=True, kw_only=True):
    header: _Header


@dataclass(frozen=True, slots=True, kw_only=True)
class Notified:
    """One vital event, or why it could not be read. `time` is RFC 3339; `original` is the record as JSON."""

    id: str
    time: str
    record: CivilRecord | DulyError
    original: bytes


def read_notification(body: bytes) -> tuple[str, list[Notified]]:
    """(correlation id, vital events). BadInput names the field where the envelope is wrong."""
    _check_header(_decoded(body, _HeaderOnly).header)
    told = _decoded(body, _Notification)
    require_unambiguous(body, title=TITLE)
    if not told.message.notify_event:
        raise _wrong("message.notify_event", "There is no event in it.")
    chain = told.message.transaction_id or told.header.message_id
    found = [
        one
        for place, event in enumerate(told.message.notify_event)
        for one in _events(event, f"message.notify_event[{place}]", f"{chain}/{event.reference_id or place}")
    ]
    return chain[:99], found


def envelopes(types: EventTypes, source: Source, told: Sequence[Notified]) -> list[Arrived | DulyError]:
    """The CloudEvents of the pack that vital events of this source are."""
    return [_envelope(types, source, one) for one in told]


def _envelope(types: EventTypes, source: Source, told: Notified) -> Arrived | DulyError:
    if isinstance(told.record, DulyError):
        return told.record
    try:
        message = types.from_civil(source.register, told.record)
    except DulyError as error:
        error.where = error.where.removeprefix("data.")  # the record's field; there is no payload yet
        return error
    try:
        event = {
            "specversion": "1.0",
            "id": told.id,
            "source": source.uri,
            "type": message.type,
            "time": told.time,
            "data": message,
        }
        return read_envelope(msgspec.json.encode(event), original=told.original)
    except DulyError as error:
        return error


def acknowledged(correlation: str, now: datetime, problem: DulyError | None) -> dict[str, Any]:
    """The answer to a notification: ACK, or ERR with the field and the reason."""
    message: dict[str, Any] = {
        "ack_status": "ACK" if problem is None else "ERR",
        "timestamp": now.astimezone(UTC).isoformat(timespec="milliseconds"),
        "correlation_id": correlation,
    }
    if problem is not None:
        message["error"] = {"code": _code(problem), "message": str(problem)[:LONGEST]}
    return {"message": message}


def http_error(problem: DulyError) -> dict[str, Any]:
    """The answer to a sender that may not send."""
    return {"errors": [{"code": _code(problem), "message": str(problem)[:LONGEST]}]}


def _code(problem: DulyError) -> str:
    if problem.where == "header.version":
        return "err.version.not_supported"
    if problem.where == "header.is_msg_encrypted":
        return "err.encryption.invalid"
    return OF_SIGNATURES.get(problem.title) or CODES.get(problem.status, "err.request.bad")


def _decoded(body: bytes, wanted: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=wanted)
    except UNREADABLE as error:
        raise malformed(error, title=TITLE, within="", fields=()) from error


def _check_header(header: _Header) -> None:
    if header.version != VERSION:
        raise _wrong("header.version", f"{header.version!r} is not supported; {VERSION} is.")
    if header.action != "notify":
        raise _wrong("header.action", f"{header.action!r} is not what is done here; send 'notify'.")
    if header.is_msg_encrypted:
        raise _wrong("header.is_msg_encrypted", "Encrypted messages are not taken; the connection is.")
    if not header.message_id:
        raise _wrong("header.message_id", "It is empty.")


def _events(event: _Event, field: str, id_: str) -> list[Notified]:
    records = event.data.reg_records
    several = isinstance(records, list)
    listed = records if isinstance(records, list) else [records]
    if not listed:
        raise _wrong(f"{field}.data.reg_records", "There is no record in it.")
    return [
        _notified(event, f"{field}.data.reg_records" + (f"[{n}]" if several else ""), f"{id_}/{n}", record)
        for n, record in enumerate(listed)
    ]


def _notified(event: _Event, field: str, id_: str, record: dict[str, Any]) -> Notified:
    read: CivilRecord | DulyError
    try:
        read = _record(_happened(event, field, record), field, record)
    except DulyError as error:
        read = error
    return Notified(
        id=id_, time=_instant(event.timestamp, field), record=read, original=msgspec.json.encode(record)
    )


def _happened(event: _Event, field: str, record: Mapping[str, Any]) -> str:
    told = event.data.reg_event_type.rpartition(":")[2].replace("_", "").lower()
    if told in BIRTHS:
        return "birth"
    if told in DEATHS:
        return "death"
    if told in EITHER:
        return "death" if record.get("death_date") else "birth"
    where = field.partition(".reg_records")[0] + ".reg_event_type"
    raise _wrong(where, f"{event.data.reg_event_type!r} is none of LiveBirth, BIRTH, DEATH, REGISTER.")


def _record(happened: str, field: str, record: Mapping[str, Any]) -> CivilRecord:
    parents = [_identifiers(record, name, field) for name in ("parent1_identifier", "parent2_identifier")]
    return CivilRecord(
        happened=happened,
        field=field,
        identifiers=_identifiers(record, "identifier", field),
        name=_name(record.get("name")),
        sex=str(record.get("sex") or ""),
        born=_date(record, "birth_date", field),
        died=_date(record, "death_date", field),
        parents=tuple(parent for parent in parents if parent),
        places=_places(record.get("address")),
    )


def _identifiers(record: Mapping[str, Any], name: str, field: str) -> dict[str, str]:
    """Identifiers by type, of an object or a list."""
    found: dict[str, str] = {}
    for one in filter(None, _objects(record.get(name))):
        kind, value = one.get("identifier_type"), one.get("identifier_value")
        if not isinstance(kind, str) or not isinstance(value, str):
            raise _wrong(f"{field}.{name}", "Its identifier_type and identifier_value are not both texts.")
        if value:
            found[kind.upper()] = value
    return found


def _name(name: object) -> str:
    parts = [one.get(part) for one in _objects(name) for part in ("given_name", "second_name", "surname")]
    return " ".join(part for part in parts if isinstance(part, str) and part)


def _places(address: object) -> tuple[str, ...]:
    parts = (one.get(part) for one in _objects(address) for part in ("sub_region_code", "region_code"))
    return tuple(part for part in parts if isinstance(part, str) and part)


def _date(record: Mapping[str, Any], name: str, field: str) -> date | None:
    """The day of a date or of an instant; None for what is empty."""
    told = record.get(name)
    if not told:
        return None
    try:
        return datetime.fromisoformat(told).date()
    except (TypeError, ValueError) as error:
        raise _wrong(f"{field}.{name}", "It is no date; write 2024-02-29.") from error


def _instant(text: str, field: str) -> str:
    """RFC 3339; a time without a zone is taken as UTC."""
    try:
        told = datetime.fromisoformat(text)
    except ValueError as error:
        where = field.partition(".data")[0] + ".timestamp"
        raise _wrong(where, "It is no time; write 2024-02-29T12:00:00Z.") from error
    return (told if told.tzinfo else told.replace(tzinfo=UTC)).isoformat()


def _objects(told: object) -> list[Mapping[str, Any]]:
    """An object, or the objects of a list."""
    listed = cast(list[object], told) if isinstance(told, list) else [told]
    return [cast(Mapping[str, Any], one) for one in listed if isinstance(one, dict)]


def _wrong(field: str, reason: str) -> BadInput:
    return BadInput(TITLE, detail=reason, where=field)
