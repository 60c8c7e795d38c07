"""An append-only Merkle log of bytes: entries, checkpoints, proofs; in `verify` an independent verifier."""

from duly.ledger.checkpoint import Checkpoint
from duly.ledger.keeper import Keeper
from duly.ledger.log import Ledger
from duly.ledger.note import Signer
from duly.ledger.publish import publish
from duly.ledger.witnesses import Witnesses

__all__ = ["Checkpoint", "Keeper", "Ledger", "Signer", "Witnesses", "publish"]
