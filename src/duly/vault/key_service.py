"""A key service is a process of its own: keys never enter the process that asks, only what they make.

It answers on a Unix socket that its directory's rights guard: frames of a length (4 bytes, big endian) and a
message in MessagePack, [name of the call, its arguments] one way and [problem or nil, result] the other. What
begins and destroys keys it does only on the keeper's socket.
"""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingUnixStreamServer
from threading import Thread, local
from typing import Any, Final, NoReturn

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from duly import errors
from duly.errors import BadInput, Denied, DulyError, OurFault, TryAgain
from duly.vault.file_keys import FileKeys
from duly.vault.keys import KeyStore

__all__ = ["SCHEME", "RemoteKeys", "open_keys", "serving"]

SCHEME: Final = "unix:"
_HEAD: Final = struct.Struct(">I")
_MOST: Final = 64 * 1024 * 1024
_AT_ONCE: Final = 100_000
"""Keys or texts in one call: some megabytes."""
_PATIENCE: Final = 30.0
_MODE: Final = 0o117
"""The owner and the group may ask; who else, the rights of the directory decide."""

_Pairs = list[tuple[int, bytes]]
_CALLS: Final[dict[str, tuple[Any, Any]]] = {
    "epochs": (tuple[()], tuple[int, ...]),
    "wrap": (tuple[_Pairs], list[bytes]),
    "unwrap": (tuple[_Pairs], list[bytes]),
    "hash_versions": (tuple[()], tuple[int, ...]),
    "hash": (tuple[int, list[bytes]], list[bytes]),
    "name_versions": (tuple[()], tuple[int, ...]),
    "name": (tuple[int, list[bytes]], list[bytes]),
    "department_versions": (tuple[str], tuple[int, ...]),
    "department": (tuple[str, int, list[bytes]], list[bytes]),
    "public": (tuple[()], bytes),
    "sign": (tuple[bytes], bytes),
    "begin_epoch": (tuple[()], int),
    "destroy_epoch": (tuple[int], None),
    "begin_hash": (tuple[()], int),
    "destroy_hash": (tuple[int], None),
    "begin_department": (tuple[str], int),
    "destroy_department": (tuple[str, int], None),
}
_KEEPERS: Final = frozenset(name for name in _CALLS if name.startswith(("begin_", "destroy_")))


class _Asked(msgspec.Struct, array_like=True, frozen=True):
    call: str
    given: msgspec.Raw


class _Problem(msgspec.Struct, array_like=True, frozen=True):
    kind: str
    title: str
    detail: str
    where: str
    hint: str


class _Answer(msgspec.Struct, array_like=True, frozen=True):
    problem: _Problem | None
    result: msgspec.Raw


_NOTHING: Final = msgspec.Raw(msgspec.msgpack.encode(None))


def open_keys(where: Path) -> KeyStore:
    """The keys in a file, or of the service at `unix:/path/to/socket`; an error says why there are none."""
    told = str(where)
    if not told.startswith(SCHEME):
        return FileKeys.read(where)
    keys = RemoteKeys(Path(told.removeprefix(SCHEME)))
    keys.epochs()  # somebody answers
    return keys


# Who asks


class RemoteKeys:
    """The keys of a key service. TryAgain when it does not answer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lines = local()

    def epochs(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return self._ask("epochs")

    def wrap(self, data_keys: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """See `KeyService`."""
        return self._in_parts("wrap", (), data_keys)

    def unwrap(self, wrapped: Sequence[tuple[int, bytes]]) -> list[bytes]:
        """See `KeyService`."""
        return self._in_parts("unwrap", (), wrapped)

    def hash_versions(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return self._ask("hash_versions")

    def hash(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        return self._in_parts("hash", (version,), texts)

    def name_versions(self) -> tuple[int, ...]:
        """See `KeyService`."""
        return self._ask("name_versions")

    def name(self, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        return self._in_parts("name", (version,), texts)

    def department_versions(self, department: str) -> tuple[int, ...]:
        """See `KeyService`."""
        return self._ask("department_versions", department)

    def department(self, department: str, version: int, texts: Sequence[bytes]) -> list[bytes]:
        """See `KeyService`."""
        return self._in_parts("department", (department, version), texts)

    def signing_key(self) -> Ed25519PrivateKey:
        """See `KeyService`."""
        return _RemoteSigning(self, self._ask("public"))

    def sign(self, message: bytes) -> bytes:
        """An Ed25519 signature by the service's key."""
        return self._ask("sign", message)

    def begin_epoch(self) -> int:
        """See `KeyStore`. Denied where this is not the keeper's socket, as all that follows."""
        return self._ask("begin_epoch")

    def destroy_epoch(self, epoch: int) -> None:
        """See `KeyStore`."""
        self._ask("destroy_epoch", epoch)

    def begin_hash(self) -> int:
        """See `KeyStore`."""
        return self._ask("begin_hash")

    def destroy_hash(self, version: int) -> None:
        """See `KeyStore`."""
        self._ask("destroy_hash", version)

    def begin_department(self, department: str) -> int:
        """See `KeyStore`."""
        return self._ask("begin_department", department)

    def destroy_department(self, department: str, version: int) -> None:
        """See `KeyStore`."""
        self._ask("destroy_department", department, version)

    def _in_parts(self, call: str, first: tuple[int | str, ...], items: Sequence[Any]) -> list[bytes]:
        found: list[bytes] = []
        for at in range(0, len(items), _AT_ONCE):
            found += self._ask(call, *first, list(items[at : at + _AT_ONCE]))
        return found

    def _ask(self, call: str, *given: object) -> Any:
        frame = msgspec.msgpack.encode((call, given))
        try:
            content = self._exchanged(frame)
        except OSError as error:
            self._hang_up()
            raise self._silent(error) from error
        answer = msgspec.msgpack.decode(content, type=_Answer)
        if answer.problem is not None:
            _raise(answer.problem)
        return msgspec.msgpack.decode(answer.result, type=_CALLS[call][1])

    def _exchanged(self, frame: bytes) -> bytes:
        known: _Connection | None = getattr(self._lines, "line", None)
        if known is not None:
            try:
                return known.exchanged(frame)
            except TimeoutError:
                raise  # it may still do what it was asked
            except OSError:
                self._hang_up()  # the service was begun anew: once more on a fresh line
        line = self._lines.line = _Connection(self._path)
        return line.exchanged(frame)

    def _hang_up(self) -> None:
        self._lines.line = None

    def _silent(self, error: OSError) -> TryAgain:
        return TryAgain(
            "The key service does not answer",
            detail=error.strerror or str(error) or "It hung up.",
            where=str(self._path),
            hint="Start it with: duly keys serve",
        )


class _Connection:
    """A line to the service; it is closed when nobody holds it any more, as at a thread's end."""

    def __init__(self, path: Path) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(_PATIENCE)
        self._socket.connect(str(path))

    def exchanged(self, frame: bytes) -> bytes:
        self._socket.sendall(_HEAD.pack(len(frame)) + frame)
        return _received(self._socket)

    def __del__(self) -> None:
        self._socket.close()


class _RemoteSigning(Ed25519PrivateKey):
    """A signing key that stays where it is."""

    def __init__(self, keys: RemoteKeys, public: bytes) -> None:
        self._keys, self._public = keys, Ed25519PublicKey.from_public_bytes(public)

    def public_key(self) -> Ed25519PublicKey:
        return self._public

    def sign(self, data: Any) -> bytes:
        return self._keys.sign(bytes(data))

    def private_bytes(self, *_: object, **__: object) -> NoReturn:
        raise _stays()

    def private_bytes_raw(self) -> NoReturn:
        raise _stays()

    def __copy__(self) -> Ed25519PrivateKey:
        return self

    def __deepcopy__(self, memo: dict[Any, Any]) -> Ed25519PrivateKey:
        return self


def _stays() -> OurFault:
    return OurFault("A key of the key service was asked for", detail="Its keys do not leave it.")


def _raise(problem: _Problem) -> NoReturn:
    kind: Any = getattr(errors, problem.kind, OurFault)
    raise kind(problem.title, detail=problem.detail, where=problem.where, hint=problem.hint)


# Who answers


class _Server(ThreadingUnixStreamServer):
    daemon_threads = True

    def __init__(self, path: Path, keys: KeyStore, *, keeper: bool) -> None:
        self.keys, self.keeper = keys, keeper
        before = os.umask(_MODE)
        try:
            super().__init__(str(path), _Line)
        finally:
            os.umask(before)


class _Line(StreamRequestHandler):
    """One that asks; the line stays open."""

    def handle(self) -> None:
        while True:
            try:
                frame = _received(self.connection)
            except OSError:
                return
            answer = msgspec.msgpack.encode(self._answer(frame))
            self.connection.sendall(_HEAD.pack(len(answer)) + answer)

    def _answer(self, frame: bytes) -> _Answer:
        server = self.server
        assert isinstance(server, _Server)  # noqa: S101 - no other makes one
        try:
            return _Answer(None, msgspec.Raw(msgspec.msgpack.encode(_done(server, frame))))
        except DulyError as error:
            problem = _Problem(type(error).__name__, error.title, error.detail, error.where, error.hint)
            return _Answer(problem, _NOTHING)


def _done(server: _Server, frame: bytes) -> object:
    try:
        asked = msgspec.msgpack.decode(frame, type=_Asked)
        given = msgspec.msgpack.decode(asked.given, type=_CALLS[asked.call][0])
    except (msgspec.DecodeError, KeyError) as error:
        raise BadInput("Not a call to a key service", detail="It cannot be read.") from error
    if asked.call in _KEEPERS and not server.keeper:
        raise Denied(
            "Only a keeper may do this",
            detail=f"{asked.call} is not done on the socket that everybody asks.",
            hint="Ask on the keeper's socket: DULY_KEYS=unix:/path/to/keeper.sock",
        )
    if asked.call == "public":
        return server.keys.signing_key().public_key().public_bytes_raw()
    if asked.call == "sign":
        return server.keys.signing_key().sign(*given)
    return getattr(server.keys, asked.call)(*given)


@contextmanager
def serving(keys: KeyStore, path: Path, keeper: Path | None) -> Generator[None]:
    """Answer on `path`, and for whoever keeps the keys on `keeper`, until the context ends."""
    servers = [_Server(path, keys, keeper=False)]
    if keeper is not None:
        servers.append(_Server(keeper, keys, keeper=True))
    threads = [Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for server in servers:
            with closing(server.socket):
                server.shutdown()
            Path(str(server.server_address)).unlink(missing_ok=True)


def _received(line: socket.socket) -> bytes:
    """A whole frame. OSError where the other side has hung up, or says too much."""
    (length,) = _HEAD.unpack(_exactly(line, _HEAD.size))
    if length > _MOST:
        raise OSError("a frame that is too long")
    return _exactly(line, length)


def _exactly(line: socket.socket, length: int) -> bytes:
    parts: list[bytes] = []
    while length:
        part = line.recv(min(length, 1 << 20))
        if not part:
            raise ConnectionResetError("It hung up.")
        parts.append(part)
        length -= len(part)
    return b"".join(parts)
