"""What anybody may see: the first page, the statement, the server's health."""

from __future__ import annotations

import sqlalchemy
from litestar import Response, Router, get
from litestar.enums import MediaType

from duly.web.asked import anybody
from duly.web.site import Here, Who, page

__all__ = ["router"]


@get("/", include_in_schema=False, sync_to_thread=True)
def home(site: Here, visitor: Who) -> Response[str]:
    """The first page."""
    return page(site, visitor, "home.html")


@get("/accessibility", include_in_schema=False, sync_to_thread=True)
def accessibility(site: Here, visitor: Who) -> Response[str]:
    """The accessibility statement."""
    return page(site, visitor, "accessibility.html")


@get(["/healthz", "/health"], media_type=MediaType.TEXT, sync_to_thread=True, tags=["operation"])
def healthz(site: Here) -> str:
    """Says `ok` when the database answers."""
    with site.app.store.read() as conn:
        conn.execute(sqlalchemy.select(1)).scalar_one()
    return "ok\n"


def router() -> Router:
    """The public pages."""
    return Router(path="/", opt=anybody("it tells of nobody"), route_handlers=[home, accessibility, healthz])
