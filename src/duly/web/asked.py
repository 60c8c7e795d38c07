"""Every route says whom it serves: anybody, with the reason why, or who has to be asked about first.

A route that says nothing serves nobody. What a route of persons or officers serves is asked of the policies
before its handler runs; routes of sources have a guard of their own, which knows the source by its key.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from litestar.connection import ASGIConnection
from litestar.handlers.base import BaseRouteHandler

from duly.access import SELF, Actor, Deed, Relation, doing
from duly.errors import Denied
from duly.web.session import NOBODY, Session

if TYPE_CHECKING:
    from duly.access import Policy
    from duly.web.site import Visitor

__all__ = [
    "OFFICERS",
    "PERSONS",
    "SIGNED_IN",
    "actor_of",
    "admit",
    "anybody",
    "declared",
    "operators",
    "sources",
]

SERVES: Final = "serves"
ANYBODY: Final = "anybody"
PAGES: Final = "pages"
PERSONS: Final[Mapping[str, Any]] = {SERVES: "persons"}
OFFICERS: Final[Mapping[str, Any]] = {SERVES: "officers"}
SIGNED_IN: Final[Mapping[str, Any]] = {SERVES: "signed in"}
WORKS: Final = (Deed.DECIDE, Deed.RELEASE, Deed.PROPOSE, Deed.RUN)
"""An officer whose role permits none of these has nothing to do on the pages."""


def anybody(why: str) -> Mapping[str, Any]:
    """The route serves whoever asks, for this reason."""
    return {SERVES: ANYBODY, "why": why}


def sources(why: str) -> Mapping[str, Any]:
    """The route serves sources, whom its own guard knows in this way."""
    return {SERVES: "sources", "why": why}


def operators(why: str) -> Mapping[str, Any]:
    """The route serves those who keep the installation, whom its own guard knows in this way."""
    return {SERVES: "operators", "why": why}


def declared(_: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
    """Deny what a route serves that does not say whom."""
    if SERVES not in handler.opt:
        raise Denied("This serves nobody", detail="The route does not say whom it serves.")


def actor_of(session: Session) -> Actor:
    """Who acts in a session: an officer of an agency, or a person for themselves."""
    if session.officer:
        return Actor(organisation=session.agency, system=PAGES, officer=session.officer, role=session.role)
    return Actor(organisation=SELF, system=PAGES, officer="")


def admit(policy: Policy, visitor: Visitor, opt: Mapping[str, Any]) -> None:
    """Denied unless the visitor is one whom the route serves."""
    serves = opt.get(SERVES)
    if serves == "persons":
        visitor.person()
    elif serves == "officers":
        _officer(policy, visitor.officer())
    elif serves == "signed in" and (
        visitor.session is None or (visitor.session.subject == NOBODY and not visitor.session.officer)
    ):
        raise Denied(
            "Nobody is signed in", detail="This page is for one person.", hint="Sign in.", status=401
        )


def _officer(policy: Policy, session: Session) -> None:
    """Whoever has a role that an agency's pages have work for."""
    actor = actor_of(session)
    asked = [doing(actor, deed, session.agency, relation=Relation.NONE) for deed in WORKS]
    if not any(map(policy.permits, asked)):
        policy.require(asked[0])
