"""The demo from an empty directory: when the first page answers, when all is loaded, and the memory.

    .venv/bin/python bench/demo.py [--people 2000] [--warm DIRECTORY] [--json FILE]

With --warm, the compiled law of an earlier demo's directory is used, as a second `make demo` does.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx
from report import show
from rich.console import Console

from duly.demo.cast import cast_of, write_cast
from duly.demo.directory import prepare
from duly.demo.registers import history
from duly.demo.runner import Clock, deliver
from duly.demo.sender import Sender
from duly.demo.server import Server

PORT = 8796


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--people", type=int, default=2000)
    arguments.add_argument("--warm", type=Path)
    arguments.add_argument("--json", type=Path)
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder) / "demo"
        keys = prepare(directory)
        if given.warm is not None:
            shutil.copytree(given.warm / "law", directory / "law")
        told = measured(directory, keys, given.people)
    rows = [(name.replace("_", " "), value) for name, value in told.items()]
    show("The demo", rows, told, given.json)


def measured(directory: Path, keys: Any, people: int) -> dict[str, Any]:
    began = time.perf_counter()
    with (
        Server(directory=directory, port=PORT) as server,
        httpx.Client(base_url=server.url, timeout=600) as client,
    ):
        client.get("/demo").raise_for_status()
        first_page = time.perf_counter() - began
        story = history(seed=1, size=people)
        write_cast(directory, cast_of(story))
        deliver(story, Sender(client, keys), Clock(client), Console(quiet=True))
        loaded = time.perf_counter() - began
        assert server.process is not None
        status = Path(f"/proc/{server.process.pid}/status").read_text()
    memory = {
        line.partition(":")[0]: line.split()[1] for line in status.splitlines() if line.startswith("Vm")
    }
    size = sum(file.stat().st_size for file in directory.glob("duly.db*"))
    return {
        "events": story.count,
        "first_page_after_seconds": first_page,
        "loaded_after_seconds": loaded,
        "server_memory_MB": int(memory["VmRSS"]) / 1024,
        "server_memory_at_its_highest_MB": int(memory["VmHWM"]) / 1024,
        "database_MB": size / 2**20,
    }


if __name__ == "__main__":
    main()
