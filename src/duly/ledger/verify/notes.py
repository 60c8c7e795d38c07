"""A checkpoint counts only if every key asked for has signed it and each byte is as the standards write it.

C2SP signed-note, tlog-checkpoint and tlog-cosignature. Lines of keys that were not asked for are passed
over, as the standard says. Base64 must be canonical, so that no bit of a note can change unseen.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from duly.ledger.verify.proofs import ProofError

__all__ = ["Head", "PublicKey", "open_checkpoint", "open_note", "said_by", "signers"]

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
