"""Two nodes are one term if they say the same, wherever they stand: on one day they have one value."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import cast

from duly.law.ir import Node

__all__ = ["Terms"]


class Terms:
    """Numbers terms. It keeps the nodes that it has seen, so that none is mistaken for another."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[object, ...], int] = {}
        self._seen: dict[int, tuple[Node, int]] = {}

    def of(self, node: Node) -> int:
        """The number of the node's term."""
        seen = self._seen.get(id(node))
        if seen is not None:
            return seen[1]
        said = tuple(self._part(getattr(node, name)) for name in _said(type(node)))
        number = self._numbers.setdefault((type(node).__name__, *said), len(self._numbers))
        self._seen[id(node)] = (node, number)
        return number

    def _part(self, part: object) -> object:
        if isinstance(part, Node):
            return ("term", self.of(part))
        if isinstance(part, tuple):
            return tuple(self._part(each) for each in cast(tuple[object, ...], part))
        return part


@cache
def _said(kind: type[Node]) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind) if field.name not in ("type", "span"))
