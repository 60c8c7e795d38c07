"""Who is signed in is kept on the server; a browser holds a random key and nothing else.

A session lives for eight hours of the machine's own running time, whatever the (simulated) clock of the world
says, and ends with the process.
"""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import Final

from duly.errors import Denied

__all__ = ["COOKIE", "NOBODY", "Session", "Sessions"]

COOKIE: Final = "duly"
NOBODY: Final = 0
LIFE: Final = 8 * 60 * 60
MOST: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One browser: its key, the token its forms carry, and the subject or the officer who is signed in.

    `subject` is NOBODY, `officer` and `agency` are "" where nobody is. A `cleared` officer may open
    protected people. `ends` is in seconds of the process.
    """

    key: str
    token: str
    subject: int
    officer: str
    agency: str
    cleared: bool
    name: str
    ends: float

    def check(self, token: str) -> None:
        """Denied unless the form was made for this session."""
        if not hmac.compare_digest(self.token.encode(), token.encode()):
            raise Denied(
                "The form is not yours",
                detail="It carries another token.",
                hint="Load the page and try again.",
            )


class Sessions:
    """The sessions of this process; the oldest gives way when there are too many."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._open: dict[str, Session] = {}
        self._lock = Lock()

    def find(self, key: str) -> Session | None:
        """The living session with this key."""
        with self._lock:
            found = self._open.get(key)
            if found is not None and found.ends <= self._clock():
                del self._open[key]
                return None
            return found

    def begin(self, *, subject: int, officer: str, agency: str, cleared: bool, name: str) -> Session:
        """A new session with a key and a token that nobody has seen."""
        made = Session(
            key=secrets.token_urlsafe(32),
            token=secrets.token_urlsafe(32),
            subject=subject,
            officer=officer,
            agency=agency,
            cleared=cleared,
            name=name,
            ends=self._clock() + LIFE,
        )
        with self._lock:
            while len(self._open) >= MOST:
                del self._open[next(iter(self._open))]
            self._open[made.key] = made
        return made

    def end(self, key: str) -> None:
        """Forget a session; one that is unknown is forgotten already."""
        with self._lock:
            self._open.pop(key, None)
