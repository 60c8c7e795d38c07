"""Signing in in the demonstration: choosing a person. Outside demo mode these pages refuse to exist."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from litestar import Request, Response, Router, get, post
from litestar.params import URLEncodedBody
from litestar.status_codes import HTTP_200_OK

from duly.vault import Identifier
from duly.web.asked import anybody
from duly.web.circle import insight
from duly.web.gather import name_of
from duly.web.session import CLEARED, NOBODY, Session
from duly.web.signed_in import browser_of
from duly.web.site import (
    FORM_BYTES,
    Form,
    Here,
    Site,
    Suggestion,
    Visitor,
    Who,
    only_demo,
    page,
    redirect,
)

__all__ = ["router"]

AnyRequest = Request[Any, Any, Any]
ROLES: Final = {"1": "caseworker", "2": "caseworker", "3": CLEARED}


@get("/sign-in", include_in_schema=False, sync_to_thread=True)
def choose(site: Here, visitor: Who) -> Response[str]:
    """The page where one chooses."""
    only_demo(site)
    return _form(site, visitor, value="", error="")


@post("/sign-in/filled", include_in_schema=False, sync_to_thread=True, status_code=HTTP_200_OK)
def choose_filled(site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """The page with a number filled in. It came in a form, because an address is kept and logged."""
    only_demo(site)
    return _form(site, visitor, value=data.get("identifier", ""), error="")


@post("/sign-in", include_in_schema=False, sync_to_thread=True)
def sign_in(request: AnyRequest, site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """Begin a session of the person with the number, or of the officer."""
    only_demo(site)
    if visitor.session is None:
        return _form(site, visitor, value="", error=visitor.speech.say("The form had expired. Choose again."))
    visitor.session.check(data.get("token", ""))
    browser = browser_of(request.headers.get("user-agent", ""))
    officer = next((o for o in officers(site) if o.identifier == data.get("officer")), None)
    if officer is not None:
        return _begin(
            site,
            visitor.session,
            browser=browser,
            subject=NOBODY,
            officer=officer.identifier,
            name=officer.name,
            to="/officer",
        )
    number = "".join(data.get("identifier", "").split())
    subject = _subject(site, number)
    if subject is None:
        error = visitor.speech.say(
            "Nobody with this number is known. Write 11 digits of a person in the demonstration."
        )
        return _form(site, visitor, value=number, error=error)
    return _begin(
        site,
        visitor.session,
        browser=browser,
        subject=subject,
        officer="",
        name=name_of(site.app, subject) or number,
        to="/me",
    )


def officers(site: Here) -> tuple[Suggestion, ...]:
    """Three officers for each agency: two for what needs two people, one cleared for the protected."""
    titles = site.app.pack.section("agencies")
    return tuple(
        Suggestion(
            identifier=f"{agency}-{number}",
            name=f"{titles[agency]['title'][site.app.pack.languages[0]]} {number}",
            note=agency,
        )
        for agency in titles
        for number in ROLES
    )


def _form(site: Here, visitor: Who, *, value: str, error: str) -> Response[str]:
    """The page, and a session to carry its token where there is none yet."""
    begun = visitor.session or site.sessions.begin()
    shown = [
        replace(
            officer,
            name=visitor.speech.say("Officer %(number)s", number=officer.identifier),
            note=_note(visitor, officer),
        )
        for officer in officers(site)
    ]
    answer = page(
        site,
        visitor.within(begun),
        "sign_in.html",
        people=site.people(),
        officers=shown,
        value=value,
        error=error,
    )
    answer.set_cookie(site.cookie(site.session_cookie, begun.key))
    return answer


def _note(visitor: Visitor, officer: Suggestion) -> str:
    agency = visitor.speech.words.name_of("agencies", officer.note)
    if ROLES[officer.identifier.rpartition("-")[2]] == CLEARED:
        return visitor.speech.say("%(agency)s, cleared for protected people", agency=agency)
    return agency


def _begin(
    site: Site, old: Session, *, browser: str, subject: int, officer: str, name: str, to: str
) -> Response[str]:
    """A new session with a new key, so that a key from before signing in is worth nothing."""
    site.sessions.end(old.key)
    agency, _, number = officer.rpartition("-")
    role = ROLES.get(number, "")
    begun = site.sessions.begin(
        subject=subject, agency=agency, officer=officer, role=role, name=name, browser=browser
    )
    answer = redirect(to)
    answer.set_cookie(site.cookie(site.session_cookie, begun.key))
    return answer


def _subject(site: Site, number: str) -> int | None:
    wanted = Identifier("no.fnr", number)
    with site.app.store.acting(insight(site.app.pack).context).read() as conn:
        return site.app.vault.find(conn, [wanted]).get(wanted)


def router() -> Router:
    """The pages of signing in."""
    return Router(
        path="/",
        opt=anybody("whoever signs in is nobody yet"),
        route_handlers=[choose, choose_filled, sign_in],
        request_max_body_size=FORM_BYTES,
    )
