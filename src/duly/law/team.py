"""Work on a large batch is divided between the processors that may be used; a small one starts no thread."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, TypeVar

__all__ = ["ALONE", "Team", "team"]

Part = TypeVar("Part")
Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Team:
    """So many processors; `threads` is None where there is one, which is the caller's own."""

    processors: int
    threads: ThreadPoolExecutor | None

    def each(self, work: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
        """What the work gives for each part, in order; it must not hold Python's lock for long."""
        if self.threads is None or len(parts) < 2:
            return [work(part) for part in parts]
        return list(self.threads.map(work, parts))


ALONE: Final = Team(processors=1, threads=None)


@contextmanager
def team(processors: int | None) -> Generator[Team]:
    """As many processors as are wanted (None: all), at most those that this process may run on."""
    count = min(processors or _at_hand(), _at_hand())
    if count == 1:
        yield ALONE
        return
    with ThreadPoolExecutor(count) as threads:
        yield Team(processors=count, threads=threads)


def _at_hand() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
