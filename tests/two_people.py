"""Ada and Grace, whose keys an application knows: what takes two people takes them."""

from __future__ import annotations

from pathlib import Path

from duly.app import App
from duly.reform import LawKey
from duly.reform.keys import register

__all__ = ["two_keys"]


def two_keys(app: App, directory: Path) -> tuple[LawKey, LawKey]:
    """Ada's key and Grace's, made in a directory and registered from today on."""
    ada, grace = (LawKey.create(name, directory / f"{name}.key") for name in ("Ada", "Grace"))
    with app.store.write() as conn:
        for key in (ada, grace):
            register(conn, key.name, key.public, (), today=app.clock.today(), now=app.clock.now())
    return ada, grace
