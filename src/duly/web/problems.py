"""An error as problem+json (RFC 9457): what was wrong, in which field, and what to do."""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec
from litestar import Response

from duly.errors import DulyError, TooOften

__all__ = ["PROBLEM", "answer", "described", "when"]

PROBLEM: Final = "application/problem+json"


def described(error: DulyError) -> dict[str, Any]:
    """The members of a problem; `field` and `hint` only where there is something to say."""
    told = {
        "type": f"urn:duly:problem:{re.sub(r'[^a-z0-9]+', '-', error.title.lower()).strip('-')}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
    }
    more = {"field": error.where, "hint": error.hint}
    return told | {name: text for name, text in more.items() if text}


def answer(error: DulyError) -> Response[bytes]:
    """The response for an error; one that lacks a key says how to send it."""
    challenge = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    body = msgspec.json.encode(described(error))
    return Response(body, status_code=error.status, media_type=PROBLEM, headers={**challenge, **when(error)})


def when(error: DulyError) -> dict[str, str]:
    """The header that says when to ask again, where waiting helps."""
    return {"Retry-After": str(error.seconds)} if isinstance(error, TooOften) else {}
