"""A log in a directory, laid out as C2SP tlog-tiles serves it; every file there must belong to the log.

`checkpoint` is the current one, `checkpoint.<size>` are older ones; `tile/<level>/<number>[.p/<width>]` are
hashes and `tile/entries/...` entries, each led by its length in two bytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from duly.ledger.verify.proofs import ProofError

__all__ = ["DirectoryLog"]

_WIDTH = 256
_TILE = re.compile(r"tile/(entries|0|[1-9]\d?)/((?:x\d{3}/)*\d{3})(?:\.p/([1-9]\d{0,2}))?", re.ASCII)


class DirectoryLog:
    """What lies in one directory."""

    def __init__(self, directory: Path) -> None:
        self._root = directory

    def current(self) -> bytes:
        """The current checkpoint, unchecked; b"" if there is none."""
        file = self._root / "checkpoint"
        return file.read_bytes() if file.is_file() else b""

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        older = [path for path in self._root.glob("checkpoint.*") if path.suffix[1:].isdecimal()]
        for path in sorted(older, key=lambda path: int(path.suffix[1:])):
            note = path.read_bytes()
            if note.split(b"\n", 2)[1:2] != [path.suffix[1:].encode()]:
                raise ProofError(f"{path.name} does not hold the checkpoint of the size in its name")
            yield path.name, note
        if not self.current():
            raise ProofError("there is no file named checkpoint, or it is empty")
        yield "checkpoint", self.current()

    def entries(self, number: int) -> list[tuple[str, list[bytes]]]:
        return [
            (name, _entries(name, raw, width))
            for name, raw, width in self._stored(f"tile/entries/{_steps(number)}")
        ]

    def tile(self, level: int, number: int) -> list[tuple[str, bytes]]:
        stored: list[tuple[str, bytes]] = []
        for name, raw, width in self._stored(f"tile/{level}/{_steps(number)}"):
            if len(raw) != width * 32:
                raise ProofError(f"{name} has {len(raw)} bytes instead of {width * 32}")
            stored.append((name, raw))
        return stored

    def strays(self, size: int) -> Iterator[str]:
        for path in sorted((self._root / "tile").rglob("*")):
            if path.is_file():
                name = path.relative_to(self._root).as_posix()
                if not _belongs(name, size):
                    yield name

    def _stored(self, name: str) -> list[tuple[str, bytes, int]]:
        """Name, content and width of each form of a tile, the widest last."""
        partial = self._root / f"{name}.p"
        widths = [path.name for path in partial.iterdir()] if partial.is_dir() else []
        found = [
            (f"{name}.p/{width}", (partial / str(width)).read_bytes(), width)
            for width in sorted(int(width) for width in widths if width.isdecimal())
            if (partial / str(width)).is_file()
        ]
        if (self._root / name).is_file():
            found.append((name, (self._root / name).read_bytes(), _WIDTH))
        return found


def _steps(number: int) -> str:
    """1234067 is x001/x234/067."""
    steps = [f"{number % 1000:03d}"]
    while number := number // 1000:
        steps.insert(0, f"x{number % 1000:03d}")
    return "/".join(steps)


def _belongs(name: str, size: int) -> bool:
    found = _TILE.fullmatch(name)
    if not found:
        return False
    kind, steps, width = found.groups()
    number = int(steps.replace("x", "").replace("/", ""))
    level = 0 if kind == "entries" else int(kind)
    wide = int(width or _WIDTH)
    return (
        steps == _steps(number)
        and (wide < _WIDTH) == bool(width)
        and number * _WIDTH + wide <= size >> 8 * level
    )


def _entries(name: str, raw: bytes, width: int) -> list[bytes]:
    entries: list[bytes] = []
    at = 0
    while at < len(raw):
        length = int.from_bytes(raw[at : at + 2], "big")
        entries.append(raw[at + 2 : at + 2 + length])
        at += 2 + length
    if at != len(raw) or len(entries) != width:
        raise ProofError(f"{name} does not hold {width} entries, each led by its length")
    return entries
