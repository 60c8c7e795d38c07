"""`duly law keys`: a person's own key to sign law with, and who may."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import out, print_json
from duly.errors import BadInput

__all__ = ["app"]

app = typer.Typer(help="The keys of those who sign law.", no_args_is_help=True)


@app.command(epilog="Example: duly law keys new Ada --file ada.json")
def new(
    name: Annotated[str, typer.Argument(help="Your name, as it will stand under the law.")],
    file: Annotated[
        Path | None, typer.Option(help="Where to keep it [NAME.law-key.json].", show_default=False)
    ] = None,
) -> None:
    """Make a key of your own in a file that only you can read, and print its public half.

    Whoever has the file signs in your name. Send the public half to whoever runs the register of keys.
    """
    from duly.reform import LawKey

    where = file or Path(f"{name}.law-key.json")
    os.makedirs(where.parent, mode=0o700, exist_ok=True)
    key = LawKey.create(name, where)
    typer.echo(key.public.hex())


@app.command(epilog="Example: duly law keys register Ada 8f3c...")
def register(
    name: Annotated[str, typer.Argument(help="The person's name, as in the key file.")],
    public: Annotated[str, typer.Argument(help="The public half that `duly law keys new` printed.")],
    vouched_by: Annotated[
        Path | None,
        typer.Option(help="The key file of somebody registered; from the third key on.", show_default=False),
    ] = None,
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Let a person sign law. From the third on, somebody who may already vouches."""
    from duly.reform import LawKey
    from duly.reform.signing import register as enter

    vouches = LawKey.read(vouched_by) if vouched_by else None
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        enter(conn, name, _public(public), duly.clock.now(), vouches)
    out.print(f"{name} may sign law.", highlight=False)


@app.command("list", epilog="Example: duly law keys list")
def list_(
    directory: Directory = None,
    demo: Demo = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Everybody who may sign law, with the public half of their key."""
    from duly.reform.signing import keys_of

    with opened(directory, demo=demo) as duly, duly.store.read() as conn:
        found = keys_of(conn)
    if as_json:
        print_json({name: public.hex() for name, public in sorted(found.items())})
        return
    for name, public in sorted(found.items()):
        typer.echo(f"{public.hex()}  {name}")


def _public(text: str) -> bytes:
    try:
        public = bytes.fromhex(text)
    except ValueError:
        public = b""
    if len(public) != 32:
        raise BadInput(
            "Not a public key",
            detail=f"{text!r} is not 64 hexadecimal digits.",
            where="PUBLIC",
            hint="Copy the line that `duly law keys new` printed.",
        )
    return public
