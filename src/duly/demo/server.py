"""The demo's server is the same `duly serve` that an agency runs, as a child process, in demo mode.

It has a process group of its own, so that Ctrl-C reaches only the one who started it, and that one stops it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final

import httpx

from duly.errors import Conflict, OurFault, TryAgain

__all__ = ["ENDING", "Server"]

HOST: Final = "127.0.0.1"
SECONDS_TO_START: Final = 120
SECONDS_TO_STOP: Final = 4
ENDING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(slots=True, kw_only=True)
class Server:
    """A running server on a directory of its own; stops when the `with` block ends."""

    directory: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def log(self) -> Path:
        return self.directory / "server.log"

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Start and wait until it answers. Conflict where something else has the port."""
        if _taken(self.port):
            raise Conflict(
                "The port is taken",
                detail=f"Something already listens on {HOST}:{self.port}.",
                hint="Stop it, or choose another: duly demo --port 8001",
            )
        command = [sys.executable, "-m", "duly.cli", "serve", "--demo"]
        command += ["--directory", str(self.directory), "--port", str(self.port)]
        with self.log.open("ab") as log, _undisturbed():
            self.process = subprocess.Popen(  # noqa: S603 - our own program, started with our own words
                command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True
            )
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        ends = time.monotonic() + SECONDS_TO_START
        while time.monotonic() < ends:
            if self.process is None or self.process.poll() is not None:
                raise OurFault("The server did not start", detail=self._last_words(), where=str(self.log))
            try:
                if httpx.get(f"{self.url}/healthz", timeout=2).is_success:
                    return
            except httpx.TransportError:
                time.sleep(0.05)
        self.stop()
        raise TryAgain("The server did not answer", detail=self._last_words(), where=str(self.log))

    def _last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return "\n".join(lines[-12:]) or "It left no word."

    def stop(self) -> None:
        """Ask it to end; insist after a while, or when interrupted again. Nothing is lost either way."""
        if self.process is None:
            return
        self._tell(signal.SIGTERM)
        try:
            self.process.wait(timeout=SECONDS_TO_STOP)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            self.kill()
        self.process = None

    def kill(self) -> None:
        """End it and all its children at once, as a power cut would."""
        if self.process is not None:
            self._tell(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def _tell(self, what: signal.Signals) -> None:
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.process.pid, what)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


@contextmanager
def _undisturbed() -> Generator[None]:
    """Signals wait until the block is over: a child is started and remembered, or neither."""
    came: list[int] = []
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda number, _: came.append(number)) for number in ENDING}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        for number in came:
            signal.raise_signal(number)


def _taken(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False
