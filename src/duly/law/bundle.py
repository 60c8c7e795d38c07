"""A version of a pack is its files, known by one hash, and the same wherever they are written down.

All files below its directory count, but those that Python, editors and systems leave behind: what lies in
`__pycache__`, what ends in `.pyc`, names that begin with a dot, end with a tilde or stand between `#`. No
reader of a pack may look at those. Times, owners and modes of files are no part of it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path, PurePath, PurePosixPath
from typing import TypeAlias

from duly.errors import OurFault

__all__ = ["Files", "content_hash", "files_of", "hash_of", "is_part", "materialise"]

Files: TypeAlias = Mapping[str, bytes]
"""Contents by path relative to the pack, with slashes."""


def files_of(directory: Path) -> dict[str, bytes]:
    """Every file of a pack, by path in order."""
    found = {f.relative_to(directory): f for f in directory.rglob("*")}
    named = {path.as_posix(): file for path, file in found.items() if is_part(path) and file.is_file()}
    return {path: named[path].read_bytes() for path in sorted(named)}


def is_part(path: PurePath) -> bool:
    """Whether a path below the directory of a pack, if it is a file, is part of the pack."""
    name = path.name
    left = name.endswith(("~", ".pyc")) or (name.startswith("#") and name.endswith("#"))
    return not left and not any(part == "__pycache__" or part.startswith(".") for part in path.parts)


def content_hash(directory: Path) -> str:
    """SHA-256 over the sorted paths and contents of all files of the pack."""
    return hash_of(files_of(directory))


def hash_of(files: Files) -> str:
    """SHA-256 over the sorted paths and contents, each led by its length in 8 bytes."""
    whole = hashlib.sha256()
    for path in sorted(files):
        for part in (path.encode(), files[path]):
            whole.update(len(part).to_bytes(8, "big") + part)
    return whole.hexdigest()


def materialise(files: Files, version: str, directory: Path) -> Path:
    """The files in a directory that only its owner enters and nobody writes; whole, or not there at all.

    What is there already is compared, file by file, and replaced where it is another. OurFault where the
    files are not those of the version.
    """
    if hash_of(files) != version:
        raise OurFault(
            "A kept version of the law is damaged",
            detail=f"Its files are not those of {version[:12]} any more.",
            where=version,
            hint="Bring the table law_file back from a copy of the database.",
        )
    if directory.is_dir() and content_hash(directory) == version:
        return directory
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{directory.name}-", dir=directory.parent))
    for path, content in files.items():
        _write(fresh, path, content)
    shutil.rmtree(directory, ignore_errors=True)
    try:
        os.rename(fresh, directory)
    except OSError:
        shutil.rmtree(fresh)  # another process was first, with the same files
    return directory


def _write(directory: Path, path: str, content: bytes) -> None:
    inside = PurePosixPath(path)
    if inside.is_absolute() or ".." in inside.parts:
        raise OurFault("A path leads out of the pack", detail=f"{path!r} is no file of a pack.", where=path)
    file = directory / inside
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o400)
