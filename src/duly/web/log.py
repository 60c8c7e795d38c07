"""The log of uses over HTTP, as C2SP tlog-tiles serves it under `/ledger/`: hashes, and no personal data.

What the newest checkpoint covers never changes and may be kept for ever; what it does not cover does not
exist yet. The checkpoint itself is asked for anew each time.
"""

from __future__ import annotations

from typing import Final

from litestar import Response, Router, get
from litestar.enums import MediaType
from litestar.params import FromPath

from duly.errors import NotFound, OurFault
from duly.ledger import Witnesses
from duly.ledger.serving import part_at, stored
from duly.ledger.standing import Cosigned, Standing
from duly.web.asked import anybody
from duly.web.languages import Speech
from duly.web.site import Here, Site, Who, page
from duly.web.views import Cosigning, LedgerPage

__all__ = ["router"]

FOR_EVER: Final = "public, max-age=31536000, immutable"
ANEW: Final = "no-cache"


@get("/ledger", include_in_schema=False, sync_to_thread=True)
def ledger(site: Here, visitor: Who) -> Response[str]:
    """How the ledger is kept, its newest checkpoint, its witnesses and whether all is well."""
    return page(site, visitor, "ledger.html", page=_shown(site, visitor.speech))


@get("/ledger/checkpoint", media_type=MediaType.TEXT, sync_to_thread=True, tags=["ledger"])
def checkpoint(site: Here) -> Response[str]:
    """The ledger's newest checkpoint with its cosignatures: a C2SP tlog-checkpoint. No personal data."""
    return _note(site.app.keeper.standing().newest, site.app.keeper.witnesses)


@get("/ledger/checkpoint/counting", media_type=MediaType.TEXT, sync_to_thread=True, tags=["ledger"])
def counting(site: Here) -> Response[str]:
    """The newest checkpoint that enough witnesses have cosigned. It holds no personal data."""
    return _note(site.app.keeper.standing().counting, site.app.keeper.witnesses)


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


def _note(found: Cosigned | None, witnesses: Witnesses) -> Response[str]:
    if found is None:
        raise NotFound("No checkpoint", detail="None has been signed yet.", hint="Ask again in a second.")
    had = f"{len(found.lines)} of {len(witnesses.members)}, {witnesses.quorum} needed"
    headers = {"Cache-Control": ANEW, "Duly-Witnesses": had, "Duly-Counts": "yes" if found.counts else "no"}
    return Response(found.note, media_type=MediaType.TEXT, headers=headers)


def _shown(site: Site, speech: Speech) -> LedgerPage:
    """What the page shows. Where the log cannot be read, that is what it says."""
    say, keeper = speech.say, site.app.keeper
    kinds = {alarm.kind for alarm in keeper.alarms()}
    try:
        standing = keeper.standing()
    except OurFault:
        standing = None
    newest, of = standing.newest if standing else None, len(keeper.witnesses.members)
    return LedgerPage(
        checkpoint=newest.note if newest else "",
        counts=_counts(speech, standing) if standing and newest else "",
        witnesses=tuple(
            Cosigning(
                name=one.name,
                said=say("has not answered as it should") if one.problem else say("cosigns"),
                size=str(one.size - 1) if one.size else "",
            )
            for one in (standing.witnesses if standing and of else ())
        ),
        alarms=tuple(text for kind, text in _alarm_texts(speech) if kind in kinds),
    )


def _counts(speech: Speech, standing: Standing) -> str:
    say, newest = speech.say, standing.newest
    if newest is None or not standing.witnesses:
        return say("No witness is asked: the ledger stands on its own signature.")
    had = {"had": len(newest.lines), "of": len(standing.witnesses)}
    if newest.counts:
        return say("It counts: %(had)s of %(of)s witnesses have cosigned it.", **had)
    return say("It does not count yet: %(had)s of %(of)s witnesses have cosigned it.", **had)


def _alarm_texts(speech: Speech) -> tuple[tuple[str, str], ...]:
    say = speech.say
    return (
        ("refuses", say("Signing has stopped: what is stored is not what was signed, or cannot be read.")),
        ("behind", say("Signing is late: some entries have waited for more than a second.")),
        ("does not count", say("Too few witnesses cosign: new checkpoints do not count.")),
    )


def router() -> Router:
    """The log."""
    return Router(
        path="/",
        opt=anybody("the log tells of nobody, and anybody may verify it"),
        route_handlers=[ledger, checkpoint, counting, tile],
    )
