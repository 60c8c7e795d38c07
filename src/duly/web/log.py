"""The log of uses over HTTP, as C2SP tlog-tiles serves it under `/ledger/`: hashes, and no personal data.

What the newest checkpoint covers never changes and may be kept for ever; what it does not cover does not
exist yet. The checkpoint itself is asked for anew each time.
"""

from __future__ import annotations

from typing import Final

from litestar import Response, Router, get
from litestar.enums import MediaType
from litestar.params import FromPath

from duly.errors import NotFound
from duly.ledger.serving import part_at, stored
from duly.web.site import Here

__all__ = ["router"]

FOR_EVER: Final = "public, max-age=31536000, immutable"
ANEW: Final = "no-cache"


@get("/ledger/checkpoint", media_type=MediaType.TEXT, sync_to_thread=True, tags=["ledger"])
def checkpoint(site: Here) -> Response[str]:
    """The ledger's newest checkpoint, signed: a C2SP tlog-checkpoint. It holds no personal data."""
    newest = site.app.ledger.checkpoint()
    if newest is None:
        raise NotFound("No checkpoint", detail="Nothing has been signed yet.", hint="Ask again in a second.")
    return Response(newest.note, media_type=MediaType.TEXT, headers={"Cache-Control": ANEW})


@get("/ledger/tile/{steps:path}", media_type="application/octet-stream", sync_to_thread=True, tags=["ledger"])
def tile(site: Here, steps: FromPath[str]) -> Response[bytes]:
    """A tile of hashes, or a bundle of entries, as C2SP tlog-tiles names it. It holds no personal data."""
    part = part_at(steps.lstrip("/"))
    found = None
    if part is not None:
        with site.app.store.read() as conn:
            found = stored(conn, part)
    if found is None:
        hint = "Ask for what the newest checkpoint covers."
        raise NotFound("No such tile", detail="The log does not have it, or not yet.", hint=hint)
    kept = {"Cache-Control": FOR_EVER}
    return Response(found, media_type="application/octet-stream", headers=kept)


def router() -> Router:
    """The log."""
    return Router(path="/", route_handlers=[checkpoint, tile])
