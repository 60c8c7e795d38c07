"""A register is asked to look at a fact, once by the name of the request; its answer is an event.

`Requests` leaves them in a folder from which another program takes them to the register, as notices leave.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Protocol

__all__ = ["Registers", "Requests"]


class Registers(Protocol):
    """Where requests for correction leave."""

    def ask(self, register: str, request: str, content: bytes) -> None:
        """Give the request (JSON) to the register; again and again under one name, with the same outcome."""
        ...


class Requests:
    """A folder for each register that only its owner may read, with one file for each request."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def ask(self, register: str, request: str, content: bytes) -> None:
        """Write the file whole or not at all; one that is there already is written again, unchanged."""
        folder = self.folder / register
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f"{request}.draft"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        draft.replace(folder / f"{request}.json")
