"""A vital event as civil registries anywhere tell it, before a pack says what it means there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

__all__ = ["CivilRecord"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CivilRecord:
    """A birth or death (`happened`: "birth" or "death") with identifiers by their type ("UIN").

    `field` is where the person stands in the message; `parents` may be empty, `places` are codes of
    places that the person lives in; `sex` is "" if not told.
    """

    happened: str
    field: str
    identifiers: Mapping[str, str]
    name: str
    sex: str
    born: date | None
    died: date | None
    parents: tuple[Mapping[str, str], ...]
    places: tuple[str, ...]
