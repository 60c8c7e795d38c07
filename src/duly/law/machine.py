"""Generated text becomes machine code once for a machine, and is kept under the hash of all that it is from.

That is the text, the processor and the compiler (LLVM, by Numba's binding, which is imported only here).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache as once
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import Any, Final

from numpy.typing import NDArray

from duly.errors import OurFault
from duly.law.assembly import assembly

__all__ = ["address", "at_hand", "is_loaded", "loaded", "prepared"]

Function = Callable[..., Any]
Entries = Sequence[tuple[str, int]]
"""Functions that can be called from outside, and how many numbers each takes."""

LOADED: Final[dict[str, Mapping[str, Function]]] = {}
"""What this process has loaded, by name."""
TRANSLATED: Final[dict[str, str]] = {}
LOCKS: Final[dict[str, Lock]] = {}


def address(array: NDArray[Any]) -> int:
    """Where an array without gaps lies."""
    if not array.flags.c_contiguous:
        raise OurFault("An array with gaps", detail="A kernel reads and writes whole arrays only.")
    if array.flags.writeable and array.size:
        held: Any = array
        return ctypes.addressof(ctypes.c_char.from_buffer(held))  # far quicker than what is for all arrays
    return int(array.__array_interface__["data"][0])


def at_hand(text: str, cache: Path | None) -> bool:
    """Whether the text was compiled before."""
    name = _name(text)
    return name in LOADED or (cache is not None and _file(cache, name).is_file())


def is_loaded(text: str) -> bool:
    """Whether this process has loaded what the text was compiled to."""
    return bool(LOADED) and _name(text) in LOADED


def prepared(text: str) -> None:
    """Translate the text here and now, so that a thread which loads it later parses no Python.

    Before 3.12 Python may not parse in two threads at once.
    """
    TRANSLATED[_name(text)] = assembly(text)


def loaded(text: str, entries: Entries, cache: Path | None) -> Mapping[str, Function]:
    """The entries of a text as functions of whole numbers; the machine code is kept, given a directory."""
    name = _name(text)
    if name not in LOADED:
        with LOCKS.setdefault(name, Lock()):
            if name not in LOADED:
                LOADED[name] = _functions(_kept(name, text, cache), entries)
    return LOADED[name]


@once
def _llvm() -> Any:
    llvm = import_module("llvmlite.binding")
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm


@once
def _machine_name() -> str:
    llvm = _llvm()
    features = llvm.get_host_cpu_features().flatten()
    return f"{llvm.get_host_cpu_name()} {features} {llvm.llvm_version_info} {FORM}"


FORM: Final = 2
"""Counts up when the same text is to become other machine code."""


@lru_cache(maxsize=1024)
def _name(text: str) -> str:
    return hashlib.sha256(f"{_machine_name()}\n{text}".encode()).hexdigest()[:32]


def _file(cache: Path, name: str) -> Path:
    try:
        return cache.expanduser() / f"law_{name}.o"
    except RuntimeError as error:  # there is no home directory
        raise _not_kept(cache, error) from error


def _kept(name: str, text: str, cache: Path | None) -> bytes:
    """The machine code, from the cache if it is there."""
    if cache is None:
        return _machine_code(text)
    file = _file(cache, name)
    try:
        if file.is_file():
            return file.read_bytes()
        code = _machine_code(text)
        _write(file, code)
    except OSError as error:
        raise _not_kept(cache, error) from error
    return code


def _not_kept(cache: Path, error: Exception) -> OurFault:
    return OurFault(
        "Compiled law cannot be kept",
        detail=str(error),
        where=str(cache),
        hint="Make the directory writable, or give another one.",
    )


def _write(file: Path, code: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=file.parent, suffix=".part")
    with os.fdopen(handle, "wb") as opened:
        opened.write(code)
    os.replace(part, file)


def _machine_code(text: str) -> bytes:
    llvm, machine = _llvm(), _machine()
    module = llvm.parse_assembly(TRANSLATED.pop(_name(text), "") or assembly(text))
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)


def _machine() -> Any:
    llvm = _llvm()
    return llvm.Target.from_default_triple().create_target_machine(
        cpu=llvm.get_host_cpu_name(),
        features=llvm.get_host_cpu_features().flatten(),
        opt=2,
        reloc="pic",
        codemodel="default",
        jit=True,
    )


def _functions(code: bytes, entries: Entries) -> Mapping[str, Function]:
    """The entries of machine code, which stays loaded for as long as the process lives."""
    llvm = _llvm()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found: dict[str, Function] = {"engine": engine}
    for name, count in entries:
        if place := engine.get_function_address(name):
            found[name] = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * count)(place)
    return found
