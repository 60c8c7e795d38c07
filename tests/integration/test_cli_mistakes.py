"""What a user names wrongly is one readable message, exit code 2 and no traceback."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest


def duly(*words: str) -> subprocess.CompletedProcess[str]:
    """The command as a shell runs it."""
    command = [sys.executable, "-m", "duly.cli", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["keys", "create", "{file}/keys.json"], "cannot be used"),
        (["demo", "--directory", "{file}/demo", "--no-stay"], "cannot be used"),
        (["inbox", "list", "--demo", "--directory", "{broken}"], "no database"),
        (["serve", "--demo", "--directory", "{broken}", "--port", "18471"], "no database"),
    ],
)
def test_a_wrong_path_is_one_message(tmp_path: Path, words: list[str], told: str) -> None:
    file, broken = tmp_path / "file", tmp_path / "broken"
    file.write_text("a file, where a directory is wanted")
    broken.mkdir()
    (broken / "duly.db").write_text("no database " * 1000)
    ended = duly(*(word.format(file=file, broken=broken) for word in words))
    assert (ended.returncode, "Traceback" in ended.stderr) == (2, False)
    assert told in ended.stderr


def test_a_port_that_is_taken_is_one_message(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as a server of ours does
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        ended = duly("serve", "--demo", "--directory", str(tmp_path), "--port", str(port))
    assert (ended.returncode, f"127.0.0.1:{port}" in ended.stderr) == (2, True)
