"""The `signature` of a DCI message: by which key its sender signed {header} and {message}, byte for byte.

DCI v1.0.0 writes it as HTTP signatures were once drafted: parameters by name, of which `kidId` names sender,
key and algorithm. Three lines are signed: (created), (expires) and the digest of the header's bytes followed
by the message's. The standard names no hash: SHA-256 is taken, and BLAKE-512 (BLAKE2b) as its forebears have.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from duly.connectors.signatures import verifies
from duly.errors import Denied
from duly.events import Source
from duly.events.problems import UNREADABLE, malformed
from duly.events.unambiguous import require_unambiguous

__all__ = ["INVALID", "MISSING", "SENDER", "Written", "written_by"]

MISSING: Final = "The message is not signed"
INVALID: Final = "The message's signature is not believed"
SENDER: Final = "The message is another sender's"
TITLE: Final = "Not a DCI message"
SKEW: Final = 60
LONGEST: Final = 86_400
"""A signature is good for a day at the most (seconds)."""
PREFIX: Final = "Signature:"
NAMESPACES: Final = frozenset({"spdci", "dci"})
COVERED: Final = "(created) (expires) digest"
NAMES: Final = frozenset({"namespace", "kidId", "algorithm", "created", "expires", "headers", "signature"})
PARAMETER: Final = re.compile(r'\s*([A-Za-z]+)="([^"\\]*)"\s*', re.ASCII)
WHOLE: Final = re.compile(r"[0-9]{1,12}", re.ASCII)
DIGESTS: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "SHA-256": lambda body: hashlib.sha256(body).digest(),
    "BLAKE-512": lambda body: hashlib.blake2b(body).digest(),
}


class _Signed(msgspec.Struct, frozen=True, kw_only=True):
    """`header` and `message` as they stand in the body; what else stands there is read by nobody."""

    signature: str = ""
    header: msgspec.Raw
    message: msgspec.Raw


class _Sender(msgspec.Struct, frozen=True, kw_only=True):
    sender_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A message that its sender signed: `content` is the same only for the same; `until` in seconds."""

    content: str
    until: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Told:
    """The parameters of a signature."""

    sender: str
    key: str
    algorithm: str
    created: int
    expires: int
    signature: bytes


def written_by(source: Source, body: bytes, now: float) -> Written:
    """The message of this sender's that the body is. Denied (401) unless everything holds."""
    require_unambiguous(body, title=TITLE)
    try:
        parts = msgspec.json.decode(body, type=_Signed)
        sender = msgspec.json.decode(parts.header, type=_Sender).sender_id
    except UNREADABLE as error:
        raise malformed(error, title=TITLE, within="", fields=()) from error
    if sender != source.dci:
        raise _denied(SENDER, "The source was registered with another sender_id.", "header.sender_id")
    if not parts.signature.strip():
        raise _denied(MISSING, "This sender signs its messages.", hint="Sign header and message: DCI v1.0.0.")
    told = _read(parts.signature)
    _require_own(told, sender, now)
    content = _verified(source, told, bytes(parts.header) + bytes(parts.message), now)
    return Written(content=content, until=told.expires)


def _verified(source: Source, told: _Told, signed: bytes, now: float) -> str:
    """The lines that were signed, by whichever digest they are."""
    key = next((one for one in source.signing if one.id == told.key), None)
    if key is None:
        raise _wrong("The sender has no such key.", "Register the public key: duly sources add.")
    if key.is_retired(now):
        raise _wrong("Its key has been retired.")
    for lines in _lines(told, signed):
        if verifies(key, told.algorithm, lines, told.signature):
            return lines.decode()
    raise _wrong("It does not verify.", "Sign the bytes of header and message as they are sent.")


def _lines(told: _Told, signed: bytes) -> Iterator[bytes]:
    for name, digest in DIGESTS.items():
        told_digest = base64.b64encode(digest(signed)).decode()
        lines = f"(created): {told.created}\n(expires): {told.expires}\ndigest: {name}={told_digest}"
        yield lines.encode()


def _require_own(told: _Told, sender: str, now: float) -> None:
    if told.sender != sender:
        raise _wrong("Its kidId names another sender than the header.")
    if told.created > now + SKEW:
        raise _wrong("It was created in the future.", "Look at your clock.")
    if told.expires <= now:
        raise _wrong("It has expired.", "Sign the message again.")
    if not 0 < told.expires - told.created <= LONGEST:
        raise _wrong(f"It expires more than {LONGEST} seconds after it was created, or before.")


def _read(text: str) -> _Told:
    told = _parameters(text)
    sender, _, rest = told["kidId"].partition("|")
    key, _, algorithm = rest.rpartition("|")
    if algorithm != told["algorithm"] or not key:
        raise _wrong("Its kidId is no sender_id|key id|algorithm, or of another algorithm.")
    if told["namespace"] not in NAMESPACES or told["headers"] != COVERED:
        raise _wrong(f'Its namespace is "spdci", its headers are "{COVERED}".')
    if not WHOLE.fullmatch(told["created"]) or not WHOLE.fullmatch(told["expires"]):
        raise _wrong("Its created and expires are seconds since 1970.")
    try:
        signature = base64.b64decode(told["signature"], validate=True)
    except (binascii.Error, ValueError) as error:
        raise _wrong("Its signature is not in base64.") from error
    return _Told(
        sender=sender,
        key=key,
        algorithm=algorithm,
        created=int(told["created"]),
        expires=int(told["expires"]),
        signature=signature,
    )


def _parameters(text: str) -> dict[str, str]:
    """Every parameter once; the text may begin with `Signature:`, as the standard's example does."""
    found: dict[str, str] = {}
    for part in text.strip().removeprefix(PREFIX).split(","):
        parameter = PARAMETER.fullmatch(part)
        if parameter is None or parameter[1] in found:
            raise _wrong('It is no list of name="value", each once.')
        found[parameter[1]] = parameter[2]
    if missing := sorted(NAMES - found.keys()):
        raise _wrong(f"It has no {', '.join(missing)}.")
    return found


def _wrong(detail: str, hint: str = "Sign the message as DCI v1.0.0 says.") -> Denied:
    return _denied(INVALID, detail, hint=hint)


def _denied(title: str, detail: str, where: str = "signature", hint: str = "") -> Denied:
    return Denied(title, detail=detail, where=where, hint=hint, status=401)
