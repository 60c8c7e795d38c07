"""`duly keys`: the keys live outside the database, in a file that only its owner reads."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.show import out, print_json

__all__ = ["app"]

app = typer.Typer(help="The keys that open records and sign the ledger.", no_args_is_help=True)

File = Annotated[
    Path | None, typer.Argument(help="The file [DULY_KEYS, or .duly/keys.json].", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]


@app.command(epilog="Example: duly keys create /etc/duly/keys.json")
def create(file: File = None) -> None:
    """Make new keys in a file that only you can read. A file that is there is never overwritten.

    Whoever loses it loses every record; whoever copies it can open them. Keep a copy apart from the database.
    """
    from duly.vault import FileKeys

    where = file or _own()
    os.makedirs(where.parent, mode=0o700, exist_ok=True)
    FileKeys.create(where)
    out.print(f"Keys made in {where}.", highlight=False, soft_wrap=True)


@app.command(epilog="Example: duly keys public > ledger-keys.txt")
def public(file: File = None, as_json: AsJson = False) -> None:
    """Print the public keys of the ledger. Kept elsewhere, they check it with `duly ledger verify --key`."""
    from duly.app import Settings, signer
    from duly.vault import FileKeys

    keys = signer(FileKeys.read(file or _own()), Settings.read().pack).public_keys()
    if as_json:
        print_json(list(keys))
        return
    for key in keys:
        typer.echo(key)


def _own() -> Path:
    from duly.app import Settings

    return Settings.read().keys
