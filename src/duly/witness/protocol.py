"""A log is cosigned only from the size that was cosigned last, only if it is shown to have grown from there.

Never are two trees of one size cosigned, nor a smaller one after a larger: looking up what was last, checking
the proof and writing down the new one happen under one lock. The statuses are those of C2SP tlog-witness.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import Final, NamedTuple

from duly.ledger.verify import Head, ProofError, PublicKey, consistency, said_by, signers
from duly.witness.cosigner import Cosigner
from duly.witness.record import Records

__all__ = ["Answer", "Witness"]

_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,18})", re.ASCII)
_MOST_HASHES: Final = 63
_EMPTY_ROOT: Final = hashlib.sha256().digest()
TEXT: Final = "text/plain; charset=utf-8"
SIZE: Final = "text/x.tlog.size"


class Answer(NamedTuple):
    """What is sent back."""

    status: int
    body: bytes
    media: str = TEXT


class _Asked(NamedTuple):
    old: int
    proof: list[bytes]
    note: bytes
    head: Head


class Witness:
    """Cosigns the logs whose public keys it was given, by origin. `now` gives seconds since 1970."""

    def __init__(
        self,
        cosigner: Cosigner,
        logs: Mapping[str, Sequence[PublicKey]],
        records: Records,
        now: Callable[[], int],
    ) -> None:
        self._cosigner, self._logs, self._records, self._now = cosigner, logs, records, now
        self._alone = Lock()

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer `POST add-checkpoint`."""
        try:
            asked = _read(body)
        except ProofError as error:
            return _refused(400, str(error))
        keys = self._logs.get(asked.head.origin)
        if keys is None:
            return _refused(404, "this witness does not know the log")
        try:
            signed = signers(asked.note, keys)
        except ProofError as error:
            return _refused(403, str(error))
        if not signed:
            return _refused(403, "no key that this witness trusts for the log has signed it")
        if asked.old > asked.head.size:
            return _refused(400, "the old size is greater than that of the checkpoint")
        with self._alone:
            return self._cosign(asked, signed)

    def checkpoint(self, hexadecimal: str) -> Answer:
        """Answer `GET <origin hash>/checkpoint`."""
        with self._alone:
            note = self._records.note(hexadecimal)
        return Answer(200, note) if note else _refused(404, "nothing of this log was cosigned")

    def _cosign(self, asked: _Asked, signed: Mapping[PublicKey, object]) -> Answer:
        last = self._records.newest(asked.head.origin)
        if asked.old != (last.size if last else 0):
            return Answer(409, f"{last.size if last else 0}\n".encode(), SIZE)
        try:
            _require_grown(last, asked)
        except ProofError as error:
            return _refused(422, str(error))
        second = max(self._now(), (last.time or 0) if last else 0)
        text, _, lines = asked.note.decode().rpartition("\n\n")
        line = self._cosigner.line(f"{text}\n", second)
        kept = [one for one in lines.splitlines(keepends=True) if _is_of(one, signed)]
        head = Head(origin=asked.head.origin, size=asked.head.size, root=asked.head.root, time=second)
        self._records.keep(head, f"{text}\n\n{''.join(kept)}{line}".encode())
        return Answer(200, line.encode())


def _require_grown(last: Head | None, asked: _Asked) -> None:
    """ProofError unless the checkpoint continues what was cosigned last."""
    head = asked.head
    if head.size == 0 and head.root != _EMPTY_ROOT:
        raise ProofError("the root of the empty tree is wrong")
    if last is None or last.size == 0:
        if asked.proof:
            raise ProofError("nothing has to be proved from the empty tree")
        return
    consistency(size1=last.size, root1=last.root, size2=head.size, root2=head.root, proof=asked.proof)


def _read(body: bytes) -> _Asked:
    """The parts of a request. ProofError for what is no request."""
    head, blank, note = body.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise ProofError("the request is not as the protocol has it") from error
    old = _OLD.fullmatch(first)
    if not blank or not old:
        raise ProofError("the request does not begin with the old size, a proof and an empty line")
    if len(hashes) > _MOST_HASHES:
        raise ProofError(f"the proof has more than {_MOST_HASHES} hashes")
    return _Asked(int(old[1]), [_hash(one) for one in hashes], note, said_by(note))


def _hash(line: str) -> bytes:
    try:
        raw = base64.b64decode(line, validate=True)
    except ValueError as error:
        raise ProofError("a line of the proof is not base64") from error
    if len(raw) != 32 or base64.b64encode(raw).decode() != line:
        raise ProofError("a line of the proof is not a hash of 32 bytes")
    return raw


def _is_of(line: str, signed: Mapping[PublicKey, object]) -> bool:
    """Whether a signature line is that of a key that was checked: others are not passed on."""
    _, named, signature = line.rstrip("\n").split(" ", 2)
    number = base64.b64decode(signature)[:4]
    return any(named == key.name and number == key.id for key in signed)


def _refused(status: int, why: str) -> Answer:
    return Answer(status, f"{why}\n".encode())
