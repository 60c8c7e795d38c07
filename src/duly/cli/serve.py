"""`duly serve`: the web server, intake and worker of one process on one database."""

from __future__ import annotations

import asyncio
import gc
import signal
import socket
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from duly.cli.show import warn
from duly.errors import Conflict

if TYPE_CHECKING:
    from duly.app import App

__all__ = ["add_to"]

RECORDS: Final = 50_000
"""New objects between two looks for garbage: about those of one batch."""


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog="Example: DULY_KEYS=keys.json DULY_SOURCES=sources.toml duly serve --directory /var/lib/duly"
    )(serve)


def serve(
    directory: Annotated[
        Path | None, typer.Option(help="Where whatever is not named elsewhere is kept.", show_default=False)
    ] = None,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on [127.0.0.1].", show_default=False)
    ] = None,
    port: Annotated[
        int | None, typer.Option(help="Port [8000].", min=1, max=65535, show_default=False)
    ] = None,
    demo: Annotated[
        bool, typer.Option("--demo", help="Simulated time and bank, signing in by choosing a person.")
    ] = False,
    law_by_hand: Annotated[
        bool,
        typer.Option(
            "--law-by-hand", help="For developers: the pack on disk is in force at once, signed by nobody."
        ),
    ] = False,
) -> None:
    """Serve pages, intake and the public ledger, and do the work behind them, until stopped.

    Everything else is said by DULY_DATABASE, DULY_KEYS, DULY_PACK, DULY_SOURCES, DULY_OUTBOX and DULY_CACHE.
    """
    from duly.app import Settings, build  # heavy, and only wanted here
    from duly.cli.lines import log_lines
    from duly.web.server import create

    given = {"directory": directory, "host": host, "port": port, "mode": "demo" if demo else None}
    given["reform"] = "by-hand" if law_by_hand else None
    settings = Settings.read(**{name: str(value) for name, value in given.items() if value is not None})
    log_lines(settings.log)
    _require_free(settings.host, settings.port)
    app = build(settings)
    _say_if_another_is_installed(app)
    gc.freeze()  # what is there now stays, and a batch's many small records go by themselves
    gc.set_threshold(RECORDS, 20, 50)
    try:
        asyncio.run(_until_stopped(create(app), settings.host, settings.port))
    finally:
        app.close()


def _say_if_another_is_installed(app: App) -> None:
    """A pack on disk is not the law because it lies there."""
    there = app.another_installed
    if there:
        warn(
            f"The pack on disk ({there[:12]}) is not the law in force ({app.pack.hash[:12]}), which decides "
            "here. Propose it: duly law propose DIRECTORY --from DAY."
        )


def _require_free(host: str, port: int) -> None:
    """The server shares its port with whoever lets it, and two would answer in turns."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError as error:
            raise Conflict(
                "The server cannot listen there",
                detail=f"{error.strerror}.",
                where=f"{host}:{port}",
                hint="Stop what listens there, or choose another with --host and --port.",
            ) from error


async def _until_stopped(web: object, host: str, port: int) -> None:
    """Serve in this process until SIGINT or SIGTERM."""
    from granian.constants import Interfaces
    from granian.server.embed import Server

    server = Server(web, address=host, port=port, interface=Interfaces.ASGI, log_access=False)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, server.stop)
    await server.serve()
