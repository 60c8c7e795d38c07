"""A real browser on a real server: pages are looked at as a person with a screen, or without one, would."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from socket import socket

import httpx
import pytest
from law_changes import Chamber, with_rate
from playwright.sync_api import Browser, sync_playwright
from web_town import CACHE, FATHER, MOTHER, NEIGHBOUR, account, birth, practice, register

from duly.app import Settings, build

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program is not None, "Install it: apt-get install chromium"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server in demo mode, with the Bergs, their newborn and a case."""
    folder, port = tmp_path_factory.mktemp("server"), free_port()
    command = [sys.executable, "-m", "duly.cli", "serve", "--demo"]
    command += ["--directory", str(folder), "--port", str(port)]
    environment = {**os.environ, "DULY_CACHE": str(CACHE), "DULY_BEGINS": "2025-11-23"}
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        try:
            here = f"http://127.0.0.1:{port}"
            wait_for(f"{here}/healthz", "ok", folder)
            tell(here)
            announce_law(folder)
            yield here
        finally:
            server.terminate()
            server.wait(timeout=20)


def announce_law(folder: Path) -> None:
    """A change of the law that was run dry and announced, and comes next year."""
    app = build(Settings.of({"directory": str(folder), "mode": "demo", "cache": str(CACHE)}))
    chamber = Chamber(app, folder)
    chamber.ready(with_rate(folder / "next", 1800), "2026-12-01")
    app.close()


def tell(address: str) -> None:
    """The registers' messages, over HTTP like anybody's; done when the newborn's case is there."""
    told = [
        register(MOTHER, "Ingrid Berg", "1990-01-01"),
        register(FATHER, "Jonas Berg", "1988-02-02"),
        register(NEIGHBOUR, "Nils Nabo", "1970-04-04"),
        account(MOTHER),
        *practice(MOTHER, "P2002", "2020-01-01", full=True),
        birth("2025-03-03"),
    ]
    body = b"[" + b",".join(event.body for event in told) + b"]"
    headers = {"content-type": "application/cloudevents-batch+json"}
    httpx.post(f"{address}/events", content=body, headers=headers, timeout=60).raise_for_status()


def free_port() -> int:
    with socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(address: str, text: str, folder: Path) -> None:
    ends = time.monotonic() + 90
    while time.monotonic() < ends:
        try:
            if text in httpx.get(address, timeout=2).text:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError((folder / "server.log").read_text()[-2000:])
