"""What a monitor asks every few seconds, in Prometheus's text format: figures of the ledger, of nobody.

Whoever asks shows the key that the operator has put into a file of its own (`DULY_METRICS`); without that
file nobody is served.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from litestar import Request, Response, Router, get

from duly.errors import Denied, OurFault
from duly.ledger import Keeper
from duly.ledger.lag import BOUNDS, Lags
from duly.ledger.standing import Standing
from duly.web.asked import operators
from duly.web.site import Here

__all__ = ["router", "told"]

FORMAT: Final = "text/plain; version=0.0.4"
SHORTEST: Final = 32
"""Characters of a key that is taken."""


@get("/metrics", sync_to_thread=True, include_in_schema=False)
def metrics(site: Here, request: Request[Any, Any, Any]) -> Response[str]:
    """How far the ledger is, how long entries wait, and what is wrong. It holds no personal data."""
    _require_key(site.app.settings.metrics, request.headers.get("authorization", ""))
    return Response(told(site.app.keeper), media_type=FORMAT, headers={"Cache-Control": "no-store"})


def told(keeper: Keeper) -> str:
    """The figures. Where the log cannot be read, only the alarms."""
    kinds = [alarm.kind for alarm in keeper.alarms()]
    lines = list(_alarms(kinds))
    try:
        lines += _figures(keeper.standing(), keeper.lag.lags())
    except OurFault:
        lines += _head("duly_ledger_unreadable", "gauge", "The log cannot be read.")
        lines.append("duly_ledger_unreadable 1")
    return "".join(f"{line}\n" for line in lines)


def _alarms(kinds: list[str]) -> Iterator[str]:
    yield from _head("duly_ledger_alarms", "gauge", "What is wrong with the ledger, 1 for each; 0: nothing.")
    yield f"duly_ledger_alarms {len(kinds)}"
    for kind in kinds:
        yield f'duly_ledger_alarm{{kind="{_quoted(kind)}"}} 1'


def _figures(found: Standing, lags: Lags) -> Iterator[str]:
    signed = found.newest.checkpoint.size if found.newest else 0
    for name, value, said in (
        ("signed", signed, "Entries that the newest checkpoint covers."),
        ("counting", found.covered, "Entries that a checkpoint covers which counts."),
        ("pending", found.waiting, "Entries that wait to be signed."),
        ("lag_seconds", round(lags.now, 3), "How long the oldest entry has waited that is not covered so."),
    ):
        yield from _head(f"duly_ledger_{name}", "gauge", said)
        yield f"duly_ledger_{name} {value}"
    for one in found.witnesses:
        yield f'duly_ledger_witness_size{{witness="{_quoted(one.name)}"}} {one.size}'
    name = "duly_ledger_covered_seconds"
    yield from _head(name, "histogram", "From an entry's first look to the checkpoint that covers it so.")
    for bound, many in zip(BOUNDS, lags.within, strict=True):
        yield f'{name}_bucket{{le="{bound}"}} {many}'
    yield f'{name}_bucket{{le="+Inf"}} {lags.covered}'
    yield f"{name}_sum {lags.seconds:.3f}"
    yield f"{name}_count {lags.covered}"


def _head(name: str, kind: str, said: str) -> tuple[str, str]:
    return f"# HELP {name} {said}", f"# TYPE {name} {kind}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _require_key(file: Path, authorization: str) -> None:
    key = file.read_text(encoding="utf-8").strip() if file.is_file() else ""
    scheme, _, shown = authorization.partition(" ")
    right = hmac.compare_digest(shown.strip().encode(), key.encode())
    if len(key) < SHORTEST or scheme.lower() != "bearer" or not right:
        raise Denied(
            "This is for a monitor that shows its key",
            detail="No key was shown that the installation has.",
            where="Authorization",
            hint=f"The operator writes a key of {SHORTEST} characters or more into {file.name}.",
            status=401,
        )


def router() -> Router:
    """The figures."""
    return Router(
        path="/",
        opt=operators("a key in a file of the operator's own"),
        route_handlers=[metrics],
    )
