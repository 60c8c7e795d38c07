"""What a witness has cosigned last of each log is on the disk before anybody hears of it.

One file for each log, named by the SHA-256 of its origin: the checkpoint with the log's signatures and the
witness's own. A file that does not verify stops the witness: it does not begin anew, which would let a
rewritten log pass.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from duly.errors import Conflict, OurFault
from duly.ledger.verify import Head, ProofError, PublicKey, open_checkpoint, signers

__all__ = ["Records"]


class Records:
    """The newest checkpoint of each log, in a directory that one process holds."""

    def __init__(self, directory: Path, held: dict[str, tuple[Head, bytes]], lock: int) -> None:
        self._directory, self._held, self._lock = directory, held, lock

    @classmethod
    def open(cls, directory: Path, own: PublicKey, logs: Mapping[str, Sequence[PublicKey]]) -> Self:
        """Take the directory. Conflict when another process has it, OurFault for a file that is wrong."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = {origin: _read(directory / name(origin), own, logs[origin]) for origin in logs}
        except BlockingIOError as error:
            os.close(lock)
            hint = "Stop it, or give this one a directory of its own."
            detail = "Another witness works in this directory."
            raise Conflict(
                "The directory is taken", detail=detail, where=str(directory), hint=hint
            ) from error
        except BaseException:
            os.close(lock)
            raise
        return cls(directory, {origin: one for origin, one in held.items() if one is not None}, lock)

    def newest(self, origin: str) -> Head | None:
        """What was cosigned last of a log; None if nothing ever was."""
        found = self._held.get(origin)
        return found[0] if found else None

    def note(self, hexadecimal: str) -> bytes | None:
        """The checkpoint of the log whose origin has this SHA-256, with all signatures."""
        return next((note for origin, (_, note) in self._held.items() if name(origin) == hexadecimal), None)

    def keep(self, head: Head, note: bytes) -> None:
        """Write down the newest; it is on the disk when this returns."""
        file = self._directory / name(head.origin)
        part = file.with_suffix(".new")
        with part.open("wb") as writing:
            writing.write(note)
            writing.flush()
            os.fsync(writing.fileno())
        part.replace(file)
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        self._held[head.origin] = (head, note)

    def close(self) -> None:
        """Let another process have the directory."""
        os.close(self._lock)


def name(origin: str) -> str:
    """What the file of a log is called."""
    return hashlib.sha256(origin.encode()).hexdigest()


def _read(file: Path, own: PublicKey, keys: Sequence[PublicKey]) -> tuple[Head, bytes] | None:
    if not file.exists():
        return None
    note = file.read_bytes()
    try:
        head = open_checkpoint(note, [own])
        if not signers(note, keys) or name(head.origin) != file.name:
            raise ProofError("no key of this log has signed it")
    except ProofError as error:
        raise OurFault(
            "What this witness cosigned last cannot be read",
            detail=f"{error}. It cosigns nothing more of this log.",
            where=str(file),
            hint="Restore the file from the witness's own copy. Never delete it: that forgets the log.",
        ) from error
    return head, note
