"""However somebody signed in: where they are signed in, ending it, signing out, the switch of languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from duly.errors import Denied, NotFound
from duly.web.asked import SIGNED_IN, anybody
from duly.web.session import NOBODY, Listed, Session
from duly.web.site import FORM_BYTES, LANGUAGE, Form, Here, Site, Visitor, Who, page, redirect

__all__ = ["browser_of", "router"]

ALL: Final = "others"
BROWSERS: Final = {"Edg": "Edge", "Firefox": "Firefox", "Chrom": "Chrome", "Safari": "Safari"}
SYSTEMS: Final = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One place where somebody is signed in. `number` names it in the form that ends it."""

    number: str
    browser: str
    begun: str
    seen: str
    here: bool


@get("/sessions", include_in_schema=False, sync_to_thread=True)
def places(site: Here, visitor: Who) -> Response[str]:
    """Where one is signed in."""
    session, words = _own(visitor), visitor.speech.words
    shown = tuple(
        Place(
            number=str(one.id),
            browser=one.browser or visitor.speech.say("Unknown browser"),
            begun=words.instant(one.begun_at),
            seen=words.instant(one.seen_at),
            here=one.id == session.id,
        )
        for one in _sessions(site, session)
    )
    return page(site, visitor, "sessions.html", places=shown)


@post("/sessions", include_in_schema=False, sync_to_thread=True)
def end(site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """End one of them, or all but this one."""
    session = _own(visitor)
    session.check(data.get("token", ""))
    chosen = data.get("session", "")
    own = [one.id for one in _sessions(site, session)]
    site.sessions.end_of([id_ for id_ in own if str(id_) == chosen or (chosen == ALL and id_ != session.id)])
    return redirect("/sessions")


@post("/sign-out", include_in_schema=False, sync_to_thread=True, opt=anybody("who is out is out"))
def sign_out(site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """End the session."""
    if visitor.session is not None:
        visitor.session.check(data.get("token", ""))
        site.sessions.end(visitor.session.key)
    by = visitor.session.provider if visitor.session is not None else ""
    answer = redirect(f"/signed-out/{by}" if by in site.clients else "/")
    answer.set_cookie(site.cookie(site.session_cookie, "", 0))
    return answer


@get(
    "/language/{language:str}",
    include_in_schema=False,
    sync_to_thread=False,
    opt=anybody("everybody speaks a language"),
)
def switch(site: Here, language: FromPath[str], next: FromQuery[str] = "/") -> Response[str]:  # noqa: A002 - the address says next=
    """Speak another language from now on, and go back to where one was."""
    if language not in site.app.pack.languages:
        raise NotFound("No such language", detail="The pack does not speak it.", where="language")
    within = next if next.startswith("/") and not next.startswith(("//", "/\\")) else "/"
    answer = redirect(within)
    answer.set_cookie(site.cookie(LANGUAGE, language))
    return answer


def browser_of(agent: str) -> str:
    """A browser and its system as a person knows them, of the header that browsers send; "" if unknown."""
    browser = next((name for part, name in BROWSERS.items() if re.search(part, agent)), "")
    system = next((name for part, name in SYSTEMS.items() if part in agent), "")
    return ", ".join(part for part in (browser, system) if part)


def _own(visitor: Visitor) -> Session:
    session = visitor.session
    if session is None or (session.subject == NOBODY and not session.officer):
        raise Denied(
            "Nobody is signed in", detail="This page is for one person.", hint="Sign in.", status=401
        )
    return session


def _sessions(site: Site, session: Session) -> list[Listed]:
    if session.officer:
        return site.sessions.of_officer(session.agency, session.officer)
    return site.sessions.of_person(session.subject)


def router() -> Router:
    """The page of one's sessions, signing out, languages."""
    return Router(
        path="/",
        opt=SIGNED_IN,
        route_handlers=[places, end, sign_out, switch],
        request_max_body_size=FORM_BYTES,
    )
