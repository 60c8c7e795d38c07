"""A receipt proves one use of one's data, offline: a C2SP tlog-proof that carries what its entry commits to.

The extra data are JSON: the use's text, its salt and the subject's number, of which the commitment is made;
for a use of many subjects also the way from that commitment to the entry. The text says what was used by whom
and why; that it holds follows from the log's signature and from as many witnesses as are asked for.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

from duly.ledger.verify.notes import Head, PublicKey, open_checkpoint, signers
from duly.ledger.verify.proofs import ProofError, inclusion

__all__ = ["Receipt", "check_receipt"]

_FIRST = "c2sp.org/tlog-proof@v1"
_LARGEST = 1_000_000
_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})", re.ASCII)
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What a receipt proves: the text of a use, its place in the log, the checkpoint, who cosigned that."""

    text: dict[str, Any]
    index: int
    head: Head
    witnesses: tuple[str, ...]


def check_receipt(
    raw: bytes, keys: Sequence[PublicKey], witnesses: Sequence[PublicKey], quorum: int
) -> Receipt:
    """What the receipt proves, if all `keys` of the log and `quorum` witnesses signed it; else ProofError."""
    extra, index, proof, note = _parts(raw)
    head = open_checkpoint(note, keys)
    cosigned = tuple(sorted(key.name for key in signers(note, witnesses)))
    if len(cosigned) < quorum:
        raise ProofError(f"{len(cosigned)} witnesses have cosigned the checkpoint, and {quorum} are needed")
    text, entry = _entry(extra)
    leaf = hashlib.sha256(b"\x00" + entry).digest()
    inclusion(leaf_hash=leaf, index=index, size=head.size, proof=proof, root=head.root)
    return Receipt(text=_record(text, "the text of the use"), index=index, head=head, witnesses=cosigned)


def _parts(raw: bytes) -> tuple[dict[str, Any], int, list[bytes], bytes]:
    """The extra data, the index, the proof and the checkpoint."""
    if len(raw) > _LARGEST:
        raise ProofError(f"the receipt has more than {_LARGEST} bytes")
    above, blank, note = raw.partition(b"\n\n")
    try:
        first, *lines = above.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise ProofError("above its checkpoint a receipt is ASCII") from error
    if not blank or first != _FIRST:
        raise ProofError(f"a receipt begins with the line {_FIRST}")
    if len(lines) < 2 or not lines[0].startswith("extra "):
        raise ProofError("the receipt has no extra data, and so does not say what was used")
    index = _INDEX.fullmatch(lines[1])
    if not index:
        raise ProofError("the receipt does not say the index of its entry")
    proof = [_bytes(line, "a hash of the proof") for line in lines[2:]]
    extra = _record(_bytes(lines[0].removeprefix("extra "), "the extra data"), "the extra data")
    return extra, int(index[1]), proof, note


def _entry(extra: dict[str, Any]) -> tuple[bytes, bytes]:
    """The text of the use, and what the log holds of it."""
    text, salt = _field(extra, "text"), _field(extra, "salt")
    subject = _number(extra, "subject")
    leaf = hashlib.sha256(b"duly.use.v1" + salt + subject.to_bytes(8, "big") + text).digest()
    if len(salt) != 32:
        raise ProofError(f"the salt has {len(salt)} bytes instead of 32")
    bulk = extra.get("bulk")
    if bulk is None:
        return text, leaf
    if not isinstance(bulk, dict):
        raise ProofError("the way to the entry of many is no record")
    return text, _bulk_entry(cast("dict[str, Any]", bulk), leaf, text)


def _bulk_entry(bulk: dict[str, Any], commitment: bytes, text: bytes) -> bytes:
    """The entry of a use of many subjects, from one subject's commitment."""
    hashes = bulk.get("path")
    if not isinstance(hashes, list):
        raise ProofError("the way to the entry of many has no hashes")
    proof = [_bytes(one, "a hash on the way") for one in cast("list[object]", hashes)]
    place, leaves, said = _number(bulk, "place"), _number(bulk, "leaves"), _field(bulk, "text")
    leaf = hashlib.sha256(b"\x00" + commitment).digest()
    root = _field(bulk, "root")
    inclusion(leaf_hash=leaf, index=place, size=leaves, proof=proof, root=root)
    uses = _json(said, "the text of the use of many")
    if not isinstance(uses, list) or _json(text, "the text of the use") not in uses:
        raise ProofError("the entry of many is not about this use")
    return hashlib.sha256(b"duly.bulk.v1" + leaves.to_bytes(8, "big") + root + said).digest()


def _record(raw: bytes, what: str) -> dict[str, Any]:
    record = _json(raw, what)
    if not isinstance(record, dict):
        raise ProofError(f"{what} is no record")
    return cast("dict[str, Any]", record)


def _json(raw: bytes, what: str) -> Any:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise ProofError(f"{what} is not JSON") from error


def _number(record: dict[str, Any], name: str) -> int:
    """A number is written as text: not every reader of JSON keeps 63 bits."""
    told = record.get(name)
    if not isinstance(told, str) or not _NUMBER.fullmatch(told) or int(told) >= 2**63:
        raise ProofError(f"{name} is not a number, written as text")
    return int(told)


def _field(record: dict[str, Any], name: str) -> bytes:
    return _bytes(record.get(name), name)


def _bytes(told: object, what: str) -> bytes:
    if not isinstance(told, str):
        raise ProofError(f"{what} is not there")
    try:
        raw = base64.b64decode(told, validate=True)
    except ValueError as error:
        raise ProofError(f"{what} is not base64") from error
    if base64.b64encode(raw).decode() != told:
        raise ProofError(f"{what} is not canonical base64")
    return raw
