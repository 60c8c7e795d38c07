"""`duly demo` as somebody runs it: it begins, is interrupted at any point, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from socket import create_connection, socket

import httpx
import pytest
from web_town import CACHE


def free_port() -> int:
    with socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def begun(directory: Path, port: int, *, by_setting: bool = False) -> subprocess.Popen[str]:
    told = [] if by_setting else ["--port", str(port)]
    return subprocess.Popen(
        [sys.executable, "-m", "duly.cli", "demo", "--directory", str(directory), *told],
        env={**os.environ, "DULY_CACHE": str(CACHE), **({"DULY_PORT": str(port)} if by_setting else {})},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def ended(demo: subprocess.Popen[str], port: int) -> str:
    """Interrupt it; what it said. Nobody listens any more."""
    demo.send_signal(signal.SIGINT)
    said, _ = demo.communicate(timeout=30)
    assert demo.returncode == 0, said
    with pytest.raises(ConnectionRefusedError):
        create_connection(("127.0.0.1", port), timeout=1)
    return said


def until_it_answers(port: int) -> None:
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        try:
            if httpx.get(f"http://127.0.0.1:{port}/demo", timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    pytest.fail("the demo did not answer")


def test_it_can_be_interrupted_at_any_point_and_carries_on(tmp_path: Path) -> None:
    port = free_port()
    starting = begun(tmp_path / "duly", port)
    while not (tmp_path / "duly" / "server.log").exists():
        time.sleep(0.01)
    ended(starting, port)
    loading = begun(tmp_path / "duly", port)
    until_it_answers(port)
    assert "carries on" in ended(loading, port)
    again = begun(tmp_path / "duly", port, by_setting=True)
    until_it_answers(port)
    assert "carries on" in ended(again, port)


def test_a_taken_port_is_one_readable_message(tmp_path: Path) -> None:
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        demo = begun(tmp_path / "duly", int(taken.getsockname()[1]))
        said, _ = demo.communicate(timeout=60)
    assert demo.returncode == 2
    assert "The port is taken" in said
    assert "Traceback" not in said
