"""A session is one browser's: whoever is signed in there, and the token that its forms carry."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import Final

from duly.errors import Denied

__all__ = ["CLEARED", "COOKIE", "INSIDE", "NOBODY", "Listed", "Outside", "Session"]

COOKIE: Final = "duly"
NOBODY: Final = 0
CLEARED: Final = "cleared"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the provider of the sign-in calls the session and the person.

    Empty texts where nobody, or only the demonstration, signed in.
    """

    provider: str
    session: str
    person: str


INSIDE: Final = Outside(provider="", session="", person="")
"""Nobody, or only the demonstration, signed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser: its key, the token its forms carry, and the subject or the officer who is signed in.

    `key` is what the browser is to hold from now on. `subject` is NOBODY, `officer`, `agency` and `role` are
    "" where nobody is. A `cleared` officer may open protected people.
    """

    id: int
    key: str
    token: str
    subject: int
    agency: str
    officer: str
    role: str
    name: str
    provider: str

    @property
    def cleared(self) -> bool:
        return self.role == CLEARED

    def check(self, token: str) -> None:
        """Denied unless the form was made for this session."""
        if not hmac.compare_digest(self.token.encode(), token.encode()):
            raise Denied(
                "The form is not yours",
                detail="It carries another token.",
                hint="Load the page and try again.",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A session as its owner or a keeper sees it. Instants are microseconds."""

    id: int
    agency: str
    officer: str
    role: str
    browser: str
    begun_at: int
    seen_at: int
