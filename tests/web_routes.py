"""Every route of a server with each of its methods, and an address that reaches it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from litestar import Litestar
from litestar.routes import HTTPRoute

PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
FILLED = {"int": "1", "str": "x", "path": "x", "date": "2025-01-01"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One method of one route; `address` has something in place of each parameter."""

    method: str
    path: str
    handler: Any

    @property
    def address(self) -> str:
        return PARAMETER.sub(lambda found: FILLED[found.group(2)], self.path)


def doors(server: Litestar) -> list[Door]:
    """All of them."""
    return [
        Door(method=method, path=route.path, handler=handler)
        for route in server.routes
        if isinstance(route, HTTPRoute)
        for handler in route.route_handlers
        for method in sorted(handler.http_methods)
    ]
