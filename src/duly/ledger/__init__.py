"""An append-only Merkle log of bytes: entries, checkpoints, proofs; in `verify` an independent verifier."""

from duly.ledger.checkpoint import Checkpoint
from duly.ledger.log import Ledger
from duly.ledger.note import Signer
from duly.ledger.publish import publish

__all__ = ["Checkpoint", "Ledger", "Signer", "publish"]
