"""What is shown when something goes wrong: a plain page, or problem+json for programs; never whose data.

The text of an error page depends on the status alone, since the detail of an error may name somebody.
"""

from __future__ import annotations

import traceback
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException

from duly.errors import DulyError
from duly.web.languages import Speech
from duly.web.problems import when
from duly.web.site import Site, page, redirect, visitor_of

__all__ = ["handlers", "problem"]

log: Any = structlog.get_logger("duly.web")
PROBLEM: Final = "application/problem+json"
TURNED_AWAY: Final = frozenset({401, 403, 421, 429})


def handlers(site: Site) -> dict[int | type[Exception], Any]:
    """The handlers of every error, for the whole server; a router may have its own."""

    def known(request: Request[Any, Any, Any], error: DulyError) -> Response[Any]:
        if error.status >= 500:
            log.error("failed", error=type(error).__name__, title=error.title)
        elif error.status in TURNED_AWAY:
            log.warning("turned away", title=error.title, status=error.status)
        made = _answer(site, request, error.status, error.title)
        made.headers.update(when(error))
        return made

    def http(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
        made = _answer(site, request, error.status_code, "The request cannot be served")
        made.headers.update(error.headers or {})
        return made

    def unknown(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
        places = [f"{place.name}:{place.lineno}" for place in traceback.extract_tb(error.__traceback__)[-6:]]
        log.error("failed", error=type(error).__name__, places=places)
        return _answer(site, request, 500, "Our fault")

    return {DulyError: known, HTTPException: http, Exception: unknown}


def problem(status: int, title: str) -> Response[bytes]:
    """A problem+json (RFC 9457) that names no one."""
    body = msgspec.json.encode({"type": "about:blank", "title": title, "status": status})
    return Response(body, status_code=status, media_type=PROBLEM)


def _answer(site: Site, request: Request[Any, Any, Any], status: int, title: str) -> Response[Any]:
    if "text/html" not in request.headers.get("accept", ""):
        return problem(status, title)
    visitor = visitor_of(request, site, noted=False)
    if status == 401 and (site.demo or site.clients):
        return redirect("/sign-in")
    said, text, hint = _words(visitor.speech, status)
    return page(site, visitor, "error.html", status=status, title=said, text=text, hint=hint)


def _words(speech: Speech, status: int) -> tuple[str, str, str]:
    say = speech.say
    if status == 404:
        return say("There is no such page"), say("The address may be wrong, or the page is not for you."), ""
    if status in (401, 403):
        return say("This is not open to you"), say("You may not see this, or your sign-in has ended."), ""
    if status == 413:
        return say("That is too much at once"), say("Nothing was changed."), say("Send less.")
    if status == 429:
        return say("You asked very often"), say("Nothing was changed."), say("Wait a minute, then go on.")
    if status == 503:
        return say("Try again in a moment"), say("Nothing was changed."), ""
    if status < 500:
        return say("That did not work"), say("The form could not be read. Nothing was changed."), ""
    return say("Something is wrong on our side"), say("It is our fault, not yours. Nothing was changed."), ""
