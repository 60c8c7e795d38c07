"""A key sheet holds the wrapped data keys of everybody who is not forgotten, apart from their records.

A backup's own keys are worth nothing once their epoch is destroyed; with the newest sheet an older backup
opens for all but those who were forgotten since. A sheet by itself opens nothing. It is read whole and
checked by its SHA-256 before anything is done: half a sheet would forget people.

Content: "duly.sheet.v1", a newline; for each subject, in order, its number (8 bytes), the generation of the
key (8 bytes; the system's own key has more than one), the length of the wrapped key (2 bytes) and the
wrapped key; at the end number -1, how many there are, length 0, and the SHA-256 of all before it.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from duly.errors import BadInput, Conflict
from duly.store import Duty, Store
from duly.vault.keys import KeyService, epoch_of
from duly.vault.subjects import unfind
from duly.vault.tables import subject

__all__ = ["SYSTEM_LOST", "Applied", "apply_sheet", "require_openable", "write_sheet"]

_MAGIC: Final = b"duly.sheet.v1\n"
_ROW: Final = struct.Struct(">qqH")
_HASH: Final = 32
_END: Final = -1
AT_ONCE: Final = 5_000
SYSTEM_LOST: Final = 0

_ALL = (
    select(subject.c.number, subject.c.version, subject.c.wrapped)
    .where(subject.c.wrapped.is_not(None))
    .order_by(subject.c.number)
)
_SOME = (
    select(subject.c.number, subject.c.version, subject.c.wrapped)
    .where(subject.c.number > bindparam("after"))
    .order_by(subject.c.number)
    .limit(AT_ONCE)
)
_PUT = update(subject).where(subject.c.number == bindparam("which")).values(wrapped=bindparam("now"))


class Applied(NamedTuple):
    """What a sheet did: whose keys it has, who was forgotten, whether the system's key is another by now."""

    kept: int
    forgotten: int
    system_lost: bool


class _Line(NamedTuple):
    number: int
    generation: int
    wrapped: bytes


def write_sheet(store: Store, to: Path) -> int:
    """Write the sheet into a file that does not exist yet, durably; how many keys are on it."""
    digest, count = sha256(_MAGIC), 0
    handle = os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "wb") as file, store.acting(duty=Duty.KEYS).read() as conn:
        file.write(_MAGIC)
        for row in conn.execute(_ALL.execution_options(yield_per=AT_ONCE)):
            part = _ROW.pack(row.number, row.version, len(row.wrapped)) + row.wrapped
            digest.update(part)
            file.write(part)
            count += 1
        end = _ROW.pack(_END, count, 0)
        digest.update(end)
        file.write(end + digest.digest())
        file.flush()
        os.fsync(handle)
    return count


def apply_sheet(store: Store, keys: KeyService, sheet: Path) -> Applied:
    """Give every subject of a restored database the key on the sheet; who is not on it is forgotten."""
    lines = {line.number: line for line in _lines(sheet)}
    _require_alive(keys, (line.wrapped for line in lines.values()), str(sheet))
    after, kept, gone, lost = -1, 0, 0, False
    while True:
        with store.acting(duty=Duty.KEYS).write() as conn:
            rows = conn.execute(_SOME, {"after": after}).all()
            if not rows:
                return Applied(kept, gone, lost)
            after = rows[-1].number
            known = [(row, lines.get(row.number)) for row in rows if row.wrapped is not None]
            missing = [row.number for row, line in known if line is None]
            here = [(row, line) for row, line in known if line is not None]
            lost |= any(row.number == SYSTEM_LOST and row.version != line.generation for row, line in here)
            _put(conn, [(row.number, line.wrapped) for row, line in here], missing)
        kept, gone = kept + len(here), gone + len(missing)


def require_openable(store: Store, keys: KeyService) -> None:
    """Conflict where somebody's key is wrapped by an epoch that is destroyed: a newer sheet is wanted."""
    with store.acting(duty=Duty.KEYS).read() as conn:
        rows = conn.execute(_ALL.execution_options(yield_per=AT_ONCE))
        _require_alive(keys, (row.wrapped for row in rows), str(store.url.database))


def _put(conn: Connection, kept: list[tuple[int, bytes]], missing: list[int]) -> None:
    if kept:
        conn.execute(_PUT, [{"which": number, "now": wrapped} for number, wrapped in kept])
    if missing:
        conn.execute(_PUT, [{"which": number, "now": None} for number in missing])
        unfind(conn, missing)


def _require_alive(keys: KeyService, wrapped: Iterator[bytes], where: str) -> None:
    alive = set(keys.epochs())
    gone = {epoch for key in wrapped if (epoch := epoch_of(bytes(key))) not in alive}
    if gone:
        raise Conflict(
            "These keys were destroyed",
            detail=f"Epoch {min(gone)} was retired, as happens when somebody is forgotten.",
            where=where,
            hint="Name the newest key sheet: --sheet FILE",
        )


def _lines(sheet: Path) -> Iterator[_Line]:
    content = sheet.read_bytes()
    body, digest = content[:-_HASH], content[-_HASH:]
    if not body.startswith(_MAGIC) or sha256(body).digest() != digest:
        raise BadInput(
            "Not a whole key sheet",
            detail="It was cut off or altered; whoever is missing on it would be forgotten.",
            where=str(sheet),
            hint="Name another copy of it.",
        )
    at = len(_MAGIC)
    while True:
        number, generation, length = _ROW.unpack_from(body, at)
        if number == _END:
            return
        at += _ROW.size + length
        yield _Line(number, generation, body[at - length : at])
