"""Every answer carries the same strict headers, and every request leaves one log line without personal data.

A log line has the route's template, never the path that was asked for: a path may name somebody. Before a
route is reached, the host's name is ours, no other site's page sent the request, and the address has not
asked too often.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import structlog
from litestar import Request
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from duly.errors import BadInput, Denied, DulyError
from duly.web.allowance import Allowances, Door, address_of

if TYPE_CHECKING:
    from duly.app import Settings

__all__ = ["ENCRYPTED", "HEADERS", "Checked", "Logged", "guard", "own_hosts"]

HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; object-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}
ENCRYPTED: Final = {"Strict-Transport-Security": "max-age=63072000; includeSubDomains"}
"""Outside the demo: two years of nothing but TLS."""
UNKEPT: Final = "no-store"
LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "[::1]"})
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
OURS: Final = frozenset({"same-origin", "none", ""})
UNCOUNTED: Final = ("/static", "/healthz", "/health")
SIGN_IN: Final = "/sign-in"
SIGN_OUT: Final = "/sign-out"
LEFT_BEHIND: Final = '"cache", "storage"'
INTAKE: Final = ("/events", "/dci/", "/v2/")

log: Any = structlog.get_logger("duly.web")


def guard(*, demo: bool) -> Callable[[Message, Scope], Awaitable[None]]:
    """What adds the headers to whatever answer leaves, errors and unknown routes included."""
    told = HEADERS if demo else HEADERS | ENCRYPTED

    async def headed(message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start" or scope["type"] != ScopeType.HTTP:
            return
        headers = MutableScopeHeaders.from_message(message)
        for name, value in told.items():
            headers[name] = value
        if scope["path"] == SIGN_OUT:
            headers["Clear-Site-Data"] = LEFT_BEHIND
        if "cache-control" not in headers:
            headers["Cache-Control"] = UNKEPT

    return headed


def own_hosts(settings: Settings) -> frozenset[str]:
    """The names by which the server may be asked; nothing stands for all, which only the demo allows."""
    named = {name.strip().lower() for name in settings.hosts.split(",") if name.strip()}
    if settings.demo and not named:
        return frozenset()
    known_by = (urlsplit(settings.address).hostname or "").lower()
    return LOOPBACK | named | {settings.host.lower(), known_by}


class Checked(ASGIMiddleware):
    """Turns away whoever asks by another name, from another site's page, or too often."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, settings: Settings, allowances: Allowances) -> None:
        self._hosts = own_hosts(settings)
        self._proxies = _listed(settings.proxies)
        self._allowances = allowances

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        request: Request[Any, Any, Any] = Request(scope)
        self._require_ours(_said(request, "host"))
        if request.method not in SAFE:
            require_same_site(_said(request, "sec-fetch-site"))
        peer = request.client.host if request.client else ""
        who = address_of(peer, _said(request, "x-forwarded-for"), self._proxies)
        self._take(scope["path_template"], safe=request.method in SAFE, who=who)
        await next_app(scope, receive, self._watched(send, who))

    def _require_ours(self, host: str) -> None:
        if self._hosts and _name(host) not in self._hosts:
            raise BadInput(
                "Not this server's name",
                detail="The Host header names another.",
                where="Host",
                hint="Name the server's own names in DULY_HOSTS.",
                status=421,
            )

    def _take(self, route: str, *, safe: bool, who: str) -> None:
        """Count the request; messages are counted by source, once that is known."""
        if route.startswith(UNCOUNTED):
            return
        self._allowances.require(Door.SIGN_IN, who)
        if route.startswith(SIGN_IN) and not safe:
            self._allowances.take(Door.SIGN_IN, who)
        elif not route.startswith(INTAKE):
            self._allowances.take(Door.PAGE, who)

    def _watched(self, send: Send, who: str) -> Send:
        """An answer that nobody showed who they are counts as an attempt to."""

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] == 401:
                self._allowances.spend(Door.SIGN_IN, who)
            await send(message)

        return watched


def require_same_site(told: str) -> None:
    """Denied where a browser says that another site's page sent this; programs say nothing."""
    if told not in OURS:
        raise Denied(
            "Another site sent this",
            detail="Forms work on our own pages only.",
            where="Sec-Fetch-Site",
            hint="Open the page itself.",
        )


def _said(request: Request[Any, Any, Any], header: str) -> str:
    """All that a header says, however many lines it has: an earlier line may be the sender's own."""
    return ",".join(request.headers.getall(header, []))


def _name(host: str) -> str:
    """A Host header without its port."""
    name, colon, port = host.lower().rpartition(":")
    return name if colon and port.isdecimal() else host.lower()


def _listed(text: str) -> Collection[str]:
    return frozenset(part.strip() for part in text.split(",") if part.strip())


class Logged(ASGIMiddleware):
    """Writes the log line of a request to a known route."""

    scopes = (ScopeType.HTTP,)

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        began = time.perf_counter()
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await next_app(scope, receive, watched)
        except (DulyError, HTTPException) as error:
            status = error.status if isinstance(error, DulyError) else error.status_code
            raise
        finally:
            route = scope["path_template"]
            log.info("request", route=route, status=status, ms=round((time.perf_counter() - began) * 1000, 1))
