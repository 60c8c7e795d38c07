"""`duly sessions`: a keeper sees where officers are signed in, and ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import out, print_json, time_of
from duly.errors import NotFound

if TYPE_CHECKING:
    from duly.app import App
    from duly.web.sessions import Sessions

__all__ = ["app"]

app = typer.Typer(help="Where officers are signed in.", no_args_is_help=True)

Agency = Annotated[str, typer.Option(help="Only this agency's officers.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command("list", epilog="Example: duly sessions list --agency nav")
def list_(
    agency: Agency = "", directory: Directory = None, demo: Demo = False, as_json: AsJson = False
) -> None:
    """List the sessions of officers. Those of people are nobody's but their own."""
    with opened(directory, demo=demo) as wired:
        found = _sessions(wired).of_officers(agency)
    rows = [
        {
            "session": one.id,
            "agency": one.agency,
            "officer": one.officer,
            "role": one.role,
            "browser": one.browser,
            "signed_in": time_of(one.begun_at),
            "last_used": time_of(one.seen_at),
        }
        for one in found
    ]
    if as_json:
        print_json(rows)
        return
    table = Table("session", "agency", "officer", "role", "browser", "signed in", "last used", box=None)
    for row in rows:
        table.add_row(*(str(value) for value in row.values()))
    out.print(table if rows else "No officer is signed in.")


@app.command(epilog="Example: duly sessions end nav Z990001")
def end(
    agency: Annotated[str, typer.Argument(help="The officer's agency.")],
    officer: Annotated[str, typer.Argument(help="The officer, as `duly sessions list` shows.")],
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Sign an officer out everywhere, at once."""
    with opened(directory, demo=demo) as wired:
        sessions = _sessions(wired)
        ended = sessions.end_of([one.id for one in sessions.of_officer(agency, officer)])
    if not ended:
        raise NotFound("Not signed in", detail="This officer has no session.", where=f"{agency} {officer}")
    out.print(f"Sessions ended: {ended}.", highlight=False)


def _sessions(wired: App) -> Sessions:
    from duly.clock import SystemClock
    from duly.web.sessions import Sessions

    return Sessions(wired.store, wired.keys, SystemClock("UTC").now)
