"""Who may sign law: a key is registered and retired by two people, and nothing about a key is ever edited.

A key is a file that only its owner reads; the database knows the public half by the person's name. The first
two keys are registered freely. A retired key signs nothing more. What it signed stays valid; but where it was
compromised, only for versions that were enacted by then, and those that were not in force yet are taken back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, bindparam, insert, select, update

from duly.errors import BadInput, Conflict, Denied, NotFound, near_miss
from duly.reform.tables import law_key_act, law_key_signature
from duly.store import insert_new
from duly.timeline import to_iso
from duly.vault.keys import read_private, write_new

__all__ = [
    "TWO",
    "Ending",
    "KeyAct",
    "LawKey",
    "RegisteredKey",
    "names_of",
    "register",
    "registered_keys",
    "require_signs",
    "retire",
    "verifies",
]

TWO: Final = 2
"""People that it takes."""
REGISTER, RETIRE = "register", "retire"


class Ending(Enum):
    """Why a key is retired."""

    LEFT = "left"
    LOST = "lost"
    COMPROMISED = "compromised"


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    name: str
    secret: bytes

    def __repr__(self) -> str:
        return "<a key that signs law>"  # never in a log or a traceback


class LawKey:
    """A person's own key to sign law with."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self.name, self._key = name, key

    @classmethod
    def create(cls, name: str, path: Path) -> Self:
        """A new key in a file that does not exist yet, else Conflict."""
        if not name.strip() or not name.isprintable():
            raise BadInput("Not a name", detail=f"{name!r} names nobody.", hint="Write the signer's name.")
        key = Ed25519PrivateKey.generate()
        told = msgspec.json.encode(_File(name=name.strip(), secret=key.private_bytes_raw()))
        write_new(path, msgspec.json.format(told) + b"\n")
        return cls(name.strip(), key)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The key in a file. BadInput when it is not one, or others could read it."""
        try:
            told = msgspec.json.decode(read_private(path), type=_File)
            return cls(told.name, Ed25519PrivateKey.from_private_bytes(told.secret))
        except (msgspec.DecodeError, ValueError) as error:
            raise BadInput(
                "Not a key that signs law",
                detail=str(error),
                where=str(path),
                hint="Make one with: duly law keys new NAME",
            ) from error

    @property
    def public(self) -> bytes:
        return self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)


class KeyAct(msgspec.Struct, frozen=True, kw_only=True):
    """A registration or a retirement; `done_at` is 0 until enough people have signed it.

    `ending` is "" for a registration; `since` the day from which it holds.
    """

    number: int
    kind: str
    public: bytes
    name: str
    ending: str
    why: str
    since: int
    begun_at: int
    done_at: int


class RegisteredKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key as it stands; retired by each of `retired`."""

    name: str
    public: bytes
    registered_at: int
    retired: tuple[KeyAct, ...]

    def signs(self, day: int) -> bool:
        """Whether it may sign on a day."""
        return not any(act.since <= day for act in self.retired)

    @property
    def compromised_at(self) -> int:
        """The instant at which it was retired as compromised, else 0."""
        at = [act.done_at for act in self.retired if act.ending == Ending.COMPROMISED.value]
        return min(at, default=0)

    def counts(self, enacted_at: int) -> bool:
        """Whether its signature counts under a change that was enacted at an instant (0: not yet)."""
        return not self.compromised_at or 0 < enacted_at <= self.compromised_at


_FIELDS: Final = KeyAct.__struct_fields__
_ACTS = select(*(law_key_act.c[name] for name in _FIELDS)).order_by(law_key_act.c.number)
_DONE = update(law_key_act).where(law_key_act.c.number == bindparam("which")).values(done_at=bindparam("at"))
_SIGNED = select(law_key_signature.c.public, law_key_signature.c.signature).where(
    law_key_signature.c.act == bindparam("which")
)
_KEEP = insert_new(law_key_signature, ["act", "public"])


def register(
    conn: Connection, name: str, public: bytes, vouchers: Sequence[LawKey], *, today: int, now: int
) -> None:
    """Let a person sign law: the first two freely, whoever comes later vouched for by two who may sign.

    Where one person alone is left, that one vouches. Conflict where the name or the key is taken.
    """
    known = registered_keys(conn)
    theirs = [one for one in known if one.name == name and one.signs(today)]
    if any(one.public == public for one in theirs):
        return
    if theirs or any(one.public == public for one in known):
        raise Conflict(
            "This key cannot be registered",
            detail=f"{name} has another key." if theirs else "This key is, or was, registered.",
            where=name,
            hint="One person has one key, and one key one person. Retire the old one first.",
        )
    act = _begin(conn, KeyAct(
        number=0, kind=REGISTER, public=public, name=name, ending="", why="", since=today, begun_at=now,
        done_at=0,
    ))  # fmt: skip
    for one in vouchers:
        _sign(conn, act, one, known, today=today, now=now)
    wanted = min(TWO, len({one.name for one in known if one.signs(today)})) if len(known) >= TWO else 0
    if len(_signers(conn, act, known, today)) < wanted:
        raise Denied(
            "Two people have to vouch for this key",
            detail=f"{len(vouchers)} of {wanted} of those who may sign law say who this is.",
            where=name,
            hint="Name the key files of others: --vouched-by FILE --vouched-by FILE",
        )
    conn.execute(_DONE, {"which": act.number, "at": now})


def retire(
    conn: Connection, whose: str, ending: Ending, why: str, since: int, key: LawKey, *, today: int, now: int
) -> KeyAct:
    """One of two signatures to retire a key, of a person or by its public half; with the second it is done.

    Its owner may be one of the two. What it signed that is void now, `taken_back` finds.
    """
    known = registered_keys(conn)
    target = _retirable(known, whose, ending)
    if ending is Ending.COMPROMISED and since > today:
        raise BadInput(
            "A compromised key is retired at once",
            detail=f"{to_iso(since)} is to come.",
            where="--from",
            hint="Name the day since which it is known to others, or leave it out.",
        )
    act = _begun(conn, target, ending, since) or _begin(conn, KeyAct(
        number=0, kind=RETIRE, public=target.public, name=target.name, ending=ending.value, why=why,
        since=since, begun_at=now, done_at=0,
    ))  # fmt: skip
    if key.name in _signers(conn, act, known, today):
        raise Conflict(
            "One person signs once",
            detail=f"{key.name} has signed that the key of {target.name} is retired.",
            where=target.name,
            hint=f"Somebody else runs: duly law keys retire {target.name} with another person's key.",
        )
    _sign(conn, act, key, known, today=today, now=now)
    if len(_signers(conn, act, known, today)) < TWO:
        return act
    conn.execute(_DONE, {"which": act.number, "at": now})
    return msgspec.structs.replace(act, done_at=now)


def registered_keys(conn: Connection) -> list[RegisteredKey]:
    """Every key that was ever registered, the first first."""
    done = [act for act in _acts(conn) if act.done_at]
    return [
        RegisteredKey(
            name=act.name,
            public=act.public,
            registered_at=act.done_at,
            retired=tuple(one for one in done if one.kind == RETIRE and one.public == act.public),
        )
        for act in done
        if act.kind == REGISTER
    ]


def names_of(keys: Iterable[RegisteredKey], day: int) -> list[str]:
    """Everybody who may sign law on a day."""
    return sorted({one.name for one in keys if one.signs(day)})


def require_signs(keys: Collection[RegisteredKey], key: LawKey, today: int) -> None:
    """NotFound where nobody of this name is registered, Denied where this key is not, or is retired."""
    theirs = [one for one in keys if one.name == key.name]
    if not theirs:
        raise NotFound(
            "Nobody of this name may sign law",
            detail=f"{key.name} is not registered.",
            hint=near_miss(key.name, names_of(keys, today))
            or "Register the key: duly law keys register NAME PUBLIC",
        )
    mine = [one for one in theirs if one.public == key.public]
    if not mine:
        raise Denied(
            "Another key is registered",
            detail=f"The key of {key.name} that is registered is not the one in this file.",
            where=key.name,
            hint="Use the file that was registered.",
        )
    if not mine[0].signs(today):
        act = min(mine[0].retired, key=lambda one: one.since)
        raise Denied(
            "This key is retired",
            detail=f"It signs no more since {to_iso(act.since)} ({act.ending}).",
            where=key.name,
            hint=f"Make another (duly law keys new {key.name}), and have two people vouch for it.",
        )


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether a key signed the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def _retirable(known: Sequence[RegisteredKey], whose: str, ending: Ending) -> RegisteredKey:
    """The key that is meant: of a person the newest. A retired one may still be found to be compromised."""
    theirs = [one for one in known if whose in (one.name, one.public.hex())]
    if not theirs:
        raise NotFound(
            "No such key",
            detail=f"{whose} names nobody whose key was registered.",
            where=whose,
            hint=near_miss(whose, [one.name for one in known]) or "See them with: duly law keys list",
        )
    key = theirs[-1]
    if key.compromised_at or (key.retired and ending is not Ending.COMPROMISED):
        raise Conflict(
            "This key is retired already",
            detail=f"The newest key of {key.name} signs no more, as {key.retired[-1].ending}.",
            where=whose,
            hint="See it with: duly law keys list",
        )
    return key


def _acts(conn: Connection) -> list[KeyAct]:
    return [_act(row) for row in conn.execute(_ACTS)]


def _act(row: Any) -> KeyAct:
    return KeyAct(**dict(zip(_FIELDS, row, strict=True)))


def _begin(conn: Connection, act: KeyAct) -> KeyAct:
    row = {name: getattr(act, name) for name in _FIELDS if name != "number"}
    made = conn.execute(insert(law_key_act).values(row)).inserted_primary_key
    assert made is not None  # noqa: S101 - the key counts by itself
    return msgspec.structs.replace(act, number=int(made[0]))


def _begun(conn: Connection, target: RegisteredKey, ending: Ending, since: int) -> KeyAct | None:
    """The retirement with the same terms that somebody has signed already."""
    for act in _acts(conn):
        same = (act.public, act.ending, act.since) == (target.public, ending.value, since)
        if act.kind == RETIRE and same and not act.done_at:
            return act
    return None


def _sign(
    conn: Connection, act: KeyAct, key: LawKey, known: Collection[RegisteredKey], *, today: int, now: int
) -> None:
    require_signs(known, key, today)
    row = {"act": act.number, "public": key.public, "signature": key.sign(_message(act)), "signed_at": now}
    conn.execute(_KEEP, [row])


def _signers(conn: Connection, act: KeyAct, known: Collection[RegisteredKey], today: int) -> set[str]:
    """Who signed an act with a key that still signs."""
    names = {one.public: one.name for one in known if one.signs(today)}
    rows = conn.execute(_SIGNED, {"which": act.number})
    return {
        names[row.public] for row in rows
        if row.public in names and verifies(row.public, row.signature, _message(act))
    }  # fmt: skip


def _message(act: KeyAct) -> bytes:
    """What two people sign of a key."""
    if act.kind == REGISTER:
        return b"duly.law.key.v1\n" + msgspec.json.encode([act.name, act.public.hex()])
    told = {"key": act.public.hex(), "name": act.name, "reason": act.ending, "since": to_iso(act.since)}
    return b"duly.law.key-retired.v1\n" + msgspec.json.encode(told, order="deterministic")
