"""That a department used somebody's data: what it tells so that the person sees it beside Duly's own uses.

Reports come in as any event, exactly once, and say no facts: what becomes of one is an entry in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Annotated, Final

from msgspec import Meta

from duly.events.message import Message, Statement, refuse
from duly.vault import Identifier, spoken

__all__ = ["OLDEST", "REPORTED", "UseReported"]

REPORTED: Final = "duly.use-reported.v1"
OLDEST: Final = date(2000, 1, 1)
_END: Final = r"$(?![\s\S])"  # "$" alone lets a line break by
_CLEAR: Final = r"^[^\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]*" + _END
"""No control characters, and none that turn the direction of what others wrote."""

Line = Annotated[str, Meta(min_length=1, max_length=200, pattern=_CLEAR)]
Maybe = Annotated[str, Meta(max_length=200, pattern=_CLEAR)]
Named = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9:+/=_.-]+" + _END)]
Categories = Annotated[tuple[Line, ...], Meta(min_length=1, max_length=20)]


class UseReported(Message, type=REPORTED, register="", kw_only=True):
    """A use of a person's data that a department made with a system of its own.

    `organisation` is the department as the pack calls it, `person` by its own identifier (or the registers',
    where law gives it that); `officer` a pseudonym, "" for a machine. `code` names the purpose for machines,
    `purpose`, `legal_basis` and `categories` are for people to read. `reference` is the department's own.
    """

    organisation: Named
    person: Named
    at: Annotated[datetime, Meta(tz=True)]
    system: Line
    officer: Maybe = ""
    code: Maybe = ""
    purpose: Line
    legal_basis: Line
    categories: Categories
    reference: Maybe = ""

    def says(self) -> Iterable[Statement]:
        """No facts."""
        return ()

    def check(self, today: date) -> None:
        """Uses are reported when they have been made."""
        if self.at.date() > date.fromordinal(today.toordinal() + 1):
            raise refuse("at", "It lies in the future; what has happened is reported.")
        if self.at.date() < OLDEST:
            raise refuse("at", f"It lies before {OLDEST}.")

    def about(self, scheme: str) -> Identifier:
        """Whose data it was; `scheme` is of the registers' identifier."""
        return spoken(self.person) or Identifier(scheme, self.person)
