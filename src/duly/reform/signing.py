"""Law is signed by two people: its author and another, each with a key of their own, over what they saw.

A key is a file that only its owner reads; the database knows the public half by the person's name. The first
two keys are registered freely; whoever comes later is vouched for by somebody who is registered.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final, Self

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import Connection, bindparam, insert, select

from duly.errors import BadInput, Conflict, Denied, NotFound, near_miss
from duly.reform.changes import Change, Kind, all_changes
from duly.reform.tables import law_key, law_signature
from duly.store import insert_new
from duly.timeline import to_iso
from duly.vault.keys import read_private, write_new

__all__ = [
    "PROPOSAL",
    "ROLL_BACK",
    "LawKey",
    "keys_of",
    "names_of",
    "register",
    "require_lawful",
    "sign",
    "signers",
]

PROPOSAL: Final = "proposal"
ROLL_BACK: Final = "roll-back"
FREE: Final = 2
"""Keys that nobody has to vouch for: somebody has to be first."""
TWO: Final = 2

_PUBLIC = select(law_key.c.public).where(law_key.c.name == bindparam("named"))
_KEEP = insert_new(law_signature, ["change", "statement", "name"])
_SIGNED = select(law_signature.c.name, law_signature.c.signature, law_key.c.public).where(
    law_signature.c.change == bindparam("of"),
    law_signature.c.statement == bindparam("said"),
    law_key.c.name == law_signature.c.name,
)


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


def register(conn: Connection, name: str, public: bytes, now: int, vouches: LawKey | None = None) -> None:
    """Let a person sign law. Conflict where the name or the key is somebody's already."""
    known = keys_of(conn)
    if known.get(name) == public:
        return
    if name in known or public in known.values():
        raise Conflict(
            "This key cannot be registered",
            detail=f"{name} has another key." if name in known else "Somebody else has this key.",
            where=name,
            hint="One person has one key, and one key one person.",
        )
    if vouches is None and len(known) >= FREE:
        raise Denied(
            "Somebody has to vouch for this key",
            detail=f"{len(known)} people may sign law already, and none of them says who this is.",
            where=name,
            hint="Name the key of one of them: --vouched-by FILE",
        )
    row = {"name": name, "public": public, "vouched_by": "", "vouched": b"", "registered_at": now}
    if vouches is not None:
        _require_registered(conn, vouches)
        row |= {"vouched_by": vouches.name, "vouched": vouches.sign(_vouch(name, public))}
    conn.execute(insert(law_key).values(row))


def keys_of(conn: Connection) -> dict[str, bytes]:
    """The public keys of everybody who may sign law, by name."""
    return {name: public for name, public in conn.execute(select(law_key.c.name, law_key.c.public))}  # noqa: C416 - a result has `keys`, and is no mapping


def names_of(conn: Connection) -> list[str]:
    """Everybody who may sign law."""
    return sorted(keys_of(conn))


def sign(conn: Connection, change: Change, said: str, key: LawKey, now: int) -> None:
    """Sign a statement about a change: `PROPOSAL`, the id of a dry run, or `ROLL_BACK`."""
    _require_registered(conn, key)
    signature = key.sign(_message(change, said))
    row = {"change": change.number, "statement": said, "name": key.name, "signature": signature}
    conn.execute(_KEEP, [{**row, "signed_at": now}])


def signers(conn: Connection, change: Change, said: str) -> list[str]:
    """Whose signature under the statement verifies, by name."""
    message = _message(change, said)
    rows = conn.execute(_SIGNED, {"of": change.number, "said": said})
    return sorted(row.name for row in rows if _verifies(row.public, row.signature, message))


def require_lawful(conn: Connection, change: Change) -> None:
    """Denied where the version may not run: it was neither installed first nor signed by two people."""
    if change.kind in (Kind.INSTALLED, Kind.DEVELOPER):
        return
    said = change.announced_run if change.kind is Kind.REFORM else ROLL_BACK
    names = signers(conn, change, said)
    if len(names) < TWO or (change.kind is Kind.REFORM and change.author not in names):
        raise Denied(
            "A version of the law is not signed by two people",
            detail=f"Under change {change.number} there verify {len(names)} signatures.",
            where=change.hash,
            hint="Whoever changed the database has to say so; bring it back from a copy.",
        )
    if change.kind is Kind.ROLL_BACK:
        earlier = [
            one
            for one in all_changes(conn, change.pack)
            if one.number < change.number and one.hash == change.hash and one.enacted_at
        ]
        require_lawful(conn, earlier[0])


def _require_registered(conn: Connection, key: LawKey) -> None:
    public = conn.execute(_PUBLIC, {"named": key.name}).scalar()
    if public is None:
        names = names_of(conn)
        raise NotFound(
            "Nobody of this name may sign law",
            detail=f"{key.name} is not registered.",
            hint=near_miss(key.name, names) or "Register the key: duly law keys register NAME PUBLIC",
        )
    if public != key.public:
        raise Denied(
            "Another key is registered",
            detail=f"The key of {key.name} that is registered is not the one in this file.",
            where=key.name,
            hint="Use the file that was registered.",
        )


def _message(change: Change, said: str) -> bytes:
    """What is signed: the statement, the version by its hash, its day, and the dry run by its id."""
    told = {
        "base": change.base,
        "effective": to_iso(change.effective),
        "pack": change.pack,
        "statement": said if said in (PROPOSAL, ROLL_BACK) else "change",
        "version": change.hash,
    }
    if said == ROLL_BACK:
        told |= {"effective": "at once", "undoes": str(change.undoes)}
    elif said != PROPOSAL:
        told |= {"dry_run": said}
    return b"duly.law.v1\n" + msgspec.json.encode(told, order="deterministic")


def _vouch(name: str, public: bytes) -> bytes:
    return b"duly.law.key.v1\n" + msgspec.json.encode([name, public.hex()])


def _verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
