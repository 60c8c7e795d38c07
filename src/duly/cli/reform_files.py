"""What a dry run writes beside the terminal: a page for a browser, and its picture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duly.app import App
    from duly.reform.figures import Figures

__all__ = ["write_files"]


def write_files(
    duly: App, number: int, figures: Figures, *, html: Path | None, svg: Path | None, language: str
) -> None:
    """Write the files that were asked for."""
    if html is None and svg is None:
        return
    from duly.reform import change_of
    from duly.reform.passage import passage
    from duly.web.law_files import dry_run_page, dry_run_picture

    with duly.store.read() as conn:
        at = passage(conn, change_of(conn, number), duly.clock.today())
    if html is not None:
        html.write_text(dry_run_page(duly, at, figures, language), encoding="utf-8")
    if svg is not None:
        svg.write_text(dry_run_picture(duly, figures, language), encoding="utf-8")
