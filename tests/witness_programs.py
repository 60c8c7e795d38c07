"""Witnesses as separate programs on loopback, which a test starts, stops and starts again."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path

from duly.witness.__main__ import create_key


class WitnessProgram:
    """One witness with a directory of its own; `public` is its key."""

    def __init__(self, home: Path, name: str, origin: str, keys: tuple[str, ...]) -> None:
        home.mkdir(parents=True)
        self.home, self.name = home, name
        self.public = create_key(f"{name}.example", home / "key")
        (home / "log.txt").write_text("\n".join([origin, *keys]) + "\n", encoding="utf-8")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = int(free.getsockname()[1])
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [
            sys.executable, "-m", "duly.witness", "--key", self.home / "key", "--log", self.home / "log.txt",
            "--state", self.home / "state", "--listen", f"127.0.0.1:{self.port}",
        ]  # fmt: skip
        self._process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        ends = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                assert self._process.poll() is None, "the witness ended"
                assert time.monotonic() < ends, "the witness does not answer"
                time.sleep(0.05)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None


def settings_of(programs: list[WitnessProgram], quorum: int = 0) -> str:
    """The file that names them."""
    rows = [f'[[witness]]\nurl = "{one.url}"\nkey = "{one.public}"\n' for one in programs]
    return "\n".join([f"quorum = {quorum}\n" if quorum else "", "patience = 5\n", *rows])
