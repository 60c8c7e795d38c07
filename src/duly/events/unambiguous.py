"""A JSON object names each member once: of two with one name, two readers would each believe another.

What was checked or signed by one reader must be what another reads, so a repeated name is refused, at any
depth, and so are bytes that are no UTF-8.
"""

from __future__ import annotations

import json
from typing import Final

from duly.errors import BadInput
from duly.events.problems import UNREADABLE, malformed

__all__ = ["require_unambiguous"]


class _Twice(Exception):  # noqa: N818 - caught below, never seen
    """A name that stands twice in one object."""


def require_unambiguous(body: bytes | bytearray | memoryview, *, title: str) -> None:
    """BadInput where an object of this JSON names a member twice, or the text is no UTF-8."""
    try:
        _READER.decode(str(body, "utf-8"))
    except _Twice as error:
        raise BadInput(
            title,
            detail="An object names a member twice.",
            where=str(error)[:200],
            hint="Name each member once.",
        ) from error
    except (*UNREADABLE, ValueError) as error:
        raise malformed(error, title=title, within="", fields=()) from error


def _once(pairs: list[tuple[str, object]]) -> None:
    if len(dict(pairs)) == len(pairs):
        return
    names = [name for name, _ in pairs]
    raise _Twice(next(name for name in names if names.count(name) > 1))


_READER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)
