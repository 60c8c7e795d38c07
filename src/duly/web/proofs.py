"""How a source shows who it is: a signed request, a certificate that a proxy saw, or, in the demo, a key.

A signature serves once: its nonce is remembered in the database for as long as it could be accepted. A DCI
message is signed itself too, whoever brings it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import http_sf
from litestar.connection import ASGIConnection

from duly.connectors.dci_signature import INVALID, written_by
from duly.connectors.signatures import Asked, verified
from duly.errors import Denied
from duly.events import Intake, Source
from duly.events.replays import once

__all__ = ["Trust", "require_written", "shown"]

SECOND: Final = 1_000_000
CERTIFICATE: Final = "client-cert"
PORTS: Final = {"http": ":80", "https": ":443"}

AnyConnection = ASGIConnection[Any, Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """How others reach this server, which proxies are believed, and the machine's time in microseconds."""

    scheme: str
    proxies: frozenset[str]
    now: Callable[[], int]


def shown(intake: Intake, connection: AnyConnection, trust: Trust) -> tuple[Source | None, Asked | None]:
    """Who sends, nobody where the demo allows it, and the request where it is signed: its body has to fit."""
    asked = _asked(connection, trust)
    if asked.header("signature-input") is not None:
        return _signer(intake, asked, trust), asked
    source = _holder(intake, connection, asked, trust)
    return (
        (source, None) if source is not None else (_bearer(intake, asked.header("authorization") or ""), None)
    )


def require_written(intake: Intake, source: Source, body: bytes, trust: Trust) -> None:
    """Denied unless a DCI message is signed by this source, and comes for the first time."""
    if not source.dci:
        raise Denied(
            "No sender of DCI messages",
            detail=f"{source.uri} was registered without a sender_id.",
            hint="Register it: duly sources add URI REGISTER --dci SENDER_ID --public-key FILE.",
        )
    now = trust.now()
    written = written_by(source, body, now / SECOND)
    with intake.store.write() as conn:
        fresh = once(conn, f"dci:{source.uri}", written.content, until=written.until * SECOND, now=now)
    if not fresh:
        raise Denied(
            INVALID,
            detail="This signature was used before.",
            where="signature",
            hint="Sign each message anew.",
            status=401,
        )


def _signer(intake: Intake, asked: Asked, trust: Trust) -> Source:
    known, now = intake.sources.signing(), trust.now()
    signed = verified(asked, {id_: key for id_, (_, key) in known.items()}, now / SECOND)
    source = known[signed.key][0]
    with intake.store.write() as conn:
        fresh = once(conn, f"signature:{source.uri}", signed.nonce, until=signed.until * SECOND, now=now)
    if not fresh:
        raise _denied(
            "This signature was used before", "Sign each request anew, with a new nonce.", "Signature"
        )
    return source


def _holder(intake: Intake, connection: AnyConnection, asked: Asked, trust: Trust) -> Source | None:
    """By the certificate that a trusted proxy has verified (RFC 9440); from anybody else it says nothing."""
    told, peer = asked.header(CERTIFICATE), connection.client.host if connection.client else ""
    if told is None or peer not in trust.proxies:
        return None
    try:
        item: Any = http_sf.parse(told.encode(), tltype="item")
    except ValueError:
        item = ("", {})
    certificate = item[0]
    source = intake.sources.showing(certificate) if isinstance(certificate, bytes) else None
    if source is None:
        raise _denied(
            "No source has this certificate", "Add it with `duly sources add --certificate`.", "Client-Cert"
        )
    return source


def _bearer(intake: Intake, authorization: str) -> Source | None:
    scheme, _, key = authorization.partition(" ")
    if not authorization and intake.sources.open_registers:
        return None
    source = intake.sources.holding(key.strip()) if scheme.lower() == "bearer" else None
    if source is None:
        title = "No source has this key" if authorization else "No key was shown"
        raise _denied(
            title, "Sign the request: RFC 9421. In the demo, send Authorization: Bearer and the key."
        )
    return source


def _asked(connection: AnyConnection, trust: Trust) -> Asked:
    scope: Any = connection.scope
    headers = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in scope["headers"]]
    host = next((value for name, value in headers if name == "host"), "").strip().lower()
    path = scope.get("raw_path") or scope["path"].encode()
    query = b"?" + scope["query_string"] if scope["query_string"] else b""
    return Asked(
        method=scope["method"],
        scheme=trust.scheme,
        authority=host.removesuffix(PORTS.get(trust.scheme, ":")),
        target=(path.partition(b"?")[0] + query).decode("latin-1"),
        headers=headers,
    )


def _denied(title: str, hint: str, where: str = "Authorization") -> Denied:
    detail = "Events are taken only from sources that are known by a key."
    return Denied(title, detail=detail, where=where, hint=hint, status=401)
