"""`duly ledger close`, `begin` and `logs`: the way out for a log that was set back; it takes two people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from duly.cli.intake import Demo, Directory, opened
from duly.cli.show import out, print_json, time_of

__all__ = ["add_to"]

Key = Annotated[Path, typer.Option("--key", help="Your own key file, from `duly law keys new`.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands to those of the ledger."""
    app.command(epilog="Example: duly ledger close --reason 'Restored from 3 May' --key ada.json")(close)
    app.command(epilog="Example: duly ledger begin 1 --keep closed-logs/1 --key grace.json")(begin)
    app.command(epilog="Example: duly ledger logs --json")(logs)


def close(
    reason: Annotated[str, typer.Option(help="Why, in a sentence that names nobody; it is public.")],
    key: Key,
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Ask that the log be closed and another begun, because it was set back. Somebody else does it."""
    from duly.anew import ask
    from duly.app import origin
    from duly.reform import LawKey

    signer = LawKey.read(key)
    with opened(directory, demo=demo) as duly, duly.store.write() as conn:
        today, now = duly.clock.today(), duly.clock.now()
        request = ask(conn, origin(duly.pack.name), reason, signer, today=today, now=now)
    out.print(
        f"Request {request.number}: {request.before} would be closed and {request.origin} begun. Stop the "
        f"servers; then somebody else: duly ledger begin {request.number} --keep DIRECTORY",
        highlight=False,
    )


def begin(
    number: Annotated[int, typer.Argument(help="The request, as `duly ledger logs` counts them.", min=1)],
    keep: Annotated[Path, typer.Option(help="A new directory, for the closed log as published files.")],
    key: Key,
    directory: Directory = None,
    demo: Demo = False,
) -> None:
    """Close the log and begin the next, as somebody else has asked. No server may run meanwhile.

    The log is checked whole first, and written to files with all its checkpoints. The next has the
    same entries. Receipts that people hold stay good. Tell the witnesses what the new log is called.
    """
    from duly.anew import begin as begun
    from duly.app import signer
    from duly.reform import LawKey

    own = LawKey.read(key)
    with opened(directory, demo=demo) as duly:
        done = begun(duly.store, signer(duly.keys, duly.pack.name), duly.clock, number, own, keep)
    out.print(
        f"{done.before} is closed with {done.size:,} entries, and lies in {keep}. {done.origin} is begun: "
        "give witnesses that name with the same keys, and start the servers.",
        highlight=False,
    )


def logs(
    directory: Directory = None,
    demo: Demo = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")] = False,
) -> None:
    """The logs that there were, why each was closed, and who asked for it and did it."""
    from duly.anew import requests
    from duly.reform.keys import registered_keys

    with opened(directory, demo=demo) as duly, duly.store.read() as conn:
        names = {one.public: one.name for one in registered_keys(conn)}
        told = [
            {
                "request": one.number,
                "closed": one.before,
                "begun": one.origin,
                "reason": one.reason,
                "asked_by": names.get(one.asked_by, ""),
                "asked_at": time_of(one.asked_at),
                "begun_by": names.get(one.begun_by or b"", ""),
                "begun_at": time_of(one.begun_at) if one.begun_at else "",
            }
            for one in requests(conn)
        ]
        now = duly.ledger.origin
    if as_json:
        print_json({"log": now, "requests": told})
        return
    for one in told:
        state = f"begun by {one['begun_by']} at {one['begun_at']}" if one["begun_at"] else "waits for another"
        typer.echo(f"{one['request']}  {one['closed']} -> {one['begun']}  {state}: {one['reason']}")
    typer.echo(f"The log is {now}.")
