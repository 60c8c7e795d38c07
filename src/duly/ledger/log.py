"""The ledger takes bytes and gives proofs; it knows no person and no reason.

`pend` belongs to the transaction of whoever used personal data: the use and its commitment are stored
together or not at all. `sequence` gives the commitments their indexes and signs. Proofs come from stored
tiles.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from sqlalchemy import Connection, func, insert, select

from duly.clock import Clock
from duly.errors import BadInput, OurFault
from duly.ledger import sequencer, standing, sweep
from duly.ledger.checkpoint import Checkpoint
from duly.ledger.note import Signer
from duly.ledger.tables import LEAF, PENDING
from duly.ledger.tiles import WIDTH, hashes_of, places_of
from duly.ledger.tree import HASH, Range, consistency_ranges, inclusion_ranges
from duly.ledger.verify import PublicKey
from duly.ledger.witnesses import Asked, Witnesses
from duly.store import Store

__all__ = ["Ledger"]

_PEND = insert(PENDING)
_SOME_PENDING = select(PENDING.c.id).limit(1)
_INDEXES = select(LEAF.c.commitment, func.min(LEAF.c.index)).group_by(LEAF.c.commitment)
_A_FEW = 16
"""Blocks to look at between two signatures."""

_AT_ONCE = 500
"""Commitments in one statement; SQLite allows 32,766 parameters, its planner likes fewer."""


class Ledger:
    """The log named `origin` in `store`, signed by `signer`; its times are those of `clock`."""

    def __init__(self, store: Store, signer: Signer, origin: str, clock: Clock) -> None:
        self._store = store
        self._signer = signer
        self.origin = origin
        self._clock = clock
        self._sweep = sweep.Sweep(signer, origin)

    def public_keys(self) -> tuple[str, str]:
        """The verifier keys, plain and timed; both sign every checkpoint."""
        return self._signer.public_keys()

    def pend(self, connection: Connection, commitments: Sequence[bytes]) -> None:
        """Store commitments of 32 bytes in the caller's transaction, for the sequencer to take in order."""
        for commitment in commitments:
            if len(commitment) != HASH:
                raise OurFault(
                    "Not a commitment", detail=f"It has {len(commitment)} bytes instead of {HASH}."
                )
        rows = [
            {"commitments": b"".join(commitments[at : at + WIDTH])}
            for at in range(0, len(commitments), WIDTH)
        ]
        if rows:
            connection.execute(_PEND, rows)

    def sequence(self, most: int = sequencer.MOST) -> Checkpoint | None:
        """Index up to `most` pending commitments (or one row of them) and sign; None when nothing is pending.

        Many may call it at once, in one process or several. TryAgain when the database is busy; OurFault when
        what is stored does not lead to the last checkpoint, or a part of it is known to be damaged.
        """
        with self._store.read() as connection:
            if connection.execute(_SOME_PENDING).first() is None:
                return None
        self._require_whole()
        with self._store.write() as connection:
            return sequencer.sequence(
                connection, self._signer, origin=self.origin, clock=self._clock, most=most
            )

    def look_again(self) -> None:
        """Hash the next part of what was stored long ago. OurFault when something is or was found damaged."""
        self._require_whole(_A_FEW)

    def _require_whole(self, blocks: int = sweep.BLOCKS) -> None:
        with self._store.read() as connection:
            newest = sequencer.last_checkpoint(connection, self._signer, self.origin)
            found = self._sweep.look(connection, newest.size if newest else 0, blocks)
            some_known = bool(found or sweep.known(connection))
        if some_known:
            with self._store.write() as connection:
                sweep.remember(connection, found)
                lasting = sweep.lasting(connection, self._sweep)
            if lasting:
                raise _damaged(lasting)

    def checkpoint(self) -> Checkpoint | None:
        """The current checkpoint; None before the first entry."""
        with self._store.read() as connection:
            return sequencer.last_checkpoint(connection, self._signer, self.origin)

    def standing(self, witnesses: Witnesses) -> standing.Standing:
        """How the log stands with these witnesses. OurFault when its newest checkpoint is not its own."""
        with self._store.read() as connection:
            return standing.standing(connection, self._signer, self.origin, witnesses)

    def cosigned_sizes(self, witnesses: Witnesses) -> dict[PublicKey, int]:
        """Which size each witness had last."""
        with self._store.read() as connection:
            found = standing.watched(connection, witnesses)
        return {one.key: said.size for one, said in zip(witnesses.members, found, strict=True)}

    def proof_up_to(self, size: int) -> Callable[[int], list[bytes]]:
        """The consistency proofs to the tree of `size`; from the empty tree, or from itself, it is empty."""
        return lambda old: self.consistency_proof(old, size) if 0 < old < size else []

    def keep_answers(self, size: int, answers: Sequence[tuple[PublicKey, Asked]]) -> None:
        """Write down what witnesses answered for the checkpoint of `size`."""
        with self._store.write() as connection:
            standing.keep(connection, size, answers, self._clock.now())

    def inclusion_proof(self, index: int, size: int) -> list[bytes]:
        """The hashes that prove entry `index` in the tree of `size`. BadInput outside the log."""
        if not 0 <= index < size:
            raise BadInput("No such entry", detail=f"A tree of {size} has no entry {index}.", where="index")
        return self._hashes(inclusion_ranges(index, size), size)

    def consistency_proof(self, size1: int, size2: int) -> list[bytes]:
        """The hashes that prove the tree of `size1` the beginning of that of `size2`, else BadInput."""
        if not 1 <= size1 <= size2:
            detail = f"A tree of {size1} is not the beginning of a tree of {size2}."
            raise BadInput(
                "No such proof", detail=detail, where="size", hint="Sizes are 1 or more, the smaller first."
            )
        return self._hashes(consistency_ranges(size1, size2), size2)

    def index_of(self, commitment: bytes) -> int | None:
        """The index of a commitment; None while it is pending or unknown."""
        with self._store.read() as connection:
            return self.indexes_of(connection, [commitment]).get(commitment)

    def indexes_of(self, connection: Connection, commitments: Collection[bytes]) -> dict[bytes, int]:
        """The first index of each commitment that has one."""
        wanted = list(commitments)
        found: dict[bytes, int] = {}
        for at in range(0, len(wanted), _AT_ONCE):
            some = _INDEXES.where(LEAF.c.commitment.in_(wanted[at : at + _AT_ONCE]))
            found.update({bytes(commitment): index for commitment, index in connection.execute(some)})
        return found

    def _hashes(self, ranges: Sequence[Range], size: int) -> list[bytes]:
        """The hash of each range of the tree of `size`."""
        with self._store.read() as connection:
            last = sequencer.last_checkpoint(connection, self._signer, self.origin)
            if size > (last.size if last else 0):
                detail = f"The log has {last.size if last else 0} entries, not {size}."
                raise BadInput("No such tree", detail=detail, where="size")
            tiles = sequencer.stored_tiles(connection, places_of(ranges))
        try:
            return hashes_of(ranges, tiles)
        except KeyError as error:
            detail = f"Tile {error} is missing or too short."
            raise OurFault(
                "The ledger is damaged", detail=detail, hint="Run `duly ledger verify`."
            ) from error


def _damaged(found: Sequence[sweep.Damage]) -> OurFault:
    more = f" So are {len(found) - 1} other parts." if len(found) > 1 else ""
    return OurFault(
        "The ledger does not match what was signed",
        detail=f"{found[0].said}{more} Nothing was added and nothing signed.",
        where="ledger",
        hint="Run `duly ledger verify` and restore the database from a copy that verifies.",
    )
