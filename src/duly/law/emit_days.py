"""A day that a calculation comes to is one that calendars reach, or it is unknown.

Days of facts have 32 bits, and what is added to them is small; then nothing is written at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from duly.law.emitted import Scope, Value, Writer, called, least
from duly.law.ir import Kind
from duly.law.scalars import FARTHEST

__all__ = ["near"]

Emit = Callable[[Writer, Any, Scope], Value]


def near(emit: Emit) -> Emit:
    """The same for a node that may come to a day, which is looked at where it is not proved to be near."""

    def looked_at(w: Writer, node: Any, scope: Scope) -> Value:
        found = emit(w, node, scope)
        if node.type.kind is not Kind.DAY or (found.span and _is_near(*found.span)):
            return found
        day, fits = w.named(called("dated", found.only), 2)
        return replace(found, parts=(day,), known=w.kept(least(found.known, fits)))

    return looked_at


def _is_near(low: int, high: int) -> bool:
    return low >= -FARTHEST and high <= FARTHEST
