#!/usr/bin/env python3
"""Check a receipt of the ledger of uses, offline. Needs Python 3.11 and its package `cryptography`.

    python3 check-receipt.py RECEIPT --key KEY [--key KEY] [--witness KEY ... --quorum N]

A KEY is the text of a public key, or a file with one a line. All keys of the log must have signed; of the
witnesses as many as --quorum says (all that are named, if it is left out). Exit code 0: the receipt holds,
and what it proves is printed. 1: it does not. 2: it cannot be checked.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast
from typing import Self
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


_LARGEST_SIZE = 2**63 - 1


class ProofError(ValueError):
    """What was given does not prove what it should."""


def parent(left: bytes, right: bytes) -> bytes:
    """The hash above two hashes."""
    return hashlib.sha256(b"".join((b"\x01", left, right))).digest()


def inclusion(*, leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """Return if `proof` shows `leaf_hash` at `index` of the tree of `size` with `root`; else ProofError."""
    _require_size(size, "size")
    _require_number(index, "index")
    if index >= size:
        raise ProofError(f"index {index} is outside a tree of {size}")
    _require_hash(leaf_hash, "leaf_hash")
    _require_hash(root, "root")
    _require_hashes(proof)
    node, last, result = index, size - 1, leaf_hash
    for sibling in proof:
        if last == 0:
            raise ProofError("the proof has more hashes than the tree has levels")
        if node & 1 or node == last:
            result = parent(sibling, result)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            result = parent(result, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof has fewer hashes than the tree has levels")
    _require_root(result, root, "root")


def consistency(*, size1: int, root1: bytes, size2: int, root2: bytes, proof: Sequence[bytes]) -> None:
    """Return if `proof` shows the tree of `size1` to be the beginning of that of `size2`; else ProofError."""
    _require_size(size1, "size1")
    _require_size(size2, "size2")
    _require_hash(root1, "root1")
    _require_hash(root2, "root2")
    _require_hashes(proof)
    if size1 > size2:
        raise ProofError(f"a tree of {size1} cannot be the beginning of a tree of {size2}")
    if size1 == size2:
        if proof:
            raise ProofError("two trees of one size need no proof")
        return _require_root(root1, root2, "root2")
    hashes = [root1, *proof] if size1 & (size1 - 1) == 0 else list(proof)
    old, new = _climb(size1, size2, hashes)
    _require_root(old, root1, "root1")
    return _require_root(new, root2, "root2")


def _climb(size1: int, size2: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    """The two roots that the hashes lead to."""
    if len(hashes) == 0:
        raise ProofError("the proof is empty")
    node, last = size1 - 1, size2 - 1
    while node & 1:
        node, last = node >> 1, last >> 1
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            raise ProofError("the proof has more hashes than the tree has levels")
        if node & 1 or node == last:
            old, new = parent(sibling, old), parent(sibling, new)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            new = parent(new, sibling)
        node, last = node >> 1, last >> 1
    if last != 0:
        raise ProofError("the proof has fewer hashes than the tree has levels")
    return old, new


def _require_number(value: object, name: str) -> None:
    if type(value) is not int:
        raise ProofError(f"{name} is {type(value).__name__}, not a whole number")
    if not 0 <= value <= _LARGEST_SIZE:
        raise ProofError(f"{name} is {value}, outside 0 to 2**63 - 1")


def _require_size(value: object, name: str) -> None:
    _require_number(value, name)
    if value == 0:
        raise ProofError(f"{name} is 0: nothing can be proved of an empty tree")


def _require_hash(value: object, name: str) -> None:
    if type(value) is not bytes:
        raise ProofError(f"{name} is {type(value).__name__}, not bytes")
    if len(value) != 32:
        raise ProofError(f"{name} has {len(value)} bytes instead of 32")


def _require_hashes(proof: Sequence[object]) -> None:
    if not isinstance(proof, list | tuple):
        raise ProofError(f"the proof is {type(proof).__name__}, not a list of hashes")
    for at, one in enumerate(proof):
        _require_hash(one, f"proof[{at}]")


def _require_root(found: bytes, expected: bytes, name: str) -> None:
    if found != expected:
        raise ProofError(f"the proof leads to {found.hex()}, but {name} is {expected.hex()}")


_LARGEST_NOTE = 1_000_000


_MOST_LINES = 100


_KEY = re.compile(r"([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)")


_LINE = re.compile(r"\u2014 ([^\s+]+) ([A-Za-z0-9+/=]+)")


_SIZE = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


_PLAIN, _TIMED = 1, 4


_LATEST = 2**63 - 1


_EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that is trusted: its name, its number and what it signs (1 the text, 4 the text and the time)."""

    name: str
    id: bytes
    kind: int
    key: bytes

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `<name>+<8 hexadecimal digits>+<base64>`."""
        found = _KEY.fullmatch(text.strip())
        if not found:
            raise ProofError(f"{text!r} is not a verifier key: <name>+<8 hexadecimal digits>+<base64>")
        raw = _base64(found[3], "the verifier key")
        if len(raw) != 33 or raw[0] not in (_PLAIN, _TIMED):
            raise ProofError(f"the verifier key {found[1]} is not an Ed25519 key (type 1 or 4)")
        number = hashlib.sha256(found[1].encode() + b"\n" + raw).digest()[:4]
        if number.hex() != found[2]:
            raise ProofError(f"the verifier key {found[1]} has the number {number.hex()}, not {found[2]}")
        return cls(name=found[1], id=number, kind=raw[0], key=raw[1:])

    def check(self, text: str, signature: bytes) -> int | None:
        """Return if this key signed the text: at which second, or None if that was not signed."""
        second = None
        said = text
        if self.kind == _TIMED:
            second, signature = int.from_bytes(signature[:8], "big"), signature[8:]
            if second > _LATEST:
                raise ProofError(f"the signature of {self.name} is of a second that no clock shows")
            said = f"cosignature/v1\ntime {second}\n{text}"
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, said.encode())
        except (InvalidSignature, ValueError) as error:
            raise ProofError(f"the signature of {self.name} is wrong") from error
        return second


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """What a checkpoint says; `time` (seconds since 1970) where a key has signed one."""

    origin: str
    size: int
    root: bytes
    time: int | None


def open_note(note: bytes, keys: Sequence[PublicKey]) -> tuple[str, int | None]:
    """The text that all `keys` have signed, and the latest second that one of them gave."""
    text, lines = _split(note)
    if not keys:
        raise ProofError("no key was given to check the note with")
    times = [second for key in keys if (second := _signed_by(key, text, lines)) is not None]
    return text, max(times, default=None)


def signers(note: bytes, keys: Sequence[PublicKey]) -> dict[PublicKey, int | None]:
    """Those of `keys` that signed the note, and when; ProofError where a line of one of them is wrong."""
    text, lines = _split(note)
    there = [key for key in keys if any(_is_of(key, name, raw) for name, raw in lines)]
    return {key: _signed_by(key, text, lines) for key in there}


def open_checkpoint(note: bytes, keys: Sequence[PublicKey]) -> Head:
    """What a checkpoint that all `keys` have signed says of the tree."""
    _, second = open_note(note, keys)
    head = replace(said_by(note), time=second)
    if head.size == 0 and head.root != _EMPTY_ROOT:
        raise ProofError("the root of the empty tree is wrong")
    return head


def said_by(note: bytes) -> Head:
    """What a checkpoint says of the tree, whoever signed it: for who looks at signatures by itself."""
    lines = _split(note)[0].split("\n")
    if len(lines) < 4 or not all(lines[:-1]):
        raise ProofError("a checkpoint has three lines or more, none of them empty")
    origin, size, root = lines[:3]
    if not _SIZE.fullmatch(size) or int(size) >= 2**63:
        raise ProofError(f"the size {size!r} is not a number without leading zeros")
    head = Head(origin=origin, size=int(size), root=_base64(root, "the root"), time=None)
    if len(head.root) != 32:
        raise ProofError(f"the root has {len(head.root)} bytes instead of 32")
    return head


def _split(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text, and name and signature of each line under it."""
    if len(note) > _LARGEST_NOTE:
        raise ProofError(f"the note has more than {_LARGEST_NOTE} bytes")
    try:
        whole = note.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ProofError("the note is not UTF-8") from error
    if any(character < " " and character != "\n" for character in whole):
        raise ProofError("the note holds a control character")
    text, blank, rest = whole.rpartition("\n\n")
    if not blank or not rest.endswith("\n"):
        raise ProofError("the note is not a text, an empty line and signature lines")
    lines = rest[:-1].split("\n")
    if len(lines) > _MOST_LINES:
        raise ProofError(f"the note has more than {_MOST_LINES} signature lines")
    return text + "\n", [_line(line) for line in lines]


def _line(line: str) -> tuple[str, bytes]:
    found = _LINE.fullmatch(line)
    if not found:
        raise ProofError(f"not a signature line: {line[:80]!r}")
    signature = _base64(found[2], f"the signature of {found[1]}")
    if len(signature) < 5:
        raise ProofError(f"the signature of {found[1]} is too short")
    return found[1], signature


def _signed_by(key: PublicKey, text: str, lines: list[tuple[str, bytes]]) -> int | None:
    """Check each line of this key; ProofError if there is none."""
    mine = [raw[4:] for name, raw in lines if _is_of(key, name, raw)]
    if not mine:
        raise ProofError(f"{key.name} (key {key.id.hex()}) has not signed it")
    times = [second for signature in mine if (second := key.check(text, signature)) is not None]
    return max(times, default=None)


def _is_of(key: PublicKey, name: str, raw: bytes) -> bool:
    return name == key.name and raw[:4] == key.id


def _base64(text: str, what: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except ValueError as error:
        raise ProofError(f"{what} is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise ProofError(f"{what} is not canonical base64")
    return raw


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


def _keys(given: list[str]) -> list[PublicKey]:
    """Keys as text, or files with one a line."""
    lines: list[str] = []
    for one in given:
        lines += Path(one).read_text(encoding="utf-8").split() if os.path.isfile(one) else [one]
    return [PublicKey.parse(line) for line in lines]


def main() -> int:
    """Check the receipt that the command line names."""
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    options.add_argument("receipt")
    options.add_argument("--key", action="append", required=True)
    options.add_argument("--witness", action="append", default=[])
    options.add_argument("--quorum", type=int)
    given = options.parse_args()
    try:
        keys, witnesses = _keys(given.key), _keys(given.witness)
        raw = Path(given.receipt).read_bytes()
    except (OSError, ValueError) as error:
        print(f"This cannot be checked: {error}", file=sys.stderr)
        return 2
    quorum = len(witnesses) if given.quorum is None else given.quorum
    try:
        receipt = check_receipt(raw, keys, witnesses, quorum)
    except ProofError as error:
        print(f"The receipt does not hold: {error}", file=sys.stderr)
        return 1
    print(f"The receipt holds: entry {receipt.index} of {receipt.head.size} in {receipt.head.origin}.")
    print(f"Cosigned by {', '.join(receipt.witnesses) or 'nobody that was asked for'}.")
    for name, value in receipt.text.items():
        print(f"  {name}: {value}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
