"""`duly law diff`: two versions as people read law."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import print_json
from duly.errors import NotFound

if TYPE_CHECKING:
    from duly.law import Pack

__all__ = ["diff"]


def diff(
    old: Annotated[str, typer.Argument(help="A pack's name or directory, or the hash of a kept version.")],
    new: Annotated[str, typer.Argument(help="The other one, likewise.")],
    language: Annotated[str, typer.Option(help="Language of the sentences.")] = "en",
    html: Annotated[
        Path | None, typer.Option(help="Write a page for a browser instead.", show_default=False)
    ] = None,
    directory: Directory = None,
    demo: Demo = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Compare two versions: rules by programme, rates by date, and the words that people are told."""
    from duly.reform.differences import differences, in_text

    before, after = (_version(name, directory, demo=demo) for name in (old, new))
    found = differences(before, after, language)
    if html is not None:
        from duly.web.law_files import diff_page

        html.write_text(diff_page(after, found, language), encoding="utf-8")
    elif as_json:
        print_json(found)
    else:
        for line in in_text(found):
            typer.echo(line)


def _version(name: str, directory: Path | None, *, demo: bool) -> Pack:
    """A pack on disk, else a version that the database keeps."""
    from duly.law import Pack
    from duly.reform.versions import known_version

    try:
        return Pack.load(name)
    except NotFound:
        if not name or set(name.lower()) - set("0123456789abcdef"):
            raise
    with opened(directory, demo=demo) as duly:
        with duly.store.read() as conn:
            version = known_version(conn, name)
        return duly.laws.kept(version)
