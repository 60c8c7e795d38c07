"""A checkpoint is what the log says of itself at one size: C2SP tlog-checkpoint, signed twice (see `note`).

Signing is deterministic, so the log knows its own checkpoint by writing it again: `read` accepts exactly what
`sign` would have written with the same key.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from dataclasses import dataclass

from duly.errors import OurFault
from duly.ledger.note import Signer

__all__ = ["Checkpoint", "read", "sign"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The tree's size and root at a time (seconds since 1970), and the signed note that says so."""

    origin: str
    size: int
    root: bytes
    time: int
    note: str


def sign(signer: Signer, *, origin: str, size: int, root: bytes, time: int) -> Checkpoint:
    """Sign the tree of `size` under `origin`, the name of the log."""
    text = f"{origin}\n{size}\n{b64encode(root).decode()}\n"
    note = f"{text}\n{signer.sign(text)}{signer.sign_at(text, time)}"
    return Checkpoint(origin=origin, size=size, root=root, time=time, note=note)


def read(signer: Signer, origin: str, note: bytes) -> Checkpoint:
    """The log's own checkpoint back from its note. OurFault if this key did not sign exactly this."""
    try:
        _, size, root, _, _, timed, _ = note.decode().split("\n")
        second = int.from_bytes(b64decode(timed.rsplit(" ", 1)[1])[4:12])
        written = sign(signer, origin=origin, size=int(size), root=b64decode(root), time=second)
    except (ValueError, IndexError, OverflowError) as error:
        raise _not_ours("It does not read as a checkpoint.") from error
    if written.note.encode() != note:
        raise _not_ours(f"The key {signer.name} did not sign it for {origin}.")
    return written


def _not_ours(detail: str) -> OurFault:
    return OurFault(
        "The ledger's last checkpoint is not its own",
        detail=detail,
        where="ledger_checkpoint",
        hint="Check that the key file belongs to this database, then run `duly ledger verify`.",
    )
