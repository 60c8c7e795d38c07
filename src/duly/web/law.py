"""The pages of the law: what decides, what is coming, what was changed by whom; open to all once announced.

Officers also see what is proposed, with its dry run, before it is announced.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Response, Router, get
from litestar.enums import MediaType
from litestar.params import FromPath

from duly.errors import NotFound
from duly.reform import Kind
from duly.reform.passage import Passage, passages
from duly.reform.signing import Act
from duly.timeline import BEGIN, to_iso
from duly.web.asked import OFFICERS, anybody
from duly.web.law_views import (
    OPEN_STAGES,
    change_shown,
    compared,
    figures_shown,
    newest_figures,
    titles_of,
)
from duly.web.site import Here, Site, Visitor, Who, page

__all__ = ["router"]


@get("/law", include_in_schema=False, sync_to_thread=True)
def law(site: Here, visitor: Who) -> Response[str]:
    """Every change that was announced."""
    return _list(site, visitor, _public(site), "/law")


@get("/law/{number:int}", include_in_schema=False, sync_to_thread=True)
def change(site: Here, visitor: Who, number: FromPath[int]) -> Response[str]:
    """One change that was announced: its difference, its dry run, its author and who approved it."""
    return _change(site, visitor, _named(_public(site), number), "/law")


@get("/law/json", media_type=MediaType.JSON, sync_to_thread=True, tags=["law"])
def law_document(site: Here) -> Response[bytes]:
    """Every change that was announced."""
    return _json([_told(at) for at in _public(site)])


@get("/law/{number:int}/json", media_type=MediaType.JSON, sync_to_thread=True, tags=["law"])
def change_document(site: Here, number: FromPath[int]) -> Response[bytes]:
    """One change that was announced, with its difference and its dry run."""
    at = _named(_public(site), number)
    language = site.app.pack.languages[0]
    found = compared(site.app, at, language)
    return _json({**_told(at), "differences": found, "dry_run": newest_figures(at)})


@get("/officer/law", include_in_schema=False, sync_to_thread=True, opt=OFFICERS)
def proposals(site: Here, visitor: Who) -> Response[str]:
    """Every change, announced or not, for officers and leaders."""
    visitor.officer()
    return _list(site, visitor, _all(site), "/officer/law")


@get("/officer/law/{number:int}", include_in_schema=False, sync_to_thread=True, opt=OFFICERS)
def proposal(site: Here, visitor: Who, number: FromPath[int]) -> Response[str]:
    """One change, announced or not."""
    visitor.officer()
    return _change(site, visitor, _named(_all(site), number), "/officer/law")


def _all(site: Site) -> list[Passage]:
    with site.app.store.read() as conn:
        return passages(conn, site.app.pack.name, site.app.clock.today())


def _public(site: Site) -> list[Passage]:
    return [at for at in _all(site) if at.stage in OPEN_STAGES]


def _named(found: list[Passage], number: int) -> Passage:
    for at in found:
        if at.change.number == number:
            return at
    raise NotFound("No such change of the law", detail=f"No change {number} was announced.", hint="See /law.")


def _list(site: Site, visitor: Visitor, found: list[Passage], where: str) -> Response[str]:
    rows = [change_shown(visitor.speech, at) for at in reversed(found)]
    return page(site, visitor, "law.html", rows=rows, where=where)


def _change(site: Site, visitor: Visitor, at: Passage, where: str) -> Response[str]:
    speech, figures = visitor.speech, newest_figures(at)
    found = compared(site.app, at, speech.words.language)
    return page(
        site,
        visitor,
        "law_change.html",
        change=change_shown(speech, at),
        figures=figures_shown(speech, figures) if figures is not None else None,
        found=found,
        titles=titles_of(speech, found),
        where=where,
        public=at.stage in OPEN_STAGES,
    )


def _told(at: Passage) -> dict[str, Any]:
    """A change as programs read it."""
    one = at.change
    return {
        "change": one.number,
        "kind": one.kind.value,
        "stage": at.stage.value,
        "version": one.hash,
        "base": one.base,
        "from": None if one.effective == BEGIN else to_iso(one.effective),
        "author": one.author,
        "signed": list(at.signed),
        "announced_by": at.by(Act.ANNOUNCE),
        "enacted_by": at.by(Act.ENACT),
        "why": one.why,
        "undoes": one.undoes if one.kind is Kind.ROLL_BACK else None,
        "dry_run_id": at.run.id if at.run is not None else None,
    }


def _json(told: object) -> Response[bytes]:
    return Response(msgspec.json.encode(told), media_type=MediaType.JSON)


def router() -> Router:
    """The pages under /law and /officer/law."""
    return Router(
        path="/",
        opt=anybody("law is public"),
        route_handlers=[law, change, law_document, change_document, proposals, proposal],
    )
