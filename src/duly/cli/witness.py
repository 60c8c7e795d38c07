"""`duly witness`: watch logs and cosign them, as somebody other than whoever keeps them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

__all__ = ["app"]

app = typer.Typer(help="Watch logs, and sign that they only ever grew.", no_args_is_help=True)


@app.command(epilog="Example: duly witness key example.org/witness witness.key")
def key(
    name: Annotated[str, typer.Argument(help="What the witness is called: an address without its scheme.")],
    file: Annotated[Path, typer.Argument(help="Where its secret key is written.")],
) -> None:
    """Make the key of a witness, and print the public one. A file that is there is never overwritten."""
    from duly.witness.__main__ import create_key

    typer.echo(create_key(name, file))


@app.command(epilog="Example: duly witness run --key witness.key --log norway.txt --state /var/lib/witness")
def run(
    key: Annotated[Path, typer.Option(help="The file of the witness's secret key.")],
    log: Annotated[list[Path], typer.Option(help="A log: its origin, then its public keys, one a line.")],
    state: Annotated[Path, typer.Option(help="Where it keeps what it cosigned last; it must outlive it.")],
    listen: Annotated[str, typer.Option(help="HOST:PORT.")] = "127.0.0.1:8100",
) -> None:
    """Answer C2SP tlog-witness over HTTP until stopped."""
    from duly.witness.__main__ import run as watch

    watch(key=key, logs=log, state=state, listen=listen)
