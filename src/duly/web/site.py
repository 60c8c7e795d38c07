"""What every handler of the pages has at hand: the app, the sessions, and the visitor who asks.

A visitor is read from cookies alone; a page for somebody asks `person()` or `officer()` first, which deny.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from litestar import Request, Response
from litestar.datastructures import Cookie, MutableScopeHeaders
from litestar.di import NamedDependency
from litestar.enums import MediaType
from litestar.status_codes import HTTP_200_OK, HTTP_303_SEE_OTHER
from litestar.types import Message, Scope

from duly.errors import Denied, NotFound
from duly.web.languages import Speech, preferred, speech
from duly.web.oidc import Client
from duly.web.render import render
from duly.web.session import COOKIE, NOBODY, Session
from duly.web.sessions import Sessions
from duly.web.views import Frame, Tab

if TYPE_CHECKING:
    from duly.app import App

__all__ = [
    "FORM_BYTES",
    "LANGUAGE",
    "Form",
    "Here",
    "Site",
    "Suggestion",
    "Visitor",
    "Who",
    "only_demo",
    "page",
    "redirect",
    "visitor_of",
]

LANGUAGE: Final = "duly-language"
FORM_BYTES: Final = 64 * 1024
WORKDAY: Final = 8 * 60 * 60
RENEWED: Final = "session_renewed"
Form = dict[str, str]
"""The fields of a form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Somebody that one may choose to be in the demonstration: a number, a name, why they are of interest."""

    identifier: str
    name: str
    note: str


class Site:
    """The wired application and its sessions.

    Like `Visitor` no dataclass: the web framework would take one apart, to check what we ourselves provide.
    """

    def __init__(
        self,
        *,
        app: App,
        sessions: Sessions,
        people: Callable[[], Sequence[Suggestion]],
        clients: Mapping[str, Client],
    ) -> None:
        self.app, self.sessions, self.people, self.clients = app, sessions, people, clients

    def client(self, name: str) -> Client:
        """Duly as a client of the named provider of sign-in; NotFound for an unknown one."""
        if name not in self.clients:
            raise NotFound("No such provider", detail="Nobody signs in by it.")
        return self.clients[name]

    @property
    def demo(self) -> bool:
        return self.app.settings.demo

    @property
    def secure(self) -> bool:
        """Whether cookies travel encrypted only: everywhere but in the demonstration on one machine."""
        return not self.demo or self.app.settings.address.startswith("https:")

    @property
    def session_cookie(self) -> str:
        """What the session's cookie is called; the prefix keeps other hosts from setting it."""
        return f"__Host-{COOKIE}" if self.secure else COOKIE

    def cookie(self, key: str, value: str, seconds: int = WORKDAY) -> Cookie:
        """A cookie that scripts cannot read and other sites do not send; 0 seconds takes it away."""
        return Cookie(
            key=key,
            value=value,
            path="/",
            httponly=True,
            samesite="lax",
            secure=self.secure,
            max_age=seconds,
        )

    async def renew(self, message: Message, scope: Scope) -> None:
        """Give the browser its session's new key with whatever answer leaves, unless that sets one itself."""
        if message["type"] != "http.response.start" or "state" not in scope:
            return
        fresh: str = scope["state"].get(RENEWED, "")
        headers = MutableScopeHeaders.from_message(message)
        if fresh and not any(f"{self.session_cookie}=" in one for one in headers.getall("set-cookie", [])):
            headers.add("set-cookie", self.cookie(self.session_cookie, fresh).to_header(header=""))


class Visitor:
    """Who asks, in which language, for which path."""

    def __init__(self, *, session: Session | None, speech: Speech, path: str) -> None:
        self.session, self.speech, self.path = session, speech, path

    def within(self, session: Session) -> Visitor:
        """The same visitor in a session that has just begun."""
        return Visitor(session=session, speech=self.speech, path=self.path)

    @property
    def account(self) -> str:
        """Who is signed in, as one name for all their sessions; "" where nobody is."""
        if self.session is None:
            return ""
        return self.session.officer or (str(self.session.subject) if self.session.subject != NOBODY else "")

    def person(self) -> Session:
        """The session of a person who is signed in."""
        if self.session is None or self.session.subject == NOBODY:
            raise Denied(
                "Nobody is signed in", detail="This page is for one person.", hint="Sign in.", status=401
            )
        return self.session

    def officer(self) -> Session:
        """The session of an officer who is signed in."""
        if self.session is None or not self.session.officer:
            raise Denied(
                "No officer is signed in", detail="This page is for officers.", hint="Sign in.", status=401
            )
        return self.session


Here = NamedDependency[Site]
"""The site, as a handler asks for it under the name `site`."""
Who = NamedDependency[Visitor]
"""The visitor, as a handler asks for it under the name `visitor`."""


def visitor_of(request: Request[Any, Any, Any], site: Site, *, noted: bool = True) -> Visitor:
    """The visitor that a request's cookies and headers tell of; unless `noted`, nothing is written for it."""
    pack = site.app.pack
    chosen = request.cookies.get(LANGUAGE, "")
    spoken = pack.languages
    language = chosen if chosen in spoken else preferred(request.headers.get("accept-language", ""), spoken)
    key = request.cookies.get(site.session_cookie, "")
    session = site.sessions.find(key) if noted else site.sessions.look(key)
    if session is not None and session.key != key:
        request.state[RENEWED] = session.key
    return Visitor(session=session, speech=speech(pack, language), path=request.url.path)


def page(
    site: Site, visitor: Visitor, template: str, *, status: int = HTTP_200_OK, **shown: object
) -> Response[str]:
    """A whole page for this visitor."""
    words = visitor.speech.words
    return Response(
        render(visitor.speech, template, frame(site, visitor), **shown),
        status_code=status,
        media_type=MediaType.HTML,
        headers={"Content-Language": words.language, "Vary": "Cookie, Accept-Language"},
    )


def redirect(address: str) -> Response[str]:
    """To another page, after a form was taken."""
    return Response(
        "", status_code=HTTP_303_SEE_OTHER, headers={"Location": address}, media_type=MediaType.TEXT
    )


def frame(site: Site, visitor: Visitor) -> Frame:
    """What stands around the page."""
    session, words = visitor.session, visitor.speech.words
    tabs = _tabs(visitor)
    return Frame(
        language=words.language,
        direction=words.direction,
        languages=tuple(
            Tab(
                text=speech(site.app.pack, language).words.name,
                href=f"/language/{language}?next={visitor.path}",
                here=language == words.language,
            )
            for language in site.app.pack.languages
        ),
        place=words.place,
        home=tabs[0].href if tabs else "/",
        tabs=tabs,
        signed_in=session.name if session is not None else "",
        demo=site.demo,
        token=session.token if session is not None else "",
        path=visitor.path,
    )


def _tabs(visitor: Visitor) -> tuple[Tab, ...]:
    session, say = visitor.session, visitor.speech.say
    if session is not None and session.subject != NOBODY:
        named = [
            (say("Your page"), "/me"),
            (say("What is known about you"), "/me/facts"),
            (say("Who used your data"), "/me/uses"),
            (say("Your notices"), "/me/notices"),
            (say("Your choices"), "/me/choices"),
        ]
    elif session is not None and session.officer:
        named = [
            (say("Cases"), "/officer"),
            (say("Look up a record"), "/officer/look-up"),
            (say("Changes of the law"), "/officer/law"),
        ]
    else:
        named = []
    return tuple(Tab(text=text, href=href, here=href == visitor.path) for text, href in named)


def only_demo(site: Site) -> None:
    """NotFound outside demo mode: there the page does not exist."""
    if not site.demo:
        raise NotFound("No such page", detail="It exists only in the demonstration.")
