"""A subject is a random number for good; an identifier finds it by a keyed hash and stands nowhere in clear.

A number has 63 bits, of which the top 16 are the subject's bucket: a newborn's is its mother's. Functions
here work on the caller's transaction and know no sealing; `Vault` puts the two together.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, update

from duly.errors import Conflict
from duly.vault.keys import KeyService
from duly.vault.tables import identifier, subject

__all__ = [
    "Identifier",
    "Wanted",
    "bucket",
    "bump",
    "forget",
    "hashed",
    "kinds",
    "look_up",
    "numbered",
    "states",
]

_T = TypeVar("_T")
_LOW: Final = 47
_CHUNK: Final = 10_000
"""Values in one statement; SQLite takes 32,766."""


class Identifier(NamedTuple):
    """What a register calls a subject: ("no.fnr", "01018012345")."""

    scheme: str
    value: str


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """An identifier whose subject has to exist; one that is created goes into the bucket of `near`."""

    identifier: Identifier
    kind: str
    near: Identifier | None


class Known(NamedTuple):
    subject: int
    kind: str


class State(NamedTuple):
    """A subject's commit version and wrapped data key (None once forgotten)."""

    version: int
    wrapped: bytes | None


_BY_HASH = (
    select(identifier.c.hash, identifier.c.subject, subject.c.kind)
    .join(subject, subject.c.number == identifier.c.subject)
    .where(identifier.c.hash.in_(bindparam("hashes", expanding=True)))
)
_STATES = select(subject.c.number, subject.c.version, subject.c.wrapped).where(
    subject.c.number.in_(bindparam("numbers", expanding=True))
)
_KINDS = select(subject.c.number, subject.c.kind).where(
    subject.c.number.in_(bindparam("numbers", expanding=True))
)
_BUMP = (
    update(subject)
    .where(subject.c.number.in_(bindparam("numbers", expanding=True)))
    .values(version=subject.c.version + 1)
    .returning(subject.c.number, subject.c.version)
)


def bucket(number: int) -> int:
    """The top 16 of the 63 bits."""
    return number >> _LOW


def hashed(keys: KeyService, version: int, identifiers: Sequence[Identifier]) -> list[bytes]:
    """The hash of each identifier under that version of the hash key."""
    texts = [len(i.scheme).to_bytes(2, "big") + i.scheme.encode() + i.value.encode() for i in identifiers]
    return keys.hash(version, texts)


def look_up(conn: Connection, keys: KeyService, identifiers: Iterable[Identifier]) -> dict[Identifier, Known]:
    """The subjects that are known by these identifiers."""
    distinct = list(dict.fromkeys(identifiers))
    of_hash: dict[bytes, Identifier] = {}
    for version in keys.hash_versions():
        of_hash.update(zip(hashed(keys, version, distinct), distinct, strict=True))
    found: dict[Identifier, Known] = {}
    for hashes in _chunks(list(of_hash)):
        for hash_, number, kind in conn.execute(_BY_HASH, {"hashes": hashes}):
            found[of_hash[hash_]] = Known(number, kind)
    return found


def numbered(wanted: Sequence[Wanted], found: Mapping[Identifier, Known]) -> dict[Identifier, Known]:
    """Numbers for those that are not found. Conflict when an identifier would name two kinds of subject."""
    new: dict[Identifier, Wanted] = {}
    for one in wanted:
        known = (
            found[one.identifier].kind
            if one.identifier in found
            else new.setdefault(one.identifier, one).kind
        )
        if known != one.kind:
            raise Conflict(
                "An identifier names another kind of subject",
                detail=f"What is known as a {known} is spoken of as a {one.kind}.",
                where=f"identifier of scheme {one.identifier.scheme!r}",
                hint="Check which register's identifier was sent.",
            )
    drawn: dict[Identifier, Known] = {}
    for one in new.values():
        _draw(one, new, found, drawn)
    return drawn


def _draw(
    one: Wanted,
    new: Mapping[Identifier, Wanted],
    found: Mapping[Identifier, Known],
    drawn: dict[Identifier, Known],
) -> None:
    """Draw a number for `one`, and first for what it is near to; a circle of nearness ends at random."""
    chain = [one]
    while (near := chain[-1].near) is not None and near in new and near not in drawn:
        if new[near] in chain:
            break
        chain.append(new[near])
    for link in reversed(chain):
        if link.identifier in drawn:
            continue
        near = None if link.near is None else drawn.get(link.near) or found.get(link.near)
        of = secrets.randbits(16) if near is None else bucket(near.subject)
        drawn[link.identifier] = Known(of << _LOW | (secrets.randbelow(2**_LOW - 1) + 1), link.kind)


def states(conn: Connection, numbers: Iterable[int]) -> dict[int, State]:
    """Version and wrapped key of the subjects that exist."""
    found: dict[int, State] = {}
    for chunk in _chunks(list(numbers)):
        for number, version, wrapped in conn.execute(_STATES, {"numbers": chunk}):
            found[number] = State(version, wrapped)
    return found


def kinds(conn: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """The kinds of the subjects that exist."""
    found: dict[int, str] = {}
    for chunk in _chunks(list(numbers)):
        found.update((number, kind) for number, kind in conn.execute(_KINDS, {"numbers": chunk}))
    return found


def bump(conn: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """Count up and give the commit versions."""
    versions: dict[int, int] = {}
    for chunk in _chunks(sorted(set(numbers))):
        versions.update((number, version) for number, version in conn.execute(_BUMP, {"numbers": chunk}))
    return versions


def forget(conn: Connection, number: int) -> None:
    """Destroy the data key and everything that finds the subject by an identifier."""
    conn.execute(update(subject).where(subject.c.number == number).values(wrapped=None))
    conn.execute(delete(identifier).where(identifier.c.subject == number))


def _chunks(values: list[_T]) -> Iterator[list[_T]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]
