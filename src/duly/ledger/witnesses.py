"""Witnesses are asked for each checkpoint, and what they answer is checked before it is kept.

A checkpoint *counts* once so many of the configured witnesses have cosigned it as the settings say: two of
three. One that does not answer is asked again; one that refuses says that the log was forked or set back.
"""

from __future__ import annotations

import re
import tomllib
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, Self

import httpx
import msgspec

from duly.errors import BadInput
from duly.ledger.checkpoint import Checkpoint
from duly.ledger.verify import ProofError, PublicKey, signers

__all__ = ["Asked", "Witness", "Witnesses", "ask", "lines_by"]

_TIMED: Final = 4
_SIZE: Final = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_TRIES: Final = 3
_LONGEST: Final = 16_384


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """A witness by its address (under which `add-checkpoint` is) and its public key."""

    url: str
    key: PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Witnesses:
    """Who is asked, how many of them make a checkpoint count, and how many seconds one may take."""

    members: tuple[Witness, ...]
    quorum: int
    patience: float

    @classmethod
    def none(cls) -> Self:
        """Nobody: the log stands on its own signature."""
        return cls(members=(), quorum=0, patience=0.0)

    @classmethod
    def read(cls, file: Path) -> Self:
        """From TOML: `quorum`, `patience`, and `[[witness]]` with `url` and `key`. Else BadInput."""
        try:
            told = msgspec.convert(tomllib.loads(file.read_text(encoding="utf-8")), _File)
            members = tuple(Witness(url=one.url.rstrip("/"), key=_key(one.key)) for one in told.witness)
        except (OSError, ValueError) as error:
            hint = 'Write quorum = 2 and, for each witness, [[witness]] with url = "..." and key = "...".'
            raise BadInput(
                "The witnesses cannot be read", detail=str(error), where=str(file), hint=hint
            ) from error
        quorum = told.quorum or len(members) // 2 + 1
        if quorum > len(members) or len({one.key for one in members}) < len(members):
            detail = f"A checkpoint cannot count with {quorum} of {len(members)} different witnesses."
            hint = "Name each witness once, and no greater quorum than there are."
            raise BadInput("The witnesses are too few", detail=detail, where=str(file), hint=hint)
        return cls(members=members, quorum=quorum, patience=told.patience)


class _Row(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    url: Annotated[str, msgspec.Meta(pattern=r"^https?://")]
    key: str


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    witness: Annotated[list[_Row], msgspec.Meta(min_length=1)]
    quorum: Annotated[int, msgspec.Meta(ge=1)] | None = None
    patience: Annotated[float, msgspec.Meta(gt=0)] = 2.0


def _key(text: str) -> PublicKey:
    key = PublicKey.parse(text)
    if key.kind != _TIMED:
        raise ProofError(f"{key.name} is no key of a witness (type 4)")
    return key


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What came of asking: the cosignature, the size that the witness has, what is wrong ("": nothing)."""

    line: str
    size: int
    problem: str
    refused: bool


def ask(
    client: httpx.Client,
    witness: Witness,
    checkpoint: Checkpoint,
    old: int,
    proof: Callable[[int], Sequence[bytes]],
) -> Asked:
    """Ask a witness that had `old` entries last; `proof` gives the consistency proof from a size."""
    old = old if old <= checkpoint.size else 0  # asked from nothing it says itself what it has
    for _ in range(_TRIES):
        body = _request(old, proof(old), checkpoint)
        try:
            answer = client.post(f"{witness.url}/add-checkpoint", content=body)
        except httpx.HTTPError as error:
            return _without(old, f"does not answer ({type(error).__name__})", refused=False)
        said = _SIZE.fullmatch(answer.content[:_LONGEST])
        if answer.status_code != 409 or not said:
            return _answered(witness, checkpoint, old, answer)
        old = int(said[1])
        if old > checkpoint.size:
            problem = f"has cosigned {old} entries, and the log has {checkpoint.size}: it was set back"
            return _without(old, problem, refused=True)
    return _without(old, "changes its size from one answer to the next", refused=True)


def lines_by(checkpoint: Checkpoint, lines: Sequence[str], keys: Sequence[PublicKey]) -> dict[PublicKey, str]:
    """Which of the keys signed the checkpoint with one of these lines; a line that is wrong is left out."""
    found: dict[PublicKey, str] = {}
    for line in lines:
        try:
            found |= dict.fromkeys(signers((checkpoint.note + line).encode(), keys), line)
        except ProofError:
            continue
    return found


def _answered(witness: Witness, checkpoint: Checkpoint, old: int, answer: httpx.Response) -> Asked:
    if answer.status_code != 200:
        refused = 400 <= answer.status_code < 500
        why = " ".join(answer.text[:200].split())
        return _without(old, f"refuses ({answer.status_code}): {why}", refused=refused)
    lines = [f"{line}\n" for line in answer.content[:_LONGEST].decode(errors="replace").split("\n")[:-1]]
    found = lines_by(checkpoint, lines, [witness.key])
    if witness.key not in found:
        return _without(old, "answers with something that is not its cosignature", refused=True)
    return Asked(line=found[witness.key], size=checkpoint.size, problem="", refused=False)


def _request(old: int, proof: Sequence[bytes], checkpoint: Checkpoint) -> bytes:
    lines = [f"old {old}", *(b64encode(one).decode() for one in proof)]
    return ("\n".join(lines) + "\n\n" + checkpoint.note).encode()


def _without(size: int, problem: str, *, refused: bool) -> Asked:
    return Asked(line="", size=size, problem=problem, refused=refused)
