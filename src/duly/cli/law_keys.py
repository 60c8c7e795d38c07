"""`duly law keys`: a person's own key to sign law with, and who may."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import out, print_json
from duly.errors import BadInput, near_miss

if TYPE_CHECKING:
    from duly.reform.keys import Ending, RegisteredKey

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


@app.command(epilog="Example: duly law keys register Mary 8f3c... --vouched-by a.json --vouched-by g.json")
def register(
    name: Annotated[str, typer.Argument(help="The person's name, as in the key file.")],
    public: Annotated[str, typer.Argument(help="The public half that `duly law keys new` printed.")],
    vouched_by: Annotated[
        list[Path] | None,
        typer.Option(help="The key file of somebody registered; two, from the third key on."),
    ] = None,
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Let a person sign law. From the third on, two people who may already vouch."""
    from duly.reform import LawKey
    from duly.reform.keys import register as enter

    vouchers = [LawKey.read(file) for file in vouched_by or ()]
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        now, today = duly.clock.now(), duly.clock.today()
        enter(conn, name, _public(public), vouchers, today=today, now=now)
    out.print(f"{name} may sign law.", highlight=False)


@app.command(
    epilog="Example: duly law keys retire Grace --reason lost --why 'Left on a train' "
    "--key ada.json --key mary.json"
)
def retire(
    whose: Annotated[str, typer.Argument(help="The person, or the public half of the key.")],
    reason: Annotated[str, typer.Option(help="left, lost or compromised.")],
    why: Annotated[str, typer.Option(help="What happened, in a sentence.")],
    key: Annotated[
        list[Path],
        typer.Option("--key", help="A signer's key file; two people, at once or one after another."),
    ],
    since: Annotated[
        str, typer.Option("--from", help="The day from which it signs no more [today].", metavar="YYYY-MM-DD")
    ] = "",
    directory: Directory = None,
    demo: Demo = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Retire a key, with two signatures: it signs no more, and what it signed stays valid.

    Where it is compromised, changes that it signed and that are not in force yet need fresh signatures.
    """
    from duly.reform import LawKey
    from duly.reform.retirements import retire_key
    from duly.timeline import from_iso, to_iso

    ending, keys = _ending(reason), [LawKey.read(file) for file in key]
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        now, today = duly.clock.now(), duly.clock.today()
        day = from_iso(since) if since else today
        done = [retire_key(conn, whose, ending, why, day, one, today=today, now=now) for one in keys]
    act, taken = done[-1]
    if as_json:
        told = {"name": act.name, "key": act.public.hex(), "reason": act.ending, "from": to_iso(act.since)}
        print_json({**told, "done": bool(act.done_at), "taken_back": taken})
        return
    if not act.done_at:
        out.print(f"Signed. Next, another person: duly law keys retire {whose}", highlight=False)
        return
    out.print(f"The key of {act.name} signs no more from {to_iso(act.since)} on.", highlight=False)
    for number in taken:
        out.print(f"Change {number} is taken back: duly law show {number}", style="yellow", highlight=False)


@app.command("list", epilog="Example: duly law keys list")
def list_(
    directory: Directory = None,
    demo: Demo = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """Every key that may, or once might, sign law, by the person's name."""
    from duly.reform.keys import registered_keys

    with opened(directory, demo=demo) as duly, duly.store.read() as conn:
        found = sorted(registered_keys(conn), key=lambda one: (one.name, one.registered_at))
    if as_json:
        print_json([_told(one) for one in found])
        return
    for one in found:
        ended = [f"signs no more from {act['from']} on: {act['reason']}" for act in _told(one)["retired"]]
        typer.echo("  ".join([one.public.hex(), one.name, *ended]))


def _told(key: RegisteredKey) -> dict[str, Any]:
    from duly.timeline import to_iso

    retired = [{"from": to_iso(act.since), "reason": act.ending, "why": act.why} for act in key.retired]
    return {"name": key.name, "key": key.public.hex(), "retired": retired}


def _ending(text: str) -> Ending:
    from duly.reform.keys import Ending

    names = [one.value for one in Ending]
    if text not in names:
        raise BadInput(
            "Not a reason to retire a key",
            detail=f"{text!r} is none of {', '.join(names)}.",
            where="--reason",
            hint=near_miss(text, names) or "If others may have it, it is compromised.",
        )
    return Ending(text)


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
