"""Generated modules run as plain Python, or as machine code that is kept on disk and loaded from there.

A programme is compiled when it is first asked for, or behind the back of what can do without: nothing that
needs no kernel waits for one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from threading import Lock, Thread, main_thread
from typing import TYPE_CHECKING, Any, Final

from duly.errors import OurFault
from duly.law.generate import ANY_BATCH, DRIVEN, DRIVER, REVIEWED, REVIEWER, Variant, generated
from duly.law.machine import at_hand, is_loaded, loaded, prepared

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["compiled", "plain", "ready", "running"]

Function = Callable[..., Any]

PLAIN: Final = """from __future__ import annotations


def scalar(function):
    return function


entry = scalar
constant = tuple
int64 = int


def apart():
    pass


def at64(array, at):
    return array[at]


def put64(array, at, value):
    array[at] = value


def quotient(a, b):
    return a // b


def rest(a, b):
    return a % b


at32 = at8 = at64
put32 = put8 = put64
"""
ENTRIES: Final = ((DRIVER, len(DRIVEN)), (REVIEWER, len(REVIEWED)))
ONE_AT_A_TIME: Final = Lock()
UNDER_WAY: Final[set[str]] = set()
"""Texts that a thread is compiling."""


@lru_cache(maxsize=256)
def plain(pack: Pack, programme: str, variant: Variant = ANY_BATCH) -> Mapping[str, Function]:
    """The functions of a programme's module as plain Python; every array they take is a list."""
    names: dict[str, Any] = {}
    text = f"{PLAIN}\n\n{generated(pack, programme, variant)}"
    exec(compile(text, "<kernel>", "exec"), names)  # noqa: S102 - the text was generated from a checked pack
    return names


def compiled(
    pack: Pack, programme: str, cache: Path | None, variant: Variant = ANY_BATCH
) -> Mapping[str, Function]:
    """The same functions as machine code; every array is an address. Kept, if there is a directory."""
    return loaded(generated(pack, programme, variant), ENTRIES, cache)


def ready(
    pack: Pack, programme: str, cache: Path | None, variant: Variant = ANY_BATCH
) -> Mapping[str, Function] | None:
    """The same if they were compiled before, here or by another process; else a thread begins to."""
    text = generated(pack, programme, variant)
    if at_hand(text, cache):
        return loaded(text, ENTRIES, cache)
    if text not in UNDER_WAY:
        UNDER_WAY.add(text)
        prepared(text)
        Thread(target=_compile, args=(text, cache), name="compiling law").start()
    return None


def running(pack: Pack, programme: str) -> bool:
    """Whether this process has the programme's machine code already."""
    return is_loaded(generated(pack, programme))


def _compile(text: str, cache: Path | None) -> None:
    """One text after another; a process that ends waits for the one under way, and begins no other."""
    try:
        with ONE_AT_A_TIME:
            if main_thread().is_alive():
                loaded(text, ENTRIES, cache)
    except OurFault:  # who has to wait for it is told, by `compiled`
        UNDER_WAY.discard(text)
