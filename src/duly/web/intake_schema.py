"""What OpenAPI says of the doors for messages: every event type with its payload, and DCI's shapes.

The payloads' schemas are msgspec's of the pack's own classes, so they are exactly what intake checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec
from litestar.openapi.spec import Operation

from duly.connectors.cloudevents import BATCH, STRUCTURED
from duly.connectors.reported_uses import MOST
from duly.events import EventTypes, Message
from duly.events.reported import UseReported
from duly.web.problems import PROBLEM

__all__ = ["events_operation", "notify_operation", "uses_operation"]

Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
PROBLEM_SCHEMA: Final[Schema] = {
    "title": "Problem",
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": TEXT,
        "title": TEXT,
        "status": {"type": "integer"},
        "detail": TEXT,
        "field": {"type": "string", "description": "The field that is wrong, as a path."},
        "hint": {"type": "string", "description": "What to do."},
    },
}
STATUS: Final[Schema] = {"enum": ["accepted", "repeated", "conflict", "refused"]}
TAKEN: Final[Schema] = {"type": "object", "properties": {"id": TEXT, "status": STATUS}}
OUTCOMES: Final[Schema] = {
    "type": "object",
    "properties": {
        **{str(status): {"type": "integer"} for status in STATUS["enum"]},
        "outcomes": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["index", "id", "status"],
                "properties": {
                    "index": {"type": "integer"},
                    "id": TEXT,
                    "status": STATUS,
                    "problem": PROBLEM_SCHEMA,
                },
            },
        },
    },
}
ACKNOWLEDGEMENT: Final[Schema] = {
    "type": "object",
    "properties": {
        "message": {
            "type": "object",
            "required": ["ack_status", "timestamp", "correlation_id"],
            "properties": {
                "ack_status": {"enum": ["ACK", "NACK", "ERR"]},
                "timestamp": {"type": "string", "format": "date-time"},
                "correlation_id": TEXT,
                "error": {"type": "object", "properties": {"code": TEXT, "message": TEXT}},
            },
        }
    },
}
RECORD: Final[Schema] = {
    "type": "object",
    "description": "A DCI CRVS person; what is read of it.",
    "properties": {
        "identifier": {"description": "An object or a list of objects."},
        "name": {"type": "object"},
        "birth_date": TEXT,
        "death_date": TEXT,
        "parent1_identifier": {"type": "object"},
        "parent2_identifier": {"type": "object"},
        "address": {"description": "An object or a list of objects."},
    },
}
NOTIFICATION: Final[Schema] = {
    "type": "object",
    "required": ["header", "message"],
    "properties": {
        "signature": {
            "type": "string",
            "description": "Of the bytes of header and message, by a key of the sender's. Only in a "
            "demonstration without keys it may be missing.",
        },
        "header": {
            "type": "object",
            "required": ["message_id", "message_ts", "action"],
            "properties": {
                "version": {"const": "1.0.0"},
                "message_id": TEXT,
                "message_ts": TEXT,
                "action": {"const": "notify"},
                "is_msg_encrypted": {"const": False},
            },
        },
        "message": {
            "type": "object",
            "required": ["transaction_id", "notify_event"],
            "properties": {
                "transaction_id": TEXT,
                "notify_event": {
                    "type": "array",
                    "minItems": 1,
                    "items": {
                        "type": "object",
                        "required": ["reference_id", "timestamp", "data"],
                        "properties": {
                            "reference_id": TEXT,
                            "timestamp": TEXT,
                            "data": {
                                "type": "object",
                                "required": ["reg_event_type", "reg_records"],
                                "properties": {
                                    "reg_event_type": {
                                        "type": "string",
                                        "description": "LiveBirth, BIRTH, DEATH or REGISTER, or prefixed.",
                                    },
                                    "reg_records": {
                                        "oneOf": [RECORD, {"type": "array", "minItems": 1, "items": RECORD}]
                                    },
                                },
                            },
                        },
                    },
                },
            },
        },
    },
}


def events_operation(types: EventTypes) -> type[Operation]:
    """How /events is documented for a pack: each event type with its payload."""
    event: Schema = {
        "oneOf": [_event(name, kind) for name, kind in sorted(types.classes.items())],
        "discriminator": {"propertyName": "type"},
    }
    content = {STRUCTURED: {"schema": event}, BATCH: {"schema": {"type": "array", "items": event}}}
    return _operation(
        {
            "requestBody": {"required": True, "content": content},
            "responses": {
                "202": _response("Taken in, durably.", {"anyOf": [TAKEN, OUTCOMES]}),
                "207": _response("Some events of a batch were not taken; each says why.", OUTCOMES),
                **_problems("400", "401", "403", "409", "413", "415", "422", "503"),
            },
        }
    )


def notify_operation() -> type[Operation]:
    """How /dci/registry/notify is documented."""
    refused = {
        status: _response("Not taken; the answer names the field and the reason.", ACKNOWLEDGEMENT)
        for status in ("400", "401", "403", "409", "413", "422", "503")
    }
    return _operation(
        {
            "requestBody": {"required": True, "content": {"application/json": {"schema": NOTIFICATION}}},
            "responses": {"200": _response("Taken in, durably.", ACKNOWLEDGEMENT), **refused},
        }
    )


def uses_operation() -> type[Operation]:
    """How /uses is documented."""
    fields = payload(UseReported)
    use = fields | {
        "required": ["id", *(name for name in fields["required"] if name != "organisation")],
        "properties": {
            "id": {"type": "string", "minLength": 1, "maxLength": 500, "description": "Yours for this use."},
            **fields["properties"],
        },
    }
    report: Schema = {
        "type": "object",
        "required": ["uses"],
        "properties": {"uses": {"type": "array", "maxItems": MOST, "items": use}},
        "additionalProperties": False,
    }
    return _operation(
        {
            "requestBody": {"required": True, "content": {"application/json": {"schema": report}}},
            "responses": {
                "202": _response("Taken in, durably, whether or not anybody is known.", OUTCOMES),
                "207": _response("Some were not taken; each says why.", OUTCOMES),
                **_problems("400", "401", "403", "413", "422", "429", "503"),
            },
        }
    )


def _operation(told: Schema) -> type[Operation]:
    @dataclass
    class Documented(Operation):
        def to_schema(self) -> Schema:
            return super().to_schema() | told

    return Documented


def _event(name: str, kind: type[Message]) -> Schema:
    """A CloudEvent of one type; a cancel needs no data."""
    return {
        "title": name,
        "type": "object",
        "description": (kind.__doc__ or "").strip(),
        "required": ["specversion", "id", "source", "type"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": TEXT,
            "source": {"type": "string", "format": "uri-reference"},
            "type": {"const": name},
            "time": {"type": "string", "format": "date-time"},
            "action": {"enum": ["create", "correct", "cancel"], "default": "create"},
            "corrects": {"type": "string", "description": "The id of the earlier event of this source."},
            "data": payload(kind),
        },
    }


def payload(kind: type[Message]) -> Schema:
    """The JSON schema of a payload, whole in itself."""
    schemas, components = msgspec.json.schema_components([kind], ref_template="{name}")
    return cast(Schema, _whole(schemas[0], components))


def _whole(part: Any, components: Mapping[str, Any]) -> Any:
    """The part with what it refers to put in its place."""
    if isinstance(part, list):
        return [_whole(one, components) for one in cast(list[Any], part)]
    if not isinstance(part, dict):
        return part
    told = cast(Schema, part)
    if "$ref" in told:
        return _whole(components[told["$ref"]], components) | {k: v for k, v in told.items() if k != "$ref"}
    return {name: _whole(one, components) for name, one in told.items()}


def _response(text: str, schema: Schema) -> Schema:
    return {"description": text, "content": {"application/json": {"schema": schema}}}


def _problems(*statuses: str) -> Schema:
    content = {PROBLEM: {"schema": PROBLEM_SCHEMA}}
    return {status: {"description": "Not taken.", "content": content} for status in statuses}
