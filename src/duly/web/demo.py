"""The tour: buttons that send real messages through the real intake, and pages that show how they walked.

It exists only in demo mode. The registers' keys are read from beside the database, because here one process
plays all parts; the messages still go over HTTP, with a key, like anybody's.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

import httpx
import msgspec
from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody, URLEncodedBody
from litestar.status_codes import HTTP_200_OK

from duly.demo.account import account
from duly.demo.cast import Cast, read_cast, read_played, write_played
from duly.demo.clockwork import advance, next_rise, simulated_day
from duly.demo.directory import sender_keys
from duly.demo.dump import dump
from duly.demo.messages import Envelope
from duly.demo.neighbour import open_a_neighbours_record
from duly.demo.registers import FIRST, LAST
from duly.demo.scenes import Played, cancel
from duly.demo.sender import Sender
from duly.demo.tour import (
    SCENES,
    TAKEN_BACK,
    Curl,
    Scene,
    Step,
    WalkShown,
    after,
    curl,
    curl_of_the_clock,
    curl_of_the_look,
    outcome,
    scene_named,
    steps,
)
from duly.demo.walk import Gain, Walk, held_for_two
from duly.errors import Conflict, Denied, NotFound
from duly.law import Pack
from duly.web.asked import anybody
from duly.web.site import Form, Here, Site, Visitor, Who, page

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["router"]

YOURSELF: Final = "sqlite3 .duly/duly.db 'SELECT hex(sealed) FROM decision LIMIT 3'"
AnyRequest = Request[Any, Any, Any]


class Day(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A day of the town's time."""

    day: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """As whom to look next."""

    identity: str
    text: str


class Tour:
    """The stage: one scene at a time, and what was said is kept, so that it can be taken back."""

    def __init__(self, app: App) -> None:
        self.directory = app.settings.directory
        self.lock = Lock()

    def cast(self) -> Cast | None:
        return read_cast(self.directory)

    def said(self, scene: str, played: Played) -> None:
        """Keep what a scene is about to say beside what it said before: all of it can be taken back."""
        messages = tuple((event["type"], event["id"]) for _, events in played for event in events)
        kept = read_played(self.directory)
        write_played(self.directory, {**kept, scene: (*kept.get(scene, ()), *messages)})

    def unsaid(self, scene: str) -> tuple[tuple[str, str], ...]:
        """All that a scene said and has not taken back, which it now does."""
        kept = read_played(self.directory)
        found = kept.pop(scene, ())
        write_played(self.directory, kept)
        return found


def router(app: App) -> Router:
    """The tour's pages and the town's clock, over one wired app."""
    tour = Tour(app)
    return Router(
        path="/demo",
        opt=anybody("it exists in the demonstration only, which has no real people"),
        route_handlers=[show, database, get_clock, set_clock, get_summary, take_back, play],
        dependencies={"tour": Provide(lambda: tour, sync_to_thread=False)},
        signature_types=[Site, Visitor, Tour],
        include_in_schema=False,
    )


@get("/", sync_to_thread=True)
def show(site: Here, visitor: Who, tour: NamedDependency[Tour]) -> Response[str]:
    """The tour."""
    cast, today = tour.cast(), simulated_day(site.app)
    return page(
        site,
        visitor,
        "demo/tour.html",
        today=f"{today:%-d %B %Y}",
        loading=cast is not None and today < LAST,
        ready=cast is not None,
        scenes=SCENES,
        people=cast.shown if cast is not None else (),
    )


@post("/{name:str}", sync_to_thread=True, status_code=HTTP_200_OK)
def play(
    request: AnyRequest, site: Here, visitor: Who, tour: NamedDependency[Tour], name: FromPath[str]
) -> Response[str]:
    """Play a scene; the page of its walk."""
    ours(request)
    scene, cast = scene_named(name), tour.cast()
    if scene is None or scene.link:
        raise NotFound("No such scene", detail=f"The tour has no scene {name!r}.")
    if cast is None:
        raise Conflict("Nobody is there yet", detail="The town is not loaded.", hint="Run `make demo` first.")
    with tour.lock:
        if scene.name == "rate-rise":
            return _rise(site, visitor, scene)
        if scene.name == "neighbour":
            return _neighbour(site, visitor, scene, cast)
        if scene.play is None:
            raise NotFound("No such scene", detail=f"The scene {name!r} has no messages.")
        played = scene.play(cast, simulated_day(site.app))
        if scene.undo:
            tour.said(name, played)
        return _walked(site, visitor, scene, played, scene.name, scene.undo)


@post("/take-back", sync_to_thread=True, status_code=HTTP_200_OK)
def take_back(
    request: AnyRequest, site: Here, visitor: Who, tour: NamedDependency[Tour], data: URLEncodedBody[Form]
) -> Response[str]:
    """The register cancels what a scene said."""
    ours(request)
    scene = scene_named(data.get("scene", ""))
    said = () if scene is None else tour.unsaid(scene.name)
    if scene is None or not said:
        raise Conflict("There is nothing to take back", detail="The scene was not played, or is taken back.")
    with tour.lock:
        return _walked(site, visitor, scene, cancel(said, simulated_day(site.app)), TAKEN_BACK, "")


def _walked(
    site: Site, visitor: Visitor, scene: Scene, played: Played, told_as: str, undo: str
) -> Response[str]:
    """Send each batch, watch it walk, and show it."""
    url, directory = site.app.settings.url, site.app.settings.directory
    walks: list[WalkShown] = []
    curls: list[Curl] = []
    gains: tuple[Gain, ...] = ()
    with httpx.Client(base_url=url, timeout=120) as client:
        sender = Sender(client, sender_keys(directory))
        for register, events in played:
            walk = Walk(store=site.app.worker.acting)
            sender.send(register, events)
            answered = walk.elapsed()
            gains = walk.wait()
            title = told(site.app.pack, register, events)
            walks.append(WalkShown(title=title, steps=steps(gains, answered)))
            one = "The same by hand" if len(events) == 1 else "The first of them by hand"
            curls.append(curl(f"{one}: {title}", url, directory, register, events[0]))
    with site.app.store.read() as conn:
        held = held_for_two(conn)
    lines = outcome(told_as, gains, held)
    return _page(site, visitor, scene, walks, curls, lines, looks_of(played), undo)


def _rise(site: Site, visitor: Visitor, scene: Scene) -> Response[str]:
    """Move the town's time to the next rise of a rate."""
    day = next_rise(site.app.pack, simulated_day(site.app))
    if day is None:
        lines = ("The law knows no later rise: all that is decreed so far is in force.",)
        return _page(site, visitor, scene, [], [], lines, (), "")
    walk = Walk(store=site.app.worker.acting)
    advance(site.app, day)
    answered = walk.elapsed()
    gains = walk.wait()
    walks = [WalkShown(title=f"The clock moves to {day:%-d %B %Y}", steps=steps(gains, answered))]
    curls = [curl_of_the_clock(site.app.settings.url, day)]
    return _page(site, visitor, scene, walks, curls, outcome(scene.name, gains, 0), (), "")


def _neighbour(site: Site, visitor: Visitor, scene: Scene, cast: Cast) -> Response[str]:
    """An officer's look, and the neighbour's."""
    identity = secrets.choice(cast.neighbours)
    seen = open_a_neighbours_record(site.app.settings.url, identity)
    found = (
        Step(
            stage="officer", what=f"nav-2 sees the record, and wrote: {seen.reason}", after=after(seen.opened)
        ),
        Step(
            stage="neighbour",
            what="sees on their page who it was, why, and which facts",
            after=after(seen.seen),
        ),
    )
    walks = [WalkShown(title="On the two pages", steps=found)]
    lines = (f"The neighbour could read it {after(seen.seen)} after the officer's click.",)
    looks = (Look(identity=identity, text="Be the neighbour, and look under “Who used your data”"),)
    curls = [curl_of_the_look(site.app.settings.url, identity)]
    return _page(site, visitor, scene, walks, curls, lines, looks, "")


@get("/database", sync_to_thread=True)
def database(site: Here, visitor: Who) -> Response[str]:
    """The database as a viewer shows it."""
    with site.app.worker.acting.read() as conn:
        tables = dump(conn)
    return page(site, visitor, "demo/database.html", tables=tables, yourself=YOURSELF)


@get("/clock", sync_to_thread=True)
def get_clock(site: Here) -> Day:
    """Today, in the town."""
    return Day(day=simulated_day(site.app))


@post("/clock", sync_to_thread=True, status_code=HTTP_200_OK)
def set_clock(request: AnyRequest, site: Here, data: JSONBody[Day]) -> Day:
    """Finish what is to be done, move to a day, and finish what is due on it."""
    ours(request)
    advance(site.app, data.day)
    return Day(day=simulated_day(site.app))


@get("/summary", sync_to_thread=True)
def get_summary(site: Here) -> dict[str, Any]:
    """What happened, counted."""
    return account(site.app, FIRST, simulated_day(site.app))


def ours(request: AnyRequest) -> None:
    """Denied where another site's page sent the form."""
    if request.headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:
        raise Denied("Another site sent this", detail="The tour's buttons work on the tour's pages only.")


def told(pack: Pack, register: str, events: Sequence[Envelope]) -> str:
    """What a batch says, in a few words."""
    kind = events[0]["type"].split(".")[2]
    action = {"correct": "corrected", "cancel": "cancelled"}.get(events[0].get("action", ""), "reported")
    number = "" if len(events) == 1 else f" ({len(events):,} messages)"
    title: str = pack.section("registers")[register]["title"]["en"]
    return f"{title[0].upper()}{title[1:]}: {kind} {action}{number}"


def looks_of(played: Played) -> tuple[Look, ...]:
    """Whom a scene's first messages are about: the mother of a newborn, else the person."""
    data = played[0][1][0].get("data", {})
    who = data.get("mother") or data.get("person")
    return (Look(identity=who, text="See it as the one whom it concerns"),) if who else ()


def _page(
    site: Site,
    visitor: Visitor,
    scene: Scene,
    walks: Sequence[WalkShown],
    curls: Sequence[Curl],
    lines: Sequence[str],
    looks: Sequence[Look],
    undo: str,
) -> Response[str]:
    return page(
        site,
        visitor,
        "demo/walk.html",
        scene=scene.name,
        title=scene.title,
        walks=walks,
        curls=curls,
        outcome=lines,
        looks=looks,
        undo=undo,
    )
