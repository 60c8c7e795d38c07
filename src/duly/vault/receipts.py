"""A receipt of a use is a C2SP tlog-proof with the text, the salt and the number that it commits to.

Whoever has it needs nothing more of us, not even that the record still exists: the text stands in it, and the
log's keys and those of its witnesses are public.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence

import msgspec

from duly.vault.bulk import Path
from duly.vault.uses import Used

__all__ = ["InMany", "receipt"]


class InMany(msgspec.Struct, frozen=True, kw_only=True):
    """The way from a subject's commitment to the entry of a use of many, and what that entry says."""

    path: Path
    text: bytes


def receipt(used: Used, index: int, proof: Sequence[bytes], note: str, many: InMany | None) -> bytes:
    """The receipt of a use whose entry has an index, with its inclusion in the tree that `note` signs."""
    extra: dict[str, object] = {
        "salt": _text(used.salt),
        "subject": str(used.subject),
        "text": _text(used.text),
        "bulk": None,
    }
    if many is not None:
        extra["bulk"] = {
            "place": str(many.path.place),
            "leaves": str(many.path.size),
            "path": [_text(one) for one in many.path.hashes],
            "root": _text(many.path.root),
            "text": _text(many.text),
        }
    lines = ["c2sp.org/tlog-proof@v1", f"extra {_text(msgspec.json.encode(extra))}", f"index {index}"]
    return ("\n".join([*lines, *map(_text, proof)]) + "\n\n" + note).encode()


def _text(raw: bytes) -> str:
    return b64encode(raw).decode()
