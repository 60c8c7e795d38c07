"""A bulk use opens records of many subjects and leaves one entry in the ledger, the root of a tree over them.

Each subject has a leaf of its own: the same salted commitment as any use has, to the text of the bulk use.
The salt follows from the subject's data key, so it need not be kept and is gone with the key; what is kept is
the leaves in order of subjects, from which a subject's own path to the root is made whenever it is wanted.
A path is nothing but hashes. The entry is SHA-256 of "duly.bulk.v1", the number of leaves (8 bytes, big
endian), the root and the text.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import msgspec
import numpy as np
from sqlalchemy import Connection, bindparam, insert, select, update

from duly.errors import Conflict
from duly.ledger.tiles import WIDTH, Edge, Place, grow, hashes_of, places_of
from duly.ledger.tree import HASH, inclusion_ranges, leaf_hash
from duly.store import upsert
from duly.vault.tables import bulk_leaf, bulk_tile, bulk_use
from duly.vault.uses import Use, commitment, decode, encode

__all__ = [
    "Bulk",
    "Covered",
    "Path",
    "begin",
    "covered",
    "entry",
    "left_open",
    "load",
    "path_of",
    "salt_of",
    "text_of",
    "texts_of",
    "uncovered",
]

_DOMAIN: Final = b"duly.bulk.v1"
_SALT: Final = b"duly.bulk.salt"
_NUMBER: Final = 8
_ORDER: Final = ">i8"
"""Subjects' numbers as they are kept."""


class Covered(NamedTuple):
    """A leaf of a subject: which bulk use, when it began, what was said of it, where it stands."""

    bulk: int
    at: int
    use: int
    text: bytes
    commitment: bytes
    place: int
    entry: bytes | None


class Path(NamedTuple):
    """What proves a leaf in a bulk use: its place, the number of leaves, the hashes on the way, the root."""

    place: int
    size: int
    hashes: tuple[bytes, ...]
    root: bytes


_ONE = select(bulk_use).where(bulk_use.c.id == bindparam("which"))
_LEFT = select(bulk_use.c.id, bulk_use.c.text).where(bulk_use.c.commitment.is_(None)).order_by(bulk_use.c.at)
_ALL = select(bulk_use).order_by(bulk_use.c.at.desc(), bulk_use.c.id)
_GROUPS = select(bulk_leaf).where(bulk_leaf.c.bulk == bindparam("which")).order_by(bulk_leaf.c.number)
_GROUP = _GROUPS.where(bulk_leaf.c.number == bindparam("at"))
_AROUND = (
    select(bulk_leaf)
    .where(bulk_leaf.c.bulk == bindparam("which"), bulk_leaf.c.first <= bindparam("whose"))
    .order_by(bulk_leaf.c.first.desc(), bulk_leaf.c.number.desc())
    .limit(2)
)
_TILE = select(bulk_tile.c.hashes).where(
    bulk_tile.c.bulk == bindparam("which"),
    bulk_tile.c.level == bindparam("height"),
    bulk_tile.c.number == bindparam("at"),
)
_COMMITMENTS = (
    select(bulk_leaf.c.number, bulk_leaf.c.commitments)
    .where(bulk_leaf.c.bulk == bindparam("which"), bulk_leaf.c.number > bindparam("after"))
    .order_by(bulk_leaf.c.number)
    .limit(WIDTH)
)
_KEEP = upsert(bulk_leaf, ["bulk", "number"])
_COUNT = update(bulk_use).where(bulk_use.c.id == bindparam("which")).values(leaves=bindparam("many"))
_END = (
    update(bulk_use)
    .where(bulk_use.c.id == bindparam("which"))
    .values(root=bindparam("top"), commitment=bindparam("promised"))
)


def begin(conn: Connection, uses: Sequence[Use], at: int) -> int:
    """Write a bulk use down before it opens anything; its id."""
    number = secrets.randbits(63)
    text = msgspec.json.encode([msgspec.Raw(encode(use, use.categories, at)) for use in uses])
    row = {"id": number, "at": at, "text": text, "leaves": 0, "root": None, "commitment": None}
    conn.execute(insert(bulk_use), [row])
    return number


def texts_of(text: bytes) -> tuple[bytes, ...]:
    """The text of each use in a bulk use, by its place."""
    return tuple(bytes(part) for part in msgspec.json.decode(text, type=list[msgspec.Raw]))


def entry(count: int, root: bytes, text: bytes) -> bytes:
    """What the ledger holds of a bulk use (32 bytes)."""
    return hashlib.sha256(_DOMAIN + count.to_bytes(_NUMBER) + root + text).digest()


def salt_of(key: bytes, bulk: int) -> bytes:
    """The salt of a subject's leaves in a bulk use, from the subject's data key."""
    return hashlib.blake2b(bulk.to_bytes(_NUMBER), key=key, person=_SALT, digest_size=HASH).digest()


class Bulk:
    """A bulk use that is under way: what it covered so far. `load` reads it, in whatever process."""

    def __init__(self, number: int, texts: Sequence[bytes], count: int, text: bytes) -> None:
        self.number, self.count = number, count
        self._texts, self._text = tuple(texts), text
        self._open: tuple[list[int], list[int], list[bytes]] = ([], [], [])

    def resume(self, last: Sequence[int], uses: Sequence[int], commitments: Sequence[bytes]) -> None:
        """Go on after a last group of leaves that is not full."""
        self._open = (list(last), list(uses), list(commitments))

    def cover(self, conn: Connection, found: Iterable[tuple[int, int]], keys: Mapping[int, bytes]) -> None:
        """Give (subject, use) pairs their leaves; they come in order, after all that came before."""
        subjects, uses, commitments = self._open
        texts, bulk, began = self._texts, self.number, len(subjects)
        last, salt = -1, b""
        for subject, use in found:
            if subject != last:
                last, salt = subject, salt_of(keys[subject], bulk)
            subjects.append(subject)
            uses.append(use)
            commitments.append(commitment(subject, salt, texts[use]))
        if len(subjects) > began:
            first = (self.count - began) // WIDTH
            self.count += len(subjects) - began
            self._keep(conn, first)
            conn.execute(_COUNT, {"which": self.number, "many": self.count})

    def _keep(self, conn: Connection, first: int) -> None:
        subjects, uses, commitments = self._open
        rows = [
            {
                "bulk": self.number,
                "number": first + at // WIDTH,
                "first": subjects[at],
                "subjects": np.array(subjects[at : at + WIDTH], dtype=_ORDER).tobytes(),
                "uses": bytes(uses[at : at + WIDTH]),
                "commitments": b"".join(commitments[at : at + WIDTH]),
            }
            for at in range(0, len(subjects), WIDTH)
        ]
        conn.execute(_KEEP, rows)
        full = len(subjects) // WIDTH * WIDTH
        self._open = (subjects[full:], uses[full:], commitments[full:])

    def end(self, conn: Connection) -> bytes:
        """Close it over all that it covered: its root; what the ledger is to hold."""
        root, tiles = _grown(conn, self.number)
        rows = [
            {"bulk": self.number, "level": place.level, "number": place.number, "hashes": tile}
            for place, tile in tiles.items()
        ]
        if rows:
            conn.execute(insert(bulk_tile), rows)
        promised = entry(self.count, root, self._text)
        conn.execute(_END, {"which": self.number, "top": root, "promised": promised})
        return promised


def left_open(conn: Connection, about: str) -> list[int]:
    """The bulk uses with this reference that are not closed, the first first."""
    rows = conn.execute(_LEFT).all()
    return [row.id for row in rows if any(decode(text)[0].about == about for text in texts_of(row.text))]


def load(conn: Connection, number: int) -> Bulk:
    """A bulk use as it stands, to go on with it. Conflict where it is closed."""
    row = conn.execute(_ONE, {"which": number}).one()
    if row.commitment is not None:
        raise Conflict(
            "This use of many is closed",
            detail="Another process has closed it meanwhile, with whom it covered until then.",
            hint="Begin again; one at a time.",
        )
    bulk = Bulk(number, texts_of(row.text), row.leaves, row.text)
    if row.leaves % WIDTH:
        last = conn.execute(_GROUP, {"which": number, "at": row.leaves // WIDTH}).one()
        bulk.resume(_numbers(last.subjects), list(last.uses), _split(last.commitments))
    return bulk


def covered(conn: Connection, subject: int) -> list[Covered]:
    """The leaves of a subject in all bulk uses, newest first."""
    found: list[Covered] = []
    for row in conn.execute(_ALL):
        texts = texts_of(row.text)
        for group in conn.execute(_AROUND, {"which": row.id, "whose": subject}):
            for at, number in enumerate(_numbers(group.subjects)):
                if number == subject:
                    leaf = bytes(group.commitments[at * HASH : (at + 1) * HASH])
                    use, index = group.uses[at], group.number * WIDTH + at
                    promised = None if row.commitment is None else bytes(row.commitment)
                    found.append(Covered(row.id, row.at, use, texts[use], leaf, index, promised))
    return found


def uncovered(conn: Connection, bulk: int, subjects: Iterable[int], use: int) -> list[int]:
    """Those of the subjects that have no leaf for the use, by number; a few groups of leaves are held."""
    missing: list[int] = []
    there, until = set[int](), -1
    for subject in sorted(subjects):
        if subject >= until:  # the leaves of the last one may go on in the next group
            groups = conn.execute(_AROUND, {"which": bulk, "whose": subject}).all()
            pairs = [
                pair for group in groups for pair in zip(_numbers(group.subjects), group.uses, strict=True)
            ]
            there = {number for number, place in pairs if place == use}
            until = max((number for number, _ in pairs), default=-1)
        if subject not in there:
            missing.append(subject)
    return missing


def path_of(conn: Connection, bulk: int, index: int) -> Path:
    """The path of a leaf to the root of a bulk use that has ended."""
    row = conn.execute(_ONE, {"which": bulk}).one()
    ranges = inclusion_ranges(index, row.leaves)
    tiles = _tiles(conn, bulk, places_of(ranges))
    return Path(index, row.leaves, tuple(hashes_of(ranges, tiles)), bytes(row.root))


def text_of(conn: Connection, bulk: int) -> bytes:
    """What a bulk use says of its uses."""
    return bytes(conn.execute(_ONE, {"which": bulk}).one().text)


def _tiles(conn: Connection, bulk: int, places: Iterable[Place]) -> dict[Place, bytes]:
    """The tiles over the leaves: the lowest from the leaves themselves, the others as they are kept."""
    found: dict[Place, bytes] = {}
    for place in places:
        if place.level == 0:
            group = conn.execute(_GROUP, {"which": bulk, "at": place.number}).one()
            found[place] = b"".join(map(leaf_hash, _split(group.commitments)))
        else:
            parameters = {"which": bulk, "height": place.level, "at": place.number}
            found[place] = bytes(conn.execute(_TILE, parameters).scalar_one())
    return found


def _grown(conn: Connection, bulk: int) -> tuple[bytes, dict[Place, bytes]]:
    """The root over all leaves, and the tiles above the lowest."""
    edge, tiles = Edge(size=0, tiles=()), dict[Place, bytes]()
    after = -1
    while groups := conn.execute(_COMMITMENTS, {"which": bulk, "after": after}).all():
        after = groups[-1].number
        for group in groups:
            grown = grow(edge, [leaf_hash(one) for one in _split(group.commitments)])
            tiles.update((place, tile) for place, tile in grown.tiles.items() if place.level)
            edge = grown.edge
    return edge.root(), tiles


def _numbers(blob: bytes) -> list[int]:
    return np.frombuffer(blob, dtype=_ORDER).tolist()


def _split(blob: bytes) -> list[bytes]:
    whole = bytes(blob)
    return [whole[at : at + HASH] for at in range(0, len(whole), HASH)]
