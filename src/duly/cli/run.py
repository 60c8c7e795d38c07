"""`duly run --all`: look at everybody again; cut off, the same command goes on where it was."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from duly.cli.show import out, print_json
from duly.errors import BadInput

if TYPE_CHECKING:
    from duly.app import App
    from duly.runs import Run

__all__ = ["add_to"]

LINE_EVERY: Final = 0.05
"""Where there is no terminal: a line for each twentieth of the population."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(epilog='Example: duly run --all --reason "The rates of May 2026"')(run)


def run(
    everybody: Annotated[
        bool, typer.Option("--all", help="Look at every subject; without it nothing is run.")
    ] = False,
    programme: Annotated[
        list[str] | None,
        typer.Option(help="Only this programme, and those of the same purpose (may be repeated)."),
    ] = None,
    reason: Annotated[str, typer.Option(help="Why, as everybody may read it.")] = "",
    approved: Annotated[
        str,
        typer.Option(
            help="An approved dry run: takes act where the law lets a machine take.", metavar="DRY_RUN"
        ),
    ] = "",
    directory: Annotated[
        Path | None, typer.Option(help="Where whatever is not named elsewhere is kept.", show_default=False)
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Look at everybody again under the law in force, and write what is different.

    What gives acts at once. What would take waits for a human, unless a dry
    run of it was approved and the pack cites the law that lets a machine take. A run
    that was cut off goes on behind the last subject that it had looked at.
    """
    if not everybody:
        raise BadInput("Nobody to run", detail="A run is over everybody.", hint="Write duly run --all.")
    from duly.app import Settings, build  # heavy, and only wanted here

    given = {} if directory is None else {"directory": str(directory)}
    app = build(Settings.read(None, **given))
    try:
        ended = _through(app, programme or [], reason, approved, quiet=as_json)
    finally:
        app.close()
    if as_json:
        print_json(_document(ended))
    else:
        out.print(_told(ended), highlight=False)


def _through(app: App, programmes: list[str], reason: str, approved: str, *, quiet: bool) -> Run:
    """Begin or go on, to the end."""
    everyone = app.everyone()
    going = everyone.begin(programmes, reason, app.approved(approved) if approved else None)
    with _progress(quiet=quiet) as told:
        told(going)
        while going.state == "running":
            going = everyone.step(going)
            told(going)
    app.worker.run_until_idle()
    return going


@contextmanager
def _progress(*, quiet: bool) -> Generator[Callable[[Run], None]]:
    """A bar on a terminal, with the time left; else plain lines."""
    console = Console(stderr=True)
    if quiet:
        yield lambda _: None
    elif console.is_terminal:
        columns = (TextColumn("Run {task.fields[number]}"), BarColumn(), TaskProgressColumn())
        with Progress(
            *columns, TextColumn("{task.fields[passed]:,} subjects"), TimeRemainingColumn(), console=console
        ) as bar:
            task = bar.add_task("run", total=1.0, number=0, passed=0)
            yield lambda r: bar.update(task, completed=r.part, number=r.number, passed=r.passed)
    else:
        yield _lines(console)


def _lines(console: Console) -> Callable[[Run], None]:
    last = -1.0

    def told(going: Run) -> None:
        nonlocal last
        if going.part - last >= LINE_EVERY or going.part == 1.0:
            last = going.part
            console.print(f"Run {going.number}: {going.part:.0%}, {going.passed:,} subjects", highlight=False)

    return told


def _told(ended: Run) -> str:
    return (
        f"Run {ended.number} has looked at {ended.passed:,} subjects, at {ended.different:,} of them closer, "
        f"and changed {ended.changed:,} entitlements."
    )


def _document(ended: Run) -> dict[str, object]:
    return {
        "run": ended.number,
        "law": ended.law,
        "reason": ended.reason,
        "approved": ended.approved,
        "subjects": ended.passed,
        "looked_at_closer": ended.different,
        "changed": ended.changed,
    }
