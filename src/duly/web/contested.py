"""What people do about what they see: say that a fact is wrong, ask for a human, see what would change it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from litestar import Response, Router, get, post
from litestar.params import FromPath, FromQuery, URLEncodedBody

from duly.errors import NotFound
from duly.forget import wanted
from duly.web import said
from duly.web.asked import PERSONS
from duly.web.circle import insight, open_circle
from duly.web.fact_views import WrongPage
from duly.web.facts import Facts
from duly.web.gather import dossier_of
from duly.web.outlook import outlook_of
from duly.web.person_view import decision_title
from duly.web.site import FORM_BYTES, Form, Here, Site, Visitor, Who, page, redirect

if TYPE_CHECKING:
    from sqlalchemy import Connection

__all__ = ["router"]

SHORTEST: Final = 3
MOST: Final = 4000
_T = TypeVar("_T")


@get("/me/facts", include_in_schema=False, sync_to_thread=True)
def facts(site: Here, visitor: Who, sent: FromQuery[str] = "") -> Response[str]:
    """What is known about me."""
    shown = _asked(site, visitor, Facts.page)
    erasure = wanted(site.app.pack) is not None
    return page(site, visitor, "facts.html", page=shown, sent=sent, erasure=erasure)


@get("/me/facts/{mark:str}/wrong", include_in_schema=False, sync_to_thread=True)
def wrong(site: Here, visitor: Who, mark: FromPath[str]) -> Response[str]:
    """The form to say that a fact is wrong."""
    return _wrong(site, visitor, mark, error="", field="")


@post("/me/facts/{mark:str}/wrong", include_in_schema=False, sync_to_thread=True)
def send_wrong(site: Here, visitor: Who, mark: FromPath[str], data: URLEncodedBody[Form]) -> Response[str]:
    """Take what is wrong, in words or as the right value; neither has to be proved."""
    session, say = visitor.person(), visitor.speech.say
    session.check(data.get("token", ""))
    words, written = data.get("text", "").strip()[:MOST], data.get("right", "").strip()
    try:
        right = _asked(site, visitor, lambda found: found.value(mark, written))
    except ValueError:
        return _wrong(site, visitor, mark, error=say("The fact cannot have this value."), field="right")
    if len(words) < SHORTEST and not right:
        return _wrong(site, visitor, mark, error=say("Write what is wrong."), field="text")
    named = _asked(site, visitor, lambda found: found.named(found.wrong(mark).fact))
    said.contest_fact(site.app, session.subject, named._replace(words=words, right=right))
    return redirect("/me/facts?sent=wrong")


@post("/me/contests/{mark:str}/take-back", include_in_schema=False, sync_to_thread=True)
def take_back(site: Here, visitor: Who, mark: FromPath[str], data: URLEncodedBody[Form]) -> Response[str]:
    """What I said of a fact no longer counts."""
    session = visitor.person()
    session.check(data.get("token", ""))
    told = _asked(site, visitor, lambda found: found.contest(mark))
    said.take_back(site.app, session.subject, told.said)
    return redirect("/me/facts?sent=back")


@get("/me/ask/{programme:str}/{holder:int}/{about:int}", include_in_schema=False, sync_to_thread=True)
def ask(
    site: Here,
    visitor: Who,
    programme: FromPath[str],
    holder: FromPath[int],
    about: FromPath[int],
    sent: FromQuery[str] = "",
) -> Response[str]:
    """The form to ask for a human."""
    return _ask(site, visitor, f"{programme}/{holder}/{about}", error="", sent=sent == "yes")


@post("/me/ask/{programme:str}/{holder:int}/{about:int}", include_in_schema=False, sync_to_thread=True)
def send_ask(
    site: Here,
    visitor: Who,
    programme: FromPath[str],
    holder: FromPath[int],
    about: FromPath[int],
    data: URLEncodedBody[Form],
) -> Response[str]:
    """Take what the person wants to talk about."""
    session, key = visitor.person(), f"{programme}/{holder}/{about}"
    session.check(data.get("token", ""))
    text = data.get("text", "").strip()
    if len(text) < SHORTEST:
        error = visitor.speech.say("Write what you want to talk about.")
        return _ask(site, visitor, key, error=error, sent=False)
    title = _title(site, visitor, key)
    said.ask_human(site.app, session.subject, programme, f"{title}: {text}"[:MOST])
    return redirect(f"/me/ask/{key}?sent=yes")


@get("/me/outlook/{programme:str}/{holder:int}/{about:int}", include_in_schema=False, sync_to_thread=True)
def outlook(
    site: Here, visitor: Who, programme: FromPath[str], holder: FromPath[int], about: FromPath[int]
) -> Response[str]:
    """What would change a decision, and what changes by itself."""
    key = f"{programme}/{holder}/{about}"
    shown = outlook_of(site.app, visitor.speech, visitor.person().subject, key)
    if shown is None:
        raise NotFound("No such decision", detail="It is not yours, or does not exist.")
    return page(site, visitor, "outlook.html", page=shown)


def _asked(site: Site, visitor: Visitor, ask: Callable[[Facts], _T]) -> _T:
    """An answer from the reader's own facts, which leaves the uses that it takes."""
    app, subject, use = site.app, visitor.person().subject, insight(site.app.pack)

    def read(conn: Connection) -> _T:
        circle = open_circle(conn, app.vault, use, app.pack, subject, app.clock.today())
        return ask(Facts(app, visitor.speech, conn, circle))

    return app.vault.disclose(use, read)


def _wrong(site: Site, visitor: Visitor, mark: str, *, error: str, field: str) -> Response[str]:
    shown: WrongPage = _asked(site, visitor, lambda found: found.wrong(mark))
    status = 400 if error else 200
    return page(site, visitor, "fact_wrong.html", status=status, page=shown, error=error, field=field)


def _ask(site: Site, visitor: Visitor, key: str, *, error: str, sent: bool) -> Response[str]:
    return page(
        site,
        visitor,
        "ask.html",
        status=400 if error else 200,
        title=_title(site, visitor, key),
        action=f"/me/ask/{key}",
        objects=f"/me/contest/{key}",
        error=error,
        sent=sent,
    )


def _title(site: Site, visitor: Visitor, key: str) -> str:
    """What the decision is about; NotFound for what is not the person's own."""
    dossier = dossier_of(site.app, visitor.speech, visitor.person().subject)
    return decision_title(visitor.speech, dossier, key)


def router() -> Router:
    """The pages of facts, and of what to do about a decision."""
    return Router(
        path="/",
        opt=PERSONS,
        route_handlers=[facts, wrong, send_wrong, take_back, ask, send_ask, outlook],
        request_max_body_size=FORM_BYTES,
    )
