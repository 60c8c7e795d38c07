"""The one web server: pages, intake and public ledger over a wired app, whose worker it starts and stops."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from litestar import Litestar, Request, Router
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.static_files import (
    create_static_files_router,  # pyright: ignore[reportUnknownVariableType] - takes any file system
)

from duly.clock import SystemClock
from duly.demo.cast import read_cast
from duly.web import (
    asked,
    contested,
    demo,
    eid,
    erasure,
    find_usage,
    intake,
    law,
    log,
    metrics,
    mishaps,
    officer,
    person,
    public,
    signed_in,
    signin,
)
from duly.web.allowance import Allowances, Door, allowances_of
from duly.web.oidc import Client
from duly.web.providers import Providers
from duly.web.security import Checked, Logged, guard
from duly.web.sessions import Sessions
from duly.web.site import FORM_BYTES, Site, Suggestion, Visitor, visitor_of

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["create"]

STATIC: Final = Path(__file__).with_name("static")
DAY: Final = 24 * 60 * 60


def create(app: App) -> Litestar:
    """The server of a wired app. The tour and signing in exist only where the settings say demo."""
    sessions = Sessions(app.store, app.keys, SystemClock("UTC").now)
    site = Site(app=app, sessions=sessions, people=lambda: _people(app), clients=_clients(app))
    allowances = allowances_of(app.settings)

    def provide_visitor(request: Request[Any, Any, Any]) -> Visitor:
        visitor = visitor_of(request, site)
        if visitor.account:
            allowances.take(Door.ACCOUNT, visitor.account)
        asked.admit(app.policy, visitor, request.route_handler.opt)
        return visitor

    return Litestar(
        route_handlers=[*_routers(app, allowances), _static()],
        dependencies={
            "site": Provide(lambda: site, sync_to_thread=False),
            "visitor": Provide(provide_visitor, sync_to_thread=True),
        },
        exception_handlers=mishaps.handlers(site),
        middleware=[Logged(), Checked(app.settings, allowances)],
        guards=[asked.declared],
        before_send=[guard(demo=app.settings.demo), site.renew],
        request_max_body_size=FORM_BYTES,
        lifespan=[_working(app)],
        openapi_config=OpenAPIConfig(
            title="Duly",
            version=version("duly"),
            render_plugins=[JsonRenderPlugin()],
            openapi_router=Router(
                path="/schema", route_handlers=[], opt=asked.anybody("it describes the doors, not who came")
            ),
        ),
        logging_config=None,
        signature_types=[Site, Visitor],
    )


def _people(app: App) -> tuple[Suggestion, ...]:
    """Who is worth looking at, as the demo's cast has it; nobody until there is one."""
    cast = read_cast(app.settings.directory)
    shown = cast.shown if cast is not None else ()
    return tuple(Suggestion(identifier=one.identity, name=one.name, note=one.why) for one in shown)


def _clients(app: App) -> dict[str, Client]:
    """Duly as a client of each provider of sign-in; none in the demonstration, which has its own."""
    if app.settings.demo:
        return {}
    providers = Providers.read(app.settings.sign_in, app.pack).listed
    return {
        name: Client(one, f"{app.settings.address}/signed-in/{name}", time.time)
        for name, one in providers.items()
    }


def _routers(app: App, allowances: Allowances) -> list[Router]:
    routers = [
        public.router(),
        log.router(),
        metrics.router(),
        person.router(),
        contested.router(),
        erasure.router(),
        officer.router(),
        signed_in.router(),
        law.router(),
        intake.router(app, allowances),
        find_usage.router(app, allowances),
    ]
    return [*routers, *([signin.router(), demo.router(app)] if app.settings.demo else [eid.router()])]


def _static() -> Router:
    kept = CacheControlHeader(max_age=DAY, public=True)
    return create_static_files_router(
        path="/static",
        directories=[STATIC],
        cache_control=kept,
        opt=dict(asked.anybody("styles and pictures tell of nobody")),
    )


def _working(app: App) -> Callable[[Litestar], Any]:
    @asynccontextmanager
    async def working(_: Litestar) -> AsyncGenerator[None]:
        app.worker.start()
        try:
            yield
        finally:
            app.worker.stop()

    return working
