"""Entries of uses that other agencies made with their own systems: as any entry, and marked as reported.

The number of an entry comes from the message that reported it, so that it is written once.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from duly.vault.entries import CATEGORY
from duly.vault.sealing import Cipher, Plain, nonces, seal_plain
from duly.vault.tables import use_entry
from duly.vault.uses import SALT, Use, commitment, encode

__all__ = ["Made", "write"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A use of a subject's data that somebody else made, at an instant; `number` is its entry's (63 bits)."""

    subject: int
    number: int
    use: Use
    at: int


def write(conn: Connection, ciphers: Mapping[int, Cipher], made: Sequence[Made]) -> list[bytes]:
    """Write the entries down, each sealed under its subject's key; what the ledger is to hold of each."""
    rows: list[dict[str, object]] = []
    commitments: list[bytes] = []
    for one, nonce in zip(made, nonces(len(made)), strict=True):
        salt, text = os.urandom(SALT), encode(one.use, one.use.categories, one.at)
        plain = Plain(subject=one.subject, category=CATEGORY, version=one.number, data=salt + text)
        commitments.append(commitment(one.subject, salt, text))
        rows.append(
            {
                "subject": one.subject,
                "id": one.number,
                "sealed": seal_plain(ciphers[one.subject], plain, nonce),
                "commitment": commitments[-1],
                "at": one.at,
            }
        )
    conn.execute(use_entry.insert(), rows)
    return commitments
