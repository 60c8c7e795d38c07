"""Every opening leaves one entry per use and subject: a sealed text here, its commitment in the ledger.

Openings on one connection can be gathered, so that a transaction that opens a subject's records in several
calls for one use leaves one entry with all the categories.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from sqlalchemy import Connection, select

from duly.errors import OurFault
from duly.vault import bulk
from duly.vault.sealing import Box, Cipher, Plain, nonces, open_box, seal_plain
from duly.vault.tables import use_entry
from duly.vault.uses import SALT, Commitments, InBulk, Use, Used, commitment, decode, encode

__all__ = ["CATEGORY", "Opened", "in_bulk", "read", "write"]

CATEGORY: Final = "use"
"""The category under which entries are sealed."""


class Opened:
    """Which categories were opened, by use and subject, with the ciphers that seal the entries."""

    def __init__(self) -> None:
        self._categories: dict[Use, dict[int, set[str]]] = {}
        self._ciphers: dict[int, Cipher] = {}

    def add(self, use: Use, boxes: Sequence[Box], ciphers: Mapping[int, Cipher]) -> None:
        """Note what these boxes opened."""
        self._ciphers.update(ciphers)
        of = self._categories.setdefault(use, {})
        for box in boxes:
            if box.subject in of:
                of[box.subject].add(box.category)
            else:
                of[box.subject] = {box.category}

    def subjects(self) -> Iterable[tuple[Use, Iterable[int]]]:
        """Who was opened for each use."""
        return ((use, of.keys()) for use, of in self._categories.items())

    def write(self, conn: Connection, ledger: Commitments, at: int) -> None:
        """Write an entry for each use and subject."""
        for use, of in self._categories.items():
            if of:
                write(conn, ledger, use, of, self._ciphers, at)


def write(
    conn: Connection,
    ledger: Commitments,
    use: Use,
    opened: Mapping[int, Iterable[str]],
    ciphers: Mapping[int, Cipher],
    at: int,
) -> None:
    """One entry for each subject in `opened`; subjects with the same categories share one encoded text."""
    number = secrets.randbits(63)
    texts: dict[frozenset[str], bytes] = {}
    rows: list[dict[str, object]] = []
    commitments: list[bytes] = []
    salts = os.urandom(SALT * len(opened))
    for place, (subject, categories, nonce) in enumerate(
        zip(opened, opened.values(), nonces(len(opened)), strict=True)
    ):
        of = frozenset(categories)
        text = texts.get(of) or texts.setdefault(of, encode(use, of, at))
        salt = salts[place * SALT : (place + 1) * SALT]
        plain = Plain(subject=subject, category=CATEGORY, version=number, data=salt + text)
        commitments.append(commitment(subject, salt, text))
        rows.append(
            {
                "subject": subject,
                "id": number,
                "sealed": seal_plain(ciphers[subject], plain, nonce),
                "commitment": commitments[-1],
                "at": at,
            }
        )
    conn.execute(use_entry.insert(), rows)
    ledger.pend(conn, commitments)


def read(conn: Connection, ledger: Commitments, key: Cipher, subject: int, limit: int) -> list[Used]:
    """The newest uses of a subject, newest first. OurFault when an entry and its commitment do not agree."""
    rows = conn.execute(
        select(use_entry)
        .where(use_entry.c.subject == subject)
        .order_by(use_entry.c.at.desc(), use_entry.c.id)
        .limit(limit)
    ).all()
    indexes = ledger.indexes_of(conn, [row.commitment for row in rows])
    uses: list[Used] = []
    for row in rows:
        box = Box(subject=subject, category=CATEGORY, version=row.id, sealed=row.sealed)
        used = _used(subject, open_box(key, box), indexes.get(row.commitment))
        if used.commitment != row.commitment:
            raise _disagrees(subject, row.id)
        uses.append(used)
    return uses


def in_bulk(conn: Connection, ledger: Commitments, key: bytes, subject: int) -> list[Used]:
    """The bulk uses that cover a subject, newest first. OurFault as in `read`."""
    leaves = bulk.covered(conn, subject)
    indexes = ledger.indexes_of(conn, [leaf.entry for leaf in leaves if leaf.entry])
    uses: list[Used] = []
    for leaf in leaves:
        salt = bulk.salt_of(key, leaf.bulk)
        use, at = decode(leaf.text)
        promised = commitment(subject, salt, leaf.text)
        if promised != leaf.commitment:
            raise _disagrees(subject, leaf.bulk)
        uses.append(
            Used(
                use=use,
                subject=subject,
                at=at,
                text=leaf.text,
                salt=salt,
                commitment=promised,
                index=indexes.get(leaf.entry or b""),
                bulk=InBulk(number=leaf.bulk, place=leaf.place),
            )
        )
    return uses


def _used(subject: int, content: bytes, index: int | None) -> Used:
    salt, text = content[:SALT], content[SALT:]
    use, at = decode(text)
    promised = commitment(subject, salt, text)
    return Used(
        use=use, subject=subject, at=at, text=text, salt=salt, commitment=promised, index=index, bulk=None
    )


def _disagrees(subject: int, number: int) -> OurFault:
    return OurFault(
        "A use and its commitment do not agree",
        detail="The commitment beside the entry was exchanged after it was written.",
        where=f"use_entry {number} of subject {subject}",
        hint="Run `duly ledger verify`, and restore the row from a backup.",
    )
