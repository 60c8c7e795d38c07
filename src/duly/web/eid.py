"""Signing in with a provider outside the demonstration: there and back, and out again.

An attempt's secret is in a cookie that lasts ten minutes; what comes back without it signs nobody in.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from typing import Any, Final

import structlog
from litestar import Request, Response, Router, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, URLEncodedBody
from litestar.status_codes import HTTP_200_OK, HTTP_403_FORBIDDEN

from duly.errors import Denied, DulyError, NotFound
from duly.events.replays import once
from duly.vault import Identifier
from duly.web.asked import anybody
from duly.web.circle import insight
from duly.web.gather import name_of
from duly.web.oidc import Attempt, Claims
from duly.web.providers import OfficerClaims, PersonClaims, Provider, roles_of
from duly.web.session import NOBODY, Outside
from duly.web.signed_in import browser_of
from duly.web.site import FORM_BYTES, Form, Here, Site, Who, page, redirect

__all__ = ["router"]

ATTEMPT: Final = "duly-sign-in"
LASTS: Final = 10 * 60
SECOND: Final = 1_000_000

AnyRequest = Request[Any, Any, Any]
log: Any = structlog.get_logger("duly.web")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Who:
    """Whom the claims are about, as a session has it."""

    subject: int
    agency: str
    officer: str
    role: str
    name: str


@get("/sign-in", include_in_schema=False, sync_to_thread=True)
def choose(site: Here, visitor: Who) -> Response[str]:
    """The providers, those of people first."""
    listed = sorted(site.clients.values(), key=lambda one: one.provider.admits != "people")
    return page(site, visitor, "eid.html", providers=[one.provider for one in listed])


@get("/sign-in/{name:str}", include_in_schema=False, sync_to_thread=True)
def begin(site: Here, visitor: Who, name: FromPath[str]) -> Response[str]:
    """Off to the provider, with an attempt that only this browser can finish."""
    secret = secrets.token_urlsafe(32)
    made = f"{name}.{site.sessions.now() // SECOND}.{secret}"
    answer = redirect(site.client(name).address(Attempt(secret=secret), visitor.speech.words.language))
    answer.set_cookie(site.cookie(_cookie(site), f"{made}.{_mac(site, made)}", LASTS))
    return answer


@get("/signed-in/{name:str}", include_in_schema=False, sync_to_thread=True)
def finish(request: AnyRequest, site: Here, visitor: Who, name: FromPath[str]) -> Response[str]:
    """Back from the provider: a session with a new key, if all fits."""
    try:
        attempt = _attempt(site, name, request.cookies.get(_cookie(site), ""))
        client = site.client(name)
        claims = client.claims(attempt, dict(request.query_params))
        who = _who(site, client.provider, claims)
    except (Denied, NotFound) as error:
        log.warning("sign-in refused", provider=name if name in site.clients else "", why=error.detail)
        refused = page(site, visitor, "eid_refused.html", status=HTTP_403_FORBIDDEN)
        refused.set_cookie(site.cookie(_cookie(site), "", 0))
        return refused
    if visitor.session is not None:
        site.sessions.end(visitor.session.key)
    made = site.sessions.begin(
        subject=who.subject,
        agency=who.agency,
        officer=who.officer,
        role=who.role,
        name=who.name,
        browser=browser_of(request.headers.get("user-agent", "")),
        outside=Outside(provider=name, session=_text(claims, "sid"), person=_text(claims, "sub")),
    )
    answer = redirect("/officer" if who.officer else "/me")
    answer.set_cookie(site.cookie(_cookie(site), "", 0))
    answer.set_cookie(site.cookie(site.session_cookie, made.key))
    return answer


@get("/signed-out/{name:str}", include_in_schema=False, sync_to_thread=True)
def signed_out(site: Here, visitor: Who, name: FromPath[str]) -> Response[str]:
    """Signed out here, and perhaps not yet there."""
    provider = site.client(name).provider
    return page(site, visitor, "eid_out.html", provider=provider, endable=_ending(site, name) != "")


@get("/sign-out/{name:str}", include_in_schema=False, sync_to_thread=True)
def sign_out_there(site: Here, name: FromPath[str]) -> Response[str]:
    """Off to the provider, to end the session there."""
    address = _ending(site, name)
    if not address:
        raise NotFound("No such page", detail="This provider ends no session.")
    return redirect(address)


@post("/sign-out/{name:str}/ended", include_in_schema=False, sync_to_thread=True, status_code=HTTP_200_OK)
def ended(site: Here, name: FromPath[str], data: URLEncodedBody[Form]) -> Response[str]:
    """The provider says that a session of its own, or all of a person, has ended (back-channel logout)."""
    claims = site.client(name).ended(data.get("logout_token", ""))
    now = site.sessions.now()
    with site.app.store.write() as conn:
        fresh = once(conn, f"logout:{name}", _text(claims, "jti"), until=int(claims["exp"]) * SECOND, now=now)
    if fresh:
        site.sessions.end_outside(name, session=_text(claims, "sid"), person=_text(claims, "sub"))
    return Response("", media_type=MediaType.TEXT)


# Attempts


def _cookie(site: Site) -> str:
    return f"__Host-{ATTEMPT}" if site.secure else ATTEMPT


def _mac(site: Site, made: str) -> str:
    version = site.app.keys.hash_versions()[0]
    return site.app.keys.hash(version, [b"duly.sign-in\x00" + made.encode()])[0].hex()


def _attempt(site: Site, name: str, cookie: str) -> Attempt:
    made, _, mac = cookie.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _mac(site, made).encode()):
        raise Denied("No attempt to sign in", detail="This browser began none.")
    begun_by, at, secret = made.split(".")
    if begun_by != name or site.sessions.now() // SECOND - int(at) > LASTS:
        raise Denied("No attempt to sign in", detail="It is too long ago, or with another provider.")
    return Attempt(secret=secret)


# Claims


def _who(site: Site, provider: Provider, claims: Claims) -> _Who:
    if provider.person is not None:
        return _person(site, provider.person, claims)
    assert provider.officer is not None  # noqa: S101 - the sign-in file has one of the two
    return _officer(site, provider.officer, claims)


def _person(site: Site, told: PersonClaims, claims: Claims) -> _Who:
    wanted = Identifier(told.scheme, _needed(claims, told.claim))
    with site.app.store.acting(insight(site.app.pack).context).read() as conn:
        subject = site.app.vault.find(conn, [wanted]).get(wanted)
    if subject is None:
        raise NotFound("Nobody we know", detail="No register has told of this person.")
    name = _text(claims, told.name) or name_of(site.app, subject)
    return _Who(subject=subject, agency="", officer="", role="", name=name)


def _officer(site: Site, told: OfficerClaims, claims: Claims) -> _Who:
    agency = told.agencies.get(_needed(claims, told.agency), "")
    role = told.roles.get(_needed(claims, told.role), "")
    if not agency or role not in roles_of(site.app.pack, agency):
        raise Denied("No officer of ours", detail="The agency or the role is none of the sign-in file.")
    name = _text(claims, told.name) or _needed(claims, told.claim)
    return _Who(subject=NOBODY, agency=agency, officer=_needed(claims, told.claim), role=role, name=name)


def _needed(claims: Claims, name: str) -> str:
    text = _text(claims, name)
    if not text:
        raise Denied("A claim is missing", detail="The provider does not say all that its entry names.")
    return text


def _text(claims: Claims, name: str) -> str:
    told = claims.get(name, "")
    return told if isinstance(told, str) else ""


def _ending(site: Site, name: str) -> str:
    """Where a provider ends its session; "" while it does not answer: signing out here never fails."""
    try:
        return site.client(name).sign_out(f"{site.app.settings.address}/")
    except DulyError as error:
        if error.status < 500:
            raise
        return ""


def router() -> Router:
    """The pages of signing in with a provider."""
    return Router(
        path="/",
        opt=anybody("whoever signs in or out at a provider is nobody here"),
        route_handlers=[choose, begin, finish, signed_out, sign_out_there, ended],
        request_max_body_size=FORM_BYTES,
    )
