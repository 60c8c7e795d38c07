"""Generated modules run as plain Python, or as machine code that is kept on disk and loaded from there.

What is kept is named by the hash of the module's text, of the machine and of the compiler, so a programme is
compiled once for a machine and not once for a process. Only `compiled` imports the compiler (LLVM, by Numba's
binding of it).
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import tempfile
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Final

from duly.errors import OurFault
from duly.law.assembly import assembly
from duly.law.generate import ANY_BATCH, DRIVEN, DRIVER, REVIEWED, REVIEWER, Variant, generated

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
ENTRIES: Final = {DRIVER: len(DRIVEN), REVIEWER: len(REVIEWED)}
LOADED: Final[dict[str, Mapping[str, Function]]] = {}
"""What this process has loaded, by name."""
LOADING: Final = Lock()


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
    return _compiled(generated(pack, programme, variant), cache)


@lru_cache(maxsize=256)
def _compiled(text: str, cache: Path | None) -> Mapping[str, Function]:
    llvm = import_module("llvmlite.binding")
    name = _name(llvm, text)
    with LOADING:
        if name not in LOADED:
            LOADED[name] = _loaded(llvm, _kept(llvm, name, text, cache))
    return LOADED[name]


def _name(llvm: Any, text: str) -> str:
    """A hash of all that the machine code depends on."""
    of = (text, llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten(), llvm.llvm_version_info, 1)
    return hashlib.sha256(repr(of).encode()).hexdigest()[:32]


def _kept(llvm: Any, name: str, text: str, cache: Path | None) -> bytes:
    """The machine code, from the cache if it is there."""
    if cache is None:
        return _machine_code(llvm, text)
    try:
        file = cache.expanduser() / f"law_{name}.o"
        if file.is_file():
            return file.read_bytes()
        code = _machine_code(llvm, text)
        _write(file, code)
    except (OSError, RuntimeError) as error:  # RuntimeError: there is no home directory
        raise OurFault(
            "Compiled law cannot be kept",
            detail=str(error),
            where=str(cache),
            hint="Make the directory writable, or give another one.",
        ) from error
    return code


def _write(file: Path, code: bytes) -> None:
    """Whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle, part = tempfile.mkstemp(dir=file.parent, suffix=".part")
    with os.fdopen(handle, "wb") as opened:
        opened.write(code)
    os.replace(part, file)


def _machine_code(llvm: Any, text: str) -> bytes:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    machine = _machine(llvm)
    module = llvm.parse_assembly(assembly(text))
    module.triple, module.data_layout = machine.triple, str(machine.target_data)
    module.verify()
    options = llvm.create_pipeline_tuning_options(speed_level=2)
    passes = llvm.create_pass_builder(machine, options)
    passes.getModulePassManager().run(module, passes)
    return machine.emit_object(module)


def _machine(llvm: Any) -> Any:
    target = llvm.Target.from_default_triple()
    features = llvm.get_host_cpu_features().flatten()
    return target.create_target_machine(
        cpu=llvm.get_host_cpu_name(), features=features, opt=2, reloc="pic", codemodel="default", jit=True
    )


def _loaded(llvm: Any, code: bytes) -> Mapping[str, Function]:
    """The entries of the machine code, which stays loaded for as long as the process lives."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine(llvm))
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    found: dict[str, Function] = {"engine": engine}
    for name, count in ENTRIES.items():
        if place := engine.get_function_address(name):
            found[name] = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_int64] * count)(place)
    return found
