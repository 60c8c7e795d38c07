"""`duly demo`: a small town, two years of its registers, and a server to look around in."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duly.cli.show import out

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(demo)


def demo(
    directory: Annotated[Path, typer.Option(help="Where the database, keys and logs are kept.")] = Path(
        ".duly"
    ),
    port: Annotated[
        int | None, typer.Option(help="Port on 127.0.0.1 [8000].", min=1, max=65535, show_default=False)
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed gives another town.")] = 1,
    residents: Annotated[int, typer.Option(help="People on the first day.", min=1000, max=20_000)] = 2000,
    stay: Annotated[bool, typer.Option(help="Leave the server running when the history is loaded.")] = True,
) -> None:
    """Two years of a small town in Norway, delivered through the intake that an agency would use.

    Starts a server, sends 24 months of register messages to it, day after day of simulated time, prints what
    happened and leaves the server on 127.0.0.1. Ctrl-C stops it; running it again carries on.

    [dim]duly demo[/]
    [dim]duly demo --no-stay --directory /tmp/duly --residents 5000[/]
    """
    from duly.app import Settings  # heavy, and only wanted here
    from duly.demo.runner import Wanted, run

    listens = Settings.read().port if port is None else port
    run(Wanted(directory=directory, port=listens, seed=seed, size=residents, stay=stay), out)
