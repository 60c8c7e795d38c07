"""A subject is a random number for good; an identifier finds it by a keyed hash and stands nowhere in clear.

A number has 63 bits, of which the top 16 are the subject's bucket: a newborn's is its mother's. Functions
here work on the caller's transaction and know no sealing; `Vault` puts the two together.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, Final, NamedTuple, TypeVar

import msgspec
from sqlalchemy import Connection, Executable, bindparam, delete, select, update

from duly.errors import Conflict
from duly.store import itself
from duly.vault.keys import KeyService
from duly.vault.tables import identifier, subject

__all__ = [
    "Identifier",
    "Known",
    "Wanted",
    "bucket",
    "bump",
    "forget",
    "hashed",
    "kinds",
    "look_up",
    "numbered",
    "unfind",
    "version_of",
    "versions",
    "wrapped_keys",
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
    """A subject's number and kind."""

    subject: int
    kind: str


_BY_HASH = (
    select(identifier.c.hash, identifier.c.subject, subject.c.kind)
    .join(subject, subject.c.number == identifier.c.subject)
    .where(identifier.c.hash.in_(bindparam("hashes", expanding=True)))
)
_OF_NUMBERS = subject.c.number.in_(bindparam("numbers", expanding=True))
_WRAPPED = select(subject.c.number, subject.c.wrapped).where(_OF_NUMBERS)
_VERSIONS = select(subject.c.number, subject.c.version).where(_OF_NUMBERS)
_KINDS = select(subject.c.number, subject.c.kind).where(_OF_NUMBERS)
_FORGET = update(subject).where(_OF_NUMBERS).values(wrapped=None)
_UNFIND = delete(identifier).where(identifier.c.subject.in_(bindparam("numbers", expanding=True)))
_BUMP = (
    update(subject)
    .where(_OF_NUMBERS)
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


def version_of(hash_: bytes) -> int:
    """An identifier's hash as a version, so that its sealed form opens in its own row only."""
    return int.from_bytes(hash_[:8], "big") >> 1


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
        known = found.get(one.identifier)
        before = new.get(one.identifier, one)
        if (kind := (known or before).kind) != one.kind:
            raise _another_kind(one, kind)
        if known is None:
            new[one.identifier] = one if before.near is None else before
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


def _another_kind(one: Wanted, known: str) -> Conflict:
    return Conflict(
        "An identifier names another kind of subject",
        detail=f"What is known as a {known} is spoken of as a {one.kind}.",
        where=f"identifier of scheme {one.identifier.scheme!r}",
        hint="Check which register's identifier was sent.",
    )


def wrapped_keys(conn: Connection, numbers: Iterable[int]) -> dict[int, bytes | None]:
    """The wrapped data keys of the subjects that exist; None once forgotten."""
    return _by_number(conn, _WRAPPED, numbers)


def versions(conn: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """The commit versions of the subjects that exist."""
    return _by_number(conn, _VERSIONS, numbers)


def kinds(conn: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """The kinds of the subjects that exist."""
    return _by_number(conn, _KINDS, numbers)


def bump(conn: Connection, numbers: Iterable[int]) -> dict[int, int]:
    """Count up and give the commit versions."""
    return _by_number(conn, _BUMP, sorted(set(numbers)))


def _by_number(conn: Connection, statement: Executable, numbers: Iterable[int]) -> dict[int, Any]:
    """What a statement on `:numbers` gives as pairs of number and value."""
    found: dict[int, Any] = {}
    wanted = list(numbers)
    with nullcontext() if any(wanted) else itself(conn):  # 0 is the system
        for chunk in _chunks(wanted):
            found.update(conn.execute(statement, {"numbers": chunk}).all())
    return found


def forget(conn: Connection, numbers: Iterable[int]) -> None:
    """Destroy the data keys and everything that finds the subjects by an identifier."""
    for chunk in _chunks(list(numbers)):
        conn.execute(_FORGET, {"numbers": chunk})
        conn.execute(_UNFIND, {"numbers": chunk})


def unfind(conn: Connection, numbers: Iterable[int]) -> None:
    """Delete everything that finds the subjects by an identifier."""
    for chunk in _chunks(list(numbers)):
        conn.execute(_UNFIND, {"numbers": chunk})


def _chunks(values: list[_T]) -> Iterator[list[_T]]:
    for at in range(0, len(values), _CHUNK):
        yield values[at : at + _CHUNK]
