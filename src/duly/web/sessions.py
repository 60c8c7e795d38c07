"""Who is signed in stands in the database, under the hash of a random key that only the browser holds.

A session ends after half an hour without use, and after eight hours at the latest, of the machine's own time,
whatever the (simulated) clock of the world says. Its key is changed every quarter of an hour; the one before
is good until the browser has shown the new one, and whoever shows it later ends the session.
"""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
import structlog
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import Connection, Row, bindparam, delete, insert, or_, select, update

from duly.store import Store
from duly.vault import KeyService
from duly.web.session import COOKIE, INSIDE, NOBODY, Listed, Outside, Session
from duly.web.tables import web_session

__all__ = ["COOKIE", "NOBODY", "Session", "Sessions"]

SECOND: Final = 1_000_000
IDLE: Final = 30 * 60 * SECOND
LIFE: Final = 8 * 60 * 60 * SECOND
RENEWED: Final = 15 * 60 * SECOND
GRACE: Final = 30 * SECOND
NOTED: Final = 60 * SECOND
MOST: Final = 10_000
"""Sessions of which nobody is signed in."""
_KEY: Final = 43
_NONCE: Final = 12

log: Any = structlog.get_logger("duly.web")


class _Sealed(msgspec.Struct, frozen=True, kw_only=True):
    name: str


_BY_KEY = select(web_session).where(
    or_(web_session.c.digest == bindparam("shown"), web_session.c.former == bindparam("shown"))
)
_RENEW = update(web_session).where(
    web_session.c.id == bindparam("which"), web_session.c.digest == bindparam("held")
)
_NOTE = update(web_session).where(web_session.c.id == bindparam("which"))
_OVER = or_(web_session.c.begun_at <= bindparam("begun"), web_session.c.seen_at <= bindparam("idle"))
_LISTED = (
    select(web_session)
    .where(web_session.c.begun_at > bindparam("begun"), web_session.c.seen_at > bindparam("idle"))
    .order_by(web_session.c.begun_at, web_session.c.id)
)
_NOBODYS = (web_session.c.subject == NOBODY) & (web_session.c.officer == "")
_TOO_MANY = select(web_session.c.id).where(_NOBODYS).order_by(web_session.c.begun_at.desc()).offset(MOST - 1)


class Sessions:
    """The sessions of every web process on a database. `now` is the machine's time in microseconds."""

    def __init__(self, store: Store, keys: KeyService, now: Callable[[], int]) -> None:
        self._store, self._keys, self._now = store, keys, now

    def now(self) -> int:
        """The machine's time in microseconds."""
        return self._now()

    def find(self, key: str) -> Session | None:
        """The living session with this key, which may have a new key by now."""
        row = self._row(key)
        if row is None:
            return None
        if self._is_over(row):
            self._end(web_session.c.id == row.id)
            return None
        return self._newest(row, key) if row.digest == _digest(key) else self._former(row, key)

    def look(self, key: str) -> Session | None:
        """The same, without writing anything down."""
        row = self._row(key)
        return None if row is None or self._is_over(row) else self._session(row, key)

    def _row(self, key: str) -> Row[Any] | None:
        if len(key) != _KEY:
            return None
        with self._store.read() as conn:
            return conn.execute(_BY_KEY, {"shown": _digest(key)}).one_or_none()

    def begin(
        self,
        *,
        subject: int = NOBODY,
        agency: str = "",
        officer: str = "",
        role: str = "",
        name: str = "",
        browser: str = "",
        outside: Outside = INSIDE,
    ) -> Session:
        """A new session with a key and a token that nobody has seen."""
        id_, key, version, now = secrets.randbits(63), secrets.token_urlsafe(32), self._version, self._now()
        row = {
            "id": id_,
            "digest": _digest(key),
            "former": None,
            "seen": False,
            "subject": subject,
            "agency": agency,
            "officer": officer,
            "role": role,
            "browser": browser,
            "provider": outside.provider,
            "outside": self._outside(version, outside.provider, outside.session),
            "person": self._outside(version, outside.provider, outside.person),
            "key_version": version,
            "sealed": self._seal(id_, version, _Sealed(name=name)),
            "begun_at": now,
            "renewed_at": now,
            "seen_at": now,
        }
        with self._store.write() as conn:
            self._sweep(conn, nobody=subject == NOBODY and not officer)
            conn.execute(insert(web_session), row)
            made = conn.execute(_BY_KEY, {"shown": row["digest"]}).one()
        return self._session(made, key)

    def end(self, key: str) -> None:
        """Forget a session; one that is unknown is forgotten already."""
        shown = _digest(key)
        self._end(or_(web_session.c.digest == shown, web_session.c.former == shown))

    # Lists, and ends from elsewhere

    def of_person(self, subject: int) -> list[Listed]:
        """Where a person is signed in, the oldest first."""
        return self._listed(web_session.c.subject == subject) if subject != NOBODY else []

    def of_officers(self, agency: str) -> list[Listed]:
        """Where an agency's officers are signed in; all agencies' for ""."""
        chosen = web_session.c.agency == agency if agency else web_session.c.officer != ""
        return self._listed(chosen & (web_session.c.officer != ""))

    def of_officer(self, agency: str, officer: str) -> list[Listed]:
        """Where one officer is signed in."""
        return [one for one in self.of_officers(agency) if officer and one.officer == officer]

    def end_of(self, ids: Sequence[int]) -> int:
        """End these sessions; how many there were."""
        return self._end(web_session.c.id.in_(list(ids)))

    def end_of_people(self, subjects: Sequence[int]) -> int:
        """End wherever these people are signed in, since nothing of them opens any more; how many."""
        return self._end(web_session.c.subject.in_([one for one in subjects if one != NOBODY]))

    def end_outside(self, provider: str, *, session: str = "", person: str = "") -> int:
        """End what a provider says has ended: its session, or all of a person."""
        column = web_session.c.outside if session else web_session.c.person
        hashes = [
            self._outside(version, provider, session or person) for version in self._keys.hash_versions()
        ]
        return self._end(column.in_([one for one in hashes if one is not None]))

    def _end(self, which: Any) -> int:
        with self._store.write() as conn:
            return conn.execute(delete(web_session).where(which)).rowcount

    def _listed(self, which: Any) -> list[Listed]:
        with self._store.read() as conn:
            rows = conn.execute(_LISTED.where(which), self._limits()).all()
        return [
            Listed(
                id=row.id,
                agency=row.agency,
                officer=row.officer,
                role=row.role,
                browser=row.browser,
                begun_at=row.begun_at,
                seen_at=row.seen_at,
            )
            for row in rows
        ]

    # One that was found

    def _newest(self, row: Row[Any], key: str) -> Session:
        now = self._now()
        if now - row.renewed_at >= RENEWED:
            return self._renewed(row, key, _digest(key))
        if not row.seen or now - row.seen_at >= NOTED:
            with self._store.write() as conn:
                conn.execute(_NOTE.values(seen=True, seen_at=now), {"which": row.id})
        return self._session(row, key)

    def _former(self, row: Row[Any], key: str) -> Session | None:
        """The browser shows its key of before: the answer with the new one is under way, lost, or stolen."""
        if self._now() - row.renewed_at < GRACE:
            return self._session(row, key)
        if not row.seen:
            return self._renewed(row, key, row.digest)
        log.warning("a session's former key was shown again; it has ended")
        self._end(web_session.c.id == row.id)
        return None

    def _renewed(self, row: Row[Any], key: str, held: bytes) -> Session:
        """With a new key; of two requests at once the first gives it."""
        fresh, now = secrets.token_urlsafe(32), self._now()
        changed = {"digest": _digest(fresh), "former": _digest(key), "seen": False, "renewed_at": now}
        with self._store.write() as conn:
            given = {"which": row.id, "held": held}
            done = conn.execute(_RENEW.values(**changed, seen_at=now), given).rowcount
        return self._session(row, fresh if done else key)

    def _is_over(self, row: Row[Any]) -> bool:
        """Too old, unused for too long, or sealed with a key that has been retired."""
        limits = self._limits()
        late = row.begun_at <= limits["begun"] or row.seen_at <= limits["idle"]
        return late or row.key_version not in self._keys.hash_versions()

    def _limits(self) -> dict[str, int]:
        now = self._now()
        return {"begun": now - LIFE, "idle": now - IDLE}

    def _sweep(self, conn: Connection, *, nobody: bool) -> None:
        """What is over goes; of those that nobody has signed in to, the oldest give way."""
        conn.execute(delete(web_session).where(_OVER), self._limits())
        if nobody:
            oldest = list(conn.execute(_TOO_MANY).scalars())
            conn.execute(delete(web_session).where(web_session.c.id.in_(oldest)))

    # What names somebody

    @property
    def _version(self) -> int:
        return self._keys.hash_versions()[0]

    def _session(self, row: Row[Any], key: str) -> Session:
        return Session(
            id=row.id,
            key=key,
            token=_text(self._derived(row.key_version, b"form", row.id)),
            subject=row.subject,
            agency=row.agency,
            officer=row.officer,
            role=row.role,
            name=self._opened(row).name,
            provider=row.provider,
        )

    def _derived(self, version: int, what: bytes, id_: int) -> bytes:
        return self._keys.hash(version, [b"duly.session\x00" + what + b"\x00" + id_.to_bytes(8, "big")])[0]

    def _outside(self, version: int, provider: str, told: str) -> bytes | None:
        """The keyed hash of what a provider calls a session or a person."""
        text = b"duly.outside\x00" + msgspec.json.encode([provider, told])
        return self._keys.hash(version, [text])[0] if provider and told else None

    def _seal(self, id_: int, version: int, sealed: _Sealed) -> bytes:
        nonce, bound = os.urandom(_NONCE), id_.to_bytes(8, "big")
        cipher = AESGCM(self._derived(version, b"name", id_))
        return nonce + cipher.encrypt(nonce, msgspec.json.encode(sealed), bound)

    def _opened(self, row: Row[Any]) -> _Sealed:
        cipher, bound = AESGCM(self._derived(row.key_version, b"name", row.id)), row.id.to_bytes(8, "big")
        return msgspec.json.decode(
            cipher.decrypt(row.sealed[:_NONCE], row.sealed[_NONCE:], bound), type=_Sealed
        )


def _digest(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()


def _text(of: bytes) -> str:
    return base64.urlsafe_b64encode(of).rstrip(b"=").decode()
