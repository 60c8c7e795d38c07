"""Estonia's `findUsage` 2.1.0: a portal asks, for the person who is signed in there, who used their data.

It is reached through an X-Road security server: only the addresses in `x_road_servers` may ask, and only for
the consumers in `x_road_clients`. Answering is itself a use of the person's data, and leaves its entry first.
Uses that people made of their own data are left out, so that asking does not move the pages. A person's data
are told to that person alone; whoever else is named is answered as if nobody were known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import Request, Response, Router, get
from litestar.connection import ASGIConnection
from litestar.enums import MediaType
from litestar.handlers.base import BaseRouteHandler
from sqlalchemy import Connection, func, select

from duly.access import Actor
from duly.errors import BadInput, Denied
from duly.events.tables import inbox
from duly.notices.people import roles
from duly.vault import Identifier, Use
from duly.web.allowance import Allowances, Door
from duly.web.asked import sources
from duly.web.circle import insight, open_circle
from duly.web.dossier import UseMade
from duly.web.languages import Speech, speech
from duly.web.person_view import department_name
from duly.web.uses import uses_in

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["MOST", "Asked", "read_query", "router"]

MOST: Final = 1000
INT32: Final = 2**31
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
INSTANT: Final = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII
)
WHOLE: Final = re.compile(r"[+-]?\d{1,10}", re.ASCII)
CODE: Final = re.compile(r"(?:[A-Z]{2})?(?P<number>[^\s]{1,64})", re.ASCII)
SYSTEM: Final = "findUsage"
OURS: Final = "Duly"
TITLE: Final = "The question cannot be answered"
NOBODY: Final = "Nobody is known by this code whose data the one who asks may see."
AnyRequest = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question: who asks, about whom, from and until when (microseconds, None: open), and which page."""

    user: str
    about: str
    start: int | None
    end: int | None
    offset: int
    limit: int

    def within(self, at: int) -> bool:
        return (self.start is None or at >= self.start) and (self.end is None or at <= self.end)


def read_query(user: Sequence[str], query: Sequence[tuple[str, str]]) -> Asked:
    """Read a question. BadInput names the parameter that is wrong; each may be given once."""
    told: dict[str, str] = {}
    for name, value in query:
        if name in told:
            raise _wrong(name, "It is given twice.")
        told[name] = value
    if len(user) != 1:
        raise _wrong("X-Road-UserId", "The header has to be given once.")
    if "userCode" not in told:
        raise _wrong("userCode", "It is missing.")
    return Asked(
        user=user[0],
        about=told["userCode"],
        start=_instant(told, "periodStart"),
        end=_instant(told, "periodEnd"),
        offset=max(0, _whole(told, "offset", 0)),
        limit=min(MOST, max(0, _whole(told, "limit", MOST))),
    )


def router(app: App, allowances: Allowances) -> Router:
    """The service of a wired app."""
    servers, clients = _listed(app.settings.x_road_servers), _listed(app.settings.x_road_clients)

    def through_x_road(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        peer = connection.client.host if connection.client else ""
        client = connection.headers.getall("x-road-client", [])
        if peer not in servers or len(client) != 1 or client[0].strip("/") not in clients:
            raise Denied(
                "Not a consumer of this service",
                detail="It is asked through our security server, by those whom we name.",
                where="X-Road-Client",
                hint="The settings are DULY_X_ROAD_SERVERS and DULY_X_ROAD_CLIENTS.",
            )
        allowances.take(Door.INTAKE, client[0].strip("/"))
        connection.state.consumer = client[0].strip("/")

    @get("/v2/findUsage", sync_to_thread=True, include_in_schema=False)
    def find_usage(request: AnyRequest) -> Response[bytes]:
        """Who used a person's data, newest first."""
        pairs = [(name, value) for name, value in request.query_params.multi_items()]
        asked = read_query(request.headers.getall("x-road-userid", []), pairs)
        found = _found(app, asked, request.state.consumer)
        if found is None:
            return _json({"totalUsages": 0, "usages": [], "message": NOBODY})
        kept = [use for use in found if asked.within(use.at) and not use.own]
        page = kept[asked.offset : asked.offset + asked.limit]
        words = speech(app.pack, app.pack.languages[0])
        return _json({"totalUsages": len(kept), "usages": [_usage(words, use) for use in page]})

    @get("/v2/usagePeriod", sync_to_thread=True, include_in_schema=False)
    def usage_period() -> Response[bytes]:
        """Since when there can be uses: since the first message."""
        with app.store.read() as conn:
            first = conn.execute(select(func.min(inbox.c.received_at))).scalar()
        return _json({"periodStart": _told(app.clock.now() if first is None else first)})

    @get("/v2/heartbeat", sync_to_thread=True, include_in_schema=False)
    def heartbeat() -> Response[bytes]:
        """OK when the database answers."""
        with app.store.read() as conn:
            conn.execute(select(1)).scalar_one()
        return _json({"status": "OK", "message": "API is ready"})

    return Router(
        path="/",
        route_handlers=[find_usage, usage_period, heartbeat],
        guards=[through_x_road],
        opt=sources("a security server says which consumer asks, and only the person concerned is told"),
    )


def _found(app: App, asked: Asked, consumer: str) -> list[UseMade] | None:
    """The uses that the person may see; None where it is not the person who asks, or nobody is known."""
    if asked.user != asked.about:
        return None
    code = CODE.fullmatch(asked.about)
    if code is None:
        return None
    wanted = Identifier(roles(app.pack).scheme, code["number"])
    with app.store.acting(insight(app.pack).context).read() as conn:
        subject = app.vault.find(conn, [wanted]).get(wanted)
    if subject is None:
        return None
    use = _use(app, consumer)

    def read(conn: Connection) -> list[UseMade]:
        circle = open_circle(conn, app.vault, use, app.pack, subject, app.clock.today())
        return uses_in(app, conn, circle)

    return app.vault.disclose(use, read)


def _use(app: App, consumer: str) -> Use:
    """The person's own use, through the consumer that is named in the entry."""
    own = insight(app.pack)
    actor = Actor(organisation=own.actor.organisation, system=SYSTEM, officer="")
    return replace(own, actor=actor, about=f"{SYSTEM} {consumer}")


def _usage(words: Speech, use: UseMade) -> dict[str, str]:
    if use.words:
        return {
            "logtime": _told(use.at),
            "action": use.words,
            "receiverCode": use.organisation,
            "receiverName": department_name(words, use.organisation),
            "receiverSystem": use.system,
        }
    return {
        "logtime": _told(use.at),
        "action": words.words.name_of("purposes", use.purpose),
        "receiverCode": use.organisation,
        "receiverName": words.words.name_of("agencies", use.organisation),
        "receiverSystem": OURS,
    }


def _whole(told: dict[str, str], name: str, absent: int) -> int:
    text = told.get(name)
    if text is None:
        return absent
    if not WHOLE.fullmatch(text) or not -INT32 <= int(text) < INT32:
        raise _wrong(name, "It is no whole number of 32 bits.")
    return int(text)


def _instant(told: dict[str, str], name: str) -> int | None:
    """Microseconds of an RFC 3339 instant; a leap second counts as the second before it."""
    text = told.get(name)
    if text is None:
        return None
    found = INSTANT.fullmatch(text)
    if found is None:
        raise _wrong(name, "It is no date-time of RFC 3339, as 2021-01-31T10:20:30Z.")
    year, month, day, hour, minute, second, fraction, zone = found.groups()
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59), tzinfo=UTC
        )
        away = _away(zone)
    except ValueError as error:
        raise _wrong(name, "There is no such instant.") from error
    if int(second) > 60:
        raise _wrong(name, "There is no such instant.")
    parts = int((fraction or ".0")[1:7].ljust(6, "0"))
    return (local - EPOCH) // timedelta(microseconds=1) + parts - away


def _away(zone: str) -> int:
    """How far a zone is ahead of UTC, in microseconds."""
    if zone in "Zz":
        return 0
    hours, minutes = int(zone[1:3]), int(zone[4:6])
    if hours > 23 or minutes > 59:
        raise ValueError(zone)
    ahead = (hours * 60 + minutes) * 60 * 1_000_000
    return ahead if zone[0] == "+" else -ahead


def _told(instant: int) -> str:
    return (EPOCH + timedelta(microseconds=instant)).isoformat(timespec="microseconds").replace("+00:00", "Z")


def _listed(text: str) -> frozenset[str]:
    return frozenset(part.strip().strip("/") for part in text.split(",") if part.strip())


def _wrong(where: str, why: str) -> BadInput:
    return BadInput(TITLE, detail=why, where=where)


def _json(told: object) -> Response[bytes]:
    return Response(msgspec.json.encode(told), media_type=MediaType.JSON)
