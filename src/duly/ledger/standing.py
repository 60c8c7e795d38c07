"""How the log stands, from what is stored: which checkpoint counts, what waits, what is wrong.

Nothing is remembered about an alarm: it is on while what it says is so, in whatever process one looks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, func, select

from duly.ledger import checkpoint, sweep
from duly.ledger.checkpoint import Checkpoint
from duly.ledger.note import Signer
from duly.ledger.tables import CHECKPOINT, COSIGNATURE, PENDING, WITNESS
from duly.ledger.tree import HASH
from duly.ledger.verify import PublicKey
from duly.ledger.witnesses import Asked, Witnesses, lines_by
from duly.store import upsert

__all__ = ["NOT_ASKED", "Cosigned", "Standing", "Watched", "counting", "keep", "standing", "watched"]

_NEWEST = select(CHECKPOINT.c.note).order_by(CHECKPOINT.c.size.desc()).limit(1)
_ONE = select(CHECKPOINT.c.note).where(CHECKPOINT.c.size == bindparam("which"))
_LINES = (
    select(COSIGNATURE.c.line).where(COSIGNATURE.c.size == bindparam("which")).order_by(COSIGNATURE.c.witness)
)
_ENOUGH = (
    select(COSIGNATURE.c.size)
    .where(COSIGNATURE.c.witness.in_(bindparam("who", expanding=True)))
    .group_by(COSIGNATURE.c.size)
    .having(func.count() >= bindparam("quorum"))
    .order_by(COSIGNATURE.c.size.desc())
    .limit(bindparam("many"))
)
_WAITING = select(func.coalesce(func.sum(func.length(PENDING.c.commitments)), 0), func.min(PENDING.c.id))
_SAID = select(WITNESS)
_KEEP = upsert(COSIGNATURE, ["size", "witness"])
_SAY = upsert(WITNESS, ["witness"])
NOT_ASKED = "was not asked yet"
"""Said of a witness at first; no fault of anybody's."""

_LOOKED_AT = 5
"""How many checkpoints with enough lines are tried, should lines of the newest have been damaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cosigned:
    """A checkpoint with the cosignatures that hold: who gave them, and whether it counts."""

    checkpoint: Checkpoint
    lines: Mapping[PublicKey, str]
    counts: bool

    @property
    def note(self) -> str:
        """The checkpoint with all signatures."""
        return self.checkpoint.note + "".join(self.lines.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A witness: its name, the newest size that it cosigned, and what is wrong ("": nothing)."""

    name: str
    size: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """All of it. `waiting` entries are not signed yet, the first of them is `first` (None: none waits)."""

    newest: Cosigned | None
    counting: Cosigned | None
    waiting: int
    first: int | None
    damage: str
    witnesses: tuple[Watched, ...]
    quorum: int

    @property
    def entered(self) -> int:
        """How many entries there are, with those that wait."""
        return (self.newest.checkpoint.size if self.newest else 0) + self.waiting

    @property
    def covered(self) -> int:
        """How many of them a checkpoint covers that counts; where no witness is asked, that is signed."""
        best = self.counting if self.witnesses else self.newest
        return best.checkpoint.size if best else 0


def standing(conn: Connection, signer: Signer, origin: str, witnesses: Witnesses) -> Standing:
    """How the log stands. OurFault when its newest checkpoint is not its own."""
    waiting, first = conn.execute(_WAITING).one()
    damages = sweep.known(conn)
    note = conn.execute(_NEWEST).scalar()
    newest = (
        None if note is None else _cosigned(conn, checkpoint.read(signer, origin, bytes(note)), witnesses)
    )
    return Standing(
        newest=newest,
        counting=newest if newest and newest.counts else counting(conn, signer, origin, witnesses),
        waiting=waiting // HASH,
        first=first,
        damage=damages[0].said if damages else "",
        witnesses=watched(conn, witnesses),
        quorum=witnesses.quorum,
    )


def counting(conn: Connection, signer: Signer, origin: str, witnesses: Witnesses) -> Cosigned | None:
    """The newest checkpoint that counts; None while there is none."""
    if not witnesses.members:
        return None
    who = [_name(one.key) for one in witnesses.members]
    asked = {"who": who, "quorum": witnesses.quorum, "many": _LOOKED_AT}
    for size in conn.execute(_ENOUGH, asked).scalars().all():
        note = conn.execute(_ONE, {"which": size}).scalar()  # None where the log was set back
        found = note and _cosigned(conn, checkpoint.read(signer, origin, bytes(note)), witnesses)
        if found and found.counts:
            return found
    return None


def watched(conn: Connection, witnesses: Witnesses) -> tuple[Watched, ...]:
    """What each witness said last."""
    said = {row.witness: row for row in conn.execute(_SAID)}
    return tuple(
        Watched(
            name=one.key.name,
            size=said[_name(one.key)].size if _name(one.key) in said else 0,
            problem=said[_name(one.key)].problem if _name(one.key) in said else NOT_ASKED,
        )
        for one in witnesses.members
    )


def keep(conn: Connection, size: int, answers: Sequence[tuple[PublicKey, Asked]], now: int) -> None:
    """Write down what witnesses answered for the checkpoint of `size`."""
    for key, asked in answers:
        if asked.line:
            conn.execute(_KEEP, {"size": size, "witness": _name(key), "line": asked.line})
        row = {"witness": _name(key), "size": asked.size, "problem": asked.problem, "at": now}
        conn.execute(_SAY, row)


def _cosigned(conn: Connection, one: Checkpoint, witnesses: Witnesses) -> Cosigned:
    lines = conn.execute(_LINES, {"which": one.size}).scalars().all()
    found = lines_by(one, lines, [witness.key for witness in witnesses.members])
    return Cosigned(checkpoint=one, lines=found, counts=bool(found) and len(found) >= witnesses.quorum)


def _name(key: PublicKey) -> str:
    return f"{key.name}+{key.id.hex()}"
