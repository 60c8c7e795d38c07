"""A whole log is sound if its entries alone lead to every stored tile and to every signed root.
kept.

One pass over the entries, in order. At each size that a checkpoint signs, the root of all entries so far
must be the signed one: then every checkpoint is a beginning of every later one. Sizes and times never go
back, the last checkpoint covers all entries, and nothing lies beyond it.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from duly.ledger.verify.notes import Head, PublicKey, open_checkpoint
from duly.ledger.verify.proofs import ProofError, parent

__all__ = ["Finding", "StoredLog", "Tree", "Verdict", "whole_log"]

_TILE = 256
_MOST_FINDINGS = 20


class StoredLog(Protocol):
    """A log as it lies somewhere. Every method raises ProofError on what cannot be read as a log."""

    def checkpoints(self) -> Iterator[tuple[str, bytes]]:
        """Each stored checkpoint with its place, smallest size first, the current one last."""
        ...

    def entries(self, number: int) -> list[tuple[str, list[bytes]]]:
        """What is stored of entries 256 * number and on, at most 256; the longest last; [] if nothing is."""
        ...

    def tile(self, level: int, number: int) -> list[tuple[str, bytes]]:
        """What is stored of this tile; the longest last."""
        ...

    def strays(self, size: int) -> Iterator[str]:
        """What is stored and has no place in a tree of `size`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong, and where."""

    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was checked; the first 20 `findings` of `wrong`; `head` is the last checkpoint that is sound."""

    entries: int
    checkpoints: int
    tiles: int
    head: Head | None
    wrong: int
    findings: tuple[Finding, ...]

    @property
    def sound(self) -> bool:
        return self.wrong == 0


def whole_log(
    log: StoredLog,
    keys: Sequence[PublicKey],
    *,
    kept: Sequence[tuple[str, bytes]] = (),
    progress: Callable[[int], None] = lambda _: None,
) -> Verdict:
    """Check all of a log.

    Every stored checkpoint must be signed by all `keys`. `kept` are checkpoints that were kept elsewhere,
    with a name each: they must be signed too, and be beginnings of this log. `progress` gets the entries
    done so far.
    """
    check = _Check(log, keys)
    heads = heapq.merge(check.stored_heads(), check.kept_heads(kept), key=lambda found: found[1].size)
    check.walk(iter(heads), progress)
    return check.verdict()


class _Check:
    """One run of `whole_log`."""

    def __init__(self, log: StoredLog, keys: Sequence[PublicKey]) -> None:
        self._log = log
        self._keys = keys
        self._findings: list[Finding] = []
        self._wrong = self._checkpoints = self._tiles = 0
        self._tree = Tree()
        self._origin: str | None = None
        self._last: Head | None = None  # the last one stored
        self._head: Head | None = None  # the last one that is sound

    def verdict(self) -> Verdict:
        return Verdict(
            entries=self._tree.size,
            checkpoints=self._checkpoints,
            tiles=self._tiles,
            head=self._head,
            wrong=self._wrong,
            findings=tuple(self._findings),
        )

    def _found(self, where: str, what: object) -> None:
        self._wrong += 1
        if len(self._findings) < _MOST_FINDINGS:
            self._findings.append(Finding(where=where, what=str(what)))

    def stored_heads(self) -> Iterator[tuple[str, Head]]:
        """The stored checkpoints that are signed, with rising sizes."""
        notes = self._log.checkpoints()
        while True:
            try:
                where, note = next(notes)
            except StopIteration:
                return
            except ProofError as error:
                self._found("checkpoints", error)
                return
            head = self._opened(where, note)
            if head and self._follows(where, head):
                self._last = head
                yield where, head

    def kept_heads(self, kept: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, Head]]:
        """The signed ones of those kept elsewhere, with rising sizes; opened after the first stored one."""
        opened = [(where, self._opened(where, note)) for where, note in kept]
        yield from sorted(((where, head) for where, head in opened if head), key=lambda found: found[1].size)

    def _opened(self, where: str, note: bytes) -> Head | None:
        self._checkpoints += 1
        try:
            head = open_checkpoint(note, self._keys)
        except ProofError as error:
            self._found(where, error)
            return None
        self._origin = self._origin or head.origin
        if head.origin != self._origin:
            self._found(where, f"it is of the log {head.origin!r}, not of {self._origin!r}")
            return None
        return head

    def _follows(self, where: str, head: Head) -> bool:
        last = self._last
        if last and head.size < last.size:
            self._found(where, f"rolled back: it signs {head.size} entries after {last.size} were signed")
            return False
        if last and (head.time or 0) < (last.time or 0):
            self._found(where, f"signed at second {head.time}, before a smaller one at second {last.time}")
        return True

    def walk(self, heads: Iterator[tuple[str, Head]], progress: Callable[[int], None]) -> None:
        """Hash every entry, and compare wherever something is signed or stored."""
        due = self._match_roots(heads, next(heads, None))
        for number, where, entries in self._bundles():
            for entry in entries:
                self._tree.add(entry)
                if due and due[1].size == self._tree.size:
                    due = self._match_roots(heads, due)
            self._match_tiles(where)
            if number % 16 == 0:
                progress(self._tree.size)
        self._match_edge()
        self._finish(heads, due)
        progress(self._tree.size)

    def _match_roots(
        self, heads: Iterator[tuple[str, Head]], due: tuple[str, Head] | None
    ) -> tuple[str, Head] | None:
        """Compare the checkpoints of the present size; the next one of a larger size."""
        root = self._tree.root() if due and due[1].size == self._tree.size else b""
        while due and due[1].size == self._tree.size:
            where, head = due
            if head.root == root:
                self._head = head
            else:
                self._found(where, f"it signs another root than the first {head.size} entries have")
            due = next(heads, None)
        return due

    def _bundles(self) -> Iterator[tuple[int, str, list[bytes]]]:
        """Number, place and entries of each bundle, as far as they are whole."""
        number = 0
        while True:
            try:
                stored = self._log.entries(number)
            except ProofError as error:
                self._found(f"entries from {number * _TILE}", error)
                return
            if not stored:
                return
            where, longest = stored[-1]
            for other, shorter in stored[:-1]:
                if shorter != longest[: len(shorter)]:
                    self._found(other, f"it is not the beginning of {where}")
            yield number, where, longest
            if len(longest) < _TILE:
                return
            number += 1

    def _match_tiles(self, where: str) -> None:
        """Compare every tile that the last entries have filled."""
        for level, number, hashes in self._tree.take_full():
            self._match_tile(level, number, hashes, where)

    def _match_edge(self) -> None:
        for level, number, hashes in self._tree.take_partial():
            self._match_tile(level, number, hashes, "the last entries")

    def _match_tile(self, level: int, number: int, hashes: bytes, under: str) -> None:
        self._tiles += 1
        try:
            stored = self._log.tile(level, number)
        except ProofError as error:
            self._found(f"tile {level}/{number}", error)
            return
        if not stored or len(stored[-1][1]) < len(hashes):
            self._found(f"tile {level}/{number}", f"not stored to its width of {len(hashes) // 32}")
        for where, part in stored:
            if part != hashes[: len(part)]:
                at = _first_difference(part, hashes)
                self._found(where, f"hash {at} is not the one that {under} lead to")

    def _finish(self, heads: Iterator[tuple[str, Head]], due: tuple[str, Head] | None) -> None:
        size = self._tree.size
        while due:
            self._found(due[0], f"rolled back: it signs {due[1].size} entries, and {size} are there")
            due = next(heads, None)
        if self._last is None and (size or self._checkpoints):
            self._found("checkpoints", "there is none that is signed by the keys given")
        if self._last and self._last.size < size:
            self._found("entries", f"{size - self._last.size} after the last checkpoint are not signed")
        for stray in self._log.strays(size):
            self._found(stray, "it has no place in the tree")


class Tree:
    """Entries added one by one: complete subtrees from large to small, and the tiles being filled."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []
        self._rows: list[bytearray] = []
        self._done: list[int] = []
        self._full: list[tuple[int, int, bytes]] = []

    def add(self, entry: bytes) -> None:
        """Carry like adding one in binary: two peaks of one height become one a step higher."""
        digest = hashlib.sha256(b"\x00" + entry).digest()
        self._keep(0, digest)
        height, below = 0, self.size
        while below & 1:
            digest = parent(self._peaks.pop(), digest)
            height += 1
            below >>= 1
            if height % 8 == 0:
                self._keep(height // 8, digest)
        self._peaks.append(digest)
        self.size += 1

    def _keep(self, level: int, digest: bytes) -> None:
        if level == len(self._rows):
            self._rows.append(bytearray())
            self._done.append(0)
        row = self._rows[level]
        row += digest
        if len(row) == _TILE * 32:
            self._full.append((level, self._done[level], bytes(row)))
            self._done[level] += 1
            row.clear()

    def root(self) -> bytes:
        if not self._peaks:
            return hashlib.sha256(b"").digest()
        result = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            result = parent(peak, result)
        return result

    def take_full(self) -> list[tuple[int, int, bytes]]:
        full, self._full = self._full, []
        return full

    def take_partial(self) -> list[tuple[int, int, bytes]]:
        return [(level, self._done[level], bytes(row)) for level, row in enumerate(self._rows) if row]


def _first_difference(part: bytes, hashes: bytes) -> int:
    pairs = zip(part, hashes, strict=False)
    return next((at for at, (a, b) in enumerate(pairs) if a != b), min(len(part), len(hashes))) // 32
