"""A use is who opened what of a subject, why and by which right; the ledger holds a salted commitment to it.

The text of one use is the same for a whole batch of subjects; salt, commitment and sealed entry are each
subject's own, so that a leaf says nothing without the subject's data key, and nothing ever again once that is
destroyed. The commitment is SHA-256 of "duly.use.v1", the salt (32 bytes), the subject's number (8 bytes, big
endian) and the text.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

import msgspec
from sqlalchemy import Connection

from duly.access import UNMARKED, Actor, Question, Relation, State, opening
from duly.access.permits import context_of
from duly.store import Context

__all__ = [
    "SALT",
    "Acting",
    "Commitments",
    "InBulk",
    "Reported",
    "Seal",
    "Use",
    "Used",
    "commitment",
    "decode",
    "encode",
]

SALT: Final = 32
_DOMAIN: Final = b"duly.use.v1"


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a use stays hidden from whom it is about, who ordered that, the day on which it opens by itself."""

    reason: str
    authority: str
    until: int


class Acting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """That somebody acted for another: `by` whom in the entry of the one acted for, `whom` in the other's.

    Names as they were known then; each entry has that of the other, and nothing else of them.
    """

    by: str = ""
    whom: str = ""


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """That a use was made elsewhere, and not by Duly: who reported it, their words for its purpose, when."""

    by: str
    words: str
    received: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A reason to open personal data.

    `categories` bounds what it may open; `about` refers to the case, decision or step and holds no personal
    data. `relation` is why this actor may look at this subject (a machine needs none), `state` what is to be
    minded of those who are opened; it is asked about and not written down. A `seal` hides the use for a time.
    `acting` names the other where somebody acts for another.
    """

    actor: Actor
    purpose: str
    legal_basis: str
    categories: frozenset[str]
    about: str
    relation: Relation = Relation.NONE
    state: frozenset[State] = UNMARKED
    seal: Seal | None = None
    acting: Acting | None = None
    reported: Reported | None = None

    @property
    def context(self) -> Context:
        """What the database is told of it."""
        return context_of(self.asks("any"))

    def asks(self, category: str) -> Question:
        """The question whether it may open a category; of a use that stays hidden, whether it may so."""
        return opening(
            self.actor,
            purpose=self.purpose,
            legal_basis=self.legal_basis,
            category=category,
            relation=self.relation,
            state=self.state if self.seal is None else self.state | {State.SEALED},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """A use as it was recorded: `use.categories` are those that were opened of this subject.

    `at` is in microseconds; `index` is the leaf in the ledger, None until it is sequenced. Whoever has `salt`
    and `text` can compute `commitment` and prove that it is in the log. Of a `bulk` use (None: it was not)
    the entry in the ledger is that of all its subjects, and `Vault.path` leads there from the commitment.
    """

    use: Use
    subject: int
    at: int
    text: bytes
    salt: bytes
    commitment: bytes
    index: int | None
    bulk: InBulk | None


@dataclass(frozen=True, slots=True, kw_only=True)
class InBulk:
    """Which bulk use, and the place of the subject's leaf in it."""

    number: int
    place: int


class Commitments(Protocol):
    """What the vault needs of a ledger."""

    def pend(self, connection: Connection, commitments: Sequence[bytes]) -> None:
        """Record them durably in the caller's transaction, to be sequenced soon."""
        ...

    def indexes_of(self, connection: Connection, commitments: Sequence[bytes]) -> dict[bytes, int]:
        """The leaf of each commitment that is sequenced."""
        ...


class _Text(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What there is none of is left out, as in entries from before there was any."""

    organisation: str
    system: str
    officer: str
    role: str = ""
    relation: Relation = Relation.NONE
    purpose: str
    legal_basis: str
    categories: list[str]
    about: str
    at: int
    seal: Seal | None = None
    acting: Acting | None = None
    reported: Reported | None = None


def encode(use: Use, categories: Iterable[str], at: int) -> bytes:
    """The text of a use that opened `categories` at an instant."""
    text = _Text(
        organisation=use.actor.organisation,
        system=use.actor.system,
        officer=use.actor.officer,
        role=use.actor.role,
        relation=use.relation,
        purpose=use.purpose,
        legal_basis=use.legal_basis,
        categories=sorted(categories),
        about=use.about,
        at=at,
        seal=use.seal,
        acting=use.acting,
        reported=use.reported,
    )
    return msgspec.json.encode(text)


def decode(text: bytes) -> tuple[Use, int]:
    """The use and its instant."""
    told = msgspec.json.decode(text, type=_Text)
    actor = Actor(organisation=told.organisation, system=told.system, officer=told.officer, role=told.role)
    use = Use(
        actor=actor,
        purpose=told.purpose,
        legal_basis=told.legal_basis,
        categories=frozenset(told.categories),
        about=told.about,
        relation=told.relation,
        seal=told.seal,
        acting=told.acting,
        reported=told.reported,
    )
    return use, told.at


def commitment(subject: int, salt: bytes, text: bytes) -> bytes:
    """What the ledger holds of a use (32 bytes)."""
    return hashlib.sha256(_DOMAIN + salt + subject.to_bytes(8, "big") + text).digest()
