"""Generated code is loaded as plain Python, or through Numba, which keeps what it compiled on disk.

The module's text lies in the cache directory under its hash, and Numba keeps its files beside it, so a law is
compiled once for a machine and not once for a process. Only `compiled` imports Numba.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Final

from duly.errors import OurFault
from duly.law.generate import generated

if TYPE_CHECKING:
    from duly.law.pack import Pack

__all__ = ["compiled", "plain"]

Function = Callable[..., Any]

PLAIN: Final = """from __future__ import annotations


def scalar(function):
    return function


entry = scalar
constant = tuple
int64 = int
number = int


def apart():
    pass
"""
COMPILED: Final = """from __future__ import annotations

import numpy as np
from numba import int64, njit, types
from numba.extending import intrinsic

scalar = njit(nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)
entry = njit(nogil=True, error_model="numpy", no_cfunc_wrapper=True, _nrt=False, cache={cache})


number = np.int64


@intrinsic
def apart(typing):
    def written(context, builder, signature, given):
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), written


def constant(values):
    return np.array(values, dtype=np.int64)
"""


@lru_cache(maxsize=8)
def plain(pack: Pack) -> Mapping[str, Function]:
    """The functions of the pack's module as plain Python; the heap they take is a list."""
    return _run(f"{PLAIN}\n\n{generated(pack)}")


@lru_cache(maxsize=8)
def compiled(pack: Pack, cache: Path | None) -> Mapping[str, Function]:
    """The same functions, each compiled when it is first called; kept in the directory, if there is one."""
    text = f"{COMPILED.format(cache=cache is not None)}\n\n{generated(pack)}"
    return _run(text) if cache is None else vars(_imported(_written(text, cache)))


def _run(text: str) -> dict[str, Function]:
    names: dict[str, Any] = {}
    exec(compile(text, "<kernel>", "exec"), names)  # noqa: S102 - the text was generated from a checked pack
    return names


def _written(text: str, cache: Path) -> Path:
    """The file with exactly this text, written if it is not there, whole or not at all."""
    try:
        cache = cache.expanduser()
        file = cache / f"kernel_{hashlib.sha256(text.encode()).hexdigest()[:32]}.py"
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            handle, name = tempfile.mkstemp(dir=cache, suffix=".part")
            with os.fdopen(handle, "w", encoding="utf-8") as part:
                part.write(text)
            os.replace(name, file)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home directory
        raise OurFault(
            "Compiled law cannot be kept",
            detail=str(error),
            where=str(cache),
            hint="Make the directory writable, or give another one.",
        ) from error
    return file


def _imported(file: Path) -> ModuleType:
    name = f"_duly_{file.stem}"
    if name not in sys.modules:
        spec = spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise OurFault("A kernel cannot be loaded", detail="Its file is not Python.", where=str(file))
        module = sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(module)
    return sys.modules[name]
