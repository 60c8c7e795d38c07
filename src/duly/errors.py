"""Every error that a user can meet says what was wrong, where, and what to do, and is of one kind.

The kind decides who acts: `BadInput`, `Denied`, `NotFound`, `Conflict` and `TooLarge` are the sender's to
mend, `TryAgain` passes by itself, `OurFault` is ours. `status` is the HTTP status that says the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "BadInput",
    "Conflict",
    "Denied",
    "DulyError",
    "NotFound",
    "OurFault",
    "TooLarge",
    "TooOften",
    "TryAgain",
    "near_miss",
]


class DulyError(Exception):
    """An error with a title (the same for every occurrence), a detail, a place and a way out.

    `where` names the field, file or object ("" if there is none), `hint` what to do ("" if nothing helps).
    """

    status = 500

    def __init__(
        self, title: str, *, detail: str, where: str = "", hint: str = "", status: int | None = None
    ) -> None:
        super().__init__(title)
        self.title = title
        self.detail = detail
        self.where = where
        self.hint = hint
        self.status = type(self).status if status is None else status

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        hint = f" {self.hint}" if self.hint else ""
        return f"{self.title}{place}: {self.detail}{hint}"


class BadInput(DulyError):  # noqa: N818 - the kinds are words that a caller reads, as in `except TryAgain`
    """What was sent cannot be understood (400) or cannot be true (422)."""

    status = 400


class Denied(DulyError):  # noqa: N818
    """No policy permits it."""

    status = 403


class NotFound(DulyError):  # noqa: N818
    """What was named does not exist, or is not for the one who asks."""

    status = 404


class Conflict(DulyError):  # noqa: N818
    """It contradicts what is already recorded."""

    status = 409


class TooLarge(DulyError):  # noqa: N818
    """More than is taken at once."""

    status = 413


class TryAgain(DulyError):  # noqa: N818
    """Nothing is wrong with the request; the same request may succeed later. Nothing was changed."""

    status = 503


class TooOften(TryAgain):
    """Asked more often than is allowed; `seconds` is how long to wait."""

    status = 429

    def __init__(self, *, seconds: int) -> None:
        super().__init__(
            "Asked too often",
            detail="Nothing was done.",
            hint=f"Ask again in {seconds} s.",
        )
        self.seconds = seconds


class OurFault(DulyError):  # noqa: N818
    """Duly is wrong, or its data are; trying again does not help."""

    status = 500


def near_miss(wrong: str, known: Iterable[str]) -> str:
    """A sentence that suggests the nearest known word, or "" when none is near."""
    near = get_close_matches(wrong, list(known), n=1, cutoff=0.6)
    return f"Did you mean {near[0]!r}?" if near else ""
