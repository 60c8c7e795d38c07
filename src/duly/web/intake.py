"""The doors for messages: CloudEvents at /events, DCI notifications, uses that departments report at /uses.

A source shows its key before its body is read. What was accepted is durable when the answer leaves.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec
from litestar import Request, Response, Router, post
from litestar.connection import ASGIConnection
from litestar.exceptions import HTTPException
from litestar.handlers.base import BaseRouteHandler
from litestar.params import RawBody

from duly.clock import SystemClock
from duly.connectors import cloudevents, dci
from duly.connectors.reported_uses import read_reports
from duly.connectors.signatures import require_digest
from duly.errors import BadInput, Denied, DulyError, TooLarge
from duly.events import Arrived, Intake, Outcome, Source
from duly.web.allowance import Allowances, Door
from duly.web.asked import sources
from duly.web.intake_schema import events_operation, notify_operation, uses_operation
from duly.web.problems import answer, described
from duly.web.proofs import Trust, require_written, shown

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["MOST_BYTES", "router", "routes"]

MOST_BYTES: Final = 20_000_000
"""A body of this size or more is too large."""
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
JSON: Final = "application/json"

AnyRequest = Request[Any, Any, Any]


def router(app: App, allowances: Allowances) -> Router:
    """The doors of a wired app."""
    settings = app.settings
    trust = Trust(
        scheme=settings.address.partition(":")[0],
        proxies=frozenset(one.strip() for one in settings.proxies.split(",") if one.strip()),
        now=SystemClock("UTC").now,
    )
    return routes(app.intake, allowances, trust)


def routes(intake: Intake, allowances: Allowances, trust: Trust) -> Router:
    """The doors of an intake."""

    def knows_the_source(connection: ASGIConnection[Any, Any, Any, Any], _: BaseRouteHandler) -> None:
        source, asked = shown(intake, connection, trust)
        allowances.take(Door.INTAKE, source.uri if source is not None else "")
        connection.state.source, connection.state.asked = source, asked

    @post(
        "/events",
        sync_to_thread=True,
        operation_class=events_operation(intake.types),
        tags=["intake"],
        exception_handlers={DulyError: _problem, HTTPException: _problem_of_http},
    )
    def events(request: AnyRequest, body: RawBody) -> Response[bytes]:
        """Take in CloudEvents: one, structured or binary, or a batch of which each has its own outcome."""
        delivery = cloudevents.read_request(_lowered(request), _fits(request, body))
        outcomes = _taken(intake, request.state.source, delivery.items)
        return _several(outcomes) if delivery.batch else _single(outcomes[0])

    @post(
        "/dci/registry/notify",
        sync_to_thread=True,
        operation_class=notify_operation(),
        tags=["intake"],
        exception_handlers={DulyError: _dci_error(intake), HTTPException: _dci_http_error(intake)},
    )
    def notify(request: AnyRequest, body: RawBody) -> Response[bytes]:
        """Take in a DCI v1.0.0 notification of births and deaths."""
        content, sender = _fits(request, body), request.state.source
        if sender is not None:
            require_written(intake, sender, content, trust)
        correlation, told = dci.read_notification(content)
        source: Source = sender or _civil_registry(intake)
        outcomes = intake.take(source, dci.envelopes(intake.types, source, told))
        return _acknowledgement(intake, correlation, outcomes)

    @post(
        "/uses",
        sync_to_thread=True,
        operation_class=uses_operation(),
        tags=["intake"],
        exception_handlers={DulyError: _problem, HTTPException: _problem_of_http},
    )
    def uses(request: AnyRequest, body: RawBody) -> Response[bytes]:
        """Take in uses that a department made. The answer is the same whoever is known."""
        content, source = _fits(request, body), request.state.source
        if source is None:
            raise Denied("No key was shown", detail="Who reports uses is known by a key.", status=401)
        return _several(intake.take(source, read_reports(source, content)))

    return Router(
        path="/",
        route_handlers=[events, notify, uses],
        guards=[knows_the_source],
        opt=sources("a source shows its key before its body is read"),
        request_max_body_size=MOST_BYTES - 1,
    )


def _fits(request: AnyRequest, body: bytes) -> bytes:
    """The body, which is the one that was signed where the request was."""
    if request.state.asked is not None:
        require_digest(request.state.asked, body)
    return body


def _taken(intake: Intake, source: Source | None, items: Sequence[Arrived | DulyError]) -> Sequence[Outcome]:
    return intake.take_any(items) if source is None else intake.take(source, items)


def _lowered(request: AnyRequest) -> dict[str, str]:
    return {name.lower(): value for name, value in request.headers.items()}


def _single(outcome: Outcome) -> Response[bytes]:
    if outcome.problem is not None:
        return answer(outcome.problem)
    return _json({"id": outcome.id, "status": outcome.status}, 202)


def _several(outcomes: Sequence[Outcome]) -> Response[bytes]:
    """202 if all is well, else 207; each outcome says its own status."""
    counts = {"accepted": 0, "repeated": 0, "conflict": 0, "refused": 0}
    for outcome in outcomes:
        counts[outcome.status] += 1
    told = [_outcome(place, outcome) for place, outcome in enumerate(outcomes)]
    well = counts["conflict"] == counts["refused"] == 0
    return _json({**counts, "outcomes": told}, 202 if well else 207)


def _outcome(place: int, outcome: Outcome) -> dict[str, Any]:
    told: dict[str, Any] = {"index": place, "id": outcome.id, "status": outcome.status}
    if outcome.problem is not None:
        told["problem"] = described(outcome.problem)
    return told


def _json(content: Any, status: int) -> Response[bytes]:
    return Response(msgspec.json.encode(content), status_code=status, media_type=JSON)


def _problem(_: AnyRequest, error: DulyError) -> Response[bytes]:
    return answer(error)


def _problem_of_http(_: AnyRequest, error: HTTPException) -> Response[bytes]:
    return answer(_as_ours(error))


def _as_ours(error: HTTPException) -> DulyError:
    if error.status_code == 413:
        return TooLarge(
            "The body is too large",
            detail=f"It has {MOST_BYTES:,} bytes or more.",
            where="body",
            hint="Send smaller batches.",
        )
    return BadInput("The request cannot be read", detail=error.detail, status=error.status_code)


def _civil_registry(intake: Intake) -> Source:
    """Who sends vital events where no key is needed: the register whose types are made of them."""
    for kind in intake.types.classes.values():
        if kind.register in intake.sources.open_registers and "from_civil" in vars(kind):
            return Source(uri=f"urn:dci:{kind.register}", register=kind.register, keys=())
    raise Denied("No key was shown", detail="No register sends vital events here.", status=401)


def _acknowledgement(intake: Intake, correlation: str, outcomes: Sequence[Outcome]) -> Response[bytes]:
    problem = next((one.problem for one in outcomes if one.problem is not None), None)
    return _acknowledge(intake, correlation, problem)


def _acknowledge(intake: Intake, correlation: str, problem: DulyError | None) -> Response[bytes]:
    now = EPOCH + timedelta(microseconds=intake.clock.now())
    return _json(dci.acknowledged(correlation, now, problem), 200 if problem is None else problem.status)


def _dci_error(intake: Intake) -> Any:
    def handler(_: AnyRequest, error: DulyError) -> Response[bytes]:
        if error.status in (401, 403):
            return _json(dci.http_error(error), error.status)
        return _acknowledge(intake, "", error)

    return handler


def _dci_http_error(intake: Intake) -> Any:
    def handler(_: AnyRequest, error: HTTPException) -> Response[bytes]:
        return _acknowledge(intake, "", _as_ours(error))

    return handler
