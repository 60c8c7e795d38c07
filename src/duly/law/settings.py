"""What pack.toml must say, before anything of the pack is read."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from duly.errors import BadInput

__all__ = ["settings_of"]


def settings_of(directory: Path) -> dict[str, Any]:
    """What pack.toml says. BadInput where it is not complete."""
    file = directory / "pack.toml"
    try:
        settings = tomllib.loads(file.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise BadInput("pack.toml cannot be read", detail=str(error), where=str(file)) from error
    missing = {"name", "zone", "currency", "horizon_years", "languages", "law"} - settings.keys()
    if missing:
        raise BadInput(
            "pack.toml is not complete",
            detail=f"It does not say {', '.join(sorted(missing))}.",
            where=str(file),
        )
    if "vocabulary" not in settings["law"]:
        raise BadInput(
            "pack.toml is not complete",
            detail="`law` does not list a module called vocabulary.",
            where=str(file),
        )
    return settings
