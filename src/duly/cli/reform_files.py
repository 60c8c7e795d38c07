"""What a dry run writes beside the terminal: a page for a browser, and its picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duly.app import App
    from duly.reform.figures import Figures

__all__ = ["write_files"]


def write_files(
    duly: App, change: int, figures: Figures, *, html: Path | None, svg: Path | None, language: str
) -> None:
    """Write the files that were asked for."""
    del duly, change, figures, html, svg, language
