"""The page on which people ask to be forgotten: what goes, what stays and by which law, and how it stands.

What they say there is an event like any other; two officers answer it, and the page shows the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from litestar import Response, Router, get, post
from litestar.params import URLEncodedBody

from duly.errors import NotFound
from duly.forget import Request, Wanted, holds_of, wanted, wish_of
from duly.forget.answers import hold_in_words
from duly.forget.requests import ASKED, REFUSED, WANTED, WITHDRAWN
from duly.web import said
from duly.web.asked import PERSONS
from duly.web.site import FORM_BYTES, Form, Here, Site, Visitor, Who, page, redirect

__all__ = ["ErasurePage", "router"]

RUNS: Final = (WANTED, ASKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ErasurePage:
    """How a person's request stands. Texts are "" where there is nothing to say; days are in words.

    `state` is "" (nothing is asked), "runs", "approved" or "refused"; `asks` says whether one may ask now.
    """

    state: str
    asked_on: str
    answer_by: str
    late: bool
    why: str
    holds: tuple[str, ...]
    months: int
    law: str
    asks: bool


@get("/me/erasure", include_in_schema=False, sync_to_thread=True)
def erasure(site: Here, visitor: Who) -> Response[str]:
    """What may be deleted, and how what I asked stands."""
    return page(site, visitor, "erasure.html", page=_shown(site, visitor))


@post("/me/erasure", include_in_schema=False, sync_to_thread=True)
def ask(site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """Take that the person wants to be forgotten. Asking twice is asking once."""
    visitor.person().check(data.get("token", ""))
    _say(site, visitor, withdrawn=False)
    return redirect("/me/erasure")


@post("/me/erasure/take-back", include_in_schema=False, sync_to_thread=True)
def take_back(site: Here, visitor: Who, data: URLEncodedBody[Form]) -> Response[str]:
    """The person wants it no longer."""
    visitor.person().check(data.get("token", ""))
    _say(site, visitor, withdrawn=True)
    return redirect("/me/erasure")


def _say(site: Site, visitor: Visitor, *, withdrawn: bool) -> None:
    _declared(site)
    said.ask_erasure(site.app, visitor.person().subject, withdrawn=withdrawn)


def _declared(site: Site) -> Wanted:
    told = wanted(site.app.pack)
    if told is None:
        raise NotFound("Nobody asks for this here", detail="The pack does not say how.")
    return told


def _shown(site: Site, visitor: Visitor) -> ErasurePage:
    told, app, subject = _declared(site), site.app, visitor.person().subject
    words, today = visitor.speech.words, site.app.clock.today()
    with app.store.read() as conn:
        wish, held = wish_of(conn, subject), holds_of(conn, app.pack, subject, today)
    state = _state(wish)
    return ErasurePage(
        state=state,
        asked_on=words.day(wish.wanted_on) if wish is not None else "",
        answer_by=words.day(wish.answer_by) if wish is not None else "",
        late=wish is not None and wish.is_late(today),
        why=wish.why if wish is not None else "",
        holds=tuple(hold_in_words(words, one) for one in held),
        months=told.months,
        law=told.law,
        asks=state == "" or (state == REFUSED and wish is not None and wish.wanted_on < today),
    )


def _state(wish: Request | None) -> str:
    """What became of it; what was taken back is as if it had not been asked."""
    if wish is None or wish.state == WITHDRAWN:
        return ""
    return "runs" if wish.state in RUNS else wish.state


def router() -> Router:
    """The page of being forgotten."""
    return Router(
        path="/",
        opt=PERSONS,
        route_handlers=[erasure, ask, take_back],
        request_max_body_size=FORM_BYTES,
    )
