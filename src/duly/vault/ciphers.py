"""A data key is drawn with its subject, unwrapped when it is needed, and gone when the subject is forgotten.

Unwrapped keys are remembered by their wrapped form, which is read from the database every time: a subject
that another process has forgotten is forgotten here too. When a key of a newer epoch is first seen, all that
are remembered are dropped: an epoch begins in order to forget. A ready cipher takes about 3 KB, so no more
than 16,384 are remembered, some 50 MB, and those that are used stay. Whoever goes through everybody does it
`passing`: those keys are remembered apart, however many, push nobody else's out, and are gone at the end.
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from threading import Lock
from typing import Final

from sqlalchemy import Connection, bindparam, select, update

from duly.errors import NotFound
from duly.store import insert_new, itself
from duly.vault import subjects
from duly.vault.keys import KeyService, epoch_of
from duly.vault.rotation import require_alive
from duly.vault.sealing import Cipher, cipher
from duly.vault.tables import subject

__all__ = ["REMEMBERED", "SYSTEM", "Ciphers"]

SYSTEM: Final = 0
"""The number of the system itself, whose key seals messages before their subject is known."""

_KEY: Final = 32
REMEMBERED: Final = 16_384
_SYSTEM = select(subject.c.wrapped).where(subject.c.number == SYSTEM)
_RENEW = (
    update(subject)
    .where(subject.c.number == SYSTEM)
    .values(wrapped=bindparam("now"), version=subject.c.version + 1)
)


class Ciphers:
    """The data keys of subjects, as ciphers."""

    def __init__(self, keys: KeyService) -> None:
        self._keys = keys
        self._lock = Lock()
        self._known: dict[bytes, tuple[Cipher, bytes]] = {}
        self._newest = 0
        self._passing: dict[Connection, dict[bytes, tuple[Cipher, bytes]]] = {}

    def create(self, conn: Connection, kinds: Sequence[tuple[int, str]]) -> dict[int, Cipher]:
        """Draw data keys for new (number, kind) and write their rows."""
        drawn = [(number, os.urandom(_KEY)) for number, _ in kinds]
        wrapped = self._keys.wrap(drawn)
        rows = [
            {"number": number, "kind": kind, "version": 0, "wrapped": key}
            for (number, kind), key in zip(kinds, wrapped, strict=True)
        ]
        conn.execute(subject.insert(), rows)
        require_alive(self._keys, wrapped)
        made = {number: (cipher(number, key), key) for number, key in drawn}
        self._remember(zip(wrapped, made.values(), strict=True))
        return {number: ready for number, (ready, _) in made.items()}

    def of(self, conn: Connection, numbers: Iterable[int]) -> dict[int, Cipher]:
        """The ciphers of these subjects. NotFound when one does not exist or is forgotten."""
        return {number: ready for number, (ready, _) in self._both(conn, numbers).items()}

    def keys(self, conn: Connection, numbers: Iterable[int]) -> dict[int, bytes]:
        """The data keys themselves, for what follows from them. NotFound as in `of`."""
        return {number: key for number, (_, key) in self._both(conn, numbers).items()}

    def _both(self, conn: Connection, numbers: Iterable[int]) -> dict[int, tuple[Cipher, bytes]]:
        distinct = set(numbers)
        found = subjects.wrapped_keys(conn, distinct)
        if SYSTEM in distinct and SYSTEM not in found:
            found |= self._system(conn)
        wrapped = {number: key for number, key in found.items() if key is not None}
        if missing := distinct - wrapped.keys():
            number = min(missing)
            raise _missing(number, forgotten=number in found)
        return self._ready(conn, wrapped)

    @contextmanager
    def passing(self, conn: Connection) -> Generator[None]:
        """Inside, what is unwrapped on this connection is remembered; it is forgotten at the end."""
        self._passing[conn] = {}
        try:
            yield
        finally:
            del self._passing[conn]

    def renew_system(self, conn: Connection) -> None:
        """Draw another key for the system; what is sealed by the one before is to be sealed anew."""
        self._both(conn, [SYSTEM])  # there is one
        wrapped = self._keys.wrap([(SYSTEM, os.urandom(_KEY))])
        with itself(conn):
            before = conn.execute(_SYSTEM).scalar_one()
            conn.execute(_RENEW, {"now": wrapped[0]})
        require_alive(self._keys, wrapped)
        self.drop([before])

    def drop(self, wrapped: Iterable[bytes | None]) -> None:
        """Forget unwrapped keys."""
        with self._lock:
            for key in wrapped:
                for known in (self._known, *tuple(self._passing.values())):
                    known.pop(key or b"", None)

    def _system(self, conn: Connection) -> dict[int, bytes | None]:
        key = self._keys.wrap([(SYSTEM, os.urandom(_KEY))])[0]
        row = {"number": SYSTEM, "kind": "System", "version": 0, "wrapped": key}
        with itself(conn):
            conn.execute(insert_new(subject, ["number"]), [row])
        require_alive(self._keys, [key])
        return subjects.wrapped_keys(conn, [SYSTEM])

    def _ready(self, conn: Connection, wrapped: dict[int, bytes]) -> dict[int, tuple[Cipher, bytes]]:
        passing = self._passing.get(conn, {})
        there = {key: ready for key in wrapped.values() if (ready := passing.get(key)) is not None}
        there |= self._recalled(key for key in wrapped.values() if key not in there)
        missing = [(number, key) for number, key in wrapped.items() if key not in there]
        unwrapped = self._keys.unwrap(missing)
        fresh = {
            key: (cipher(number, data), data) for (number, key), data in zip(missing, unwrapped, strict=True)
        }
        there.update(fresh)
        self._remember(fresh.items(), passing if conn in self._passing else self._known)
        return {number: there[key] for number, key in wrapped.items()}

    def _recalled(self, wanted: Iterable[bytes]) -> dict[bytes, tuple[Cipher, bytes]]:
        """Those of them that are remembered; they are the newest now, and the last to be pushed out."""
        with self._lock:
            found = {key: ready for key in wanted if (ready := self._known.pop(key, None)) is not None}
            self._known.update(found)
        return found

    def _remember(
        self,
        fresh: Iterable[tuple[bytes, tuple[Cipher, bytes]]],
        among: dict[bytes, tuple[Cipher, bytes]] | None = None,
    ) -> None:
        some = dict(fresh)
        if not some:
            return
        newest = max(map(epoch_of, some))
        with self._lock:
            if newest > self._newest:
                for known in (self._known, *tuple(self._passing.values())):
                    known.clear()
                self._newest = newest
            (self._known if among is None else among).update(some)
            while len(self._known) > REMEMBERED:
                del self._known[next(iter(self._known))]


def _missing(number: int, *, forgotten: bool) -> NotFound:
    if forgotten:
        return NotFound(
            "The subject was forgotten",
            detail="Its data key is destroyed; what was sealed under it cannot be read again.",
            where=f"subject {number}",
            status=410,
        )
    return NotFound("No such subject", detail="Nobody has this number.", where=f"subject {number}")
