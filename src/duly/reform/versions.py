"""Every version is kept whole in the database, and runs from a private copy whose files have its hash."""

from __future__ import annotations

import hashlib
import zlib
from pathlib import Path
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, select

from duly.errors import NotFound, OurFault
from duly.law import Pack
from duly.law.bundle import files_of, hash_of, materialise
from duly.reform.tables import law_file, law_version
from duly.store import insert_new

__all__ = ["Versions", "keep", "kept", "known_version"]

PACK: Final = "pack"
SHORTEST: Final = 6
"""Characters of a hash that name a version."""

_FILES = insert_new(law_file, ["hash"])
_VERSION = insert_new(law_version, ["hash"])
_LISTING = select(law_version.c.listing, law_version.c.pack).where(law_version.c.hash == bindparam("whole"))
_DATA = select(law_file).where(law_file.c.hash.in_(bindparam("hashes", expanding=True)))
_LIST = msgspec.json.Decoder(dict[str, str])


def keep(conn: Connection, name: str, directory: Path, now: int) -> str:
    """Keep the pack in this directory whole; its hash. Keeping it again changes nothing."""
    files = files_of(directory)
    whole = hash_of(files)
    listing = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    by_hash = {listing[path]: content for path, content in files.items()}
    conn.execute(_FILES, [{"hash": h, "data": zlib.compress(content, 9)} for h, content in by_hash.items()])
    text = msgspec.json.encode(listing).decode()
    conn.execute(_VERSION, [{"hash": whole, "pack": name, "listing": text, "kept_at": now}])
    return whole


def kept(conn: Connection, version: str) -> tuple[str, dict[str, bytes]]:
    """The name of a version's pack, and its files. NotFound for one that was never kept."""
    row = conn.execute(_LISTING, {"whole": version}).first()
    if row is None:
        raise NotFound(
            "Unknown version of the law",
            detail=f"No version {version[:12]!r} was ever kept here.",
            hint="See them with: duly law list",
        )
    listing = _LIST.decode(row.listing)
    found = {row.hash: row.data for row in conn.execute(_DATA, {"hashes": sorted(set(listing.values()))})}
    return row.pack, {path: _whole(found[h], version) for path, h in listing.items() if h in found}


def _whole(data: bytes, version: str) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        raise OurFault(
            "A kept version of the law is damaged",
            detail=f"A file of {version[:12]} cannot be read any more: {error}.",
            where=version,
            hint="Bring the table law_file back from a copy of the database.",
        ) from error


def known_version(conn: Connection, start: str) -> str:
    """The version whose hash begins so. NotFound where none does or more than one."""
    wanted = start.lower()
    like = law_version.c.hash.startswith(wanted, autoescape=True)
    found = list(conn.execute(select(law_version.c.hash).where(like).limit(2)).scalars())
    if len(wanted) < SHORTEST or len(found) != 1:
        raise NotFound(
            "Unknown version of the law",
            detail=f"{len(found) or 'No'} kept versions have a hash that begins with {start!r}.",
            hint=f"Write at least {SHORTEST} characters of one that `duly law list` shows.",
        )
    return found[0]


class Versions:
    """Kept versions, as packs that run; `directory` is where their private copies lie."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def load(self, conn: Connection, version: str) -> Pack:
        """The version as a pack. OurFault where what is kept is not the version any more."""
        _, files = kept(conn, version)
        return Pack.load(materialise(files, version, self._directory / version / PACK))
